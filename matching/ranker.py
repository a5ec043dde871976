"""Records in, ranked and explained pairs out.

Three kinds of evidence: meaning (cosines of passages, both ways), words (shared information), and
facts (declared rules). docs/matching.md tells how they are weighed and on what that was measured.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from matching import constraints, explain, thresholds
from matching.cache import EmbeddingCache
from matching.encoders import Encoder
from matching.fusion import POOL, fuse, without_language_bias
from matching.index import Accept, PassageIndex, text_of
from matching.lexical import crosses_languages
from matching.pairs import PAIR_TYPES, PairType
from matching.passages import cut, encoding_text, split
from matching.records import Passage, Record, Suggestion
from matching.text import clean, guess_language
from matching.thresholds import Calibration

# Pairs whose background similarity is looked at when a model has no measured calibration.
BACKGROUND_PAIRS = 400
# The coverage of a pair is told apart by what is asked in earnest, not by side remarks.
ASKED_IN_EARNEST = 0.5


class Hit(NamedTuple):
    """A record found: its key, 0..1 how far it stands out from chance, its closest passage."""

    key: str
    score: float
    passage: Passage


@dataclass(frozen=True)
class Relaxed:
    """A pair that would reach `level` if one hard constraint were given up."""

    constraint: str
    level: str
    suggestion: Suggestion


class Matcher:
    """Joins an encoder, an index and a cache; the index carries all that changes.

    One writer at a time; any number of threads may read between writes. `calibration` defaults to
    the measured one of the encoder, or is derived from the index (matching.thresholds).
    """

    def __init__(
        self,
        encoder: Encoder,
        index: PassageIndex,
        cache: EmbeddingCache | None = None,
        *,
        calibration: Calibration | None = None,
    ):
        if index.model != encoder.name:
            raise ValueError(f"the index was made by {index.model}, not by {encoder.name}")
        self.encoder, self.index, self.cache = encoder, index, cache
        self._calibration = calibration or thresholds.BY_MODEL.get(encoder.name)
        self._informed: dict[str, dict[str, float]] = {}
        self._informed_at = index.lexical.version
        self._language = lru_cache(maxsize=4096)(guess_language)

    # Writing

    def encode(self, record: Record) -> np.ndarray:
        """A vector for each passage of a record, from the cache where it is known."""
        texts = [encoding_text(passage, record.parts) for passage in cut(record)]
        return self._vectors(texts, "document")

    def add(self, record: Record) -> None:
        """Index a new or changed record; only passages that changed are encoded."""
        self.index.upsert(record, self.encode(record))

    def add_all(
        self, records: Sequence[Record], progress: Callable[[int, int], None] | None = None
    ) -> None:
        """Many at once; `progress(done, of)` counts passages that had to be encoded."""
        texts = [
            encoding_text(passage, record.parts) for record in records for passage in cut(record)
        ]
        if self.cache is not None:
            self.cache.encode(self.encoder, texts, "document", progress)
        for record in records:
            self.add(record)

    def remove(self, key: str) -> bool:
        return self.index.remove(key)

    def _vectors(self, texts: list[str], kind: str) -> np.ndarray:
        if self.cache is not None:
            return self.cache.encode(self.encoder, texts, kind)
        encoder = self.encoder
        return encoder.encode_query(texts) if kind == "query" else encoder.encode_document(texts)

    # Matching

    def match(
        self,
        record: Record,
        pair_type: str,
        limit: int = 10,
        *,
        groups: Collection[str] | None = None,
        accept: Accept | None = None,
    ) -> list[Suggestion]:
        """The best partners for a record standing on either side of a pair type, best first.

        The record need not be in the index; it is never paired with itself. Weak suggestions are
        part of the answer: whoever shows it decides whether to say "no good match yet".
        ValueError when records of this kind do not take part in the pair type.
        """
        scored = self._ranked(record, pair_type, groups, accept)
        return [self._explained(each) for each in scored[:limit]]

    def score(self, a: Record, b: Record, pair_type: str) -> Suggestion:
        """One pair, explained; neither record need be in the index."""
        return self._explained(self._scored(a, b, PAIR_TYPES[pair_type]))

    def relaxed(
        self, record: Record, pair_type: str, limit: int = 5, *, accept: Accept | None = None
    ) -> list[Relaxed]:
        """What would match if one hard constraint were given up, best first."""
        found = []
        for each in self._ranked(record, pair_type, None, accept):
            failed = constraints.failed_hard(each.suggestion.constraints)
            level = self.calibration.level(each.uncapped)
            if len(failed) == 1 and level != "weak" and len(found) < limit:
                found.append(Relaxed(failed[0], level, self._explained(each)))
        return found

    @property
    def calibration(self) -> Calibration:
        if self._calibration is None:
            self._calibration = self._from_background()
        return self._calibration

    def _ranked(self, record, pair_type, groups, accept) -> list[_Scored]:
        pair = PAIR_TYPES[pair_type]
        side, kind = pair.sides(record.kind)
        pool = self._pool(record, kind, groups, accept)
        scored = [
            self._scored(record, other, pair) if side == "a" else self._scored(other, record, pair)
            for other in pool
        ]
        return sorted(scored, key=lambda each: -each.suggestion.score)

    def _pool(self, record, kind, groups, accept) -> list[Record]:
        """Records worth scoring in full: the best by meaning and the best by words."""
        found = self.index.candidates(kinds={kind}, groups=groups, accept=accept)
        vectors = self._vectors_of(record)
        if not len(found.slots) or not len(vectors):
            return []
        words = self.index.lexical.score(text_of(record), record.language).at(found.slots)
        meaning = without_language_bias(found.best(vectors).mean(axis=1), words.languages)
        chosen = {
            int(found.slots[at])
            for scores in (meaning, words.scores)
            for at in np.argsort(-scores, kind="stable")[:POOL]
        }
        records = (self.index.record_at(slot) for slot in sorted(chosen))
        return [other for other in records if other.key != record.key]

    def _scored(self, a: Record, b: Record, pair: PairType) -> _Scored:
        evidence = self._evidence(a, b, pair)
        results = constraints.check(a.facts, b.facts, pair.constraints)
        back = pair.reciprocity
        calibration = self.calibration
        coverage = (1 - back) * evidence.words_ab + back * evidence.words_ba
        probability = calibration.probability(
            (1 - back) * evidence.ab + back * evidence.ba,
            coverage,
            constraints.agreement(results),
        )
        # A pair that cannot work as it stands stays below "good", in its order among its like.
        blocked = constraints.failed_hard(results)
        score = probability * calibration.good if blocked else probability
        suggestion = Suggestion(
            a=a.key,
            b=b.key,
            pair_type=pair.name,
            score=round(score, 4),
            level=calibration.level(score),
            passages=(),
            shared_terms=(),
            constraints=results,
            score_ab=round(calibration.probability(evidence.ab, evidence.words_ab), 4),
            score_ba=round(calibration.probability(evidence.ba, evidence.words_ba), 4),
            model=self.encoder.name,
        )
        return _Scored(suggestion, probability, a, b, pair)

    def _evidence(self, a: Record, b: Record, pair: PairType) -> Evidence:
        asks = np.array([pair.asking(passage.part) for passage in self._passages(a)])
        answers = np.array([pair.answering(passage.part) for passage in self._passages(b)])
        cosines = self._vectors_of(a) @ self._vectors_of(b).T
        forth, back = both_ways(cosines, asks, answers)
        words_ab, words_ba = self._words(a, b, pair)
        language_a, language_b = self._language(text_of(a)), self._language(text_of(b))
        if language_a and language_b and language_a != language_b:
            # Two languages hide what the words would have said: put in what pairs of this
            # similarity show inside one language.
            words_ab = max(words_ab, self.calibration.expected_coverage(forth))
            words_ba = max(words_ba, self.calibration.expected_coverage(back))
        return Evidence(forth, back, words_ab, words_ba)

    def _words(self, a: Record, b: Record, pair: PairType) -> tuple[float, float]:
        """Share of what a asks that b's text has, and the other way round, by information."""
        asked = _earnest(a, pair.asking)
        given = _earnest(b, pair.answering)
        all_a, all_b = self._information(text_of(a)), self._information(text_of(b))
        one_language = self._language(text_of(a)) == self._language(text_of(b))
        shared = {
            term for term in all_a.keys() & all_b.keys() if one_language or crosses_languages(term)
        }
        return _share(self._information(asked), shared), _share(self._information(given), shared)

    def _information(self, text: str) -> dict[str, float]:
        lexical = self.index.lexical
        if self._informed_at != lexical.version:
            self._informed, self._informed_at = {}, lexical.version
        if text not in self._informed:
            self._informed[text] = lexical.information(text)
        return self._informed[text]

    def _explained(self, scored: _Scored) -> Suggestion:
        a, b = scored.a, scored.b
        of_a, of_b = self._passages(a), self._passages(b)
        cosines = self._vectors_of(a) @ self._vectors_of(b).T
        weights = np.outer(
            [scored.pair.asking(passage.part) for passage in of_a],
            [scored.pair.answering(passage.part) for passage in of_b],
        )
        nearness = np.vectorize(thresholds.logistic, otypes=[float])(
            self.calibration.z(cosines.astype(np.float64)) - 1
        )
        return replace(
            scored.suggestion,
            passages=explain.closest_passages(nearness * (weights > 0), of_a, of_b),
            shared_terms=explain.shared_terms(text_of(a), text_of(b), self.index.lexical.rarity),
        )

    def _known(self, record: Record) -> bool:
        return record.key in self.index and self.index.record(record.key).parts == record.parts

    def _passages(self, record: Record) -> list[Passage]:
        return self.index.passages(record.key) if self._known(record) else cut(record)

    def _vectors_of(self, record: Record) -> np.ndarray:
        return self.index.vectors(record.key) if self._known(record) else self.encode(record)

    # Finding

    def search(
        self,
        text: str,
        kinds: Collection[str] | None = None,
        groups: Collection[str] | None = None,
        limit: int = 10,
        *,
        accept: Accept | None = None,
    ) -> list[Hit]:
        """Records about a text of any length, by meaning and words together, best first."""
        pieces = split(text)
        found = self.index.candidates(kinds=kinds, groups=groups, accept=accept)
        if not pieces or not len(found.slots):
            return []
        queries = self._vectors(pieces, "query")
        dense = found.best(queries).mean(axis=1)
        lexical = self.index.lexical.score(clean(text)).at(found.slots)
        return self._hits(found, queries, dense, lexical, limit, searched=True)

    def similar(
        self,
        key: str,
        kinds: Collection[str] | None = None,
        groups: Collection[str] | None = None,
        limit: int = 10,
        *,
        accept: Accept | None = None,
    ) -> list[Hit]:
        """Other records that say the like of this one; KeyError when it is not indexed."""
        record, own = self.index.record(key), self.index.slot(key)
        found = self.index.candidates(kinds=kinds, groups=groups, accept=accept)
        queries = self.index.vectors(key)
        if not len(queries) or not len(found.slots):
            return []
        dense = found.best(queries).mean(axis=1)
        lexical = self.index.lexical.score(text_of(record), record.language).at(found.slots)
        dense = np.where(found.slots == own, dense.min(), dense)  # itself is no evidence
        lexical.scores[found.slots == own] = 0
        hits = self._hits(found, queries, dense, lexical, limit + 1, searched=False)
        return [hit for hit in hits if hit.key != key][:limit]

    def _hits(self, found, queries, dense, lexical, limit, *, searched: bool) -> list[Hit]:
        fused = fuse(dense, lexical)
        hits = []
        for at in np.argsort(-fused.scores, kind="stable")[:limit]:
            slot = int(found.slots[at])
            key = self.index.record_at(slot).key
            passages = self.index.passages(key)
            best = int((queries @ self.index.vectors(key).T).mean(axis=0).argmax())
            score = self._stands_out(float(dense[at]), float(lexical.coverage[at]), searched)
            hits.append(Hit(key, score, passages[best]))
        return hits

    def _stands_out(self, cosine: float, coverage: float, searched: bool) -> float:
        """1 - P(meaning no better than chance) * (share of the words not found)."""
        calibration = self.calibration
        mean = calibration.search_mean if searched else calibration.mean
        spread = calibration.search_spread if searched else calibration.spread
        # 1.702: the logistic curve closest to the normal distribution function
        chance = 1 - thresholds.logistic(1.702 * ((cosine - mean) / spread - 2))
        return round(1 - chance * (1 - min(1.0, coverage)), 4)

    def _from_background(self) -> Calibration:
        """The bundled coefficients over this model's own background, measured on the index."""
        keys = [key for key in self.index if len(self.index.vectors(key))]
        draw = np.random.default_rng(0)
        values = []
        for _ in range(BACKGROUND_PAIRS if len(keys) > 1 else 0):
            one, other = draw.choice(len(keys), 2, replace=False)
            cosines = self.index.vectors(keys[one]) @ self.index.vectors(keys[other]).T
            values.append(float(cosines.max(axis=1).mean()))
        measured = thresholds.BY_MODEL[thresholds.BUNDLED]
        mean = float(np.median(values)) if values else 0.0
        spread = max(float(np.std(values)), 0.01) if values else 0.1
        return replace(measured, mean=mean, spread=spread, search_mean=mean, search_spread=spread)


