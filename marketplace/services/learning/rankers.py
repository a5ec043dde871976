"""Versions of a pair type's ranker: trained, promoted, rolled back; each act with its audit row.

Going from one version to another scores every suggestion that waits anew from the features kept
with it, in the same transaction; going back therefore gives each its old score, and the queue its
old order, to the digit. What people decided is never touched. The worker then matches the asking
listings again (`behind`), so that the new order may also bring up what lay deeper.
"""

import logging
from collections.abc import Collection, Mapping
from pathlib import Path

from sqlalchemy import bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from marketplace.domain.vocabulary import PAIR_TYPES
from marketplace.domain.workflow import MATCH_TO_TRIAGE
from marketplace.models import Listing, Match, RankerVersion, User
from marketplace.services import audit
from marketplace.services.learning import files
from marketplace.services.learning.examples import gather
from matching.learning import training
from matching.learning.promotion import Report
from matching.learning.ranker import LearnedRanker, RankerRefused, judged
from matching.thresholds import declared_cuts

log = logging.getLogger(__name__)


class NoSuchWay(ValueError):
    """There is nothing to go back to; the text says why."""


DECLARED = 0  # the number that stands for the declared weights
BATCH = 500


def train(
    session: Session,
    folder: Path,
    pair_type: str,
    *,
    actor,
    now,
    without: Collection[User] = (),
    one_judge: bool = False,
) -> tuple[Report, RankerVersion | None]:
    """Train on all verdicts so far; a version that passes every check is in use at once. None
    when there are too few verdicts to make one. `without` leaves the verdicts of accounts out."""
    gathered = gather(session, pair_type, {user.id for user in without})
    current = active(session, pair_type)
    before = load(folder, current) if current is not None else None
    if before is not None and before.encoder != gathered.encoder:
        before = None  # it is not in use with this encoder: the declared weights are
    outcome = training.train(
        gathered.examples, gathered.shown, pair_type, gathered.encoder, before, one_judge=one_judge
    )
    report, version = outcome.report, None
    if outcome.ranker is not None:
        version = RankerVersion(
            pair_type=pair_type,
            number=_next_number(session, pair_type),
            encoder=gathered.encoder,
            family=report.family,
            verdicts=report.verdicts,
            last_verdict_at=max(each.at for each in gathered.examples),
            report=report.to_dict(),
            created_at=now,
        )
        version.sha256 = files.write(folder, version.file_name, outcome.ranker.to_bytes())
        session.add(version)
        session.flush()
    audit.record(
        session, "ranker.train", version, actor=actor, now=now, pair_type=pair_type,
        verdicts=report.verdicts, promoted=report.promoted, without=[user.key for user in without],
        suspects=list(report.suspects),
        failed=[check.name for check in report.checks if not check.passed],
    )  # fmt: skip
    if report.promoted:
        use(session, folder, pair_type, version, now=now)
        audit.record(session, "ranker.promote", version, actor=actor, now=now)
    return report, version


def rollback(
    session: Session, folder: Path, pair_type: str, number: int | None = None, *, actor, now
) -> int:
    """Go back to version `number` (0: the declared weights), by default to the one the active
    version took over from; returns the number now in use. Raises NoSuchWay."""
    current = active(session, pair_type)
    if number is None:
        if current is None:
            raise NoSuchWay("the declared weights are in use: there is nothing to go back from")
        number = current.follows
    if number == (current.number if current is not None else DECLARED):
        raise NoSuchWay("this version is in use")
    version = None
    if number != DECLARED:
        version = session.scalar(
            select(RankerVersion).where(
                RankerVersion.pair_type == pair_type, RankerVersion.number == number
            )
        )
        if version is None:
            raise NoSuchWay("there is no such version")
        if version.activated_at is None:
            raise NoSuchWay("this version has never passed its checks")
    left = current.number if current is not None else DECLARED
    use(session, folder, pair_type, version, now=now)
    audit.record(
        session, "ranker.rollback", version or current, actor=actor, now=now,
        pair_type=pair_type, from_number=left, to_number=number,
    )  # fmt: skip
    return number


