"""A spelling to offer when the words typed are not found together.

Candidates are one keystroke away (a letter missing, extra, wrong or swapped) or are two words
typed without the space, and must occur, among the documents the reader may see, together with the
other words. Of those, the likeliest is offered (`search.slips`). What is no slip is never
repaired: codes, abbreviations, and what only the table of synonyms knows. The text itself is kept;
only the mistaken words are replaced in it.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol

from search import analysis, slips
from search.query_language import FUNCTION_WORDS, MOST_CHARACTERS, Term, Wanted

SHORTEST = 2  # a single letter has every other letter as neighbour
LONGEST = 24
# Of the spellings one keystroke away, the likeliest are looked at together with other words.
CANDIDATES = 12
# Longer texts are pasted, not mistyped.
MOST_WORDS = 8

# How much each says of a candidate, in natural logarithms as counts and slips are.
BESIDE = 1.5  # that it stands next to the same words as in the query
FUNCTION_WORD = 2.0  # less, for a word without content: it stands beside everything
TYPED = 1.0  # less, for how often the word is met that would be a mistake

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


class Repair(NamedTuple):
    """A word as it is to be written, and how likely it was meant."""

    term: Term
    likely: float


def correct(text: str, wanted: Wanted, seen: Seen) -> str | None:
    """`text` with its most likely spelling mistakes repaired, None if there is nothing to offer."""
    if not 0 < len(wanted.words) <= MOST_WORDS:
        return None
    text = analysis.nfc(text[:MOST_CHARACTERS])
    words = [term for term in wanted.words if len(term.folded) == 1]
    demands: dict[Term, Demand] = {
        word: [word, *(each.by for each in wanted.instead if word in each.words)]
        for word in wanted.words
    }
    known = {word: seen.count([demand]) > 0 for word, demand in demands.items()}
    meant = _meant_so(text, wanted, seen)
    look = _Look(wanted, seen, with_accents=not text.isascii())
    repairs: dict[str, Term] = {}
    for word in words:
        if not known[word] and word not in meant:
            others = [demands[other] for other in demands if known[other]]
            repair = look.best(word, others)
            if repair:
                repairs[word.folded[0]] = repair.term
                demands[word], known[word] = [repair.term], True
    if not all(known.values()) or not seen.count(list(demands.values())):
        slipped = [w for w in words if w.folded[0] not in repairs and w not in meant]
        repairs |= _one_more(slipped, demands, look)
    return _rewritten(text, repairs) if repairs else None


def _meant_so(text, wanted, seen) -> set[Term]:
    """The words that are no slips: abbreviations, names of codes, what only the table knows."""
    signs = slips.signs(text)
    explained = {word for each in wanted.instead for word in each.words}
    return {
        word
        for word in wanted.words
        if word.folded[0] in signs or (word in explained and not seen.count([[word]]))
    }


def _one_more(words, demands, look):
    """The one known word whose repair lets all words be found together, if there is one."""
    best, most = {}, -math.inf
    for word in words:
        others = [demand for other, demand in demands.items() if other != word]
        if not look.seen.count(others):
            continue
        repair = look.best(word, others)
        if repair and repair.likely - TYPED * look.weight(word) > most:
            best = {word.folded[0]: repair.term}
            most = repair.likely - TYPED * look.weight(word)
    return best


class _Look:
    """Candidates for words of one query, weighed."""

    def __init__(self, wanted: Wanted, seen: Seen, *, with_accents: bool):
        self.wanted, self.seen, self.with_accents = wanted, seen, with_accents

    def best(self, word: Term, others: Sequence[Demand]) -> Repair | None:
        """The likeliest candidate that is found with the other words."""
        close = sorted(self._close(word), key=lambda each: (-each.likely, each.term.folded))
        found = []
        for term, likely in close[:CANDIDATES]:
            together = self.seen.count([*others, [term]])
            if together:
                shown, marks = self._shown(word, term)
                found.append(
                    Repair(
                        Term(term.folded, shown),
                        likely - self.weight(term) + math.log(together)
                        + BESIDE * self._beside(word, term) - marks,
                    )
                )  # fmt: skip
        return max(found, key=lambda each: (each.likely, each.term.folded), default=None)

    def weight(self, term: Term) -> float:
        """How often it is met."""
        return math.log1p(self.seen.count([[term]]))

    def _close(self, word) -> list[Repair]:
        """What is one keystroke away and there."""
        typed, vocabulary = word.folded[0], self.seen.vocabulary()
        if not (SHORTEST <= len(typed) <= LONGEST and typed.isalpha() and typed.isascii()):
            return []
        near = [Term.of([each]) for each in sorted(slips.edits(typed) & vocabulary)]
        near += [
            Term.of((typed[:at], typed[at:]))
            for at in range(SHORTEST, len(typed) - SHORTEST + 1)
            if vocabulary.issuperset((typed[:at], typed[at:]))
        ]
        weighed = [(term, self.weight(term)) for term in near]
        return [
            Repair(term, weight - slips.of_keys(typed, term.folded))
            for term, weight in weighed
            if weight
        ]

    def _beside(self, word, term) -> float:
        """How often it stands next to the words that stand next to the one typed."""
        typed, sides = word.accented[0], 0.0
        for pair in self.wanted.neighbours:
            if typed in pair.accented:
                at = pair.accented.index(typed)
                put = (*pair.accented[:at], *term.folded, *pair.accented[at + 1 :])
                sides += math.log1p(self.seen.count([[Term.of(put)]]))
        return sides

    def _shown(self, word, term) -> tuple[tuple[str, ...], float]:
        """How it is to be written, and how unlikely the marks typed make that."""
        if not self.with_accents:
            return term.folded, 0.0
        alone = len(term.folded) == 1
        written = [self._spelt(each, word.accented[0] if alone else None) for each in term.folded]
        return tuple(shown for shown, _ in written), sum(cost for _, cost in written)

    def _spelt(self, folded, typed) -> tuple[str, float]:
        """The likeliest way to write a folded syllable, and what speaks against it."""
        ways = _spellings(self.seen.vocabulary()).get(folded, ())
        written = {each: many for each in ways if (many := self.seen.count_spelt(each))}
        # Without a mark, by what the other spellings leave over: they alone are counted.
        bare = self.seen.count([[Term.of([folded])]]) - sum(written.values())
        written[folded] = max(bare, 1 if typed in (None, folded) or not written else 0)
        options = []
        for spelling, many in written.items():
            marks = slips.of_marks(typed, spelling) if typed else 0.0
            marks += FUNCTION_WORD * (spelling in FUNCTION_WORDS)
            if many:
                options.append((math.log(many) - marks, marks, spelling))
        _, marks, spelling = max(options)
        return spelling, marks


@lru_cache(maxsize=4)
def _spellings(vocabulary) -> dict[str, list[str]]:
    """The ways to write each folded syllable with marks."""
    ways: dict[str, list[str]] = {}
    for word in vocabulary:
        if not word.isascii():
            ways.setdefault(analysis.folded(word), []).append(word)
    return ways


def _rewritten(text, repairs):
    written, end = [], 0
    for token in analysis.tokens(text):
        repair = repairs.get(token.folded)
        if repair and token.start >= end:
            written += [text[end : token.start], " ".join(repair.accented)]
            end = token.end
    return "".join([*written, text[end:]])
