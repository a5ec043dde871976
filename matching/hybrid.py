"""Hits of another engine by words, and what is near by meaning, as one ranking.

Who has a full-text engine of his own (fields, phrases, spellings) need not give it up: its scores
take the place of the lexical half in `matching.fusion`, so that one rule weighs words against
meaning wherever both speak.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from matching import hubs
from matching.finding import Finder
from matching.fusion import POOL, Usual, fuse, standardise
from matching.index import Accept
from matching.records import Passage
from matching.text import clean, guess_language

GLOSSED_INTO = "vi"
GLOSS_WORDS = 0.6
FLOOR = 1e-6  # a hit by words counts as one, whatever little it scored


class Ranked(NamedTuple):
    """A record in the one ranking.

    key      its key
    heard    whether the other engine found its words
    passage  of one that is there by meaning alone: the passage closest to what was asked
    """

    key: str
    heard: bool
    passage: Passage | None = None


def rank(
    finder: Finder,
    text: str,
    queries: np.ndarray,
    heard: Mapping[str, float],
    *,
    near_enough: float,
    follows: float,
    follows_across: float,
    most: int,
    kinds: Collection[str] | None = None,
    groups: Collection[str] | None = None,
    accept: Accept | None = None,
    gloss: tuple[str, np.ndarray] | None = None,
) -> list[Ranked]:
    """Everything `heard` (key -> score by words, higher is better), and at most `most` records
    beside, best first. Those stand out by `follows` at least (a query in a language the collection
    is not in: `follows_across`, for less stands out there), and only where something was heard,
    a word could be glossed, or one of them stands out by `near_enough`: letters without sense are
    near to something, too.

    `gloss` is the text in the collection's language, roughly, and its vectors.
    `queries` are the vectors of `text`; kinds, groups and `accept` limit the records beside.
    Records heard without vectors stand where those that words find as good stand.
    """
    index, language = finder.index, guess_language(text)
    named = dict(zip(index.slots(heard).tolist(), heard, strict=True))
    named.pop(-1, None)
    slots = np.fromiter(named, np.intp, len(named))
    scores = np.maximum([heard[key] for key in named.values()], FLOOR)
    looked_for = queries if gloss is None else np.vstack([queries, gloss[1]])
    if most:
        found, usual = index.shortlist(
            looked_for, scores, heard=slots, kinds=kinds, groups=groups,
            accept=(lambda key: key in heard or accept(key)) if accept else None,
        )  # fmt: skip
    else:  # where nothing may join there is no need to look for it
        found, usual = index.heard(slots, kinds=kinds, groups=groups)
    if not len(found.slots):
        return [Ranked(key, True) for key in _by_score(heard)]
    text, keys = clean(text), [named.get(slot) for slot in found.slots.tolist()]
    lexical = index.lexical.score(text, among=found.slots)
    own = lexical.scores / lexical.ideal
    dense = _similarity(finder, found, queries, language, lexical.same_language)
    glossed = gloss and _glossed(finder, found, *gloss)
    if glossed:
        fused = _both_ways(dense, _hearing(heard, keys), *glossed)
    else:
        # Between languages a synonym, a name or a loan word is all that words can say, and the
        # other engine knows the synonyms; inside one the pairs of syllables counted here say more.
        if language == "en":
            lexical = replace(lexical, scores=_hearing(heard, keys))
        fused = fuse(
            dense,
            lexical,
            across=finder.calibration.across,
            usual=usual and _usual(finder, usual, text, queries, language),
        ).scores

    inside = partial(finder._stands_out, searched=True)

    def stands_out(at):
        across = hubs.background(language) and not lexical.same_language[at]
        score = (hubs.stands_out if across else inside)(float(dense[at]), float(own[at]))
        return max(score, inside(float(glossed[0][at]), 0.0)) if glossed else score

    places = {key: score for key, score in zip(keys, fused.tolist(), strict=True) if key}
    ranked = [(score, Ranked(key, True)) for key, score in places.items()]
    beside = [at for at, key in enumerate(keys) if not key]
    near = {at: stands_out(at) for at in sorted(beside, key=lambda at: -fused[at])[:most]}
    # What is asked makes sense here when somebody's words or one meaning answer it.
    makes_sense = bool(heard or glossed)
    if not makes_sense and any(score >= near_enough for score in near.values()):
        makes_sense = language != "en" or index.lexical.knows(text)  # senseless letters are nowhere
    if makes_sense:
        least = follows_across if glossed or language == "en" else follows
        ranked += [
            (float(fused[at]), _beside(index, queries, index.keys[found.slots[at]]))
            for at, score in near.items()
            if score >= least
        ]
    silent = {key: score for key, score in heard.items() if key not in places}
    ranked += _placed(silent, heard, places) if silent else []
    ranked.sort(key=itemgetter(0), reverse=True)
    return [each for _score, each in ranked]


def _hearing(heard, keys) -> np.ndarray:
    """What the other engine says of each record, 0 of those it did not find."""
    return np.array([max(heard[key], FLOOR) if key else 0.0 for key in keys])


def _glossed(finder, found, text, queries) -> tuple[np.ndarray, np.ndarray]:
    """Similarity and words of each record to the gloss of what was asked."""
    words = finder.index.lexical.score(clean(text), GLOSSED_INTO, among=found.slots)
    return found.best(queries).mean(axis=1), words.scores


def _usual(finder, usual, text, queries, language) -> Usual:
    languages, same = finder.index.lexical.languages(text, among=usual.slots)
    return Usual(languages, same, lambda: _similarity(finder, usual, queries, language, same))


def _both_ways(dense, heard, glossed, words) -> np.ndarray:
    """Meaning as asked and as glossed count alike; words less, for a gloss may have them wrong."""
    parts = [(dense, 1.0), (glossed, 1.0), (words, GLOSS_WORDS), (heard, GLOSS_WORDS)]
    pool = np.unique(np.concatenate([np.argsort(-part)[:POOL] for part, _weight in parts]))
    return sum(weight * standardise(part, pool) for part, weight in parts)


def _similarity(finder, found, queries, language, same_language) -> np.ndarray:
    """Of each record; for one in another language than the query's, hubs taken off."""
    plain = found.best(queries).mean(axis=1)
    if not hubs.background(language):
        return plain
    return np.where(same_language, plain, hubs.corrected(finder, found, queries, language))


def _beside(index, queries, key) -> Ranked:
    best = int((queries @ index.vectors(key).T).mean(axis=0).argmax())
    return Ranked(key, False, index.passages(key)[best])


def _placed(silent, heard, fused) -> list[tuple[float, Ranked]]:
    """Records without vectors, where their equals by words stand; ahead of all when alone."""
    equals = sorted((heard[key], score) for key, score in fused.items())
    where = list(silent.values())
    if equals:
        where = np.interp(where, *zip(*equals, strict=True)).tolist()
    return [(place, Ranked(key, True)) for key, place in zip(silent, where, strict=True)]


def _by_score(heard):
    return sorted(heard, key=lambda key: -heard[key])
