"""Vectors as many as listings, in clusters as texts about the same things are: made up, for speed
and not for what they mean."""

import time
import zlib

import numpy

from benchmarks.search.province import Province
from matching import thresholds
from matching.finding import Finder
from matching.index import PassageIndex
from matching.passages import cut
from matching.records import Record
from matching.vectors import EXACT, Rows, Vectors

DIMENSIONS = 384
SHARE = 0.017  # of all rows: about one kind in one sector
KINDS, ROUNDS = 8, 40


class Made:
    """A vector for each listing and for any text; an encoder, as far as a search needs one."""

    name, dimensions = "made up", DIMENSIONS

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

    def encode_query(self, texts):
        return numpy.array([self.query(text) for text in texts])

    def nearest(self, vector, count):
        products, rows = self.vectors.nearest(vector[None], count)
        return products[0], rows[0]

    def finder(self):
        """The listings of the province as the site's own index of meaning holds them: words as
        well as vectors, of which all passages of a listing have the same."""
        index, province = PassageIndex(self.name, DIMENSIONS), Province()
        for number, row in enumerate(self.rows):
            document = province.document(number)
            record = Record(
                document.key,
                document.kind,
                {"title": document.title, "summary": document.body},
                groups=frozenset({document.audience}),
            )
            index.upsert(record, numpy.tile(row, (len(cut(record)), 1)))
        index.compact()
        return Finder(self, index, calibration=thresholds.BY_MODEL[thresholds.BUNDLED])


def filtered(made):
    """CPU time of a search among SHARE of the rows, that lie together as records of a kind do,
    over that of a scan of all; and its recall at ten."""
    count = len(made.rows)
    size = max(10, int(count * SHARE))
    # What passes a filter is known beforehand, as the site keeps it between two writes.
    kinds = [Rows.span(start, start + size) for start in range(0, KINDS * size, size)]
    for some in kinds:
        made.vectors.nearest(made.query("")[None], 10, some)
    spent, found = {"filtered": [], "scan": []}, 0
    for number in range(ROUNDS):
        vector = made.query(f"query {number}")
        some = kinds[number % KINDS]
        start = some.starts[0]
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
