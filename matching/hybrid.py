"""Hits of another engine by words, and what is near by meaning, as one ranking.

Who has a full-text engine of his own (fields, phrases, spellings) need not give it up: its scores
take the place of the lexical half in `matching.fusion`, so that one rule weighs words against
meaning wherever both speak.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from matching.finding import Finder
from matching.fusion import fuse
from matching.index import Accept
from matching.records import Passage
from matching.text import clean

FLOOR = 1e-6  # a hit by words counts as one, whatever little it scored


class Ranked(NamedTuple):
    """A record in the one ranking.

    key      its key
    heard    whether the other engine found its words
    score    0..1 how far it stands out from chance by meaning; None for one without vectors
    passage  the passage closest to what was asked; None for one without vectors
    """

    key: str
    heard: bool
    score: float | None
    passage: Passage | None


def rank(
    finder: Finder,
    text: str,
    queries: np.ndarray,
    heard: Mapping[str, float],
    *,
    near_enough: float,
    most: int,
    kinds: Collection[str] | None = None,
    groups: Collection[str] | None = None,
    accept: Accept | None = None,
) -> list[Ranked]:
    """Everything `heard` (key -> score by words, higher is better), and at most `most` records
    beside that stand out by `near_enough` at least, best first.

    `queries` are the vectors of `text`; kinds, groups and `accept` limit the records beside.
    Records heard without vectors stand where those that words find as good stand.
    """
    index = finder.index
    told = {index.slot(key): score for key, score in heard.items() if key in index}
    words = index.lexical.score(clean(text))
    scores = np.zeros(len(words.scores))
    for slot, score in told.items():
        scores[slot] = max(score, FLOOR)
    own, words = words.scores, replace(words, scores=scores)
    found, usual = index.shortlist(
        queries, scores, kinds=kinds, groups=groups,
        accept=(lambda key: key in heard or accept(key)) if accept else None,
    )  # fmt: skip
    if not len(found.slots):
        return [Ranked(key, True, None, None) for key in _by_score(heard)]
    dense = found.best(queries).mean(axis=1)
    fused = fuse(
        dense,
        words.at(found.slots),
        across=finder.calibration.across,
        usual=usual and (usual.best(queries).mean(axis=1), words.at(usual.slots)),
    ).scores

    def known(at, key):
        share = float(own[found.slots[at]]) / words.ideal
        return _known(finder, queries, key, float(dense[at]), share, key in heard)

    places, beside = {}, []
    for at, slot in enumerate(found.slots):
        if slot in told:
            places[index.keys[slot]] = at
        else:
            beside.append(at)
    ranked = [(float(fused[at]), known(at, key)) for key, at in places.items()]
    for at in sorted(beside, key=lambda at: -fused[at]):
        if most == 0:
            break
        each = known(at, index.keys[found.slots[at]])
        if each.score >= near_enough:
            ranked.append((float(fused[at]), each))
            most -= 1
    silent = {key: score for key, score in heard.items() if key not in places}
    ranked += _placed(silent, heard, {key: float(fused[at]) for key, at in places.items()})
    ranked.sort(key=lambda pair: -pair[0])
    return [each for _score, each in ranked]


def _known(finder, queries, key, cosine, share, heard) -> Ranked:
    passages = finder.index.passages(key)
    best = int((queries @ finder.index.vectors(key).T).mean(axis=0).argmax())
    return Ranked(key, heard, finder._stands_out(cosine, share, searched=True), passages[best])


def _placed(silent, heard, fused) -> list[tuple[float, Ranked]]:
    """Records without vectors, where their equals by words stand; ahead of all when alone."""
    equals = sorted((heard[key], score) for key, score in fused.items())
    scores = [score for score, _ in equals]
    where = [place for _, place in equals]
    return [
        (float(np.interp(score, scores, where)) if equals else score, Ranked(key, True, None, None))
        for key, score in silent.items()
    ]


def _by_score(heard):
    return sorted(heard, key=lambda key: -heard[key])
