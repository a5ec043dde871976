"""What is known of every document besides its text, in columns.

Filters, exact facet counts and orders are array operations over these columns. They are read once
for every segment of an index and joined when the set of segments changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy

from search.collation import order
from search.records import Document

KIND = "kind"


@dataclass(frozen=True)
class Row:
    """One document as an index stores it. Made of plain values only."""

    key: str
    version: int
    audience: str
    facets: Mapping[str, tuple[str, ...]]
    sort: Mapping[str, float | str]
    title_length: int
    body_length: int

    @classmethod
    def of(cls, document: Document, title_length: int, body_length: int) -> Row:
        facets = {name: tuple(dict.fromkeys(values)) for name, values in document.facets.items()}
        sort = {name: value for name, value in document.sort.items() if not _is_missing(value)}
        sort["title"] = order(str(sort.get("title", document.title)))
        return cls(
            key=document.key,
            version=document.version,
            audience=document.audience,
            facets={**facets, KIND: (document.kind,)},
            sort=sort,
            title_length=title_length,
            body_length=body_length,
        )

    def stored(self) -> tuple:
        return (
            self.key,
            self.version,
            self.audience,
            dict(self.facets),
            dict(self.sort),
            self.title_length,
            self.body_length,
        )


@dataclass(frozen=True)
class Column:
    """Which document has which value: two arrays of the same length, values by number."""

    documents: numpy.ndarray
    codes: numpy.ndarray
    values: tuple[str, ...]

    @classmethod
    def of(cls, pairs: Iterable[tuple[int, str]]) -> Column:
        numbers: dict[str, int] = {}
        documents, codes = [], []
        for document, value in pairs:
            documents.append(document)
            codes.append(numbers.setdefault(value, len(numbers)))
        return cls(numpy.array(documents, numpy.int64), numpy.array(codes, int), tuple(numbers))

    @classmethod
    def joined(cls, columns: Sequence[tuple[Column, int]]) -> Column:
        numbers: dict[str, int] = {}
        for column, _ in columns:
            for value in column.values:
                numbers.setdefault(value, len(numbers))
        codes = [
            numpy.array([numbers[value] for value in column.values], int)[column.codes]
            for column, _ in columns
        ]
        documents = [column.documents + base for column, base in columns]
        return cls(numpy.concatenate(documents), numpy.concatenate(codes), tuple(numbers))

    def having(self, wanted: Iterable[str], size: int) -> numpy.ndarray:
        """A mask of the documents that have one of the wanted values."""
        wanted = frozenset(wanted)
        accepted = numpy.array([value in wanted for value in self.values], bool)
        mask = numpy.zeros(size, bool)
        mask[self.documents[accepted[self.codes]]] = True
        return mask

    def counts(self, mask: numpy.ndarray) -> dict[str, int]:
        """How many documents of the mask have each value; absent values are left out."""
        numbers = numpy.bincount(self.codes[mask[self.documents]], minlength=len(self.values))
        return {v: int(n) for v, n in zip(self.values, numbers, strict=True) if n}


NOTHING = Column.of(())


class Rows:
    """The columns of `size` documents; those that do not exist (any more) are simply not alive."""

    def __init__(self, size: int):
        self.size = size
        self.alive = numpy.zeros(size, bool)
        self.keys = numpy.full(size, "", object)
        self.versions = numpy.zeros(size, numpy.int64)
        self.title_lengths = numpy.zeros(size, numpy.float32)
        self.body_lengths = numpy.zeros(size, numpy.float32)
        self.audience = NOTHING
        self.facets: dict[str, Column] = {}
        self.sorts: dict[str, numpy.ndarray] = {}
        self._ranks: dict[str, numpy.ndarray] = {}

    @classmethod
    def of(cls, size: int, numbered: Iterable[tuple[int, tuple]]) -> Rows:
        """The rows of one segment: `Row.stored` tuples by document number."""
        rows = cls(size)
        facets: dict[str, list[tuple[int, str]]] = {}
        audiences = []
        for number, stored in numbered:
            row = Row(*stored)
            rows.alive[number] = True
            rows.keys[number] = row.key
            rows.versions[number] = row.version
            rows.title_lengths[number] = row.title_length
            rows.body_lengths[number] = row.body_length
            audiences.append((number, row.audience))
            for name, values in row.facets.items():
                facets.setdefault(name, []).extend((number, value) for value in values)
            for name, value in row.sort.items():
                if name not in rows.sorts:
                    rows.sorts[name] = numpy.full(size, None, object)
                rows.sorts[name][number] = value
        rows.audience = Column.of(audiences)
        rows.facets = {name: Column.of(pairs) for name, pairs in facets.items()}
        return rows

    @classmethod
    def joined(cls, parts: Sequence[tuple[Rows, numpy.ndarray]]) -> Rows:
        """All segments behind one another, each with the mask of what is still alive in it."""
        whole = cls(sum(rows.size for rows, _ in parts))
        bases, base = [], 0
        for rows, alive in parts:
            end = base + rows.size
            whole.alive[base:end] = rows.alive & alive
            whole.keys[base:end] = rows.keys
            whole.versions[base:end] = rows.versions
            whole.title_lengths[base:end] = rows.title_lengths
            whole.body_lengths[base:end] = rows.body_lengths
            for name, values in rows.sorts.items():
                if name not in whole.sorts:
                    whole.sorts[name] = numpy.full(whole.size, None, object)
                whole.sorts[name][base:end] = values
            bases.append(base)
            base = end
        placed = [(rows, base) for (rows, _), base in zip(parts, bases, strict=True)]
        if placed:
            whole.audience = Column.joined([(rows.audience, base) for rows, base in placed])
        for name in {name for rows, _ in placed for name in rows.facets}:
            columns = [(r.facets[name], base) for r, base in placed if name in r.facets]
            whole.facets[name] = Column.joined(columns)
        return whole

    def visible_to(self, audiences: Iterable[str]) -> numpy.ndarray:
        return self.alive & self.audience.having(audiences, self.size)

    def facet(self, name: str) -> Column:
        return self.facets.get(name, NOTHING)

    def rank(self, name: str, *, descending: bool = False) -> numpy.ndarray:
        """Each document's place in the order of one sort field, then of the key.

        All different, smaller comes first, documents without the field come last.
        """
        cached = f"{name} down" if descending else name
        if cached not in self._ranks:
            by_key = sorted(numpy.flatnonzero(self.alive), key=self.keys.__getitem__)
            values = self.sorts.get(name)
            has_value, lacking = [], by_key
            if values is not None:
                has_value = [d for d in by_key if values[d] is not None]
                lacking = [d for d in by_key if values[d] is None]
                has_value.sort(key=lambda d: _orderable(values[d]), reverse=descending)
            rank = numpy.full(self.size, self.size, numpy.int64)
            rank[numpy.array([*has_value, *lacking], int)] = numpy.arange(len(by_key))
            self._ranks[cached] = rank
        return self._ranks[cached]


def _is_missing(value):
    return value is None or value == "" or value != value  # NaN has no place in any order


def _orderable(value):
    return (isinstance(value, str), value)
