"""What time does to requests: granted ones run out, unanswered ones lapse. A grant that ran out
opens nothing from that moment on (domain.disclosure.live); here its state follows."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.actor import SYSTEM
from marketplace.domain.workflow import ACCESS_NOTICE_DAYS, ACCESS_OPEN, LAPSE_DAYS
from marketplace.models import AccessRequest
from marketplace.services import audit
from marketplace.services.confidential.answering import move
from marketplace.services.confidential.letters import tell_asker


def expire_due(session: Session, *, now) -> int:
    """End what ran out; returns how many."""
    rows = session.scalars(
        select(AccessRequest).where(
            AccessRequest.state == "granted", AccessRequest.expires_at <= now
        )
    ).all()
    for request in rows:
        move(session, request, "expire", actor=SYSTEM, now=now)
    return len(rows)


def remind_expiring(session: Session, *, now) -> int:
    """Tell readers three days before the end, once. Who was given three days or fewer knows."""
    rows = session.scalars(
        select(AccessRequest).where(
            AccessRequest.state == "granted",
            AccessRequest.reminded_at.is_(None),
            AccessRequest.days > ACCESS_NOTICE_DAYS,
            AccessRequest.expires_at > now,
            AccessRequest.expires_at <= now + timedelta(days=ACCESS_NOTICE_DAYS),
        )
    ).all()
    for request in rows:
        request.reminded_at = now
        tell_asker(session, request, "access_expiring", now=now, until=request.expires_at)
        audit.record(session, "access.remind", request, actor=SYSTEM, now=now)
    return len(rows)


def lapse_due(session: Session, *, now) -> int:
    """Close what nobody answered or signed for LAPSE_DAYS, so that the asker may ask elsewhere."""
    rows = session.scalars(
        select(AccessRequest).where(
            AccessRequest.state.in_(ACCESS_OPEN),
            AccessRequest.changed_at <= now - timedelta(days=LAPSE_DAYS),
        )
    ).all()
    for request in rows:
        move(session, request, "lapse", actor=SYSTEM, now=now)
        tell_asker(session, request, "access_lapsed", now=now)
    return len(rows)
