"""Accounts: coming in, links that came by mail, one's own pages."""

from marketplace.web.accounts import entry, mailed, own, second
from marketplace.web.accounts.blueprint import bp
from marketplace.web.accounts.browser import start_session

__all__ = ["bp", "entry", "mailed", "own", "second", "start_session"]
