"""An English query, word by word in Vietnamese, as far as the table of synonyms and the glossary of
the trades know the words.

No translation: a second look at what is meant. An encoder finds "nồi hơi trấu" better than "rice
husk boiler" among Vietnamese texts, and words can then speak as well.
"""

from functools import lru_cache

from marketplace.services.vocabularies import SHARED
from matching.text import ENGLISH_STOPWORDS, SYLLABLE, guess_language
from search import analysis
from search.glossary import Glossary
from search.synonyms import Synonyms

GLOSSARY = SHARED / "glossary_en_vi.txt"

# Between these an English phrase is turned round: its last word is the thing, and in Vietnamese the
# thing comes first.
BETWEEN = """
for with of to from in without on by into at using that and or against under out
"""
JOINTS = frozenset(BETWEEN.split())


@lru_cache
def glossary() -> Glossary:
    return Glossary.read(GLOSSARY)


def gloss(text: str, table: Synonyms) -> str:
    """The phrase in Vietnamese order, unknown words as they are; "" where no word is known or the
    text is not English."""
    if not _may_be_english(text):
        return ""
    words, phrases, known, at = analysis.syllables(text), [[]], False, 0
    while at < len(words):
        end, meant = _in_vietnamese(words, at, table)
        if meant is not None:
            known = True
            phrases[-1].append(meant)
        elif words[at] in JOINTS:
            phrases.append([])
        elif words[at] not in ENGLISH_STOPWORDS:
            phrases[-1].append(words[at])
        at = end
    if not known:
        return ""
    return " ".join(" ".join(reversed(phrase)) for phrase in phrases if phrase)


def meanings(text: str) -> Synonyms:
    """What the glossary knows of the words of an English text, as they are typed there."""
    if not _may_be_english(text):
        return Synonyms.NONE
    words, groups, at = analysis.syllables(text), [], 0
    while at < len(words):
        met = _glossed(words, at)
        if met is None:
            at += 1
            continue
        end, meant = met
        # One syllable without a mark is spelt like many others in texts without marks.
        said = [each for each in meant if " " in each or not each.isascii()]
        groups.append([" ".join(words[at:end]), *said])
        at = end
    return Synonyms(groups)


def _may_be_english(text) -> bool:
    return text.isascii() and guess_language(text) in ("en", "")


def _in_vietnamese(words, at, table) -> tuple[int, str | None]:
    """What the longer of two spellings is that begin here, the table's or the glossary's."""
    end, meant = _meant(words, at, table)
    met = _glossed(words, at)
    if met is not None and (meant is None or met[0] >= end):
        return met[0], met[1][0]
    return end, meant


def _glossed(words, at):
    """As the glossary has it. A lone word that could be Vietnamese without marks is left alone:
    "tin", "ham", "can"."""
    if len(words) == 1 and SYLLABLE.fullmatch(words[0]):
        return None
    return glossary().meant(words, at)


def _meant(words, at, table) -> tuple[int, str | None]:
    """(where the spelling that begins here ends, what it is in Vietnamese)."""
    found = table.others(words, at)
    if found is None and words[at].endswith("s"):
        found = table.others([words[at][:-1]], 0)
        found = found and (at + 1, found[1])
    end, others = found or (at + 1, ())
    vietnamese = [" ".join(other) for other in others if not " ".join(other).isascii()]
    return end, min(vietnamese, key=_usual, default=None)


def _usual(spelling):
    """First what is spelt out (TĂCN is not), and of that words of two syllables; a single one may
    mean many things."""
    words = spelling.split()
    spelt = all(SYLLABLE.fullmatch(analysis.folded(word)) for word in words)
    return not spelt, abs(len(words) - 2), spelling


def spelled_out(text: str, table: Synonyms) -> str:
    """The text with abbreviations in full, for whoever reads sentences: HTX, hợp tác xã."""
    tokens = list(analysis.tokens(text))
    words, text = [token.text for token in tokens], analysis.nfc(text)
    written, at, done = [], 0, 0
    while at < len(tokens):
        end, meant = at + 1, None
        typed = text[tokens[at].start : tokens[at].end]
        if len(typed) > 1 and (typed.isupper() or not SYLLABLE.fullmatch(tokens[at].folded)):
            end, meant = _meant(words, at, table)
        if meant is not None:
            written += [text[done : tokens[at].start], meant]
            done = tokens[end - 1].end
        at = end
    return "".join([*written, text[done:]])
