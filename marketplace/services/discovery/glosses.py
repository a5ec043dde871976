"""An English query, word by word in Vietnamese, as far as the table of synonyms knows the words.

No translation: a second look at what is meant. An encoder finds "nồi hơi trấu" better than "rice
husk boiler" among Vietnamese texts, and words can then speak as well.
"""

from matching.text import SYLLABLE, guess_language
from search import analysis
from search.synonyms import Synonyms

# Between these an English phrase is turned round: its last word is the thing, and in Vietnamese the
# thing comes first.
BETWEEN = """
for with of to from in without on by into at using that and or against under out
"""
JOINTS = frozenset(BETWEEN.split())
ARTICLES = frozenset({"a", "an", "the", "its", "my", "our"})


def gloss(text: str, table: Synonyms) -> str:
    """The phrase in Vietnamese order, unknown words as they are; "" where no word is known or the
    text is not English."""
    if guess_language(text) not in ("en", "") or not text.isascii():
        return ""
    words, phrases, known, at = analysis.syllables(text), [[]], False, 0
    while at < len(words):
        word = words[at]
        if word in JOINTS:
            phrases.append([])
        elif word not in ARTICLES:
            end, meant = _meant(words, at, table)
            known = known or meant is not None
            phrases[-1].append(meant or word)
            at = end
            continue
        at += 1
    if not known:
        return ""
    return " ".join(" ".join(reversed(phrase)) for phrase in phrases if phrase)


def _meant(words, at, table) -> tuple[int, str | None]:
    """(where the spelling that begins here ends, what it is in Vietnamese)."""
    found = table.others(words, at)
    if found is None and words[at].endswith("s"):
        found = table.others([words[at][:-1]], 0)
        found = found and (at + 1, found[1])
    end, others = found or (at + 1, ())
    # Words of two syllables are the usual ones; a single one may mean many things.
    vietnamese = [" ".join(other) for other in others if not " ".join(other).isascii()]
    return end, min(vietnamese, key=lambda each: (abs(each.count(" ") - 1), each), default=None)


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
