"""One mail to a person about all their saved searches that have something new, at its hour.

What stands in a mail is what everybody may read: mail travels in the open. Listings for members
are counted, and read on the site. The mail, and the note that it told of them, are one transaction.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from marketplace.domain.actor import GUEST, SYSTEM
from marketplace.domain.saved_searches import BY_MAIL, last_digest
from marketplace.models import Listing, SavedSearch, SavedSearchHit, User
from marketplace.services import accounts, audit, disclosure, mails
from marketplace.services.listings.numbers import LOCAL
from marketplace.services.saved_searches.addresses import find_path, stop_all_path, stop_path
from marketplace.services.saved_searches.news import tellable
from marketplace.services.saved_searches.watching import behind
from marketplace.services.visibility import audiences

log = logging.getLogger(__name__)

AT_ONCE = 50  # people in one round
TITLES = 10  # listings named for each search in a mail


@dataclass(frozen=True)
class Told:
    """What a mail says of one search: `items` are (title, kind, path), `more` public ones are not
    named, `members` more are for members only."""

    name: str
    items: tuple[tuple[str, str, str], ...]
    more: int
    members: int
    path: str
    stop: str


def send_due(
    session: Session, *, now: Callable, reading: Callable, changing: Callable, commit: Callable
) -> int:
    """Queue the digests that are due; returns how many mails. Nothing while there are changes
    that have not been compared: they belong into this digest."""
    reading()
    if _first_due(session, now()) is None or behind(session):
        return 0
    changing()
    _pass_over(session, now())
    commit()
    reading()
    people = _people(session, now())
    sent = 0
    for user_id in people:
        changing()
        try:
            sent += tell(session, session.get(User, user_id), now=now())
        except Exception:
            log.exception("a digest could not be written; its listings wait for the next one")
            changing()
            _done(session, _due_of(session, user_id, now()), now())
        commit()
    return sent


def tell(session: Session, user: User, *, now) -> int:
    """Queue the mail about the person's searches that are due, if there is anything to tell and
    they may still be told. Returns the number of mails: 1 or 0."""
    rows = _due_of(session, user.id, now)
    _done(session, rows, now)
    if user.disabled_at is not None or user.verified_at is None:
        return 0
    actor = accounts.actor_of(user)
    found = _untold(session, actor, rows)
    if not found:
        return 0
    told = [_told(session, row, found[row.id], user.language) for row in rows if row.id in found]
    count = len({listing.id for listings in found.values() for listing in listings})
    mails.send(
        session,
        "digest",
        user,
        now=now,
        unsubscribe=stop_all_path(user),
        count=count,
        searches=told,
        stop_all=stop_all_path(user),
    )
    for row in rows:
        if row.id in found:
            session.execute(
                update(SavedSearchHit)
                .where(
                    SavedSearchHit.search_id == row.id,
                    SavedSearchHit.listing_id.in_([each.id for each in found[row.id]]),
                )
                .values(told_at=now)
            )
    audit.record(session, "search.digest", user, actor=SYSTEM, now=now, count=count)
    return 1


def _told(session, row: SavedSearch, listings: list[Listing], language: str) -> Told:
    public = [each for each in listings if each.visibility in audiences(GUEST)]
    views = disclosure.cards(session, GUEST, public[:TITLES])
    return Told(
        name=row.name,
        items=tuple((view.title(language), view.kind, f"/listings/{view.ref}") for view in views),
        more=len(public) - len(views),
        members=len(listings) - len(public),
        path=find_path(row),
        stop=stop_path(row),
    )


def _untold(session, actor, rows: Iterable[SavedSearch]) -> dict[int, list[Listing]]:
    """What each search found and nobody has told yet, the latest first: only what its owner may
    see at this moment."""
    found: dict[int, list[Listing]] = {}
    for search_id, listing in session.execute(
        tellable(actor)
        .join(SavedSearchHit, SavedSearchHit.listing_id == Listing.id)
        .where(
            SavedSearchHit.search_id.in_([row.id for row in rows]),
            SavedSearchHit.told_at.is_(None),
        )
        .order_by(SavedSearchHit.found_at.desc(), Listing.id.desc())
        .with_only_columns(SavedSearchHit.search_id, Listing)
    ):
        found.setdefault(search_id, []).append(listing)
    return found


# --- When ---------------------------------------------------------------------------------------
def _due(now):
    """The condition that a search's digest is due."""
    local = now.astimezone(LOCAL)
    return or_(
        *(
            and_(
                SavedSearch.frequency == frequency,
                SavedSearch.digested_at < last_digest(frequency, local),
            )
            for frequency in BY_MAIL
        )
    )


def _first_due(session, now):
    return session.scalar(select(SavedSearch.id).where(_due(now)).limit(1))


def _people(session, now) -> list[int]:
    rows = select(SavedSearch.user_id).where(_due(now)).distinct()
    return list(session.scalars(rows.order_by(SavedSearch.user_id).limit(AT_ONCE)))


def _due_of(session, user_id: int, now) -> list[SavedSearch]:
    return list(
        session.scalars(
            select(SavedSearch)
            .where(SavedSearch.user_id == user_id, _due(now))
            .order_by(SavedSearch.id)
        )
    )


def _pass_over(session, now) -> None:
    """Most searches found nothing since: one statement for all of them."""
    waiting = (
        select(SavedSearchHit.search_id)
        .where(SavedSearchHit.search_id == SavedSearch.id, SavedSearchHit.told_at.is_(None))
        .exists()
    )
    session.execute(
        update(SavedSearch)
        .where(_due(now), ~waiting)
        .values(digested_at=now)
        .execution_options(synchronize_session=False)
    )


def _done(session, rows: Iterable[SavedSearch], now) -> None:
    """Their digest is not due before the next hour, whether there was anything to say or not."""
    session.execute(
        update(SavedSearch)
        .where(SavedSearch.id.in_([row.id for row in rows]))
        .values(digested_at=now)
        .execution_options(synchronize_session=False)
    )
