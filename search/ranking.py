"""How good a match is: BM25F over title and body (Robertson, Zaragoza, Taylor, CIKM 2004).

Everything is counted among the documents the reader may see and nothing else: how rare a word is,
how long texts are. So what somebody may not see cannot show through the order of what they may,
and an answer does not depend on how an index came to be.
"""

import math
from dataclasses import dataclass

import numpy

from search.places import Posting
from search.rows import Rows

K1 = 1.2
# What a listing is about stands in its title; what else it mentions, in passing, does not.
TITLE_WEIGHT = 5.0
TITLE_B = 0.3  # titles are short on purpose: length says little
BODY_B = 0.75


@dataclass(frozen=True)
class Weights:
    """What each kind of evidence is worth against a required word."""

    word: float = 1.0
    phrase: float = 1.0
    optional: float = 0.2
    # As if the words it stands for were there, but less: somebody chose those.
    synonym: float = 0.6
    # Two syllables side by side are usually one word: more than the sum of the two. They are rare
    # and so weigh much of themselves: any more, and one mention in passing beats a title.
    neighbours: float = 0.3
    # An accent typed is meant, also where marks had to be dropped to find anything at all.
    accented: float = 1.5


WEIGHTS = Weights()


class Ranking:
    """Scores for the documents of one mask."""

    def __init__(self, rows: Rows, visible: numpy.ndarray):
        self.visible = visible
        self.size = rows.size
        self.count = int(visible.sum())
        self._title_norm = norm(rows.title_lengths, _average(rows.title_lengths, visible), TITLE_B)
        self._body_norm = norm(rows.body_lengths, _average(rows.body_lengths, visible), BODY_B)

    def found(self, title: Posting, body: Posting) -> tuple[numpy.ndarray, numpy.ndarray]:
        """The documents of the mask that hold something in either field, and how much it says of
        each, from 0 to K1 + 1; times its rarity this is its score."""
        frequency = numpy.zeros(self.size, numpy.float64)
        frequency[title.documents] = TITLE_WEIGHT * title.counts / self._title_norm[title.documents]
        frequency[body.documents] += body.counts / self._body_norm[body.documents]
        documents = numpy.flatnonzero((frequency > 0) & self.visible)
        return documents, saturated(frequency[documents])

    def rarity(self, documents: numpy.ndarray) -> float:
        return rarity(self.count, len(documents))


def norm(lengths: numpy.ndarray, average: float, b: float) -> numpy.ndarray:
    """What to divide a count by, for a field of these lengths."""
    return 1 - b + b * lengths / (average or 1.0)


def saturated(frequency: numpy.ndarray) -> numpy.ndarray:
    """Ten times the same word says more than once, not ten times as much."""
    return frequency * (K1 + 1) / (frequency + K1)


def rarity(count: int, holding: int) -> float:
    """How much a word tells that `holding` of `count` documents hold."""
    return math.log1p((count - holding + 0.5) / (holding + 0.5))


def _average(lengths, visible):
    return float(lengths[visible].mean(dtype=numpy.float64)) if visible.any() else 0.0
