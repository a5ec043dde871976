"""Records in, ranked and explained pairs out.

Three kinds of evidence: meaning (cosines of passages, both ways), words (BM25), and facts (declared
rules). docs/matching.md tells how they are weighed and on what that was measured.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from matching import constraints, explain
from matching.evidence import (
    SAMPLE,
    Standing,
    picked,
    standing,
    stands_out,
)
from matching.finding import Finder, Hit
from matching.fusion import POOL, Usual, fuse
from matching.index import Accept, text_of
from matching.learning import features
from matching.learning.ranker import LearnedRanker, judged, likely
from matching.pairs import PAIR_TYPES, PairType
from matching.passages import cut, text_of_passages
from matching.records import Passage, Record, Suggestion
from matching.similarity import Said, both_ways, similarities
from matching.text import guess_language

__all__ = ["Hit", "Matcher", "Relaxed"]

# Seen from the answering side, every asking record of the pool needs a standing of its own.
POOL_BACK = 50
# Standings kept; each is a few numbers.
STANDINGS = 20_000

# Log-odds of what cannot be: the score is 0.
NEVER = -60.0

Refine = Callable[[Record], Record]


@dataclass(frozen=True)
class Relaxed:
    """A pair that would reach `level` if one hard constraint were given up."""

    constraint: str
    level: str
    suggestion: Suggestion


@dataclass(frozen=True)
class _Scored:
    suggestion: Suggestion
    uncapped: float  # probability before hard constraints
    a: Record
    b: Record
    pair: PairType


@dataclass(frozen=True)
class _Asked:
    value: float  # evidence, in deviations
    words: float  # share of the ideal lexical score
    same_language: bool


class Matcher(Finder):
    """A finder that also pairs."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self._standings: dict[tuple, tuple[int, Standing]] = {}
        self._together: dict[tuple[str, str], np.ndarray] = {}  # near slots by key and kind
        # Pair type -> what verdicts taught; without one the declared weights hold. To be replaced
        # as a whole, never changed in place: others may be reading it.
        self.rankers: Mapping[str, LearnedRanker] = {}

    def match(
        self,
        record: Record,
        pair_type: str,
        limit: int = 10,
        *,
        groups: Collection[str] | None = None,
        accept: Accept | None = None,
        refine: Refine | None = None,
    ) -> list[Suggestion]:
        """The best partners for a record standing on either side of a pair type, best first.

        The record need not be in the index; it is never paired with itself. Weak suggestions are
        part of the answer: whoever shows it decides whether to say "no good match yet".
        `refine` may return an indexed record with more facts (those that must not be indexed).
        ValueError when records of this kind do not take part in the pair type.
        """
        scored = self._ranked(record, pair_type, groups, accept, refine)
        return [self._explained(each) for each in scored[:limit]]

    @contextmanager
    def together(self, keys: Sequence[str], pair_types: Collection[str]):
        """While many records are matched one after the other: who is near each of them is found
        in one go, by blocked products, where there are too many to look at for each."""
        for pair in map(PAIR_TYPES.get, pair_types):
            asking = [
                key for key in keys if key in self.index and self.index.record(key).kind == pair.a
            ]
            near = self.index.near_each(asking, kinds={pair.b})
            self._together |= {(key, pair.b): slots for key, slots in near.items()}
        try:
            yield
        finally:
            self._together = {}

    def score(self, a: Record, b: Record, pair_type: str) -> Suggestion:
        """One pair, explained; neither record need be in the index."""
        return self._explained(self._scored(a, b, PAIR_TYPES[pair_type]))

    def relaxed(
        self,
        record: Record,
        pair_type: str,
        limit: int = 5,
        *,
        accept: Accept | None = None,
        refine: Refine | None = None,
    ) -> list[Relaxed]:
        """What would match if one hard constraint were given up, best first."""
        found = []
        for each in self._ranked(record, pair_type, None, accept, refine):
            failed = constraints.failed_hard(each.suggestion.constraints)
            learned = self._learned(each.pair)
            cuts = learned.cuts if learned else self.calibration.cuts
            level = cuts.level(each.uncapped)
            if len(failed) == 1 and level != "weak" and len(found) < limit:
                found.append(Relaxed(failed[0], level, self._explained(each)))
        return found

    def forget_texts(self) -> None:
        """Drop what the library remembers of texts it has read: after one nobody may keep."""
        explain.runs_of.cache_clear()
        guess_language.cache_clear()

    def _ranked(self, record, pair_type, groups, accept, refine=None) -> list[_Scored]:
        pair = PAIR_TYPES[pair_type]
        side, kind = pair.sides(record.kind)
        pool = self._pool(record, pair, side, {"kinds": {kind}, "groups": groups, "accept": accept})
        others = [other for other in map(self.index.record_at, pool) if other.key != record.key]
        if refine is not None:
            others = [refine(other) for other in others]
        scored = [
            self._scored(record, other, pair) if side == "a" else self._scored(other, record, pair)
            for other in others
        ]
        return sorted(scored, key=lambda each: -each.suggestion.score)

    def _pool(self, record, pair, side, filters) -> list[int]:
        """Slots worth scoring in full, the best by meaning and words together."""
        vectors = self._vectors_of(record)
        if not len(vectors):
            return []
        words = self.index.lexical.score(text_of(record), record.language)
        (kind,) = filters["kinds"]
        near = self._together.get((record.key, kind)) if self._known(record) else None
        found, usual = self.index.shortlist(vectors, words.scores, near=near, **filters)
        if not len(found.slots):
            return []

        def similarity(some):
            return np.mean(self._similarities(record, pair, side, some), axis=0)

        size = POOL if side == "a" else POOL_BACK
        fused = fuse(
            similarity(found),
            words.at(found.slots),
            across=self.calibration.across,
            usual=usual and Usual.of(words, usual.slots, lambda: similarity(usual)),
        )
        best = np.argsort(-fused.scores, kind="stable")[:size]
        return [int(slot) for slot in found.slots[best]]

    def _similarities(self, record, pair, side, found) -> tuple[np.ndarray, np.ndarray]:
        """From and to the record, for each candidate."""
        theirs = Said(found.weights(pair.answering if side == "a" else pair.asking), found.long)
        own = self._said(record, pair, side)
        return similarities(self._vectors_of(record), own, found, theirs)

    def _standing(self, record: Record, pair: PairType, side: str) -> Standing:
        """How the record relates to the whole other kind; kept until the index has changed by
        a fiftieth, as a mean over hundreds does not move with one of them."""
        place = (pair.name, side, record.key, hash(tuple(sorted(record.parts.items()))))
        version = self.index.lexical.version
        known = self._standings.get(place)
        if known is None or abs(version - known[0]) > len(self.index) // 50:
            kind = pair.b if side == "a" else pair.a
            # Long records whole are near everything: not what is usual.
            found = self.index.candidates(kinds={kind}).sample(SAMPLE).of_usual_length()
            lexical = self.index.lexical.score(
                text_of(record), record.language, among=found.slots, kept=True
            )
            if len(found.slots) and len(self._vectors_of(record)):
                dense = np.mean(self._similarities(record, pair, side, found), axis=0)
            else:
                dense, lexical = np.zeros(0), lexical.at(np.zeros(0, np.intp))
            known = (version, standing(dense, lexical, self.calibration))
            if len(self._standings) >= STANDINGS:
                self._standings.clear()
            self._standings[place] = known
        return known[1]

    def pair_evidence(self, a: Record, b: Record, pair_type: str) -> float:
        """What the texts say for a pair, in deviations, before facts and calibration."""
        pair = PAIR_TYPES[pair_type]
        return self._evidence(a, b, pair, "a")[0].value

    def _scored(self, a: Record, b: Record, pair: PairType) -> _Scored:
        results = constraints.check(a.facts, b.facts, pair.constraints)
        measured, forth = self._observed(a, b, pair, results)
        learned = self._learned(pair)
        score, level = judged(measured, learned, self.calibration.cuts)
        suggestion = Suggestion(
            a=a.key,
            b=b.key,
            pair_type=pair.name,
            score=score,
            level=level,
            passages=(),
            shared_terms=(),
            constraints=results,
            score_ab=round(forth, 4),
            score_ba=0.0,  # told with the explanation: it asks for b's own standing
            model=self.encoder.name,
            ranker=learned.name if learned else "",
            features=measured,
        )
        return _Scored(suggestion, likely(measured, learned), a, b, pair)

    def _learned(self, pair: PairType) -> LearnedRanker | None:
        """The pair type's ranker, if it was fitted on this encoder's similarities."""
        found = self.rankers.get(pair.name)
        return found if found and found.encoder == self.encoder.name else None

    def _observed(self, a, b, pair, results) -> tuple[features.Features, float]:
        """Everything a ranker may look at, and the probability that b answers a by texts alone."""
        calibration, fits = self.calibration, constraints.agreement(results)
        known = {"evidence": 0.0, "forth": 0.0, "back": 0.0, "words": 0.0, "same_language": 1.0}
        declared, alone = NEVER, 0.0  # a record that says nothing matches nothing
        if len(self._vectors_of(a)) and len(self._vectors_of(b)):
            asked, forth, back = self._evidence(a, b, pair, "a")
            known = {
                "evidence": asked.value,
                "forth": (forth - calibration.mean) / calibration.spread,
                "back": (back - calibration.mean) / calibration.spread,
                "words": asked.words,
                "same_language": float(asked.same_language),
            }
            declared = calibration.log_odds(pair.b, asked.value, fits)
            alone = calibration.probability(pair.b, asked.value)
        known |= {"declared": declared, "agreement": fits}
        return features.measured(results, a.facts, b.facts, **known), alone

    def _evidence(
        self, one: Record, other: Record, pair: PairType, side: str
    ) -> tuple[_Asked, float, float]:
        """How far the pair stands out among all that `one` could meet, in deviations; and their
        similarity, from one to the other and back."""
        asks, answers = (
            self._said(one, pair, side),
            self._said(other, pair, "b" if side == "a" else "a"),
        )
        cosines = self._vectors_of(one) @ self._vectors_of(other).T
        forth, back = both_ways(cosines, asks, answers)
        text, tries = text_of(other), 1.0
        if answers.long:
            heard = np.flatnonzero(answers.heard(cosines.max(axis=0)))
            passages = self._passages(other)
            text = text_of_passages(other, [passages[place] for place in heard])
            tries = len(passages) / len(heard)
        share, language, same = self.index.lexical.share(
            text_of(one), text, one.language, other.language
        )
        known = self._standing(one, pair, side)
        value = float(known.evidence((forth + back) / 2, share, language, same))
        return _Asked(picked(value, tries), float(share), bool(same)), forth, back

    def _said(self, record: Record, pair: PairType, side: str) -> Said:
        """What a record says, standing on this side of the pair."""
        weigh = pair.asking if side == "a" else pair.answering
        return Said.of(self._passages(record), weigh)

    def _explained(self, scored: _Scored) -> Suggestion:
        a, b, calibration = scored.a, scored.b, self.calibration
        cosines = (self._vectors_of(a) @ self._vectors_of(b).T).astype(np.float64)
        asks, answers = self._said(a, scored.pair, "a"), self._said(b, scored.pair, "b")
        heard = np.outer(asks.weights > 0, answers.weights > 0)
        back = 0.0
        if cosines.size:
            suited, _, _ = self._evidence(b, a, scored.pair, "b")
            back = calibration.probability(scored.pair.b, suited.value)
        return replace(
            scored.suggestion,
            score_ba=round(back, 4),
            passages=explain.closest_passages(
                stands_out(cosines, calibration.passage_mean, calibration.passage_spread) * heard,
                self._passages(a),
                self._passages(b),
            ),
            shared_terms=explain.shared_terms(text_of(a), text_of(b), self.index.lexical.rarity),
        )

    def _known(self, record: Record) -> bool:
        return record.key in self.index and self.index.record(record.key).parts == record.parts

    def _passages(self, record: Record) -> list[Passage]:
        return self.index.passages(record.key) if self._known(record) else cut(record)

    def _vectors_of(self, record: Record) -> np.ndarray:
        return self.index.vectors(record.key) if self._known(record) else self.encode(record)
