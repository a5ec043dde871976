"""Which slots hold a term, and how often: sorted arrays in layers, and what is not yet in one.

New postings collect in a dict; when they are many they become a layer, and layers of like size are
merged, so that a change costs little and a term is looked up in few places (the log-structured
merge tree: O'Neil et al., Acta Informatica 1996). Slots only ever grow, so a later layer holds
later slots, and merging needs no sorting.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

RECENT = 1_000_000  # postings collected before they become a layer

Layer = dict[str, np.ndarray]  # postings of terms[i] at starts[i]:starts[i + 1]; terms ascend


class Postings:
    def __init__(self, layers: Iterable[Layer] = (), lost: Mapping[int, int] | None = None):
        self.layers = list(layers)
        self._recent: dict[int, dict[int, int]] = {}  # term -> {slot: count}
        self._recent_size = 0
        self._lost: Counter[int] = Counter(lost or {})  # term -> removed slots still held

    def add(self, slot: int, terms: Mapping[int, int]) -> None:
        for term, count in terms.items():
            self._recent.setdefault(term, {})[slot] = min(count, 65535)
        self._recent_size += len(terms)
        if self._recent_size > RECENT:
            self.settle()

    def lose(self, terms: Iterable[int]) -> None:
        """A slot that held these terms is gone."""
        self._lost.update(iter(terms))  # once each: given a mapping, a Counter would add values

    def of(self, term: int) -> tuple[np.ndarray, np.ndarray, int]:
        """Slots, counts and document frequency; slots that are gone may be among the slots."""
        slots, counts = [], []
        for layer, part in self._parts(term):
            slots.append(layer["slots"][part])
            counts.append(layer["counts"][part])
        if recent := self._recent.get(term):
            slots.append(np.fromiter(recent.keys(), np.int32, len(recent)))
            counts.append(np.fromiter(recent.values(), np.uint16, len(recent)))
        slots, counts = _joined(slots, np.int32), _joined(counts, np.uint16)
        return slots, counts, max(0, len(slots) - self._lost.get(term, 0))

    def frequency(self, term: int) -> int:
        """How many living slots hold it: `of` without reading them."""
        total = sum(part.stop - part.start for _layer, part in self._parts(term))
        return max(0, total + len(self._recent.get(term, ())) - self._lost.get(term, 0))

    def _parts(self, term: int) -> Iterator[tuple[Layer, slice]]:
        """Each layer that has it, and where in its slots and counts."""
        wanted = np.uint64(term)
        for layer in self.layers:
            terms = layer["terms"]
            at = int(terms.searchsorted(wanted))
            if at < len(terms) and terms[at] == wanted:
                yield layer, slice(*layer["starts"][at : at + 2].tolist())

    def counts(self, term: int, slots: np.ndarray) -> np.ndarray:
        """(n,): how often each of these slots holds it; looked up one by one."""
        found = np.zeros(len(slots), np.uint16)
        slots = slots.astype(np.int32)  # else every posting list would be made as wide as they are
        for layer, part in self._parts(term):
            held = layer["slots"][part]
            places = held.searchsorted(slots)
            there = held.take(places, mode="clip") == slots
            found += layer["counts"][part].take(places, mode="clip") * there
        if recent := self._recent.get(term):
            found += np.array([recent.get(slot, 0) for slot in slots.tolist()], np.uint16)
        return found

    def only(self, slots: np.ndarray) -> Postings:
        """Those of these slots, by their places, to be asked many times."""
        recent = [_frozen(self._recent)] if self._recent else []
        layers = [*self.layers, *recent]
        most = max((int(each["slots"].max(initial=0)) for each in layers), default=0)
        numbers = np.full(max(most, int(slots.max(initial=0))) + 1, -1, np.int32)
        numbers[slots] = np.arange(len(slots))
        made = []
        for layer in layers:
            places = numbers[layer["slots"]]
            at = np.flatnonzero(places >= 0)
            starts = np.searchsorted(at, layer["starts"])
            held = np.diff(starts) > 0
            made.append(
                {
                    "terms": layer["terms"][held],
                    "starts": np.append(starts[:-1][held], starts[-1]),
                    "slots": places[at],
                    "counts": layer["counts"][at],
                }
            )
        return Postings(made)

    def sizes(self, only: int) -> np.ndarray:
        """How many slots hold each term whose last bit is `only`; a term counts once a layer."""
        sizes = [
            np.diff(layer["starts"])[(layer["terms"] & np.uint64(1)) == only]
            for layer in self.layers
        ]
        recent = [len(slots) for term, slots in self._recent.items() if term & 1 == only]
        return np.concatenate([*sizes, np.array(recent, np.int64)])

    @property
    def lost(self) -> tuple[np.ndarray, np.ndarray]:
        """Terms and how many gone slots each still counts."""
        return (
            np.array(list(self._lost.keys()), np.uint64),
            np.array(list(self._lost.values()), np.int64),
        )

    def settle(self) -> None:
        """Make a layer of what is recent, taking in smaller ones before it."""
        if not self._recent:
            return
        made = _frozen(self._recent)
        while self.layers and len(self.layers[-1]["slots"]) <= 2 * len(made["slots"]):
            made = merged([self.layers.pop(), made])
        self.layers.append(made)
        self._recent, self._recent_size = {}, 0

    def compact(self, numbers: np.ndarray) -> None:
        """One layer, with `numbers[slot]` for each slot (ascending too), without those of -1."""
        recent = [_frozen(self._recent)] if self._recent else []
        self.layers = [merged([*self.layers, *recent], numbers)]
        self._recent, self._recent_size, self._lost = {}, 0, Counter()


def _frozen(recent: Mapping[int, Mapping[int, int]]) -> Layer:
    terms = sorted(recent)
    sizes = [len(recent[term]) for term in terms]
    total = sum(sizes)
    slots = (slot for term in terms for slot in recent[term])
    counts = (count for term in terms for count in recent[term].values())
    return {
        "terms": np.array(terms, np.uint64),
        "starts": np.cumsum([0, *sizes], dtype=np.int64),
        "slots": np.fromiter(slots, np.int32, total),
        "counts": np.fromiter(counts, np.uint16, total),
    }


def merged(layers: list[Layer], numbers: np.ndarray | None = None) -> Layer:
    """Layers into one, the slots of each after those of the one before it."""
    terms = np.unique(np.concatenate([np.empty(0, np.uint64), *(each["terms"] for each in layers)]))
    totals = np.zeros(len(terms), np.int64)
    parts = []
    for layer in layers:
        slots, counts, sizes = layer["slots"], layer["counts"], np.diff(layer["starts"])
        if numbers is not None:
            slots = numbers[slots]
            living = slots >= 0
            before = np.append(0, np.cumsum(living))
            sizes = np.diff(before[layer["starts"]])
            slots, counts = slots[living], counts[living]
        places = np.searchsorted(terms, layer["terms"])
        totals[places] += sizes
        parts.append((places, sizes, slots, counts))
    starts = np.append(0, np.cumsum(totals))
    free = starts[:-1].copy()  # where the next posting of each term goes
    made = {
        "slots": np.empty(int(starts[-1]), np.int32),
        "counts": np.empty(int(starts[-1]), np.uint16),
    }
    for places, sizes, slots, counts in parts:
        offsets = np.cumsum(sizes) - sizes
        goes = np.repeat(free[places] - offsets, sizes) + np.arange(len(slots))
        made["slots"][goes], made["counts"][goes] = slots, counts
        free[places] += sizes
    held = totals > 0
    return {
        "terms": terms[held],
        "starts": np.append(starts[:-1][held], starts[-1]),
        **made,
    }


def _joined(arrays: list[np.ndarray], kind) -> np.ndarray:
    if len(arrays) == 1:
        return arrays[0]
    return np.concatenate(arrays) if arrays else np.empty(0, kind)
