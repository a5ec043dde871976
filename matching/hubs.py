"""Hubs: passages that are near to whatever is asked in another language.

A multilingual encoder puts some passages near every query of another language, and a right answer
then stands below them. What a passage is worth to a query is how much nearer it is than it is to
queries in general: its mean similarity to those nearest to it among a background of queries is
taken off (CSLS, Conneau et al., "Word Translation Without Parallel Data", ICLR 2018). Inside one
language it changes nothing worth having, and is not done.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np

from matching import evidence
from matching.candidates import Candidates
from matching.finding import Finder

NEAREST = 20  # queries of the background that tell how much of a hub a passage is
# Language of a query -> phrases people ask in it. A language without any is not corrected.
BACKGROUNDS = {"en": Path(__file__).with_name("background_en.txt")}

# Mean and deviation, hubs taken off, of an English query about nothing the collection holds and the
# record nearest to it by chance: one in four such queries stands out by half, and so do three of
# four that do have an answer in Vietnamese (benchmarks/graded, and queries as in
# benchmarks/nearness).
MEAN, SPREAD = 0.78, 0.0125

_known: WeakKeyDictionary[Candidates, np.ndarray] = WeakKeyDictionary()
_vectors: dict[tuple[str, str], np.ndarray] = {}


@lru_cache
def background(language: str) -> tuple[str, ...]:
    """The phrases of a language; none where nobody wrote any."""
    if language not in BACKGROUNDS:
        return ()
    lines = BACKGROUNDS[language].read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


def vectors(finder: Finder, language: str) -> np.ndarray:
    """Of the phrases, encoded once for a model."""
    name = finder.encoder.name, language
    if name not in _vectors:
        _vectors[name] = finder.encode_texts(list(background(language)), "query")
    return _vectors[name]


def corrected(finder: Finder, found: Candidates, queries: np.ndarray, language: str) -> np.ndarray:
    """(n,): the similarity of each record, hubs taken off and their mean put back; of queries in
    a language without a background, the similarity as it is."""
    if not background(language):
        return found.best(queries).mean(axis=1)
    hubs = _known.get(found)
    if hubs is None:
        near = found.cosines(vectors(finder, language))
        hubs = np.sort(near, axis=1)[:, -NEAREST:].mean(axis=1)
        _known[found] = hubs
    own = found.cosines(queries) - hubs[:, None]
    return np.maximum.reduceat(own, found.starts, axis=0).mean(axis=1) + hubs.mean()


def stands_out(similarity: float, share: float) -> float:
    """0..1: that a corrected similarity, or a share of words, is more than chance."""
    chance = 1 - float(evidence.stands_out(np.array(similarity), MEAN, SPREAD))
    return round(1 - chance * (1 - min(1.0, share) / 2), 4)
