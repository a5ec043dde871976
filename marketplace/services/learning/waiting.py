"""Suggestions that wait for a curator, when the ranker changes: scored anew, put in order, put up,
taken down."""

from collections.abc import Collection

from sqlalchemy import bindparam, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from marketplace.domain.workflow import MATCH_TO_TRIAGE
from marketplace.models import Listing, Match, RankerVersion
from matching.learning.ranker import LearnedRanker, judged
from matching.thresholds import declared_cuts

BATCH = 500


def undecided(pair_type: str) -> tuple:
    """Suggestions of the machine nobody has decided on."""
    return (
        Match.pair_type == pair_type,
        Match.state.in_(MATCH_TO_TRIAGE),
        Match.origin == "engine",
        Match.model != "",
    )


def score(session: Session, pair_type: str, ranker: LearnedRanker | None) -> None:
    """Score anew, from the features kept, what waits for a curator. Lock counters are left alone:
    this is no reason to refuse a verdict being given at this moment."""
    table = Match.__table__
    change = (
        update(table)
        .where(
            table.c.id == bindparam("match_id"),
            or_(*(table.c.state == state for state in sorted(MATCH_TO_TRIAGE))),
        )
        .values(
            score=bindparam("new_score"),
            level=bindparam("new_level"),
            ranker=bindparam("new_ranker"),
            explanation=bindparam("new_explanation", type_=table.c.explanation.type),
        )
    )
    last = 0
    while True:
        rows = session.execute(
            select(table.c.id, table.c.model, table.c.features, table.c.explanation)
            .where(
                table.c.id > last,
                table.c.pair_type == pair_type,
                table.c.state.in_(MATCH_TO_TRIAGE),
                table.c.model != "",
            )
            .order_by(table.c.id)
            .limit(BATCH)
        ).all()
        if not rows:
            break
        last = rows[-1].id
        scored = [_scored(row, ranker) for row in rows if "declared" in row.features]
        if scored:
            session.execute(change, scored)
    session.expire_all()


def _scored(row, ranker: LearnedRanker | None) -> dict:
    fitting = ranker if ranker is not None and ranker.encoder == row.model else None
    score, level = judged(row.features, fitting, declared_cuts(row.model))
    name = fitting.name if fitting is not None else ""
    return {
        "match_id": row.id,
        "new_score": score,
        "new_level": level,
        "new_ranker": name,
        "new_explanation": {**row.explanation, "score": score, "level": level, "ranker": name},
    }


def put_in_order(
    session: Session, pair_type: str = "", asking: Collection[int] | None = None
) -> None:
    """Number anew what waits: a suggestion's place is its rank by score among what its asking
    listing and pair type show, whichever side the matcher came from. `asking`: only the
    suggestions of these listings; else all of the pair type."""
    order = func.row_number().over(
        partition_by=(Match.pair_type, Match.a_id), order_by=(Match.score.desc(), Match.id)
    )
    wanted = [Match.state.in_(MATCH_TO_TRIAGE), Match.model != "", Match.current]
    if pair_type:
        wanted.append(Match.pair_type == pair_type)
    if asking is not None:
        wanted.append(Match.a_id.in_(asking))
    session.flush()
    rows = session.execute(select(Match.id, Match.place, order.label("rank")).where(*wanted)).all()
    moved = [{"match_id": row.id, "rank": row.rank} for row in rows if row.place != row.rank]
    if moved:
        table = Match.__table__
        session.execute(
            update(table)
            .where(table.c.id == bindparam("match_id"))
            .values(place=bindparam("rank")),
            moved,
        )


def put_up_again(session: Session, left: RankerVersion) -> None:
    """Show what waited when `left` took over, and take down what only its order brought up. Pairs
    of a listing that has changed since are the worker's: it has matched them anew."""
    asking, answering = aliased(Listing), aliased(Listing)
    since = left.activated_at
    before = set(left.replaced)
    rows = session.execute(
        select(Match.id, Match.current)
        .join(asking, asking.id == Match.a_id)
        .join(answering, answering.id == Match.b_id)
        .where(
            *undecided(left.pair_type),
            asking.changed_at < since, answering.changed_at < since,
            asking.state == "published", answering.state == "published",
        )
    ).all()  # fmt: skip
    moved = [
        {"match_id": row.id, "shown": row.id in before}
        for row in rows
        if row.current != (row.id in before)
    ]
    if moved:
        table = Match.__table__
        session.execute(
            update(table)
            .where(table.c.id == bindparam("match_id"))
            .values(current=bindparam("shown")),
            moved,
        )
    session.expire_all()
