"""How a token's places in a text are kept in Whoosh.

Whoosh's own positions are a pickle per document and token; ours are plain 32-bit integers, so a
whole posting list becomes one numpy array without a loop over its occurrences.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy
from whoosh import fields, formats

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


def decode(documents: Sequence[int], values: Iterable[bytes]) -> numpy.ndarray:
    """The places of one posting list, ascending."""
    values = list(values)
    positions = numpy.frombuffer(b"".join(values), _STORED).astype(numpy.int64)
    counts = numpy.fromiter((len(v) // _STORED.itemsize for v in values), numpy.int64, len(values))
    owners = numpy.asarray(documents, numpy.int64)
    return numpy.repeat(owners << PLACE_BITS, counts) | positions


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

    @classmethod
    def joined(cls, parts: Sequence[tuple[numpy.ndarray, int]]) -> Posting:
        """The posting of several segments, each with the number of its first document."""
        return cls(numpy.concatenate([places + (base << PLACE_BITS) for places, base in parts]))


NOWHERE = Posting(numpy.empty(0, numpy.int64))
