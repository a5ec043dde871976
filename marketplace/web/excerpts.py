"""A passage of the matcher as a person reads it: the two or three sentences that say the most of
what both sides share, whole, and never a wall of text."""

import re
from collections.abc import Iterable

MOST = 280  # characters, about what is read at one glance
SENTENCES = 3

_SENTENCE = re.compile(r"(?<=[.!?…])\s+")
_CLAUSE = re.compile(r"(?<=;)\s+")
_ENDED = re.compile(r"[.!?…;:][\"'”’)\]]*$")  # nothing to be put after it
FEW = 6  # words: a line so short without a full stop is a keyword


def excerpt(text: str, terms: Iterable[str] = (), *, opening: bool = False) -> str:
    """At most MOST characters of `text`, cut at sentence ends where there are any in reach.

    The run of sentences that holds most of `terms` is chosen, and the earliest of equals. Of the
    `opening` of a record neither its title is said, which stands above anyway, nor its keywords.
    """
    said = _units(text, opening)
    wanted = {term.lower() for term in terms}
    runs = [
        (first, last)
        for first in range(len(said))
        for last in range(first + 1, len(said) + 1)
        if last == first + 1 or _fits(said[first:last])
    ]
    if not runs:
        return ""
    first, last = max(runs, key=lambda run: (_held(said[slice(*run)], wanted), -run[0], run[1]))
    words = _shortened(_joined(said[first:last]))
    before = "… " if first else ""
    after = " …" if last < len(said) and not words.endswith("…") else ""
    return before + words + after


def _units(text: str, opening: bool) -> list[str]:
    """Sentences, and the items of lists, each once as the text has them."""
    lines = [line for raw in text.split("\n") if (line := raw.strip())]
    if opening and len(lines) > 1:
        if not _ENDED.search(lines[0]):
            lines = lines[1:]
        lines = [e for e in lines if _ENDED.search(e) or len(e.split()) > FEW] or lines
    return [
        unit
        for line in lines
        for sentence in _SENTENCE.split(line)
        for unit in ([sentence] if len(sentence) <= MOST else _CLAUSE.split(sentence))
    ]


def _joined(units: list[str]) -> str:
    """On one line: what has no full stop of its own is an item of a list."""
    words = ""
    for unit in units:
        gap = " " if not words or _ENDED.search(words) else "; "
        words = f"{words}{gap}{unit}" if words else unit
    return words


def _fits(units: list[str]) -> bool:
    return len(_joined(units)) <= MOST and sum(1 for u in units if _ENDED.search(u)) <= SENTENCES


def _held(units: list[str], wanted: set[str]) -> int:
    words = _joined(units).lower()
    return sum(term in words for term in wanted)


def _shortened(words: str) -> str:
    """A sentence longer than that is cut between words, at a comma if one is near."""
    if len(words) <= MOST:
        return words
    cut = words[:MOST].rfind(" ")
    comma = words.rfind(",", MOST * 2 // 3, MOST)
    return words[: comma if comma > 0 else cut if cut > 0 else MOST].rstrip(" ,;:–-") + "…"