def versions(session: Session, pair_type: str = "") -> list[RankerVersion]:
    """All, by pair type, the latest first."""
    wanted = select(RankerVersion)
    if pair_type:
        wanted = wanted.where(RankerVersion.pair_type == pair_type)
    return list(
        session.scalars(wanted.order_by(RankerVersion.pair_type, RankerVersion.number.desc()))
    )


def active(session: Session, pair_type: str) -> RankerVersion | None:
    """The version in use; None for the declared weights."""
    return session.scalar(
        select(RankerVersion).where(
            RankerVersion.pair_type == pair_type, RankerVersion.state == "active"
        )
    )


def load(folder: Path, version: RankerVersion) -> LearnedRanker:
    """Raises FileRefused or RankerRefused when the file is not the one that was trained."""
    content = files.read(folder, version.file_name, version.sha256)
    ranker = LearnedRanker.from_bytes(content, version.name)
    if ranker.pair_type != version.pair_type:
        raise RankerRefused(f"made for {ranker.pair_type}")
    return ranker


class Rankers:
    """The rankers in use, kept in memory and read anew when a version changes. A file that is
    refused leaves its pair type to the declared weights; that is logged once, and the file looked
    at again each time, so that putting the right one back is enough."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._read: dict[str, LearnedRanker] = {}  # by digest
        self._refused: set[str] = set()

    def of(self, session: Session) -> Mapping[str, LearnedRanker]:
        found = {}
        for version in session.scalars(
            select(RankerVersion).where(RankerVersion.state == "active")
        ):
            ranker = self._read.get(version.sha256) or self._load(version)
            if ranker is not None:
                found[version.pair_type] = ranker.named(version.name)
        return found

    def _load(self, version: RankerVersion) -> LearnedRanker | None:
        try:
            self._read[version.sha256] = load(self.folder, version)
        except (files.FileRefused, RankerRefused) as refusal:
            if version.sha256 not in self._refused:
                log.error("%s is not used; the declared weights hold: %s", version.name, refusal)
            self._refused.add(version.sha256)
            return None
        return self._read[version.sha256]


def behind(session: Session, limit: int = 20) -> list[int]:
    """Ids of asking listings last matched before the ranker of their pair type changed."""
    changed = session.execute(
        select(
            RankerVersion.pair_type,
            func.max(RankerVersion.activated_at),
            func.max(RankerVersion.retired_at),
        )
        .where(RankerVersion.activated_at.is_not(None))
        .group_by(RankerVersion.pair_type)
    ).all()
    late = [
        (Listing.kind == PAIR_TYPES[pair_type][0])
        & (Listing.matched_at < max(filter(None, (activated, retired))))
        for pair_type, activated, retired in changed
    ]
    if not late:
        return []
    return list(
        session.scalars(
            select(Listing.id)
            .where(Listing.state == "published", or_(*late))
            .order_by(Listing.matched_at)
            .limit(limit)
        )
    )


def use(session, folder, pair_type, version: RankerVersion | None, *, now) -> None:
    """Make `version` the one in use (None: the declared weights)."""
    ranker = load(folder, version) if version is not None else None
    current = active(session, pair_type)
    if current is not None:
        current.state, current.retired_at = "retired", now
        session.flush()  # at most one is active at any time
    if version is not None:
        if version.activated_at is None:
            version.follows = current.number if current is not None else DECLARED
        version.state, version.activated_at = "active", now
        session.flush()
    score_waiting(session, pair_type, ranker)


def score_waiting(session: Session, pair_type: str, ranker: LearnedRanker | None) -> None:
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
                table.c.place > 0,
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


def _next_number(session: Session, pair_type: str) -> int:
    last = session.scalar(
        select(func.max(RankerVersion.number)).where(RankerVersion.pair_type == pair_type)
    )
    return (last or 0) + 1
