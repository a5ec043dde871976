"""How likely one word was typed for another: by keys, by marks; and what is no slip at all.

Costs are natural logarithms of how much rarer a slip is than the commonest one, by judgement and
not by count: letters change places and neighbouring keys are hit more often than a letter comes
from nowhere, and a first letter is seldom wrong.
"""

import re
import string
import unicodedata
from functools import lru_cache

from search import analysis

SWAPPED, DOUBLED, NO_SPACE = 0.5, 0.5, 1.0
NEIGHBOUR, LEFT_OUT, SLIPPED_IN = 1.0, 1.0, 1.0
ELSEWHERE = 3.0  # a letter from another corner of the keyboard
FIRST_LETTER = 1.0  # more, where it is the first

OTHER_TONE = 2.0
OTHER_VOWEL = 1.0  # a circumflex, horn, breve or stroke more or less

ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
# Telex types tones and vowels with these, behind the letters; what an editor did not take up stays.
TELEX = frozenset("sfrxjzw")
TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")

# A word, and whether a number follows: TCVN 5603.
WORD = re.compile(r"([^\W\d_]+)([ -]?\d)?")
VOWELS = frozenset("aeiouy")


def edits(word: str) -> set[str]:
    """Every spelling one keystroke away from a folded word."""
    splits = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    letters = string.ascii_lowercase
    return {
        *(a + b[1:] for a, b in splits if b),
        *(a + b[1] + b[0] + b[2:] for a, b in splits if len(b) > 1),
        *(a + letter + b[1:] for a, b in splits if b for letter in letters),
        *(a + letter + b for a, b in splits for letter in letters),
    } - {word}


def of_keys(typed: str, meant: tuple[str, ...]) -> float:
    """The cost of `typed` where one keystroke away, or without the space, these were meant."""
    if len(meant) > 1:
        return NO_SPACE
    (word,) = meant
    at = next(
        (n for n, (a, b) in enumerate(zip(typed, word, strict=False)) if a != b),
        min(len(typed), len(word)),
    )
    first = FIRST_LETTER * (at == 0)
    if len(typed) == len(word):
        if typed[at + 1 : at + 2] == word[at] and typed[at] == word[at + 1 : at + 2]:
            return SWAPPED + first
        return (NEIGHBOUR if word[at] in _around(typed[at]) else ELSEWHERE) + first
    if len(typed) < len(word):
        return LEFT_OUT + first
    extra, beside = typed[at], typed[max(0, at - 1) : at] + typed[at + 1 : at + 2]
    if extra in beside:
        return DOUBLED
    slipped = extra in TELEX or any(extra in _around(each) for each in beside)
    return (SLIPPED_IN if slipped else ELSEWHERE) + first


def of_marks(typed: str, meant: str) -> float:
    """The cost of the marks of one accented spelling where another was meant."""
    (one, tone), (other, its_tone) = _marks(typed), _marks(meant)
    return OTHER_TONE * (tone != its_tone) + OTHER_VOWEL * (one != other)


def signs(text: str) -> frozenset[str]:
    """The words of a text that are signs and not spelt, folded: abbreviations, in capitals among
    small letters or without a vowel; and what without a vowel stands before a number."""
    shouted = text == text.upper()
    found = set()
    for word, number in WORD.findall(text):
        plain = analysis.folded(word.lower())
        silent = not VOWELS & set(plain)
        in_capitals = word.isupper() and (silent or not shouted)
        if len(word) > 1 and (in_capitals or (number and silent)):
            found.add(plain)
    return frozenset(found)


@lru_cache(maxsize=65_536)
def _marks(spelling) -> tuple[frozenset[str], str]:
    """(marks that make another vowel, or đ; the tone)"""
    parts = [c for c in unicodedata.normalize("NFD", spelling) if unicodedata.combining(c)]
    tone = "".join(c for c in parts if c in TONES)
    others = {c for c in parts if c not in TONES} | ({"đ"} & set(spelling))
    return frozenset(others), tone


@lru_cache
def _around(key) -> frozenset[str]:
    """The keys that touch this one."""
    places = {letter: (y, x) for y, row in enumerate(ROWS) for x, letter in enumerate(row)}
    if key not in places:
        return frozenset()
    y, x = places[key]
    return frozenset(
        letter
        for letter, (b, a) in places.items()
        if letter != key and abs(b - y) <= 1 and abs(a - x) <= 1
    )
