"""What speaks for a pair, in one unit: how far it stands out from what the asking record would
meet by chance among all who might answer.

Raw numbers cannot be compared: one need is written so generally that everything is near it, one
encoder puts all texts at 0.85. So a record's similarity and shared words are measured against the
whole answering kind first (its *standing*), and a pair by how many deviations it lies above.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from matching.fusion import STRAY, coverage_of_best, language_bias
from matching.index import Candidates, PassageIndex
from matching.lexical import LexicalScores
from matching.thresholds import Calibration

# Records measured for a standing; more would only refine a mean.
SAMPLE = 1000
# Imagined records with the model's usual background, counted among the real ones: with three
# offers on a new site, their own mean and deviation say next to nothing.
IMAGINED = 10
# Pairs whose similarity tells the background of a model nobody has measured.
BACKGROUND_PAIRS = 400


@dataclass(frozen=True)
class Standing:
    """Means and deviations of one record's scores over the answering kind.

    shifts     language -> how much nearer its texts are to the record than they deserve
    meaning    (mean, deviation) of similarity, shifts taken off
    words      (mean, deviation) of the share of words
    trust      coverage of the best lexical answer (matching.fusion)
    alone      no answer in the record's own language: words count `trust` only
    """

    shifts: Mapping[int, float]
    meaning: tuple[float, float]
    words: tuple[float, float]
    trust: float
    alone: bool

    def evidence(self, similarity, share, language, same_language):
        """Meaning and words together, in deviations; numbers or arrays alike.

        As in matching.fusion: words are trusted by what they have to go on, and where two
        languages keep them silent they say what meaning says.
        """
        shift = np.vectorize(lambda each: self.shifts.get(int(each), 0.0), otypes=[float])
        meaning = (similarity - shift(language) - self.meaning[0]) / self.meaning[1]
        words = (share - self.words[0]) / self.words[1]
        if self.alone:
            return meaning + self.trust * words
        within = (1 + self.trust) / 2
        between = np.maximum(self.trust * words, within * meaning)
        return meaning + np.where(same_language, within * words, between)


def standing(similarity: np.ndarray, lexical: LexicalScores, usual: Calibration) -> Standing:
    """Of all candidates' similarities and lexical scores (same order); none gives the usual."""
    if len(similarity) > SAMPLE:
        chosen = np.random.default_rng(0).choice(len(similarity), SAMPLE, replace=False)
        similarity, lexical = similarity[chosen], lexical.at(chosen)
    share = lexical.scores / lexical.ideal
    bias = language_bias(similarity, lexical, usual.across)
    shifts = {
        int(language): float(bias[lexical.languages == language][0])
        for language in np.unique(lexical.languages)
    }
    adjusted = similarity - bias
    same = lexical.same_language
    return Standing(
        shifts,
        _drawn_to(adjusted, usual.mean, usual.spread),
        _drawn_to(share, usual.words_mean, usual.words_spread),
        coverage_of_best(lexical) if len(similarity) else 0.0,
        bool(len(same)) and float(same.mean()) < STRAY,
    )


def _drawn_to(values: np.ndarray, mean: float, spread: float) -> tuple[float, float]:
    count = len(values)
    if not count:
        return mean, spread
    total = count + IMAGINED
    variance = (count * float(values.var()) + IMAGINED * spread**2) / total
    return (count * float(values.mean()) + IMAGINED * mean) / total, variance**0.5


def similarities(
    vectors: np.ndarray, weights: np.ndarray, found: Candidates, their_weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """`both_ways` of one record with every candidate at once: (n,) forth, (n,) back.

    `their_weights` weighs each passage row of `found`. A passage of weight 0 is not looked at.
    """
    cosines = found.cosines(vectors[weights > 0])
    cosines[their_weights <= 0] = -1.0
    best = np.maximum.reduceat(cosines, found.starts, axis=0)
    forth = np.average(best, axis=1, weights=weights[weights > 0])
    nearest = cosines.max(axis=1) * their_weights
    totals = np.add.reduceat(their_weights, found.starts)
    back = np.add.reduceat(nearest, found.starts) / np.where(totals > 0, totals, 1)
    heard = totals > 0
    return np.where(heard, forth, 0.0), np.where(heard, back, 0.0)


def both_ways(cosines: np.ndarray, asks: np.ndarray, answers: np.ndarray) -> tuple[float, float]:
    """Weighted mean, over the passages of one side, of the closest passage of the other.

    Rows are a's passages weighed by `asks`, columns b's weighed by `answers`; a passage of weight
    0 is not looked at. 0 where one side has nothing to say.
    """
    cosines = cosines[np.ix_(asks > 0, answers > 0)]
    asks, answers = asks[asks > 0], answers[answers > 0]
    if not cosines.size:
        return 0.0, 0.0
    forth = float(np.average(cosines.max(axis=1), weights=asks))
    return forth, float(np.average(cosines.max(axis=0), weights=answers))


def background(index: PassageIndex) -> tuple[float, float]:
    """Mean and deviation of the similarity of two records drawn at random, for a model nobody
    has measured yet. (0, 0.1) while there are no two."""
    keys = [key for key in index if len(index.vectors(key))]
    if len(keys) < 2:
        return 0.0, 0.1
    draw = np.random.default_rng(0)
    values = []
    for _ in range(BACKGROUND_PAIRS):
        one, other = draw.choice(len(keys), 2, replace=False)
        cosines = index.vectors(keys[one]) @ index.vectors(keys[other]).T
        values.append(float(cosines.max(axis=1).mean()))
    return float(np.median(values)), max(float(np.std(values)), 0.01)


def stands_out(cosines: np.ndarray, mean: float, spread: float) -> np.ndarray:
    """0..1: one half at two deviations above the background, by the logistic curve closest to the
    normal distribution function."""
    above = np.clip((cosines - mean) / spread - 2, -30, 30)  # beyond, exp overflows or says 0 or 1
    return 1 / (1 + np.exp(-1.702 * above))
