"""Asking for a service."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.domain.cleaning import paragraphs
from marketplace.domain.errors import N_, Conflict, Invalid, InvalidForm
from marketplace.domain.support import TEXT_LONGEST, TEXT_SHORTEST
from marketplace.domain.workflow import OPEN_SERVICES_PER_MEMBER, SERVICE_OPEN
from marketplace.models import Listing, Match, Organisation, ServiceEvent, ServiceRequest
from marketplace.services import audit, limits
from marketplace.services.support import pace
from marketplace.services.support.catalogue import Catalogue
from marketplace.services.support.letters import leads, tell_asker, tell_staff


def count_open(session: Session, actor) -> int:
    return session.scalar(
        select(func.count(ServiceRequest.id)).where(
            ServiceRequest.asker_id == actor.id, ServiceRequest.state.in_(SERVICE_OPEN)
        )
    )


def request(
    session: Session,
    catalogue: Catalogue,
    code: str,
    text: str,
    *,
    organisation: Organisation | None = None,
    listing: Listing | None = None,
    match: Match | None = None,
    actor,
    now,
    is_sample: bool = False,
) -> ServiceRequest:
    """Ask for the service `code`; `listing` or `match` is what it is about, one the actor may see.
    Raises NotFound, InvalidForm, Conflict (too many open) or TooMany."""
    service, text, errors = catalogue.get(code), paragraphs(text), {}
    if not TEXT_SHORTEST <= len(text) <= TEXT_LONGEST:
        errors["text"] = Invalid(
            N_("Hãy nói việc bạn cần, từ %(least)s đến %(most)s ký tự."),
            least=TEXT_SHORTEST,
            most=TEXT_LONGEST,
        )
    if organisation is not None and organisation.id not in actor.organisations:
        errors["organisation"] = Invalid(N_("Hãy chọn đơn vị của bạn."))
    if errors:
        raise InvalidForm(errors)
    if count_open(session, actor) >= OPEN_SERVICES_PER_MEMBER:
        raise Conflict(
            N_("Bạn đang có %(count)s yêu cầu chưa xong. Hãy đợi một yêu cầu kết thúc."),
            count=OPEN_SERVICES_PER_MEMBER,
        )
    limits.spend(session, "service.account", actor.key, now=now)
    row = ServiceRequest(
        service=code,
        catalogue_version=catalogue.version,
        days=service.days,
        asker_id=actor.id,
        organisation=organisation,
        listing=listing,
        match=match,
        text=text,
        state="new",
        requested_at=now,
        changed_at=now,
        is_sample=is_sample,
    )
    row.due_at = pace.due(session, row, now)
    session.add(row)
    session.add(ServiceEvent(request=row, at=now, step="request", state="new", actor_id=actor.id))
    session.flush()
    audit.record(session, "service.request", row, actor=actor, now=now, service=code)
    tell_asker(session, row, "service_received", now=now)
    for lead in leads(session):
        tell_staff(session, row, "service_new", lead, now=now)
    return row
