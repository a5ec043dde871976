"""How much an arriving listing costs, with so many saved searches waiting for it?

    python -m benchmarks.percolation [--sizes 1k,10k,100k]

Saved searches are runs of two to five words from the title of every second sample listing, a
third of them with a filter; the other listings arrive. Beside it stands what a comparison with each
saved search would cost, on some of the listings.
"""

import argparse
import random
import statistics
import time

from benchmarks.sample_pairs import records
from search import Document, Query
from search.analysis import syllables
from search.percolation import Percolator, Standing, Text, frequencies

SEED = 20261123
FEW = 3  # listings compared with every search, one by one


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--sizes", default="1k,10k,100k")
    sizes = [int(each.replace("k", "000")) for each in options.parse_args().sizes.split(",")]
    documents = [_document(key, record) for key, record in sorted(records().items())]
    known, arriving = documents[::2], documents[1::2]
    print(f"{len(arriving)} listings arrive; ms of CPU each")
    print(f"{'searches':>9} {'put in, s':>10} {'compared with':>14} {'answered':>9} "
          f"{'p50':>7} {'p95':>7} {'each in turn':>13}")  # fmt: skip
    for size in sizes:
        print(_row(size, known, arriving))


def _row(size, known, arriving) -> str:
    chance = random.Random(SEED)
    asked = [_query(chance, known) for _ in range(size)]
    began = time.process_time()
    standing = Percolator(frequencies(known))
    for number, query in enumerate(asked):
        standing.put(str(number), query)
    put_in = time.process_time() - began
    spent, found, looked = [], [], []
    for document in arriving:
        began = time.process_time()
        found.append(len(standing.matches(document)))
        spent.append(1000 * (time.process_time() - began))
        looked.append(len(standing.candidates(document)))
    understood = [Standing.of(query) for query in asked]
    began = time.process_time()
    for document in arriving[:FEW]:
        text = Text(document)
        sum(each.takes(text) for each in understood)
    in_turn = 1000 * (time.process_time() - began) / FEW
    p95 = statistics.quantiles(spent, n=20)[-1]
    return (
        f"{size:>9,} {put_in:>10.1f} {statistics.mean(looked):>14.0f} "
        f"{statistics.mean(found):>9.0f} {statistics.median(spent):>7.1f} {p95:>7.1f} "
        f"{in_turn:>13.1f}"
    )


def _document(key, record) -> Document:
    title, *parts = record.parts.values()
    return Document(key, record.kind, "public", title, "\n".join(parts))


def _query(chance, known) -> Query:
    document = chance.choice(known)
    words = syllables(document.title)
    length = min(chance.randint(2, 5), len(words))
    start = chance.randint(0, len(words) - length)
    filters = {} if chance.random() < 2 / 3 else {"kind": frozenset({document.kind})}
    return Query(" ".join(words[start : start + length]), filters)


if __name__ == "__main__":
    main()
