"""What a limit on loads costs and brings, on the sample listings: `python -m benchmarks.rounds`.

Every asking listing may be proposed up to `--each` partners. "By itself" gives each its best
partners whatever that does to them; the rest are rounds of matching.assignment.
"""

import argparse
from collections import Counter
from pathlib import Path

from benchmarks.sample_pairs import SampleBench
from marketplace.services.matches.rounds import ROUND_TYPES, USUAL_PLACES
from matching import encoders
from matching.assignment import Limits, Pair, assign, greedy, reciprocal, tradeoff
from matching.cache import EmbeddingCache
from matching.pairs import PAIR_TYPES

HEAD = ("pair type", "limit", "pairs", "asking served", "largest load", "answering seen", "total")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cache", type=Path, default=Path("instance/index/embeddings.sqlite"))
    options.add_argument("--each", type=int, default=2)
    asked = options.parse_args()
    asked.cache.parent.mkdir(parents=True, exist_ok=True)
    bench = SampleBench(encoders.load(), EmbeddingCache(asked.cache))
    print("| " + " | ".join(HEAD) + " |\n|" + "---|" * len(HEAD))
    for pair_type in ROUND_TYPES:
        for row in rows(pair_type, good_pairs(bench, pair_type), places(bench), asked.each):
            print("| " + " | ".join(str(cell) for cell in row) + " |")


def good_pairs(bench, pair_type) -> list[Pair]:
    kind = PAIR_TYPES[pair_type].a
    return [
        Pair(each.a, each.b, reciprocal(each.score, each.score_ba))
        for record in bench.records.values()
        if record.kind == kind
        for each in bench.matcher.match(record, pair_type, limit=10)
        if each.level != "weak"
    ]


def places(bench) -> dict[str, int]:
    return {
        key: int(record.facts.get("capacity", USUAL_PLACES[record.kind]))
        for key, record in bench.records.items()
        if record.kind in USUAL_PLACES
    }


def rows(pair_type, pairs, free, each):
    """By itself, best first within places, then a round for each limit that brings something."""
    limits = Limits(free, each=each)
    everybody = Limits(dict.fromkeys(free, len(pairs)), each=each)
    yield told(pair_type, "by itself", greedy(pairs, everybody))
    yield told(pair_type, "best first, places", greedy(pairs, limits))
    for limit, _total in tradeoff(pairs, limits):
        yield told(pair_type, limit, assign(pairs, Limits(free, limit, each)))


def told(pair_type, limit, found):
    served = len(Counter(pair.a for pair in found.chosen))
    return (
        pair_type, limit, len(found.chosen), served, found.largest, len(found.loads),
        f"{found.total:.2f}",
    )  # fmt: skip


if __name__ == "__main__":
    main()
