"""Training in three steps, so that nobody waits for it: read, learn, write.

lesson = lessons.prepare(session, folder, "need-offer")   # a reading transaction, then ended
outcome = lesson.learn()                                  # seconds or minutes, no database
report, version = lessons.adopt(session, folder, lesson, outcome, actor=..., now=...)
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.models import RankerVersion, User
from marketplace.services import audit
from marketplace.services.learning import files, rankers
from marketplace.services.learning.examples import Gathered, gather
from matching.learning import training
from matching.learning.promotion import Report
from matching.learning.ranker import LearnedRanker, RankerRefused


class Overtaken(Exception):
    """Another version was put into use while this one was learned: it was held against the wrong
    one, and nothing was written."""


@dataclass(frozen=True)
class Lesson:
    """What is learned from, and what the outcome is held against.

    without   keys of the accounts left out
    current   number of the version in use (0: the declared weights)
    before    its ranker; None: the declared weights rank, and `against` says why
    """

    pair_type: str
    gathered: Gathered
    without: tuple[str, ...]
    current: int
    before: LearnedRanker | None
    against: str

    def learn(self, *, one_judge: bool = False) -> training.Outcome:
        """The candidate, judged; None in it when there are too few verdicts to make one."""
        outcome = training.train(
            self.gathered.examples, self.gathered.shown, self.pair_type, self.gathered.encoder,
            self.before, one_judge=one_judge,
        )  # fmt: skip
        return replace(outcome, report=replace(outcome.report, against=self.against))


def prepare(
    session: Session, folder: Path, pair_type: str, *, without: Collection[User] = ()
) -> Lesson:
    """Reads only. `without` leaves the verdicts of accounts out."""
    gathered = gather(session, pair_type, {user.id for user in without})
    current = rankers.active(session, pair_type)
    before, against = _in_use(folder, current, gathered.encoder)
    number = current.number if current is not None else rankers.DECLARED
    keys = tuple(user.key for user in without)
    return Lesson(pair_type, gathered, keys, number, before, against)


def _in_use(folder, current: RankerVersion | None, encoder: str):
    """The ranker that orders the queue now, and its name."""
    if current is None:
        return None, "the declared weights"
    try:
        ranker = rankers.load(folder, current)
    except (files.FileRefused, RankerRefused) as refusal:
        return None, f"the declared weights: {current.name} is refused ({refusal})"
    if ranker.encoder != encoder:
        return None, f"the declared weights: {current.name} is of another encoder"
    return ranker, current.name


def adopt(
    session: Session, folder: Path, lesson: Lesson, outcome: training.Outcome, *, actor, now
) -> tuple[Report, RankerVersion | None]:
    """Write the version down; if it passed every check it is in use at once. Raises Overtaken."""
    pair_type, report, version = lesson.pair_type, outcome.report, None
    current = rankers.active(session, pair_type)
    if (current.number if current is not None else rankers.DECLARED) != lesson.current:
        raise Overtaken(f"{pair_type}: another version was put into use meanwhile; train again")
    if outcome.ranker is not None:
        content = outcome.ranker.to_bytes()
        version = RankerVersion(
            pair_type=pair_type,
            number=_next_number(session, pair_type),
            encoder=lesson.gathered.encoder,
            family=report.family,
            verdicts=report.verdicts,
            last_verdict_at=max(each.at for each in lesson.gathered.examples),
            report=report.to_dict(),
            sha256=files.digest(content),
            created_at=now,
        )
        files.write(folder, version.file_name, content)
        session.add(version)
        session.flush()
    audit.record(
        session, "ranker.train", version, actor=actor, now=now, pair_type=pair_type,
        verdicts=report.verdicts, promoted=report.promoted, without=list(lesson.without),
        suspects=list(report.suspects),
        failed=[check.name for check in report.checks if not check.passed],
    )  # fmt: skip
    if report.promoted:
        rankers.use(session, folder, pair_type, version, now=now)
        audit.record(session, "ranker.promote", version, actor=actor, now=now)
    return report, version


def _next_number(session: Session, pair_type: str) -> int:
    last = session.scalar(
        select(func.max(RankerVersion.number)).where(RankerVersion.pair_type == pair_type)
    )
    return (last or 0) + 1
