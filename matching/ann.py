"""Approximate nearest neighbours for large collections: inverted lists of 8-bit vectors.

Vectors are sorted into lists by the nearest of some thousand centroids (spherical k-means: Dhillon
and Modha, Machine Learning 2001), and a search looks into the lists nearest to the query only
(IVF: Sivic and Zisserman, ICCV 2003; Jégou, Douze and Schmid, PAMI 2011). In the lists each number
takes a byte. What comes back is a shortlist: whoever asks computes the exact products of it.

faiss is loaded with the first use; a small site never pays for it. (It must not share a process
with usearch: the two crash each other.)
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import faiss

LISTS_PER_ROOT = 4  # lists: this times the square root of the rows, as faiss advises up to 1M
TAUGHT_BY = 40  # training vectors for each list; fewer than 39 and faiss warns
ROUNDS = 8  # of k-means; more move the recall by less than a tenth of a point
# Lists a search looks into. Of the true ten nearest this finds .99 among 100,000 rows and .98 among
# a million (benchmarks.matching_scale); a third fewer lose a point, a third more win half of one.
# A filter widens it (InvertedLists.nearest).
PROBED = 192
SEED = 1
ADDED_AT_ONCE = 50_000


def _faiss():
    import faiss

    return faiss


def _code(faiss) -> int:
    """A byte for each number, over one range for all dimensions: a fifth faster to score than a
    range for each, and what it blurs (some .001 of a cosine) the exact products sort out."""
    return faiss.ScalarQuantizer.QT_8bit_uniform


class InvertedLists:
    """Row numbers by vector. Adding, renumbering and searching; rows are removed by renumbering,
    and until then kept out by the filter."""

    def __init__(self, index: faiss.IndexIVFScalarQuantizer, taught_by: int):
        self._index = index
        self.taught_by = taught_by  # rows there were when the centroids were learned

    def __len__(self) -> int:
        return self._index.ntotal

    @classmethod
    def learn(cls, vectors: np.ndarray) -> InvertedLists:
        """Lists for these unit vectors (n, d), which become rows 0 to n - 1."""
        faiss = _faiss()
        count, dimensions = vectors.shape
        lists = max(1, min(int(LISTS_PER_ROOT * count**0.5), count // TAUGHT_BY))
        index = faiss.IndexIVFScalarQuantizer(
            faiss.IndexFlatIP(dimensions),
            dimensions,
            lists,
            _code(faiss),
            faiss.METRIC_INNER_PRODUCT,
            False,  # bytes of the vector itself, not of its distance to the centroid
        )
        index.cp.spherical, index.cp.niter, index.cp.seed = True, ROUNDS, SEED
        chosen = np.random.default_rng(SEED).permutation(count)[: lists * TAUGHT_BY]
        index.train(np.ascontiguousarray(vectors[np.sort(chosen)], np.float32))
        made = cls(index, count)
        made.add(vectors)
        return made

    def add(self, vectors: np.ndarray, rows: np.ndarray | None = None) -> None:
        """The next rows; or those of these numbers, where they fill gaps of a renumbering."""
        for start in range(0, len(vectors), ADDED_AT_ONCE):
            some = np.ascontiguousarray(vectors[start : start + ADDED_AT_ONCE], np.float32)
            if rows is None:
                self._index.add(some)
            else:
                self._index.add_with_ids(some, rows[start : start + ADDED_AT_ONCE])

    def renumbered(self, numbers: np.ndarray) -> InvertedLists:
        """The same lists with `numbers[row]` for each row, without those whose number is -1."""
        faiss, old = _faiss(), self._index
        lists = faiss.ArrayInvertedLists(old.nlist, old.code_size)
        for number in range(old.nlist):
            size = old.invlists.list_size(number)
            if not size:
                continue
            rows = numbers[faiss.rev_swig_ptr(old.invlists.get_ids(number), size)]
            codes = faiss.rev_swig_ptr(old.invlists.get_codes(number), size * old.code_size)
            kept = rows >= 0
            rows = np.ascontiguousarray(rows[kept], np.int64)
            codes = np.ascontiguousarray(codes.reshape(size, -1)[kept])
            lists.add_entries(number, len(rows), faiss.swig_ptr(rows), faiss.swig_ptr(codes))
        new = faiss.IndexIVFScalarQuantizer(
            faiss.clone_index(old.quantizer), old.d, old.nlist,
            _code(faiss), faiss.METRIC_INNER_PRODUCT, False,
        )  # fmt: skip
        new.sq = old.sq
        new.is_trained = True
        new.replace_invlists(lists, True)
        lists.this.disown()  # it belongs to the index now
        new.ntotal = int((numbers[: len(self)] >= 0).sum())
        return InvertedLists(new, self.taught_by)

    def nearest(
        self, queries: np.ndarray, count: int, allowed: np.ndarray | None = None
    ) -> list[np.ndarray]:
        """Up to `count` rows for each query (q, d), near ones first by their bytes.

        `allowed` holds a bit for each row, the lowest of a byte first (np.packbits, "little"):
        the others are passed over inside the lists. The fewer there are, the further apart the
        nearest of them lie, and the less a list costs: with a share s of all, 1 / sqrt(s) times as
        many lists find as many of the ten, for about the same time.
        """
        faiss, among, probed = _faiss(), None, PROBED
        if allowed is not None:
            among = faiss.IDSelectorBitmap(allowed)
            share = max(1, int(np.bitwise_count(allowed).sum())) / max(1, len(self))
            probed = int(PROBED / min(1, share) ** 0.5)
        how = faiss.SearchParametersIVF(sel=among, nprobe=min(probed, self._index.nlist))
        queries = np.ascontiguousarray(queries, np.float32)
        _, rows = self._index.search(queries, count, params=how)
        return [line[line >= 0] for line in rows]

    def save(self, path: Path) -> None:
        _faiss().write_index(self._index, str(path))

    @classmethod
    def load(cls, path: Path, taught_by: int) -> InvertedLists:
        """Memory-mapped; OSError or ValueError when it is no such file."""
        faiss = _faiss()
        try:
            index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP)
        except RuntimeError as error:
            raise ValueError(f"inverted lists: {path.name} is not readable") from error
        if not isinstance(index, faiss.IndexIVFScalarQuantizer):
            raise ValueError(f"inverted lists: {path.name} is something else")
        # faiss would start 32 threads with each search to read ahead on slow disks: they take as
        # much processor time as the search itself.
        faiss.downcast_InvertedLists(index.invlists).prefetch_nthread = 0
        return cls(index, taught_by)
