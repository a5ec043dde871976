"""Where to go from a search that found nothing: with what it would have found something."""

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from marketplace.services.discovery.finding import total_of
from search.errors import IndexUnavailable
from search.records import Query

MOST_WORDS = 8  # of a longer query no word is tried: it is a pasted text
MOST_OFFERED = 3


@dataclass(frozen=True)
class WayOut:
    """A query that finds `total`: without a facet, all facets, or a piece of the text."""

    query: Query
    total: int
    facet: str = ""
    words: str = ""
    everything: bool = False  # without any filter


def ways_out(session: Session, engines, actor, query: Query) -> list[WayOut]:
    """What would find something, counted: first filters, then words, the most found first."""
    try:
        ways = [
            *_without_filters(session, engines, actor, query),
            *_without_words(session, engines, actor, query),
        ]
        if query.filters and not any(way.total for way in ways):
            ways = _without_words(session, engines, actor, replace(query, filters={}))
    except IndexUnavailable:
        return []
    return [way for way in ways if way.total]


def _without_filters(session, engines, actor, query):
    ways = []
    for facet in query.filters:
        less = {name: values for name, values in query.filters.items() if name != facet}
        tried = replace(query, filters=less, offset=0)
        ways.append(WayOut(tried, total_of(session, engines, actor, tried), facet=facet))
    if len(query.filters) > 1:
        bare = replace(query, filters={}, offset=0)
        ways.append(WayOut(bare, total_of(session, engines, actor, bare), everything=True))
    return sorted(ways, key=lambda way: -way.total)


def _without_words(session, engines, actor, query):
    pieces = query.text.split()
    if not 1 < len(pieces) <= MOST_WORDS:
        return []
    ways = []
    for at, piece in enumerate(pieces):
        tried = replace(query, text=" ".join(pieces[:at] + pieces[at + 1 :]), offset=0)
        ways.append(WayOut(tried, total_of(session, engines, actor, tried), words=piece))
    return sorted(ways, key=lambda way: -way.total)[:MOST_OFFERED]
