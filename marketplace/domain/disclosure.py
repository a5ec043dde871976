"""Which levels of a listing's fields a reader may see: the one place that decides it.

Levels are stored in rows of their own, so the answer decides which rows are read at all.
Reading a listing at all is `permissions.allowed("listing.view", ...)`; this comes after it.
"""

from datetime import datetime

from marketplace.domain.fields import CONFIDENTIAL, CONTACT, PUBLIC, REGISTERED, STAFF
from marketplace.domain.permissions import allowed, curator, member, owner, reader_of_content

# Any row grants the level; all tests of a row must hold (as in permissions.RULES).
# `introduced` is passed beside the listing: the reader is a party of a match whose contacts
# were released. So is `granted`: the owner opened what is confidential for the reader, and it is
# open now (`live`).
LEVEL_RULES = {
    PUBLIC: [[]],
    REGISTERED: [[member, reader_of_content], [owner]],
    CONTACT: [[owner], [curator]],
    CONFIDENTIAL: [[owner], [curator]],
    STAFF: [[curator]],
}

# What the outside world, and everything derived from the database, is ever given.
PUBLIC_ONLY = frozenset({PUBLIC})


def levels(actor, listing, *, introduced: bool = False, granted: bool = False) -> frozenset[str]:
    """The levels `actor` may read of `listing`."""
    found = {
        level
        for level, rows in LEVEL_RULES.items()
        if any(all(test(actor, listing) for test in row) for row in rows)
    }
    if introduced:
        found |= {CONTACT, REGISTERED}
    if granted:
        found |= {CONFIDENTIAL}  # never CONTACT: that is what an introduction gives
    return frozenset(found)


def live(actor, request, now: datetime) -> bool:
    """Whether the actor may read by this models.AccessRequest at this moment. The clock counts,
    whether or not the worker has noted the expiry; so does whatever happened since to the listing,
    to the file, to the reader's account and to the organisation that promised with the reader."""
    file = request.attachment
    return (
        allowed("access.open", actor, request)
        and request.state == "granted"
        and request.granted_at <= now < request.expires_at
        and request.asker.disabled_at is None
        and request.listing.state == "published"
        and (request.organisation_id is None or request.organisation_id in actor.organisations)
        and (file is None or (file.removed_at is None and file.level == CONFIDENTIAL))
    )


def shows_owner(actor, listing, *, introduced: bool = False) -> bool:
    """Whether the reader may learn which organisation stands behind the listing."""
    return (
        listing.visibility != "masked"
        or introduced
        or owner(actor, listing)
        or curator(actor, listing)
    )
