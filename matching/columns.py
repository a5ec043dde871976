"""A one-dimensional array that grows at its end, in amortised constant time."""

import numpy as np


class Column:
    def __init__(self, kind, values=()):
        self._room = np.array(values, kind)
        self._filled = len(self._room)

    def __len__(self) -> int:
        return self._filled

    @property
    def array(self) -> np.ndarray:
        """A view, valid until the next growth; what is written into it stays."""
        return self._room[: self._filled]

    def extend(self, values) -> None:
        wanted = self._filled + len(values)
        if wanted > len(self._room):
            room = np.zeros(max(64, wanted, 3 * self._filled // 2), self._room.dtype)
            room[: self._filled] = self.array
            self._room = room
        self._room[self._filled : wanted] = values
        self._filled = wanted
