"""A state of a tantivy index as somebody sees it who may see some audiences.

Tantivy says what matches, how many, with which facets and in which order of a column; of what
matches it gathers the probably best by its own measure, and these are ranked exactly, by the rule
of `search.ranking` with everything counted among what the reader may see.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy
from tantivy import Order, Searcher

from search import spelling
from search.query_language import Term, Wanted, understand
from search.ranking import BODY_B, TITLE_B, TITLE_WEIGHT, WEIGHTS, norm, rarity, saturated
from search.records import Hit, Query, Results
from search.tantivy_queries import (
    ACCENTED,
    AT,
    BODY_LENGTH,
    FACETS,
    TITLE_LENGTH,
    Reach,
    all_of,
    any_of,
    both,
    facet_path,
    facet_shown,
    having,
    sort_field,
    spelt,
    text_field,
)
from search.word_file import WordFile, token_of, tokens_of

# So many of the probably best are ranked exactly, and behind them the next so many: a page never
# repeats or loses a hit, whatever page was asked for before.
CONSIDERED = 200
# A phrase is counted exactly if its rarest word is no more frequent; else it is taken to be as
# frequent as that word, since counting would cost more than all the rest of a query.
COUNTED = 2_000
MOST_VALUES = 60_000  # of one facet


class Lengths(NamedTuple):
    """Of the documents a reader may see: how many, and how long on average."""

    count: int
    title: float
    body: float


class Level(NamedTuple):
    """One reading of what was typed: every word or most, with the marks typed or without."""

    as_typed: bool
    most: bool


class Reader:
    """Answers over the documents within reach; `exact` says that no document is dead."""

    def __init__(self, searcher: Searcher, words: WordFile, reach: Reach, *, exact: bool):
        self.searcher, self.words, self.reach = searcher, words, reach
        self._exact = exact
        self._holding: dict[tuple[str, ...], int] = {}
        self._vocabulary: frozenset[str] | None = None
        self.lengths = self._lengths()

    def search(self, query: Query) -> Results:
        facets = {name: {} for name in query.facets}
        if not self.lengths.count:
            return Results(0, (), facets)
        wanted = understand(query.text, query.synonyms)
        filters = {name: having(name, each) for name, each in query.filters.items() if each}
        level, matching, found = self._match(query, wanted, filters)
        corrected = None
        if query.limit and (level is None or level.most):
            corrected = spelling.correct(query.text, wanted, self)
        if level is None:
            return Results(0, (), facets, corrected)
        total, hits = found
        if query.facets:
            facets = self._facets(query, matching, filters)
        page = self._page(query, wanted, level, hits)
        return Results(total, page, facets, corrected, bool(not level.as_typed and total))

    # -- what `spelling` asks

    def count(self, demands: Sequence[Sequence[Term]]) -> int:
        """How many documents hold, whatever the accents, one of the terms of each demand."""
        if not demands:
            return self.lengths.count
        first, *more = (
            [self.reach.term(term, as_typed=False) for term in terms] for terms in demands
        )
        query = both(any_of(first), [any_of(each) for each in more])
        return self.searcher.search(query, 1).count

    def count_spelt(self, spelling: str) -> int:
        """How many documents hold this accented token."""
        return self.holding((ACCENTED + spelling,))

    def vocabulary(self) -> frozenset[str]:
        """Every spelling of a token these documents hold, folded and accented."""
        if self._vocabulary is None:
            self._vocabulary = frozenset(
                token.removeprefix(ACCENTED)
                for audience in self.reach.audiences
                for token, _ in self.searcher.terms_with_prefix(text_field(audience), "")
            )
        return self._vocabulary

    # -- the steps

    def _match(self, query: Query, wanted: Wanted, filters):
        """The first reading under which anything is found, its query, and the count and hits."""
        readings = (True, False) if wanted.typed_with_accents else (True,)
        levels = [Level(as_typed, most=False) for as_typed in readings]
        if len(wanted.words) > 1:  # most of one word is that word
            levels += [Level(as_typed, most=True) for as_typed in readings]
        for level in levels:
            matching = self.reach.matching(wanted, as_typed=level.as_typed, most=level.most)
            found = self._gather(query, wanted, level, matching, list(filters.values()))
            if found[0] or (filters and self.searcher.search(matching, 1, count=False).hits):
                return level, matching, found
        return None, None, None

    def _gather(self, query, wanted, level, matching, filters):
        """How many there are, and what the page is made of."""
        order = _order(query, wanted)
        if not query.limit:
            return self.searcher.search(both(matching, filters), 1).count, []
        if order:
            found = self.searcher.search(
                both(matching, filters),
                query.limit,
                offset=query.offset,
                order_by_field=sort_field(order),
                order=Order.Asc,
            )
        else:
            first, last = _bands(query)
            better = self.reach.better_in_titles(matching, wanted, as_typed=level.as_typed)
            found = self.searcher.search(both(better, filters), last - first, offset=first)
        return found.count, found.hits

    def _facets(self, query, matching, filters):
        counts = {}
        unfiltered = [name for name in query.facets if name not in filters]
        for names in (unfiltered, *([name] for name in query.facets if name in filters)):
            if not names:
                continue
            beside = [each for name, each in filters.items() if name not in names]
            asked = {
                str(number): {
                    "terms": {"field": f"{FACETS}.{facet_path(name)}", "size": MOST_VALUES}
                }
                for number, name in enumerate(names)
            }
            answer = self.searcher.aggregate(all_of([matching, *beside]), asked)
            for number, name in enumerate(names):
                buckets = answer[str(number)]["buckets"]
                counts[name] = {facet_shown(b["key"]): b["doc_count"] for b in buckets}
        return {name: counts[name] for name in query.facets}

    def _page(self, query, wanted, level, hits):
        if not hits:
            return ()
        places = places_of(self.searcher, hits)
        if _order(query, wanted):
            scores = numpy.zeros(len(places))
            if wanted.looks_for_something:
                scores = self._scores(wanted, level, places)
            return self._hits(places, scores, list(range(len(places))), {})
        first, _ = _bands(query)
        scores = self._scores(wanted, level, places)
        skipped, told = query.offset - first, {}
        order = [
            place
            for start in range(0, len(places), CONSIDERED)
            for place in self._best(places, scores, start, skipped + query.limit - start, told)
        ]
        return self._hits(places, scores, order[skipped : skipped + query.limit], told)

    def _best(self, places, scores, start, least, told):
        """The hits of one band, by score, equal ones by key; of those behind the first `least`
        no page will ask, so their keys are not read. What is read is `told`, by hit."""
        band = scores[start : start + CONSIDERED]
        order = numpy.argsort(-band, kind="stable")
        ranked = band[order]
        if (numpy.diff(ranked) == 0).any():
            asked = int((ranked >= ranked[min(least, len(ranked)) - 1]).sum())
            hits = (start + order[:asked]).tolist()
            self._tell(places, hits, told)
            worth = dict(zip(hits, (-ranked[:asked]).tolist(), strict=True))
            return sorted(hits, key=lambda hit: (worth[hit], told[hit][0]))
        return (start + order).tolist()

    def _tell(self, places, hits, told):
        """Keys and versions of these hits, into `told`."""
        known = self.words.keys_and_versions([places[hit] for hit in hits])
        told.update(zip(hits, known, strict=True))

    def _hits(self, places, scores, order, told):
        self._tell(places, [hit for hit in order if hit not in told], told)
        known = map(told.__getitem__, order)
        return tuple(
            Hit(key, score, version)
            for (key, version), score in zip(known, scores[order].tolist(), strict=True)
        )

    def _scores(self, wanted: Wanted, level: Level, places) -> numpy.ndarray:
        pool = self.words.pool(places)
        title = norm(pool.title_lengths, self.lengths.title, TITLE_B)
        body = norm(pool.body_lengths, self.lengths.body, BODY_B)
        as_typed = level.as_typed
        scores = numpy.zeros(pool.size)
        found = numpy.zeros(pool.size, int)

        def extent(tokens):
            """How much these tokens in a row say of each document; 0 where they do not stand."""
            in_title, in_body = pool.counts(tokens)
            return saturated(TITLE_WEIGHT * in_title / title + in_body / body)

        def add(weight, term):
            held = extent(tokens_of(term, as_typed=as_typed))
            scores[:] += weight * self._rarity(term, as_typed) * held
            return held > 0

        for phrase in wanted.phrases:
            add(WEIGHTS.phrase, phrase)
        holding = {word: add(WEIGHTS.word, word) for word in wanted.words}
        for each in wanted.instead:
            held = extent(tokens_of(each.by, as_typed=as_typed))
            worth = sum(self._rarity(word, as_typed) for word in each.words)
            scores += WEIGHTS.synonym * worth * held
            for word in each.words:
                holding[word] |= held > 0
        for has_word in holding.values():
            found += has_word
        for word in wanted.optional:
            add(WEIGHTS.optional, word)
        for pair in wanted.neighbours:
            add(WEIGHTS.neighbours, pair)
        if not as_typed:
            for syllable in wanted.accented_syllables():
                held = extent([token_of(syllable, accented=True)])
                weight = rarity(self.lengths.count, self.holding((ACCENTED + syllable,)))
                scores += WEIGHTS.accented * weight * held
        return scores * (found / len(wanted.words)) if level.most else scores

    def _rarity(self, term, as_typed):
        tokens = tuple(spelt(syllable, as_typed=as_typed) for syllable in term.accented)
        if tokens not in self._holding and len(tokens) > 1:
            fewest = min(self.holding((token,)) for token in tokens)
            if fewest > COUNTED:
                self._holding[tokens] = fewest
            else:
                query = self.reach.term(term, as_typed=as_typed)
                self._holding[tokens] = self.searcher.search(query, 1).count if fewest else 0
        return rarity(self.lengths.count, self.holding(tokens))

    def holding(self, tokens: tuple[str, ...]) -> int:
        """How many documents hold a token, or a phrase that has been counted."""
        if tokens not in self._holding:
            (token,) = tokens
            # Tantivy's own number includes what was deleted and is not yet gone.
            self._holding[tokens] = (
                sum(self.searcher.doc_freq(text_field(a), token) for a in self.reach.audiences)
                if self._exact
                else self.searcher.search(self.reach.token(token), 1).count
            )
        return self._holding[tokens]

    def _lengths(self):
        if not self.reach.audiences:
            return Lengths(0, 0.0, 0.0)
        sums = self.searcher.aggregate(
            self.reach.everything(),
            {
                "count": {"value_count": {"field": AT}},
                "title": {"sum": {"field": TITLE_LENGTH}},
                "body": {"sum": {"field": BODY_LENGTH}},
            },
        )
        count = int(sums["count"]["value"])
        many = count or 1
        return Lengths(count, sums["title"]["value"] / many, sums["body"]["value"] / many)


def _order(query, wanted):
    """The column to sort by; None for the rank."""
    if query.sort != "relevance":
        return query.sort
    return None if wanted.looks_for_something else "newest"


def _bands(query):
    """From which hit to which the bands reach that a page is cut from."""
    first = query.offset // CONSIDERED * CONSIDERED
    last = -(-(query.offset + query.limit) // CONSIDERED) * CONSIDERED
    return first, last


def places_of(searcher: Searcher, hits: Sequence[tuple]) -> list[int]:
    """Where the words of each hit are."""
    return searcher.fast_field_values(AT, [address for _, address in hits])
