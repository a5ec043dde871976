"""The records a search may look at, with their passages side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from matching.records import Passage
from matching.similarity import long_runs
from matching.vectors import Rows

if TYPE_CHECKING:
    from matching.index import PassageIndex

Accept = Callable[[str], bool]
# One record in so many, or fewer: they hardly lie together, and their rows are gathered at once.
SCATTERED = 128


@dataclass(frozen=True)
class Neighbour:
    """A record near some query vectors.

    score     mean over the query vectors of the cosine with the record's closest passage
    passages  for each query vector in order: (closest passage, cosine)
    """

    key: str
    score: float
    passages: tuple[tuple[Passage, float], ...]


class Candidates:
    """Records by slot (n,), in the order of their rows, and their passages (m,) in the same order.
    Every record here has at least one passage. What is large is worked out when asked for."""

    def __init__(self, index: PassageIndex, slots: np.ndarray):
        self._index = index
        self.slots = slots
        self._samples: dict[int, Candidates] = {}

    def __len__(self) -> int:
        return len(self.slots)

    @cached_property
    def counts(self) -> np.ndarray:
        """(n,) passages of each record."""
        return self._index.counts[self.slots]

    @cached_property
    def starts(self) -> np.ndarray:
        """(n,) place among `rows` of each record's first passage."""
        return np.cumsum(self.counts) - self.counts

    @cached_property
    def spans(self) -> Rows:
        first = self._index.first[self.slots]
        return Rows(first, first + self.counts)

    @cached_property
    def rows(self) -> np.ndarray:
        """(m,) row of each passage in the index."""
        before = self._index.first[self.slots] - self.starts
        return np.repeat(before, self.counts) + np.arange(int(self.counts.sum()))

    @cached_property
    def vectors(self) -> np.ndarray:
        """(m, d), read-only by agreement; `cosines` does without a copy of them."""
        return self._index.rows_of(self.spans)

    def cosines(self, queries: np.ndarray) -> np.ndarray:
        """(m, q): of each passage with each query vector."""
        if "vectors" in self.__dict__:
            return self.vectors @ queries.T
        if SCATTERED * len(self) < len(self._index):
            return self._index.rows.gathered(self.rows) @ queries.T
        return self._index.products(self.spans, queries)

    def best(self, queries: np.ndarray) -> np.ndarray:
        """(n, q): cosine of each query vector with the closest passage of each record."""
        if not len(self.slots):
            return np.zeros((0, len(queries)), np.float32)
        return np.maximum.reduceat(self.cosines(queries), self.starts, axis=0)

    def hold(self, slots: np.ndarray) -> np.ndarray:
        """Which of these slots are among them."""
        return self._mask[slots]

    @cached_property
    def _mask(self) -> np.ndarray:
        mask = np.zeros(len(self._index.keys), bool)
        mask[self.slots] = True
        return mask

    def weights(self, weigh: Callable[[str], float]) -> np.ndarray:
        """(m,): `weigh(name of the part)` of each passage."""
        by_part = np.array([weigh(name) for name in self._index.part_names], np.float64)
        return by_part[self._index.parts[self.rows]] if len(by_part) else np.zeros(0)

    @cached_property
    def long(self) -> list[slice]:
        """Where among `rows` a part of a record has more passages than are heard."""
        rows, begins = self.rows, np.zeros(len(self.rows), bool)
        begins[self.starts] = True
        parts = self._index.parts[rows]
        return long_runs((parts[1:] != parts[:-1]) | begins[1:])

    def of_usual_length(self) -> Candidates:
        """Without those that have long parts, where they are the fewer."""
        if not self.long:
            return self
        long = np.searchsorted(self.starts, [run.start for run in self.long], side="right") - 1
        usual = np.setdiff1d(np.arange(len(self)), long)
        return self.at(usual) if 2 * len(usual) >= len(self) else self

    def at(self, places: np.ndarray) -> Candidates:
        """Some of them, by ascending places in `slots`."""
        return Candidates(self._index, self.slots[places])

    def only(self, accept: Accept) -> Candidates:
        keys = self._index.keys
        return self.at(np.flatnonzero([accept(keys[slot]) for slot in self.slots]))

    def sample(self, count: int) -> Candidates:
        """So many of them, always the same; all where they are no more. Kept with its vectors:
        every search of a large collection asks for it."""
        if len(self.slots) <= count:
            return self
        if count not in self._samples:
            drawn = np.random.default_rng(0).choice(len(self.slots), count, replace=False)
            chosen = self.at(np.sort(drawn))
            _ = chosen.vectors
            self._samples[count] = chosen
        return self._samples[count]
