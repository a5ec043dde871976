"""One ranked list for a query: what has the words, and what means the like."""

import logging
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from marketplace.services import indexing, synonyms
from marketplace.services.discovery import accents, glosses
from marketplace.services.discovery.meaning import NEAR_ENOUGH, found_by, says_a_word
from matching import hybrid
from search import Index
from search.errors import IndexUnavailable
from search.records import Hit, Query, Results
from search.synonyms import Synonyms

log = logging.getLogger(__name__)

PAGE = 12
# The best of what has the words, ordered anew with what means the like; the rest follows as the
# words rank it, so that nobody has to turn pages to find a result twice or never.
HEAD = 100
MOST_NEAR = 12  # results by meaning alone, in the whole list
# What stands beside a result that makes sense may stand out less than it. Between languages nearly
# nothing stands out from chance, and the order is all there is.
FOLLOWS, FOLLOWS_ACROSS = 0.25, 0.02


@dataclass(frozen=True)
class Found:
    """One page of results.

    views          what the reader may see of each result, in order
    total          how many have the words
    counts         facet -> value -> how many of those
    near           by the place in `views` of each result that is there by meaning alone: the
                   passage that is near
    by_meaning     how many of those there are in the whole list, on whatever page
    corrected      a spelling to offer, or the one these results are for
    instead        whether these are the results for `corrected`, for what was typed has none
    without_marks  they match only once the accents typed are dropped
    """

    views: list = field(default_factory=list)
    total: int = 0
    counts: dict = field(default_factory=dict)
    near: dict = field(default_factory=dict)
    by_meaning: int = 0
    corrected: str | None = None
    instead: bool = False
    without_marks: bool = False
    available: bool = True


def find(
    session: Session, engines, actor, query: Query, *, by_meaning=True, as_typed=False
) -> Found:
    """Results the actor may see. `query.audiences`, facets and synonyms are set here.

    Where what was typed is nowhere and a spelling is, the results are those of the spelling,
    unless `as_typed`. `by_meaning=False` leaves out what does not have the words.
    """
    query = as_the_actor(session, actor, query)
    try:
        first = _first(query) if by_meaning and _by_meaning(engines, query) else query
        answer, asked, instead = _best_spelling(session, engines, first, as_typed)
        heard = Heard(engines.search, asked, answer)
        ranked = _ranked(session, engines, heard) if by_meaning else []
        keys, near, beside = _page(heard, query.offset, query.limit, ranked)
    except IndexUnavailable:
        log.warning("full-text search is not available")
        return Found(available=False)
    views = indexing.views(session, actor, keys)
    shown = [key for key in keys if key in views]
    return Found(
        views=[views[key] for key in shown],
        total=answer.total,
        counts=dict(answer.facets),
        near={at: near[key] for at, key in enumerate(shown) if key in near},
        by_meaning=beside,
        corrected=asked.text if instead else answer.corrected,
        instead=instead,
        without_marks=answer.without_marks,
    )


def as_the_actor(session: Session, actor, query: Query) -> Query:
    """The query with what the reader may find and the synonyms of today, whatever it had."""
    return replace(
        query,
        audiences=found_by(actor),
        facets=indexing.FACETS,
        synonyms=same_as(session, query.text),
    )


def same_as(session: Session, text: str) -> Synonyms:
    """What counts as what the text says: the table of today, and in Vietnamese what is English."""
    return synonyms.current(session).joined(glosses.meanings(text))


def total_of(session: Session, engines, actor, query: Query) -> int:
    """How many have the words of a query. Raises IndexUnavailable."""
    query = replace(as_the_actor(session, actor, query), facets=(), limit=0, offset=0)
    return engines.search.search(query).total


@dataclass(frozen=True)
class Trial:
    """What a text finds with the table of synonyms, the first of it, and how many without."""

    total: int
    without: int
    views: list


