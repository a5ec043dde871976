"""How fast search answers, beside SQLite FTS5 and tantivy's own interface in the same run.

    python -m benchmarks.search --sizes 1k,10k,100k [--json FILE] [--fuzz 10000]

Listings are generated from a fixed seed out of the words a province really uses; queries are
phrases of those words. All engines get the same queries in turn, query by query, in one process,
and what is told is CPU time, so a busy machine slows all alike: read ratios before milliseconds.
Ours is timed from the text a visitor typed, with analysis, exact totals, rank and the page of hits.
"""

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.search.fuzz import fuzz
from benchmarks.search.goals import goals, goals_of_saving
from benchmarks.search.meaning import Made, filtered
from benchmarks.search.processes import READERS, readers_and_a_writer
from benchmarks.search.province import Province
from benchmarks.search.queries import Hybrid, measure, percentile
from benchmarks.search.rivals import Fts5, Raw
from benchmarks.search.saving import saving, together
from search import Index, Query
from search.analysis import folded, syllables
from search.engines import TANTIVY, WHOOSH, available

# Past this Whoosh takes minutes to build, which is why it is not used there.
WHOOSH_UP_TO = 10_000


def timed(action):
    """CPU and clock seconds, and the result."""
    cpu, clock = time.process_time(), time.perf_counter()
    result = action()
    return time.process_time() - cpu, time.perf_counter() - clock, result


def analyse(documents):
    for document in documents:
        for text in (document.title, document.body):
            for syllable in syllables(text):
                folded(syllable)


def clear_caches():
    from search import analysis, collation, tantivy_queries, tantivy_texts, word_file

    for each in (
        analysis.folded,
        analysis.spellings,
        collation._word,
        tantivy_queries.slots,
        word_file.code,
    ):
        each.cache_clear()
    tantivy_texts.pieces.clear()


def size_of(folder):
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e6


def of_size(size, folder, arguments):
    """Rows of results, and what the goals are judged by."""
    province = Province()
    documents = province.documents(size)
    clear_caches()
    analysis, analysis_clock, _ = timed(lambda: analyse(documents))
    print(f"\n{size:,} listings: analysis alone {analysis:.1f} s CPU, {analysis_clock:.1f} s")
    found = {"size": size, "analysis": analysis, "analysis_clock": analysis_clock}
    indexes = {}
    for name, engine in available().items():
        if name == WHOOSH and size > WHOOSH_UP_TO:
            continue
        index = indexes[name] = Index(folder / name, engine)
        clear_caches()
        thread = time.thread_time()
        cpu, clock, _ = timed(lambda: index.rebuild(documents, position=0))  # noqa: B023
        found[f"build_thread {name}"] = time.thread_time() - thread
        opened, _, _ = timed(lambda: index.search(Query("x")))  # noqa: B023
        found[f"build {name}"], found[f"build_clock {name}"] = cpu, clock
        print(
            f"  {name}: built in {cpu:.1f} s CPU, {clock:.1f} s; {size_of(folder / name):.0f} MB; "
            f"opened in {opened * 1000:.0f} ms"
        )
    cpu, _, fts5 = timed(lambda: Fts5(folder, documents))
    files = sum(path.stat().st_size for path in folder.glob("fts5*")) / 1e6
    print(f"  fts5: built in {cpu:.1f} s CPU; {files:.0f} MB")
    raw = Raw(folder, documents)
    made = Made(size)
    found["filtered"], found["recall"] = filtered(made)
    spent = measure(province, indexes, fts5, raw, Hybrid(indexes[TANTIVY], made, fts5))
    found["spent"] = spent
    if arguments.processes:
        found["processes"] = told = readers_and_a_writer(folder / TANTIVY, size)
        print(
            f"  {READERS} readers: {told.queries:,} queries, {told.failed} failed, with a writer "
            f"{told.by_clock:.2f}x as many in a second, {told.by_cpu:.2f}x in a second of CPU; "
            f"{len(told.visible)} saves found by another process after "
            f"p50 {percentile(told.visible, 50):.0f}, p95 {percentile(told.visible, 95):.0f} ms"
        )
    if arguments.fuzz:
        for name, index in indexes.items():
            print(f"  {name}: " + fuzz(index, arguments.fuzz))
    rows = [
        {"engine": name, "size": size, "case": case}
        | {f"p{share}_ms": round(percentile(values, share), 3) for share in (50, 95)}
        for (case, name), values in sorted(spent.items())
    ]
    return rows, found


def show(rows):
    print(f"\n{'size':>8} {'case':<14} {'engine':<12} {'p50 ms':>9} {'p95 ms':>9}   CPU")
    for row in rows:
        print(
            f"{row['size']:>8,} {row['case']:<14} {row['engine']:<12}"
            f" {row['p50_ms']:>9.2f} {row['p95_ms']:>9.2f}"
        )
    for size in sorted({row["size"] for row in rows}):
        p95 = {(r["engine"], r["case"]): r["p95_ms"] for r in rows if r["size"] == size}
        for rival in (Fts5.name, Raw.name):
            for name in (WHOOSH, TANTIVY):
                ratios = {
                    case: p95[name, case] / p95[rival, case]
                    for case in ("1 term", "2 terms", "4 terms", "OR", "filtered", "faceted")
                    if (name, case) in p95
                }
                if ratios:
                    print(
                        f"{size:>8,} p95 {name} / {rival}: geometric mean "
                        f"{statistics.geometric_mean(ratios.values()):.3f}; "
                        + ", ".join(f"{case} {ratio:.3f}" for case, ratio in ratios.items())
                    )


def sizes(text):
    return [int(part.lower().replace("k", "000")) for part in text.split(",")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=sizes, default=[1_000, 10_000], help="such as 1k,10k,100k")
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    parser.add_argument("--fuzz", type=int, default=0, help="so many queries of any characters")
    parser.add_argument(
        "--no-processes",
        dest="processes",
        action="store_false",
        help="no readers and writer, and no saving requests",
    )
    arguments = parser.parse_args()
    rows, judged = [], []
    for size in arguments.sizes:
        with tempfile.TemporaryDirectory() as folder:
            some, found = of_size(size, Path(folder), arguments)
            rows += some
            judged.append(found)
    show(rows)
    for found in judged:
        print(f"\nGoals at {found['size']:,}")
        for line in goals(found):
            print("  " + line)
    if arguments.processes:
        print("\nA request that saves a listing")
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as many:
            for line in goals_of_saving(saving(Path(one)), together(Path(many))):
                print("  " + line)
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1), "utf-8")


if __name__ == "__main__":
    main()
