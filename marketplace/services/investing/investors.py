"""Investors: the listings of kind investor a person stands behind, and those one may turn to."""

from sqlalchemy import and_, false, or_, select
from sqlalchemy.orm import Session

from marketplace.domain.errors import N_, Conflict
from marketplace.domain.permissions import allowed
from marketplace.domain.workflow import LISTING_WAS_PUBLIC
from marketplace.models import Listing
from marketplace.services import matches
from marketplace.services.visibility import visible_to

MOST = 200  # investors in a list to choose from


def stood_behind(actor, listing=Listing):
    """The condition `ties.stands_behind`, on `Listing` or an alias of it."""
    if not actor.signed_in:
        return false()
    alone = and_(listing.organisation_id.is_(None), listing.owner_user_id == actor.id)
    return or_(alone, listing.organisation_id.in_(actor.organisations or {-1}))


def of_actor(session: Session, actor) -> list[Listing]:
    """The investor listings the actor stands behind that have been published, the earliest first:
    who has none is no investor yet."""
    return list(
        session.scalars(
            select(Listing)
            .where(
                Listing.kind == "investor",
                Listing.state.in_(LISTING_WAS_PUBLIC),
                stood_behind(actor),
            )
            .order_by(Listing.id)
        )
    )


def others(session: Session, actor, *, beside: Listing) -> list[Listing]:
    """Published investors the actor can find and somebody answers for, but for the actor's own and
    for those of the owner of `beside`."""
    rows = session.scalars(
        visible_to(actor)
        .where(
            Listing.kind == "investor",
            Listing.state == "published",
            ~stood_behind(actor),
            Listing.entered_by_id.is_(None) | Listing.owner_user_id.is_not(None),
        )
        .order_by(Listing.title)
        .limit(MOST)
    )
    return [row for row in rows if not _same_house(row, beside)]


def _same_house(one, other) -> bool:
    if one.organisation_id is not None and one.organisation_id == other.organisation_id:
        return True
    return one.owner_user_id is not None and one.owner_user_id == other.owner_user_id


def reachable(session: Session, actor, ref: str, *, beside: Listing) -> Listing | None:
    """The investor `ref` as somebody one may turn to; None for anybody else."""
    row = session.scalar(select(Listing).where(Listing.ref == ref, Listing.kind == "investor"))
    if row is None or row.state != "published" or not allowed("listing.view", actor, row):
        return None
    return row if row in others(session, actor, beside=beside) else None


def demand_there(session: Session, startup: Listing, to: Listing) -> None:
    """Asked again when somebody says yes: days may have passed. Raises Conflict."""
    demand_startup(session, startup)
    if to.state != "published" or not people(session, to):
        raise Conflict(N_("Hồ sơ nhà đầu tư không còn đăng trên sàn."))


def demand_startup(session: Session, startup: Listing) -> None:
    """Raises Conflict for one that is off the exchange or that nobody answers for."""
    if startup.state != "published" or not people(session, startup):
        raise Conflict(N_("Lúc này không hỏi ý bên khởi nghiệp được. Hãy gọi Trung tâm."))


def people(session: Session, listing: Listing) -> list:
    """The people with accounts who answer for an investor or a startup, without staff: nobody of
    the exchange is told what investors keep among themselves."""
    return [user for user in matches.answerable(session, listing) if user.role == "member"]
