"""Investors: a private board of startups, looking at one together by its founder's leave, the one
page about a startup, and its deck after both said yes (PRODUCT.md, investor and founder)."""

from marketplace.services.investing import board, cards, deck, figures, investors, teaser, together

__all__ = ["board", "cards", "deck", "figures", "investors", "teaser", "together"]
