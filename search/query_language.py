"""What a visitor typed, understood: words, "phrases" in quotes, and -words to leave out.

There is no such thing as a wrong query. Whatever is not a pair of quotes or a minus sign before a
word is text, so brackets, asterisks, AND, OR and half a quotation mark are searched for or
ignored, never interpreted. No engine's own query parser sees visitor text.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from search import analysis
from search.synonyms import Synonyms

# Longer queries are pasted text; the first words say enough, and each word costs time.
MOST_CHARACTERS = 1_000
MOST_WORDS = 32

QUOTES = '"“”„«»＂'
PIECE = re.compile(rf"(?<!\S)(-?)[{QUOTES}]([^{QUOTES}]+)[{QUOTES}]|(\S+)")
MINUS = re.compile(r"-(?=\w)")
# "IP65", "5603:2023" and "R&D" are one thing although they are several tokens;
# "nhãn/vải" and "bền-đẹp" are lists.
CODE = re.compile(r"[\d&]")
LIST_COMMA = re.compile(r"[,;](?!\d)|(?<!\d)[,;]")

# Words without content of their own rank but are not required. Their folded spellings are often
# words with content (cua, nhung, duoc), so they count as such only in a text typed with accents.
OF_VIETNAMESE = """
    và của các những với để cho từ bằng trong tại là thì mà một có được này đó về theo hoặc bị do
    đã đang sẽ như rằng ở
"""
FUNCTION_WORDS = frozenset(OF_VIETNAMESE.split())
ENGLISH_FUNCTION_WORDS = frozenset({"and", "of", "for", "with", "from", "by"})


@dataclass(frozen=True)
class Term:
    """One or more tokens that must stand next to each other, in both spellings."""

    folded: tuple[str, ...]
    accented: tuple[str, ...]

    @classmethod
    def of(cls, syllables):
        return cls(tuple(map(analysis.folded, syllables)), tuple(syllables))

    @property
    def typed_with_accents(self) -> bool:
        return not all(syllable.isascii() for syllable in self.accented)


@dataclass(frozen=True)
class Instead:
    """Where `by` stands, in a row, each of `words` counts as found: a synonym of what they say."""

    words: tuple[Term, ...]
    by: Term


@dataclass(frozen=True)
class Wanted:
    """A query text, understood.

    Every word of `words` should be found, `optional` ones only improve the rank. `phrases` must
    be found and `excluded` must not. `neighbours` are the words that stood side by side.
    `instead` says what else is as good as some of the words.
    """

    words: tuple[Term, ...] = ()
    optional: tuple[Term, ...] = ()
    phrases: tuple[Term, ...] = ()
    excluded: tuple[Term, ...] = ()
    neighbours: tuple[Term, ...] = ()
    instead: tuple[Instead, ...] = ()

    @property
    def looks_for_something(self) -> bool:
        return bool(self.words or self.phrases)

    @property
    def anything_said(self) -> bool:
        return self.looks_for_something or bool(self.excluded)

    @property
    def typed_with_accents(self) -> bool:
        """Whether the marks say more than the letters, in words or in phrases."""
        return any(term.typed_with_accents for term in (*self.words, *self.phrases))

    def accented_syllables(self) -> list[str]:
        """The distinct accented syllables looked for, to prefer texts that spell them so."""
        terms = (*self.words, *self.optional, *self.phrases)
        return list(dict.fromkeys(analysis.accented([s for t in terms for s in t.accented])))

    def synonyms_of(self, word: Term) -> list[Term]:
        """What stands for a word as well."""
        return [each.by for each in self.instead if word in each.words]


def understand(text: str, synonyms: Synonyms = Synonyms.NONE) -> Wanted:
    """The query in `text`, whatever characters it holds; never raises.

    Synonyms are looked up for plain words and runs of them, never in quotes or behind a minus.
    """
    words, phrases, excluded = [], [], []
    runs = [[]]  # words in the order typed; a phrase or an excluded word ends a run
    text = analysis.nfc(text[:MOST_CHARACTERS])
    for minus, phrase, plain in PIECE.findall(text):
        if plain and MINUS.match(plain):
            minus, plain = "-", plain[1:]
        terms = _phrase(phrase) if phrase else _words(plain)
        if minus:
            excluded += terms
        elif phrase:
            phrases += terms
        else:
            words += terms
            runs[-1] += terms
            continue
        runs.append([])
    required, optional = _function_words_apart(words)
    required = _distinct(required)
    spoken = [[syllable for term in run for syllable in term.accented] for run in runs]
    return Wanted(
        words=required,
        optional=_distinct(optional),
        phrases=_distinct(phrases),
        excluded=_distinct(excluded),
        neighbours=_distinct(Term.of(pair) for run in spoken for pair in pairwise(run)),
        instead=_distinct(each for run in runs for each in _instead(run, required, synonyms)),
    )


def _instead(run, required, synonyms):
    """What the table of synonyms knows of the words of one run, from left to right."""
    if synonyms == Synonyms.NONE:
        return
    syllables = [syllable for term in run for syllable in term.accented]
    begins, at = {}, 0  # the number of a syllable -> the number of the word it begins
    for number, term in enumerate(run):
        begins[at] = number
        at += len(term.accented)
    begins[at] = len(run)
    at = 0
    while at < len(syllables):
        met = synonyms.others(syllables, at) if at in begins else None
        if met is None or met[0] not in begins:  # a code is not cut in two
            at += 1
            continue
        end, others = met
        words = tuple(word for word in run[begins[at] : begins[end]] if word in required)
        yield from (Instead(words, Term.of(other)) for other in others if words)
        at = end


def _words(text):
    terms = []
    for piece in LIST_COMMA.split(text):
        if CODE.search(piece):
            terms += _phrase(piece)
        else:
            terms += [Term.of([syllable]) for syllable in analysis.syllables(piece)]
    return terms


def _phrase(text):
    syllables = analysis.syllables(text)
    return [Term.of(syllables[:MOST_WORDS])] if syllables else []


def _function_words_apart(words):
    with_accents = any(word.typed_with_accents for word in words)

    def is_function_word(word):
        syllable = word.accented[0] if len(word.accented) == 1 else None
        return syllable in ENGLISH_FUNCTION_WORDS or (with_accents and syllable in FUNCTION_WORDS)

    required = [word for word in words if not is_function_word(word)]
    optional = [word for word in words if is_function_word(word)]
    return (required, optional) if required else (optional, [])


def _distinct(terms):
    return tuple(dict.fromkeys(terms))[:MOST_WORDS]
