"""Investors: their private board, looking at a startup together, decks, and the one-page teaser."""

from flask import Blueprint
from flask_babel import gettext as _

from marketplace.domain.investing import FOLLOWED_KINDS, STAGES
from marketplace.domain.permissions import allowed
from marketplace.models import db
from marketplace.services import attachments
from marketplace.services.investing import board, investors
from marketplace.web.access import current_actor

bp = Blueprint("investing", __name__)


@bp.app_template_global()
def stage_words(stage: str) -> str:
    return _(STAGES[stage][0])


@bp.app_template_global()
def stage_look(stage: str) -> tuple[str, str]:
    """Tone and sign of a stage's tag."""
    return STAGES[stage][1:]


@bp.app_template_global()
def investing_of(listing) -> dict:
    """What the page of a listing says to its reader about investing: whether there is a teaser;
    for an investor the card, or that there may be one; for the owner that a deck can be kept; for
    others that there is a deck to ask for."""
    actor = current_actor()
    if listing.kind not in FOLLOWED_KINDS:
        return {}
    follows = allowed("listing.follow", actor, listing)
    mine = follows and bool(investors.of_actor(db.session, actor))
    asks = allowed("listing.ask_access", actor, listing)
    return {
        "card": board.of_listing(db.session, actor, listing) if mine else None,
        "follow": mine,
        "keep_deck": allowed("listing.keep_deck", actor, listing),
        "ask_deck": asks and attachments.deck_of(db.session, listing) is not None,
    }


from marketplace.web.investing import cards, deck, sums, teaser, together  # noqa: E402, F401
