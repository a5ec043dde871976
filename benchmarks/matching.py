"""How well does the matcher rank, beside its parts and the usual baselines?

    python -m benchmarks.matching --eval FOLDER [--json FILE] [--limit N] [--thresholds]

FOLDER is one evaluation set or a folder of them (matching.evaluation tells the format). The
labelled sample pairs of the site are measured too, one set per pair type. Vectors are kept in a
cache (--cache FILE), so that a second run takes seconds where the first took an hour.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks import calibration
from benchmarks.rankings import lsa, rows_of
from benchmarks.sample_pairs import SampleBench, has_pairs
from matching import encoders
from matching.cache import EmbeddingCache
from matching.evaluation import EvaluationSet, read_sets
from matching.fusion import reciprocal_rank
from matching.index import PassageIndex
from matching.passages import split
from matching.ranker import Matcher
from matching.records import Record

# Outside the project: it outlives a fresh start, and it is an hour of work.
CACHE = Path.home() / ".cache" / "technology-exchange" / "embeddings.sqlite"
DEPTH = 10
COLUMNS = ("ndcg10", "recall10", "mrr10")


class Bench:
    """One set, indexed; each ranker is a method from query text to document ids."""

    def __init__(self, matcher: Matcher, evaluation_set: EvaluationSet):
        self.matcher, self.set = matcher, evaluation_set
        titles = evaluation_set.titles
        records = [
            Record(key, "document", {"title": titles[key], "text": text[len(titles[key]) :]})
            for key, text in evaluation_set.corpus.items()
        ]
        matcher.add_all(records, progress(f"{evaluation_set.name}: documents"))
        self.index = matcher.index
        self.index.lexical.freeze()
        self.found = self.index.candidates()
        self.keys = np.array([self.index.record_at(slot).key for slot in self.found.slots])
        pieces = [piece for text in evaluation_set.queries.values() for piece in split(text)]
        matcher.cache.encode(
            matcher.encoder, pieces, "query", progress(f"{evaluation_set.name}: queries")
        )
        self.lsa = lsa(list(evaluation_set.corpus.values()))
        self.lsa_keys = np.array(list(evaluation_set.corpus))

    def bm25(self, text: str) -> list[str]:
        return self.first(self.lexical(text))

    def encoder(self, text: str) -> list[str]:
        return self.first(self.dense(text))

    def rrf(self, text: str) -> list[str]:
        return self.first(reciprocal_rank(self.lexical(text), self.dense(text)))

    def ours(self, text: str) -> list[str]:
        return [hit.key for hit in self.matcher.search(text, limit=DEPTH)]

    def lsa_ranking(self, text: str) -> list[str]:
        return self.lsa_keys[np.argsort(-self.lsa(text), kind="stable")[:DEPTH]].tolist()

    def lexical(self, text: str) -> np.ndarray:
        return self.index.lexical.score(text, plain=True).scores[self.found.slots]

    def dense(self, text: str) -> np.ndarray:
        queries = self.matcher.cache.encode(self.matcher.encoder, split(text), "query")
        if not len(queries):
            return np.zeros(len(self.keys))
        return self.found.best(queries).mean(axis=1)

    def first(self, scores: np.ndarray) -> list[str]:
        return self.keys[np.argsort(-scores, kind="stable")[:DEPTH]].tolist()

    def rows(self) -> list[dict]:
        rankers: dict[str, Callable[[str], list[str]]] = {
            "bm25": self.bm25,
            "lsa": self.lsa_ranking,
            "encoder": self.encoder,
            "rrf": self.rrf,
            "ours": self.ours,
        }
        rankings = {
            name: {query: rank(text) for query, text in self.set.queries.items()}
            for name, rank in rankers.items()
        }
        return rows_of(self.set.name, rankings, self.set.qrels)


def progress(label: str) -> Callable[[int, int], None]:
    """A line on stderr that rewrites itself on a terminal, and a few lines in a log."""
    shown = -1

    def show(done: int, total: int) -> None:
        nonlocal shown
        percent = 100 * done // total
        if sys.stderr.isatty():
            print(f"\r{label} {done}/{total}", end="\n" if done == total else "", file=sys.stderr)
        elif percent // 10 > shown // 10 or done == total:
            print(f"{label} {done}/{total}", file=sys.stderr, flush=True)
        shown = percent

    return show


def table(rows: list[dict]) -> str:
    lines = [f"{'set':24}{'ranker':9}{'n':>6}  " + "".join(f"{name:>24}" for name in COLUMNS)]
    for each in rows:
        cells = "".join(
            f"{each[name]:>10.4f} [{each[name + '_low']:.3f}, {each[name + '_high']:.3f}]"
            for name in COLUMNS
        )
        lines.append(f"{each['set']:24}{each['ranker']:9}{each['n']:>6}  {cells}")
    return "\n".join(lines)


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.matching", description=__doc__)
    parser.add_argument("--eval", type=Path, help="an evaluation set, or a folder of sets")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    parser.add_argument("--limit", type=int, help="at most so many queries of each set")
    parser.add_argument("--thresholds", action="store_true", help="measure levels on sample pairs")
    parser.add_argument("--model", help="another sentence-transformers model or folder")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--cache", type=Path, default=CACHE)
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    asked = arguments(argv)
    try:
        sets = read_sets(asked.eval) if asked.eval else []
    except (OSError, ValueError, KeyError) as error:
        print(f"--eval: {error}", file=sys.stderr)
        return 2
    encoder = encoders.load(asked.model, threads=asked.threads)
    cache = EmbeddingCache(asked.cache)
    sample = SampleBench(encoder, cache, progress("sample listings")) if has_pairs() else None
    if asked.thresholds:
        if sample is None:
            print("--thresholds: there are no labelled sample pairs", file=sys.stderr)
            return 2
        print(calibration.report(sample))
    rows = sample.rows(asked.limit) if sample and not asked.thresholds else []
    if rows:
        print(table(rows), flush=True)
    for each in sets:
        matcher = Matcher(encoder, PassageIndex(encoder.name, encoder.dimensions), cache)
        rows += Bench(matcher, each.first(asked.limit)).rows()
        print(table(rows[-5:]), flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
