"""How near two records are: for each passage of one the closest of the other, both ways."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from matching.records import Passage

if TYPE_CHECKING:
    from matching.candidates import Candidates

# Passages by which a part speaks: a page and a half. Few listings have a longer part.
HEARD = 3


@dataclass(frozen=True)
class Said:
    """What one side says: a weight for each of its passages (n,), 0: not looked at; and where its
    long parts stand among them, those of more than HEARD passages."""

    weights: np.ndarray
    long: Sequence[slice] = ()

    @classmethod
    def of(cls, passages: Sequence[Passage], weigh: Callable[[str], float]) -> Said:
        parts = np.array([passage.part for passage in passages])
        return cls(np.array([weigh(part) for part in parts]), long_runs(parts[1:] != parts[:-1]))

    def heard(self, nearest: np.ndarray) -> np.ndarray:
        """The weights, given how near each passage (..., n) is to the other side: of a long part
        the HEARD closest count. The rest of a long text is about other matters; counted in, it
        would drown the page that answers."""
        weights = np.broadcast_to(self.weights, nearest.shape)
        if self.long:
            weights = weights.copy()
        for run in self.long:
            some = nearest[..., run]
            weights[..., run] *= some >= np.partition(some, -HEARD, axis=-1)[..., [-HEARD]]
        return weights


def long_runs(breaks: np.ndarray) -> list[slice]:
    """Runs of more than HEARD, where `breaks` (n - 1,) says whether one ends between two."""
    bounds = np.concatenate([[0], np.flatnonzero(breaks) + 1, [len(breaks) + 1]])
    return [slice(*each) for each in pairwise(bounds.tolist()) if each[1] - each[0] > HEARD]


def similarities(
    vectors: np.ndarray, own: Said, found: Candidates, theirs: Said
) -> tuple[np.ndarray, np.ndarray]:
    """`both_ways` of one record with every candidate at once: (n,) forth, (n,) back."""
    cosines = found.cosines(vectors)
    cosines[theirs.weights <= 0] = cosines[:, own.weights <= 0] = -1.0
    best = np.maximum.reduceat(cosines, found.starts, axis=0)
    nearest = cosines.max(axis=1)
    asked, answered = own.heard(best), theirs.heard(nearest)
    given = np.add.reduceat(answered, found.starts)
    forth = _mean((best * asked).sum(axis=1), asked.sum(axis=1) * (given > 0))
    return forth, _mean(np.add.reduceat(nearest * answered, found.starts), given)


def both_ways(cosines: np.ndarray, own: Said, theirs: Said) -> tuple[float, float]:
    """Weighted mean, over the passages of one side, of the closest passage of the other.

    Rows are one's passages, columns the other's. 0 where one side has nothing to say.
    """
    heard = np.outer(own.weights > 0, theirs.weights > 0)
    if not heard.any():
        return 0.0, 0.0
    cosines = np.where(heard, cosines, -1.0)
    best, nearest = cosines.max(axis=1), cosines.max(axis=0)
    asked, answered = own.heard(best), theirs.heard(nearest)
    return float(best @ asked / asked.sum()), float(nearest @ answered / answered.sum())


def _mean(sums: np.ndarray, totals: np.ndarray) -> np.ndarray:
    return np.divide(sums, totals, out=np.zeros(len(sums)), where=totals > 0)
