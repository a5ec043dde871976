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
from scipy.special import log_ndtr, ndtri

from matching.bm25 import LexicalScores
from matching.fusion import STRAY, coverage_of_best, language_bias
from matching.index import PassageIndex
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


def picked(value: float, tries: float) -> float:
    """What evidence is worth that is the best of so many tries.

    The best of twenty draws lies 1.9 deviations above the mean by chance alone. So the chance to
    see it at least once in so many tries stands for the chance to see it in one (Šidák, JASA 62,
    1967): little is lost of what stands far out, nearly all of what does not.
    """
    chance = -np.expm1(tries * log_ndtr(value))
    # Far out nothing is left to correct, not even in the smallest numbers.
    return min(value, -float(ndtri(chance))) if 0 < chance < 1 else value


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
