"""Versions of a pair type's ranker: put into use and rolled back; each act with its audit row.

Putting a version into use scores every suggestion that waits anew, from the features kept with
it, in the same transaction; the worker then matches the asking listings again (`behind`), so that
the new order may also bring up what lay deeper. Going back, one version or several of those the
one in use came after, scores them anew too, and puts up again what waited before: the queue is the
old one, to the digit. What people decided is never touched.
"""

import logging
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from marketplace.domain.vocabulary import PAIR_TYPES
from marketplace.models import Fact, Listing, Match, RankerVersion
from marketplace.services import audit
from marketplace.services.learning import files, waiting
from matching.learning.ranker import LearnedRanker, RankerRefused

log = logging.getLogger(__name__)


class NoSuchWay(ValueError):
    """There is nothing to go back to; the text says why."""


DECLARED = 0  # the number that stands for the declared weights
# What the worker has to do after a change (Fact "ranker <pair type>").
MATCH_AGAIN, AS_BEFORE = "match again", "as before"


def rollback(
    session: Session, folder: Path, pair_type: str, number: int | None = None, *, actor, now
) -> int:
    """Go back to version `number` (0: the declared weights), by default to the one the active
    version took over from; returns the number now in use. Where the active version came after it,
    directly or not, every change since is undone and the queue is what it was; any other version
    is put into use like a new one. Raises NoSuchWay, and FileRefused or RankerRefused when the
    file of the version is not the one that was trained."""
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
    undone = _since(session, current, number)
    if undone:
        _step_back(session, folder, undone, version, now=now)
    else:
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
        select(Fact.name, Fact.at).where(
            Fact.name.in_([_fact(name) for name in PAIR_TYPES]), Fact.value == MATCH_AGAIN
        )
    ).all()
    if not changed:
        return []
    kinds = {_fact(name): asking for name, (asking, _, _) in PAIR_TYPES.items()}
    late = [(Listing.kind == kinds[fact]) & (Listing.matched_at < at) for fact, at in changed]
    return list(
        session.scalars(
            select(Listing.id)
            .where(Listing.state == "published", or_(*late))
            .order_by(Listing.matched_at)
            .limit(limit)
        )
    )


def _fact(pair_type: str) -> str:
    return f"ranker {pair_type}"


def use(session, folder, pair_type, version: RankerVersion | None, *, now) -> None:
    """Put `version` into use (None: the declared weights)."""
    ranker = load(folder, version) if version is not None else None
    current = active(session, pair_type)
    if current is not None:
        current.state, current.retired_at = "retired", now
        session.flush()  # at most one is active at any time
    if version is not None:
        version.follows = current.number if current is not None else DECLARED
        version.replaced = list(
            session.scalars(select(Match.id).where(*waiting.undecided(pair_type), Match.current))
        )
        version.state, version.activated_at = "active", now
    session.merge(Fact(name=_fact(pair_type), value=MATCH_AGAIN, at=now))
    session.flush()
    waiting.score(session, pair_type, ranker)
    waiting.put_in_order(session, pair_type)


def _since(session, current: RankerVersion | None, number: int) -> list[RankerVersion]:
    """The versions put into use one after the other since `number` was, the latest first; none
    when the one in use did not come after it. No circle: a version that is put into use is none
    of those the one before it came after."""
    chain = []
    while current is not None:
        chain.append(current)
        if current.follows == number:
            return chain
        current = session.scalar(
            select(RankerVersion).where(
                RankerVersion.pair_type == current.pair_type,
                RankerVersion.number == current.follows,
            )
        )
    return []


def _step_back(session, folder, undone, version: RankerVersion | None, *, now):
    """Undo the changes that put `undone` into use, the latest first: as if none had ever been."""
    current = undone[0]
    ranker = load(folder, version) if version is not None else None
    current.state, current.retired_at = "retired", now
    session.flush()
    if version is not None:
        version.state = "active"  # since when, and after whom, stays as it was
    session.merge(Fact(name=_fact(current.pair_type), value=AS_BEFORE, at=now))
    session.flush()
    waiting.score(session, current.pair_type, ranker)
    for left in undone:
        waiting.put_up_again(session, left)
    waiting.put_in_order(session, current.pair_type)
