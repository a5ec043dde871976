"""Are near-copies told from listings that are merely of one subject?

    python -m benchmarks.duplicates [--every N] [--vectors FILE]

Every N-th sample listing is rewritten in the ways below and looked for among all of them (itself
among them: it should be found, and nothing else). Every listing as it is, without itself, should
find nothing: the hardest non-copies there are, for many sample listings speak of one subject.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable
from dataclasses import replace

from benchmarks.long_texts import matcher_of
from benchmarks.sample_pairs import records
from matching import encoders
from matching.cache import EmbeddingCache
from matching.duplicates import find
from matching.passages import sentences
from matching.records import Record
from matching.text import strip_marks

KEPT = 0.6  # of the sentences, where some are dropped
# Words a second writer would choose differently; with neighbouring phrases swapped, no run of
# three syllables survives for long.
SYNONYMS = {
    "giảm": "hạ", "tăng": "nâng", "máy": "thiết bị", "dùng": "sử dụng", "mỗi": "từng",
    "không": "chẳng", "cần": "muốn có", "nước": "dòng nước", "nhiều": "lắm", "được": "có thể",
    "bằng": "nhờ", "trong": "ở trong", "cho": "dành cho", "tại": "ở", "đã": "từng", "và": "cùng",
}  # fmt: skip


def moved(text: str, draw: random.Random) -> str:
    found = sentences(text)
    draw.shuffle(found)
    return " ".join(found)


def dropped(text: str, draw: random.Random) -> str:
    found = sentences(text)
    return " ".join(each for each in found if draw.random() < KEPT) or found[0]


def bare(text: str, draw: random.Random) -> str:
    return strip_marks(text)


def swapped(text: str, draw: random.Random) -> str:
    """Neighbouring phrases of two to four syllables change places."""
    words, phrases = text.split(), []
    while words:
        length = draw.randint(2, 4)
        phrases.append(words[:length])
        words = words[length:]
    for at in range(0, len(phrases) - 1, 2):
        phrases[at], phrases[at + 1] = phrases[at + 1], phrases[at]
    return " ".join(word for phrase in phrases for word in phrase)


def reworded(text: str, draw: random.Random) -> str:
    return swapped(" ".join(SYNONYMS.get(word.lower(), word) for word in text.split()), draw)


CHANGES: dict[str, Callable[[str, random.Random], str]] = {
    "sentences moved": moved,
    "four in ten sentences dropped": dropped,
    "no accents": bare,
    "phrases swapped": swapped,
    "words replaced, phrases swapped": reworded,
}


def rewritten(record: Record, change, draw: random.Random) -> Record:
    parts = {name: change(text, draw) for name, text in record.parts.items() if text.strip()}
    return replace(record, key="copy", parts=parts)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--every", type=int, default=6)
    options.add_argument("--vectors", default="instance/index/embeddings.sqlite")
    asked = options.parse_args()
    known, draw = records(), random.Random(0)
    matcher = matcher_of(
        encoders.load(), EmbeddingCache(asked.vectors), list(known.values())
    )  # fmt: skip
    chosen = list(known.values())[:: asked.every]
    print(f"{len(chosen)} of {len(known)} listings rewritten; precision and recall of the warning")
    for name, change in CHANGES.items():
        right = wrong = 0
        for record in chosen:
            copy = rewritten(record, change, draw)
            found = [each.key for each in find(matcher, copy, matcher.encode(copy))]
            right += record.key in found
            wrong += len(set(found) - {record.key})
        precision = right / max(1, right + wrong)
        print(f"  {name:34} precision {precision:.3f}  recall {right / len(chosen):.3f}")
    false = {
        record.key: [each.key for each in found]
        for record in known.values()
        if (found := find(matcher, record, matcher.index.vectors(record.key)))
    }
    print(f"  as it is, without itself: {len(false)} of {len(known)} find another", false or "")


if __name__ == "__main__":
    main()
