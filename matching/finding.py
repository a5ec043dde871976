"""Records kept, encoded and found again: what the matcher and the find page stand on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from matching import thresholds
from matching.cache import EmbeddingCache
from matching.encoders import Encoder
from matching.evidence import background, stands_out
from matching.fusion import Usual, fuse
from matching.index import Accept, PassageIndex, text_of
from matching.passages import cut, encoding_text, split
from matching.records import Passage, Record
from matching.text import clean
from matching.thresholds import Calibration


class Hit(NamedTuple):
    """A record found: its key, 0..1 how far it stands out from chance, its closest passage."""

    key: str
    score: float
    passage: Passage


class Finder:
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
        self._measured = calibration or thresholds.BY_MODEL.get(encoder.name)
        self._derived: tuple[int, Calibration] | None = None

    def encode(self, record: Record) -> np.ndarray:
        """A vector for each passage of a record, from the cache where it is known."""
        texts = [encoding_text(passage, record.parts) for passage in cut(record)]
        return self._vectors(texts, "document")

    def encode_unkept(self, record: Record, most: int) -> np.ndarray:
        """A vector for each of the first `most` passages of a record nobody has published: they
        are encoded anew and leave no trace in the cache."""
        texts = [encoding_text(passage, record.parts) for passage in cut(record)[:most]]
        return self.encoder.encode_document(texts)

    def encode_texts(self, texts: list[str], kind: str) -> np.ndarray:
        """Vectors of texts everybody may read, as "query" or "document"; kept in the cache."""
        return self._vectors(texts, kind)

    def add(self, record: Record) -> None:
        """Index a new or changed record; only passages that changed are encoded."""
        self.index.upsert(record, self.encode(record))

    def add_all(
        self, records: Sequence[Record], progress: Callable[[int, int], None] | None = None
    ) -> None:
        """Many at once, those that did not change left as they are; `progress(done, of)` counts
        passages that had to be encoded."""
        records = [record for record in records if not self._holds(record)]
        texts = [
            encoding_text(passage, record.parts) for record in records for passage in cut(record)
        ]
        if self.cache is not None:
            self.cache.encode(self.encoder, texts, "document", progress)
        for record in records:
            self.add(record)

    def _holds(self, record: Record) -> bool:
        return record.key in self.index and (
            self.index.record(record.key).to_dict() == record.to_dict()
        )

    def remove(self, key: str) -> bool:
        return self.index.remove(key)

    def _vectors(self, texts: list[str], kind: str) -> np.ndarray:
        if self.cache is not None:
            return self.cache.encode(self.encoder, texts, kind)
        encoder = self.encoder
        return encoder.encode_query(texts) if kind == "query" else encoder.encode_document(texts)

    @property
    def calibration(self) -> Calibration:
        """The measured one; or the bundled weights over this model's own background, measured
        anew each time the index has doubled."""
        if self._measured is not None:
            return self._measured
        if self._derived is None or len(self.index) > 2 * self._derived[0]:
            mean, spread = background(self.index)
            usual = replace(
                thresholds.BY_MODEL[thresholds.BUNDLED],
                across=0.0,
                mean=mean,
                spread=spread,
                passage_mean=mean,
                passage_spread=spread,
                search_mean=mean,
                search_spread=spread,
            )
            self._derived = (len(self.index), usual)
        return self._derived[1]

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
        if not pieces:
            return []
        queries = self._vectors(pieces, "query")
        words = self.index.lexical.score(clean(text))
        found, usual = self.index.shortlist(
            queries, words.scores, kinds=kinds, groups=groups, accept=accept
        )
        return self._hits(found, usual, queries, words, limit, searched=True)

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
        queries = self.index.vectors(key)
        if not len(queries):
            return []
        words = self.index.lexical.score(text_of(record), record.language)
        words.scores[own] = 0  # itself is no evidence
        found, usual = self.index.shortlist(
            queries, words.scores, kinds=kinds, groups=groups, accept=accept
        )
        hits = self._hits(found, usual, queries, words, limit + 1, searched=False, own=own)
        return [hit for hit in hits if hit.key != key][:limit]

    def _hits(
        self, found, usual, queries, words, limit, *, searched: bool, own: int | None = None
    ) -> list[Hit]:
        if not len(found.slots):
            return []
        dense, lexical = found.best(queries).mean(axis=1), words.at(found.slots)
        dense = np.where(found.slots == own, dense.min(), dense) if own is not None else dense
        fused = fuse(
            dense,
            lexical,
            across=self.calibration.across,
            usual=usual and Usual.of(words, usual.slots, lambda: usual.best(queries).mean(axis=1)),
        )
        hits = []
        for at in np.argsort(-fused.scores, kind="stable")[:limit]:
            key = self.index.keys[found.slots[at]]
            passages = self.index.passages(key)
            best = int((queries @ self.index.vectors(key).T).mean(axis=0).argmax())
            share = float(lexical.scores[at]) / lexical.ideal
            score = self._stands_out(float(dense[at]), share, searched)
            hits.append(Hit(key, score, passages[best]))
        return hits

    def _stands_out(self, cosine: float, share: float, searched: bool) -> float:
        """That meaning or words are more than chance; words alone convince by half at most."""
        calibration = self.calibration
        mean = calibration.search_mean if searched else calibration.mean
        spread = calibration.search_spread if searched else calibration.spread
        chance = 1 - float(stands_out(np.array(cosine), mean, spread))
        return round(float(1 - chance * (1 - min(1.0, share) / 2)), 4)
