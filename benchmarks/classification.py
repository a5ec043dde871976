"""How often are the suggestions on the form right, and is "how sure" true?

    python -m benchmarks.classification [--vectors FILE]

Every sample listing in turn is left out of what it is compared with, and its own choice of
sectors, readiness and keywords is taken for right. The weights are fitted anew in eight folds, so
that each listing is judged by weights it had no part in; the last lines are the weights fitted on
all, which matching/classification.py carries.
"""

from __future__ import annotations

import argparse
import csv
import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.long_texts import matcher_of
from benchmarks.sample_pairs import SAMPLE, records
from matching import classification as c
from matching import encoders
from matching.cache import EmbeddingCache
from matching.text import fold

SECTORS = Path("marketplace/vocabularies/sector.csv")
FOLDS = 8
BINS = (0.0, 0.15, 0.35, 0.65, 1.01)  # the cuts of the three levels
CARRIERS = 30


@dataclass
class Case:
    """One candidate of one listing: what was measured, and whether its owner chose it."""

    listing: int
    value: str
    measured: dict[str, float]
    right: bool


def concepts(matcher) -> c.Concepts:
    with SECTORS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["parent"]]
    words = {row["code"]: f"{row['vi']}\n{row['en']}" for row in rows}
    return c.Concepts.of(matcher, words)


def sectors(matcher, known) -> list[Case]:
    named, cases = concepts(matcher), []
    for number, record in enumerate(known.values()):
        own = record.facts.get("sectors", set())
        vectors = matcher.index.vectors(record.key)[: c.PASSAGES]
        near = c.neighbours(matcher, vectors, fact="sectors", but={record.key})
        for code, measured in c.subject_measures(matcher, named, vectors, near, "sectors").items():
            cases.append(Case(number, code, measured, code in own))
    return cases


def readiness(matcher, known) -> list[Case]:
    cases = []
    for number, record in enumerate(known.values()):
        if "trl" not in record.facts:
            continue
        vectors = matcher.index.vectors(record.key)[: c.PASSAGES]
        near = c.neighbours(matcher, vectors, fact="trl", reach=c.READINESS_REACH, but={record.key})
        told = c.cues("\n".join(record.parts.values()))
        for level, measured in c.readiness_measures(told, near).items():
            cases.append(Case(number, level, measured, level == str(record.facts["trl"])))
    return cases


def keywords(matcher, known) -> list[Case]:
    """Without the listing's own keywords in its text: the summary part ends with them."""
    tags = {
        sample["slug"]: sample["content"].get("technology_keywords") or []
        for path in sorted((SAMPLE / "listings").glob("*.json"))
        for sample in json.loads(path.read_text(encoding="utf-8"))
    }
    cases = []
    for number, record in enumerate(known.values()):
        own = {fold(tag) for tag in tags[record.key]}
        if not own:
            continue
        ending = "\n".join(tags[record.key])
        summary = record.parts.get("summary", "").replace(ending, "")
        bare = c.Record(record.key, record.kind, {**record.parts, "summary": summary})
        near = matcher.index.nearest(matcher.index.vectors(record.key), limit=CARRIERS)
        carried = {tag for each in near if each.key != record.key for tag in tags[each.key]}
        for words, measured in c.keyword_measures(matcher, bare, carried).items():
            cases.append(Case(number, words, measured, fold(words) in own))
    return cases


def readiness_shown(matcher, known) -> None:
    """What a page shows: only levels the text has a phrase for, by the weights in use."""
    near_enough, exact, shown, asked = 0, 0, 0, 0
    for record in known.values():
        if "trl" not in record.facts:
            continue
        asked += 1
        near = c.neighbours(
            matcher,
            matcher.index.vectors(record.key)[: c.PASSAGES],
            fact="trl",
            reach=c.READINESS_REACH,
            but={record.key},
        )
        for guess in c.readiness("\n".join(record.parts.values()), near, limit=1):
            shown += 1
            exact += int(guess.value) == record.facts["trl"]
            near_enough += abs(int(guess.value) - record.facts["trl"]) <= 1
    print(f"  shown for {shown} of {asked}: right {exact}, within one level {near_enough}")


def report(name: str, cases: list[Case], depths) -> None:
    from sklearn.linear_model import LogisticRegression

    measures = list(cases[0].measured)
    x = np.array([[case.measured[each] for each in measures] for case in cases])
    y = np.array([case.right for case in cases])
    of = np.array([case.listing for case in cases])
    folds = np.random.default_rng(0).integers(0, FOLDS, of.max() + 1)[of]
    said = np.zeros(len(cases))
    for fold_ in range(FOLDS):
        train = folds != fold_
        fitted = LogisticRegression(C=10, max_iter=500).fit(x[train], y[train])
        said[~train] = fitted.predict_proba(x[~train])[:, 1]
    tops = [
        rows[np.argsort(-said[rows])] for rows in map(np.flatnonzero, of == np.unique(of)[:, None])
    ]
    hits = {depth: np.mean([y[top[:depth]].any() for top in tops]) for depth in depths}
    print(f"{name}: {len(tops)} listings, {y.sum()} choices; " + ", ".join(
        f"hit@{depth} {hit:.3f}" for depth, hit in hits.items()
    ))  # fmt: skip
    shown = np.concatenate([top[: max(depths)] for top in tops])
    for low, high in pairwise(BINS):
        there = shown[(said[shown] >= low) & (said[shown] < high)]
        if len(there):
            print(f"  {low:.2f}-{min(high, 1):.2f}: {len(there):4} suggestions, said "
                  f"{said[there].mean():.2f}, found {y[there].mean():.2f}")  # fmt: skip
    fitted = LogisticRegression(C=10, max_iter=500).fit(x, y)
    weights = {each: round(float(w), 2) for each, w in zip(measures, fitted.coef_[0], strict=True)}
    print(f"  weights: {fitted.intercept_[0]:.2f}, {weights}")
    # The best of many candidates promise too much: Platt's sigmoid (1999) over what is shown.
    odds = np.log(said[shown] / (1 - said[shown]))[:, None]
    tempered = LogisticRegression(C=1000).fit(odds, y[shown])
    print(
        f"  log-odds of what is shown: {tempered.intercept_[0]:.2f} + {tempered.coef_[0][0]:.2f} x"
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--vectors", default="instance/index/embeddings.sqlite")
    asked = options.parse_args()
    known = records()
    matcher = matcher_of(encoders.load(), EmbeddingCache(asked.vectors), list(known.values()))
    report("sectors", sectors(matcher, known), (1, 3))
    report("readiness", readiness(matcher, known), (1, 2))
    readiness_shown(matcher, known)
    report("keywords", keywords(matcher, known), (1, 3, 5))


if __name__ == "__main__":
    main()
