"""A spelling to offer when the words typed are not found together.

Candidates are one keystroke away (a letter missing, extra, wrong or swapped) or are two words
typed without the space, and must occur, among the documents the reader may see, together with the
other words. The text itself is kept; only the mistaken words are replaced in it.
"""

from __future__ import annotations

import string
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy

from search import analysis
from search.query_language import MOST_CHARACTERS, Term, Wanted
from search.ranking import Ranking

if TYPE_CHECKING:
    from search.whoosh_view import WhooshView

SHORTEST = 2  # a single letter has every other letter as neighbour
LONGEST = 24
CANDIDATES = 12


def correct(text: str, wanted: Wanted, view: WhooshView, ranking: Ranking) -> str | None:
    """`text` with its most likely spelling mistakes repaired, None if there is nothing to offer."""
    words = [term for term in wanted.words if len(term.folded) == 1]
    masks = {term: _documents(view, ranking, term) for term in wanted.words}
    vocabulary = view.vocabulary()
    repairs: dict[str, Term] = {}
    for word in words:
        if not masks[word].any():
            others = [masks[other] for other in masks if masks[other].any()]
            repair = _best(word, _together(others, ranking), vocabulary, view, ranking)
            if repair:
                repairs[word.folded[0]] = repair
                masks[word] = _documents(view, ranking, repair)
    if not _together(masks.values(), ranking).any():
        repairs |= _one_more(words, repairs, masks, vocabulary, view, ranking)
    return _rewritten(text, repairs, vocabulary, view, ranking) if repairs else None


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


def _one_more(words, repairs, masks, vocabulary, view, ranking):
    """The one known word whose repair lets all words be found together, if there is one."""
    best, most = {}, 0
    for word in words:
        if word.folded[0] in repairs:
            continue
        others = _together((masks[other] for other in masks if other != word), ranking)
        if not others.any():
            continue
        repair = _best(word, others, vocabulary, view, ranking)
        found = int((others & _documents(view, ranking, repair)).sum()) if repair else 0
        if found > most:
            best, most = {word.folded[0]: repair}, found
    return best


def _best(word, others, vocabulary, view, ranking) -> Term | None:
    """The candidate found in most of the documents that hold the other words."""
    ranked = []
    for term in _candidates(word.folded[0], vocabulary):
        documents = _documents(view, ranking, term)
        together = int((documents & others).sum())
        if together:
            ranked.append((-together, -int(documents.sum()), term.folded, term))
    return min(ranked)[-1] if ranked else None


def _candidates(word: str, vocabulary: Iterable[frozenset[str]]) -> list[Term]:
    if not (SHORTEST <= len(word) <= LONGEST and word.isalpha() and word.isascii()):
        return []
    known = {spelling for words in vocabulary for spelling in edits(word) & words}
    halves = [(word[:i], word[i:]) for i in range(SHORTEST, len(word) - SHORTEST + 1)]
    return [Term.of([spelling]) for spelling in sorted(known)] + [
        Term.of(pair)
        for pair in halves
        if all(any(half in words for words in vocabulary) for half in pair)
    ]


def _documents(view, ranking, term) -> numpy.ndarray:
    mask = numpy.zeros(ranking.size, bool)
    for posting in view.find_term(term):
        mask[posting.documents] = True
    return mask & ranking.visible


def _together(masks, ranking) -> numpy.ndarray:
    return numpy.logical_and.reduce([ranking.visible, *masks])


def _rewritten(text, repairs, vocabulary, view, ranking):
    text = analysis.nfc(text[:MOST_CHARACTERS])
    with_accents = not text.isascii()
    written, end = [], 0
    for token in analysis.tokens(text):
        repair = repairs.get(token.folded)
        if repair and token.start >= end:
            shown = [
                _with_accents(part, vocabulary, view, ranking) if with_accents else part
                for part in repair.folded
            ]
            written += [text[end : token.start], " ".join(shown)]
            end = token.end
    return "".join([*written, text[end:]])


def _with_accents(folded, vocabulary, view, ranking):
    """The commonest way to write a folded syllable; itself if it is mostly written bare."""
    from search.whoosh_view import ACCENTED

    spellings = {
        word
        for words in vocabulary
        for word in words
        if not word.isascii() and analysis.folded(word) == folded
    }
    counts = {}
    for spelling in sorted(spellings):
        mask = numpy.zeros(ranking.size, bool)
        for name in ACCENTED.values():
            mask[view.find(name, spelling).documents] = True
        counts[spelling] = int((mask & ranking.visible).sum())
    counts = {spelling: count for spelling, count in counts.items() if count}
    return max(counts, key=counts.get) if counts else folded
