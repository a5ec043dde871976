"""What time does to mentoring: meetings are remembered the day before, who is late is reminded once
and the desk told, what is over is closed."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.actor import SYSTEM
from marketplace.domain.mentoring import AT_DESK, AT_FOUNDER, AT_MENTOR, REMINDER_DAYS
from marketplace.models import MentoringSession, Mentorship
from marketplace.services import audit
from marketplace.services.mentoring.letters import tell_desk, tell_founder, tell_mentor
from marketplace.services.mentoring.steps import close


def remind_meetings(session: Session, *, now) -> int:
    """Both, of a meeting in the coming day, once."""
    rows = session.scalars(
        select(MentoringSession).where(
            MentoringSession.state == "scheduled",
            MentoringSession.reminded_at.is_(None),
            MentoringSession.starts_at > now,
            MentoringSession.starts_at <= now + timedelta(days=REMINDER_DAYS),
        )
    ).all()
    for meeting in rows:
        meeting.reminded_at = now
        row = meeting.mentorship
        for tell in (tell_founder, tell_mentor):
            tell(session, row, "mentoring_soon", now=now, due=meeting.starts_at)
        audit.record(session, "mentoring.remind", row, actor=SYSTEM, now=now)
    return len(rows)


def remind_due(session: Session, *, now) -> int:
    """Whoever is late, once for each state; the desk hears of it too, and may ask another."""
    rows = session.scalars(
        select(Mentorship).where(
            Mentorship.state.in_(AT_DESK | AT_MENTOR | AT_FOUNDER),
            Mentorship.due_at <= now,
            Mentorship.reminded_at.is_(None),
        )
    ).all()
    for row in rows:
        row.reminded_at = now
        if row.state in AT_MENTOR:
            tell_mentor(session, row, "mentoring_reminder", now=now)
        if row.state in AT_FOUNDER:
            tell_founder(session, row, "mentoring_reminder", now=now)
        tell_desk(session, row, now=now)
        audit.record(session, "mentoring.remind", row, actor=SYSTEM, now=now)
    return len(rows)


def close_due(session: Session, *, now) -> int:
    rows = session.scalars(
        select(Mentorship).where(
            Mentorship.state.in_(("noted", "no_show")), Mentorship.due_at <= now
        )
    ).all()
    for row in rows:
        close(session, row, actor=SYSTEM, now=now)
    return len(rows)
