"""Vectors of what visitors type, for as long as they are likely to be asked for again.

In memory only and bounded: nothing anybody searched for is written anywhere.
"""

import threading
from collections import OrderedDict

from matching.passages import split

MOST = 2000  # queries; about 1.5 kB each


class QueryVectors:
    """The vectors of the latest queries; any number of threads may ask."""

    def __init__(self, most: int = MOST):
        self.most = most
        self._lock = threading.Lock()
        self._known: OrderedDict = OrderedDict()

    def vectors(self, encoder, text: str):
        """(q, d): one for each passage of the text. Encoding takes tens of milliseconds."""
        name = (encoder.name, text)
        with self._lock:
            if name in self._known:
                self._known.move_to_end(name)
                return self._known[name]
        found = encoder.encode_query(split(text))
        with self._lock:
            self._known[name] = found
            while len(self._known) > self.most:
                self._known.popitem(last=False)
        return found

    def __len__(self) -> int:
        return len(self._known)
