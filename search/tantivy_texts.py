"""A text as tantivy and the word file are given it, put together from its pieces between spaces.

A collection repeats its pieces many times over and no token reaches across a space, so each
distinct one is analysed once: a rebuild then spends less on analysis than analysis alone takes.
"""

from array import array
from typing import NamedTuple

from search import analysis
from search.tantivy_queries import slots
from search.word_file import WORD, code

MOST_PIECES = 131_072


class Text(NamedTuple):
    """`shown` is two places a token, between spaces; `codes` its numbers in the word file."""

    shown: str
    codes: bytes
    length: int  # tokens


def of(text: str) -> Text:
    found = list(map(pieces.__getitem__, analysis.nfc(text).split()))
    if not found:
        return Text("", b"", 0)
    shown, codes = zip(*found, strict=True)
    joined = b"".join(codes)
    return Text(" ".join(shown), joined, len(joined) // WORD)


class Pieces(dict[str, tuple[str, bytes]]):
    """What is shown of a piece and its codes. A plain dict is quicker than a cache that knows what
    was used last; it forgets everything when it is full."""

    def __missing__(self, piece: str) -> tuple[str, bytes]:
        tokens = analysis.syllables(piece)
        seen = " ".join(map(slots, tokens)), array("Q", map(code, tokens)).tobytes()
        if len(self) >= MOST_PIECES:
            self.clear()
        self[piece] = seen
        return seen


pieces = Pieces()
