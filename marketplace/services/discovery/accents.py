"""The accents that were left out, put back: an encoder reads "may say nhan" as noise.

How a word is meant is told by the public texts that hold the words as typed: the spelling of each
word there, next to its neighbours. Only meaning is asked with it; full text needs no accents.
"""

from collections import Counter
from itertools import pairwise

from sqlalchemy.orm import Session

from marketplace.domain.actor import GUEST
from marketplace.services import indexing
from marketplace.services.queries import Lately
from matching.terms import typed_without_accents
from matching.text import guess_language
from search.analysis import folded, syllables

READ = 25  # texts, the best for the words as typed
TOGETHER = 4.0  # a pair of neighbours found as a pair tells as much as so many single words

_lately = Lately()


def restored(session: Session, text: str, keys: list[str]) -> str:
    """`text` as its words are spelt in the texts of `keys`; as it is where it has accents, is no
    Vietnamese, or nothing tells."""
    language = guess_language(text)
    if language == "en" or not typed_without_accents(text, language or "vi"):
        return text
    keys = keys[:READ]
    return _lately.answer((text, *keys), lambda: _restored(session, text, keys))


def _restored(session, text, keys) -> str:
    wanted = [folded(each) for each in syllables(text)]
    single, pairs = _spellings(session, keys, set(wanted))
    if not wanted or not single:
        return text
    # The best chain of spellings, word by word (Viterbi): score so far -> words chosen.
    chains = {"": (0.0, [])}
    for plain in wanted:
        options = {s: n for s, n in single.items() if folded(s) == plain} or {plain: 0}
        chains = {
            spelt: max(
                (
                    (score + count / 10 + TOGETHER * pairs[last, spelt], [*words, spelt])
                    for last, (score, words) in chains.items()
                ),
                key=lambda chain: chain[0],
            )
            for spelt, count in options.items()
        }
    return " ".join(max(chains.values(), key=lambda chain: chain[0])[1])


def _spellings(session, keys, wanted) -> tuple[Counter, Counter]:
    """In how many of the texts each spelling of a word stands, and each pair of neighbours."""
    single, pairs = Counter(), Counter()
    for view in indexing.views(session, GUEST, keys).values():
        said = [view.title()]
        if indexing.of_kind(view.kind).explicit:
            said += indexing.texts(view.kind, view.values, skip=("title_vi",))
        tokens = [token for text in said for token in syllables(text)]
        single.update({token for token in tokens if folded(token) in wanted})
        pairs.update(
            {
                (one, other)
                for one, other in pairwise(tokens)
                if folded(one) in wanted and folded(other) in wanted
            }
        )
    return single, pairs
