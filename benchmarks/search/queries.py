"""CPU time of each query, engines in turn in one process."""

import gc
import statistics
import time
from dataclasses import replace

import numpy

from benchmarks.search.province import FACETS
from benchmarks.search.rivals import PAGE
from matching.fusion import reciprocal_rank
from search import Query

EITHER = " OR "
NOWHERE = "zzqqxx"  # a word no document has: then most of the others will do, as in an OR
TEXT_CASES = ("1 term", "2 terms", "4 terms", "OR", "filtered", "faceted")
HYBRID = 100  # of each list


def cases(province):
    """Name of each case and its queries."""
    for words in (1, 2, 4):
        texts = province.queries(words)
        yield f"{words} term{'s' * (words > 1)}", [Query(text) for text, _ in texts]
    yield "OR", [Query(f"{text} {NOWHERE}") for text, _ in province.queries(4)]
    filtered = [
        Query(text, filters={"kind": frozenset({kind}), "sectors": frozenset({sector})})
        for text, (kind, sector) in province.queries(2)
    ]
    yield "filtered", filtered
    yield "faceted", [Query(text, facets=FACETS) for text, _ in province.queries(2)]
    yield "hybrid", [Query(text, limit=HYBRID) for text, _ in province.queries(2)]
    # The same queries bare and with what is measured of them (G4).
    bare = [replace(query, filters={}) for query in filtered]
    yield "bare", bare
    yield "filter, facets", [replace(query, facets=FACETS) for query in filtered]


class Hybrid:
    """Words and meaning to one page: both lists, their fusion, and the rows of the page."""

    def __init__(self, index, vectors, fts5):
        self.index, self.vectors, self.db = index, vectors, fts5.db

    def search(self, query):
        words = {hit.key: hit.score for hit in self.index.search(query).hits}
        vector = self.vectors.query(query.text)
        products, rows = self.vectors.nearest(vector, HYBRID)
        meaning = {f"l{row}": float(p) for p, row in zip(products, rows, strict=True)}
        keys = list({**words, **meaning})
        fused = reciprocal_rank(
            numpy.array([words.get(key, 0.0) for key in keys]),
            numpy.array([meaning.get(key, 0.0) for key in keys]),
        )
        page = [keys[at] for at in numpy.argsort(-fused)[:PAGE]]
        holes = ",".join("?" * len(page))
        return self.db.execute(f"SELECT * FROM listing WHERE key IN ({holes})", page).fetchall()  # noqa: S608


def measure(province, engines, fts5, raw, hybrid):
    """Milliseconds of CPU by case and engine."""
    asked = [(case, query) for case, queries in cases(province) for query in queries]
    # Cases mixed, so that none profits from what another has already pulled into a cache.
    province.random.shuffle(asked)
    spent = {}
    gc.collect()
    gc.freeze()
    for case, query in asked:
        runs = {name: index.search for name, index in engines.items()}
        bare = replace(query, text=query.text.removesuffix(NOWHERE).strip())
        if case == "OR":
            runs[fts5.name] = lambda _, bare=bare: fts5.search(bare, EITHER)
            runs[raw.name] = lambda _, bare=bare: raw.search(bare, EITHER)
        else:
            runs |= {fts5.name: fts5.search, raw.name: raw.search}
        if case == "hybrid":
            del runs[raw.name]
            runs = {fts5.name: fts5.search, "tantivy": hybrid.search}
        for name, search in runs.items():
            start = time.process_time()
            search(query)
            spent.setdefault((case, name), []).append((time.process_time() - start) * 1000)
    return spent


def percentile(values, share):
    return statistics.quantiles(values, n=100, method="inclusive")[share - 1]
