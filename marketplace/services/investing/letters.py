"""Letters about investing. They say that something waits and where; neither who invests in what nor
how far it is: mail travels in the open."""

from sqlalchemy.orm import Session

from marketplace.models import CoInvestment, DeckOffer
from marketplace.services import mails
from marketplace.services.investing.investors import people


def tell(session: Session, listing, letter: str, *, about, path: str, actor, now) -> None:
    """Everybody who answers for `listing`, but for the actor; `about` is the startup."""
    for user in people(session, listing):
        if user.id != actor.id:
            mails.send(session, letter, user, now=now, title=about.title, path=path)


def tell_together(session: Session, row: CoInvestment, listing, letter: str, *, actor, now) -> None:
    tell(
        session, listing, letter, about=row.card.listing, path=f"/co-investing/{row.key}",
        actor=actor, now=now,
    )  # fmt: skip


def tell_offered(session: Session, offer: DeckOffer, *, actor, now) -> None:
    tell(
        session, offer.to, "deck_offered", about=offer.listing, path=f"/deck-offers/{offer.key}",
        actor=actor, now=now,
    )  # fmt: skip
