"""A spelling to offer when the words typed are not found together.

Candidates are one keystroke away (a letter missing, extra, wrong or swapped) or are two words
typed without the space, and must occur, among the documents the reader may see, together with the
other words. The text itself is kept; only the mistaken words are replaced in it.
"""

import string
from collections.abc import Sequence
from typing import Protocol

from search import analysis
from search.query_language import MOST_CHARACTERS, Term, Wanted

SHORTEST = 2  # a single letter has every other letter as neighbour
LONGEST = 24
# Of the spellings one keystroke away, the commonest are looked at together with other words.
CANDIDATES = 12
# Longer texts are pasted, not mistyped.
MOST_WORDS = 8

# Terms of which one must be there: a word, or what means the same.
Demand = Sequence[Term]


class Seen(Protocol):
    """What the reader may see, as a spelling is looked for in it."""

    def count(self, demands: Sequence[Demand]) -> int:
        """How many documents meet every demand, whatever the accents."""

    def count_spelt(self, spelling: str) -> int:
        """How many documents hold this accented token."""

    def vocabulary(self) -> frozenset[str]:
        """Every spelling of a token, folded and accented; some may be gone by now."""


def correct(text: str, wanted: Wanted, seen: Seen) -> str | None:
    """`text` with its most likely spelling mistakes repaired, None if there is nothing to offer."""
    if not 0 < len(wanted.words) <= MOST_WORDS:
        return None
    words = [term for term in wanted.words if len(term.folded) == 1]
    demands: dict[Term, Demand] = {
        word: [word, *(each.by for each in wanted.instead if word in each.words)]
        for word in wanted.words
    }
    known = {word: seen.count([demand]) > 0 for word, demand in demands.items()}
    repairs: dict[str, Term] = {}
    for word in words:
        if not known[word]:
            others = [demands[other] for other in demands if known[other]]
            repair, _ = _best(word, others, seen)
            if repair:
                repairs[word.folded[0]] = repair
                demands[word], known[word] = [repair], True
    if not all(known.values()) or not seen.count(list(demands.values())):
        repairs |= _one_more(words, repairs, demands, seen)
    return _rewritten(text, repairs, seen) if repairs else None


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


def _one_more(words, repairs, demands, seen):
    """The one known word whose repair lets all words be found together, if there is one."""
    best, most = {}, 0
    for word in words:
        if word.folded[0] in repairs:
            continue
        others = [demand for other, demand in demands.items() if other != word]
        if not seen.count(others):
            continue
        repair, found = _best(word, others, seen)
        if found > most:
            best, most = {word.folded[0]: repair}, found
    return best


def _best(word, others, seen) -> tuple[Term | None, int]:
    """The candidate found in most of the documents that hold the other words, and in how many."""
    common = [(-seen.count([[term]]), term.folded, term) for term in _candidates(word, seen)]
    common = sorted(each for each in common if each[0])[:CANDIDATES]
    if not others:
        return (common[0][2], -common[0][0]) if common else (None, 0)
    ranked = [
        (-seen.count([*others, [term]]), alone, folded, term) for alone, folded, term in common
    ]
    together, _, _, term = min(ranked, default=(0, 0, (), None))
    return (term, -together) if together else (None, 0)


def _candidates(word: Term, seen: Seen) -> list[Term]:
    spelling, vocabulary = word.folded[0], seen.vocabulary()
    if not (SHORTEST <= len(spelling) <= LONGEST and spelling.isalpha() and spelling.isascii()):
        return []
    known = sorted(edits(spelling) & vocabulary)
    halves = [(spelling[:i], spelling[i:]) for i in range(SHORTEST, len(spelling) - SHORTEST + 1)]
    return [Term.of([each]) for each in known] + [
        Term.of(pair) for pair in halves if vocabulary.issuperset(pair)
    ]


def _rewritten(text, repairs, seen):
    text = analysis.nfc(text[:MOST_CHARACTERS])
    with_accents = not text.isascii()
    written, end = [], 0
    for token in analysis.tokens(text):
        repair = repairs.get(token.folded)
        if repair and token.start >= end:
            shown = [_with_accents(p, seen) if with_accents else p for p in repair.folded]
            written += [text[end : token.start], " ".join(shown)]
            end = token.end
    return "".join([*written, text[end:]])


def _with_accents(folded, seen):
    """The commonest way to write a folded syllable; itself if it is mostly written bare."""
    spellings = sorted(
        word for word in seen.vocabulary() if not word.isascii() and analysis.folded(word) == folded
    )
    counts = {spelling: seen.count_spelt(spelling) for spelling in spellings}
    counts = {spelling: count for spelling, count in counts.items() if count}
    return max(counts, key=counts.get) if counts else folded
