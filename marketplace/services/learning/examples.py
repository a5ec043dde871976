"""The curators' and parties' verdicts as the matcher's examples.

A pair's features and place are those it was shown with: the worker brings them up to date only
while nobody has decided, so nothing of the future is in them.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from marketplace.domain.verdicts import verdict_of
from marketplace.domain.workflow import MATCH_TO_TRIAGE
from marketplace.models import Listing, Match, MatchEvent, User
from matching.learning.dataset import Example, Seat

UNKNOWN = "nobody"  # a verdict of an account that is gone


@dataclass(frozen=True)
class Gathered:
    """encoder  the model whose similarities the features hold; others' suggestions are left out
    shown    seat -> (suggestions shown there, those that got any verdict)"""

    encoder: str
    examples: list[Example]
    shown: dict[Seat, tuple[int, int]]


def gather(session: Session, pair_type: str, without: Collection[int] = ()) -> Gathered:
    """Everything learned so far about a pair type; `without` the verdicts of these users."""
    encoder = _latest_encoder(session, pair_type)
    asking, answering = aliased(Listing), aliased(Listing)
    queued = _queued()
    rows = session.execute(
        select(
            Match.id, Match.state, Match.level, Match.place, Match.features, Match.current,
            Match.created_at, asking.ref, answering.ref, queued.c.rank,
        )
        .join(queued, queued.c.id == Match.id, isouter=True)
        .join(asking, asking.id == Match.a_id)
        .join(answering, answering.id == Match.b_id)
        .where(Match.pair_type == pair_type, Match.model == encoder, Match.place > 0)
        .order_by(Match.id)
    ).all()  # fmt: skip
    histories = _histories(session, pair_type)
    names = dict(session.execute(select(User.id, User.key)).all())
    examples = []
    for row in rows:
        verdict = verdict_of(histories.get(row.id, ()))
        if verdict is None or not row.features or verdict.event.actor_id in without:
            continue
        judge = names.get(verdict.event.actor_id, UNKNOWN)
        examples.append(
            Example(
                row[7], row[8], row.features, verdict.meaning.grade, verdict.meaning.weight,
                _seat(row)[0], judge, verdict.event.at, _seat(row)[1],
            )
        )  # fmt: skip
    return Gathered(encoder, examples, _shown(rows, examples))


def _shown(rows, examples) -> dict[Seat, tuple[int, int]]:
    """What nobody had the time to look at yet is not counted as passed over."""
    last = max((each.at for each in examples), default=None)
    seen, judged = Counter(), Counter()
    for row in rows:
        decided = row.state not in MATCH_TO_TRIAGE
        if decided or (row.current and last is not None and row.created_at <= last):
            seen[_seat(row)] += 1
            judged[_seat(row)] += decided
    return {seat: (count, judged[seat]) for seat, count in seen.items()}


def _queued():
    """How far down each suggestion stood among those the queue put up together: that fell due the
    same day, over all pair types, by score; 0 to 1. What was decided keeps its score."""
    rank = func.percent_rank().over(
        partition_by=func.date(Match.created_at), order_by=(Match.score.desc(), Match.id)
    )
    return (
        select(Match.id, rank.label("rank"))
        .where(Match.place > 0, Match.level != "weak")
        .subquery()
    )


def _seat(row) -> Seat:
    """The queue does not show weak pairs: who judged one had to look for it."""
    if row.level == "weak":
        return 0, 0
    return row.place, min(3, int(4 * row.rank))


def _histories(session: Session, pair_type: str) -> dict[int, list]:
    found: dict[int, list] = {}
    for event in session.execute(
        select(
            MatchEvent.match_id, MatchEvent.step, MatchEvent.reason, MatchEvent.at,
            MatchEvent.actor_id,
        )
        .join(Match, Match.id == MatchEvent.match_id)
        .where(Match.pair_type == pair_type)
        .order_by(MatchEvent.id)
    ):  # fmt: skip
        found.setdefault(event.match_id, []).append(event)
    return found


def _latest_encoder(session: Session, pair_type: str) -> str:
    return (
        session.scalar(
            select(Match.model)
            .where(Match.pair_type == pair_type, Match.place > 0)
            .order_by(Match.id.desc())
            .limit(1)
        )
        or ""
    )
