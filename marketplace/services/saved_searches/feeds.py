"""What a feed holds: the newest listings that answer a search and that everybody may read.

A feed reader signs in nowhere and may be anybody's server, so a private feed, too, holds nothing
but what a guest sees; private is what its owner looks for.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from marketplace.domain.actor import GUEST
from marketplace.domain.errors import N_, DomainError
from marketplace.domain.vocabulary import KINDS
from marketplace.services import disclosure, discovery, indexing
from search.percolation import matches
from search.records import Query

ENTRIES = 50
# When a feed without a single listing was last updated: always the same.
EMPTY = datetime(2026, 1, 1, tzinfo=UTC)


class FeedAway(DomainError):
    status = 503
    message = N_("Tìm kiếm đang được dựng lại nên chưa có nguồn tin. Hãy thử lại sau ít phút.")


@dataclass(frozen=True)
class Entry:
    """One listing of a feed. `updated` is when readers last got something else to see."""

    view: disclosure.View
    published: datetime
    updated: datetime


def entries(session: Session, engines, query: Query) -> list[Entry]:
    """The newest listings that answer the query, at most ENTRIES. What a search falls back to when
    it finds nothing is left out: nobody is there to be told that it is not what they typed. Raises
    FeedAway."""
    kinds = frozenset(KINDS) & (query.filters.get("kind") or frozenset(KINDS))
    if not kinds:
        return []
    query = replace(
        query,
        filters={**query.filters, "kind": kinds},
        sort="newest",
        offset=0,
        limit=ENTRIES,
    )
    found = discovery.find(session, engines, GUEST, query, by_meaning=False, as_typed=True)
    if not found.available:
        raise FeedAway
    views = [view for view in found.views if view.listing.published_at is not None]
    if query.text:
        documents = indexing.documents(session, [view.listing for view in views])
        same = discovery.same_as(session, query.text)
        strict = {each.key for each in documents if matches(query, each, same)}
        views = [view for view in views if view.ref in strict]
    return [
        Entry(
            view,
            view.listing.published_at,
            max(view.listing.published_at, view.listing.changed_at),
        )
        for view in views
    ]
