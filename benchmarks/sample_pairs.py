"""The labelled pairs of the sample listings, as the matcher sees them."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from benchmarks.rankings import lsa, rows_of
from marketplace.domain.fields import PUBLIC, fields
from marketplace.services.indexing import facts_of, record_of
from matching import constraints
from matching.fusion import reciprocal_rank
from matching.index import PassageIndex, text_of
from matching.pairs import PAIR_TYPES
from matching.ranker import Matcher
from matching.records import Record

SAMPLE = Path("marketplace/sample")
PLACES = Path("marketplace/provinces/hung_yen/places.csv")
PROVINCE = "33"


@dataclass(frozen=True)
class LabelledPair:
    """grade 2: right, 1: partly (scale, price or stage off), 0: a near miss."""

    pair_type: str
    a: str
    b: str
    grade: int


def records() -> dict[str, Record]:
    """Slug -> record, with the facts a comparison on the site has (confidential ones too)."""
    with PLACES.open(encoding="utf-8", newline="") as file:
        places = {
            row["code"]: (float(row["lat"]), float(row["lon"]))
            for row in csv.DictReader(file)
            if row["lat"]
        }
    found = {}
    for path in sorted((SAMPLE / "listings").glob("*.json")):
        for sample in json.loads(path.read_text(encoding="utf-8")):
            kind, content = sample["kind"], sample["content"]
            listing = SimpleNamespace(
                ref=sample["slug"],
                kind=kind,
                language=sample["language"],
                visibility=sample["visibility"],
            )
            public = {
                each.name: content[each.name]
                for each in fields(kind, levels={PUBLIC})
                if each.name in content
            }
            where = places.get(content.get("place", ""))
            record = record_of(listing, public, where, PROVINCE)
            facts = facts_of(kind, content, where, PROVINCE)
            found[record.key] = Record(
                record.key, record.kind, record.parts, facts, record.language, record.groups
            )
    return found


def labelled(known: dict[str, Record]) -> list[LabelledPair]:
    """Every judged pair whose two records are there."""
    paths = [*sorted((SAMPLE / "pairs").glob("*.csv")), SAMPLE / "pairs.csv"]
    pairs = {}
    for path in paths:
        if path.is_file():
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    if row["a"] in known and row["b"] in known:
                        key = (row["pair_type"], row["a"], row["b"])
                        pairs[key] = LabelledPair(*key, int(row["grade"]))
    return list(pairs.values())


def has_pairs() -> bool:
    return bool(labelled(records())) if (SAMPLE / "listings").is_dir() else False


@dataclass(frozen=True)
class Evidence:
    """One pair as the calibration sees it; grade -1: nobody judged it."""

    pair_type: str
    a: str
    b: str
    kind: str
    evidence: float
    agreement: float
    blocked: bool
    grade: int


class SampleBench:
    """The sample listings in one matcher, and their judged pairs as one set per pair type."""

    def __init__(self, encoder, cache, progress=None):
        self.records = records()
        self.pairs = labelled(self.records)
        self.matcher = Matcher(encoder, PassageIndex(encoder.name, encoder.dimensions), cache)
        self.matcher.add_all(list(self.records.values()), progress)
        self.matcher.index.lexical.freeze()
        self.grades = {(each.pair_type, each.a, each.b): each.grade for each in self.pairs}

    def asking(self, pair_type: str) -> list[str]:
        return list(dict.fromkeys(each.a for each in self.pairs if each.pair_type == pair_type))

    def answering(self, pair_type: str) -> list[Record]:
        kind = PAIR_TYPES[pair_type].b
        return [record for record in self.records.values() if record.kind == kind]

    def pair_types(self) -> list[str]:
        return sorted({each.pair_type for each in self.pairs})

    def rows(self, limit: int | None = None) -> list[dict]:
        """Every ranker on every pair type: who should answer this need, startup, idea ...?"""
        return [row for name in self.pair_types() for row in self._rows(name, limit)]

    def _rows(self, pair_type: str, limit: int | None) -> list[dict]:
        others = self.answering(pair_type)
        keys = np.array([record.key for record in others])
        latent = lsa([text_of(record) for record in others])
        found = self.matcher.index.candidates(kinds={PAIR_TYPES[pair_type].b})
        where = {self.matcher.index.record_at(s).key: n for n, s in enumerate(found.slots)}
        order = np.array([where[key] for key in keys])
        qrels, rankings = {}, {name: {} for name in ("bm25", "lsa", "encoder", "rrf", "ours")}
        for asking in self.asking(pair_type)[:limit]:
            right = {
                b: float(grade)
                for (name, a, b), grade in self.grades.items()
                if name == pair_type and a == asking and grade > 0
            }
            if not right:
                continue
            qrels[asking] = right
            text = text_of(self.records[asking])
            words = self.matcher.index.lexical.score(text, plain=True).scores[found.slots][order]
            meaning = found.best(self.matcher.index.vectors(asking)).mean(axis=1)[order]
            for name, scores in (
                ("bm25", words),
                ("lsa", latent(text)),
                ("encoder", meaning),
                ("rrf", reciprocal_rank(words, meaning)),
            ):
                best = np.argsort(-scores, kind="stable")[:10]
                rankings[name][asking] = keys[best].tolist()
            suggested = self.matcher.match(self.records[asking], pair_type, limit=10)
            rankings["ours"][asking] = [each.b for each in suggested]
        return rows_of(f"sample:{pair_type}", rankings, qrels)

    def evidence(self) -> list[Evidence]:
        """Every pair an asking listing with a judgement could make, judged or not."""
        return [
            self._evidence(name, asking, other)
            for name in self.pair_types()
            for asking in self.asking(name)
            for other in self.answering(name)
        ]

    def _evidence(self, pair_type: str, asking: str, other: Record) -> Evidence:
        pair, record = PAIR_TYPES[pair_type], self.records[asking]
        results = constraints.check(record.facts, other.facts, pair.constraints)
        return Evidence(
            pair_type,
            asking,
            other.key,
            pair.b,
            self.matcher.pair_evidence(record, other, pair_type),
            constraints.agreement(results),
            bool(constraints.failed_hard(results)),
            self.grades.get((pair_type, asking, other.key), -1),
        )
