"""A learned ranker of one pair type: features in, calibrated probability and level out."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import numpy as np

from matching.learning import calibration, features, models
from matching.learning.features import Features
from matching.thresholds import CUTS_BY_COST, Cuts, logistic

FORMAT = 1


class RankerRefused(Exception):
    """A ranker that is not what it says it is; the text says why."""


@dataclass(frozen=True)
class LearnedRanker:
    """encoder  the model whose similarities it was fitted on: of no use with another
    reach    lowest declared log-odds among the verdicts it has seen (2nd percentile)
    name     how the version is called where it is shown ("need-offer 3"); not part of the file
    """

    pair_type: str
    encoder: str
    columns: tuple[str, ...]
    model: models.Logistic | models.Trees
    calibration: calibration.Platt | calibration.Isotonic
    reach: float
    cuts: Cuts = CUTS_BY_COST
    name: str = ""

    def probability(self, pair: Features) -> float:
        """That the pair is right, 0..1."""
        return float(self.probabilities([pair])[0])

    def probabilities(self, pairs: list[Features]) -> np.ndarray:
        odds = self.calibration.log_odds(self.margins(pairs))
        # Curators only see what the declared weights put before them. Below that nothing was
        # learned, so each unit of declared log-odds counts in full: no guessing in the dark.
        declared = np.array([each["declared"] for each in pairs], dtype=np.float64)
        odds = odds + np.minimum(0.0, declared - self.reach)
        return 1 / (1 + np.exp(-np.clip(odds, -60, 60)))

    def margins(self, pairs: list[Features]) -> np.ndarray:
        return self.model.margins(features.matrix(pairs, self.columns))

    def to_bytes(self) -> bytes:
        """Plain JSON, the same bytes for the same ranker."""
        return json.dumps(
            {
                "format": FORMAT,
                "pair_type": self.pair_type,
                "encoder": self.encoder,
                "columns": list(self.columns),
                "family": _name_in(models.FAMILIES, self.model),
                "model": self.model.to_dict(),
                "calibrated_by": _name_in(calibration.KINDS, self.calibration),
                "calibration": self.calibration.to_dict(),
                "reach": self.reach,
                "good": self.cuts.good,
                "strong": self.cuts.strong,
            },
            sort_keys=True,
            allow_nan=True,  # a threshold between missing and known is infinite
        ).encode()

    @classmethod
    def from_bytes(cls, content: bytes, name: str = "") -> LearnedRanker:
        """RankerRefused when the content is not a ranker of this format, whole and sane."""
        try:
            values = json.loads(content)
            if values["format"] != FORMAT:
                raise ValueError(f"format {values['format']}, not {FORMAT}")
            columns = tuple(values["columns"])
            if columns != tuple(features.trends(values["pair_type"])):
                raise ValueError("other features than this version of the site knows")
            cuts = Cuts(float(values["good"]), float(values["strong"]))
            if not 0 < cuts.good < cuts.strong < 1:
                raise ValueError("levels that do not rise")
            return cls(
                values["pair_type"],
                str(values["encoder"]),
                columns,
                models.FAMILIES[values["family"]].from_dict(values["model"], len(columns)),
                calibration.KINDS[values["calibrated_by"]].from_dict(values["calibration"]),
                float(values["reach"]),
                cuts,
                name,
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise RankerRefused(f"not a ranker: {error}") from error

    def named(self, name: str) -> LearnedRanker:
        return replace(self, name=name)


def judged(pair: Features, ranker: LearnedRanker | None, declared: Cuts) -> tuple[float, str]:
    """(score 0..1, level) of a pair: the one place where a probability becomes a suggestion's
    score, for a pair just measured and for one measured long ago alike.

    A pair that cannot work as it stands stays below "good", in its order among its like.
    """
    probability, cuts = likely(pair, ranker), ranker.cuts if ranker else declared
    score = probability * cuts.good if pair["failed_hard"] else probability
    return round(score, 4), cuts.level(score)


def likely(pair: Features, ranker: LearnedRanker | None) -> float:
    """The probability before hard rules."""
    return ranker.probability(pair) if ranker else logistic(pair["declared"])


def _name_in(table: dict, thing: object) -> str:
    return next(name for name, kind in table.items() if isinstance(thing, kind))
