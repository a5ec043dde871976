"""How good is a ranking? Measures, their uncertainty, and the sets they are taken on.

A set is a folder with queries.jsonl {id, text, lang}, corpus.jsonl {id, title?, text, lang} and
qrels.tsv (query_id, corpus_id, score; header line).
"""

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

CUT = 10
SEED = 20250701
SAMPLES = 1000


@dataclass(frozen=True)
class EvaluationSet:
    """queries: id -> text; corpus: id -> text, its title on the first line; titles: id -> title;
    qrels: query id -> {corpus id: grade > 0}."""

    name: str
    queries: Mapping[str, str]
    corpus: Mapping[str, str]
    qrels: Mapping[str, Mapping[str, float]]
    titles: Mapping[str, str] = field(default_factory=dict)

    def first(self, limit: int | None) -> "EvaluationSet":
        """The same set with at most `limit` queries (all documents stay)."""
        kept = list(self.queries.items())[:limit]
        return replace(self, queries=dict(kept))


def read_set(folder: str | Path) -> EvaluationSet:
    """Reads one set; queries without a judged document are left out, as they measure nothing.

    Raises FileNotFoundError or ValueError (with the line) when a file is missing or malformed.
    """
    folder = Path(folder)
    qrels: dict[str, dict[str, float]] = {}
    with (folder / "qrels.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if float(row["score"]) > 0:
                qrels.setdefault(row["query_id"], {})[row["corpus_id"]] = float(row["score"])
    queries = {row["id"]: row["text"] for row in _lines(folder / "queries.jsonl")}
    corpus, titles = {}, {}
    for row in _lines(folder / "corpus.jsonl"):
        titles[row["id"]] = row.get("title") or ""
        corpus[row["id"]] = "\n".join(filter(None, (titles[row["id"]], row["text"])))
    judged = {key: text for key, text in queries.items() if key in qrels}
    return EvaluationSet(folder.name, judged, corpus, qrels, titles)


def read_sets(folder: str | Path) -> list[EvaluationSet]:
    """One set if the folder is one, else every set among its sub-folders, by name."""
    folder = Path(folder)
    folders = [folder, *sorted(folder.iterdir())] if folder.is_dir() else []
    found = [each for each in folders if (each / "qrels.tsv").is_file()]
    if not found:
        raise FileNotFoundError(f"no evaluation set (queries, corpus, qrels.tsv) in {folder}")
    return [read_set(each) for each in found]


def _lines(path: Path):
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    yield json.loads(line)
                except ValueError as error:
                    raise ValueError(f"{path.name}, line {number}: {error}") from error


def ndcg(ranking: Sequence[str], grades: Mapping[str, float], cut: int = CUT) -> float:
    """Normalised discounted cumulative gain: gain = grade, discount = log2(rank + 1).

    Järvelin and Kekäläinen, ACM TOIS 20(4), 2002, as trec_eval computes it.
    """
    discounts = 1 / np.log2(np.arange(2, cut + 2))
    gains = [grades.get(key, 0.0) for key in ranking[:cut]]
    ideal = sorted(grades.values(), reverse=True)[:cut]
    best = float(np.dot(ideal, discounts[: len(ideal)]))
    return float(np.dot(gains, discounts[: len(gains)])) / best if best else 0.0


def recall(ranking: Sequence[str], grades: Mapping[str, float], cut: int = CUT) -> float:
    """Share of the judged-right documents that stand among the first `cut`."""
    return len(set(ranking[:cut]) & grades.keys()) / len(grades) if grades else 0.0


def reciprocal_rank(ranking: Sequence[str], grades: Mapping[str, float], cut: int = CUT) -> float:
    """1 / rank of the first judged-right document, 0 when it is not among the first `cut`."""
    return next((1 / rank for rank, key in enumerate(ranking[:cut], 1) if key in grades), 0.0)


MEASURES: dict[str, Callable[[Sequence[str], Mapping[str, float]], float]] = {
    "ndcg10": ndcg,
    "recall10": recall,
    "mrr10": reciprocal_rank,
}


def interval(values: Sequence[float], seed: int = SEED) -> tuple[float, float]:
    """95% percentile bootstrap of the mean over queries (Efron 1979), the same at every run."""
    values = np.asarray(values, dtype=np.float64)
    if not len(values):
        return 0.0, 0.0
    draws = np.random.default_rng(seed).integers(0, len(values), size=(SAMPLES, len(values)))
    low, high = np.percentile(values[draws].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)


def measure(
    rankings: Mapping[str, Sequence[str]], qrels: Mapping[str, Mapping[str, float]]
) -> dict[str, float]:
    """n, each measure's mean over the queries of `rankings`, and its interval (_low, _high)."""
    row: dict[str, float] = {"n": len(rankings)}
    for name, score in MEASURES.items():
        values = [score(ranking, qrels.get(query, {})) for query, ranking in rankings.items()]
        row[name] = float(np.mean(values)) if values else 0.0
        row[f"{name}_low"], row[f"{name}_high"] = interval(values)
    return row
