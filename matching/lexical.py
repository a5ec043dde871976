"""BM25 over records, in memory and on disk: what two texts share word by word.

A term (matching.terms) is kept as a 64-bit hash: postings are plain sorted arrays, without a
Python object per word.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from matching.columns import Column
from matching.postings import Postings
from matching.terms import (
    LANGUAGES,
    crosses_languages,
    hashed,
    tells,
    terms_of,
    typed_without_accents,
)
from matching.text import guess_language

# Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009): the
# usual ranges are k1 1.2-2 and b 0.5-0.8; k3 saturates words repeated in a long query.
K1, B, K3 = 1.2, 0.75, 8.0

# What is known of each slot: length in syllables, telling terms, number of its language.
COLUMNS = {"lengths": np.float32, "distinct": np.float32, "languages": np.int8, "alive": bool}
PORTION = 1_000_000  # postings worked through at once
KNOWN = 2000  # texts whose terms are remembered between comparisons


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


class LexicalIndex:
    """Slots (small integers, given by the caller) -> terms. Add, remove, score."""

    def __init__(self):
        self._postings = Postings()
        self.version = 0  # changes with every change of the statistics
        self._mean_idf, self._mean_idf_at = 1.0, -1
        self._living, self._mean_length, self._known_at = 0, 1.0, -1
        self._idfs: dict[str, float] = {}
        self._queries: dict[tuple[str, str], tuple[dict[str, float], float]] = {}
        self._samples: dict[int, Postings] = {}
        self._known_terms: dict[str, Counter[str]] = {}
        self._columns = {name: Column(kind) for name, kind in COLUMNS.items()}

    @property
    def _lengths(self) -> np.ndarray:
        return self._columns["lengths"].array

    @property
    def _distinct(self) -> np.ndarray:
        return self._columns["distinct"].array

    @property
    def _languages(self) -> np.ndarray:
        return self._columns["languages"].array

    @property
    def _alive(self) -> np.ndarray:
        return self._columns["alive"].array

    def add(self, slot: int, text: str, language: str = "") -> None:
        """Index a text under a new slot; its own words tell its language, else `language`."""
        self.version += 1
        for column in self._columns.values():
            column.extend(np.zeros(max(0, slot + 1 - len(column))))
        terms = terms_of(text)
        self._postings.add(slot, {hashed(term): count for term, count in terms.items()})
        self._lengths[slot] = sum(n for term, n in terms.items() if term[0] == "a")
        self._distinct[slot] = sum(map(tells, terms))
        known = guess_language(text) or language
        self._languages[slot] = LANGUAGES.index(known) if known in LANGUAGES else 0
        self._alive[slot] = True

    def remove(self, slot: int, text: str) -> None:
        """Forget a slot; `text` is what it was added with (for the document frequencies)."""
        self.version += 1
        self._alive[slot] = False
        self._postings.lose(map(hashed, terms_of(text)))

    def score(
        self, text: str, language: str = "", *, plain: bool = False, among: np.ndarray | None = None
    ) -> LexicalScores:
        """BM25 of every slot for a query text; removed slots score 0.

        `plain` counts every term between any two languages, as BM25 by itself does (the baseline
        of the benchmarks). `among`: only these slots are scored, the others are left at 0.
        """
        self._forget_the_outdated()
        alive, languages = self._alive, self._languages
        postings = self._postings if among is None else self._sample(among)
        asked = guess_language(text) or (language if language in LANGUAGES else "")
        # A text of unknown language (a name, a number) may be read in either.
        same = languages == LANGUAGES.index(asked) if asked else alive
        comparable = alive & (same | (languages == 0) | plain)
        unaccented = typed_without_accents(text, asked)
        scores, covered = np.zeros(len(alive)), np.zeros(len(alive))
        total = ideal = 0.0
        found = []  # slots, counts, weight of the term, its idf where it is one that tells
        for term, repeated in self._asked(text, asked).items():
            slots, counts, _ = postings.of(hashed(term))
            idf = self._weight(term)
            telling = tells(f"a{term[1:]}") and term[0] == ("f" if unaccented else "a")
            total += idf if telling else 0.0
            weight = idf * (K3 + 1) * repeated / (K3 + repeated)
            ideal += weight
            reached = (alive if crosses_languages(term) else comparable)[slots]
            if not reached.all():
                slots, counts = slots[reached], counts[reached]
            found.append((slots, counts, weight, idf if telling else 0.0))
        norms = K1 * (1 - B + B * self._lengths / self._mean_length)
        for some in _portions(found):
            _add(scores, covered, some, norms)
        smaller = np.maximum(np.minimum(total, self._own_information()), 1e-9)
        return LexicalScores(
            scores,
            np.minimum(covered / smaller, 1.0),
            languages,
            same,
            max(ideal, 1e-9),
            unaccented and asked == "vi",
        )

    def share(
        self, query: str, text: str, language: str = "", text_language: str = ""
    ) -> tuple[float, int, bool]:
        """BM25 of one text, indexed or not, as a part of the ideal; its language; whether that
        is the query's. The same number `score` gives an indexed text."""
        speaks = guess_language(query) or (language if language in LANGUAGES else "")
        weights, ideal = self._query(query, speaks)
        given = self._terms(text)
        spoken = LANGUAGES.index(
            guess_language(text) or (text_language if text_language in LANGUAGES else "")
        )
        same = not speaks or spoken == LANGUAGES.index(speaks)
        length = sum(count for term, count in given.items() if term[0] == "a")
        norm = K1 * (1 - B + B * length / self._mean_length)
        score = 0.0
        for term in weights.keys() & given.keys():
            if same or spoken == 0 or crosses_languages(term):
                count = given[term]
                score += weights[term] * count * (K1 + 1) / (count + norm)
        return score / ideal, spoken, same

    def _query(self, text: str, language: str) -> tuple[dict[str, float], float]:
        """Weight of each term of a query and their sum, kept until the statistics change."""
        self._forget_the_outdated()
        known = self._queries.get((text, language))
        if known is None:
            weights = {
                term: self._weight(term) * (K3 + 1) * repeated / (K3 + repeated)
                for term, repeated in self._asked(text, language).items()
            }
            if len(self._queries) >= KNOWN:
                self._queries.clear()
            known = self._queries[text, language] = (weights, max(sum(weights.values()), 1e-9))
        return known

    def _asked(self, query: str, language: str) -> dict[str, int]:
        """Terms of a query; of one without accents, only the folded: its plain forms are other
        words ("may" is "máy", "mây" or "may")."""
        terms = self._terms(query)
        if language == "vi" and typed_without_accents(query, language):
            return {term: count for term, count in terms.items() if term[0] != "a"}
        return terms

    # Threads of a site share what is remembered: each works on what it got, never on what it
    # expects to find a moment later.

    def _terms(self, text: str) -> Counter[str]:
        terms = self._known_terms.get(text)
        if terms is None:
            if len(self._known_terms) >= KNOWN:
                self._known_terms.clear()
            terms = self._known_terms[text] = terms_of(text)
        return terms

    def _sample(self, slots: np.ndarray) -> Postings:
        """Postings of these slots only, kept until the statistics change: the same sample is asked
        for with every record that is measured against it."""
        name = hash(slots.tobytes())
        known = self._samples.get(name)
        if known is None:
            wanted = np.zeros(len(self._alive), bool)
            wanted[slots] = True
            known = self._samples[name] = self._postings.only(wanted)
        return known

    def _weight(self, term: str) -> float:
        idf = self._idfs.get(term)
        if idf is None:
            idf = self._idfs[term] = float(self._idf(self._postings.frequency(hashed(term))))
        return idf

    def _own_information(self) -> np.ndarray:
        """Information of each slot's own text: its distinct telling terms times the mean idf of
        one. An estimate: the exact sum would read every posting at every change."""
        if self._mean_idf_at != self.version:
            sizes = self._postings.sizes(only=1)
            total = float(sizes.sum())
            self._mean_idf = float(np.dot(sizes, self._idf(sizes)) / total) if total else 1.0
            self._mean_idf_at = self.version
        return self._distinct * self._mean_idf

    def rarity(self, syllable: str) -> float:
        """0 (in every record) .. 1 (in at most one): how telling a lower-case syllable is."""
        self._forget_the_outdated()
        rarest = float(self._idf(1))
        return self._weight(f"a{syllable}") / rarest if rarest > 0 else 1.0

    def _idf(self, frequency):
        """Robertson and Spärck Jones, never negative; of a number or an array."""
        frequency = np.minimum(frequency, self._living)
        return np.log1p((self._living - frequency + 0.5) / (frequency + 0.5))

    def _forget_the_outdated(self) -> None:
        """What follows from the statistics is worked out once for each version of them."""
        if self._known_at != self.version:
            self._idfs, self._queries, self._samples = {}, {}, {}
            self._living = int(self._alive.sum())
            lengths = self._lengths[self._alive]
            self._mean_length = max(1.0, float(lengths.mean())) if len(lengths) else 1.0
            self._known_at = self.version

    def freeze(self, renumber: np.ndarray | None = None) -> None:
        """Postings into one layer, without those of removed slots.

        `renumber[slot]` gives the new number of each living slot, ascending with the old ones,
        when the caller compacts.
        """
        alive = self._alive
        numbers = np.arange(len(alive)) if renumber is None else renumber
        self._postings.compact(np.where(alive, numbers, -1))
        if renumber is not None:
            self._columns = {
                name: Column(COLUMNS[name], column.array[alive])
                for name, column in self._columns.items()
            }

    def settle(self) -> tuple[list[dict[str, np.ndarray]], dict[str, np.ndarray]]:
        """All there is as arrays: layers that do not change any more, and a state that does."""
        self._postings.settle()
        terms, counts = self._postings.lost
        state = {name: column.array for name, column in self._columns.items()}
        return self._postings.layers, state | {"lost_terms": terms, "lost_counts": counts}

    def use(self, layers: list[dict[str, np.ndarray]]) -> None:
        """Those that `settle` gave, from where they were written."""
        self._postings.layers = layers

    @classmethod
    def restored(cls, layers, state: dict[str, np.ndarray]) -> LexicalIndex:
        """The inverse of `settle`; postings may stay memory-mapped. KeyError, ValueError when
        something is missing or does not fit."""
        index = cls()
        lost = dict(zip(state["lost_terms"].tolist(), state["lost_counts"].tolist(), strict=True))
        for layer in layers:
            if len(layer["starts"]) != len(layer["terms"]) + 1:
                raise ValueError("postings do not fit their terms")
            if not len(layer["slots"]) == len(layer["counts"]) == layer["starts"][-1]:
                raise ValueError("postings are cut off")
        index._postings = Postings(layers, lost)
        index._columns = {name: Column(kind, state[name]) for name, kind in COLUMNS.items()}
        return index


def _portions(found: list[tuple]):
    """Terms in portions of about PORTION postings."""
    some, size = [], 0
    for term in found:
        some.append(term)
        size += len(term[0])
        if size > PORTION:
            yield some
            some, size = [], 0
    if some:
        yield some


def _add(scores: np.ndarray, covered: np.ndarray, terms: list[tuple], norms: np.ndarray) -> None:
    """Add what some terms are worth to each slot that has them: all in one pass, for a pass a term
    would cost more than the arithmetic."""
    sizes = [len(slots) for slots, *_ in terms]
    slots = np.concatenate([slots for slots, *_ in terms])
    counts = np.concatenate([counts for _, counts, *_ in terms]).astype(np.float32)
    worth = counts * np.float32(K1 + 1) / (counts + norms[slots])
    worth *= np.repeat(np.array([weight for *_, weight, _ in terms], np.float32), sizes)
    scores += np.bincount(slots, worth, len(scores))
    telling = [(slots, idf) for slots, _, _, idf in terms if idf]
    if telling:
        idfs = np.repeat([idf for _, idf in telling], [len(slots) for slots, _ in telling])
        covered += np.bincount(np.concatenate([each for each, _ in telling]), idfs, len(covered))
