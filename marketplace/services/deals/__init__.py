"""Deals: what becomes of an introduction, told by its parties and verified by both or by paper.

deals.of_match(session, key)              # the match; NotFound without a deal
deals.standing(session, actor, match)     # what this reader sees and can do
deals.milestones.note(...), .confirm(...) # what happened
deals.agreements.claim(...), .confirm(...), .verify(...), .dispute(...)
deals.follow_ups.answer(...)              # what came of it
"""

from sqlalchemy.orm import Session

from marketplace.domain.errors import NotFound
from marketplace.models import Match
from marketplace.services.deals import (
    agreements,
    duties,
    figures,
    follow_ups,
    milestones,
    proofs,
    queues,
    resting,
    sides,
)
from marketplace.services.deals.resting import moved
from marketplace.services.deals.standing import NEXT, YOURS, Standing, standing
from marketplace.services.matches import by_key

__all__ = [
    "NEXT",
    "YOURS",
    "Standing",
    "agreements",
    "duties",
    "figures",
    "follow_ups",
    "milestones",
    "moved",
    "of_match",
    "proofs",
    "queues",
    "resting",
    "sides",
    "standing",
]


def of_match(session: Session, key: str) -> Match:
    """The match of this key, which has become a deal. Raises NotFound for any other."""
    match = by_key(session, key)
    if match.deal is None:
        raise NotFound
    return match
