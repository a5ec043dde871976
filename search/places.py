"""How a token's places in a text are kept in Whoosh.

Whoosh's own positions are a pickle per document and token; ours are plain 32-bit integers, so a
whole posting list becomes one numpy array without a loop over its occurrences.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy
from whoosh import fields, formats
from whoosh.matching import Matcher

# A place in a collection is one number: document << PLACE_BITS | position in the text.
PLACE_BITS = 24
_STORED = numpy.dtype("<u4")


class PlacesFormat(formats.Format):
    """The value of a posting: the token's positions as little-endian 32-bit integers."""

    posting_size = -1

    def __init__(self):
        super().__init__(field_boost=1.0)

    def word_values(self, value: Sequence[str], analyzer, **kwargs) -> Iterator[tuple]:
        positions: dict[str, list[int]] = {}
        for position, token in enumerate(value):
            if token:
                positions.setdefault(token, []).append(position)
        for token, where in positions.items():
            count = len(where)
            yield token, count, float(count), numpy.array(where, _STORED).tobytes()

    def decode_frequency(self, value: bytes) -> int:
        return len(value) // _STORED.itemsize

    decode_weight = decode_frequency


class Places(fields.FieldType):
    """A field whose value is a list of tokens; an empty string takes a place and says nothing."""

    def __init__(self):
        super().__init__(format=PlacesFormat(), analyzer=None)


def read(matcher: Matcher) -> numpy.ndarray:
    """The places of one whole posting list, ascending, deleted documents perhaps included.

    Whoosh's interface steps from posting to posting, which is most of the time of a query. So
    this takes the blocks as Whoosh has unpacked them; a test holds it to the slow way.
    """
    matcher = getattr(matcher, "child", matcher)  # without the filter of deleted documents
    parts = [numpy.empty(0, numpy.int64)]
    while matcher.is_active():
        matcher.id(), matcher.weight(), matcher.value()  # has the block unpacked
        owners = numpy.array(matcher._ids, numpy.int64)
        counts = numpy.array(matcher._weights, numpy.int64)
        positions = numpy.frombuffer(b"".join(matcher._values), _STORED)
        parts.append(numpy.repeat(owners << PLACE_BITS, counts) | positions)
        matcher._next_block()
    return numpy.concatenate(parts)


def in_a_row(places: Sequence[numpy.ndarray]) -> numpy.ndarray:
    """Where the first token stands such that every other follows it immediately, in order."""
    starts = places[0]
    for step, following in enumerate(places[1:], start=1):
        if not len(starts):
            break
        starts = starts[numpy.isin(starts + step, following, assume_unique=True)]
    return starts


class Posting:
    """Where one token or phrase stands in one field of the whole collection."""

    __slots__ = ("counts", "documents", "places")

    def __init__(self, places: numpy.ndarray):
        self.places = places
        owners = places >> PLACE_BITS
        starts = numpy.flatnonzero(numpy.diff(owners, prepend=-1))
        self.documents = owners[starts]
        self.counts = numpy.diff(starts, append=len(owners))

    @property
    def size(self) -> int:
        """Bytes of memory."""
        return self.places.nbytes + self.documents.nbytes + self.counts.nbytes

    @classmethod
    def joined(cls, parts: Sequence[tuple[numpy.ndarray, int]]) -> Posting:
        """The posting of several segments, each with the number of its first document."""
        return cls(numpy.concatenate([places + (base << PLACE_BITS) for places, base in parts]))


NOWHERE = Posting(numpy.empty(0, numpy.int64))
