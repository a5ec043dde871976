"""The best few answers for each of very many: blocked matrix products with a running top-k.

Sorting all scores would cost far more than computing them. So each block is folded first: its
maxima over a few columns each, in one pass. The k-th largest maximum is a lower bound of the k-th
largest score, and what lies below it, nearly everything, is never looked at again. (Selection in
brute-force search: Johnson, Douze and Jégou, "Billion-scale similarity search with GPUs", 2017,
section 4; there by registers, here by a bound.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

# Products taken at once: enough for the product to be as fast as one of all rows would be, few
# enough (16 MB) for the selection to find them in a cache.
ASKING, ANSWERING = 1024, 4096
FOLDS = 8  # columns a maximum is taken over; fewer would leave more maxima to look through
FEWEST = 4  # maxima for each one wanted, so that their k-th is close to the k-th score


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
        self.products = np.full((rows, count), -np.inf, np.float32)
        self.rows = np.full((rows, count), -1, np.int64)

    def look_at(self, scores: np.ndarray, first: int) -> None:
        """Take in a block (rows, w) whose first column has the number `first`."""
        asked, columns = self._worth_a_look(scores)
        self._merge(asked, columns + first, scores[asked, columns])

    def _worth_a_look(self, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Row and column of every score that may belong to the best, and of few others; by row."""
        width = scores.shape[1]
        across = max(width // FOLDS, FEWEST * self.count)
        if width < 2 * across:
            return np.divmod(np.flatnonzero(scores > self.products[:, -1:]), width)
        folded = scores[:, :across].copy()  # maxima over columns that lie `across` apart
        for start in range(across, width, across):
            fold = scores[:, start : start + across]
            part = folded[:, : fold.shape[1]]
            np.maximum(part, fold, out=part)
        place = across - self.count
        bound = np.partition(folded, place, axis=1)[:, place]
        # At the bound of its own block a score counts; at the running one it came too late.
        above = np.nextafter(self.products[:, -1], np.float32(np.inf))
        bound = np.maximum(bound, above)[:, None]
        asked, columns = np.divmod(np.flatnonzero(folded >= bound), across)
        columns = columns[:, None] + np.arange(0, width, across)
        known = columns < width
        columns[~known] = 0
        known &= scores[asked[:, None], columns] >= bound[asked]
        return np.repeat(asked, known.sum(axis=1)), columns[known]

    def _merge(self, asked: np.ndarray, columns: np.ndarray, products: np.ndarray) -> None:
        if not len(asked):
            return
        sizes = np.bincount(asked, minlength=len(self.rows))
        place = np.arange(len(asked)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + self.count
        shape = (len(self.rows), self.count + int(sizes.max()))
        all_products = np.full(shape, -np.inf, np.float32)
        all_rows = np.full(shape, -1, np.int64)
        all_products[:, : self.count], all_rows[:, : self.count] = self.products, self.rows
        all_products[asked, place], all_rows[asked, place] = products, columns
        order = np.argsort(-all_products, axis=1)[:, : self.count]
        self.products = np.take_along_axis(all_products, order, axis=1)
        self.rows = np.take_along_axis(all_rows, order, axis=1)
