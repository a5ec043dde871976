"""Reading an investor's board: cards by stage, one by its key, and what the exchange proposed."""

from sqlalchemy import Select, and_, false, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from marketplace.domain.errors import NotFound
from marketplace.domain.investing import STAGES
from marketplace.models import CoInvestment, InvestorCard, Listing, Match
from marketplace.services.investing.investors import stood_behind
from marketplace.services.visibility import matches_visible_to, owned_by

MOST = 500  # cards of one board
_WHOLE = (joinedload(InvestorCard.listing), joinedload(InvestorCard.investor))


def visible_to(actor) -> Select:
    """Select the cards for which allowed("card.view", actor, card) holds."""
    investor = aliased(Listing)
    ours = stood_behind(actor, investor) if _counts(actor) else false()
    return select(InvestorCard).join(investor, investor.id == InvestorCard.investor_id).where(ours)


def _counts(actor) -> bool:
    return actor.signed_in and actor.verified and not actor.is_staff


def by_key(session: Session, key: str) -> InvestorCard:
    """Raises NotFound. Whether the reader may know of it is asked after."""
    row = session.scalar(select(InvestorCard).where(InvestorCard.key == key).options(*_WHOLE))
    if row is None:
        raise NotFound
    return row


def counts(session: Session, actor) -> dict[str, int]:
    """stage -> how many cards, every stage named."""
    found = dict(
        session.execute(
            visible_to(actor)
            .with_only_columns(InvestorCard.stage, func.count(InvestorCard.id))
            .group_by(InvestorCard.stage)
        ).all()
    )
    return {stage: found.get(stage, 0) for stage in STAGES}


def of_actor(session: Session, actor, stage: str = "") -> list[InvestorCard]:
    """The actor's cards, of one stage or all: those with a next date first, then the last moved."""
    wanted = visible_to(actor).options(*_WHOLE)
    if stage:
        wanted = wanted.where(InvestorCard.stage == stage)
    return list(
        session.scalars(
            wanted.order_by(
                InvestorCard.next_on.is_(None),
                InvestorCard.next_on,
                InvestorCard.moved_at.desc(),
                InvestorCard.id.desc(),
            ).limit(MOST)
        )
    )


def of_listing(session: Session, actor, listing: Listing) -> InvestorCard | None:
    """The actor's card of a listing, if there is one."""
    return session.scalar(
        visible_to(actor).where(InvestorCard.listing_id == listing.id).order_by(InvestorCard.id)
    )


def proposed(session: Session, actor, investors: list[Listing]) -> list[Listing]:
    """Startups and technologies the exchange proposed to these investors and that are on no card of
    theirs, the latest first."""
    if not investors:
        return []
    ids = [row.id for row in investors]
    followed = select(InvestorCard.listing_id).where(InvestorCard.investor_id.in_(ids))
    rows = session.scalars(
        matches_visible_to(actor)
        .where(
            Match.pair_type.in_(("startup-investor", "offer-investor")),
            Match.b_id.in_(ids),
            Match.a_id.not_in(followed),
            Match.state.not_in(("declined", "lapsed", "failed", "dismissed")),
        )
        .options(joinedload(Match.a))
        .order_by(Match.changed_at.desc())
        .limit(20)
    )
    return list(dict.fromkeys(row.a for row in rows if row.a.state == "published"))


def invitations_to(session: Session, actor) -> list[CoInvestment]:
    """What waits for the actor: invitations to answer as an investor, and to allow as a founder."""
    if not _counts(actor):
        return []
    to, about = aliased(Listing), aliased(Listing)
    return list(
        session.scalars(
            select(CoInvestment)
            .join(InvestorCard, InvestorCard.id == CoInvestment.card_id)
            .join(to, to.id == CoInvestment.to_id)
            .join(about, about.id == InvestorCard.listing_id)
            .where(
                or_(
                    and_(CoInvestment.state == "invited", stood_behind(actor, to)),
                    and_(CoInvestment.state == "asked", owned_by(actor, about)),
                )
            )
            .options(joinedload(CoInvestment.card).joinedload(InvestorCard.listing))
            .order_by(CoInvestment.changed_at)
        )
    )
