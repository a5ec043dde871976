"""BM25 over records, in memory and on disk: what two texts share word by word.

A term (matching.terms) is kept as a 64-bit hash: postings are plain sorted arrays, without a
Python object per word.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from matching import bm25
from matching.bm25 import LexicalScores
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

# What is known of each slot: length in syllables, telling terms, number of its language.
COLUMNS = {"lengths": np.float32, "distinct": np.float32, "languages": np.int8, "alive": bool}
# Up to this share of all slots is looked up one by one: more is read through in less time.
LOOKED_UP = 0.05
KNOWN = 2000  # texts whose terms are remembered between comparisons


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
        self,
        text: str,
        language: str = "",
        *,
        plain: bool = False,
        among: np.ndarray | None = None,
        kept: bool = False,
    ) -> LexicalScores:
        """BM25 of every slot for a query text, or of the slots `among`, in their order; removed
        slots score 0.

        `plain` counts every term between any two languages, as BM25 by itself does (the baseline
        of the benchmarks). `kept`: the same `among` will be asked for with many texts.
        """
        self._forget_the_outdated()
        if among is not None and not kept and len(among) > LOOKED_UP * len(self._alive):
            return self.score(text, language, plain=plain).at(among)
        alive, lengths, distinct = self._alive, self._lengths, self._distinct
        if among is not None:
            alive, lengths, distinct = alive[among], lengths[among], distinct[among]
        asked = self._language(text, language)
        languages, same = self.languages(text, language, among)
        comparable = alive & (same | (languages == 0) | plain)
        unaccented = typed_without_accents(text, asked)
        total = ideal = 0.0
        found = []
        for term, repeated in self._asked(text, asked).items():
            reached = alive if crosses_languages(term) else comparable
            places, counts = self._read(hashed(term), among, kept, reached)
            idf = self._weight(term)
            telling = tells(f"a{term[1:]}") and term[0] == ("f" if unaccented else "a")
            total += idf if telling else 0.0
            weight = bm25.weight(idf, repeated)
            ideal += weight
            found.append(bm25.Found(places, counts, weight, idf if telling else 0.0))
        scores, covered = bm25.added(found, bm25.norms(lengths, self._mean_length))
        smaller = np.maximum(np.minimum(total, distinct * self._information()), 1e-9)
        return LexicalScores(
            scores,
            np.minimum(covered / smaller, 1.0),
            languages,
            same,
            max(ideal, 1e-9),
            unaccented and asked == "vi",
        )

    def languages(
        self, text: str, language: str = "", among: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Of every slot or of those `among`: the number of its language, and whether that is
        the language of a query text."""
        asked = self._language(text, language)
        languages = self._languages if among is None else self._languages[among]
        # A text of unknown language (a name, a number) may be read in either.
        alive = self._alive if among is None else self._alive[among]
        return languages, languages == LANGUAGES.index(asked) if asked else alive

    def knows(self, text: str) -> bool:
        """Whether any word of the text stands anywhere."""
        asked = self._asked(text, guess_language(text))
        return any(self._postings.frequency(hashed(term)) for term in asked)

    @staticmethod
    def _language(text: str, language: str) -> str:
        return guess_language(text) or (language if language in LANGUAGES else "")

    def _read(self, term: int, among, kept, reached) -> tuple[np.ndarray | None, np.ndarray]:
        """Who of those `reached` holds a term and how often: slots or places in `among`, or None
        and how often each of `among` does."""
        if among is not None and not kept:
            return None, self._postings.counts(term, among) * reached
        postings = self._postings if among is None else self._sample(among)
        places, counts, _frequency = postings.of(term)
        some = reached[places]
        return (places, counts) if some.all() else (places[some], counts[some])

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
        norm = bm25.norms(length, self._mean_length)
        score = 0.0
        for term in weights.keys() & given.keys():
            if same or spoken == 0 or crosses_languages(term):
                score += weights[term] * bm25.saturated(given[term], norm)
        return score / ideal, spoken, same

    def _query(self, text: str, language: str) -> tuple[dict[str, float], float]:
        """Weight of each term of a query and their sum, kept until the statistics change."""
        self._forget_the_outdated()
        known = self._queries.get((text, language))
        if known is None:
            weights = {
                term: bm25.weight(self._weight(term), repeated)
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
        """Postings of these slots only, by their places, kept until the statistics change: the
        same sample is asked for with every record that is measured against it."""
        name = hash(slots.tobytes())
        known = self._samples.get(name)
        if known is None:
            known = self._samples[name] = self._postings.only(slots)
        return known

    def _weight(self, term: str) -> float:
        idf = self._idfs.get(term)
        if idf is None:
            idf = self._idfs[term] = float(self._idf(self._postings.frequency(hashed(term))))
        return idf

    def _information(self) -> float:
        """Of a telling term, on average; a text's own is estimated as this times its distinct
        ones. The exact sum would read every posting at every change."""
        if self._mean_idf_at != self.version:
            sizes = self._postings.sizes(only=1)
            total = float(sizes.sum())
            self._mean_idf = float(np.dot(sizes, self._idf(sizes)) / total) if total else 1.0
            self._mean_idf_at = self.version
        return self._mean_idf

    def rarity(self, syllable: str) -> float:
        """0 (in every record) .. 1 (in at most one): how telling a lower-case syllable is."""
        self._forget_the_outdated()
        rarest = float(self._idf(1))
        return self._weight(f"a{syllable}") / rarest if rarest > 0 else 1.0

    def _idf(self, frequency):
        return bm25.idf(frequency, self._living)

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
