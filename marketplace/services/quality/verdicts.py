"""What was said of the machine's suggestions: precision at 5, and whether its probabilities hold.

Precision@5 by verdict: of the first five suggestions of each asking listing (per pair type, by
score) that got a verdict, the share that were right. domain/verdicts.py tells what a step says;
what says nothing of relevance is left out of both counts. A verdict belongs to the week in which
the pair was first judged so.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from marketplace.domain.verdicts import NOTHING, meaning, verdict_of
from marketplace.models import Match, MatchEvent
from marketplace.services.listings.numbers import LOCAL
from marketplace.services.quality import measures
from marketplace.services.quality.measures import Share

FIRST = 5
DECLARED = "declared"  # in an address: no learned ranker, the declared weights
WEEKS = 26  # shown on the page; older ones are in the file


@dataclass(frozen=True)
class Judged:
    """A suggestion with a verdict. `rank` counts from 1 among the suggestions of its asking
    listing and pair type: its place when it was decided, so a later order or another model moves
    no figure of the past; for rows without one, that among all of them by score."""

    match_id: int
    pair_type: str
    model: str
    ranker: str  # the learned ranker that scored it; empty: the declared weights
    score: float
    rank: int
    ruled_out: bool  # a hard rule failed: its score is a probability made small, and none itself
    relevant: bool
    at: datetime

    @property
    def week(self) -> date:
        """The Monday of the week of the verdict, as the calendar on the wall has it."""
        day = self.at.astimezone(LOCAL).date()
        return day - timedelta(days=day.weekday())

    @property
    def bin(self) -> int:
        return measures.bin_of(self.score)

    @property
    def version(self) -> tuple[str, str]:
        """What made the suggestion: encoder, and the ranker above it."""
        return self.model, self.ranker


def judged(session: Session) -> list[Judged]:
    """All suggestions of the matcher that got a verdict, the latest first."""
    ranked = (
        select(
            Match.id,
            func.row_number()
            .over(
                partition_by=(Match.pair_type, Match.a_id),
                order_by=(Match.score.desc(), Match.id),
            )
            .label("rank"),
        )
        # What a member or a curator put together is no suggestion, unless the machine had it too.
        .where(Match.model != "")
        .subquery()
    )
    histories: dict[int, list] = {}
    for event in session.execute(
        select(MatchEvent.match_id, MatchEvent.step, MatchEvent.reason, MatchEvent.at).order_by(
            MatchEvent.id
        )
    ):
        histories.setdefault(event.match_id, []).append(event)
    found = []
    for row in session.execute(
        select(
            Match.id,
            Match.pair_type,
            Match.model,
            Match.ranker,
            Match.score,
            Match.features,
            func.coalesce(func.nullif(Match.place, 0), ranked.c.rank).label("rank"),
        ).join(ranked, ranked.c.id == Match.id)
    ):
        verdict = verdict_of(histories.get(row.id, ()))
        if verdict is not None:
            found.append(
                Judged(
                    row.id, row.pair_type, row.model, row.ranker, row.score, row.rank,
                    bool((row.features or {}).get("failed_hard")), verdict.relevant,
                    _since(histories[row.id], verdict),
                )
            )  # fmt: skip
    return sorted(found, key=lambda each: (each.at, each.match_id), reverse=True)


def _since(history, verdict) -> datetime:
    """When it was first said: later steps that say the same (accepted after being kept) do not
    move a verdict into another week."""
    first = None
    for event in history:
        says = meaning(event.step, event.reason).says
        if event.step == "undo":
            first = None
        elif says == verdict.meaning.says:
            first = first or event
        elif says != NOTHING:
            first = None
    return (first or verdict.event).at


def at_first(rows: Iterable[Judged]) -> list[Judged]:
    return [each for each in rows if each.rank <= FIRST]


def precision(rows: Iterable[Judged]) -> Share:
    return measures.share(each.relevant for each in at_first(rows))


def by(rows: Iterable[Judged], name: Callable[[Judged], object]) -> dict[object, Share]:
    """Precision@5 of each group, in the order of the groups' names."""
    groups: dict[object, list[Judged]] = {}
    for each in at_first(rows):
        groups.setdefault(name(each), []).append(each)
    return {key: precision(groups[key]) for key in sorted(groups)}


def by_week(rows: Iterable[Judged]) -> dict[date, Share]:
    """Every week from the first verdict to the last, those without any included."""
    found = by(rows, lambda each: each.week)
    if not found:
        return {}
    first, last = min(found), max(found)
    weeks = [first + timedelta(weeks=n) for n in range((last - first).days // 7 + 1)]
    return {week: found.get(week, Share(0, 0)) for week in weeks}


def calibration(rows: Iterable[Judged]) -> list[measures.Bin]:
    """Over all judged suggestions a probability is said of, not the first five only."""
    return measures.reliability((each.score, each.relevant) for each in rows if not each.ruled_out)


# What a list of verdicts may be narrowed by: name in the address -> the value of a row, as text.
NARROWED: dict[str, Callable[[Judged], str]] = {
    "week": lambda each: each.week.isoformat(),
    "pair": lambda each: each.pair_type,
    "model": lambda each: each.model,
    "ranker": lambda each: each.ranker or DECLARED,
    "bin": lambda each: "" if each.ruled_out else str(each.bin),
    "right": lambda each: "1" if each.relevant else "0",
    "first": lambda each: "1" if each.rank <= FIRST else "0",
}


def narrowed(rows: Iterable[Judged], wanted: dict[str, str]) -> list[Judged]:
    """The rows behind a figure; an unknown name is left out of account, an unknown value finds
    nothing."""
    tests = [(NARROWED[name], value) for name, value in wanted.items() if name in NARROWED]
    return [each for each in rows if all(of(each) == value for of, value in tests)]


def pairs(session: Session, ids: Iterable[int]) -> dict[int, Match]:
    """Matches by id, with both sides, for one page of a list."""
    return {
        each.id: each
        for each in session.scalars(
            select(Match)
            .where(Match.id.in_(list(ids)))
            .options(joinedload(Match.a), joinedload(Match.b))
        )
    }
