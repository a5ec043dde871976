"""Why two records were put together, in words a person recognises."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import log, sqrt

import numpy as np

from matching.records import Passage, PassagePair
from matching.text import STOPWORDS, SYLLABLE, TOKEN, clean, fold

PAIRS = 3
TERMS = 8
LONGEST = 4  # syllables: "chế phẩm vi sinh"
# A lone Vietnamese syllable is half a word more often than not: shown only when it is rare.
RARE_SYLLABLE = 0.6  # of the highest idf there is
# Shorter English words ("line", "whole") seldom tell what a text is about.
TELLING_WORD = 6
# Texts whose runs are kept: one listing is explained beside many.
REMEMBERED = 256


def closest_passages(
    similarity: np.ndarray, of_a: list[Passage], of_b: list[Passage], limit: int = PAIRS
) -> tuple[PassagePair, ...]:
    """The best pairs of a similarity matrix (a x b), each passage used once, best first."""
    left = np.array(similarity, dtype=np.float64)
    pairs = []
    while left.size and len(pairs) < min(limit, *left.shape):
        at = np.unravel_index(int(left.argmax()), left.shape)
        if left[at] <= 0:
            break
        pairs.append(PassagePair(of_a[at[0]], of_b[at[1]], round(float(left[at]), 4)))
        left[at[0], :] = left[:, at[1]] = -np.inf
    return tuple(pairs)


def shared_terms(
    a: str, b: str, idf: Callable[[str], float] | None = None, limit: int = TERMS
) -> tuple[str, ...]:
    """What both texts say, as b writes it ("VietGAP", "bơm nhiệt"), the most telling first.

    `idf(lower-case syllable)` gives how rare it is, 0..1. Rare runs of words, and those both
    texts repeat, come first; none contains a function word, and none is inside another.
    """
    rarity = idf or (lambda _: 1.0)
    of_a, of_b = runs_of(a), runs_of(b)
    weight = {}
    for run in of_a.keys() & of_b.keys():
        times, written = of_b[run]
        if telling(run, written, rarity):
            often = 1 + log(min(of_a[run][0], times))
            weight[run] = often * sum(map(rarity, run)) / sqrt(len(run))
    chosen: list[tuple[str, ...]] = []
    for run in sorted(weight, key=lambda run: (-weight[run], run)):
        if len(chosen) == limit:
            break
        if not any(_inside(run, other) or _inside(other, run) for other in chosen):
            chosen.append(run)
    return tuple(of_b[run][1] for run in chosen)


@lru_cache(maxsize=REMEMBERED)
def runs_of(text: str) -> dict[tuple[str, ...], tuple[int, str]]:
    """Runs of up to LONGEST words, no function word among them: how often, and as first written."""
    pieces, runs = _words(text), {}
    lowered = [word.lower() for word, _ in pieces]
    stops = [word in STOPWORDS for word in lowered]
    for start in range(len(pieces)):
        for end in range(start + 1, min(start + LONGEST, len(pieces)) + 1):
            if stops[end - 1] or (end - start > 1 and not pieces[end - 1][1]):
                break
            run = tuple(lowered[start:end])
            if run in runs:
                runs[run] = (runs[run][0] + 1, runs[run][1])
            else:
                runs[run] = (1, " ".join(word for word, _ in pieces[start:end]))
    return runs


def _words(text: str) -> list[tuple[str, bool]]:
    """Words as written, each with whether only a space stands between it and the one before."""
    text, words, end = clean(text), [], 0
    for match in TOKEN.finditer(text):
        words.append((match.group(), bool(words) and not text[end : match.start()].strip(" -\t")))
        end = match.end()
    return words


def telling(run: tuple[str, ...], written: str, rarity: Callable[[str], float]) -> bool:
    """Whether a run says what a text is about: several words that are not all numbers, an acronym
    or a brand, a rare syllable, a long English word."""
    if len(run) > 1:
        return not all(word[0].isdigit() for word in run)
    word = run[0]
    if len(word) < 2 or word[0].isdigit():
        return False
    # Acronyms and brand names stand for themselves: HACCP, VietGAP, IoT.
    if sum(letter.isupper() for letter in written) >= 2:
        return True
    if SYLLABLE.fullmatch(fold(word)):
        return rarity(word) >= RARE_SYLLABLE
    return len(word) >= TELLING_WORD


def _inside(run: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return f" {' '.join(run)} " in f" {' '.join(other)} "
