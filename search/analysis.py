"""Vietnamese text to tokens, once, for every engine.

A token is a syllable, a run of letters or a number; word segmenters lose as soon as the accents
are missing, so we have none. Each token exists in two spellings: *accented* (lower case, tone
marks in one agreed place) and *folded* (no marks at all: "máy" and "may" are the same). Engines
match the folded spelling where no accent was typed, and the accented one where one was.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

# Raise this whenever the same text would give other tokens: indexes made by an older version
# are then refused and rebuilt.
ANALYZER_VERSION = 1

# An index key has a length limit and nobody types longer words: the rest of one is cut off.
LONGEST_TOKEN = 64

# Invisible characters that text editors put inside words: soft hyphen, zero-width characters,
# byte order mark. They belong to the word (else it would fall apart) and are then removed.
INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
MARKS = "\u0300-\u036f"

# A number keeps its decimals and loses its thousands points, so that 1.500 kg is 1500 kg.
# Letters and digits part ways: "IP65", "IP 65" and "IP-65" become the same two tokens.
TOKEN = re.compile(
    rf"""  \d{{1,3}}(?:\.\d{{3}})+(?!\d)
         | \d{{1,4}}[.,]\d{{1,2}}(?!\d)
         | \d+
         | [^\W\d_{MARKS}][^\W\d_{MARKS}]*(?:[{MARKS}{INVISIBLE}]+[^\W\d_{MARKS}]*)*
    """,
    re.VERBOSE,
)
THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})+")

# The tone of an open syllable in oa, oe, uy stands on the first vowel in one tradition and on
# the second in the other (hòa, hoà); we write the first. After q the u is no vowel (quý).
SECOND_VOWEL = "oà oá oả oã oạ oè oé oẻ oẽ oẹ uỳ uý uỷ uỹ uỵ"
FIRST_VOWEL = "òa óa ỏa õa ọa òe óe ỏe õe ọe ùy úy ủy ũy ụy"
TONE_PLACES = dict(zip(SECOND_VOWEL.split(), FIRST_VOWEL.split(), strict=True))
# The same word is spelt with i or y after these consonants: kĩ thuật, kỹ thuật; công ti, công ty.
I_OR_Y = {"hy", "ky", "ly", "my", "sy", "ty", "quy"}
Y_TO_I = str.maketrans("yỳýỷỹỵ", "iìíỉĩị")

# Đ is a letter of its own without decomposition; Eth and the African letter look the same and
# come from old fonts.
D_WITH_STROKE = str.maketrans("đĐðÐɖƉ", "dDdDdD")


@dataclass(frozen=True, slots=True)
class Token:
    """One token of a text and where it stands in the NFC form of that text."""

    text: str
    start: int
    end: int

    @property
    def folded(self) -> str:
        return folded(self.text)


def nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """The text in lower case without any mark: "Đồng Nai" is "dong nai"."""
    if text.isascii():
        return text.lower()
    bare = unicodedata.normalize("NFD", text.translate(D_WITH_STROKE).lower())
    return unicodedata.normalize("NFC", "".join(c for c in bare if not unicodedata.combining(c)))


def tokens(text: str) -> Iterator[Token]:
    """Every token of a text in order, accented spelling."""
    for match in TOKEN.finditer(nfc(text)):
        for spelling in spellings(match.group()):
            yield Token(spelling, match.start(), match.end())


def syllables(text: str) -> list[str]:
    """The accented spelling of every token of a text, in order."""
    return [s for word in words(text) for s in spellings(word)]


def words(text: str) -> list[str]:
    """The words of a text as they are written; most give one token, a few give more or none."""
    return TOKEN.findall(nfc(text))


@lru_cache(maxsize=65_536)
def folded(syllable: str) -> str:
    """The folded spelling of one accented token, i and y made equal where both are written."""
    bare = fold(syllable)[:LONGEST_TOKEN]
    return bare[:-1] + "i" if bare in I_OR_Y else bare


def accented(syllables: list[str]) -> list[str]:
    """Those tokens that show an accent: the only ones whose spelling says more than the folded."""
    return [syllable for syllable in syllables if not syllable.isascii()]


def pairs(folded_syllables: list[str]) -> list[str]:
    """Neighbouring syllables as one token: most Vietnamese words have two syllables."""
    return [f"{a}_{b}" for a, b in pairwise(folded_syllables)]


@lru_cache(maxsize=65_536)
def spellings(word: str) -> tuple[str, ...]:
    """The accented tokens of one of `words`."""
    if word.isascii():
        return (_number(word) if word[0].isdigit() else word.lower()[:LONGEST_TOKEN],)
    plain = unicodedata.normalize("NFKC", word.translate(dict.fromkeys(map(ord, INVISIBLE))))
    parts = TOKEN.findall(plain.lower().replace("ð", "đ"))  # NFKC makes "m³" two tokens
    return tuple(_spelt(_number(p) if p[0].isdigit() else p)[:LONGEST_TOKEN] for p in parts)


def _number(word: str) -> str:
    joined = word.replace(".", "") if THOUSANDS.fullmatch(word) else word.replace(",", ".")
    return joined[:LONGEST_TOKEN]


def _spelt(syllable: str) -> str:
    if syllable[-2:] in TONE_PLACES and syllable[-3:-2] != "q":
        syllable = syllable[:-2] + TONE_PLACES[syllable[-2:]]
    if len(syllable) <= 3 and fold(syllable) in I_OR_Y:
        syllable = syllable[:-1] + syllable[-1].translate(Y_TO_I)
    return syllable
