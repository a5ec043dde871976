"""Vietnamese alphabetical order as a plain string, so that titles sort by simple comparison.

Dictionaries compare syllable by syllable: first the letters (ă after a, đ after d, ...), then the
tone, in the order level, huyền, hỏi, ngã, sắc, nặng. Numbers compare by value.
"""

import re
import unicodedata
from functools import lru_cache

ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
RANK = {letter: chr(0x100 + place) for place, letter in enumerate(ALPHABET)}
TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
LEVEL = "0"
PIECE = re.compile(r"(\d+)|([^\W_]+)")
NUMBER_WIDTH = 12
END = "\x01"  # below every letter: "ca" comes before "các"


def order(text: str) -> str:
    """A string that sorts where `text` belongs among others."""
    return " ".join(filter(None, map(_word, unicodedata.normalize("NFC", text).lower().split())))


@lru_cache(maxsize=65_536)
def _word(word):
    """The same of what stands between two spaces: a collection repeats its words."""
    found = PIECE.finditer(word)
    return " ".join(_number(m[1]) if m[1] else _syllable(m[2]) for m in found)


def _number(digits):
    return digits.lstrip("0").rjust(NUMBER_WIDTH, "0")


def _syllable(syllable):
    tone = LEVEL
    letters = []
    for character in unicodedata.normalize("NFD", syllable):
        if character in TONES:
            tone = TONES[character]
        else:
            letters.append(character)
    plain = unicodedata.normalize("NFC", "".join(letters))
    return "".join(RANK.get(letter, letter) for letter in plain) + END + tone
