"""What a ranker may look at in a pair: a table of features and the direction each may work in.

A feature is kept with the suggestion when it is made, so that a verdict is learned from what was
known at the time. Nothing here names a record, a place or a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from matching import constraints
from matching.pairs import PAIR_TYPES
from matching.records import ConstraintResult

Features = Mapping[str, float | None]

# name -> how the probability may move with it: +1 never down, -1 never up, 0 either way.
# Monotone where sense demands it: a ranker fitted on few verdicts must not learn that a pair is
# better for having less in common.
COMMON = {
    "declared": 1,  # log-odds by the declared weights: evidence, agreement and kind together
    "evidence": 1,  # meaning and words, in deviations (matching.evidence)
    "forth": 1,  # similarity from the asking side, in deviations above the background
    "back": 1,  # the same from the answering side
    "words": 1,  # share of the ideal lexical score, 0..1
    "agreement": 1,  # of the declared facts, -0.5..0.5
    "failed_hard": -1,  # hard rules that failed
    "same_language": 0,  # 1 when both texts are in one language
    "trl_a": 0,  # readiness 1-9: some look for ripe technology, investors often for early cases
    "trl_b": 0,
}
RULE = "rule."  # rule.<name>: the score of a declared rule, 0..1


def trends(pair_type: str) -> dict[str, int]:
    """Every feature of a pair type, in the order of a ranker's columns, with its direction."""
    rules = PAIR_TYPES[pair_type].constraints
    return COMMON | {RULE + name: 1 for name in sorted(rules)}


def measured(
    results: Iterable[ConstraintResult], a: Mapping, b: Mapping, **known: float
) -> dict[str, float | None]:
    """The features of a pair: `known` are the common ones but for readiness and failed rules.

    `a` and `b` are facts. None where a fact is missing on either side.
    """
    results = tuple(results)
    readiness = {"trl_a": constraints.number(a, "trl"), "trl_b": constraints.number(b, "trl")}
    failed = {"failed_hard": float(len(constraints.failed_hard(results)))}
    rules = {RULE + each.name: each.score for each in results}
    found = {**known, **readiness, **failed, **rules}
    # The declared log-odds stay exact: going back to declared weights gives the old score again.
    return {
        name: value if value is None or name == "declared" else round(float(value), 6)
        for name, value in found.items()
    }


def matrix(rows: Sequence[Features], names: Sequence[str]) -> np.ndarray:
    """(n, features), float64, NaN where a feature is missing."""
    values = [[row.get(name) for name in names] for row in rows]
    return np.array(values, dtype=np.float64).reshape(len(rows), len(names))
