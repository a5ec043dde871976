"""Whom the matcher serves: who has something to choose from, and who is ever shown."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.models import Listing, Match
from marketplace.services.quality import measures
from marketplace.services.quality.measures import Share

ASKING = ("need", "startup", "idea")
ANSWERING = ("offer", "expert", "mentor", "investor", "support")
# A list behind a figure -> (kinds it is of, whether the listings are those with a good suggestion)
LISTS = {
    "covered": (ASKING, True),
    "uncovered": (ASKING, False),
    "shown": (ANSWERING, True),
    "never": (ANSWERING, False),
}


@dataclass(frozen=True)
class Exposure:
    """How often published listings of a kind were suggested, well enough to be looked at."""

    shown: Share
    gini: float | None
    top_tenth: float | None


def _good(side):
    """Listing id and number of suggestions above the threshold: now, for those who ask; ever, for
    those who answer, since who was shown last month had a chance."""
    counted = select(side.label("listing_id"), func.count().label("times")).where(
        Match.level != "weak", Match.model != ""
    )
    if side is Match.a_id:
        counted = counted.where(Match.current)
    return counted.group_by(side).subquery()


def asking(session: Session) -> dict[str, Share]:
    """Kind -> published listings with at least one good suggestion."""
    counts = _counts(session, ASKING, Match.a_id)
    return {kind: measures.share(n > 0 for n in counts[kind]) for kind in ASKING}


def answering(session: Session) -> dict[str, Exposure]:
    counts = _counts(session, ANSWERING, Match.b_id)
    return {
        kind: Exposure(
            measures.share(n > 0 for n in counts[kind]),
            measures.gini(counts[kind]),
            measures.of_top_tenth(counts[kind]),
        )
        for kind in ANSWERING
    }


def _counts(session, kinds, side) -> dict[str, list[int]]:
    good = _good(side)
    found: dict[str, list[int]] = {kind: [] for kind in kinds}
    for kind, times in session.execute(
        select(Listing.kind, func.coalesce(good.c.times, 0))
        .join(good, good.c.listing_id == Listing.id, isouter=True)
        .where(Listing.kind.in_(kinds), Listing.state == "published")
    ):
        found[kind].append(times)
    return found


def listings(session: Session, name: str, kind: str, visible) -> list[tuple[Listing, int]]:
    """The listings of one of LISTS with how often they were suggested, most often first; `visible`
    is the condition of what the reader may see."""
    kinds, served = LISTS[name]
    good = _good(Match.a_id if kinds is ASKING else Match.b_id)
    times = func.coalesce(good.c.times, 0)
    return [
        (listing, count)
        for listing, count in session.execute(
            select(Listing, times)
            .join(good, good.c.listing_id == Listing.id, isouter=True)
            .where(
                visible,
                Listing.kind == kind,
                Listing.state == "published",
                times > 0 if served else times == 0,
            )
            .order_by(times.desc(), Listing.id)
        )
    ]
