"""From verdicts to a ranker and a report on whether it may take over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matching.learning import dataset, fitting, promotion
from matching.learning.dataset import Example
from matching.learning.promotion import Check, Likely, Report
from matching.learning.ranker import LearnedRanker, likely


@dataclass(frozen=True)
class Outcome:
    """ranker is None when there are too few verdicts; otherwise it is the candidate, promoted or
    not."""

    ranker: LearnedRanker | None
    report: Report


def train(
    examples: Sequence[Example],
    shown: Mapping[int, tuple[int, int]],
    pair_type: str,
    encoder: str,
    active: LearnedRanker | None = None,
    *,
    one_judge: bool = False,
) -> Outcome:
    """Fit, calibrate and judge a ranker against the active one (None: the declared weights).

    `shown` as in dataset.importance. What was judged is what may be promoted: it is not fitted
    again on the verdicts that judged it. `one_judge` accepts that a single person gave them all.
    """
    right, _ = dataset.counts(examples)
    by_place = dataset.importance(shown)
    split = dataset.by_time(examples)
    ranker = fitting.fit(split, by_place, pair_type, encoder)
    if ranker is None:
        least = fitting.BY_SIZE[-1]
        found = "{} right and {} wrong to fit on".format(*dataset.counts(split.fit))
        few = Check("verdicts", False, f"{found}, at least {least.verdicts} and {least.each} each")
        return Outcome(None, Report(pair_type, len(examples), right, checks=(few,)))
    old = says(active)
    found = promotion.compare(split.held_out, says(ranker), old, by_place)
    judges, suspects = _judges(examples, by_place, pair_type, encoder, old, one_judge)
    report = Report(
        pair_type,
        len(examples),
        right,
        fitting.family_for(split.fit).name,
        found,
        (*promotion.better(found), *judges),
        suspects,
    )
    return Outcome(ranker, report)


def says(ranker: LearnedRanker | None) -> Likely:
    """Probabilities of a ranker, or of the declared weights."""
    if ranker is not None:
        return ranker.probabilities
    return lambda pairs: np.array([likely(each, None) for each in pairs])


def _judges(examples, by_place, pair_type, encoder, old, one_judge):
    """Checks that no single account makes the gain, or turns it round."""
    given = Counter(each.judge for each in examples)
    most = max(given.values()) / len(examples)
    checks = [
        Check(
            "more than one judge",
            most <= promotion.MOST_OF_ONE or one_judge,
            f"{len(given)}; the busiest gave {most:.0%} of the verdicts, at most "
            f"{promotion.MOST_OF_ONE:.0%}",
        )
    ]
    suspects = []
    for judge in sorted(given):
        # Whoever gave one verdict in fifty moves nothing; there may be hundreds of them.
        if given[judge] < max(10, promotion.LEAST_OF_ONE * len(examples)):
            continue
        others = [each for each in examples if each.judge != judge]
        split = dataset.by_time(others)
        without = fitting.fit(split, by_place, pair_type, encoder)
        measures = [("the declared facts", says(None))]
        if without is not None:
            # The gain must be there for the others too.
            gain = promotion.compare(split.held_out, says(without), old, by_place)
            found = f"{gain.gain:+.3f} over {gain.asking} asking records"
            checks.append(Check(f"gain without {judge}", gain.gain > 0, found))
            measures.insert(0, ("the others", says(without)))
        for name, measure in measures:
            against, found = promotion.contradicting(examples, judge, measure)
            if against:
                suspects.append(judge)
                checks.append(Check(f"{judge} contradicts {name}", False, found))
                break
    return checks, tuple(suspects)
