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

FOLDS = 5  # parts of the judges, each looked at by a ranker of the others


@dataclass(frozen=True)
class Outcome:
    """ranker is None when there are too few verdicts; otherwise it is the candidate, promoted or
    not."""

    ranker: LearnedRanker | None
    report: Report


def train(
    examples: Sequence[Example],
    shown: Mapping[dataset.Seat, tuple[int, int]],
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
    by_seat = dataset.importance(shown)
    split = dataset.by_time(examples)
    ranker = fitting.fit(split, by_seat, pair_type, encoder)
    if ranker is None:
        least = fitting.BY_SIZE[-1]
        found = "{} right and {} wrong to fit on".format(*dataset.counts(split.fit))
        few = Check("verdicts", False, f"{found}, at least {least.verdicts} and {least.each} each")
        return Outcome(None, Report(pair_type, len(examples), right, checks=(few,)))
    old = says(active)
    found = promotion.compare(split.held_out, says(ranker), old, by_seat)
    judges, suspects = _judges(examples, by_seat, pair_type, encoder, old, one_judge)
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


def _judges(examples, by_seat, pair_type, encoder, old, one_judge):
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
        without = fitting.fit(split, by_seat, pair_type, encoder)
        measures = [("the declared facts", says(None))]
        if without is not None:
            # The gain must be there for the others too.
            gain = promotion.compare(split.held_out, says(without), old, by_seat)
            found = f"{gain.gain:+.3f} over {gain.asking} asking records"
            checks.append(Check(f"gain without {judge}", gain.gain > 0, found))
            measures.insert(0, ("the others", says(without)))
        for name, measure in measures:
            against, found = promotion.contradicting(examples, judge, measure)
            if against:
                suspects.append(judge)
                checks.append(Check(f"{judge} contradicts {name}", False, found))
                break
    group, found = _together(examples, by_seat, pair_type, encoder, suspects)
    if group:
        checks.append(Check(f"{' '.join(group)} together contradict the others", False, found))
    return checks, (*suspects, *group)


def _together(examples, by_seat, pair_type, encoder, named) -> tuple[tuple[str, ...], str]:
    """Accounts that say the reverse together, each too small or too well covered by the other to
    be found alone; `named` are known already.

    Half of each one's verdicts chooses who is looked at: whoever is below one half by a ranker
    that was not taught by them. The other half is judged, all together, by a ranker nobody of
    them taught; so that being chosen proves nothing. An honest account with few verdicts may be
    among those chosen.
    """
    given = Counter(each.judge for each in examples)
    judges = [judge for judge, _count in given.most_common() if judge not in named]
    own: dict[str, list[Example]] = {judge: [] for judge in given}
    for each in sorted(examples, key=lambda each: each.at):
        own[each.judge].append(each)
    chosen = set()
    for fold in range(FOLDS):
        some = set(judges[fold::FOLDS])
        likely_of_others = _taught_without(some | set(named), examples, by_seat, pair_type, encoder)
        chosen |= {j for j in some if promotion.doubtful(own[j][::2], likely_of_others)}
    if len(chosen) < 2:
        return (), ""
    rest = [each for judge in sorted(chosen) for each in own[judge][1::2]]
    measure = _taught_without(chosen | set(named), examples, by_seat, pair_type, encoder)
    against, found = promotion.reverse(rest, measure)
    return (tuple(sorted(chosen)), found) if against else ((), found)


def _taught_without(judges, examples, by_seat, pair_type, encoder) -> Likely:
    """What everybody else teaches; the declared weights when they are too few."""
    others = [each for each in examples if each.judge not in judges]
    return says(fitting.fit(dataset.by_time(others), by_seat, pair_type, encoder))
