"""How often are the suggestions on the form right, and is "how sure" true?

    python -m benchmarks.classification [--vectors FILE] [--json FILE]

Every sample listing in turn is left out of what it is compared with, and its own choice of
sectors, readiness and keywords is taken for right. In eight folds, each listing is judged by what
was fitted on the other seven:

nested      the weights of the logistic regressions; how far neighbours reach (REACHES, by the
            likelihood of the other folds); Platt's sigmoid over the keywords shown
not nested  the phrases of CUES, written by people who had read the sample; NEIGHBOURS, CENTRE,
            PASSAGES; the cuts of the three words for how sure, which are said and not tuned

The neighbours' own choices are known whatever fold they are of, as on the site. The last lines are
the weights fitted on all, which matching/classification.py carries.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.long_texts import matcher_of
from benchmarks.sample_pairs import SAMPLE, records
from marketplace.services.quality.measures import Share
from matching import classification as c
from matching import encoders
from matching.cache import EmbeddingCache
from matching.text import fold

SECTORS = Path("marketplace/vocabularies/sector.csv")
FOLDS = 8
BINS = (0.0, 0.15, 0.35, 0.65, 1.01)  # the cuts of the three levels
CARRIERS = 30
# Deviations of similarity over which a neighbour's weight falls to a third.
REACHES = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)


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


def sectors(matcher, named, known, reach: float) -> list[Case]:
    cases = []
    for number, record in enumerate(known.values()):
        own = record.facts.get("sectors", set())
        vectors = matcher.index.vectors(record.key)[: c.PASSAGES]
        near = c.neighbours(matcher, vectors, fact="sectors", reach=reach, but={record.key})
        for code, measured in c.subject_measures(matcher, named, vectors, near, "sectors").items():
            cases.append(Case(number, code, measured, code in own))
    return cases


def readiness(matcher, known, reach: float) -> list[Case]:
    cases = []
    for number, record in enumerate(known.values()):
        if "trl" not in record.facts:
            continue
        vectors = matcher.index.vectors(record.key)[: c.PASSAGES]
        near = c.neighbours(matcher, vectors, fact="trl", reach=reach, but={record.key})
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


# --- Folds ----------------------------------------------------------------------------------------
@dataclass
class Table:
    """Cases as arrays: measures (n, m), right (n,), listing (n,), fold (n,)."""

    cases: list[Case]

    def __post_init__(self):
        self.names = list(self.cases[0].measured)
        self.x = np.array([[case.measured[each] for each in self.names] for case in self.cases])
        self.y = np.array([case.right for case in self.cases])
        self.of = np.array([case.listing for case in self.cases])
        drawn = np.random.default_rng(0).integers(0, FOLDS, self.of.max() + 1)
        self.fold = drawn[self.of]

    def keeping(self, names) -> Table:
        return Table(
            [
                Case(e.listing, e.value, {name: e.measured[name] for name in names}, e.right)
                for e in self.cases
            ]
        )


def fit(x, y):
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=10, max_iter=500).fit(x, y)


def nested(tables: dict[float, Table]) -> tuple[np.ndarray, list[float]]:
    """What is said of each case by what was fitted on the other folds; the reach each fold took."""
    any_table = next(iter(tables.values()))
    said, taken = np.zeros(len(any_table.y)), []
    for number in range(FOLDS):
        train = any_table.fold != number
        models = {reach: fit(t.x[train], t.y[train]) for reach, t in tables.items()}
        reach = max(models, key=lambda r: likelihood(models[r], tables[r], train))
        said[~train] = models[reach].predict_proba(tables[reach].x[~train])[:, 1]
        taken.append(reach)
    return said, taken


def likelihood(model, table: Table, rows) -> float:
    chance = np.clip(model.predict_proba(table.x[rows])[:, 1], 1e-9, 1 - 1e-9)
    return float(np.where(table.y[rows], np.log(chance), np.log(1 - chance)).sum())


def best_of(table: Table, said: np.ndarray, depth: int) -> list[np.ndarray]:
    """Rows of each listing's best, best first."""
    return [
        rows[np.argsort(-said[rows], kind="stable")][:depth]
        for rows in (np.flatnonzero(table.of == each) for each in np.unique(table.of))
    ]


