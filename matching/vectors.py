"""Rows of unit vectors: appended, memory-mapped, and searched by inner product.

Few rows are scored exactly, in slices where they lie together (records of a kind do) and gathered
where they do not: copying what passes a filter is far cheaper than scoring everything and masking.
In a large collection (above EXACT rows) a shortlist is named first, and exact products order it:
by bytes (matching.codes) of what passes a filter, by inverted lists (matching.ann) where that is
much.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np

from matching.all_pairs import nearest_to_each
from matching.ann import InvertedLists
from matching.codes import Codes

FLOAT = np.float32
# Rows searched one by one: 100,000 take some 15 ms, and the lists a twentieth of it.
EXACT = 65_536
# Rows named beside those wanted: what bytes put a few places too low comes back.
SPARE = 16
# Fewer rows than this are scored in no more time than it takes to name some of them.
FEW = 512
SLICE = 128  # rows: runs shorter than this on average are gathered
GATHERED = 16_384  # rows copied at once


class Rows:
    """A set of row numbers, as runs [start, stop) in ascending order."""

    def __init__(self, starts: np.ndarray, stops: np.ndarray):
        some = stops > starts
        starts, stops = starts[some], stops[some]
        # Runs that touch are one.
        new = np.ones(len(starts), bool)
        new[1:] = starts[1:] != stops[:-1]
        last = np.append(new[1:], True) if len(new) else new
        self.starts, self.stops = starts[new], stops[last]
        self._count = int((self.stops - self.starts).sum())
        self._bits: dict[int, np.ndarray] = {}

    @classmethod
    def span(cls, start: int, stop: int) -> Rows:
        return cls(np.array([start]), np.array([stop]))

    def __len__(self) -> int:
        return self._count

    @cached_property
    def numbers(self) -> np.ndarray:
        """(n,) ascending."""
        lengths = self.stops - self.starts
        offsets = np.cumsum(lengths) - lengths
        return np.repeat(self.starts - offsets, lengths) + np.arange(int(lengths.sum()))

    @cached_property
    def runs(self) -> list[tuple[int, int]]:
        """Start and stop of each run."""
        return list(zip(self.starts.tolist(), self.stops.tolist(), strict=True))

    def within(self, start: int, stop: int) -> Rows:
        if not self._count or (start <= self.starts[0] and self.stops[-1] <= stop):
            return self
        return Rows(np.clip(self.starts, start, stop), np.clip(self.stops, start, stop))

    def bits(self, count: int) -> np.ndarray:
        """A bit for each of the first `count` rows, the lowest of a byte first."""
        if count not in self._bits:
            mask = np.zeros(count, bool)
            mask[self.within(0, count).numbers] = True
            self._bits = {count: np.packbits(mask, bitorder="little")}
        return self._bits[count]


class Vectors:
    """Blocks that never change, and a tail that grows. `lists` and `codes` know the first rows, or
    are None."""

    def __init__(
        self,
        dimensions: int,
        blocks: Sequence[np.ndarray] = (),
        lists: InvertedLists | None = None,
        codes: Codes | None = None,
    ):
        self.dimensions = dimensions
        self.lists, self.codes = lists, codes
        self._blocks = list(blocks)
        self._starts = [0, *np.cumsum([len(each) for each in self._blocks]).tolist()]
        self._tail = np.empty((0, dimensions), FLOAT)
        self._filled = 0

    def __len__(self) -> int:
        return self._starts[-1] + self._filled

    def append(self, vectors: np.ndarray) -> int:
        """The row of the first."""
        first, wanted = len(self), self._filled + len(vectors)
        if wanted > len(self._tail):
            room = np.empty((max(64, wanted, 3 * self._filled // 2), self.dimensions), FLOAT)
            room[: self._filled] = self._tail[: self._filled]
            self._tail = room
        self._tail[self._filled : wanted] = vectors
        self._filled = wanted
        return first

    def learn(self) -> None:
        """Make inverted lists and codes of all rows anew; needed once they are above EXACT."""
        everything = self.take(Rows.span(0, len(self)))
        self.lists, self.codes = InvertedLists.learn(everything), Codes.of(everything)

    def _spans(self) -> list[tuple[int, np.ndarray]]:
        """First row and vectors of each block, the tail as the last."""
        spans = list(zip(self._starts, self._blocks, strict=False))
        return [*spans, (self._starts[-1], self._tail[: self._filled])] if self._filled else spans

    def view(self, start: int, stop: int) -> np.ndarray:
        """Rows that were appended together, without a copy."""
        for first, block in self._spans():
            if first <= start < first + len(block) or start == stop:
                return block[start - first : stop - first]
        raise IndexError(start)

    def pieces(self, rows: Rows) -> Iterator[np.ndarray]:
        """The vectors of these rows, in order: slices where they lie together, else copies."""
        for first, block in self._spans():
            inside = rows.within(first, first + len(block))
            count = len(inside)
            if count >= SLICE * len(inside.starts):
                for start, stop in inside.runs:
                    yield block[start - first : stop - first]
            else:
                numbers = inside.numbers - first
                for start in range(0, count, GATHERED):
                    yield block[numbers[start : start + GATHERED]]

    def take(self, rows: Rows) -> np.ndarray:
        """(n, d): a copy, or the slice itself where they are one."""
        pieces = list(self.pieces(rows))
        if len(pieces) == 1:
            return pieces[0]
        return np.concatenate(pieces) if pieces else np.empty((0, self.dimensions), FLOAT)

    def products(self, rows: Rows, queries: np.ndarray) -> np.ndarray:
        """(n, q): the product of each of these rows with each query vector."""
        out = np.empty((len(rows), len(queries)), FLOAT)
        done = 0
        for piece in self.pieces(rows):
            np.matmul(piece, queries.T, out=out[done : done + len(piece)])
            done += len(piece)
        return out

    def named(self, queries: np.ndarray, count: int, rows: Rows | None = None) -> list[np.ndarray]:
        """A shortlist for each query vector (q, d): about `count` of `rows` (None: of all) that
        are near it, in no order. Everything, where it is so little that it is scored anyway."""
        rows = Rows.span(0, len(self)) if rows is None else rows
        if self.lists is None or len(rows) <= max(FEW, count):
            return [rows.numbers] * len(queries)
        known = len(self.lists)
        early = rows.within(0, known)
        if len(early) <= EXACT:
            near = self._named_by_codes(queries, count, early)
        else:
            everything = len(early) == known
            near = self.lists.nearest(queries, count, None if everything else early.bits(known))
        if early is rows:
            return near
        # Rows the lists have not heard of are few, and looked at one by one.
        late = rows.within(known, len(self))
        _, places = nearest_to_each(queries, self.pieces(late), min(count, len(late)))
        return [
            np.append(some, late.numbers[more]) for some, more in zip(near, places, strict=True)
        ]

    def _named_by_codes(self, queries, count, rows: Rows) -> list[np.ndarray]:
        held = self.codes.held
        if len(rows) >= SLICE * len(rows.starts):
            pieces = [held[start:stop] for start, stop in rows.runs]
        else:
            pieces = [held.take(rows.numbers, axis=0)]
        return [_at(rows, self.codes.nearest(query, count, pieces)) for query in queries]

    def nearest(
        self, queries: np.ndarray, count: int, rows: Rows | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The `count` largest products of each query vector (q, d) and their rows, best first:
        (q, count) each; -inf and -1 where there are fewer."""
        rows = Rows.span(0, len(self)) if rows is None else rows
        shape = len(queries), count
        products, numbers = np.empty(shape, FLOAT), np.empty(shape, np.int64)
        products.fill(-np.inf)
        numbers.fill(-1)
        exact = self.lists is None or len(rows) <= FEW
        shortlists = None if exact else self.named(queries, count + SPARE, rows)
        for number, query in enumerate(queries):
            if exact:
                scores, at = self.products(rows, query[None])[:, 0], rows.numbers
            else:
                at = shortlists[number]
                scores = self.gathered(at) @ query
            best = _top(scores, count)
            products[number, : len(best)], numbers[number, : len(best)] = scores[best], at[best]
        return products, numbers

    def nearest_to_each(
        self, queries: np.ndarray, count: int, rows: Rows | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """`nearest` for very many query vectors: exact, by blocked products."""
        rows = Rows.span(0, len(self)) if rows is None else rows
        products, places = nearest_to_each(queries, self.pieces(rows), count)
        return products, np.where(places >= 0, _at(rows, places), -1)

    def gathered(self, numbers: np.ndarray) -> np.ndarray:
        """(n, d): copies of rows in any order."""
        spans = self._spans()
        if len(spans) == 1:
            return spans[0][1].take(numbers, axis=0)
        out = np.empty((len(numbers), self.dimensions), FLOAT)
        for first, block in spans:
            inside = (numbers >= first) & (numbers < first + len(block))
            out[inside] = block[numbers[inside] - first]
        return out


def _at(rows: Rows, places: np.ndarray) -> np.ndarray:
    """Row numbers of places in `rows.numbers`, without making it where rows are all together."""
    if len(rows.starts) == 1:
        return rows.starts[0] + places
    return rows.numbers[places] if len(rows) else places


def _top(scores: np.ndarray, count: int) -> np.ndarray:
    """Positions of the `count` largest, best first; of equals the first."""
    if len(scores) > max(4 * count, FEW):
        bound = np.partition(scores, len(scores) - count)[len(scores) - count]
        worth = np.flatnonzero(scores >= bound)
        return worth[(-scores[worth]).argsort(kind="stable")[:count]]
    return (-scores).argsort(kind="stable")[:count]
