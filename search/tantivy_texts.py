"""A text as tantivy and the word file are given it, put together from its words.

A collection repeats its words many times over, so each distinct one is looked at once.
"""

from array import array
from functools import lru_cache
from typing import NamedTuple

from search import analysis
from search.tantivy_queries import slots
from search.word_file import code


class Text(NamedTuple):
    """`shown` is two places a token, between spaces; `codes` its numbers in the word file."""

    shown: str
    codes: bytes
    length: int  # tokens


def of(text: str) -> Text:
    found = list(map(_word, analysis.words(text)))
    if not found:
        return Text("", b"", 0)
    shown, codes = zip(*found, strict=True)
    joined = b"".join(codes)
    return Text(" ".join(shown), joined, len(joined) // array("Q").itemsize)


@lru_cache(maxsize=131_072)
def _word(word):
    tokens = analysis.spellings(word)
    return " ".join(map(slots, tokens)), array("Q", map(code, tokens)).tobytes()
