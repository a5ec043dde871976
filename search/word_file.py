"""The words of every document in the order they stand, in one file beside an inverted index.

An inverted index tells quickly which documents match and which are probably best. How good these
few are is computed here, exactly and by the rule of `search.ranking`: how often each word, phrase
and pair of neighbours stands in title and body. The file only grows; the index refers to a record
by where it begins, so a record is there for a reader from the commit that refers to it.

    record = title and body length | bytes of the key | a token each: title, body | version, key

all in 64-bit little-endian numbers; a token is the checksum of its folded spelling and, where it
shows an accent, of its accented one. That two words of one document share a checksum of 32 bits is
possible, would only count as one more mention, and is less likely than one in a million.
"""

from __future__ import annotations

import mmap
import os
import zlib
from array import array
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy

from search import analysis
from search.errors import IndexUnavailable
from search.query_language import Term

NAME = "words"
WORD = 8  # bytes
HEAD = 2  # numbers before the tokens of a record
BEGINNING = b"words 1\n"
_LOW = 0xFFFFFFFF


@lru_cache(maxsize=131_072)
def code(syllable: str) -> int:
    """The number of an accented token: folded checksum above, accented below (0: no accent)."""
    folded = zlib.crc32(analysis.folded(syllable).encode())
    accented = 0 if syllable.isascii() else zlib.crc32(syllable.encode()) or 1
    return folded << 32 | accented


def record(key: str, version: int, title: bytes, body: bytes) -> bytes:
    """What is kept of a document, from the numbers of its tokens."""
    told = f"{version} {key}".encode()
    head = array("Q", [len(title) // WORD | len(body) // WORD << 32, len(told)])
    return b"".join((head.tobytes(), title, body, told, bytes(-len(told) % WORD)))


class WordWriter:
    """Appends records from byte `end` on, where the last commit ended; `checksum` is of all bytes
    before. What a killed writer left behind is cut off first."""

    def __init__(self, folder: Path, end: int = 0, checksum: int = 0):
        self.end, self.checksum = end, checksum
        self._file = open(folder / NAME, "r+b" if end else "w+b")  # noqa: SIM115
        if self._file.seek(0, os.SEEK_END) < end:
            self._file.close()
            raise IndexUnavailable("the words are damaged: shorter than they were")
        self._file.seek(end)
        self._file.truncate()
        if not end:
            self._write(BEGINNING)

    def add(self, kept: bytes) -> int:
        """Where the record begins, as the index refers to it."""
        at = self.end // WORD
        self._write(kept)
        return at

    def onto_disk(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()

    def _write(self, content):
        self._file.write(content)
        self.end += len(content)
        self.checksum = zlib.crc32(content, self.checksum)


class WordFile:
    """The file as one commit left it: `end` bytes with that checksum. Raises IndexUnavailable when
    they are not there. `previous`, a shorter state of the same file, has been checked before."""

    def __init__(self, folder: Path, end: int, checksum: int, previous: WordFile | None = None):
        self.end, self.checksum = end, checksum
        try:
            with (folder / NAME).open("rb") as file:
                held = mmap.mmap(file.fileno(), end, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise IndexUnavailable(f"the words are damaged: {error}") from error
        known = previous.end if previous and previous.end <= end else 0
        so_far = previous.checksum if known else 0
        if zlib.crc32(memoryview(held)[known:], so_far) != checksum:
            raise IndexUnavailable("the words are damaged")
        self._held = held
        self._numbers = numpy.frombuffer(held, "<u8")

    def pool(self, places: Sequence[int]) -> Pool:
        return Pool(self._numbers, numpy.array(places, numpy.int64))

    def keys_and_versions(self, places: Sequence[int]) -> list[tuple[str, int]]:
        """Of each record that begins at one of these places."""
        at = numpy.array(places, numpy.int64)
        lengths, held = self._numbers[at], self._held
        tokens = ((lengths & _LOW) + (lengths >> 32)).astype(numpy.int64)
        starts = (at + HEAD + tokens) * WORD
        stops = starts + self._numbers[at + 1].astype(numpy.int64)
        told = (
            held[start:stop].decode().partition(" ")
            for start, stop in zip(starts.tolist(), stops.tolist(), strict=True)
        )
        return [(key, int(version)) for version, _, key in told]


class Pool:
    """The words of some documents, ready to be counted."""

    def __init__(self, numbers: numpy.ndarray, places: numpy.ndarray):
        lengths = numbers[places]
        self.size = len(places)
        self.title_lengths = (lengths & _LOW).astype(numpy.int64)
        self.body_lengths = (lengths >> 32).astype(numpy.int64)
        starts = places + HEAD
        ends = starts + self.title_lengths + self.body_lengths
        runs = zip(starts.tolist(), ends.tolist(), strict=True)
        tokens = numpy.concatenate(
            [numpy.empty(0, "<u8"), *(numbers[start:end] for start, end in runs)]
        )
        halves = tokens.view("<u4").reshape(-1, 2)
        self._accented, self._folded = halves[:, 0].copy(), halves[:, 1].copy()
        # Titles and bodies in turn, by number: 0 and 1 of the first document, 2 and 3 of the next.
        each = numpy.stack([self.title_lengths, self.body_lengths], axis=1).ravel()
        self._fields = numpy.repeat(numpy.arange(2 * self.size), each)

    def counts(self, tokens: Sequence[tuple[bool, int]]) -> tuple[numpy.ndarray, numpy.ndarray]:
        """How often these tokens stand in a row in each title and in each body; a token is
        (by its accented spelling?, checksum)."""
        length = len(tokens)
        if len(self._fields) < length:
            return numpy.zeros(self.size, int), numpy.zeros(self.size, int)
        last = len(self._fields) - length + 1
        there = None
        for step, (accented, checksum) in enumerate(tokens):
            spelling = self._accented if accented else self._folded
            same = spelling[step : step + last] == checksum
            there = same if there is None else there & same
        starts = numpy.flatnonzero(there)
        if length > 1:
            starts = starts[self._fields[starts] == self._fields[starts + length - 1]]
        counts = numpy.bincount(self._fields[starts], minlength=2 * self.size)
        return counts[0::2], counts[1::2]


def tokens_of(term: Term, *, as_typed: bool) -> list[tuple[bool, int]]:
    """What to count for a term: its accented spelling where an accent was typed and is meant."""
    return [token_of(syllable, accented=as_typed) for syllable in term.accented]


def token_of(syllable: str, *, accented: bool) -> tuple[bool, int]:
    number = code(syllable)
    accented = accented and not syllable.isascii()
    return accented, number & _LOW if accented else number >> 32
