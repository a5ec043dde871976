"""The days of a mentorship: until when who has it must act."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from marketplace.domain.mentoring import (
    ANSWER_DAYS,
    AT_DESK,
    CHECK_DAYS,
    CHOOSE_DAYS,
    CLOSE_DAYS,
    NOTE_DAYS,
)
from marketplace.models import MentoringSession, Mentorship
from marketplace.services.listings import calendar


def due(session: Session, row: Mentorship, now: datetime) -> datetime | None:
    """When the state it has just come into must be left; None when nobody must act. `now` is when
    it came; of an appointment it counts from the end of the meeting."""
    if row.state in AT_DESK:
        return calendar.due(session, now, CHECK_DAYS)
    if row.state == "offered":
        return calendar.due(session, now, ANSWER_DAYS)
    if row.state == "accepted":
        return calendar.due(session, now, CHOOSE_DAYS)
    if row.state == "scheduled":
        last = row.sessions[-1]
        return calendar.due(session, ends_at(last), NOTE_DAYS)
    if row.state == "held":
        return calendar.due(session, now, NOTE_DAYS)
    if row.state in ("noted", "no_show"):
        return now + timedelta(days=CLOSE_DAYS)
    return None


def ends_at(meeting: MentoringSession) -> datetime:
    return meeting.starts_at + timedelta(minutes=meeting.minutes)
