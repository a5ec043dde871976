"""What the services amount to, for the head of the centre: sums, never one text or rating."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from statistics import mean, median

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.support import FEWEST_RATED
from marketplace.domain.workflow import SERVICE, SERVICE_AT_DESK
from marketplace.models import ServiceEvent, ServiceRequest
from marketplace.services.support.pace import between


@dataclass(frozen=True)
class OfService:
    """Requests of one service in the period. `rating` is None for fewer than FEWEST_RATED."""

    service: str
    states: dict[str, int]
    rating: float | None

    @property
    def total(self) -> int:
        return sum(self.states.values())


@dataclass(frozen=True)
class OfStep:
    """How long requests were in a state of the desk, those that have left it: working days
    (median), and the share that left it in time, from 0 to 1."""

    state: str
    count: int
    days: float
    in_time: float


def by_service(session: Session, start: datetime, end: datetime) -> list[OfService]:
    """Of requests made from `start` up to, but not at, `end`; the most asked for first."""
    states, ratings = defaultdict(Counter), defaultdict(list)
    for service, state, rating in session.execute(
        select(ServiceRequest.service, ServiceRequest.state, ServiceRequest.rating).where(
            ServiceRequest.requested_at >= start, ServiceRequest.requested_at < end
        )
    ):
        states[service][state] += 1
        if rating is not None:
            ratings[service].append(rating)
    found = [
        OfService(service, dict(counted), mean_of(ratings[service]))
        for service, counted in states.items()
    ]
    return sorted(found, key=lambda row: (-row.total, row.service))


def mean_of(ratings: list[int]) -> float | None:
    return mean(ratings) if len(ratings) >= FEWEST_RATED else None


def rating(session: Session, start: datetime, end: datetime) -> float | None:
    """The mean of all ratings of the requests made in the period."""
    return mean_of(
        list(
            session.scalars(
                select(ServiceRequest.rating).where(
                    ServiceRequest.requested_at >= start,
                    ServiceRequest.requested_at < end,
                    ServiceRequest.rating.is_not(None),
                )
            )
        )
    )


def by_step(session: Session, start: datetime, end: datetime) -> list[OfStep]:
    """Of the states of the desk that were left in the period, in the order of the work."""
    spent, late, came = defaultdict(list), Counter(), {}
    for row in session.execute(
        select(
            ServiceEvent.request_id, ServiceEvent.at, ServiceEvent.before, ServiceEvent.state,
            ServiceEvent.late,
        )
        .where(~ServiceEvent.private, ServiceEvent.at < end)
        .order_by(ServiceEvent.request_id, ServiceEvent.id)
    ):  # fmt: skip
        if row.before in SERVICE_AT_DESK and row.at >= start and row.request_id in came:
            spent[row.before].append(between(session, came[row.request_id], row.at))
            late[row.before] += bool(row.late)
        came[row.request_id] = row.at
    return [
        OfStep(state, len(days), median(days), 1 - late[state] / len(days))
        for state in SERVICE.states
        if (days := spent.get(state))
    ]
