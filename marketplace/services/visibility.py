"""Which rows a reader sees: the query twin of permissions' listing.view and match.view.

A test holds each pair to the same answer for every role and state.
"""

from sqlalchemy import Select, and_, case, false, or_, select, true

from marketplace.domain.workflow import LISTING_WAS_PUBLIC
from marketplace.models import Listing, Match, Organisation


def visible_to(actor) -> Select:
    """Select the listings for which allowed("listing.view", actor, listing) holds."""
    return select(Listing).where(listing_rows(actor))


def listing_rows(actor):
    """The condition behind `visible_to`, for joins and counts."""
    if actor.is_curator:
        return true()
    rows = [and_(Listing.state == "published", Listing.visibility.in_(audiences(actor)))]
    if actor.signed_in:
        rows.append(owned_by(actor))
    return or_(*rows)


def audiences(actor) -> frozenset[str]:
    """The visibilities whose published listings the actor finds by searching."""
    everyone = frozenset({"public", "masked"})
    if actor.signed_in and actor.verified and actor.role not in ("auditor", "sysadmin"):
        return everyone | {"registered"}
    return everyone


def owned_by(actor, listing=Listing):
    """The condition `permissions.owner`, on `Listing` or an alias of it."""
    if not actor.signed_in:
        return false()
    mine = listing.owner_user_id == actor.id
    if actor.organisations:
        return or_(mine, listing.organisation_id.in_(actor.organisations))
    return mine


def matches_visible_to(actor) -> Select:
    """Select the matches for which allowed("match.view", actor, match) holds."""
    if actor.is_curator:
        return select(Match)
    ours = select(Listing.id).where(owned_by(actor))
    return select(Match).where(
        or_(
            and_(Match.known_to_first, matches_first().in_(ours)),
            and_(Match.known_to_second, matches_second().in_(ours)),
        )
    )


def matches_first():
    """The id of the listing whose owner is asked first: the column twin of Match.first."""
    return case((Match.b_first, Match.b_id), else_=Match.a_id)


def matches_second():
    return case((Match.b_first, Match.a_id), else_=Match.b_id)


def decided_by(actor):
    """The condition `permissions.impartial` of a match: neither side is a matter of the actor's
    own, so that the four-eyes rule lets them decide."""
    if not actor.signed_in:
        return true()
    registered = select(Organisation.id).where(Organisation.registered_by_id == actor.id)
    own = select(Listing.id).where(
        or_(
            Listing.owner_user_id == actor.id,
            Listing.entered_by_id == actor.id,
            Listing.organisation_id.in_(actor.organisations | actor.interests),
            Listing.organisation_id.in_(registered),
        )
    )
    return and_(Match.a_id.not_in(own), Match.b_id.not_in(own))


def once_public():
    """Listings that have been published and not withdrawn since."""
    return Listing.state.in_(LISTING_WAS_PUBLIC)
