"""Why two records were put together, in words a person recognises."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from matching.records import Passage, PassagePair
from matching.text import STOPWORDS, TOKEN, clean, guess_language

PAIRS = 3
TERMS = 8
LONGEST = 4  # syllables: "chế phẩm vi sinh"
# A lone Vietnamese syllable is half a word more often than not: shown only when it is rare.
RARE_SYLLABLE = 0.6  # of the highest idf there is


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
    """What both texts say, as b writes it: longest runs of words, the most telling first.

    `idf(folded or accented syllable)` gives how rare a syllable is, 0..1; without it longer runs
    come first. Function words neither stand alone nor at the edge of a run. A run is told with
    its accents and capitals ("VietGAP", "bơm nhiệt"), and only once.
    """
    rarity = idf or (lambda _: 1.0)
    vietnamese = "vi" in (guess_language(a), guess_language(b))
    words_a = [word.lower() for word, _ in _words(a)]
    runs_a = {
        tuple(words_a[start : start + length])
        for length in range(1, LONGEST + 1)
        for start in range(len(words_a) - length + 1)
    }
    found: dict[tuple[str, ...], str] = {}
    pieces = _words(b)
    for start in range(len(pieces)):
        for length in range(min(LONGEST, len(pieces) - start), 0, -1):
            run = tuple(word.lower() for word, _ in pieces[start : start + length])
            unbroken = all(joined for _, joined in pieces[start + 1 : start + length])
            if unbroken and run in runs_a and _telling(run, pieces[start][0], rarity, vietnamese):
                found.setdefault(run, " ".join(word for word, _ in pieces[start : start + length]))
                break
    ranked = sorted(found, key=lambda run: -sum(map(rarity, run)) * (1 + 0.25 * (len(run) - 1)))
    chosen: list[tuple[str, ...]] = []
    for run in ranked:
        if len(chosen) == limit:
            break
        if not any(_inside(run, other) or _inside(other, run) for other in chosen):
            chosen.append(run)
    return tuple(found[run] for run in chosen)


def _words(text: str) -> list[tuple[str, bool]]:
    """Words as written, each with whether only a space stands between it and the one before."""
    text, words, end = clean(text), [], 0
    for match in TOKEN.finditer(text):
        words.append((match.group(), bool(words) and not text[end : match.start()].strip(" -\t")))
        end = match.end()
    return words


def _telling(
    run: tuple[str, ...], written: str, rarity: Callable[[str], float], vietnamese: bool
) -> bool:
    if run[0] in STOPWORDS or run[-1] in STOPWORDS:
        return False
    if len(run) > 1:
        return not all(word[0].isdigit() for word in run)
    word = run[0]
    if len(word) < 2 or word[0].isdigit():
        return False
    # Acronyms and brand names stand for themselves: HACCP, VietGAP, IoT.
    if sum(letter.isupper() for letter in written) >= 2:
        return True
    # No Vietnamese syllable has more than seven letters: what is longer is a whole word.
    return not vietnamese or len(word) > 7 or rarity(word) >= RARE_SYLLABLE


def _inside(run: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return f" {' '.join(run)} " in f" {' '.join(other)} "
