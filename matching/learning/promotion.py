"""Whether a new ranker may take over: better by a margin on later verdicts, and not by anybody's
trick. Every condition is a row of the report, passed or not, with what was found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import sqrt

import numpy as np

from matching.evaluation import interval, ndcg
from matching.learning import dataset
from matching.learning.dataset import Example
from matching.learning.features import Features

# The gain in nDCG@10 that its interval must lie above: less is not worth a change of order.
MARGIN = 0.01
# Log loss (nats) the probabilities may be worse by, at the upper end of its interval: a fiftieth of
# a nat is what a probability of .5 loses when it should have been .6.
LOSS_MORE = 0.02
# Asking records with right and wrong verdicts in the held-out part; an order of fewer is luck.
ASKING_AT_LEAST = 12
TOP = 5
# Largest share of one judge; beyond it nobody is left to hold the verdicts against. Smallest share
# that is looked at by itself.
MOST_OF_ONE, LEAST_OF_ONE = 0.8, 0.02
# Verdicts of one judge, and of each kind, from which on it can be said that they contradict.
JUDGE_VERDICTS, JUDGE_EACH = 20, 6
# Deviations below one half that are no chance: some twenty such questions are asked at each
# training, and an honest judge must not be named in one training of three.
SURELY = 3.0

Likely = Callable[[Sequence[Features]], np.ndarray]  # features of pairs -> probabilities


@dataclass(frozen=True)
class Check:
    name: str
    passed: bool
    found: str


@dataclass(frozen=True)
class Comparison:
    """Means over the held-out verdicts; the interval is of the gain in nDCG@10, resampled by
    asking record (verdicts on one record are not independent)."""

    asking: int
    verdicts: int
    ndcg_new: float
    ndcg_old: float
    gain_low: float
    gain_high: float
    precision_new: float
    precision_old: float
    log_loss_new: float
    log_loss_old: float
    log_loss_low: float  # of new less old, by asking record
    log_loss_high: float

    @property
    def gain(self) -> float:
        return self.ndcg_new - self.ndcg_old

    def to_dict(self) -> dict:
        return {name: round(value, 4) for name, value in self.__dict__.items()}


@dataclass(frozen=True)
class Report:
    """What came of a training; `promoted` when every check passed. `against` names what it was
    compared with."""

    pair_type: str
    verdicts: int
    relevant: int
    family: str = ""
    comparison: Comparison | None = None
    checks: tuple[Check, ...] = ()
    suspects: tuple[str, ...] = ()  # judges whose verdicts contradict all others
    against: str = ""

    @property
    def promoted(self) -> bool:
        return bool(self.checks) and all(check.passed for check in self.checks)

    def to_dict(self) -> dict:
        return {
            "pair_type": self.pair_type,
            "verdicts": self.verdicts,
            "relevant": self.relevant,
            "family": self.family,
            "promoted": self.promoted,
            "against": self.against,
            "held_out": self.comparison.to_dict() if self.comparison else {},
            "checks": [dict(check.__dict__) for check in self.checks],
            "suspects": list(self.suspects),
        }


@dataclass(frozen=True)
class _Measured:
    gains: list[float] = field(default_factory=list)  # nDCG new - old, by asking record
    new: list[float] = field(default_factory=list)
    old: list[float] = field(default_factory=list)
    top_new: list[float] = field(default_factory=list)
    top_old: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)  # log loss new - old, by asking record
    loss_new: list[float] = field(default_factory=list)
    loss_old: list[float] = field(default_factory=list)


def compare(
    examples: Sequence[Example], new: Likely, old: Likely, by_seat: Mapping[dataset.Seat, float]
) -> Comparison:
    """Both orders over the same verdicts. A verdict's gain is its grade times its weight against
    position bias (Joachims, Swaminathan and Schnabel 2017). The measure is of the judged pairs of
    each asking record only, divided by what their best order would have: two orders may be held
    against each other by it, but it is no estimate of nDCG over all pairs."""
    found = _measure(examples, new, old, by_seat)
    low, high = interval(found.gains)
    loss_low, loss_high = interval(found.losses)
    return Comparison(
        asking=len(found.gains),
        verdicts=len(examples),
        ndcg_new=_mean(found.new),
        ndcg_old=_mean(found.old),
        gain_low=low,
        gain_high=high,
        precision_new=_mean(found.top_new),
        precision_old=_mean(found.top_old),
        log_loss_new=_mean(found.loss_new),
        log_loss_old=_mean(found.loss_old),
        log_loss_low=loss_low,
        log_loss_high=loss_high,
    )


def _measure(examples, new, old, by_seat) -> _Measured:
    found = _Measured()
    ordered = sorted(examples, key=lambda each: (each.asking, each.answering, each.at))
    for _, group in groupby(ordered, key=lambda each: each.asking):
        some = list(group)
        pairs = [each.features for each in some]
        says_new, says_old = new(pairs), old(pairs)
        weights = np.array([each.weight * by_seat.get(each.seat, 1.0) for each in some])
        right = np.array([each.relevant for each in some])
        losses = [_log_loss(says, right, weights) for says in (says_new, says_old)]
        found.loss_new.append(losses[0])
        found.loss_old.append(losses[1])
        found.losses.append(losses[0] - losses[1])
        if right.all() or not right.any():  # any order of these is as good
            continue
        keys = [str(at) for at in range(len(some))]
        gains = {
            key: each.grade * weight
            for key, each, weight in zip(keys, some, weights, strict=True)
            if each.relevant
        }
        orders = [np.argsort(-says, kind="stable") for says in (says_new, says_old)]
        scores = [ndcg([keys[at] for at in order], gains) for order in orders]
        found.new.append(scores[0])
        found.old.append(scores[1])
        found.gains.append(scores[0] - scores[1])
        found.top_new.append(float(right[orders[0][:TOP]].mean()))
        found.top_old.append(float(right[orders[1][:TOP]].mean()))
    return found


def better(found: Comparison) -> list[Check]:
    """Enough to judge by, a gain beyond the margin, and probabilities no worse."""
    return [
        Check(
            "asking records judged by", found.asking >= ASKING_AT_LEAST,
            f"{found.asking}, at least {ASKING_AT_LEAST}",
        ),
        Check(
            "gain in nDCG@10", found.gain_low > MARGIN,
            f"{found.gain:+.3f} [{found.gain_low:+.3f}, {found.gain_high:+.3f}], "
            f"lower bound above {MARGIN}",
        ),
        Check(
            "log loss", found.log_loss_high < LOSS_MORE,
            f"{found.log_loss_new:.3f} against {found.log_loss_old:.3f}; difference "
            f"[{found.log_loss_low:+.3f}, {found.log_loss_high:+.3f}], "
            f"upper bound below {LOSS_MORE}",
        ),
    ]  # fmt: skip


def contradicting(
    examples: Sequence[Example], judge: str, likely_of_others: Likely
) -> tuple[bool, str]:
    """Whether a judge says the reverse of what all others taught a ranker: the area under the
    curve surely below one half, on all of the judge's verdicts or on the later half of them.

    A careless judge comes near one half and is only noise; below it lies intent, or a judge who
    took one button for the other.
    """
    own = sorted((each for each in examples if each.judge == judge), key=lambda each: each.at)
    said = []
    for name, some in (("all", own), ("the later half", own[len(own) // 2 :])):
        against, found = reverse(some, likely_of_others)
        if found:
            said.append(f"{name}: {found}")
        if against:
            return True, said[-1]
    return False, "; ".join(said)


def reverse(some: Sequence[Example], likely_of_others: Likely) -> tuple[bool, str]:
    """Whether these verdicts are the reverse of what is likely, and the area under the curve with
    its margin; "" when they are too few to say."""
    right, wrong = dataset.counts(some)
    if right + wrong < JUDGE_VERDICTS or min(right, wrong) < JUDGE_EACH:
        return False, ""
    area = _area_of(some, likely_of_others)
    margin = SURELY * _area_deviation(area, right, wrong)
    return area + margin < 0.5, f"{area:.2f} ± {margin:.2f}"


def doubtful(some: Sequence[Example], likely_of_others: Likely) -> bool:
    """Whether an area under the curve lies below one half at all, by chance or not."""
    return min(dataset.counts(some)) > 0 and _area_of(some, likely_of_others) < 0.5


def _area_of(some: Sequence[Example], likely: Likely) -> float:
    right = np.array([each.relevant for each in some])
    return area_under_curve(likely([each.features for each in some]), right)


def area_under_curve(scores: np.ndarray, right: np.ndarray) -> float:
    """Share of (right, wrong) pairs in which the right one scores higher; ties count half."""
    above = np.sign(scores[right][:, None] - scores[~right][None, :])
    return float((above + 1).mean() / 2)


def _area_deviation(area: float, right: int, wrong: int) -> float:
    """Standard error of the area (Hanley and McNeil 1982)."""
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area) + (right - 1) * (q1 - area**2) + (wrong - 1) * (q2 - area**2)
    return sqrt(max(variance, 1e-9) / (right * wrong))


def _log_loss(says: np.ndarray, right: np.ndarray, weights: np.ndarray) -> float:
    sure = np.clip(np.where(right, says, 1 - says), 1e-6, 1)
    return float(-(weights @ np.log(sure)) / weights.sum())


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if len(values) else 0.0
