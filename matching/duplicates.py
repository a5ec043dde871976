"""Is it already here? Listings that say what another one says, copied or in other words.

Two measures, each blind where the other sees:

*copied*  the share of the shorter text's shingles (runs of three folded syllables) that stand in
          the longer one: containment after Broder, "On the resemblance and containment of
          documents", 1997. Sentences may have been moved, dropped or stripped of their accents.
*near*    how far the closest passages of the two lie above chance, in deviations: the same
          thing reworded or translated.

Candidates come from the indexes the matcher has anyway (words by BM25, meaning by passages), so
the cost grows with the index as a search does; only the few dozen best are compared in full.
MinHash (Broder) would spare the full comparison where every pair of a collection is wanted; for
one record against an index it only adds an error to a number that is cheap to know exactly.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from matching.evidence import stands_out
from matching.explain import closest_passages
from matching.finding import Finder
from matching.index import text_of
from matching.passages import cut
from matching.records import PassagePair, Record
from matching.text import clean, fold, syllables

WIDTH = 3  # syllables of a shingle: two words, more or less
# Shorter texts share a run of words by chance too easily to be called copied.
ENOUGH = 12
CANDIDATES = 30  # of each index
# Passages of the new record looked at by meaning: a copy of twenty pages is told by its first.
PASSAGES = 12
# A part is named to people when this much of it stands in the other record.
PART = 0.5

# Least measure of each verdict, first that holds; measured by `python -m benchmarks.duplicates`.
COPIED, REWORDED = 0.25, 6.0


@dataclass(frozen=True)
class Alike:
    """One record that says what another says.

    key       of the record found
    copied    0..1, share of the shorter text's shingles that the two have in common
    near      deviations above what two records of the index have by chance; 0 when not measured
    verdict   "copied" or "reworded"; "" when the two are only of one subject
    parts     names of the asked record's parts that are alike, the most alike first
    passages  closest passages, ours first
    """

    key: str
    copied: float
    near: float
    verdict: str
    parts: tuple[str, ...] = ()
    passages: tuple[PassagePair, ...] = ()


@lru_cache(maxsize=2048)
def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """Runs of WIDTH folded syllables; of a shorter text, all its syllables as one."""
    words = syllables(fold(clean(text)))
    if len(words) < WIDTH:
        return frozenset([tuple(words)] if words else [])
    return frozenset(zip(*(words[start:] for start in range(WIDTH)), strict=False))


def containment(one: str, other: str) -> float:
    """0..1: how much of the text with fewer shingles stands in the other."""
    ours, theirs = shingles(one), shingles(other)
    smaller = min(len(ours), len(theirs))
    return len(ours & theirs) / smaller if smaller >= ENOUGH else 0.0


def nearness(cosines: np.ndarray, mean: float, spread: float) -> float:
    """Deviations above chance of the passages of the side that has fewer: each with its closest on
    the other side, so that a text of which half was dropped is still whole."""
    if not cosines.size:
        return 0.0
    fewer = 1 if cosines.shape[0] <= cosines.shape[1] else 0
    return (float(cosines.max(axis=fewer).mean()) - mean) / spread


def verdict(copied: float, near: float) -> str:
    if copied >= COPIED:
        return "copied"
    return "reworded" if near >= REWORDED else ""


def compare(one: Record, other: Record, near: float = 0.0) -> Alike:
    """How far one record says what the other says; `near` where their passages were compared."""
    copied = containment(text_of(one), text_of(other))
    return Alike(
        other.key, round(copied, 4), round(near, 2), verdict(copied, near), _parts(one, other)
    )


def _parts(one: Record, other: Record) -> tuple[str, ...]:
    """The parts of `one` of which at least PART stands in `other`, the most alike first."""
    theirs = shingles(text_of(other))
    shares = {
        name: len(own & theirs) / len(own)
        for name, text in one.parts.items()
        if (own := shingles(text))
    }
    return tuple(
        sorted(
            (name for name, share in shares.items() if share >= PART),
            key=lambda name: -shares[name],
        )
    )


def find(
    finder: Finder,
    record: Record,
    vectors: np.ndarray,
    *,
    groups: Collection[str] | None = None,
    but: Collection[str] = (),
    limit: int = 5,
) -> list[Alike]:
    """Indexed records of the same kind that say what this one says, the surest first.

    `vectors` are those of the record's first passages; the record need not be in the index. Only
    what `groups` may be shown (None: anything) is looked at; keys of `but` are passed over.
    """
    found = [
        each for each in compared(finder, record, vectors, groups=groups, but=but) if each.verdict
    ]
    return sorted(found, key=lambda each: (each.verdict != "copied", -each.copied, -each.near))[
        :limit
    ]


def compared(
    finder: Finder,
    record: Record,
    vectors: np.ndarray,
    *,
    groups: Collection[str] | None = None,
    but: Collection[str] = (),
) -> list[Alike]:
    """Every candidate measured, by key, those that are no copies too: what cuts are chosen from."""
    keys = _candidates(finder, record, vectors, groups) - set(but) - {record.key}
    return [_measured(finder, record, vectors, key) for key in sorted(keys)]


def _candidates(finder, record, vectors, groups) -> set[str]:
    """The likest by words and the likest by meaning."""
    index = finder.index
    found = index.candidates(kinds={record.kind}, groups=groups)
    lexical = index.lexical.score(text_of(record), record.language, plain=True)
    scores = lexical.scores[found.slots]
    by_words = found.slots[np.argsort(-scores, kind="stable")[:CANDIDATES]]
    keys = {index.record_at(int(slot)).key for slot in by_words}
    if len(vectors):
        near = index.nearest(vectors, kinds={record.kind}, groups=groups, limit=CANDIDATES)
        keys |= {each.key for each in near}
    return keys


def _measured(finder, record, vectors, key) -> Alike:
    other, theirs = finder.index.record(key), finder.index.vectors(key)[:PASSAGES]
    if not len(vectors) or not len(theirs):
        return compare(record, other)
    usual, cosines = finder.calibration, vectors @ theirs.T
    alike = compare(record, other, nearness(cosines, usual.mean, usual.spread))
    if not alike.verdict:
        return alike
    above = stands_out(cosines, usual.passage_mean, usual.passage_spread)
    ours = cut(record)[: len(vectors)]
    closest = closest_passages(above, ours, finder.index.passages(key)[:PASSAGES], limit=1)
    return replace(alike, passages=closest)
