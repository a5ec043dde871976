"""The map of needs and offers: made by the worker or a command, read by the page.

Derived data beside the indexes: `landscape.json`, written whole and renamed. It holds references,
places and the words groups are named by (from public text, as the index does); a reader sees only
listings still published that they may see. It is made anew when the index or the set of unmet
needs is another one.
"""

import hashlib
import json
import logging
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.models import Listing, Match
from marketplace.services.visibility import visible_to
from matching.clusters import Group, Map, Point, survey
from matching.index import PassageIndex
from matching.storage import IndexRefused

log = logging.getLogger(__name__)

NAME = "landscape.json"
FORMAT = 1


@dataclass(frozen=True)
class Place:
    """A listing on the map; `group` is the number of an unmet need's group, from 0, or None."""

    listing: Listing
    x: float
    y: float
    group: int | None


@dataclass(frozen=True)
class Cluster:
    """Unmet needs that ask for the like, and what stands nearest: (offer, cosine) pairs."""

    number: int
    terms: tuple[str, ...]
    needs: list[Listing]
    nearest: list[tuple[Listing, float]]


@dataclass(frozen=True)
class Landscape:
    """What a reader may see of the map, and when it was made."""

    places: list[Place]
    clusters: list[Cluster]
    made_at: datetime


def refresh(session: Session, folder: Path, vectors: Path, *, now) -> bool:
    """Make the map anew if it is of another day; whether it was. Reads the database only."""
    generation = PassageIndex.current(vectors)
    if generation is None:
        return False
    unmet, met, offers = _published(session)
    made_of = _fingerprint(generation, unmet)
    if _stored(folder).get("made_of") == made_of:
        return False
    try:
        index = PassageIndex.load(vectors)
    except IndexRefused as refusal:
        log.info("no map: %s", refusal)
        return False
    found = survey(index, unmet, offers, met)
    _write(folder, {"format": FORMAT, "made_of": made_of, "made_at": now.isoformat(),
                    "map": found.to_dict()})  # fmt: skip
    return True


def _published(session) -> tuple[list[str], list[str], list[str]]:
    """References of unmet needs (longest unmet first), other needs, and offers."""
    rows = session.execute(
        select(Listing.ref, Listing.kind, Listing.unmet_since)
        .where(Listing.kind.in_(("need", "offer")), Listing.state == "published")
        .order_by(Listing.unmet_since, Listing.id)
    ).all()
    return (
        [row.ref for row in rows if row.kind == "need" and row.unmet_since is not None],
        [row.ref for row in rows if row.kind == "need" and row.unmet_since is None],
        [row.ref for row in rows if row.kind == "offer"],
    )


def _fingerprint(generation: str, unmet: Iterable[str]) -> str:
    return hashlib.sha256(" ".join((generation, *sorted(unmet))).encode()).hexdigest()


def _write(folder: Path, values: dict) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"{NAME}.new"
    with draft.open("w", encoding="utf-8") as file:
        json.dump(values, file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, folder / NAME)


def _stored(folder: Path) -> dict:
    """What the file says; nothing when there is none, or none that can be read."""
    try:
        values = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) and values.get("format") == FORMAT else {}


def read(session: Session, folder: Path, actor) -> Landscape | None:
    """The map as `actor` may see it; None when none was made."""
    stored = _stored(folder)
    try:
        found = Map.from_dict(stored["map"])
        made_at = datetime.fromisoformat(stored["made_at"])
    except (KeyError, TypeError, ValueError):
        return None
    listings = {
        each.ref: each
        for each in session.scalars(
            visible_to(actor).where(
                Listing.state == "published", Listing.kind.in_(("need", "offer"))
            )
        )
    }
    clusters = []
    numbers: dict[int, int] = {}
    for at, group in enumerate(found.groups):
        cluster = _cluster(len(clusters), group, listings)
        if cluster.needs:
            numbers[at] = cluster.number
            clusters.append(cluster)
    places = [_place(each, listings[each.key], numbers) for each in found.points
              if each.key in listings]  # fmt: skip
    return Landscape(places, clusters, made_at)


def _cluster(number: int, group: Group, listings: dict[str, Listing]) -> Cluster:
    """A group's words are those of its members: with one of them hidden, it has no name here."""
    needs = [listings[key] for key in group.keys if key in listings]
    whole = len(needs) == len(group.keys)
    nearest = [(listings[key], score) for key, score in group.nearest if key in listings]
    return Cluster(number, group.terms if whole else (), needs, nearest)


def _place(point: Point, listing: Listing, numbers: dict[int, int]) -> Place:
    return Place(listing, point.x, point.y, numbers.get(point.group))


def closest_matches(session: Session, needs: Iterable[Listing]) -> dict[int, Match]:
    """Need id -> its best pair with an offer, good or not: what came closest."""
    best: dict[int, Match] = {}
    for match in session.scalars(
        select(Match)
        .where(
            Match.pair_type == "need-offer", Match.current,
            Match.a_id.in_([each.id for each in needs]),
        )
        .order_by(Match.score.desc(), Match.id)
    ):  # fmt: skip
        best.setdefault(match.a_id, match)
    return best
