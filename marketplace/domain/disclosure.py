"""Which levels of a listing's fields a reader may see: the one place that decides it.

Levels are stored in rows of their own, so the answer decides which rows are read at all.
Reading a listing at all is `permissions.allowed("listing.view", ...)`; this comes after it.
"""

from marketplace.domain.fields import CONFIDENTIAL, CONTACT, PUBLIC, REGISTERED, STAFF
from marketplace.domain.permissions import curator, member, owner, reader_of_content

# Any row grants the level; all tests of a row must hold (as in permissions.RULES).
# `introduced` is passed beside the listing: the reader is a party of a match whose contacts
# were released.
LEVEL_RULES = {
    PUBLIC: [[]],
    REGISTERED: [[member, reader_of_content], [owner]],
    CONTACT: [[owner], [curator]],
    CONFIDENTIAL: [[owner], [curator]],
    STAFF: [[curator]],
}

# What the outside world, and everything derived from the database, is ever given.
PUBLIC_ONLY = frozenset({PUBLIC})


def levels(actor, listing, *, introduced: bool = False) -> frozenset[str]:
    """The levels `actor` may read of `listing`."""
    granted = {
        level
        for level, rows in LEVEL_RULES.items()
        if any(all(test(actor, listing) for test in row) for row in rows)
    }
    if introduced:
        granted |= {CONTACT, REGISTERED}
    return frozenset(granted)


def shows_owner(actor, listing, *, introduced: bool = False) -> bool:
    """Whether the reader may learn which organisation stands behind the listing."""
    return (
        listing.visibility != "masked"
        or introduced
        or owner(actor, listing)
        or curator(actor, listing)
    )
