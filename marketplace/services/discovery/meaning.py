"""Results by meaning: similar to a listing; and what counts as near to a text."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from marketplace.models import Listing
from marketplace.services import disclosure, indexing
from marketplace.services.visibility import audiences
from search.analysis import syllables

# Least score of a result by meaning: two deviations above what a search meets by chance. Below it
# any letters have "near" listings (python -m benchmarks.nearness; docs/matching.md).
NEAR_ENOUGH = 0.5


@dataclass(frozen=True)
class Near:
    """A result by meaning: the view, how near (0 to 1), and the passage that is near."""

    view: disclosure.View
    score: float
    passage: str


def says_a_word(text: str) -> bool:
    """Single letters, numbers and signs mean nothing to look near."""
    return any(len(token) > 1 and token.isalpha() for token in syllables(text))


def similar(session: Session, engines, actor, listing: Listing, *, limit=4) -> list[Near]:
    """Other published listings of the same kind that say the like."""
    matcher = engines.ready_matcher()
    if matcher is None or listing.ref not in matcher.index:
        return []
    hits = matcher.similar(listing.ref, kinds={listing.kind}, groups=found_by(actor), limit=limit)
    return _near(session, actor, hits)


def found_by(actor) -> frozenset[str]:
    """The audiences of documents whose records the actor may see."""
    return frozenset(indexing.AUDIENCES[each] for each in audiences(actor))


def _near(session, actor, hits) -> list[Near]:
    views = indexing.views(session, actor, [hit.key for hit in hits])
    return [Near(views[hit.key], hit.score, hit.passage.text) for hit in hits if hit.key in views]
