"""Records by number: new ones in memory, written ones read from the mapped file when asked for.

A reader opens a large collection without parsing any of it.
"""

from __future__ import annotations

import json

import numpy as np

from matching.passages import cut
from matching.records import Passage, Record

REMEMBERED = 5_000  # records read, and cut into passages, since the last clearing


class Shelf:
    def __init__(self):
        self._spans: list[tuple[int, np.ndarray, np.ndarray]] = []  # first, offsets, bytes
        self._written = 0
        self._new: list[Record | bytes] = []
        self._read: dict[int, Record] = {}
        self._cut: dict[int, list[Passage]] = {}

    def __len__(self) -> int:
        return self._written + len(self._new)

    def append(self, record: Record) -> None:
        self._new.append(record)

    def __getitem__(self, number: int) -> Record:
        if number >= self._written and isinstance(new := self._new[number - self._written], Record):
            return new
        record = self._read.get(number)
        if record is None:
            record = Record.from_dict(json.loads(self._line(number)))
            _remember(self._read, number, record)
        return record

    def passages(self, number: int) -> list[Passage]:
        passages = self._cut.get(number)
        if passages is None:
            passages = cut(self[number])
            _remember(self._cut, number, passages)
        return passages

    def lines(self, numbers) -> tuple[np.ndarray, np.ndarray]:
        """These records as they are written: (n + 1,) offsets into the bytes of JSON lines."""
        lines = [self._line(number) for number in numbers]
        offsets = np.cumsum([0, *map(len, lines)], dtype=np.int64)
        return offsets, np.frombuffer(b"".join(lines), np.uint8)

    def keep(self, numbers) -> None:
        """Only these records, numbered anew in this order."""
        self._new = [
            self._new[number - self._written] if number >= self._written else self._line(number)
            for number in numbers
        ]
        self._spans, self._written, self._read, self._cut = [], 0, {}, {}

    def _line(self, number: int) -> bytes:
        if number >= self._written:
            new = self._new[number - self._written]
            return new if isinstance(new, bytes) else _line_of(new)
        for first, offsets, content in self._spans:
            at = number - first
            if at < len(offsets) - 1:
                return content[offsets[at] : offsets[at + 1]].tobytes()
        raise IndexError(number)

    def written(self, spans: list[tuple[np.ndarray, np.ndarray]]) -> None:
        """The first records lie in these files now, as `lines` gave them, one after the other."""
        self._spans, first = [], 0
        for offsets, content in spans:
            if len(content) != offsets[-1] or (len(content) and content[-1] != ord("\n")):
                raise ValueError("records and their offsets do not fit")
            self._spans.append((first, offsets, content))
            first += len(offsets) - 1
        del self._new[: first - self._written]
        self._written = first


def _line_of(record: Record) -> bytes:
    return json.dumps(record.to_dict(), ensure_ascii=False).encode() + b"\n"


def _remember(known: dict, number: int, value) -> None:
    if len(known) >= REMEMBERED:
        known.clear()
    known[number] = value
