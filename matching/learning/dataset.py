"""Verdicts as training data: graded, weighed against position bias, split by time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from matching.learning.features import Features

# Parts of a split by time, the earliest first: to fit on, to calibrate on, to be judged on.
FIT, CALIBRATE = 0.55, 0.15
# A place seldom seen is not trusted with more than so many times the weight of the first
# (clipped propensities: bias for variance; Strehl et al. 2010, Swaminathan and Joachims 2015).
CLIP = 5.0
# Shown pairs imagined at the overall share for each place, and at its place's share for each seat:
# three pairs make no propensity.
IMAGINED = 10
Seat = tuple[int, int]  # (place among its asking record's, quarter of the queue)


@dataclass(frozen=True)
class Example:
    """A pair somebody judged, as it was known when it was shown.

    asking, answering   opaque keys of the records
    grade   0 not relevant, 1..4 relevant and how far it came; weight 0..1 how much it counts
    place   1 for the first suggestion of the asking record, ...; 0 for one below "good", which
            the queue does not show
    judge   opaque key of who judged
    at      when
    quarter 0 for the first quarter of what the queue put up together, by score, .. 3 for the last
    """

    asking: str
    answering: str
    features: Features
    grade: int
    weight: float
    place: int
    judge: str
    at: datetime
    quarter: int = 0

    @property
    def seat(self) -> Seat:
        return self.place, self.quarter

    @property
    def relevant(self) -> bool:
        return self.grade > 0


@dataclass(frozen=True)
class Split:
    """Earlier, later and latest verdicts."""

    fit: list[Example]
    calibrate: list[Example]
    held_out: list[Example]


def by_time(examples: Sequence[Example]) -> Split:
    """The future is never used to foretell the past: what judges a ranker is later than all it
    has seen."""
    ordered = sorted(examples, key=lambda each: (each.at, each.asking, each.answering))
    first, second = int(len(ordered) * FIT), int(len(ordered) * (FIT + CALIBRATE))
    return Split(ordered[:first], ordered[first:second], ordered[second:])


def importance(shown: Mapping[Seat, tuple[int, int]]) -> dict[Seat, float]:
    """seat -> weight of a verdict given there, 1 for the seat most looked at.

    `shown`: seat -> (suggestions shown there, those of them that got any verdict). Curators say
    of what they look at whether it is right or wrong, so the share that got a verdict *is* the
    propensity of being examined, without a click model; a verdict counts 1 / propensity
    (inverse propensity weights: Joachims, Swaminathan and Schnabel, WSDM 2017), clipped.

    A seat has both the places a pair is looked at from: the list of its asking record, and the
    queue over all records. Where curators follow only one of them, the other makes no difference
    to the share. What nobody looked at has no verdict to weigh: a queue of which only the first
    half was ever seen teaches nothing of the other.
    """
    places: dict[int, list[int]] = {}
    for (place, _quarter), counted in shown.items():
        have = places.setdefault(place, [0, 0])
        places[place] = [have[0] + counted[0], have[1] + counted[1]]
    total = sum(count for count, _ in places.values())
    overall = sum(judged for _, judged in places.values()) / total if total else 1.0
    by_place = {place: _share(*counted, overall) for place, counted in places.items()}
    share = {seat: _share(*counted, by_place[seat[0]]) for seat, counted in shown.items()}
    most = max(share.values(), default=1.0)
    return {seat: min(CLIP, most / max(each, 1e-9)) for seat, each in share.items()}


def _share(count: int, judged: int, usual: float) -> float:
    return (judged + IMAGINED * usual) / (count + IMAGINED)


def weights(examples: Sequence[Example], by_seat: Mapping[Seat, float]) -> np.ndarray:
    """(n,) weight of each verdict, mean 1; a seat nobody counted weighs as the first."""
    found = np.array([each.weight * by_seat.get(each.seat, 1.0) for each in examples])
    return found / found.mean() if len(found) else found


def counts(examples: Sequence[Example]) -> tuple[int, int]:
    """(relevant, not relevant)"""
    right = sum(each.relevant for each in examples)
    return right, len(examples) - right
