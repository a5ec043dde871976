"""How the matcher's vector search grows: build, memory, time, recall, and all pairs.

    python -m benchmarks.matching_scale [--sizes 1k,10k,100k,1m] [--json FILE] [--words 100k]

Each size is searched as the site would (exact up to matching.vectors.EXACT rows, inverted lists
with exact re-scoring above), through the same class, over a memory-mapped file. A row says

    size, index    rows, and which search it was
    build_s        seconds from vectors on disk to an index that answers
    memory_mb      what is mapped or held: the float32 rows, and the lists
    p50_ms         one query, ten results, one thread; the median
    recall10       of the true ten nearest (sorted by a plain product), how many are found; for
                   all pairs as well, and the lower of the two is told
    all_pairs_ratio  the ten nearest others of every row among all rows, as a multiple of one
                   float32 product of all rows with all rows, strip by strip in turn in the same
                   run, so that a busy machine slows both; null where not run

Vectors are synthetic and lie as the encoder's do (benchmarks.mixture). Building and products use
THREADS threads. `--words` measures the lexical half: BM25 over so many generated listings.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

THREADS = os.cpu_count() or 1
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = str(THREADS)  # read when numpy and faiss are imported

import numpy as np  # noqa: E402
from threadpoolctl import threadpool_limits  # noqa: E402

from benchmarks.mixture import DIMENSIONS, Mixture  # noqa: E402
from benchmarks.search import Province  # noqa: E402
from matching.all_pairs import nearest_to_each  # noqa: E402
from matching.lexical import LexicalIndex  # noqa: E402
from matching.vectors import EXACT, Vectors  # noqa: E402

SIZES = "1k,10k,100k,1m"
TOP = 10
QUERIES = 200
ALL_PAIRS = 100_000  # rows; beyond, all pairs are not run
STRIP = 1_000  # rows whose products with all rows are taken at once: 400 MB of 100,000
LEAST_PRODUCTS = 2e8  # small sizes are repeated until so many were computed
UNITS = {"k": 1_000, "m": 1_000_000}


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


def measured(size: int, folder: Path) -> dict:
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
        held += (folder / "lists").stat().st_size
    with threadpool_limits(1):
        times, recall = one_by_one(index, vectors, queries)
    ratio = None
    if size <= ALL_PAIRS:
        ratio, found = all_pairs(vectors)
        recall = min(recall, found)
    (folder / f"{size}.npy").unlink()
    return {
        "size": size,
        "index": "exact" if index.lists is None else "ivf-sq8",
        "build_s": round(built, 2),
        "memory_mb": round(held / 2**20, 1),
        "p50_ms": round(1000 * statistics.median(times), 3),
        "recall10": round(recall, 4),
        "all_pairs_ratio": None if ratio is None else round(ratio, 2),
    }


def one_by_one(index, vectors, queries) -> tuple[list[float], float]:
    times, found = [], 0
    for query in queries:
        started = time.perf_counter()
        _, rows = index.nearest(query[None], TOP)
        times.append(time.perf_counter() - started)
        found += len(set(rows[0].tolist()) & true_nearest(vectors, query))
    return times, found / (TOP * len(queries))


def true_nearest(vectors, query, but: int | None = None) -> set[int]:
    products = vectors @ query
    if but is not None:
        products[but] = -np.inf
    return set(np.argpartition(-products, TOP)[:TOP].tolist())


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
    hits = sum(
        len(
            set(found[row - row % STRIP][row % STRIP].tolist())
            & true_nearest(vectors, vectors[row], but=row)
        )
        for row in sampled
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
            rows.append(measured(size, Path(folder)))
            print("  ".join(f"{name} {value}" for name, value in rows[-1].items()), flush=True)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
