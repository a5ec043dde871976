"""Two investors look at one startup together: its founder allows it, then the other one is asked.

Each then sees who the other is and how far, by the stage of the other's card: never a note, a
reason or a next step.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from marketplace.domain.errors import N_, Conflict, Invalid, NotFound
from marketplace.domain.investing import INVITATIONS_PER_CARD
from marketplace.domain.ties_investing import inviter
from marketplace.domain.workflow import COINVEST, COINVEST_STANDING
from marketplace.models import CoInvestment, InvestorCard, Listing
from marketplace.services import audit
from marketplace.services.investing import investors
from marketplace.services.investing.cards import follow, of_pair
from marketplace.services.investing.letters import tell_together


def invite(session: Session, card: InvestorCard, to: Listing | None, *, actor, now) -> CoInvestment:
    """Ask the founder whether `to` may be invited (investors.reachable). Raises Invalid (field
    `to`) or Conflict: asked before, too many stand, nobody can allow it."""
    if to is None:
        raise Invalid(N_("Hãy chọn một nhà đầu tư đang đăng trên sàn."), "to")
    investors.demand_startup(session, card.listing)
    standing = [row for row in card.invitations if row.state in COINVEST_STANDING]
    if any(row.to_id == to.id for row in standing):
        raise Conflict(N_("Bạn đã mời nhà đầu tư này rồi."))
    if len(standing) >= INVITATIONS_PER_CARD:
        raise Conflict(
            N_("Mỗi hồ sơ mời nhiều nhất %(most)s nhà đầu tư cùng lúc."), most=INVITATIONS_PER_CARD
        )
    row = CoInvestment(
        card=card, to=to, standing=f"{card.id}/{to.id}", asked_at=now, asked_by_id=actor.id,
        changed_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.record(session, "coinvest.ask", row, actor=actor, now=now)
    tell_together(session, row, card.listing, "coinvest_consent", actor=actor, now=now)
    return row


def advance(session: Session, row: CoInvestment, step: str, *, actor, now) -> None:
    """One step of workflow.COINVEST. Whoever joins gets a card of their own. Raises WrongState, or
    Conflict for a yes when the startup or the investor invited is off the exchange by then."""
    state = COINVEST.next(row.state, step)
    if step in ("consent", "join"):
        investors.demand_there(session, row.card.listing, row.to)
    row.state, row.changed_at = state, now
    if row.state not in COINVEST_STANDING:
        row.standing = None
    audit.record(session, f"coinvest.{step}", row, actor=actor, now=now)
    if step == "join":
        follow(session, row.card.listing, row.to, actor=actor, now=now)
    whom = {
        "consent": (row.to, "coinvest_invited"),
        "refuse": (row.card.investor, "coinvest_answered"),
        "join": (row.card.investor, "coinvest_answered"),
        "decline": (row.card.investor, "coinvest_answered"),
        "leave": (row.to if inviter(actor, row) else row.card.investor, "coinvest_answered"),
    }
    if step in whom:
        tell_together(session, row, *whom[step], actor=actor, now=now)


def by_key(session: Session, key: str) -> CoInvestment:
    """Raises NotFound. Whether the reader may know of it is asked after."""
    row = session.scalar(
        select(CoInvestment)
        .where(CoInvestment.key == key)
        .options(joinedload(CoInvestment.card), joinedload(CoInvestment.to))
    )
    if row is None:
        raise NotFound
    return row


@dataclass(frozen=True)
class Side:
    """An investor as the other two parties see it. `stage` is "" for whom it is not for, and where
    the card is gone."""

    listing: Listing
    name: str
    stage: str = ""


def sides(session: Session, row: CoInvestment, *, stages: bool) -> tuple[Side, Side]:
    """(who invites, who is invited); the stages only while both look together, and for the two.
    Who invites gives their name by that; a masked one who is invited does so by joining."""
    both = row.state == "together"
    told = stages and both
    return (
        Side(
            row.card.investor,
            name_of(row.card.investor, known=True),
            row.card.stage if told else "",
        ),
        Side(row.to, name_of(row.to, known=both), _stage(session, row) if told else ""),
    )


def _stage(session, row):
    card = of_pair(session, row.to, row.card.listing)
    return card.stage if card is not None else ""


def name_of(listing: Listing, *, known: bool) -> str:
    """What an investor is called: the organisation, or the person; else only what the listing is
    titled."""
    if listing.visibility == "masked" and not known:
        return listing.title
    if listing.organisation is not None:
        return listing.organisation.name
    return listing.owner_user.name if known and listing.owner_user is not None else listing.title


def of_card(session: Session, card: InvestorCard) -> list[CoInvestment]:
    """Invitations made from the card, and those that brought its investor to the startup."""
    joined = session.scalars(
        select(CoInvestment)
        .join(InvestorCard, InvestorCard.id == CoInvestment.card_id)
        .where(
            InvestorCard.listing_id == card.listing_id,
            CoInvestment.to_id == card.investor_id,
            CoInvestment.state.in_(("invited", "together")),
        )
        .order_by(CoInvestment.id)
    )
    return [*card.invitations, *joined]
