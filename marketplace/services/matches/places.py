"""How many cases those who answer take at once, and how many they have already."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from marketplace.domain.errors import N_, Conflict
from marketplace.domain.fields import REGISTERED
from marketplace.domain.mentoring import TAKES_PLACE
from marketplace.domain.workflow import MATCH_OPEN
from marketplace.models import Listing, Match, Mentorship
from marketplace.services.disclosure import values_of

# Places of those who did not say how many they take at once. Declared, and said on the page: a
# mentor helps beside a job, an investor reads several cases, a support organisation has staff.
USUAL_PLACES = {"mentor": 3, "expert": 2, "investor": 5, "support": 10}
# What a pair does to its sides before anybody was asked.
ASKED = MATCH_OPEN - {"kept"}


@dataclass(frozen=True)
class Places:
    total: int
    declared: bool  # False: USUAL_PLACES of its kind
    taken: int

    @property
    def free(self) -> int:
        return max(0, self.total - self.taken)


def of(
    session: Session, listings: Collection[Listing], states: Collection[str] = MATCH_OPEN
) -> dict[int, Places]:
    """By id, for listings of the kinds in USUAL_PLACES: pairs in `states` take a place, of
    whatever pair type, since a mentor has one calendar for ideas and startups. So does whoever is
    mentored now, unless it is by such a pair."""
    ids = [each.id for each in listings]
    taken = counted(session, Match.b_id, ids, Match.state.in_(states))
    taken += _mentored(session, ids, states)
    found = {}
    for listing in listings:
        said = values_of(session, listing.live_version_id, {REGISTERED}).get("capacity")
        total = USUAL_PLACES[listing.kind] if said is None else int(said)
        found[listing.id] = Places(total, said is not None, taken[listing.id])
    return found


def _mentored(session, ids, states) -> Counter:
    """Mentorships under way by the mentor's listing, those a counted match is about left out."""
    the_same = exists().where(
        Match.a_id == Mentorship.listing_id,
        Match.b_id == Mentorship.mentor_id,
        Match.state.in_(states),
    )
    rows = session.execute(
        select(Mentorship.mentor_id, func.count())
        .where(Mentorship.mentor_id.in_(ids), Mentorship.state.in_(TAKES_PLACE), ~the_same)
        .group_by(Mentorship.mentor_id)
    )
    return Counter(dict(rows.all()))


def counted(session: Session, side, ids: Collection[int], *conditions) -> Counter:
    """Matches by the id on one side."""
    rows = session.execute(
        select(side, func.count()).where(side.in_(ids), *conditions).group_by(side)
    )
    return Counter(dict(rows.all()))


def require_free(session: Session, match: Match) -> None:
    """Conflict when the answering side has no place left for one more pair to be asked about,
    whether it was chosen in a round or by itself."""
    if match.b.kind not in USUAL_PLACES:
        return
    session.flush()
    here = of(session, [match.b], ASKED)[match.b_id]
    others = here.taken - (match.state in ASKED)
    if others >= here.total:
        raise Conflict(
            N_("“%(title)s” đang có %(taken)s cặp trên %(total)s chỗ. Chờ một cặp xong đã."),
            title=match.b.title,
            taken=others,
            total=here.total,
        )