def tempered(table: Table, said: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """Platt's sigmoid (1999) over what is shown, for each fold fitted on the other folds: the best
    of many candidates promise too much."""
    from sklearn.linear_model import LogisticRegression

    odds, out = np.log(said / (1 - said))[:, None], said.copy()
    for number in range(FOLDS):
        train = shown[table.fold[shown] != number]
        model = LogisticRegression(C=1000).fit(odds[train], table.y[train])
        held = table.fold == number
        out[held] = model.predict_proba(odds[held])[:, 1]
    return out


# --- Reports --------------------------------------------------------------------------------------
def told(hits: int, of: int) -> str:
    share = Share(int(hits), of)
    return f"{share.value:.3f} [{share.low:.3f}, {share.high:.3f}]"


def report(name: str, tables: dict[float, Table], depths, *, platt: bool = False) -> dict:
    table = next(iter(tables.values()))
    said, taken = nested(tables)
    tops = best_of(table, said, max(depths))
    hits = {depth: sum(bool(table.y[top[:depth]].any()) for top in tops) for depth in depths}
    print(f"\n{name}: {len(tops)} listings, {table.y.sum()} choices; reach by fold {taken}")
    for depth, hit in hits.items():
        print(f"  one of {depth} right: {told(hit, len(tops))}")
    shown = np.concatenate(tops)
    if platt:
        said = tempered(table, said, shown)
    reliability = []
    for low, high in pairwise(BINS):
        there = shown[(said[shown] >= low) & (said[shown] < high)]
        if len(there):
            row = (float(said[there].mean()), int(table.y[there].sum()), len(there))
            reliability.append(row)
            print(f"  {low:.2f}-{min(high, 1):.2f}: {row[2]:4} suggestions, said {row[0]:.2f}, "
                  f"found {told(row[1], row[2])}")  # fmt: skip
    whole = {reach: fit(t.x, t.y) for reach, t in tables.items()}
    reach = max(whole, key=lambda r: likelihood(whole[r], tables[r], slice(None)))
    model = whole[reach]
    weights = {
        each: round(float(w), 2) for each, w in zip(table.names, model.coef_[0], strict=True)
    }
    print(f"  fitted on all: reach {reach}, {model.intercept_[0]:.2f}, {weights}")
    if platt:
        from sklearn.linear_model import LogisticRegression

        raw, _taken = nested(tables)
        odds = np.log(raw[shown] / (1 - raw[shown]))[:, None]
        sigmoid = LogisticRegression(C=1000).fit(odds, table.y[shown])
        slope, shift = float(sigmoid.coef_[0][0]), float(sigmoid.intercept_[0])
        carried = {each: round(slope * w, 2) for each, w in weights.items()}
        print(f"  tempered: {shift + slope * model.intercept_[0]:.2f}, {carried}")
    return {
        "name": name, "listings": len(tops), "hits": hits, "reliability": reliability,
        "reach": taken, "weights": weights,
    }  # fmt: skip


def readiness_shown(tables: dict[float, Table]) -> dict:
    """What a page shows: the best level the text has a phrase for, if likely enough. Beside it what
    the phrases alone say, and the commonest level of the other folds, on the same listings."""
    table = next(iter(tables.values()))
    said, _taken = nested(tables)
    phrase = table.x[:, table.names.index("cue")] > 0
    rows = {"shown": [], "phrases alone": [], "commonest": []}
    asked = with_phrase = 0
    for listing in np.unique(table.of):
        own = np.flatnonzero(table.of == listing)
        chosen = int(table.cases[own[table.y[own]][0]].value)
        asked += 1
        if not phrase[own].any():
            continue
        with_phrase += 1
        scaled = said[own] / said[own].sum()
        best = int(np.argmax(np.where(phrase[own], scaled, -1)))
        if not c.level_of(float(scaled[best])):
            continue
        cue = table.x[own, table.names.index("cue")]
        # Of equals the higher: a text tells the way a technology has come.
        loudest = len(cue) - 1 - int(np.argmax(cue[::-1]))
        others = table.y & (table.fold != table.fold[own[0]])
        common = Counter(table.cases[row].value for row in np.flatnonzero(others))
        for name, level in (
            ("shown", table.cases[own[best]].value),
            ("phrases alone", table.cases[own[loudest]].value),
            ("commonest", common.most_common(1)[0][0]),
        ):
            rows[name].append(int(level) - chosen)
    print(f"\nreadiness on the page: asked {asked}, with a phrase {with_phrase}, "
          f"shown {len(rows['shown'])}")  # fmt: skip
    for name, apart in rows.items():
        apart, of = np.array(apart), len(apart)
        print(f"  {name:14} right {told((apart == 0).sum(), of)}, "
              f"within one level {told((abs(apart) <= 1).sum(), of)}")  # fmt: skip
    return {"asked": asked, "with_phrase": with_phrase, **rows}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--vectors", default="instance/index/embeddings.sqlite")
    options.add_argument("--json", type=Path)
    asked = options.parse_args()
    known = records()
    matcher = matcher_of(encoders.load(), EmbeddingCache(asked.vectors), list(known.values()))
    named = concepts(matcher)
    by_reach = {reach: Table(sectors(matcher, named, known, reach)) for reach in REACHES}
    found = [report("sectors", by_reach, (1, 3))]
    alone = {0.0: by_reach[REACHES[0]].keeping(("meaning",))}
    found.append(report("sectors, by the vocabulary alone", alone, (1, 3)))
    by_reach = {reach: Table(readiness(matcher, known, reach)) for reach in REACHES}
    found.append(report("readiness, without asking for a phrase", by_reach, (1, 2)))
    found.append(readiness_shown(by_reach))
    found.append(report("keywords", {0.0: Table(keywords(matcher, known))}, (1, 3, 5), platt=True))
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
