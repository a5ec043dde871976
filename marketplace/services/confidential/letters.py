"""Letters about access. They say that something happened and where to look, never what is kept
secret, what for, or why not: mail travels in the open."""

from sqlalchemy.orm import Session

from marketplace.models import AccessRequest
from marketplace.services import mails, matches

# What is said otherwise where it is the deck of a startup that was asked for.
_OF_DECKS = {"access_requested": "deck_requested", "access_granted": "deck_granted"}


def _worded(request: AccessRequest, letter: str) -> str:
    of_deck = request.attachment is not None and request.attachment.deck
    return _OF_DECKS.get(letter, letter) if of_deck else letter


def path(request: AccessRequest) -> str:
    return f"/access/{request.key}"


def tell_asker(session: Session, request: AccessRequest, letter: str, *, now, **facts) -> None:
    if request.asker.disabled_at is None:
        mails.send(
            session, _worded(request, letter), request.asker, now=now, title=request.listing.title,
            path=path(request), **facts,
        )  # fmt: skip


def tell_owners(session: Session, request: AccessRequest, letter: str, *, now, **facts) -> None:
    """Everybody who may answer for the listing, but for an asker who belongs to them by now."""
    for user in matches.answerable(session, request.listing):
        if user.id not in (request.asker_id, request.listing.entered_by_id):
            mails.send(
                session, _worded(request, letter), user, now=now, title=request.listing.title,
                path=path(request), **facts,
            )  # fmt: skip
