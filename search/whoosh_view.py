"""One state of a Whoosh index, ready to answer.

Whoosh keeps the inverted index; its matchers walk it document by document in Python, which costs
milliseconds for every thousand matches. We read a posting list once into an array and do the rest
(all words, most words, phrases, rank, filters, counts, order) with array operations.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy
from whoosh.reading import SegmentReader, TermNotFound

from search import places, spelling
from search.errors import IndexUnavailable
from search.places import NOWHERE, Posting, in_a_row
from search.query_language import Term, Wanted, understand
from search.ranking import WEIGHTS, Ranking
from search.records import Hit, Query, Results
from search.rows import Rows

TITLE, BODY = "title", "body"
ACCENTED = {TITLE: "title_accented", BODY: "body_accented"}
STATE, RECORD = "state", "record"

# What has been read is kept, up to so much in a process; then everything is simply forgotten.
CACHE_BYTES = 128 * 1024 * 1024


@contextmanager
def reading():
    """Whatever Whoosh stumbles over while reading a damaged or vanished file."""
    try:
        yield
    except IndexUnavailable:
        raise
    except Exception as error:
        raise IndexUnavailable(f"the index cannot be read: {error!r}") from error


@dataclass
class Segment:
    """One immutable Whoosh segment and what has been read of it so far."""

    reader: SegmentReader
    rows: Rows
    state: tuple[int, int] | None  # number of the document that keeps the position; the position
    found: dict[tuple[str, str], numpy.ndarray] = field(default_factory=dict)
    vocabulary: frozenset[str] | None = None

    @classmethod
    def read(cls, reader: SegmentReader) -> "Segment":
        numbered, state = [], None
        for number, stored in reader.iter_docs():
            if STATE in stored:
                state = number, stored[STATE]
            else:
                numbered.append((number, stored[RECORD]))
        return cls(reader, Rows.of(reader.doc_count_all(), numbered), state)

    def alive(self) -> numpy.ndarray:
        alive = numpy.ones(self.rows.size, bool)
        deleted = list(self.reader.segment().deleted_docs())
        alive[numpy.array(deleted, int)] = False
        return alive

    @property
    def position(self) -> int | None:
        """The outbox position, if the document that keeps it is in this segment and alive."""
        if self.state is None or self.reader.segment().is_deleted(self.state[0]):
            return None
        return self.state[1]

    def find(self, name: str, token: str) -> numpy.ndarray:
        if (name, token) not in self.found:
            self.found[name, token] = self._read(name, token)
        return self.found[name, token]

    def words(self) -> frozenset[str]:
        if self.vocabulary is None:
            fields = (TITLE, BODY, *ACCENTED.values())
            have = set(self.reader.indexed_field_names())
            self.vocabulary = frozenset(
                word.decode() if isinstance(word, bytes) else word
                for name in fields
                if name in have
                for word in self.reader.lexicon(name)
            )
        return self.vocabulary

    def _read(self, name, token):
        try:
            return places.read(self.reader.postings(name, token))
        except TermNotFound:
            return NOWHERE.places


class Matching(NamedTuple):
    """Which documents match and how well; whether every word was found together, and whether only
    once the marks that were typed are dropped."""

    documents: numpy.ndarray
    scores: numpy.ndarray
    complete: bool
    without_marks: bool


class WhooshView:
    """See `search.engine.View`."""

    def __init__(self, segments: list[Segment], is_current: Callable[[], bool]):
        self.segments = {segment.reader.segment().segment_id(): segment for segment in segments}
        self.is_current = is_current
        with reading():
            self.rows = Rows.joined([(segment.rows, segment.alive()) for segment in segments])
            positions = [s.position for s in segments if s.position is not None]
        if not positions:
            raise IndexUnavailable("the index does not know its position")
        self.position = positions[0]
        self._lock = threading.RLock()  # Whoosh seeks in shared files, and our caches are dicts
        self._postings: dict[tuple[str, str], Posting] = {}
        self._cached = sum(kept.nbytes for s in segments for kept in list(s.found.values()))
        self._rankings: dict[frozenset[str], Ranking] = {}
        self._vocabulary: frozenset[str] | None = None

    @property
    def size(self) -> int:
        return int(self.rows.alive.sum())

    def worn(self) -> None:
        """Never: Whoosh rewrites a segment most of which is dead."""

    def keys(self) -> Mapping[str, int]:
        alive = numpy.flatnonzero(self.rows.alive)
        keys, versions = self.rows.keys[alive], self.rows.versions[alive]
        return {key: int(version) for key, version in zip(keys, versions, strict=True)}

    def search(self, query: Query) -> Results:
        with self._lock:
            ranking = self._ranking(query.audiences)
            wanted = understand(query.text, query.synonyms)
            match = self._match(wanted, ranking)
            kept, facets = self._filter(query, match.documents)
            page = self._order(query, wanted, kept, match.scores)
            corrected = None
            if query.limit and not match.complete:
                corrected = spelling.correct(query.text, wanted, Seen(self, ranking))
        total = int(kept.sum())
        return Results(total, page, facets, corrected, bool(match.without_marks and total))

    # -- what the steps of a search ask the index

    def find(self, name: str, token: str) -> Posting:
        """Where a token stands in one field."""
        with self._lock:
            if (name, token) not in self._postings:
                self._postings[name, token] = posting = self._joined(name, token)
                self._cached += posting.size + posting.places.nbytes  # joined, and by segment
            return self._postings[name, token]

    def find_term(self, term: Term) -> tuple[Posting, Posting]:
        """Where a word or phrase stands in title and body, whatever the accents."""
        return tuple(
            self._in_a_row([self.find(name, token) for token in term.folded])
            for name in (TITLE, BODY)
        )

    def vocabulary(self) -> frozenset[str]:
        """All spellings, folded and accented; some may be gone by now."""
        with self._lock, reading():
            if self._vocabulary is None:
                words = [segment.words() for segment in self.segments.values()]
                self._vocabulary = frozenset().union(*words)
            return self._vocabulary

    # -- the steps

    def _ranking(self, audiences):
        if audiences not in self._rankings:
            self._rankings[audiences] = Ranking(self.rows, self.rows.visible_to(audiences))
        return self._rankings[audiences]

    def _match(self, wanted: Wanted, ranking: Ranking) -> Matching:
        """Every word as it was typed; else every word whatever its marks; else most of them."""
        tried = []
        for as_typed in (True, False) if wanted.typed_with_accents else (True,):
            allowed, found, scores = self._look_for(wanted, ranking, as_typed=as_typed)
            everything = allowed & (found == len(wanted.words))
            if everything.any():
                return Matching(everything, scores, True, not as_typed)
            share = found / max(1, len(wanted.words))
            most = found >= len(wanted.words) // 2 + 1
            tried.append(Matching(allowed & most, scores * share, False, not as_typed))
        return next((each for each in tried if each.documents.any()), tried[0])

    def _look_for(self, wanted: Wanted, ranking: Ranking, *, as_typed: bool):
        """By document: may it be found at all, how many words it holds, and its score."""
        find = self._find_as_typed if as_typed else self.find_term
        scores = numpy.zeros(self.rows.size)
        found = numpy.zeros(self.rows.size, int)
        allowed = ranking.visible.copy()

        def add(weight, title, body):
            documents, extent = ranking.found(title, body)
            scores[documents] += weight * ranking.rarity(documents) * extent
            return documents

        for phrase in wanted.phrases:
            has_phrase = numpy.zeros(self.rows.size, bool)
            has_phrase[add(WEIGHTS.phrase, *find(phrase))] = True
            allowed &= has_phrase
        for term in wanted.excluded:
            for posting in self._find_as_typed(term):
                allowed[posting.documents] = False
        holding = {word: add(WEIGHTS.word, *find(word)) for word in wanted.words}
        stand_in = {}
        for each in wanted.instead:
            documents, extent = ranking.found(*find(each.by))
            worth = sum(ranking.rarity(holding[word]) for word in each.words)
            scores[documents] += WEIGHTS.synonym * worth * extent
            for word in each.words:
                stand_in.setdefault(word, []).append(documents)
        for word, documents in holding.items():
            has_word = numpy.zeros(self.rows.size, bool)
            for each in (documents, *stand_in.get(word, ())):
                has_word[each] = True
            found += has_word
        for word in wanted.optional:
            add(WEIGHTS.optional, *find(word))
        for pair in wanted.neighbours:
            add(WEIGHTS.neighbours, *find(pair))
        if not as_typed:
            for syllable in wanted.accented_syllables():
                add(WEIGHTS.accented, *(self.find(ACCENTED[f], syllable) for f in (TITLE, BODY)))
        return allowed, found, scores

    def _filter(self, query: Query, matching):
        """The matches that pass every filter, and the counts a visitor sees beside them."""
        passes = {
            name: self.rows.facet(name).having(values, self.rows.size)
            for name, values in query.filters.items()
            if values
        }

        def kept(ignoring=None):
            return numpy.logical_and.reduce(
                [matching, *(mask for name, mask in passes.items() if name != ignoring)]
            )

        counts = {name: self.rows.facet(name).counts(kept(name)) for name in query.facets}
        return kept(), counts

    def _order(self, query: Query, wanted: Wanted, kept, scores):
        documents = numpy.flatnonzero(kept)
        by_key = self.rows.rank("")
        sort = query.sort
        if sort == "relevance" and not wanted.looks_for_something:
            sort = "newest"
        if sort == "relevance":
            order = numpy.lexsort((by_key[documents], -scores[documents]))
        elif sort == "newest":
            order = numpy.argsort(self.rows.rank("published", descending=True)[documents])
        else:
            order = numpy.argsort(self.rows.rank(sort)[documents])
        page = documents[order[query.offset : query.offset + query.limit]]
        return tuple(
            Hit(self.rows.keys[d], float(scores[d]), int(self.rows.versions[d])) for d in page
        )

    def _find_as_typed(self, term: Term):
        """Like `find_term`, but an accent typed must be there: mây is not máy, nor is -mây."""
        return [
            self._in_a_row(
                [
                    self.find(name, plain) if shown.isascii() else self.find(ACCENTED[name], shown)
                    for plain, shown in zip(term.folded, term.accented, strict=True)
                ]
            )
            for name in (TITLE, BODY)
        ]

    def _in_a_row(self, postings: list[Posting]) -> Posting:
        if len(postings) == 1:
            return postings[0]
        return Posting(in_a_row([posting.places for posting in postings]))

    def _joined(self, name, token):
        if self._cached > CACHE_BYTES:
            self._postings.clear()
            for segment in self.segments.values():
                segment.found.clear()
            self._cached = 0
        parts, base = [], 0
        with reading():
            for segment in self.segments.values():
                parts.append((segment.find(name, token), base))
                base += segment.rows.size
        return Posting.joined(parts) if parts else NOWHERE


class Seen:
    """The documents of one ranking's mask, as `search.spelling` looks for words in them."""

    def __init__(self, view: WhooshView, ranking: Ranking):
        self._view, self._ranking = view, ranking
        self._masks: dict[Term, numpy.ndarray] = {}
        self.vocabulary = view.vocabulary

    def count(self, demands: Sequence[Sequence[Term]]) -> int:
        found = self._ranking.visible
        for terms in demands:
            found = found & numpy.logical_or.reduce([self._mask(term) for term in terms])
        return int(found.sum())

    def count_spelt(self, spelling: str) -> int:
        found = [self._view.find(ACCENTED[name], spelling) for name in (TITLE, BODY)]
        return int((self._holding(found) & self._ranking.visible).sum())

    def _mask(self, term):
        if term not in self._masks:
            self._masks[term] = self._holding(self._view.find_term(term))
        return self._masks[term]

    def _holding(self, postings):
        mask = numpy.zeros(self._ranking.size, bool)
        for posting in postings:
            mask[posting.documents] = True
        return mask
