"""What an index holds: records, their words, and a row of numbers for each of their passages.

Rows of one kind and audience lie together after a compaction; what came since follows them. A
record that is gone leaves its rows behind, kept out of every search, until they are worth
clearing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import repeat

import numpy as np

from matching.ann import InvertedLists
from matching.candidates import Candidates
from matching.codes import Codes
from matching.columns import Column
from matching.lexical import LexicalIndex
from matching.passages import cut
from matching.records import Passage, Record
from matching.shelf import Shelf
from matching.vectors import EXACT, Rows, Vectors

FLOAT = np.float32
SLOTS = {"first": np.int64, "counts": np.int32, "classes": np.int16}  # known of each record


class Holdings:
    """One writer at a time; any number of threads may read between writes."""

    def __init__(self, model: str, dimensions: int):
        self.model = model
        self.dimensions = dimensions
        self.lexical = LexicalIndex()
        self.keys: list[str] = []  # slot -> key
        self.part_names: list[str] = []  # number of a part -> its name
        self._slots: dict[str, int] = {}  # key -> slot of the living record
        self._shelf = Shelf()
        self.rows = Vectors(dimensions)
        self._columns = {name: Column(kind) for name, kind in SLOTS.items()}
        self._alive = Column(bool)
        self._parts = Column(np.uint8)  # row -> number of its part
        self._classes: list[tuple[str, frozenset[str]]] = []  # number -> kind and groups
        self._order: tuple[np.ndarray, np.ndarray] | None = None
        self._filtered: dict[tuple, Candidates] = {}  # asked for since the last change

    # Reading

    def __len__(self) -> int:
        return len(self._slots)

    def __contains__(self, key: str) -> bool:
        return key in self._slots

    def __iter__(self) -> Iterator[str]:
        """Keys of the living records."""
        return iter(list(self._slots))

    @property
    def first(self) -> np.ndarray:
        """Row of each slot's first passage."""
        return self._columns["first"].array

    @property
    def counts(self) -> np.ndarray:
        """Passages of each slot."""
        return self._columns["counts"].array

    @property
    def parts(self) -> np.ndarray:
        """Number of each row's part, in `part_names`."""
        return self._parts.array

    def record(self, key: str) -> Record:
        """The record as it was indexed; KeyError when it is not there."""
        return self._shelf[self._slots[key]]

    def record_at(self, slot: int) -> Record:
        return self._shelf[int(slot)]

    def slot(self, key: str) -> int:
        return self._slots[key]

    def slots(self, keys: Collection[str]) -> np.ndarray:
        """(n,): the slot of each key, -1 of one that is not there."""
        return np.fromiter(map(self._slots.get, keys, repeat(-1)), np.intp, len(keys))

    def passages(self, key: str) -> list[Passage]:
        return self._shelf.passages(self._slots[key])

    def passage_at(self, row: int) -> Passage:
        slot = int(self.owners(np.array([row]))[0])
        return self._shelf.passages(slot)[int(row - self.first[slot])]

    def vectors(self, key: str) -> np.ndarray:
        slot = self._slots[key]
        return self.rows.view(self.first[slot], self.first[slot] + self.counts[slot])

    def rows_of(self, rows: Rows) -> np.ndarray:
        """(n, d): the vectors of these rows."""
        return self.rows.take(rows)

    def products(self, rows: Rows, queries: np.ndarray) -> np.ndarray:
        """(n, q): cosines of these rows with each query vector."""
        return self.rows.products(rows, np.atleast_2d(queries))

    def passing(self, kinds, groups) -> np.ndarray:
        """Slots of living records of these kinds and groups (None: any) that say anything, in the
        order of their rows."""
        passes = [
            (kinds is None or kind in kinds) and (groups is None or not groups.isdisjoint(seen))
            for kind, seen in self._classes
        ]
        if not any(passes):
            return np.zeros(0, np.intp)
        order, _ = self._by_row()
        wanted = np.array(passes)[self._columns["classes"].array] & self._alive.array
        return order[wanted[order]]

    def owners(self, rows: np.ndarray) -> np.ndarray:
        """Slot of each row."""
        order, first = self._by_row()
        return order[np.searchsorted(first, rows, side="right") - 1]

    def _by_row(self) -> tuple[np.ndarray, np.ndarray]:
        """Slots that have rows, in the order of them, and the first row of each."""
        if self._order is None:
            slots = np.flatnonzero(self.counts)
            order = slots[np.argsort(self.first[slots], kind="stable")]
            self._order = order, self.first[order]
        return self._order

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
        slot = len(self.keys)
        self._columns["first"].extend([self.rows.append(vectors)])
        self._columns["counts"].extend([len(passages)])
        self._columns["classes"].extend([_number(self._classes, (record.kind, record.groups))])
        self._alive.extend([True])
        self._parts.extend([_number(self.part_names, passage.part) for passage in passages])
        self._shelf.append(record)
        self.keys.append(record.key)
        self._slots[record.key] = slot
        self.lexical.add(slot, text_of(record), record.language)
        self._changed()

    def remove(self, key: str) -> bool:
        """Whether there was such a record."""
        slot = self._slots.pop(key, None)
        if slot is None:
            return False
        self.lexical.remove(slot, text_of(self._shelf[slot]))
        self._alive.array[slot] = False
        self._changed()
        dead = len(self.keys) - len(self._slots)
        if dead > 64 and dead > len(self._slots):
            self.compact()
        return True

    def _changed(self) -> None:
        self._filtered.clear()
        self._order = None

    def compact(self) -> None:
        """Close the gaps that removed records left, group the rows of each kind and audience, and
        keep codes and inverted lists in step; learn these anew when the rows have doubled."""
        kept = np.flatnonzero(self._alive.array)
        names = sorted((kind, sorted(groups)) for kind, groups in self._classes)
        rank = np.array([names.index((kind, sorted(seen))) for kind, seen in self._classes], int)
        grouped = kept[np.argsort(rank[self._columns["classes"].array[kept]], kind="stable")]
        counts = self.counts[grouped].astype(np.int64)
        starts = np.cumsum(counts) - counts  # of each grouped record, from now on
        old = np.repeat(self.first[grouped] - starts, counts) + np.arange(int(counts.sum()))
        numbers = np.full(len(self.keys), -1, np.int64)
        numbers[kept] = np.arange(len(kept))
        first = np.empty(len(kept), np.int64)
        first[numbers[grouped]] = starts
        self.lexical.freeze(numbers)
        rows, lists = self.rows.gathered(old), self._kept_lists(old)
        codes = None if lists is None else Codes.of(rows)
        self.rows = Vectors(self.dimensions, [rows], lists, codes)
        self._parts = Column(np.uint8, self.parts[old])
        self._columns = {
            name: Column(kind, first if name == "first" else self._columns[name].array[kept])
            for name, kind in SLOTS.items()
        }
        self._shelf.keep(kept)
        self.keys = [self.keys[slot] for slot in kept]
        self._slots = {key: slot for slot, key in enumerate(self.keys)}
        self._alive = Column(bool, np.ones(len(kept), bool))
        self._changed()

    def _kept_lists(self, old: np.ndarray) -> InvertedLists | None:
        """The inverted lists for rows that were `old` so far; None where they are few."""
        if len(old) <= EXACT:
            return None
        lists = self.rows.lists
        if lists is None or not lists.taught_by / 2 <= len(old) <= 2 * lists.taught_by:
            return InvertedLists.learn(self.rows.gathered(old))
        known = len(lists)
        numbers = np.full(len(self.rows), -1, np.int64)
        numbers[old] = np.arange(len(old))
        lists = lists.renumbered(numbers[:known])
        late = np.flatnonzero(old >= known)
        lists.add(self.rows.gathered(old[late]), late)
        return lists


def _number(known: list, wanted) -> int:
    """Place of a value in a list, put there when it is new."""
    if wanted not in known:
        known.append(wanted)
    return known.index(wanted)


def text_of(record: Record) -> str:
    """Everything a record says, as one text for word statistics."""
    return "\n".join(record.parts.values())
