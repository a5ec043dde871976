"""Vectors as many as listings, in clusters as texts about the same things are: made up, for speed
and not for what they mean."""

import time
import zlib

import numpy

from matching.vectors import EXACT, Rows, Vectors

DIMENSIONS = 384
SHARE = 0.017  # of all rows: about one kind in one sector
ROUNDS = 40


class Made:
    def __init__(self, count, seed=7):
        chance = numpy.random.default_rng(seed)
        self.centres = chance.standard_normal((200, DIMENSIONS), numpy.float32)
        rows = self.centres[chance.integers(200, size=count)]
        rows = rows + chance.standard_normal((count, DIMENSIONS), numpy.float32)
        self.rows = rows / numpy.linalg.norm(rows, axis=1, keepdims=True)
        self.vectors = Vectors(DIMENSIONS)
        self.vectors.append(self.rows)
        if count > EXACT:
            self.vectors.learn()

    def query(self, text):
        """Any text has its vector; it takes no time worth counting."""
        chance = numpy.random.default_rng(zlib.crc32(text.encode()))
        vector = self.centres[chance.integers(200)] + chance.standard_normal(
            DIMENSIONS, numpy.float32
        )
        return vector / numpy.linalg.norm(vector)

    def nearest(self, vector, count):
        products, rows = self.vectors.nearest(vector[None], count)
        return products[0], rows[0]


def filtered(made):
    """CPU time of a search among SHARE of the rows, that lie together as records of a kind do,
    over that of a scan of all; and its recall at ten."""
    count = len(made.rows)
    size = max(10, int(count * SHARE))
    spent, found = {"filtered": [], "scan": []}, 0
    for number in range(ROUNDS):
        vector = made.query(f"query {number}")
        start = number * 977 % (count - size)
        some = Rows.span(start, start + size)
        began = time.process_time()
        _, rows = made.vectors.nearest(vector[None], 10, some)
        spent["filtered"].append(time.process_time() - began)
        began = time.process_time()
        scores = made.rows @ vector
        numpy.argpartition(-scores, 10)[:10]
        spent["scan"].append(time.process_time() - began)
        best = start + numpy.argsort(-scores[start : start + size])[:10]
        found += len(set(best.tolist()) & set(rows[0].tolist()))
    return float(numpy.median(spent["filtered"]) / numpy.median(spent["scan"])), found / 10 / ROUNDS
