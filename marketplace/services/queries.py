"""What was worked out for the queries visitors type, kept while it is likely to be asked again.

In memory only and bounded: nothing anybody searched for is written anywhere.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar

from matching.passages import split

Answer = TypeVar("Answer")

MOST = 2000  # vectors of one query take about 1.5 kB


class Lately:
    """The latest `most` answers by their question; any number of threads may ask."""

    def __init__(self, most: int = MOST):
        self.most = most
        self._lock = threading.Lock()
        self._known: OrderedDict = OrderedDict()

    def answer(self, question: Hashable, work_out: Callable[[], Answer]) -> Answer:
        """The answer known, else the one worked out now, while nobody waits for the lock."""
        with self._lock:
            if question in self._known:
                self._known.move_to_end(question)
                return self._known[question]
        found = work_out()
        with self._lock:
            self._known[question] = found
            while len(self._known) > self.most:
                self._known.popitem(last=False)
        return found

    def __len__(self) -> int:
        return len(self._known)


class QueryVectors(Lately):
    """The vectors of the latest queries."""

    def vectors(self, encoder, text: str):
        """(q, d): one for each passage of the text. Encoding takes tens of milliseconds."""
        return self.answer((encoder.name, text), lambda: encoder.encode_query(split(text)))
