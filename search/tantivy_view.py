"""One state of a tantivy index, ready to answer.

What a reader may see decides how everything is counted, so each set of audiences has a `Reader` of
its own, kept as long as the state is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tantivy import Query as TantivyQuery
from tantivy import Searcher

from search.errors import IndexUnavailable
from search.records import AUDIENCES, Query, Results
from search.tantivy_files import Meta
from search.tantivy_queries import (
    KEY,
    POSITION,
    WORDS_END,
    WORDS_SUM,
    Reach,
    schema,
)
from search.tantivy_reader import Reader, places_of
from search.word_file import WORD, WordFile

# So many dead documents or bytes are no reason yet to build everything anew.
WORN = 10_000
WORN_BYTES = 32_000_000
RECORD = 8  # numbers a record takes beside its tokens, about


@contextmanager
def reading():
    """Whatever tantivy stumbles over while reading; a panic of its is no Exception in Python."""
    try:
        yield
    except (IndexUnavailable, FileNotFoundError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        raise IndexUnavailable(f"the index cannot be read: {error!r}") from error


@dataclass(frozen=True)
class State:
    """What every commit says of itself."""

    position: int
    words_end: int
    words_sum: int

    @classmethod
    def read(cls, searcher: Searcher) -> State:
        found = searcher.search(TantivyQuery.term_query(schema(), KEY, "state"), 1)
        if not found.hits:
            raise IndexUnavailable("the index does not know its position")
        addresses = [found.hits[0][1]]
        names = (POSITION, WORDS_END, WORDS_SUM)
        return cls(*(searcher.fast_field_values(name, addresses)[0] for name in names))


class TantivyView:
    """See `search.engine.View`."""

    def __init__(
        self,
        folder: Path,
        index,
        searcher: Searcher,
        meta: Meta,
        state: State,
        words: WordFile,
        is_current: Callable[[], bool],
    ):
        self.folder, self.index, self.searcher, self.meta = folder, index, searcher, meta
        self.words, self.is_current = words, is_current
        self.position = state.position
        self._readers: dict[tuple[str, ...], Reader] = {}

    @property
    def size(self) -> int:
        return self.searcher.num_docs - 1  # without the document that keeps the position

    def worn(self) -> str | None:
        """Whether most of what is on disk is dead: tantivy looks at a large segment no more."""
        if self.meta.dead > max(WORN, self.size):
            return f"{self.meta.dead} documents are dead, {self.size} alive"
        with reading():
            lengths = self._reader(AUDIENCES).lengths
        living = lengths.count * (lengths.title + lengths.body + RECORD) * WORD
        if self.words.end > 3 * max(WORN_BYTES, living):
            return f"the words take {self.words.end:,} bytes, {living:,.0f} are alive"
        return None

    def search(self, query: Query) -> Results:
        with reading():
            return self._reader(query.audiences).search(query)

    def keys(self) -> Mapping[str, int]:
        with reading():
            everything = self._reader(AUDIENCES).reach.everything()
            many = max(1, self.searcher.num_docs)
            found = self.searcher.search(everything, many, count=False)
            return dict(self.words.keys_and_versions(places_of(self.searcher, found.hits)))

    def _reader(self, audiences):
        reach = Reach(audiences)
        if reach.audiences not in self._readers:
            self._readers[reach.audiences] = Reader(
                self.searcher, self.words, reach, exact=not self.meta.dead
            )
        return self._readers[reach.audiences]
