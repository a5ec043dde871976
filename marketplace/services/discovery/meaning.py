"""Results by meaning: near a text, or similar to a listing."""

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


def near(session: Session, engines, actor, text: str, *, kinds=None, limit=5, but=()) -> list[Near]:
    """Listings that mean something like `text`, best first: none where nothing stands out from
    chance or `text` holds no word; none while the encoder is not loaded."""
    matcher = engines.ready_matcher()
    if matcher is None or not says_a_word(text):
        return []
    hits = matcher.search(
        text, kinds=kinds, groups=found_by(actor), limit=limit, accept=lambda key: key not in but
    )
    return _near(session, actor, [hit for hit in hits if hit.score >= NEAR_ENOUGH])


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
