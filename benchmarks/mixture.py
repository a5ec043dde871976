"""Synthetic vectors that lie as the bundled encoder's do, in any number.

Texts are drawn from sectors, topics, subjects and records, four passages to a record, each level
adding a Gaussian part of its own to the one above; the sum is put beside a common direction and
brought to length 1. Uniform noise would not do: it has no neighbours to find, and a cosine of 0
between any two, where E5's lie between .78 and .95.

Beside the 1,172 passages of the sample listings (measured | drawn): mean cosine of two .836 | .842,
deviation .021 | .024, with the nearest .948 | .953, the 5th .908 | .913, the 10th .887 | .904, the
50th .867 | .882; length of the mean vector .914 | .918.
"""

from collections.abc import Iterator

import numpy as np

DIMENSIONS = 384
PASSAGES = 4  # of a record
COMMON = 0.9145  # length of the common direction in every vector
# Shares of the rest: whom a text shares it with.
SECTOR, TOPIC, SUBJECT, RECORD, PASSAGE = 0.12, 0.13, 0.15, 0.28, 0.32
SECTORS = 20
# With more records come more subjects, as with more text more words (Heaps' law); topics likewise.
SUBJECTS, SUBJECT_GROWTH, TOPIC_GROWTH = 1.2, 0.85, 0.75
SIZES = 1.0  # deviation of the logarithm of a subject's size: a few are large
# Variance by dimension falls as (rank + OFFSET) ** -DECAY: some 100 dimensions count.
OFFSET, DECAY = 16, 1.3
BLOCK = 10_000


class Mixture:
    """A collection of so many vectors; the same for the same number."""

    def __init__(self, size: int, seed: int = 0):
        self.size = size
        self._random = np.random.default_rng(seed)
        variance = (np.arange(1, DIMENSIONS + 1) + OFFSET) ** -DECAY
        self._spread = np.sqrt(variance / variance.sum()).astype(np.float32)
        turned = self._random.standard_normal((DIMENSIONS, DIMENSIONS)).astype(np.float32)
        self._basis = np.linalg.qr(turned)[0]
        records = -(-size // PASSAGES)
        subjects = max(1, int(SUBJECTS * records**SUBJECT_GROWTH))
        topics = max(1, int(subjects**TOPIC_GROWTH))
        of_sector = self._random.integers(0, SECTORS, topics)
        of_topic = self._random.choice(topics, subjects, p=self._shares(topics))
        middles = self._drawn(SECTORS, SECTOR)[of_sector] + self._drawn(topics, TOPIC)
        self._subjects = middles[of_topic] + self._drawn(subjects, SUBJECT)
        self._frequency = self._shares(subjects)

    def _shares(self, count):
        sizes = self._random.lognormal(0, SIZES, count)
        return sizes / sizes.sum()

    def _drawn(self, count, share):
        drawn = self._random.standard_normal((count, DIMENSIONS), dtype=np.float32)
        return drawn * self._spread * np.float32(share**0.5)

    def _block(self, records, passages):
        subject = self._random.choice(len(self._subjects), records, p=self._frequency)
        said = self._subjects[subject] + self._drawn(records, RECORD)
        rest = np.repeat(said, passages, axis=0) + self._drawn(records * passages, PASSAGE)
        rest = rest @ self._basis
        rest *= np.float32((1 - COMMON**2) ** 0.5) / np.linalg.norm(rest, axis=1, keepdims=True)
        vectors = rest + np.float32(COMMON) * self._basis[0]
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def blocks(self) -> Iterator[np.ndarray]:
        """`size` vectors, the passages of a record one after the other."""
        left = self.size
        while left:
            block = self._block(BLOCK // PASSAGES, PASSAGES)[:left]
            left -= len(block)
            yield block

    def queries(self, count: int) -> np.ndarray:
        """Texts of the same subjects that are not in the collection."""
        return self._block(count, 1)
