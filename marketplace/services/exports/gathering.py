"""Which rows, and which fields of each: the answer the pages give, for a whole list at once."""

from dataclasses import dataclass, field, replace

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from marketplace.domain import disclosure as levels_of
from marketplace.domain.errors import N_, DomainError
from marketplace.domain.fields import LEVELS, PUBLIC, REGISTERED
from marketplace.domain.vocabulary import KINDS
from marketplace.domain.workflow import MATCH_RELEASED
from marketplace.models import Listing, ListingContent, Match
from marketplace.services import discovery, listings
from marketplace.services.listings import review, versions
from marketplace.services.visibility import owned_by
from search.records import Query

MOST = 2000  # listings in one file; narrower lists are one filter away
# What may leave without a trace; anything more is asked for on purpose and audited.
OPEN_LEVELS = frozenset({PUBLIC, REGISTERED})
ALL_LEVELS = frozenset(LEVELS)


class SearchAway(DomainError):
    status = 503
    message = N_(
        "Tìm kiếm đang được dựng lại nên chưa tải được danh sách. Hãy thử lại sau ít phút."
    )


@dataclass(frozen=True)
class Exported:
    """One row: `values` hold only the levels the reader may see of this very listing."""

    listing: Listing
    values: dict = field(repr=False)
    levels: frozenset[str]
    organisation: str  # "" where the reader may not know it, or there is none


@dataclass(frozen=True)
class List:
    """`total` counts the whole list; `rows` stop at MOST."""

    rows: list[Exported]
    total: int

    @property
    def complete(self) -> bool:
        return len(self.rows) == self.total


def found(session: Session, engines, actor, query: Query, *, levels=OPEN_LEVELS) -> List:
    """The listings that have the words of a search, all pages of them, in their order; what is
    there by meaning alone, and records of other sources, are not in the list. Raises SearchAway."""
    kinds = query.filters.get("kind", frozenset(KINDS)) & frozenset(KINDS)
    if not kinds:
        return List([], 0)
    asked = replace(query, offset=0, limit=MOST, filters={**query.filters, "kind": kinds})
    answer = discovery.find(session, engines, actor, asked, by_meaning=False)
    if not answer.available:
        raise SearchAway
    rows = [view.listing for view in answer.views]
    return List(
        _exported(session, actor, rows, levels, lambda each: each.live_version_id), answer.total
    )


def mine(session: Session, actor, *, levels=OPEN_LEVELS) -> List:
    """The actor's own listings and those of their organisations, drafts included."""
    rows = listings.of_actor(session, actor)
    return List(_exported(session, actor, rows[:MOST], levels, versions.under_review), len(rows))


def moderation(session: Session, actor, *, levels=OPEN_LEVELS) -> List:
    """What waits for a decision of the desk, the most urgent first."""
    rows = review.queue(session, actor)
    return List(_exported(session, actor, rows[:MOST], levels, versions.under_review), len(rows))


def _exported(session, actor, rows, wanted, version_of) -> list[Exported]:
    """Views of many listings in a handful of queries; levels not granted are not even read.

    What the actor learned by being introduced is asked for on purpose, like all that is not open:
    an open export says no more than the list on the page does. A mask is lifted as on cards, never
    by an introduction: that name is on the page of the match, and a file travels further.
    """
    known = frozenset() if wanted <= OPEN_LEVELS else _introduced(session, actor)
    granted = {
        each.id: levels_of.levels(actor, each, introduced=each.id in known) & wanted
        for each in rows
    }
    texts = {}
    for levels in set(granted.values()):
        ids = [version_of(each) for each in rows if granted[each.id] == levels]
        texts |= _values(session, ids, levels)
    return [
        Exported(
            listing=each,
            values=texts.get(version_of(each), {}),
            levels=granted[each.id],
            organisation=each.organisation.name
            if each.organisation is not None and levels_of.shows_owner(actor, each)
            else "",
        )
        for each in rows
    ]


def _values(session, version_ids, levels) -> dict[int, dict]:
    merged: dict[int, dict] = {}
    for version_id, values in session.execute(
        select(ListingContent.version_id, ListingContent.values).where(
            ListingContent.version_id.in_([each for each in version_ids if each is not None]),
            ListingContent.level.in_(levels),
        )
    ):
        merged.setdefault(version_id, {}).update(values)
    return merged


def _introduced(session, actor) -> frozenset[int]:
    """Listings whose contacts were released to the actor: disclosure.introduced for all at once."""
    if not actor.signed_in:
        return frozenset()
    ours = select(Listing.id).where(owned_by(actor))
    pairs = session.execute(
        select(Match.a_id, Match.b_id).where(
            Match.state.in_(MATCH_RELEASED), or_(Match.a_id.in_(ours), Match.b_id.in_(ours))
        )
    )
    return frozenset(listing_id for pair in pairs for listing_id in pair)
