"""Nearest neighbours among records, filtered inside the search.

Two filters are part of the search, never applied to its answer: `kinds`, and `groups` (the
audiences a record may be shown to). A reader who may see 1% of the records gets the best ten of
that 1%, and no count, score or order is influenced by the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from matching.candidates import Accept, Candidates, Neighbour
from matching.holdings import text_of
from matching.storage import IndexRefused
from matching.stored import Stored
from matching.vectors import EXACT, FEW

__all__ = ["Accept", "Candidates", "IndexRefused", "Neighbour", "PassageIndex", "text_of"]

# What a search of a large collection looks at: the passages nearest to each query vector, the
# records that share most words, and some drawn at random to tell what is usual.
NEAR = 128
WORDY = 128
USUAL = 1000


class PassageIndex(Stored):
    """Records that are kept (matching.holdings, matching.stored) and found by their vectors."""

    def candidates(
        self,
        *,
        kinds: Collection[str] | None = None,
        groups: Collection[str] | None = None,
        accept: Accept | None = None,
    ) -> Candidates:
        """All living records of these kinds that at least one of these groups may see (None:
        any). `shortlist` gives those worth a look."""
        asked = (
            None if kinds is None else frozenset(kinds),
            None if groups is None else frozenset(groups),
        )
        found = self._filtered.get(asked)
        if found is None:
            found = self._filtered[asked] = Candidates(self, self.passing(*asked))
        return found if accept is None else found.only(accept)

    def shortlist(
        self,
        queries: np.ndarray,
        words: np.ndarray | None = None,
        *,
        heard: np.ndarray | None = None,
        kinds: Collection[str] | None = None,
        groups: Collection[str] | None = None,
        accept: Accept | None = None,
        near: np.ndarray | None = None,
        few: int | None = None,
    ) -> tuple[Candidates, Candidates | None]:
        """The records worth a look for query vectors (q, d) and a lexical score of each slot, or
        of the slots `heard`, where no other has any.

        All that pass the filters, and None, where their rows are `few` (EXACT, where nothing
        else is said). Of many the nearest by vector (or `near`: slots found before, by
        `near_each`) and by words, and a sample of what passes, in which to measure what is
        usual. `accept` holds for the first only.
        """
        found = self.candidates(kinds=kinds, groups=groups)
        few = EXACT if few is None else few
        if len(found.spans) <= few or self.rows.lists is None:
            return (found if accept is None else found.only(accept)), None
        usual, reach = found.sample(USUAL), 1
        while True:
            slots = self._near(found, queries, reach * NEAR) if near is None else near
            if words is not None:
                slots = np.union1d(slots, _wordy(found, words, heard, reach * WORDY))
            slots = slots[np.argsort(self.first[slots], kind="stable")]
            some = Candidates(self, slots)
            some = some if accept is None else some.only(accept)
            # Where nearly all near ones are refused one has to look further.
            if len(some) >= min(NEAR, len(slots)) // 2:
                return some, usual
            if reach * NEAR > EXACT:
                return found.only(accept), usual
            reach, near = 8 * reach, None

    def heard(
        self,
        slots: np.ndarray,
        *,
        kinds: Collection[str] | None = None,
        groups: Collection[str] | None = None,
    ) -> tuple[Candidates, Candidates]:
        """Of these slots those that pass the filters, and a sample of all that do, in which to
        measure what is usual: what `shortlist` is to whoever wants no others beside them."""
        found = self.candidates(kinds=kinds, groups=groups)
        slots = slots[found.hold(slots)]
        return Candidates(self, slots[self.first[slots].argsort()]), found.sample(USUAL)

    def _near(self, found: Candidates, queries: np.ndarray, count: int) -> np.ndarray:
        rows = self.rows.named(np.atleast_2d(queries), count, found.spans)
        return np.unique(self.owners(np.concatenate(rows)))

    def near_each(
        self, keys: Sequence[str], *, kinds: Collection[str] | None = None
    ) -> dict[str, np.ndarray]:
        """Slots of the records near each of many records: exact, in one go by blocked products.
        Empty where so few rows pass that `shortlist` looks at all of them."""
        found = self.candidates(kinds=kinds)
        if len(found.spans) <= EXACT or self.rows.lists is None or not keys:
            return {}
        own = [self.vectors(key) for key in keys]
        _, rows = self.rows.nearest_to_each(np.concatenate(own), NEAR, found.spans)
        ends = np.cumsum([len(each) for each in own])
        return {
            key: np.unique(self.owners(rows[end - len(each) : end].ravel()))
            for key, each, end in zip(keys, own, ends, strict=True)
            if len(each)
        }

    def nearest(
        self,
        vectors: np.ndarray,
        *,
        kinds: Collection[str] | None = None,
        groups: Collection[str] | None = None,
        limit: int = 10,
        accept: Accept | None = None,
    ) -> list[Neighbour]:
        """The records whose passages are closest to the query vectors (q, d), best first."""
        queries = np.asarray(vectors, np.float32).reshape(-1, self.dimensions)
        if not len(queries):
            return []
        found, _ = self.shortlist(queries, kinds=kinds, groups=groups, accept=accept, few=FEW)
        scores = found.best(queries).mean(axis=1)
        order = np.argsort(-scores, kind="stable")[:limit]
        return [self._neighbour(found.slots[at], float(scores[at]), queries) for at in order]

    def _neighbour(self, slot: int, score: float, queries: np.ndarray) -> Neighbour:
        key = self.keys[slot]
        cosines, passages = queries @ self.vectors(key).T, self.passages(key)
        closest = tuple(
            (passages[best], float(row[best]))
            for row, best in zip(cosines, cosines.argmax(axis=1), strict=True)
        )
        return Neighbour(key, score, closest)


def _wordy(found: Candidates, words: np.ndarray, heard: np.ndarray | None, count: int):
    """Slots of those with the highest lexical scores; none that shares no word."""
    if heard is None:
        slots, words = found.slots, words[found.slots]
    else:
        held = found.hold(heard)
        slots, words = heard[held], words[held]
    slots, words = slots[words > 0], words[words > 0]
    if len(slots) <= count:
        return slots
    return slots[np.argpartition(-words, count)[:count]]