def with_and_without_synonyms(session: Session, engines, actor, text: str) -> Trial:
    """Both at once, for whoever keeps the table."""
    found = find(
        session, engines, actor, Query(text=text, limit=5), by_meaning=False, as_typed=True
    )
    plain = replace(
        as_the_actor(session, actor, Query(text=text, limit=0)),
        facets=(),
        synonyms=glosses.meanings(text),
    )
    try:
        without = engines.search.search(plain).total
    except IndexUnavailable:
        without = 0
    return Trial(found.total, without, found.views)


def _best_spelling(session, engines, query, as_typed) -> tuple[Results, Query, bool]:
    """The answer to the query, or to the spelling offered where the query itself has none."""
    answer = engines.search.search(query)
    if answer.total or as_typed or not answer.corrected:
        return answer, query, False
    text = answer.corrected
    repaired = replace(query, text=text, synonyms=same_as(session, text))
    better = engines.search.search(repaired)
    return (better, repaired, True) if better.total else (answer, query, False)


@dataclass(frozen=True)
class Heard:
    """What was asked of the full-text engine, its answer, and more of it where that is needed."""

    index: Index
    query: Query
    answer: Results

    def hits(self, offset: int, limit: int) -> tuple[Hit, ...]:
        skipped = offset - self.query.offset
        known = self.query.offset + len(self.answer.hits)
        if skipped >= 0 and known >= min(offset + limit, self.answer.total):
            return self.answer.hits[skipped : skipped + limit]
        return self.index.search(replace(self.query, offset=offset, limit=limit, facets=())).hits


# --- Meaning -----------------------------------------------------------------------------------
def _first(query: Query) -> Query:
    """What is ordered anew, all at once: pages are cut out of it."""
    return replace(query, offset=0, limit=HEAD)


def _by_meaning(engines, query: Query) -> bool:
    """Whether anything but words can tell what is better."""
    ready = query.sort == "relevance" and engines.ready_matcher() is not None
    return ready and says_a_word(query.text)


def _ranked(session, engines, found: Heard) -> list[hybrid.Ranked]:
    """The head of the list by words and meaning together; none where only words can tell."""
    query, matcher = found.query, engines.ready_matcher()
    if not _by_meaning(engines, query):
        return []
    head = found.hits(0, HEAD)
    heard = {hit.key: hit.score for hit in head}
    kinds, passes = _filters(engines, query)
    told = glosses.gloss(query.text, query.synonyms)
    text = accents.restored(session, query.text, [hit.key for hit in head])
    text = text if told else glosses.spelled_out(text, query.synonyms)
    return hybrid.rank(
        matcher,
        text,
        engines.asked.vectors(matcher.encoder, text),
        heard,
        near_enough=NEAR_ENOUGH,
        follows=FOLLOWS,
        follows_across=FOLLOWS_ACROSS,
        # What is near may have the words and stand further down: then it is not told twice.
        most=MOST_NEAR if found.answer.total <= HEAD else 0,
        kinds=kinds,
        groups=query.audiences,
        accept=passes,
        gloss=(told, engines.asked.vectors(matcher.encoder, told)) if told else None,
    )


def _filters(engines, query: Query):
    """(kinds, test of a key) of what passes the filters; None: everything does."""
    kinds = query.filters.get("kind")
    if not set(query.filters) - {"kind"}:
        return kinds, None
    everything = replace(query, text="", sort="newest", offset=0, facets=())
    total = engines.search.search(replace(everything, limit=0)).total
    passing = engines.search.search(replace(everything, limit=total))
    return kinds, {hit.key for hit in passing.hits}.__contains__


def _page(found: Heard, offset: int, limit: int, ranked):
    """(keys of the page, key -> passage of those by meaning alone, how many there are of them)."""
    if not ranked:
        return [hit.key for hit in found.hits(offset, limit)], {}, 0
    beside = sum(not each.heard for each in ranked)
    some = ranked[offset : offset + limit]
    keys = [each.key for each in some]
    wanting, start = limit - len(keys), max(offset, len(ranked)) - beside
    if wanting > 0 and start < found.answer.total:
        keys += [hit.key for hit in found.hits(start, wanting)]
    return keys, {each.key: each.passage.text for each in some if not each.heard}, beside
