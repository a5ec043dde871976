"""Two rankings into one that is not worse than its better half.

Words and meaning each see what the other misses; how far to trust the words differs from query to
query. A fixed mix cannot know: across languages a lexical score is the noise of a few names.
The rule has no trained weight; every number below is a count, a share or a half.

1. *Language.* A multilingual encoder puts texts of one language nearer to each other than they
   deserve, so a right answer in the other language stands below wrong ones in the query's own
   (language bias: Roy et al., "LAReQA", EMNLP 2020). Each language's mean similarity to the query
   is taken off first; where few documents measure it, the model's usual bias.
2. *One unit.* Over a pool (the best of either list) both scores are standardised to mean 0 and
   deviation 1 (Montague and Aslam, CIKM 2001).
3. *Trust.* The lexical score is multiplied by what it has to go on. Coverage r is the share of
   information (idf, Robertson 2004) that question and best lexical answer have in common: a query
   performance predictor read from the result, used as a weight per query (Markovits, Shtok,
   Kurland and Carmel, CIKM 2012). Between languages the weight is r. Inside one language a missing
   word may be a paraphrase, so it is half the usual equal trust and half the evidence: (1 + r) / 2.
4. *Silence is not evidence.* Where a collection has both languages, words could not speak for a
   document in the other one; what they would have said is put at what meaning says, so that
   the document is neither favoured nor punished for its language.

Between two languages only terms that keep their meaning across them count as lexical evidence at
all (`matching.lexical.crosses_languages`: names, numbers, loan words).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from matching.bm25 import LexicalScores

POOL = 100  # best of each list; standardising over all of a large collection would make any
# match look extraordinary, since nearly every document scores zero for nearly every query
FEW = 5  # documents of a language whose own mean weighs as much as the model's usual bias
STRAY = 0.02  # fewer documents than this share are wrong guesses of a language, not a language
# Vietnamese typed without accents is half noise to an encoder, and nothing to the folded words.
UNACCENTED = 1 / 3


@dataclass(frozen=True)
class Fused:
    """scores: one per candidate, higher is better; trust: coverage r of the best lexical answer."""

    scores: np.ndarray
    trust: float


class Usual(NamedTuple):
    """A sample of a whole collection (n,), in which languages are measured: their numbers, which
    are that of the query, and the similarities, asked for only where there are several."""

    languages: np.ndarray
    same_language: np.ndarray
    similarity: Callable[[], np.ndarray]

    @classmethod
    def of(cls, words: LexicalScores, slots: np.ndarray, similarity) -> Usual:
        """These slots of all that `words` are of."""
        return cls(words.languages[slots], words.same_language[slots], similarity)


def fuse(
    dense: np.ndarray,
    lexical: LexicalScores,
    *,
    across: float = 0.0,
    pool: int = POOL,
    usual: Usual | None = None,
) -> Fused:
    """Candidates' cosines and lexical scores (same order, any length) to one score each.

    `across` is the model's usual bias: what a cosine between two languages lacks. Where the
    candidates are a shortlist, `usual` is a sample of the whole collection.
    """
    if not len(dense):
        return Fused(np.zeros(0), 0.0)
    dense = dense - language_bias(dense, lexical, across, usual)
    best = _best(dense, lexical.scores, pool)
    meaning, words = standardise(dense, best), standardise(lexical.scores, best)
    if lexical.unaccented:
        meaning *= UNACCENTED
    trust = coverage_of_best(lexical)
    within = (1 + trust) / 2
    same = lexical.same_language
    usually_same = same if usual is None else usual.same_language
    if same.all() and usually_same.all():
        return Fused(meaning + within * words, trust)
    if usually_same.mean() < STRAY:
        return Fused(meaning + trust * words, trust)
    between = np.maximum(trust * words, within * meaning)
    return Fused(meaning + np.where(same, within * words, between), trust)


def language_bias(
    dense: np.ndarray,
    lexical: LexicalScores,
    across: float = 0.0,
    usual: Usual | None = None,
) -> np.ndarray:
    """How much each similarity owes to the language of its document: the language's mean over
    the common one, among the documents themselves or a sample of `usual` ones. Where FEW have a
    language, the model's usual bias stands in."""
    among = lexical.languages if usual is None else usual.languages
    bias, measured = np.zeros(len(dense)), dense if usual is None else None
    for language in np.flatnonzero(np.bincount(lexical.languages)):
        of_it = among == language
        count = np.count_nonzero(of_it)
        if count < len(among):
            measured = usual.similarity() if measured is None else measured
            mine = lexical.languages == language
            other = language != 0 and not lexical.same_language[mine].any()
            lacking = across if other else 0.0
            own = float(measured[of_it].mean() - measured.mean()) if count else 0.0
            bias[mine] = (count * own + FEW * lacking) / (count + FEW)
    return bias


def coverage_of_best(lexical: LexicalScores) -> float:
    """0 when nothing was found, 1 when question and best lexical answer say the same."""
    best = int(np.argmax(lexical.scores))
    return float(lexical.coverage[best]) if lexical.scores[best] > 0 else 0.0


def standardise(scores: np.ndarray, pool: np.ndarray | slice) -> np.ndarray:
    """Mean 0 and deviation 1 over the pool; all 0 where there is nothing to tell apart."""
    away = scores - scores[pool].mean()
    pooled = away[pool]
    spread = (float(pooled @ pooled) / len(pooled)) ** 0.5
    return away / spread if spread > 1e-9 else np.zeros(len(scores))


def reciprocal_rank(*lists: np.ndarray, k: int = 60) -> np.ndarray:
    """Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009): the usual baseline."""
    total = np.zeros(len(lists[0]))
    for scores in lists:
        ranks = np.empty(len(scores))
        ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
        total += 1 / (k + ranks)
    return total


def _best(dense: np.ndarray, words: np.ndarray, count: int) -> np.ndarray | slice:
    """Places of the `count` best of either list; all where there are no more."""
    if len(dense) <= count:
        return slice(None)
    return np.union1d(*(np.argpartition(-scores, count)[:count] for scores in (dense, words)))
