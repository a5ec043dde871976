"""How long pairs wait for each step: the median, since one forgotten pair says little."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.workflow import MATCH
from marketplace.models import Match, MatchEvent
from marketplace.services.quality.measures import median

LEFT_OUT = frozenset({"undo", "later"})  # they move nothing forward
DAY = 86400


@dataclass(frozen=True)
class Taken:
    """One step of one pair, and the days since it came into the state before."""

    match_id: int
    step: str
    days: float
    at: datetime


def taken(session: Session) -> list[Taken]:
    """Every step ever taken, the slowest first."""
    since = dict(session.execute(select(Match.id, Match.created_at)).all())
    found = []
    for event in session.execute(
        select(MatchEvent.match_id, MatchEvent.step, MatchEvent.at)
        .where(MatchEvent.step.in_(MATCH.steps))
        .order_by(MatchEvent.match_id, MatchEvent.id)
    ):
        days = max(0.0, (event.at - since[event.match_id]).total_seconds() / DAY)
        since[event.match_id] = event.at
        if event.step not in LEFT_OUT:
            found.append(Taken(event.match_id, event.step, days, event.at))
    return sorted(found, key=lambda each: (-each.days, each.match_id))


def medians(rows: list[Taken]) -> dict[str, tuple[float, int]]:
    """Step -> (median days, how many), in the order of the workflow; steps never taken left out."""
    days: dict[str, list[float]] = {}
    for each in rows:
        days.setdefault(each.step, []).append(each.days)
    return {step: (median(days[step]), len(days[step])) for step in MATCH.steps if step in days}
