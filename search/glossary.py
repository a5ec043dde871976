"""Words of one language and what they are called in another, for queries: English into Vietnamese.

    glossary = Glossary.read(path)  # a line: rice husk = trấu | vỏ trấu
    glossary.meant(["rice", "husks", "boiler"], 0)  # (2, ("trấu", "vỏ trấu"))

No dictionary: a few thousand words of the trades, the commonest meaning first. A word is looked up
as it is typed, then in the singular, then as what is done, then by its stem.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar

from search import analysis

VOWEL = re.compile(r"[aeiouy]")
DOUBLED = re.compile(r"([bdgklmnprt])\1$")


class Glossary:
    """Spellings and what they mean, unchanging."""

    NONE: ClassVar["Glossary"]

    def __init__(self, entries: Iterable[tuple[str, Sequence[str]]] = ()):
        self._meanings: dict[tuple[int, tuple[str, ...]], tuple[str, ...]] = {}
        self._longest = 0
        for spelling, meanings in entries:
            words = tuple(analysis.syllables(spelling))
            self._longest = max(self._longest, len(words))
            for step, form in enumerate(_forms(words)):
                # The first of several spellings with one stem is what the stem means.
                self._meanings.setdefault((step, form), tuple(meanings))

    @classmethod
    def read(cls, path: Path) -> "Glossary":
        """Of a file with `spelling = meaning | meaning` a line, "#" before remarks. Raises
        ValueError for any other line."""
        entries = []
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if not line or line.startswith("#"):
                continue
            spelling, _, meanings = line.partition(" = ")
            meant = [each.strip() for each in meanings.split("|")]
            if not spelling or not all(meant):
                raise ValueError(f"{path.name}, line {number}: no meaning")
            entries.append((spelling, meant))
        return cls(entries)

    def __len__(self) -> int:
        return sum(step == 0 for step, _ in self._meanings)

    def meant(self, words: Sequence[str], start: int) -> tuple[int, tuple[str, ...]] | None:
        """Where the longest spelling that begins at `start` ends, and its meanings, commonest
        first; None where none begins."""
        for length in range(min(self._longest, len(words) - start), 0, -1):
            for step, form in enumerate(_forms(tuple(words[start : start + length]))):
                if (step, form) in self._meanings:
                    return start + length, self._meanings[step, form]
        return None


def _forms(words):
    """The words as typed, the last in the singular or as what is done (peeled: peeling), and all
    by their stems."""
    *first, last = words
    done = re.sub(r"ed$", "ing", last)
    return words, (*first, singular(last)), (*first, done), tuple(map(stem, words))


def singular(word: str) -> str:
    """Of an English noun, by rule: batteries, boxes, dryers."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        return word[:-1]
    return word


def stem(word: str) -> str:
    """What inflected forms of an English word share, in either spelling of it: sterilising and
    sterilize are "steriliz"."""
    word = singular(word)
    for ending in ("ing", "ed"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) > 2 and VOWEL.search(rest):
            word = DOUBLED.sub(r"\1", rest)
            break
    word = re.sub(r"(?<=[a-z]{3})is(?=(?:e|er|ation)?$)", "iz", word)
    word = re.sub(r"(?<=[a-z]{2})our$", "or", word)
    word = re.sub(r"(?<=[a-z]{2}[bt])re$", "er", word)
    word = re.sub(r"(?<=[a-z]{2})e$", "", word)
    word = re.sub(r"(?<=[a-z]{2})v$", "f", word)  # leaves, knives
    return re.sub(r"(?<=[a-z]{2})y$", "i", word)


Glossary.NONE = Glossary()
