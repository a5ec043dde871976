"""How the matcher's vector search grows: build, memory, time, recall, and all pairs.

    python -m benchmarks.matching_scale [--sizes 1k,10k,100k,1m] [--json FILE] [--words 100k]

Each size is searched as the site would (exact up to matching.vectors.EXACT rows, inverted lists
with exact re-scoring above), through the same class, over a memory-mapped file. A row says

    size, index    rows, and which search it was
    build_s        seconds from vectors on disk to an index that answers
    memory_mb      what is mapped or held: the float32 rows, the lists, and the codes
    p50_ms         one query, ten results, one thread; the median
    recall10       of the true ten nearest (sorted by a plain product), how many are found; for
                   all pairs as well, and the lower of the two is told
    all_pairs_ratio  the ten nearest others of every row among all rows, as a multiple of one
                   float32 product of all rows with all rows, strip by strip in turn in the same
                   run, so that a busy machine slows both; null where not run

and below it the same with the processor time of a query, and for each filter of FILTERS, with the
recall among the rows that pass: a share of all, side by side (a kind or an audience, whose rows an
index groups) or scattered (what came since the last grouping, removals). The set is known to the
search beforehand, as the site keeps it between two writes.

Vectors are synthetic and lie as the encoder's do (benchmarks.mixture). Building and products use
THREADS threads. `--words` measures the lexical half: BM25 over so many generated listings.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

THREADS = os.cpu_count() or 1
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = str(THREADS)  # read when numpy and faiss are imported

import numpy as np  # noqa: E402
from threadpoolctl import threadpool_limits  # noqa: E402

from benchmarks.mixture import DIMENSIONS, Mixture  # noqa: E402
from benchmarks.search import Province  # noqa: E402
from matching.all_pairs import nearest_to_each  # noqa: E402
from matching.ann import InvertedLists  # noqa: E402
from matching.lexical import LexicalIndex  # noqa: E402
from matching.vectors import EXACT, Rows, Vectors  # noqa: E402

SIZES = "1k,10k,100k,1m"
TOP = 10
QUERIES = 200
ALL_PAIRS = 100_000  # rows; beyond, all pairs are not run
STRIP = 1_000  # rows whose products with all rows are taken at once: 400 MB of 100,000
LEAST_PRODUCTS = 2e8  # small sizes are repeated until so many were computed
FILTERS = [(0.5, "side by side"), (0.5, "scattered"), (0.017, "side by side"), (0.017, "scattered")]
TRUTH = 50_000  # rows whose products with all queries are taken at once
UNITS = {"k": 1_000, "m": 1_000_000}


@dataclass(frozen=True)
class Searched:
    """Medians over the queries of time passed and of processor time, and the recall."""

    p50_ms: float
    processor_ms: float
    recall: float

    def __str__(self) -> str:
        return (
            f"p50_ms {self.p50_ms:7.3f}  processor_ms {self.processor_ms:7.3f}"
            f"  recall10 {self.recall:.4f}"
        )


def number(text: str) -> int:
    """ "10k" as 10,000."""
    return int(text[:-1]) * UNITS[text[-1]] if text[-1] in UNITS else int(text)


def on_disk(mixture: Mixture, path: Path) -> np.ndarray:
    shape = (mixture.size, DIMENSIONS)
    file = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=shape)
    start = 0
    for block in mixture.blocks():
        file[start : start + len(block)] = block
        start += len(block)
    file.flush()
    return np.load(path, mmap_mode="r").view(np.ndarray)


def measured(size: int, folder: Path) -> tuple[dict, list[str]]:
    """The row of this size, and a line for each filter."""
    mixture = Mixture(size)
    vectors = on_disk(mixture, folder / f"{size}.npy")
    queries = mixture.queries(QUERIES)
    started = time.perf_counter()
    index = Vectors(DIMENSIONS, [vectors])
    if size > EXACT:
        index.learn()
    built = time.perf_counter() - started
    held = vectors.nbytes
    if index.lists is not None:
        index.lists.save(folder / "lists")
        held += (folder / "lists").stat().st_size + index.codes.held.nbytes
        index.lists = InvertedLists.load(folder / "lists", size)  # mapped, as readers have it
    with threadpool_limits(1):
        searched = one_by_one(index, vectors, queries)
        filtered = [filtered_by(index, vectors, queries, *each) for each in FILTERS]
    ratio, recall = None, searched.recall
    if size <= ALL_PAIRS:
        ratio, found = all_pairs(vectors)
        recall = min(recall, found)
    (folder / f"{size}.npy").unlink()
    row = {
        "size": size,
        "index": "exact" if index.lists is None else "ivf-sq8",
        "build_s": round(built, 2),
        "memory_mb": round(held / 2**20, 1),
        "p50_ms": round(searched.p50_ms, 3),
        "recall10": round(recall, 4),
        "all_pairs_ratio": None if ratio is None else round(ratio, 2),
    }
    return row, [f"  {'all rows':<29}  {searched}", *filtered]


def filtered_by(index, vectors, queries, share: float, lie: str) -> str:
    """What a search among this share of the rows takes and finds."""
    count = int(share * len(vectors))
    if lie == "scattered":
        drawn = np.random.default_rng(1).choice(len(vectors), count, replace=False)
        numbers = np.sort(drawn)
        rows = Rows(numbers, numbers + 1)
    else:
        rows = Rows.span(len(vectors) // 4, len(vectors) // 4 + count)
    return f"  {share:5.1%} of rows, {lie:<13}  {one_by_one(index, vectors, queries, rows)}"


def one_by_one(index, vectors, queries, rows: Rows | None = None) -> Searched:
    times, worked, answers = [], [], []
    index.nearest(queries[:1], TOP, rows)  # what is worked out once for a filter
    for query in queries:
        started, began = time.perf_counter(), time.process_time()
        _, found = index.nearest(query[None], TOP, rows)
        worked.append(time.process_time() - began)
        times.append(time.perf_counter() - started)
        answers.append(set(found[0].tolist()))
    truth = true_nearest(vectors, queries, rows)
    hits = sum(len(some & true) for some, true in zip(answers, truth, strict=True))
    taken = [1000 * statistics.median(each) for each in (times, worked)]
    return Searched(*taken, hits / (sum(map(len, truth)) or 1))


def true_nearest(vectors, queries, rows: Rows | None = None, but=None) -> list[set[int]]:
    """The ten largest products of each query by sorting all (but one row each, where told)."""
    allowed = np.arange(len(vectors)) if rows is None else rows.numbers
    best = np.full((len(queries), TOP), -np.inf, np.float32)
    at = np.full((len(queries), TOP), -1)
    for start in range(0, len(vectors), TRUTH):
        some = allowed[np.searchsorted(allowed, start) : np.searchsorted(allowed, start + TRUTH)]
        products = queries @ vectors[start : start + TRUTH][some - start].T
        if but is not None:
            products[but[:, None] == some] = -np.inf
        best = np.hstack([best, products])
        at = np.hstack([at, np.broadcast_to(some, products.shape)])
        order = np.argsort(-best, axis=1)[:, :TOP]
        best, at = (np.take_along_axis(each, order, axis=1) for each in (best, at))
    return [set(line[line >= 0].tolist()) for line in at]


def all_pairs(vectors) -> tuple[float, float]:
    """Time of the ten nearest others of every row over time of the product; recall of a sample."""
    strips = [slice(start, start + STRIP) for start in range(0, len(vectors), STRIP)]
    rounds = max(1, int(LEAST_PRODUCTS / len(vectors) ** 2))
    room = np.zeros((min(STRIP, len(vectors)), len(vectors)), np.float32)
    vectors = np.array(vectors)  # in memory for both
    spent = {"product": 0.0, "nearest": 0.0}
    sampled = np.random.default_rng(0).choice(len(vectors), min(QUERIES, len(vectors)), False)
    found = {}

    def product(strip):
        np.matmul(vectors[strip], vectors.T, out=room[: len(vectors[strip])])

    def nearest(strip):
        found[strip.start] = nearest_to_each(vectors[strip], vectors, TOP + 1)[1]  # and itself

    work = {"product": product, "nearest": nearest}
    for turn in range(rounds):
        for place, strip in enumerate(strips):
            order = sorted(work, reverse=bool((turn + place) % 2))
            for name in order:
                started = time.perf_counter()
                work[name](strip)
                spent[name] += time.perf_counter() - started
    truth = true_nearest(vectors, vectors[sampled], but=sampled)
    hits = sum(
        len(set(found[row - row % STRIP][row % STRIP].tolist()) & true)
        for row, true in zip(sampled, truth, strict=True)
    )
    return spent["nearest"] / spent["product"], hits / (TOP * len(sampled))


def words(size: int) -> list[tuple[str, float]]:
    """Median milliseconds of BM25 over so many listings, by what is asked; and of adding one."""
    province, index = Province(), LexicalIndex()
    documents = province.documents(size)
    started = time.perf_counter()
    for slot, document in enumerate(documents):
        index.add(slot, f"{document.title}\n{document.body}")
    added = (time.perf_counter() - started) / size
    index.settle()
    asked = {
        "2 words": [text for text, _ in province.queries(2)],
        "5 words": [text for text, _ in province.queries(5)],
        "a whole listing": [each.body for each in documents[:: max(1, size // 30)]],
    }
    told = [("adding a listing", 1000 * added)]
    with threadpool_limits(1):
        for name, texts in asked.items():
            times = []
            for text in texts:
                started = time.perf_counter()
                index.score(text)
                times.append(time.perf_counter() - started)
            told.append((name, 1000 * statistics.median(times)))
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default=SIZES)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--words", help="measure the lexical half over so many listings instead")
    options = parser.parse_args()
    if options.words:
        for name, milliseconds in words(number(options.words)):
            print(f"{name:<20} {milliseconds:8.2f} ms")
        return
    print(f"{THREADS} threads for building and products, 1 for a query", flush=True)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for size in map(number, options.sizes.split(",")):
            row, filtered = measured(size, Path(folder))
            rows.append(row)
            print("  ".join(f"{name} {value}" for name, value in row.items()))
            print("\n".join(filtered), flush=True)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
