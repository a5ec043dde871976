"""Queries of any characters, operators and control signs: none may fail or take a second."""

import random
import time

from search import Query, highlight

OPERATORS = [*"\"'-+*?~^:()[]{}<>|&!/.,;_ \t\n\0\\“", "máy", "sấy", "nhãn", "AND", "OR", "NOT"]


def typed(chance):
    length = chance.choice([3, 20, 200, 2_000])
    form = chance.randrange(3)
    if form == 0:
        return "".join(chr(chance.randrange(0x110000)) for _ in range(length))
    if form == 1:
        return "".join(chance.choice(OPERATORS) for _ in range(length))
    return " ".join(
        chance.choice([chance.choice(OPERATORS), chr(chance.randrange(0x3000))])
        for _ in range(length)
    )


def fuzz(index, count, seed=3):
    chance, longest = random.Random(seed), 0.0
    for _ in range(count):
        text = typed(chance)
        start = time.thread_time()
        index.search(Query(text, facets=("kind", "place")))
        highlight("Máy sấy nhãn 500 kg/mẻ", text)
        longest = max(longest, time.thread_time() - start)
    return f"{count:,} queries of any characters, none failed, the slowest {longest * 1000:.0f} ms"