@dataclass(frozen=True)
class Evidence:
    """Raw similarities and shares of information, a to b and b to a."""

    ab: float
    ba: float
    words_ab: float
    words_ba: float


@dataclass(frozen=True)
class _Scored:
    suggestion: Suggestion
    uncapped: float  # probability before hard constraints
    a: Record
    b: Record
    pair: PairType


def both_ways(cosines: np.ndarray, asks: np.ndarray, answers: np.ndarray) -> tuple[float, float]:
    """Weighted mean, over the passages of one side, of the closest passage of the other.

    Rows are a's passages weighed by `asks`, columns b's weighed by `answers`; a passage of weight
    0 is not looked at. 0 where one side has nothing to say.
    """
    cosines = cosines[np.ix_(asks > 0, answers > 0)]
    asks, answers = asks[asks > 0], answers[answers > 0]
    if not cosines.size:
        return 0.0, 0.0
    forth = float(np.average(cosines.max(axis=1), weights=asks))
    return forth, float(np.average(cosines.max(axis=0), weights=answers))


def _earnest(record: Record, weight: Callable[[str], float]) -> str:
    return "\n".join(
        text for part, text in record.parts.items() if weight(part) >= ASKED_IN_EARNEST
    )


def _share(information: dict[str, float], shared: set[str]) -> float:
    total = sum(information.values())
    return sum(information[term] for term in information.keys() & shared) / total if total else 0.0
