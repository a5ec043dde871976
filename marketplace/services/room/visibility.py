"""What a reader sees of rooms: the query twin of permissions' room.read. Every list of a room's
records goes through here; a test holds the two to the same answer."""

from sqlalchemy import Select, and_, false, or_, select

from marketplace.models import Deal, Listing, Match
from marketplace.services.visibility import (
    decided_by,
    matches_first,
    matches_second,
    owned_by,
)


def rooms_of(actor) -> Select:
    """Ids of the deals for whose match allowed("room.read", actor, match) holds."""
    return select(Deal.id).join(Match, Match.id == Deal.match_id).where(_readable(actor))


def _readable(actor):
    if not actor.signed_in:
        return false()
    ours = select(Listing.id).where(owned_by(actor))
    known = or_(
        and_(Match.known_to_first, matches_first().in_(ours)),
        and_(Match.known_to_second, matches_second().in_(ours)),
    )
    party = and_(known, Match.a_id.in_(ours) != Match.b_id.in_(ours))
    if not actor.is_curator:
        return party
    return or_(party, and_(Deal.called_at.is_not(None), decided_by(actor)))
