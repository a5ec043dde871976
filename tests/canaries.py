"""Canaries: words, numbers and dates that stand in one place only, so that a leak can be told.

world.py puts one into every value; `canaries_in` finds them again in whatever came out.
"""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count

from marketplace.models import Listing

_LETTERS = "abcdefghij"
WORD = re.compile(r"qzx[a-j]{5}")
NUMBER = re.compile(r"7319\d{6}")
DAY = re.compile(r"2093-\d\d-\d\d|\d\d/\d\d/2093")
# Money and integers are shown with separators: 7.319.000.001, 7,319,000,001, 7 319 000 001.
_SEPARATORS = re.compile(r"(?<=\d)[.,\u00a0\u202f](?=\d)")
_numbers = count(1)


def new_word() -> str:
    return "qzx" + "".join(_LETTERS[int(digit)] for digit in f"{next(_numbers):05d}")


def new_number() -> int:
    # Never round: a round sum is shown shortened, and nobody would know it again.
    return 7_319_000_001 + 10 * next(_numbers)


def new_day() -> str:
    return (date(2093, 1, 1) + timedelta(days=next(_numbers) % 365)).isoformat()


def canaries_in(text: str) -> set[str]:
    """Every canary that stands in a text, however numbers and dates are written."""
    text = text.lower()
    found = set(WORD.findall(text)) | set(NUMBER.findall(_SEPARATORS.sub("", text)))
    for day in DAY.findall(text):
        found.add(day if "-" in day else "-".join(reversed(day.split("/"))))
    return found


@dataclass(frozen=True)
class Canary:
    """`readers(actor)` says who may read it; `what` names it in a failure."""

    word: str
    what: str
    readers: object = field(repr=False)
    listing: Listing | None = field(default=None, repr=False)
    level: str = ""
    personal: bool = False  # of one account, and so no reason to walk for somebody apart

    def may_be_read_by(self, actor) -> bool:
        return bool(self.readers(actor))


# Types whose values cannot be told apart: two answers, or nine.
MUTE = {"boolean", "choice", "choices", "place"}


def canary_value(f):
    """(the value for a field, its canary), or (None, None) for a field that cannot carry one."""
    if f.type in ("integer", "money", "percent"):
        value = new_number()
        return value, str(value)
    if f.type == "date":
        value = new_day()
        return value, value
    if f.type in MUTE:
        return None, None
    word = new_word()
    return {
        "email": f"{word}@canary.example",
        "phone": word,
        "url": f"https://canary.example/{word}",
        "lines": [f"{word} dong thu"],
        "tags": [word],
    }.get(f.type, f"{word} noi dung thu"), word
