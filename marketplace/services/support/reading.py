"""Reading requests: one by its key, those of an asker, the desk's queue and its load."""

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session, joinedload

from marketplace.domain.errors import NotFound
from marketplace.domain.workflow import SERVICE_AT_CLIENT, SERVICE_AT_DESK, SERVICE_OPEN
from marketplace.models import Listing, ServiceEvent, ServiceRequest, User
from marketplace.services.visibility import visible_to as listings_visible_to

PAGE = 30
_WHOLE = (
    joinedload(ServiceRequest.asker),
    joinedload(ServiceRequest.organisation),
    joinedload(ServiceRequest.curator),
    joinedload(ServiceRequest.listing),
    joinedload(ServiceRequest.referred),
)
# queue -> the states in it; what is late is asked apart
QUEUES = {
    "desk": SERVICE_AT_DESK,
    "late": SERVICE_AT_DESK,
    "client": SERVICE_AT_CLIENT | {"delivered"},
    "done": frozenset({"confirmed", "rated", "refused", "referred", "cancelled"}),
}


def visible_to(actor) -> Select:
    """Select the requests for which allowed("service.view", actor, request) holds."""
    wanted = select(ServiceRequest)
    return wanted if actor.is_curator else wanted.where(ServiceRequest.asker_id == actor.id)


def by_key(session: Session, key: str) -> ServiceRequest:
    """Raises NotFound. Whether the reader may know of it is asked after."""
    row = session.scalar(select(ServiceRequest).where(ServiceRequest.key == key).options(*_WHOLE))
    if row is None:
        raise NotFound
    return row


def of_asker(session: Session, actor) -> list[ServiceRequest]:
    """The actor's own, the latest movement first."""
    return list(
        session.scalars(
            visible_to(actor)
            .where(ServiceRequest.asker_id == actor.id)
            .options(*_WHOLE)
            .order_by(ServiceRequest.changed_at.desc(), ServiceRequest.id.desc())
            .limit(200)
        )
    )


def waiting_for(session: Session, actor) -> list[ServiceRequest]:
    """The actor's own that wait for an answer, a consent or a receipt, the most urgent first."""
    return list(
        session.scalars(
            visible_to(actor)
            .where(
                ServiceRequest.asker_id == actor.id,
                ServiceRequest.state.in_(SERVICE_AT_CLIENT | {"delivered"}),
            )
            .order_by(ServiceRequest.due_at, ServiceRequest.id)
            .limit(20)
        )
    )


def history(session: Session, request: ServiceRequest, *, private: bool) -> list[ServiceEvent]:
    """What happened, in order; without the desk's own lines unless `private`."""
    wanted = select(ServiceEvent).where(ServiceEvent.request_id == request.id)
    if not private:
        wanted = wanted.where(~ServiceEvent.private)
    return list(
        session.scalars(wanted.options(joinedload(ServiceEvent.actor)).order_by(ServiceEvent.id))
    )


def _of_queue(name, now, service, curator_id):
    tests = [ServiceRequest.state.in_(QUEUES[name])]
    if name == "late":
        tests.append(ServiceRequest.due_at <= now)
    if service:
        tests.append(ServiceRequest.service == service)
    if curator_id is not None:
        nobody = curator_id == 0
        mine = ServiceRequest.curator_id
        tests.append(mine.is_(None) if nobody else mine == curator_id)
    return and_(*tests)


def queue(
    session: Session,
    name: str,
    *,
    actor,
    now,
    service: str = "",
    curator_id: int | None = None,
    page: int = 1,
) -> list[ServiceRequest]:
    """A page of a queue, what is due first on top; of what is done the latest. `curator_id` 0:
    what nobody has, None: everybody's."""
    order = (
        (ServiceRequest.changed_at.desc(), ServiceRequest.id.desc())
        if name == "done"
        else (ServiceRequest.due_at, ServiceRequest.id)
    )
    return list(
        session.scalars(
            visible_to(actor)
            .where(_of_queue(name, now, service, curator_id))
            .options(*_WHOLE)
            .order_by(*order)
            .limit(PAGE)
            .offset((page - 1) * PAGE)
        )
    )


def counts(
    session: Session, *, now, service: str = "", curator_id: int | None = None
) -> dict[str, int]:
    """queue -> how many are in it."""
    return {
        name: session.scalar(
            select(func.count(ServiceRequest.id)).where(_of_queue(name, now, service, curator_id))
        )
        for name in QUEUES
    }


def workload(session: Session, *, now) -> list[tuple[User | None, int, int]]:
    """(curator, open requests, late ones), the most loaded first; None for what nobody has."""
    late = and_(ServiceRequest.state.in_(SERVICE_AT_DESK), ServiceRequest.due_at <= now)
    rows = session.execute(
        select(
            ServiceRequest.curator_id,
            func.count(ServiceRequest.id),
            func.count(ServiceRequest.id).filter(late),
        )
        .where(ServiceRequest.state.in_(SERVICE_OPEN))
        .group_by(ServiceRequest.curator_id)
    ).all()
    load = {curator_id: (count, over) for curator_id, count, over in rows}
    found = [(user, *load.get(user.id, (0, 0))) for user in curators(session)]
    found.sort(key=lambda row: (-row[1], row[0].name))
    return found + ([(None, *load[None])] if None in load else [])


def curators(session: Session) -> list[User]:
    """Who a request can be given to."""
    return list(
        session.scalars(
            select(User)
            .where(User.role.in_(("curator", "lead")), User.disabled_at.is_(None))
            .order_by(User.name, User.id)
        )
    )


def partners(session: Session, asker) -> list[Listing]:
    """Support organisations' listings the asker (an Actor) may open."""
    return list(
        session.scalars(
            listings_visible_to(asker)
            .where(Listing.kind == "support", Listing.state == "published")
            .order_by(Listing.title, Listing.id)
            .limit(200)
        )
    )


def next_after(session: Session, request: ServiceRequest, *, actor, now) -> ServiceRequest | None:
    """The most urgent other request the desk must act on."""
    return session.scalar(
        visible_to(actor)
        .where(_of_queue("desk", now, "", None), ServiceRequest.id != request.id)
        .order_by(ServiceRequest.due_at, ServiceRequest.id)
        .limit(1)
    )
