"""Does a long text keep its quality? The right answers buried in twenty pages of other matters.

    python -m benchmarks.long_texts [--pages N] [--listings N] [--side need] [--others SET]

Offers that answer a need of the labelled sample are rewritten: what each says of its solution
stands somewhere in N pages of other text (with `--side need`, what a need says of its problem).
That is from sample listings of other kinds, so much of it speaks of what some need is about; or,
with `--others`, from the corpus of an evaluation set (encyclopaedia articles, say), where whatever
seems near is near by chance.

Every need is then asked before and after: the place of its right offer, whether that is called
good, and how often a long offer stands among the first ten of a need it does not answer, or is
called good for it (a text that speaks of everything must not be near everything).
"""

from __future__ import annotations

import argparse
import random
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.sample_pairs import labelled, records
from matching import encoders
from matching.cache import EmbeddingCache
from matching.evaluation import read_set
from matching.index import PassageIndex
from matching.passages import sentences
from matching.ranker import Matcher
from matching.records import Record

PAGE = 1800  # characters, as on a page of A4 typed in 12 points
PAIR = "need-offer"
BURIED = {"offer": "solution", "need": "problem"}
DEPTH = 20  # places looked at; what stands lower counts as just below
# Kinds whose texts are the other matters: no answers to a need.
OTHERS = ("idea", "startup", "mentor", "investor", "support")


def buried(record: Record, filler: list[str], pages: int, draw: random.Random) -> Record:
    """The record with what matters most of it somewhere in `pages` pages of other
    sentences, in order."""
    part = BURIED[record.kind]
    start, length, chosen = draw.randrange(len(filler)), 0, []
    while length < pages * PAGE:
        chosen.append(filler[(start + len(chosen)) % len(filler)])
        length += len(chosen[-1]) + 1
    place = draw.randrange(len(chosen))
    text = " ".join([*chosen[:place], record.parts.get(part, ""), *chosen[place:]])
    return replace(record, parts={**record.parts, part: text})


def matcher_of(encoder, cache, known) -> Matcher:
    made = Matcher(encoder, PassageIndex(encoder.name, encoder.dimensions), cache)
    made.add_all(known)
    return made


def measure(matcher: Matcher, needs: list[str], right: dict[str, set[str]], long: set[str]) -> dict:
    """Places of the right long offers (0: the first), the share of them called good; the share of
    first tens of other needs in which each long offer stands, and of those that call it good."""
    places, kept, intrusions, wrong = [], [], [], []
    for need in needs:
        record = matcher.index.record(need)
        found = matcher.match(record, PAIR, limit=DEPTH)
        order = [each.b for each in found]
        good = {each.b for each in found if each.level != "weak"}
        places += [order.index(key) if key in order else len(order) for key in right[need] & long]
        kept += [key in good for key in right[need] & long]
        intrusions += [key in order[:10] for key in long - right[need]]
        wrong += [key in good for key in long - right[need]]
    places = np.array(places)
    return {
        "first": float((places == 0).mean()),
        "first 3": float((places < 3).mean()),
        "first 10": float((places < 10).mean()),
        "reciprocal rank": float((1 / (places + 1)).mean()),
        "called good": float(np.mean(kept)),
        "wrong in ten": float(np.mean(intrusions)),
        "wrong and good": float(np.mean(wrong)),
        "pairs": len(places),
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--pages", type=int, default=20)
    options.add_argument("--listings", type=int, default=12)
    options.add_argument("--side", choices=BURIED, default="offer")
    options.add_argument("--others", type=Path)
    options.add_argument("--vectors", default="instance/index/embeddings.sqlite")
    asked = options.parse_args()
    known = records()
    right: dict[str, set[str]] = {}
    for pair in labelled(known):
        if pair.pair_type == PAIR and pair.grade > 0:
            right.setdefault(pair.a, set()).add(pair.b)
    best = [each for each in labelled(known) if each.pair_type == PAIR and each.grade == 2]
    draw = random.Random(0)
    side = {"offer": "b", "need": "a"}[asked.side]
    long = set(draw.sample(sorted({getattr(each, side) for each in best}), asked.listings))
    needs, offers = sorted(right), long
    if asked.side == "need":
        needs, offers = sorted(long), {key for key, each in known.items() if each.kind == "offer"}
    if asked.others:
        texts = list(read_set(asked.others).corpus.values())
    else:
        texts = [
            text
            for record in known.values()
            if record.kind in OTHERS and record.language == "vi"
            for text in record.parts.values()
        ]
    filler = [sentence for text in texts for sentence in sentences(text)]
    rewritten = [
        buried(each, filler, asked.pages, draw) if each.key in long else each
        for each in known.values()
    ]
    encoder, cache = encoders.load(), EmbeddingCache(asked.vectors)
    rows = {}
    for name, listed in (("as written", list(known.values())), (f"{asked.pages} pages", rewritten)):
        rows[name] = measure(matcher_of(encoder, cache, listed), needs, right, offers)
    names = list(rows["as written"])
    print(f"{'':14}" + "".join(f"{name:>17}" for name in names))
    for name, row in rows.items():
        print(f"{name:14}" + "".join(f"{row[each]:17.3f}" for each in names))


if __name__ == "__main__":
    main()
