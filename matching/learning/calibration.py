"""From a ranker's margin to a probability that means what it says.

Fitted on verdicts later than those the ranker was fitted on, or it would believe itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

# Isotonic regression has no shape to lean on and needs about a thousand points before it beats
# Platt's two parameters (Niculescu-Mizil and Caruana, ICML 2005).
ISOTONIC_FROM = 1000


@dataclass(frozen=True)
class Platt:
    """p = 1 / (1 + exp(-(slope * margin + intercept))); Platt 1999."""

    slope: float
    intercept: float

    def log_odds(self, margins: np.ndarray) -> np.ndarray:
        return self.slope * margins + self.intercept

    def to_dict(self) -> dict:
        return {"slope": self.slope, "intercept": self.intercept}

    @classmethod
    def from_dict(cls, values: Mapping) -> Platt:
        """ValueError for a slope that would turn the order round."""
        found = cls(float(values["slope"]), float(values["intercept"]))
        if not found.slope > 0 or not np.isfinite([found.slope, found.intercept]).all():
            raise ValueError("a calibration that turns the order round")
        return found


@dataclass(frozen=True)
class Isotonic:
    """Log-odds interpolated between the centres of isotonic blocks (centred isotonic regression,
    Oron and Flournoy 2017): within a block the order stays, where plain steps would tie it."""

    margins: np.ndarray
    values: np.ndarray  # log-odds at those margins, rising

    def log_odds(self, margins: np.ndarray) -> np.ndarray:
        return np.interp(margins, self.margins, self.values)

    def to_dict(self) -> dict:
        return {"margins": self.margins.tolist(), "values": self.values.tolist()}

    @classmethod
    def from_dict(cls, values: Mapping) -> Isotonic:
        """ValueError when the points do not rise."""
        x, y = (np.array(values[name], dtype=np.float64) for name in ("margins", "values"))
        if len(x) < 2 or x.shape != y.shape or not np.isfinite([*x, *y]).all():
            raise ValueError("a calibration of too few numbers")
        if (np.diff(x) <= 0).any() or (np.diff(y) < 0).any():
            raise ValueError("a calibration that turns the order round")
        return cls(x, y)


KINDS = {"platt": Platt, "isotonic": Isotonic}


def fit(margins: np.ndarray, relevant: np.ndarray, weights: np.ndarray) -> Platt | Isotonic:
    """The form the number of verdicts allows; both classes must be there."""
    if len(margins) >= ISOTONIC_FROM:
        return _isotonic(margins, relevant, weights)
    return _platt(margins, relevant, weights)


def _platt(margins, relevant, weights) -> Platt:
    from scipy.optimize import minimize

    # Platt's targets: a perfect separation of few verdicts is no certainty.
    right, wrong = weights[relevant].sum(), weights[~relevant].sum()
    targets = np.where(relevant, (right + 1) / (right + 2), 1 / (wrong + 2))

    def loss(values):
        odds = values[0] * margins + values[1]
        error = 1 / (1 + np.exp(-odds)) - targets
        total = weights @ (np.logaddexp(0, odds) - targets * odds)
        return total, np.array([weights @ (error * margins), weights @ error])

    # The slope is kept above zero: calibration may flatten an order, never turn it round.
    found = minimize(loss, [1.0, 0.0], jac=True, method="L-BFGS-B", bounds=[(0.05, 20), (-20, 20)])
    return Platt(float(found.x[0]), float(found.x[1]))


def _isotonic(margins, relevant, weights) -> Isotonic:
    from sklearn.isotonic import IsotonicRegression

    steps = IsotonicRegression(y_min=0.005, y_max=0.995)
    heights = steps.fit_transform(margins, relevant.astype(float), sample_weight=weights)
    levels = np.unique(heights)
    centres = np.array(
        [np.average(margins[heights == each], weights=weights[heights == each]) for each in levels]
    )
    # Beyond the outermost centres the truth lies between the block and certainty: half-way.
    low, high = margins.min() - 1e-6, margins.max() + 1e-6
    x = np.concatenate([[low], centres, [high]])
    y = np.concatenate([[levels[0] / 2], levels, [(levels[-1] + 1) / 2]])
    return Isotonic(x, np.log(y / (1 - y)))
