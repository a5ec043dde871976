"""Addresses that stand for a saved search: where it is run, its private feed, the end of its mails.

The last two carry a signed token instead of a sign-in: nobody makes one up, and a copy of the
database gives none away. A feed's token counts as long as the search keeps its feed number; a mail
may be years old when somebody wants no more of them, so those tokens last as long as the search.
"""

from urllib.parse import urlencode

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.saved_searches import FeedGone
from marketplace.models import SavedSearch, User
from marketplace.services.signing import BadLink, read, sign

FEED, STOP = "saved-search.feed", "saved-search.stop"


def find_path(row: SavedSearch) -> str:
    """Where the search is run, newest first; what it says stands in the address as on the page."""
    parts = [("q", row.text)] if row.text else []
    parts += [(name, value) for name, values in sorted(row.filters.items()) for value in values]
    return "/find?" + urlencode([*parts, ("sort", "newest")])


def feed_path(row: SavedSearch) -> str:
    return f"/feed/{sign(FEED, row.key, row.feed)}.atom"


def stop_path(row: SavedSearch) -> str:
    return f"/stop/{sign(STOP, 'search', row.key)}"


def stop_all_path(user: User) -> str:
    return f"/stop/{sign(STOP, 'all', user.key)}"


def of_feed(session: Session, token: str) -> SavedSearch:
    """The search whose feed this is. Raises FeedGone, also for an address given up since and for
    a person who has been shut out: who guesses is not told what was there."""
    try:
        key, number = read(FEED, token)
    except BadLink as error:
        raise FeedGone from error
    row = session.scalar(select(SavedSearch).where(SavedSearch.key == key))
    if row is None or row.feed != number or row.user.disabled_at is not None:
        raise FeedGone
    return row


def to_stop(session: Session, token: str) -> tuple[User, list[SavedSearch], bool]:
    """Whose mails the link ends: the person, the searches, and whether it is for all of them.
    Raises BadLink."""
    what, key = read(STOP, token)
    if what == "all":
        user = session.scalar(select(User).where(User.key == key))
        if user is None:
            raise BadLink
        rows = session.scalars(select(SavedSearch).where(SavedSearch.user_id == user.id)).all()
        return user, list(rows), True
    row = session.scalar(select(SavedSearch).where(SavedSearch.key == key))
    if row is None:
        raise BadLink
    return row.user, [row], False
