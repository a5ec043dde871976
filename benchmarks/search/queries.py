"""CPU time of each query, engines in turn in one process."""

import gc
import statistics
import time
from dataclasses import replace

import numpy

from benchmarks.search.province import FACETS
from benchmarks.search.rivals import PAGE
from marketplace.services.discovery.finding import FOLLOWS, FOLLOWS_ACROSS, HEAD, MOST_NEAR
from marketplace.services.discovery.meaning import NEAR_ENOUGH
from matching.fusion import reciprocal_rank
from matching.hybrid import rank
from search import Query
from search.engines import TANTIVY

EITHER = " OR "
NOWHERE = "zzqqxx"  # a word no document has: then most of the others will do, as in an OR
HYBRID, FEW = "hybrid", "hybrid, few"
TEXT_CASES = ("1 term", "2 terms", "4 terms", "OR", "filtered", "faceted")
BY_RANK, LISTED = "by rank", 100  # of each list


def cases(province):
    """Name of each case and its queries."""
    for words in (1, 2, 4):
        texts = province.queries(words)
        yield f"{words} term{'s' * (words > 1)}", [Query(text) for text, _ in texts]
    yield "OR", [Query(f"{text} {NOWHERE}") for text, _ in province.queries(4)]
    few = enumerate(province.queries(1))
    filtered = [
        Query(text, filters={"kind": frozenset({kind}), "sectors": frozenset({sector})})
        for text, (kind, sector) in province.queries(2)
    ]
    yield "filtered", filtered
    yield "faceted", [Query(text, facets=FACETS) for text, _ in province.queries(2)]
    yield HYBRID, [Query(text, limit=HEAD) for text, _ in province.queries(2)]
    # Few have all of it: what is near by meaning may join, and all vectors are asked.
    yield FEW, [Query(f"{text} TCVN {4000 + 97 * n}", limit=HEAD) for n, (text, _) in few]
    # The same queries bare and with what is measured of them (G4).
    bare = [replace(query, filters={}) for query in filtered]
    yield "bare", bare
    yield "filter, facets", [replace(query, facets=FACETS) for query in filtered]


class Hybrid:
    """Words and meaning to the rows of one page. Vectors of queries are there before they are
    asked: the time it takes to encode a text is the encoder's.
    """

    def __init__(self, index, made, fts5):
        self.index, self.made, self.db = index, made, fts5.db
        self.finder = made.finder()
        self._vectors = {}

    def prepare(self, query):
        self._vectors[query.text] = self.made.query(query.text)

    def search(self, query):
        """As the site does it (services.discovery.finding)."""
        found = self.index.search(query)
        ranked = rank(
            self.finder,
            query.text,
            self._vectors[query.text][None],
            {hit.key: hit.score for hit in found.hits},
            near_enough=NEAR_ENOUGH,
            follows=FOLLOWS,
            follows_across=FOLLOWS_ACROSS,
            most=MOST_NEAR if found.total <= HEAD else 0,
            groups=query.audiences,
        )
        return self._rows([each.key for each in ranked[:PAGE]])

    def by_rank(self, query):
        """The least a hybrid search can be: the best LISTED by words and by vectors, and nothing
        asked of them but their ranks."""
        found = self.index.search(replace(query, limit=LISTED))
        _, rows = self.made.nearest(self._vectors[query.text], LISTED)
        words = [hit.key for hit in found.hits]
        keys = list(dict.fromkeys([*words, *(f"l{row}" for row in rows.tolist())]))
        places = {key: place for place, key in enumerate(keys)}
        lists = numpy.zeros((2, len(keys)))
        lists[0, : len(words)] = numpy.arange(len(words), 0, -1)
        lists[1, [places[f"l{row}"] for row in rows.tolist()]] = numpy.arange(len(rows), 0, -1)
        fused = reciprocal_rank(*lists)
        return self._rows([keys[at] for at in numpy.argsort(-fused)[:PAGE].tolist()])

    def _rows(self, page):
        holes = ",".join("?" * len(page))
        return self.db.execute(f"SELECT * FROM listing WHERE key IN ({holes})", page).fetchall()  # noqa: S608


def measure(province, engines, fts5, raw, hybrid):
    """Milliseconds of CPU by case and engine."""
    asked = [(case, query) for case, queries in cases(province) for query in queries]
    # Cases mixed, so that none profits from what another has already pulled into a cache.
    province.random.shuffle(asked)
    for _, query in asked:
        hybrid.prepare(query)
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
        if case in (HYBRID, FEW):
            del runs[raw.name]
            runs = {fts5.name: fts5.search, TANTIVY: hybrid.search, BY_RANK: hybrid.by_rank}
        for name, search in runs.items():
            start = time.process_time()
            search(query)
            spent.setdefault((case, name), []).append((time.process_time() - start) * 1000)
    return spent


def percentile(values, share):
    return statistics.quantiles(values, n=100, method="inclusive")[share - 1]
