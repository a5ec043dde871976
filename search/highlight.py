"""The part of a text that shows why it was found, without any markup."""

from collections import Counter

from search import analysis
from search.query_language import understand
from search.synonyms import Synonyms

ELLIPSIS = "…"


def highlight(
    text: str, query_text: str, width: int = 240, synonyms: Synonyms = Synonyms.NONE
) -> list[tuple[str, bool]]:
    """The best stretch of about `width` characters as (fragment, is it a match), in order.

    Words match whatever their accents, but if a text spells a word as it was typed, other words
    that only look like it are left alone. Synonyms are marked where they stand as spelt. The
    stretch with the most different words of the query wins, then the one with the most matches,
    then the earliest; without a match it is the start. The fragments joined are the NFC form of
    that stretch, with an ellipsis where text was left out; matches with only spaces between them
    are one fragment.
    """
    text = analysis.nfc(text)
    spans = [
        (token.start, token.end, token.folded) for token in _matches(text, query_text, synonyms)
    ]
    start, end = _window(text, spans, width)
    fragments = _fragments(text, start, end, _merged(text, spans, start, end))
    if start > 0:
        fragments.insert(0, (ELLIPSIS, False))
    if end < len(text):
        fragments.append((ELLIPSIS, False))
    return fragments


def _matches(text, query_text, synonyms):
    understood = understand(query_text, synonyms)
    terms = (*understood.words, *understood.phrases)
    typed = {spelling for term in terms for spelling in term.accented}
    wanted = {token for term in terms for token in term.folded}
    every = list(analysis.tokens(text))
    found = [token for token in every if token.folded in wanted]
    exact = {t.folded for t in found if t.text in typed and not t.text.isascii()}
    marked = {t for t in found if t.text in typed or t.folded not in exact}
    for each in understood.instead:
        marked.update(_in_a_row(every, each.by.accented))
    return sorted(marked, key=lambda token: token.start)


def _in_a_row(every, spelling):
    """The tokens of each place where a text spells this, accent by accent."""
    for start in range(len(every) - len(spelling) + 1):
        run = every[start : start + len(spelling)]
        if all(
            shown == token.text or (shown.isascii() and shown == token.folded)
            for shown, token in zip(spelling, run, strict=True)
        ):
            yield from run


def _window(text, spans, width):
    """Where the best stretch starts and ends, cut between words where there are any."""
    if len(text) <= width:
        return 0, len(text)
    best, score = 0, (0, 0)
    held, first = Counter(), 0
    for start, end, token in spans:
        held[token] += 1
        while end - spans[first][0] > width and spans[first][0] < start:
            gone = spans[first][2]
            held[gone] -= 1
            if not held[gone]:
                del held[gone]
            first += 1
        if (len(held), held.total()) > score:
            best, score = (spans[first][0] + end) // 2, (len(held), held.total())
    if not spans:
        return 0, _word_end(text, width)
    start = max(0, min(best - width // 2, len(text) - width))
    return _word_start(text, start), _word_end(text, start + width)


def _word_start(text, at):
    """The first position from `at` where a word begins, unless the word is endless."""
    if at == 0 or text[at - 1].isspace():
        return at
    for position in range(at, min(at + 20, len(text))):
        if text[position].isspace():
            return position + 1
    return at


def _word_end(text, at):
    if at >= len(text) or text[at].isspace():
        return min(at, len(text))
    for position in range(at, max(at - 20, 0), -1):
        if text[position - 1].isspace():
            return position - 1
    return at


def _merged(text, spans, start, end):
    merged = []
    for left, right, _ in spans:
        left, right = max(left, start), min(right, end)
        if left >= right:
            continue
        if merged and (left <= merged[-1][1] or text[merged[-1][1] : left].isspace()):
            merged[-1][1] = max(right, merged[-1][1])
        else:
            merged.append([left, right])
    return merged


def _fragments(text, start, end, matches):
    fragments, at = [], start
    for left, right in matches:
        fragments += [(text[at:left], False), (text[left:right], True)]
        at = right
    fragments.append((text[at:end], False))
    return [(fragment, is_match) for fragment, is_match in fragments if fragment]
