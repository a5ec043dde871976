"""Holdings on disk: saved in layers that never change, and mapped from there.

The first layer has the bulk, its rows grouped by kind and audience; later ones hold what came
since, and a merging now and then keeps them few (matching.postings does the same for words). So a
change costs little (matching.storage links what stays), whatever the size.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from matching import storage
from matching.ann import InvertedLists
from matching.codes import Codes
from matching.columns import Column
from matching.holdings import SLOTS, Holdings
from matching.lexical import LexicalIndex
from matching.storage import IndexRefused
from matching.vectors import Rows, Vectors

FORMAT = 3
# Rows beside the grouped ones of the first layer, before all are grouped again: half as many as
# those, but not so many that looking at them one by one is felt.
LOOSE_LEAST, LOOSE_MOST = 1_000, 20_000
LISTS = "lists.faiss"


class Stored(Holdings):
    """In memory while it is written; memory-mapped when loaded, and what is added since beside
    it."""

    generation: str | None = None
    notes: dict = {}

    def __init__(self, model: str, dimensions: int):
        super().__init__(model, dimensions)
        self._layers: list[storage.Layer] = []  # rows as written, in the order of slots
        self._words: list[storage.Layer] = []
        self._lists: storage.Layer | None = None
        self._made = 0  # layers ever made, for their names

    def compact(self) -> None:
        super().compact()
        self._layers, self._lists = [], None

    def save(self, folder: str | Path, **notes: object) -> str:
        """Write a new generation and make it current, atomically; its name. What did not change
        since the last one is taken over, not written.

        `notes` (JSON values, such as the position of the change log) come back as `.notes`.
        """
        loose = len(self.rows) - (len(self._layers[0].arrays["vectors"]) if self._layers else 0)
        most = len(self.rows) - loose
        if not self._layers or loose > max(LOOSE_LEAST, min(most // 2, LOOSE_MOST)):
            self.compact()
        self._add_layer()
        words, state = self._word_layers()
        state = storage.Layer("state", state | {"living": self._alive.array})
        layers = [*self._layers, *words, state]
        if self.rows.lists is not None:
            codes = {"codes": self.rows.codes.held, "reach": np.array([self.rows.codes.reach])}
            self._lists = self._lists or self._layer("lists", codes, {LISTS: self.rows.lists.save})
            layers.append(self._lists)
        meta = {
            "format": FORMAT,
            "model": self.model,
            "dimensions": self.dimensions,
            "parts": self.part_names,
            "classes": [[kind, sorted(groups)] for kind, groups in self._classes],
            "rows": [layer.name for layer in self._layers],
            "words": [layer.name for layer in words],
            "lists": None
            if self.rows.lists is None
            else {"layer": self._lists.name, "taught_by": self.rows.lists.taught_by},
            "made": self._made,
            "notes": notes,
        }
        self.generation, self.notes = storage.write(Path(folder), meta, layers), notes
        self._use_written()
        return self.generation

    def _layer(self, sort: str, arrays, files=None) -> storage.Layer:
        self._made += 1
        return storage.Layer(f"{sort}-{self._made:06d}", arrays, files or {})

    def _add_layer(self) -> None:
        """What is not in a layer yet as one, taking in smaller ones before it (never the first)."""
        end = len(self.keys)
        start = sum(len(layer.arrays["counts"]) for layer in self._layers)
        if start == end:
            return
        while len(self._layers) > 1 and len(self._layers[-1].arrays["counts"]) <= end - start:
            start -= len(self._layers.pop().arrays["counts"])
        row = sum(len(layer.arrays["vectors"]) for layer in self._layers)
        offsets, lines = self._shelf.lines(range(start, end))
        arrays = {
            "vectors": self.rows.take(Rows.span(row, len(self.rows))),
            "parts": self.parts[row:],
            "keys": np.array([key.encode() for key in self.keys[start:]], np.bytes_),
            "offsets": offsets,
            "records": lines,
            **{name: column.array[start:] for name, column in self._columns.items()},
        }
        self._layers.append(self._layer("rows", arrays))

    def _word_layers(self) -> tuple[list[storage.Layer], dict[str, np.ndarray]]:
        """Layers of words, those known by their arrays again, and what changes with every save."""
        postings, state = self.lexical.settle()
        known = {id(layer.arrays): layer for layer in self._words}
        self._words = [known.get(id(each)) or self._layer("words", each) for each in postings]
        return self._words, state

    def _use_written(self) -> None:
        """Let go of what is in memory and lies on disk now."""
        blocks = [layer.arrays["vectors"] for layer in self._layers]
        self.rows = Vectors(self.dimensions, blocks, self.rows.lists)
        if self._lists is not None:
            arrays = self._lists.arrays
            self.rows.codes = Codes(arrays["codes"], float(arrays["reach"][0]))
        self._shelf.written(
            [(layer.arrays["offsets"], layer.arrays["records"]) for layer in self._layers]
        )
        self.lexical.use([layer.arrays for layer in self._words])
        self._changed()

    @classmethod
    def load(cls, folder: str | Path, model: str | None = None):
        """The current generation, memory-mapped.

        IndexRefused when there is none, it is damaged, of another format, or of another encoder
        than `model`: the caller rebuilds it from the database.
        """
        meta, layers, generation = storage.read(Path(folder))
        if meta.get("format") != FORMAT:
            raise IndexRefused(f"format {meta.get('format')}, not {FORMAT}")
        if model is not None and meta["model"] != model:
            raise IndexRefused(f"made by {meta['model']}, not by {model}")
        try:
            index = cls(meta["model"], meta["dimensions"])
            index._restore(meta, layers)
            index.generation, index.notes = generation, meta["notes"]
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise IndexRefused(f"damaged: {error}") from error
        return index

    @staticmethod
    def current(folder: str | Path) -> str | None:
        """Name of the current generation: a reader reloads when it differs from its own."""
        return storage.current(Path(folder))

    def _restore(self, meta, layers: dict[str, storage.Layer]) -> None:
        self._made = meta["made"]
        self.part_names = meta["parts"]
        self._classes = [(kind, frozenset(groups)) for kind, groups in meta["classes"]]
        self._layers = [layers[name] for name in meta["rows"]]
        self._words = [layers[name] for name in meta["words"]]
        state = layers["state"].arrays
        for layer in self._layers:
            arrays = layer.arrays
            _check(arrays, self.dimensions)
            for name, column in self._columns.items():
                column.extend(arrays[name])
            self._parts.extend(arrays["parts"])
            self.keys += [key.decode() for key in arrays["keys"].tolist()]
        self._alive = Column(bool, state["living"])
        if len(self._alive) != len(self.keys):
            raise ValueError(f"{len(self.keys)} records, {len(self._alive)} known to live")
        living = self._alive.array
        self._slots = {key: slot for slot, key in enumerate(self.keys) if living[slot]}
        self.lexical = LexicalIndex.restored([layer.arrays for layer in self._words], state)
        if meta["lists"] is not None:
            self._lists = layers[meta["lists"]["layer"]]
        self._use_written()
        if self._lists is not None:
            place = self._lists.place / LISTS
            self.rows.lists = InvertedLists.load(place, meta["lists"]["taught_by"])
            if self.rows.codes.held.shape != (len(self.rows.lists), self.dimensions):
                raise ValueError("codes and lists do not fit")
            self._lists.files = {LISTS: self.rows.lists.save}


def _check(arrays, dimensions: int) -> None:
    """ValueError where a layer of rows is not whole."""
    records, rows = len(arrays["counts"]), len(arrays["vectors"])
    if arrays["vectors"].shape != (rows, dimensions) or len(arrays["parts"]) != rows:
        raise ValueError(f"{len(arrays['parts'])} passages, vectors {arrays['vectors'].shape}")
    if int(arrays["counts"].sum()) > rows:
        raise ValueError("records and rows do not fit")
    lengths = {len(arrays[name]) for name in (*SLOTS, "keys")} | {len(arrays["offsets"]) - 1}
    if lengths != {records}:
        raise ValueError("records are cut off")
