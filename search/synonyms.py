"""Spellings that mean the same: abbreviations, short forms, other names of a thing.

    synonyms = Synonyms([{"HTX", "hợp tác xã"}, {"CNTT", "công nghệ thông tin"}])
    index.search(Query("htx nông nghiệp", synonyms=synonyms))

They act on the query, never on the index, so a changed table counts at once and everywhere. What
was typed is always looked for too, and weighs more (`search.ranking`).
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import ClassVar

from search import analysis

# One word of a group of hundred spellings would become a query of hundred phrases.
MOST_OTHERS = 12


class Synonyms:
    """Groups of spellings, unchanging; two tables with the same groups are equal.

    A spelling without a letter or digit says nothing and is ignored, and so is a group of fewer
    than two spellings. A spelling in several groups has the others of all of them.
    """

    NONE: ClassVar["Synonyms"]

    def __init__(self, groups: Iterable[Iterable[str]] = ()):
        spelt = {tuple(sorted({_syllables(s) for s in group} - {()})) for group in groups}
        self.groups: tuple[tuple[tuple[str, ...], ...], ...] = tuple(
            sorted(group for group in spelt if len(group) > 1)
        )
        written = json.dumps(self.groups, ensure_ascii=True).encode()
        self.version: str = hashlib.sha256(written).hexdigest()[:16]
        self._starting: dict[str, list[tuple[tuple[str, ...], int]]] = {}
        for number, group in enumerate(self.groups):
            for spelling in group:
                first = analysis.folded(spelling[0])
                self._starting.setdefault(first, []).append((spelling, number))
        for starting in self._starting.values():
            starting.sort(key=lambda each: (-len(each[0]), each))  # the longest is what was meant

    def __eq__(self, other) -> bool:
        return isinstance(other, Synonyms) and self.groups == other.groups

    def __hash__(self) -> int:
        return hash(self.version)

    def __repr__(self) -> str:
        return f"Synonyms({len(self.groups)} groups, {self.version})"

    def joined(self, other: "Synonyms") -> "Synonyms":
        """Both tables as one, without reading the spellings of either again."""
        if not (self.groups and other.groups):
            return self if self.groups else other
        both = Synonyms()
        both.groups = self.groups + other.groups
        both.version = hashlib.sha256((self.version + other.version).encode()).hexdigest()[:16]
        both._starting = dict(self._starting)
        for first, starting in other._starting.items():
            more = [(spelling, number + len(self.groups)) for spelling, number in starting]
            both._starting[first] = sorted(
                [*self._starting.get(first, ()), *more], key=lambda each: (-len(each[0]), each)
            )
        return both

    def others(
        self, typed: Sequence[str], start: int
    ) -> tuple[int, tuple[tuple[str, ...], ...]] | None:
        """Where the longest spelling beginning at `start` of these syllables ends, and the other
        spellings of its groups; None where no spelling begins."""
        candidates = self._starting.get(analysis.folded(typed[start]), ())
        for length, spellings in groupby(candidates, key=lambda each: len(each[0])):
            run = typed[start : start + length]
            met = [each for each in spellings if _same(run, each[0])]
            if met:
                others = {s for _, number in met for s in self.groups[number]}
                others -= {spelling for spelling, _ in met}
                return start + length, tuple(sorted(others)[:MOST_OTHERS])
        return None


Synonyms.NONE = Synonyms()


def _syllables(spelling):
    return tuple(analysis.syllables(spelling))


def _same(typed, spelling):
    """Whether these syllables are that spelling: an accent typed must be there."""
    return len(typed) == len(spelling) and all(
        one == other or (one.isascii() and analysis.folded(one) == analysis.folded(other))
        for one, other in zip(typed, spelling, strict=True)
    )
