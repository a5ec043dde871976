"""What time does to requests: late ones come before the lead, silent askers are reminded, what was
delivered counts as received."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.actor import SYSTEM
from marketplace.domain.workflow import SERVICE_AT_CLIENT, SERVICE_AT_DESK
from marketplace.models import ServiceRequest
from marketplace.services import audit
from marketplace.services.support.letters import leads, tell_asker, tell_staff
from marketplace.services.support.steps import confirm


def _due(session, states, now, *more):
    return session.scalars(
        select(ServiceRequest).where(
            ServiceRequest.state.in_(states), ServiceRequest.due_at <= now, *more
        )
    ).all()


def escalate_due(session: Session, *, now) -> int:
    """Tell the leads, and the curator who has it, once for each state it is late in."""
    rows = _due(session, SERVICE_AT_DESK, now, ServiceRequest.escalated_at.is_(None))
    for request in rows:
        request.escalated_at = now
        people = {user.id: user for user in leads(session)}
        if request.curator is not None:
            people[request.curator.id] = request.curator
        for user in people.values():
            tell_staff(session, request, "service_late", user, now=now)
        audit.record(session, "service.escalate", request, actor=SYSTEM, now=now)
    return len(rows)


def remind_due(session: Session, *, now) -> int:
    """Remind who asked of the price or the question that waits for them, once."""
    rows = _due(session, SERVICE_AT_CLIENT, now, ServiceRequest.reminded_at.is_(None))
    for request in rows:
        request.reminded_at = now
        tell_asker(session, request, "service_reminder", now=now)
        audit.record(session, "service.remind", request, actor=SYSTEM, now=now)
    return len(rows)


def confirm_due(session: Session, *, now) -> int:
    rows = _due(session, ["delivered"], now)
    for request in rows:
        confirm(session, request, actor=SYSTEM, now=now)
    return len(rows)
