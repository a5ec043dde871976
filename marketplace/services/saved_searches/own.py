"""A person's saved searches: kept, renamed, looked at, silenced, deleted."""

from collections.abc import Iterable, Mapping

from sqlalchemy import delete as remove
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace.domain.cleaning import one_line
from marketplace.domain.errors import N_, Invalid, InvalidForm, NotFound
from marketplace.domain.saved_searches import (
    FREQUENCIES,
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST,
    TooManySaved,
)
from marketplace.models import SavedSearch, SavedSearchHit, User
from marketplace.services import audit

NO_MAIL = "site"


def of_user(session: Session, user_id: int) -> list[SavedSearch]:
    """All saved searches of a person, the latest first."""
    return list(
        session.scalars(
            select(SavedSearch)
            .where(SavedSearch.user_id == user_id)
            .order_by(SavedSearch.created_at.desc(), SavedSearch.id.desc())
        )
    )


def by_key(session: Session, key: str) -> SavedSearch:
    """Raises NotFound. Whose it is is asked after."""
    row = session.scalar(select(SavedSearch).where(SavedSearch.key == key))
    if row is None:
        raise NotFound
    return row


def same(session: Session, user_id: int, text: str, filters: Mapping) -> SavedSearch | None:
    """What the person has saved of this very search already."""
    said = {"text": text, "filters": _plain(filters)}
    for row in of_user(session, user_id):
        if {"text": row.text, "filters": row.filters} == said:
            return row
    return None


def save(
    session: Session,
    user: User,
    text: str,
    filters: Mapping[str, Iterable[str]],
    *,
    name: str,
    frequency: str,
    after: int,
    actor,
    now,
) -> SavedSearch:
    """Keep a search. `after` is the last change that what the person saw had followed: listings
    that changed later are news. Raises InvalidForm, and TooManySaved."""
    name = _checked(name, frequency)
    if len(text) > LONGEST_TEXT:
        raise InvalidForm({"name": Invalid(N_("Từ tìm kiếm quá dài."))})
    if len(of_user(session, user.id)) >= MOST:
        raise TooManySaved(most=MOST)
    row = SavedSearch(
        user_id=user.id,
        said={"name": name, "text": text, "filters": _plain(filters)},
        frequency=frequency,
        after_change=after,
        created_at=now,
        looked_at=now,
        digested_at=now,
    )
    session.add(row)
    session.flush()
    audit.record(session, "search.save", row, actor=actor, now=now, frequency=frequency)
    return row


def change(session: Session, row: SavedSearch, *, name: str, frequency: str, actor, now) -> None:
    """Another name, another frequency. Raises InvalidForm."""
    row.said = {**row.said, "name": _checked(name, frequency)}
    if frequency != row.frequency:
        row.frequency, row.digested_at = frequency, now
    audit.record(session, "search.change", row, actor=actor, now=now, frequency=frequency)


def stop(session: Session, rows: Iterable[SavedSearch], *, actor, now, channel: str = "") -> int:
    """No more mails about these; on the site everything stays. Returns how many were ended."""
    rows = [row for row in rows if row.frequency != NO_MAIL]
    for row in rows:
        row.frequency = NO_MAIL
        audit.record(session, "search.stop", row, actor=actor, now=now, channel=channel)
    return len(rows)


def look(session: Session, row: SavedSearch, *, actor, now) -> None:
    """The person looks at what there is now: nothing of it is news any more, by mail neither."""
    row.looked_at = now
    session.execute(
        update(SavedSearchHit)
        .where(SavedSearchHit.search_id == row.id, SavedSearchHit.told_at.is_(None))
        .values(told_at=now)
    )
    audit.record(session, "search.look", row, actor=actor, now=now)


def delete(session: Session, row: SavedSearch, *, actor, now) -> None:
    """The search, its feed and what it found are gone; links in old mails lead nowhere."""
    audit.record(session, "search.delete", row, actor=actor, now=now)
    session.execute(remove(SavedSearchHit).where(SavedSearchHit.search_id == row.id))
    session.delete(row)


def new_feed(session: Session, row: SavedSearch, *, actor, now) -> None:
    """Give the feed another address; whoever has the old one gets nothing more."""
    row.feed += 1
    audit.record(session, "search.new_feed", row, actor=actor, now=now)


def _checked(name: str, frequency: str) -> str:
    name, faults = one_line(name), {}
    if not name:
        faults["name"] = Invalid(N_("Hãy đặt tên để nhận ra tìm kiếm này."))
    elif len(name) > LONGEST_NAME:
        faults["name"] = Invalid(N_("Tên dài quá %(most)s ký tự."), most=LONGEST_NAME)
    if frequency not in FREQUENCIES:
        faults["frequency"] = Invalid(N_("Hãy chọn cách báo tin mới."))
    if faults:
        raise InvalidForm(faults)
    return name


def _plain(filters: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    return {name: sorted(values) for name, values in sorted(filters.items()) if values}
