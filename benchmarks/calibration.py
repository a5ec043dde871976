"""From judged pairs to the numbers of matching/thresholds.py, with cross-validation.

The probability is fitted by logistic regression: grade 2 counts as right, 1 as half right, 0 as
wrong. Of the pairs nobody judged, the highest and some random ones count as wrong at half weight:
most are, and without them the model would know near misses only. Queries, not pairs, are held
out, so that a listing is never in both halves.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from benchmarks.sample_pairs import Evidence, SampleBench
from matching.pairs import PAIR_TYPES
from matching.passages import split
from matching.similarity import Said, similarities
from matching.text import guess_language

FOLDS = 8
HIGHEST, RANDOM, UNJUDGED_WEIGHT = 4, 6, 0.5
CUTS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8)


def report(bench: SampleBench) -> str:
    background = _background(bench)
    lines = [f"model            {bench.matcher.encoder.name}", "background of unrelated records:"]
    lines += [
        f"  {name:16} mean {mean:.4f}  spread {spread:.4f}" for name, mean, spread in background
    ]
    pairs = _training(bench.evidence())
    features, kinds = _features(pairs)
    grades = np.array([each.grade for each in pairs])
    weights = np.where(grades >= 0, 1.0, UNJUDGED_WEIGHT)
    right = np.clip(grades, 0, 2) / 2
    groups = np.array([each.a for each in pairs])
    usable = np.array([not each.blocked for each in pairs])
    held_out = _held_out(features, right, weights, groups, usable)
    model = _fit(features[usable], right[usable], weights[usable])
    coefficients = model.coef_[0]
    lines += [
        f"fitted on {int((grades >= 0).sum())} judged pairs and {int((grades < 0).sum())} others:",
        f"  evidence {coefficients[0]:.3f}  facts {coefficients[1]:.3f}  intercepts "
        + "  ".join(
            f"{kind} {model.intercept_[0] + coefficients[2 + at]:.2f}"
            for at, kind in enumerate(kinds)
        )
        + f"  any other {model.intercept_[0]:.2f}",
    ]
    probability = np.where(usable, held_out, held_out * bench.matcher.calibration.good)
    lines += _levels(bench, pairs, grades, probability)
    return "\n".join(lines)


def _background(bench: SampleBench) -> list[tuple[str, float, float]]:
    """Similarity, shared words and cosines of records that nobody would pair."""
    index, encoder, cache = bench.matcher.index, bench.matcher.encoder, bench.matcher.cache
    means, spreads, shares, share_spreads = [], [], [], []
    for name in bench.pair_types():
        pair = PAIR_TYPES[name]
        found = index.candidates(kinds={pair.b})
        theirs = Said(found.weights(pair.answering), found.long)
        for asking in bench.asking(name):
            own = Said.of(index.passages(asking), pair.asking)
            both = np.mean(similarities(index.vectors(asking), own, found, theirs), axis=0)
            means.append(np.median(both))
            spreads.append(both.std())
            text = "\n".join(bench.records[asking].parts.values())
            lexical = index.lexical.score(text).at(found.slots)
            shares.append(np.median(lexical.scores / lexical.ideal))
            share_spreads.append((lexical.scores / lexical.ideal).std())
    everything = index.candidates()
    passages = [index.passage_at(row) for row in everything.rows]
    keys = np.array([each.key for each in passages])
    languages = np.array([guess_language(each.text) for each in passages])
    draw = np.random.default_rng(0)
    one, other = draw.integers(0, len(passages), (2, 20_000))
    apart = keys[one] != keys[other]
    cosines = np.einsum("ij,ij->i", everything.vectors[one], everything.vectors[other])
    alike = apart & (languages[one] == languages[other])
    unlike = apart & (languages[one] != languages[other])
    titles = [record.title for record in bench.records.values()]
    queries = cache.encode(encoder, [split(title)[0] for title in titles], "query")
    searched = np.median(everything.best(queries), axis=0)
    return [
        ("records", float(np.mean(means)), float(np.mean(spreads))),
        ("words", float(np.mean(shares)), float(np.mean(share_spreads))),
        ("passages", float(cosines[apart].mean()), float(cosines[apart].std())),
        ("in one tongue", float(cosines[alike].mean()), float(cosines[alike].std())),
        ("across", float(cosines[unlike].mean()), float(cosines[unlike].std())),
        ("search", float(searched.mean()), float(everything.best(queries).std())),
    ]


def _training(pairs: list[Evidence]) -> list[Evidence]:
    """All judged pairs; per asking listing the highest and some random ones of the others."""
    draw = np.random.default_rng(0)
    chosen = []
    asked = {}
    for each in pairs:
        asked.setdefault((each.pair_type, each.a), []).append(each)
    for some in asked.values():
        chosen += [each for each in some if each.grade >= 0]
        others = sorted((e for e in some if e.grade < 0), key=lambda e: -e.evidence)
        rest = others[HIGHEST:]
        picked = draw.permutation(len(rest))[:RANDOM]
        chosen += others[:HIGHEST] + [rest[at] for at in picked]
    return chosen


def _features(pairs: list[Evidence]) -> tuple[np.ndarray, list[str]]:
    """Columns: evidence, agreement of facts, then one per answering kind."""
    kinds = sorted({each.kind for each in pairs})
    rows = [
        [each.evidence, each.agreement, *(float(each.kind == kind) for kind in kinds)]
        for each in pairs
    ]
    return np.array(rows), kinds


def _fit(features: np.ndarray, right: np.ndarray, weights: np.ndarray):
    from sklearn.linear_model import LogisticRegression

    # A half-right pair is one half of a right and one half of a wrong one.
    doubled = np.vstack([features, features])
    labels = np.concatenate([np.ones(len(features)), np.zeros(len(features))])
    shares = np.concatenate([weights * right, weights * (1 - right)])
    told = shares > 0
    return LogisticRegression(C=1.0).fit(doubled[told], labels[told], sample_weight=shares[told])


def _held_out(features, right, weights, groups, usable) -> np.ndarray:
    from sklearn.model_selection import GroupKFold

    found = np.zeros(len(features))
    for train, test in GroupKFold(FOLDS).split(features, right, groups):
        train = train[usable[train]]
        model = _fit(features[train], right[train], weights[train])
        found[test] = model.predict_proba(features[test])[:, 1]
    return found


def _levels(bench, pairs, grades, probability) -> list[str]:
    """What each cut would call a match, and how often it would be right."""
    from sklearn.metrics import roc_auc_score

    judged = grades >= 0
    clear = judged & (grades != 1)
    present, absent = _best_of_each(pairs, grades, probability)
    lines = [
        "held out, judged pairs only: area under the curve, right against near miss "
        f"{roc_auc_score(grades[clear] == 2, probability[clear]):.3f}",
        "best suggestion of a listing that has a right one, against the same without it "
        f"{roc_auc_score([1] * len(present) + [0] * len(absent), [*present, *absent]):.3f}",
        "   cut  right  right or partly  right ones kept   has one, shown   has none, shown",
    ]
    for cut in CUTS:
        above = judged & (probability >= cut)
        total = max(1, int(above.sum()))
        lines.append(
            f"  {cut:.2f}  {(grades[above] == 2).sum() / total:5.2f}"
            f"  {(grades[above] >= 1).sum() / total:15.2f}"
            f"  {(above & (grades == 2)).sum() / (grades == 2).sum():15.2f}"
            f"  {np.mean(np.array(present) >= cut):15.2f}"
            f"  {np.mean(np.array(absent) >= cut):15.2f}"
        )
    lines.append("right ones kept / near misses shown, by pair type:")
    types = np.array([each.pair_type for each in pairs])
    for name in bench.pair_types():
        cells = []
        for cut in (0.3, 0.4, 0.5, 0.6):
            of_it, above = types == name, probability >= cut
            kept = (of_it & above & (grades == 2)).sum() / max(1, (of_it & (grades == 2)).sum())
            shown = (of_it & above & (grades == 0)).sum() / max(1, (of_it & (grades == 0)).sum())
            cells.append(f"{cut:.1f}: {kept:.2f} / {shown:.2f}")
        lines.append(f"  {name:18}" + "   ".join(cells))
    lines.append("reliability (held out, judged pairs): probability said, share right, pairs")
    edges = np.linspace(0, 1, 6)
    for low, high in pairwise(edges):
        some = judged & (probability >= low) & (probability < high + (high == 1))
        if some.any():
            share = np.clip(grades[some], 0, 2).mean() / 2
            lines.append(f"  {probability[some].mean():.2f}  {share:.2f}  {int(some.sum())}")
    return lines


def _best_of_each(pairs, grades, probability) -> tuple[list[float], list[float]]:
    present, absent = [], []
    asked: dict[tuple, list[int]] = {}
    for at, each in enumerate(pairs):
        asked.setdefault((each.pair_type, each.a), []).append(at)
    for some in asked.values():
        rows = np.array(some)
        if (grades[rows] == 2).any():
            present.append(float(probability[rows].max()))
            others = rows[grades[rows] < 1]
            absent.append(float(probability[others].max()) if len(others) else 0.0)
    return present, absent
