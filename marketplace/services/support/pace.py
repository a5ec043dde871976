"""The days of a request: until when who has it must act."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from marketplace.domain.workflow import (
    SERVICE_ANSWER_DAYS,
    SERVICE_AT_CLIENT,
    SERVICE_AT_DESK,
    SERVICE_CONFIRM_DAYS,
)
from marketplace.models import ServiceRequest
from marketplace.services import vocabularies
from marketplace.services.listings import calendar
from marketplace.services.listings.numbers import LOCAL


def due(session: Session, request: ServiceRequest, now: datetime) -> datetime | None:
    """When the state the request has just come into must be left; None when nobody must act. Work
    that stood still for an answer goes on with the days that were left of it."""
    if request.state in SERVICE_AT_DESK:
        days = request.days[request.state]
        if request.state == "in_progress" and request.days_left is not None:
            days = request.days_left
        return calendar.due(session, now, days)
    if request.state in SERVICE_AT_CLIENT:
        return calendar.due(session, now, SERVICE_ANSWER_DAYS)
    if request.state == "delivered":
        return now + timedelta(days=SERVICE_CONFIRM_DAYS)
    return None


def left(session: Session, request: ServiceRequest, now: datetime) -> int:
    """Working days left until the request is due; at least one."""
    return max(1, between(session, now, request.due_at)) if request.due_at else 1


def between(session: Session, start: datetime, end: datetime) -> int:
    """Working days after the day of `start` up to the day of `end`; 0 when there are none."""
    ours = vocabularies.current(session)
    day, last = start.astimezone(LOCAL).date(), end.astimezone(LOCAL).date()
    count = 0
    while day < last:
        day += timedelta(days=1)
        count += calendar.is_working_day(day, ours)
    return count
