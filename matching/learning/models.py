"""Rankers as plain numbers, evaluated here: a file of them is data and cannot execute anything.

Both give a margin (log-odds before calibration) for each row of a feature matrix; NaN is a
missing feature.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Logistic:
    """margin = intercept + sum of weights * (x - centre) / scale; a missing x says nothing."""

    centre: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    intercept: float

    def margins(self, rows: np.ndarray) -> np.ndarray:
        standard = (rows - self.centre) / self.scale
        # Summed row by row, not by a matrix product: one pair alone and one among many must come
        # out the same to the last digit.
        return self.intercept + (np.where(np.isnan(standard), 0.0, standard) * self.weights).sum(1)

    def to_dict(self) -> dict:
        return {
            "centre": self.centre.tolist(),
            "scale": self.scale.tolist(),
            "weights": self.weights.tolist(),
            "intercept": self.intercept,
        }

    @classmethod
    def from_dict(cls, values: Mapping, width: int) -> Logistic:
        """ValueError when a vector is not `width` finite numbers or a scale is not positive."""
        model = cls(
            *(_vector(values[name], width) for name in ("centre", "scale", "weights")),
            float(values["intercept"]),
        )
        if not np.isfinite(model.intercept) or (model.scale <= 0).any():
            raise ValueError("a logistic ranker with an impossible scale or intercept")
        return model


# A node of a tree: a leaf's value, or a feature, its threshold, where a missing value goes, and
# the two branches (always further down, so that every walk ends).
NODE = np.dtype(
    [
        ("value", "f8"), ("feature", "i4"), ("threshold", "f8"), ("missing_left", "?"),
        ("left", "i4"), ("right", "i4"), ("leaf", "?"),
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Trees:
    """margin = baseline + the sum of the trees' leaves (gradient boosting, Friedman 2001)."""

    baseline: float
    trees: tuple[np.ndarray, ...]

    def margins(self, rows: np.ndarray) -> np.ndarray:
        trees = self._side_by_side
        each = np.arange(len(self.trees))
        at = np.zeros((len(rows), len(each)), np.intp)
        row = np.arange(len(rows))[:, None]
        while not (node := trees[each, at])["leaf"].all():
            value = rows[row, node["feature"]]
            left = np.where(np.isnan(value), node["missing_left"], value <= node["threshold"])
            onward = np.where(left, node["left"], node["right"])
            at = np.where(node["leaf"], at, onward)
        return self.baseline + node["value"].sum(1)

    @cached_property
    def _side_by_side(self) -> np.ndarray:
        """(trees, nodes of the largest): all trees are walked at once."""
        table = np.zeros((len(self.trees), max(map(len, self.trees))), NODE)
        for place, tree in enumerate(self.trees):
            table[place, : len(tree)] = tree
        return table

    def to_dict(self) -> dict:
        return {
            "baseline": self.baseline,
            "trees": [{name: tree[name].tolist() for name in NODE.names} for tree in self.trees],
        }

    @classmethod
    def from_dict(cls, values: Mapping, width: int) -> Trees:
        """ValueError when a node points nowhere, backwards, or at a feature there is not."""
        trees = tuple(_tree(each, width) for each in values["trees"])
        baseline = float(values["baseline"])
        if not trees or not np.isfinite(baseline):
            raise ValueError("no trees, or a baseline that is no number")
        return cls(baseline, trees)


FAMILIES = {"logistic": Logistic, "trees": Trees}


def _tree(values: Mapping, width: int) -> np.ndarray:
    tree = np.zeros(len(values["leaf"]), NODE)
    for name in NODE.names:
        if len(values[name]) != len(tree):
            raise ValueError("a tree whose columns differ in length")
        tree[name] = values[name]
    inner = ~tree["leaf"]
    places = np.arange(len(tree))[inner]
    for branch in ("left", "right"):
        onward = tree[branch][inner]
        if (onward <= places).any() or (onward >= len(tree)).any():
            raise ValueError("a tree that points nowhere")
    feature = tree["feature"][inner]
    if not len(tree) or (feature < 0).any() or (feature >= width).any():
        raise ValueError("a tree over features there are not")
    if not np.isfinite(tree["value"][tree["leaf"]]).all():
        raise ValueError("a leaf that is no number")
    return tree


def _vector(values, width: int) -> np.ndarray:
    vector = np.array(values, dtype=np.float64)
    if vector.shape != (width,) or not np.isfinite(vector).all():
        raise ValueError(f"not {width} numbers")
    return vector
