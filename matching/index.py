"""Records and their passage vectors: exact nearest neighbours, filtered inside the search.

Two filters are part of the search, never applied to its answer: `kinds`, and `groups` (the
audiences a record may be shown to). A reader who may see 1% of the records gets the best ten of
that 1%, and no count, score or order is influenced by the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from matching import storage
from matching.lexical import LexicalIndex
from matching.passages import cut
from matching.records import Passage, Record
from matching.storage import IndexRefused

__all__ = ["Candidates", "IndexRefused", "Neighbour", "PassageIndex"]

FORMAT = 1
FLOAT = np.float32
Accept = Callable[[str], bool]


@dataclass(frozen=True)
class Neighbour:
    """A record near some query vectors.

    score     mean over the query vectors of the cosine with the record's closest passage
    passages  for each query vector in order: (closest passage, cosine)
    """

    key: str
    score: float
    passages: tuple[tuple[Passage, float], ...]


@dataclass(frozen=True)
class Candidates:
    """The records a search may look at, with their passages side by side.

    slots    (n,) numbers of the records, ascending
    starts   (n,) row of each record's first passage; every record here has at least one
    vectors  (m, d) passages, grouped by record
    rows     (m,) row of each passage in the index
    """

    slots: np.ndarray
    starts: np.ndarray
    vectors: np.ndarray
    rows: np.ndarray

    def best(self, queries: np.ndarray) -> np.ndarray:
        """(n, q): cosine of each query vector with the closest passage of each record."""
        if not len(self.slots):
            return np.zeros((0, len(queries)), FLOAT)
        return np.maximum.reduceat(self.vectors @ queries.T, self.starts, axis=0)


class PassageIndex:
    """In memory while it is written; memory-mapped when loaded, until it is written to."""

    def __init__(self, model: str, dimensions: int):
        self.model = model
        self.dimensions = dimensions
        self.lexical = LexicalIndex()
        self._slots: dict[str, int] = {}  # key -> slot of the living record
        self._records: list[Record | None] = []  # slot -> record, None once removed
        self._first: list[int] = []  # slot -> first row
        self._passages: list[Passage] = []  # row -> passage
        self._owner = np.zeros(0, np.int32)  # row -> slot
        self._vectors = np.zeros((0, dimensions), FLOAT)
        self._filled = 0
        self._masks: dict[tuple, np.ndarray] = {}  # filters asked for since the last change

    # Reading

    def __len__(self) -> int:
        return len(self._slots)

    def __contains__(self, key: str) -> bool:
        return key in self._slots

    def __iter__(self) -> Iterator[str]:
        """Keys of the living records."""
        return iter(list(self._slots))

    def record(self, key: str) -> Record:
        """The record as it was indexed; KeyError when it is not there."""
        return self._records[self._slots[key]]

    def record_at(self, slot: int) -> Record:
        return self._records[slot]

    def slot(self, key: str) -> int:
        return self._slots[key]

    def passages(self, key: str) -> list[Passage]:
        return [self._passages[row] for row in self._rows(self._slots[key])]

    def passage_at(self, row: int) -> Passage:
        return self._passages[row]

    def vectors(self, key: str) -> np.ndarray:
        rows = self._rows(self._slots[key])
        return self._vectors[rows.start : rows.stop]

    def candidates(
        self,
        *,
        kinds: Collection[str] | None = None,
        groups: Collection[str] | None = None,
        accept: Accept | None = None,
    ) -> Candidates:
        """Living records of these kinds that at least one of these groups may see (None: any)."""
        allowed = self._mask(kinds, groups)
        if accept is not None:
            allowed = allowed.copy()
            for slot in np.flatnonzero(allowed):
                allowed[slot] = accept(self._records[slot].key)
        owner = self._owner[: self._filled]
        rows = np.flatnonzero(allowed[owner]) if len(owner) else np.zeros(0, np.intp)
        # Gathering the rows that pass is far cheaper than scoring all and masking.
        everything = len(rows) == self._filled
        vectors = self._vectors[: self._filled] if everything else self._vectors[rows]
        slots, starts = np.unique(owner[rows], return_index=True)
        return Candidates(slots, starts, vectors, rows)

    def nearest(
        self,
        vectors: np.ndarray,
        *,
        kinds: Collection[str] | None = None,
        groups: Collection[str] | None = None,
        limit: int = 10,
        accept: Accept | None = None,
    ) -> list[Neighbour]:
        """The records whose passages are closest to the query vectors (q, d), best first."""
        found = self.candidates(kinds=kinds, groups=groups, accept=accept)
        queries = np.atleast_2d(np.asarray(vectors, FLOAT))
        scores = found.best(queries).mean(axis=1) if len(queries) else np.zeros(len(found.slots))
        order = np.argsort(-scores, kind="stable")[:limit]
        return [self._neighbour(found.slots[at], float(scores[at]), queries) for at in order]

    def _neighbour(self, slot: int, score: float, queries: np.ndarray) -> Neighbour:
        rows = self._rows(slot)
        cosines = queries @ self._vectors[rows.start : rows.stop].T
        closest = tuple(
            (self._passages[rows.start + best], float(row[best]))
            for row, best in zip(cosines, cosines.argmax(axis=1), strict=True)
        )
        return Neighbour(self._records[slot].key, score, closest)

    def _rows(self, slot: int) -> range:
        after = self._first[slot + 1] if slot + 1 < len(self._first) else self._filled
        return range(self._first[slot], after)

    def _mask(self, kinds, groups) -> np.ndarray:
        asked = (
            None if kinds is None else frozenset(kinds),
            None if groups is None else frozenset(groups),
        )
        if asked not in self._masks:
            self._masks[asked] = np.fromiter(
                (
                    record is not None
                    and (asked[0] is None or record.kind in asked[0])
                    and (asked[1] is None or not asked[1].isdisjoint(record.groups))
                    for record in self._records
                ),
                bool,
                len(self._records),
            )
        return self._masks[asked]

    # Writing

    def upsert(self, record: Record, vectors: np.ndarray) -> None:
        """Add a record, or replace the one of its key; a vector for each passage of `cut(record)`.

        ValueError when their number or length does not fit.
        """
        passages = cut(record)
        vectors = np.asarray(vectors, FLOAT).reshape(-1, self.dimensions)
        if len(vectors) != len(passages):
            raise ValueError(f"{len(passages)} passages, but {len(vectors)} vectors")
        self.remove(record.key)
        slot, first = len(self._records), self._filled
        self._reserve(first + len(passages))
        self._vectors[first : first + len(passages)] = vectors
        self._owner[first : first + len(passages)] = slot
        self._filled += len(passages)
        self._passages += passages
        self._records.append(record)
        self._first.append(first)
        self._slots[record.key] = slot
        self.lexical.add(slot, text_of(record), record.language)
        self._masks.clear()

    def remove(self, key: str) -> bool:
        """Whether there was such a record."""
        slot = self._slots.pop(key, None)
        if slot is None:
            return False
        self.lexical.remove(slot, text_of(self._records[slot]))
        self._records[slot] = None
        self._masks.clear()
        dead = len(self._records) - len(self._slots)
        if dead > 64 and dead > len(self._slots):
            self._compact()
        return True

    def _reserve(self, size: int) -> None:
        """Room for `size` rows; also turns a memory-mapped (read-only) array into our own."""
        if size > len(self._vectors) or not self._vectors.flags.writeable:
            room = max(64, size, 3 * self._filled // 2)
            vectors = np.zeros((room, self.dimensions), FLOAT)
            owner = np.zeros(room, np.int32)
            vectors[: self._filled] = self._vectors[: self._filled]
            owner[: self._filled] = self._owner[: self._filled]
            self._vectors, self._owner = vectors, owner

    def _compact(self) -> None:
        """Close the gaps that removed records left, in every array at once."""
        kept = [slot for slot, record in enumerate(self._records) if record is not None]
        rows = [row for slot in kept for row in self._rows(slot)]
        lengths = [len(self._rows(slot)) for slot in kept]
        renumber = np.full(len(self._records), -1, np.int32)
        renumber[kept] = np.arange(len(kept))
        self.lexical.freeze(renumber)
        self._vectors = np.array(self._vectors[rows], FLOAT).reshape(-1, self.dimensions)
        self._owner = renumber[self._owner[rows]]
        self._passages = [self._passages[row] for row in rows]
        self._first = [0, *np.cumsum(lengths).tolist()][: len(kept)]
        self._records = [self._records[slot] for slot in kept]
        self._slots = {record.key: slot for slot, record in enumerate(self._records)}
        self._filled = len(rows)
        self._masks.clear()

    # On disk

    def save(self, folder: str | Path, **notes: object) -> str:
        """Write a new generation and make it current, atomically; its name.

        `notes` (JSON values, such as the position of the change log) come back as `.notes`.
        """
        self._compact()
        arrays = {"vectors": self._vectors[: self._filled], "owner": self._owner[: self._filled]}
        arrays |= {f"lexical-{name}": each for name, each in self.lexical.arrays().items()}
        meta = {
            "format": FORMAT,
            "model": self.model,
            "dimensions": self.dimensions,
            "first": self._first,
            "notes": notes,
        }
        lines = (record.to_dict() for record in self._records)
        return storage.write(Path(folder), meta, arrays, lines)

    @classmethod
    def load(cls, folder: str | Path, model: str | None = None) -> PassageIndex:
        """The current generation, its vectors memory-mapped.

        IndexRefused when there is none, it is damaged, of another format, or of another encoder
        than `model`: the caller rebuilds it from the database.
        """
        meta, arrays, lines, generation = storage.read(Path(folder))
        if meta.get("format") != FORMAT:
            raise IndexRefused(f"format {meta.get('format')}, not {FORMAT}")
        if model is not None and meta["model"] != model:
            raise IndexRefused(f"made by {meta['model']}, not by {model}")
        index = cls(meta["model"], meta["dimensions"])
        try:
            index._restore(meta, arrays, lines)
        except (KeyError, TypeError, ValueError) as error:
            raise IndexRefused(f"damaged: {error}") from error
        index.generation = generation
        index.notes = meta["notes"]
        return index

    generation: str | None = None
    notes: dict = {}

    @staticmethod
    def current(folder: str | Path) -> str | None:
        """Name of the current generation: a reader reloads when it differs from its own."""
        return storage.current(Path(folder))

    def _restore(self, meta, arrays, lines) -> None:
        self._records = [Record.from_dict(line) for line in lines]
        self._slots = {record.key: slot for slot, record in enumerate(self._records)}
        self._first = meta["first"]
        self._passages = [passage for record in self._records for passage in cut(record)]
        self._vectors, self._owner = arrays["vectors"], arrays["owner"]
        self._filled = len(self._passages)
        if self._vectors.shape != (self._filled, self.dimensions):
            raise ValueError(f"{self._filled} passages, vectors {self._vectors.shape}")
        if len(self._slots) != len(self._first) or len(self._owner) != self._filled:
            raise ValueError("records and rows do not fit")
        self.lexical = LexicalIndex.from_arrays(
            {name[8:]: each for name, each in arrays.items() if name.startswith("lexical-")}
        )


def text_of(record: Record) -> str:
    """Everything a record says, as one text for word statistics."""
    return "\n".join(record.parts.values())
