"""Reading requests: one by its key, those of an asker, those an owner answers, and the log."""

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from marketplace.domain.errors import NotFound
from marketplace.models import AccessRequest, AccessView, Listing
from marketplace.services.visibility import owned_by

PAGE = 30
_WHOLE = (
    joinedload(AccessRequest.listing),
    joinedload(AccessRequest.attachment),
    joinedload(AccessRequest.asker),
    joinedload(AccessRequest.organisation),
)


def by_key(session: Session, key: str) -> AccessRequest:
    """Raises NotFound. Whether the reader may know of it is asked after."""
    row = session.scalar(select(AccessRequest).where(AccessRequest.key == key).options(*_WHOLE))
    if row is None:
        raise NotFound
    return row


def visible_to(actor) -> Select:
    """Select the requests for which allowed("access.view", actor, request) holds."""
    return (
        select(AccessRequest)
        .join(Listing, Listing.id == AccessRequest.listing_id)
        .where(or_(AccessRequest.asker_id == actor.id, _granted_by(actor)))
    )


def _granted_by(actor):
    """The condition `permissions.grantor`; to be joined with Listing."""
    return and_(
        owned_by(actor),
        AccessRequest.asker_id != actor.id,
        or_(Listing.entered_by_id.is_(None), Listing.entered_by_id != actor.id),
    )


def of_asker(session: Session, actor) -> list[AccessRequest]:
    """What the actor asked for, the latest movement first."""
    return _listed(session, visible_to(actor).where(AccessRequest.asker_id == actor.id))


def of_owner(session: Session, actor) -> list[AccessRequest]:
    """What others ask of the actor and of the actor's organisations."""
    return _listed(session, visible_to(actor).where(AccessRequest.asker_id != actor.id))


def _listed(session, wanted):
    return list(
        session.scalars(
            wanted.options(*_WHOLE)
            .order_by(AccessRequest.changed_at.desc(), AccessRequest.id.desc())
            .limit(200)
        )
    )


def of_listing(session: Session, listing: Listing) -> int:
    """How many requests about the listing wait for its owner's answer."""
    return session.scalar(
        select(func.count(AccessRequest.id)).where(
            AccessRequest.listing_id == listing.id, AccessRequest.state == "requested"
        )
    )


def waiting_for(session: Session, actor) -> list[AccessRequest]:
    """The requests that wait for the actor: an owner's answer, an asker's signature."""
    if not actor.signed_in:
        return []
    mine = or_(
        and_(AccessRequest.asker_id == actor.id, AccessRequest.state == "nda_sent"),
        and_(AccessRequest.asker_id != actor.id, AccessRequest.state == "requested"),
    )
    return _listed(session, visible_to(actor).where(mine))


def page_of_all(session: Session, page: int) -> tuple[list[AccessRequest], int]:
    """(requests of the page, how many in all), for the centre: that they are and where they
    stand."""
    total = session.scalar(select(func.count(AccessRequest.id)))
    rows = session.scalars(
        select(AccessRequest)
        .options(*_WHOLE)
        .order_by(AccessRequest.changed_at.desc(), AccessRequest.id.desc())
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    return list(rows), total


def views(session: Session, request: AccessRequest) -> list[AccessView]:
    """Every opening, the latest first."""
    return list(
        session.scalars(
            select(AccessView)
            .where(AccessView.request_id == request.id)
            .options(joinedload(AccessView.actor))
            .order_by(AccessView.id.desc())
        )
    )
