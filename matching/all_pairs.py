"""The best few answers for each of very many: blocked matrix products with a running top-k.

Sorting all scores would cost far more than computing them. Of each block only its maxima over
short runs of columns are looked at first: the k-th largest of them is a lower bound of the k-th
largest score, so what lies below it, nearly everything, is never touched again. (The selection
step of brute-force search: Johnson, Douze and Jégou, "Billion-scale similarity search with GPUs",
2017, section 4, done here with a bound by segments instead of registers.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

# A block of scores stays within the second-level cache of two cores: 256 x 4096 floats are 4 MB.
ASKING = 256
ANSWERING = 4096
SEGMENTS = 64  # maxima kept per row and block; more than `count`, so that they bound it


def nearest_to_each(
    asking: np.ndarray,
    answering: np.ndarray | Iterable[np.ndarray],
    count: int,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """For each row of `asking` (q, d): its `count` largest products with the rows of `answering`
    (n, d), best first: (q, count) products, (q, count) rows of `answering`.

    Exact. `answering` may come as consecutive pieces, to be numbered through. Where there are
    fewer than `count`, the rest is -inf and row -1. `progress(done, q)` after each block.
    """
    pieces = [answering] if isinstance(answering, np.ndarray) else list(answering)
    asking = np.ascontiguousarray(asking, np.float32)
    products = np.full((len(asking), count), -np.inf, np.float32)
    rows = np.full((len(asking), count), -1, np.int64)
    room = np.empty(ASKING * ANSWERING, np.float32)
    for start in range(0, len(asking), ASKING):
        part = slice(start, start + ASKING)
        best = Best(len(asking[part]), count)
        for first, block in _blocks(pieces):
            scores = room[: len(asking[part]) * len(block)].reshape(-1, len(block))
            best.look_at(np.matmul(asking[part], block.T, out=scores), first)
        products[part], rows[part] = best.products, best.rows
        if progress:
            progress(min(start + ASKING, len(asking)), len(asking))
    return products, rows


def _blocks(pieces: list[np.ndarray]):
    first = 0
    for piece in pieces:
        for start in range(0, len(piece), ANSWERING):
            block = piece[start : start + ANSWERING]
            yield first, block
            first += len(block)


class Best:
    """The running best of some rows of scores."""

    def __init__(self, rows: int, count: int):
        self.count = count
        self.segments = max(SEGMENTS, 4 * count)
        self.products = np.full((rows, count), -np.inf, np.float32)
        self.rows = np.full((rows, count), -1, np.int64)

    def look_at(self, scores: np.ndarray, first: int) -> None:
        """Take in a block (rows, w), C-contiguous, whose first column has the number `first`."""
        asked, columns = self._worth_a_look(scores)
        self._merge(asked, columns + first, scores[asked, columns])

    def _worth_a_look(self, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Row and column of every score that may belong to the best, and of few others."""
        height, width = scores.shape
        length = width // self.segments
        if length < 2:
            return _where(scores > self.products[:, -1:])
        whole = length * self.segments
        runs = np.ascontiguousarray(scores[:, :whole]).reshape(height, self.segments, length)
        maxima = runs.max(axis=2)
        place = self.segments - self.count
        bound = np.partition(maxima, place, axis=1)[:, place]
        # At the bound of its own block a score counts; at the running one it came too late.
        beaten = bound <= self.products[:, -1]
        bound = np.where(beaten, np.nextafter(self.products[:, -1], np.float32(np.inf)), bound)
        at = np.flatnonzero(maxima >= bound[:, None])
        asked = at // self.segments
        some = runs.reshape(-1, length)[at]
        which, inside = _where(some >= bound[asked][:, None])
        columns = (at[which] % self.segments) * length + inside
        rest, last = _where(scores[:, whole:] >= bound[:, None])
        return np.append(asked[which], rest), np.append(columns, last + whole)

    def _merge(self, asked: np.ndarray, columns: np.ndarray, products: np.ndarray) -> None:
        if not len(asked):
            return
        height = len(self.rows)
        asked = np.append(np.repeat(np.arange(height), self.count), asked)
        columns = np.append(self.rows.ravel(), columns)
        products = np.append(self.products.ravel(), products)
        order = np.lexsort((-products, asked))  # stable: of equals the first seen stays first
        starts = np.searchsorted(asked[order], np.arange(height))
        taken = order[starts[:, None] + np.arange(self.count)]
        self.products, self.rows = products[taken], columns[taken]


def _where(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Like np.nonzero, by one pass over the flat mask: several times faster where it is sparse."""
    flat = np.flatnonzero(mask)
    return np.divmod(flat, max(1, mask.shape[1]))
