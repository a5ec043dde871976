"""Fitting a ranker: which family the number of verdicts allows, and how each is fitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matching.learning import calibration, dataset, features
from matching.learning.dataset import Example, Split
from matching.learning.models import NODE, Logistic, Trees
from matching.learning.ranker import LearnedRanker


@dataclass(frozen=True)
class Family:
    """verdicts: least number to fit on; each: least number of right and of wrong ones."""

    name: str
    verdicts: int
    each: int


# The first row whose numbers are reached. A linear model with a sane starting point learns from
# hundreds of verdicts; trees find thresholds and interactions, and need thousands (the advice of
# ten to twenty events per parameter, Harrell 2015, for some fifteen features and a few splits
# each). With fewer than the last row the declared weights stay.
BY_SIZE = (Family("trees", 2000, 300), Family("logistic", 100, 25))

# How firmly a logistic ranker holds to the declared weights: each weight's prior is a normal
# distribution of this deviation around them.
PRIOR_DEVIATION = 1.0
REACH_PERCENTILE = 2
TREE_SETTINGS = {
    "max_iter": 120,
    "learning_rate": 0.06,
    "max_leaf_nodes": 8,
    "min_samples_leaf": 25,
    "l2_regularization": 1.0,
    "random_state": 0,
}


def family_for(examples: Sequence[Example]) -> Family | None:
    right, wrong = dataset.counts(examples)
    for row in BY_SIZE:
        if right + wrong >= row.verdicts and min(right, wrong) >= row.each:
            return row
    return None


def fit(
    split: Split, by_seat: Mapping[dataset.Seat, float], pair_type: str, encoder: str
) -> LearnedRanker | None:
    """A ranker fitted on the earlier and calibrated on the later part; None when either has too
    few verdicts to say anything."""
    family = family_for(split.fit)
    if family is None or min(dataset.counts(split.calibrate)) < 5:
        return None
    trends = features.trends(pair_type)
    columns = tuple(trends)
    rows = features.matrix([each.features for each in split.fit], columns)
    relevant = np.array([each.relevant for each in split.fit])
    weights = dataset.weights(split.fit, by_seat)
    fitter = _trees if family.name == "trees" else _logistic
    model = fitter(rows, relevant, weights, trends)
    later = features.matrix([each.features for each in split.calibrate], columns)
    right = np.array([each.relevant for each in split.calibrate])
    curve = calibration.fit(model.margins(later), right, dataset.weights(split.calibrate, by_seat))
    seen = [each.features["declared"] for each in (*split.fit, *split.calibrate)]
    return LearnedRanker(
        pair_type, encoder, columns, model, curve, float(np.percentile(seen, REACH_PERCENTILE))
    )


def _logistic(rows, relevant, weights, trends: Mapping[str, int]) -> Logistic:
    """Logistic regression with a prior at the declared weights (weight 1 on their log-odds, 0 on
    all else) and signs held to the trends: the posterior mode. With no verdicts it *is* the
    declared order; each verdict moves it by what it weighs."""
    from scipy.optimize import minimize

    names = list(trends)
    known = ~np.isnan(rows)
    count = np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, rows, 0.0)
    centre = filled.sum(axis=0) / count
    spread = np.sqrt((np.where(known, rows - centre, 0.0) ** 2).sum(axis=0) / count)
    scale = np.where(spread > 1e-9, spread, 1.0)
    prior = np.zeros(len(names))
    declared = names.index("declared")
    scale[declared] = 1.0  # in its own unit, a weight of 1 is the declared ranking
    prior[declared] = 1.0
    standard = np.where(known, (rows - centre) / scale, 0.0)
    target = relevant.astype(np.float64)
    stiff = 1 / PRIOR_DEVIATION**2

    def loss(values):
        odds = standard @ values[:-1] + values[-1]
        away = values[:-1] - prior
        error = weights * (1 / (1 + np.exp(-odds)) - target)
        total = weights @ (np.logaddexp(0, odds) - target * odds) + stiff * (away @ away) / 2
        return total, np.append(standard.T @ error + stiff * away, error.sum())

    bounds = {1: (0, None), -1: (None, 0), 0: (None, None)}
    found = minimize(
        loss,
        np.append(prior, 0.0),
        jac=True,
        method="L-BFGS-B",
        bounds=[*(bounds[trend] for trend in trends.values()), (None, None)],
    )
    return Logistic(centre, scale, found.x[:-1], float(found.x[-1]))


def _trees(rows, relevant, weights, trends: Mapping[str, int]) -> Trees:
    """Gradient boosted trees over histograms, monotone in each feature's trend."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    # A feature with nothing to tell apart (nowhere known, or everywhere the same) cannot be cut
    # into a histogram; made a constant, no tree looks at it.
    telling = [len(np.unique(column[~np.isnan(column)])) > 1 for column in rows.T]
    rows = np.where(telling, rows, 0.0)
    boosted = HistGradientBoostingClassifier(monotonic_cst=list(trends.values()), **TREE_SETTINGS)
    boosted.fit(rows, relevant, sample_weight=weights)
    return Trees(
        float(np.ravel(boosted._baseline_prediction)[0]),
        tuple(_nodes(stage[0].nodes) for stage in boosted._predictors),
    )


def _nodes(grown: np.ndarray) -> np.ndarray:
    """scikit-learn's node table in our own words; a test holds the two to the same margins."""
    tree = np.zeros(len(grown), NODE)
    leaf = grown["is_leaf"].astype(bool)
    tree["leaf"], tree["value"] = leaf, np.where(leaf, grown["value"], 0.0)
    for ours, theirs in (
        ("feature", "feature_idx"), ("threshold", "num_threshold"),
        ("missing_left", "missing_go_to_left"), ("left", "left"), ("right", "right"),
    ):  # fmt: skip
        tree[ours] = np.where(leaf, 0, grown[theirs])
    return tree
