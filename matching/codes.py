"""Unit vectors in bytes, to tell which of some rows are worth their exact product.

A byte for each number is a quarter of what there is to read, and reading is what a search of rows
costs. Bytes are compared as whole numbers, by squared distance: of unit vectors, the smaller that
is the larger the product. What rounding blurs (some .001 of a cosine) the exact products sort out.

The comparing is faiss's, loaded with the first use.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

import numpy as np

MIDDLE, MOST = 128, 127  # bytes go from 1 to 255, with 0.0 in the middle
AT_ONCE = 10_000  # rows
# A scanner keeps the query it looks for, so each thread has its own, by number of dimensions.
_of_thread = threading.local()


class Codes:
    """Rows of bytes (n, d). `reach` is the largest value there was: what MOST stands for."""

    def __init__(self, held: np.ndarray, reach: float):
        if held.dtype != np.uint8 or held.ndim != 2 or not reach > 0:
            raise ValueError(f"codes: {held.dtype} {held.shape}, reach {reach}")
        self.held, self.reach = held, reach
        self._scale = np.float32(MOST / reach)

    def __len__(self) -> int:
        return len(self.held)

    @classmethod
    def of(cls, vectors: np.ndarray) -> Codes:
        """The codes of these unit vectors (n, d)."""
        reach = max((float(np.abs(part).max(initial=0)) for part in _parts(vectors)), default=0)
        codes = cls(np.empty(vectors.shape, np.uint8), reach or 1.0)
        for start, part in zip(range(0, len(vectors), AT_ONCE), _parts(vectors), strict=True):
            codes.held[start : start + len(part)] = codes._coded(part)
        return codes

    def _coded(self, vectors: np.ndarray) -> np.ndarray:
        """Numbers whose whole part is the byte."""
        coded = vectors * self._scale
        coded += MIDDLE + 0.5
        return np.maximum(np.minimum(coded, 255, out=coded), 0, out=coded)

    def nearest(self, query: np.ndarray, count: int, pieces: Iterable[np.ndarray]) -> np.ndarray:
        """Places, counted through the pieces of `held` given, of the `count` nearest to a query
        vector (d,), in no order; of all where there are fewer."""
        scanner, pointer, _ = _scanner(self.held.shape[1])
        far, found = np.empty(count, np.float32), np.empty(count, np.int64)
        far.fill(np.inf)
        found.fill(-1)
        far_at, found_at = pointer(far), pointer(found)
        asked = self._coded(np.asarray(query, np.float32))  # an address keeps nothing alive
        scanner.set_query(pointer(asked))
        firsts, first = [], 0
        for number, piece in enumerate(pieces):
            scanner.set_list(number, 0.0)
            scanner.scan_codes(len(piece), pointer(piece), None, far_at, found_at, count)
            firsts.append(first)
            first += len(piece)
        # It numbers what it finds by piece and place in it: 32 bits each.
        found = found[found >= 0] if first < count else found
        if len(firsts) < 2:
            return found
        return np.array(firsts, np.int64)[found >> 32] + (found & 0xFFFFFFFF)


def _parts(vectors: np.ndarray) -> Iterable[np.ndarray]:
    for start in range(0, len(vectors), AT_ONCE):
        yield vectors[start : start + AT_ONCE]


def _scanner(dimensions: int):
    """What compares, what gives it the address of an array without gaps, and what it leans on."""
    known = _of_thread.__dict__
    if dimensions not in known:
        import faiss

        plain = faiss.ScalarQuantizer.QT_8bit_direct
        bytewise = faiss.ScalarQuantizer(dimensions, plain)
        scanner = bytewise.select_InvertedListScanner(faiss.METRIC_L2, None, True, None, False)
        known[dimensions] = scanner, faiss.swig_ptr, bytewise
    return known[dimensions]
