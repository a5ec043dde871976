"""BM25 as a formula, and what comes of it; whoever counts (matching.lexical) brings the counts.

Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009): the usual
ranges are k1 1.2-2 and b 0.5-0.8; k3 saturates words repeated in a long query.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

K1, B, K3 = 1.2, 0.75, 8.0
PORTION = 1_000_000  # postings worked through at once


@dataclass(frozen=True)
class LexicalScores:
    """What one query finds, by slot (or by candidate, after `at`).

    scores     BM25 of each slot (0: nothing in common)
    coverage   information (idf of telling terms) query and slot share, as a part of the smaller of
               the two: a long question cannot be covered by a short answer, nor the reverse
    languages  number of each slot's language in LANGUAGES (0: not known)
    same_language  False where the slot's language is not, or not surely, that of the query
    unaccented the query is Vietnamese in plain letters, which no encoder reads well
    ideal      what a text of mean length would score that had each of the query's terms once
    """

    scores: np.ndarray
    coverage: np.ndarray
    languages: np.ndarray
    same_language: np.ndarray
    ideal: float = 1.0
    unaccented: bool = False

    def at(self, slots: np.ndarray) -> LexicalScores:
        return LexicalScores(
            self.scores[slots],
            self.coverage[slots],
            self.languages[slots],
            self.same_language[slots],
            self.ideal,
            self.unaccented,
        )


class Found(NamedTuple):
    """A term of the query: who holds it (n,) or None, where everybody is counted in turn, how
    often (n,), what it weighs, and its information (0.0 of one that does not tell)."""

    places: np.ndarray | None
    counts: np.ndarray
    weight: float
    information: float


def idf(frequency, of: int):
    """Robertson and Spärck Jones, never negative; of a number or an array."""
    frequency = np.minimum(frequency, of)
    return np.log1p((of - frequency + 0.5) / (frequency + 0.5))


def weight(idf: float, repeated: int) -> float:
    """Of a term that stands so often in the query."""
    return idf * (K3 + 1) * repeated / (K3 + repeated)


def norms(lengths, mean: float):
    """How much longer texts have to say a word more often."""
    return K1 * (1 - B + B * lengths / mean)


def saturated(counts, norms):
    """What so many mentions are worth, 1 for one in a text of mean length."""
    return counts * (K1 + 1) / (counts + norms)


def added(found: Sequence[Found], norms: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n,) each: score and covered information of each place, whose norms (n,) are given."""
    if found and found[0].places is None:
        return _of_each(found, norms)
    scores, covered = np.zeros(len(norms)), np.zeros(len(norms))
    for some in _portions(found):
        _add(scores, covered, some, norms)
    return scores, covered


def _of_each(found: Sequence[Found], norms: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`added`, where there are few places: in one table, a line a term."""
    counts = np.array([term.counts for term in found], np.float32)
    worth = saturated(counts, norms)
    worth *= np.array([[term.weight] for term in found], np.float32)
    known = np.array([[term.information] for term in found]) * (counts > 0)
    return worth.sum(axis=0, dtype=np.float64), known.sum(axis=0)


def _portions(found: Sequence[Found]) -> Iterator[list[Found]]:
    """Terms in portions of about PORTION postings."""
    some, size = [], 0
    for term in found:
        some.append(term)
        size += len(term.places)
        if size > PORTION:
            yield some
            some, size = [], 0
    if some:
        yield some


def _add(scores, covered, terms: list[Found], norms) -> None:
    """Add what some terms are worth to each place that has them: all in one pass, for a pass a
    term would cost more than the arithmetic."""
    sizes = [len(term.places) for term in terms]
    places = np.concatenate([term.places for term in terms])
    counts = np.concatenate([term.counts for term in terms]).astype(np.float32)
    worth = saturated(counts, norms[places])
    worth *= np.repeat(np.array([term.weight for term in terms], np.float32), sizes)
    scores += np.bincount(places, worth, len(scores))
    telling = [term for term in terms if term.information]
    if telling:
        held = [term.places for term in telling]
        known = np.repeat([term.information for term in telling], [len(each) for each in held])
        covered += np.bincount(np.concatenate(held), known, len(covered))
