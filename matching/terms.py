"""What is counted when words are compared: accented syllables, folded syllables, folded bigrams.

Together they let "may say nhan" find "máy sấy nhãn", while the properly accented record still
stands above "mây sây nhân".
"""

from collections import Counter
from functools import lru_cache
from hashlib import blake2b

from matching.text import STOPWORDS, VIETNAMESE_LETTERS, bigrams, fold, syllables

LANGUAGES = ("", "vi", "en")  # "": not known; a record's language is stored as its place here


# A language has few syllables, and each is met again and again.
REMEMBERED = 50_000
_fold = lru_cache(REMEMBERED)(fold)


@lru_cache(REMEMBERED)
def hashed(term: str) -> int:
    """63 bits of hash, and a last one that says whether the term tells (see `tells`)."""
    code = int.from_bytes(blake2b(term.encode(), digest_size=8).digest(), "little")
    return code | 1 if tells(term) else code & ~1


def terms_of(text: str) -> Counter[str]:
    """Term -> how often. The prefix keeps the three sorts apart: a, f (syllables), b (bigrams)."""
    accented = syllables(text)
    folded = [_fold(token) for token in accented]
    return Counter(
        [f"a{token}" for token in accented]
        + [f"f{token}" for token in folded]
        + [f"b{pair}" for pair in bigrams(folded)]
    )


def crosses_languages(term: str) -> bool:
    """May this term mean the same in a text of the other language?

    Names, numbers, acronyms and loan words do; function words do not, and neither do folded
    forms ("can" is not "cân", "to" is not "tơ").
    """
    return tells(term) and (len(term) > 2 or term[1:].isdigit())


def tells(term: str) -> bool:
    """An accented syllable that carries subject, not grammar: what coverage is counted in."""
    return term[0] == "a" and term[1:] not in STOPWORDS


def typed_without_accents(text: str, language: str) -> bool:
    """Vietnamese (or a few words that may be) in plain letters: accented forms cannot be expected
    in an answer's favour."""
    return language != "en" and VIETNAMESE_LETTERS.isdisjoint(text.lower())
