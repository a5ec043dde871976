"""What deals amount to, by the definitions of domain/deals: counted from the records each time.

A sum of values is shown of FEWEST_SUMMED agreements or more only, and a split of it only where
taking one part from the whole tells of no fewer.
"""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.domain.deals import FEWEST_SUMMED, MEETING
from marketplace.domain.workflow import MATCH_RELEASED, MATCH_VERIFIED
from marketplace.models import Agreement, Deal, Match, MatchEvent, Milestone


@dataclass(frozen=True)
class Year:
    """Transactions signed in a year. A value is None where it would tell of too few."""

    year: int
    transactions: int
    local: int
    value: int | None
    value_local: int | None

    @property
    def outside(self) -> int:
        return self.transactions - self.local

    @property
    def value_outside(self) -> int | None:
        return None if self.value_local is None else self.value - self.value_local


def connections(session: Session) -> int:
    """Both accepted and the contacts were released, whatever came of it."""
    return _count(
        session,
        select(func.count(func.distinct(MatchEvent.match_id)))
        .join(Match, Match.id == MatchEvent.match_id)
        .where(MatchEvent.step == "introduce", Match.state.in_(MATCH_RELEASED | {"failed"})),
    )


def successful_connections(session: Session) -> int:
    """A meeting noted by one side and confirmed by the other."""
    return _count(
        session,
        select(func.count(func.distinct(Milestone.deal_id))).where(
            Milestone.kind == MEETING, Milestone.confirmed_at.is_not(None),
            Milestone.removed_at.is_(None),
        ),
    )  # fmt: skip


def transactions(session: Session) -> int:
    """Signed agreements that were verified."""
    return _count(session, _verified(select(func.count(Agreement.id))))


def by_year(session: Session) -> list[Year]:
    """By the year of signing, the latest first. There is no sum over the years: a year kept back
    could be read from it."""
    signed = defaultdict(list)
    for agreement in session.scalars(_verified(select(Agreement))):
        signed[agreement.signed_on.year].append(agreement)
    return [_year(year, rows) for year, rows in sorted(signed.items(), reverse=True)]


def _year(year: int, rows: list[Agreement]) -> Year:
    local = [row for row in rows if row.local]
    outside = len(rows) - len(local)
    whole = len(rows) >= FEWEST_SUMMED
    split = whole and all(not n or n >= FEWEST_SUMMED for n in (len(local), outside))
    return Year(
        year,
        len(rows),
        len(local),
        sum(row.value for row in rows) if whole else None,
        sum(row.value for row in local) if split else None,
    )


def _verified(wanted):
    return (
        wanted.join(Deal, Deal.id == Agreement.deal_id)
        .join(Match, Match.id == Deal.match_id)
        .where(Agreement.verified_at.is_not(None), Match.state.in_(MATCH_VERIFIED))
    )


def _count(session, wanted) -> int:
    return session.scalar(wanted) or 0
