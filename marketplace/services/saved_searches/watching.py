"""Each change is compared with all saved searches once, when it arrives; what answers one is noted.

How far the outbox has been followed is kept by the very transaction that notes the finds, so a
worker killed at any point neither loses nor doubles one.
"""

import hashlib
import json
from collections.abc import Callable, Iterable

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from marketplace.domain.actor import SYSTEM
from marketplace.models import Change, ComparedListing, Fact, Listing, SavedSearch, SavedSearchHit
from marketplace.services import audit, discovery, indexing, synonyms
from search.analysis import syllables
from search.percolation import Percolator, frequencies
from search.records import Document, Query

BATCH = 200  # changes compared at once
SAMPLE = 300  # listings that say which words are rare
POSITION = "saved searches"  # a fact of the installation: the last change compared


def query_of(row: SavedSearch) -> Query:
    """What was saved; in English also by what the glossary calls it in Vietnamese."""
    return Query(
        text=row.text,
        filters={name: frozenset(each) for name, each in row.filters.items()},
        synonyms=discovery.meanings(row.text),
    )


class Watch:
    """The saved searches in the memory of the process that follows the outbox."""

    def __init__(self):
        self._percolator: Percolator | None = None

    def follow(
        self,
        session: Session,
        *,
        now: Callable,
        reading: Callable,
        changing: Callable,
        commit: Callable,
    ) -> int:
        """Compare one batch of changes; returns how many. `reading` and `changing` begin a
        transaction, `commit` ends it: comparing keeps nobody from writing."""
        reading()
        position = _position(session)
        changes = session.execute(
            select(Change.id, Change.listing_id)
            .where(Change.id > position)
            .order_by(Change.id)
            .limit(BATCH)
        ).all()
        if not changes:
            return 0
        latest = {each.listing_id: each.id for each in changes if each.listing_id is not None}
        searches = self._searches(session)
        found, said = [], {}
        for listing_id, document in _changed(session, latest):
            said[listing_id] = _said(document)
            for key in self._percolator.matches(document):
                search_id, after = searches[key]
                if latest[listing_id] > after:
                    found.append((key, search_id, listing_id))
        changing()
        if _moved_on(session, position, changes[-1].id, now()):
            _keep(session, found, said, now())
            commit()
        return len(changes)

    def _searches(self, session) -> dict[str, tuple[int, int]]:
        """Number and first news of each saved search by its key; the percolator follows what was
        saved and deleted since the last batch. What a search asks for never changes, but what
        means the same may."""
        rows = session.execute(select(SavedSearch.key, SavedSearch.id, SavedSearch.after_change))
        searches = {key: (search_id, after) for key, search_id, after in rows}
        same = synonyms.current(session)
        if self._percolator is None or self._percolator.synonyms != same:
            self._percolator = Percolator(frequencies(_sample(session)), same)
        for key in [key for key in self._percolator if key not in searches]:
            self._percolator.drop(key)
        new = [key for key in searches if key not in self._percolator]
        for start in range(0, len(new), BATCH):
            some = new[start : start + BATCH]
            for row in session.scalars(select(SavedSearch).where(SavedSearch.key.in_(some))):
                self._percolator.put(row.key, query_of(row))
        return searches


def behind(session: Session) -> bool:
    """Whether there are changes nobody has compared yet."""
    return indexing.last_change(session) > _position(session)


def _position(session) -> int:
    fact = session.get(Fact, POSITION)
    return int(fact.value) if fact is not None else 0


def _sample(session) -> list[Document]:
    listings = session.scalars(
        select(Listing)
        .where(Listing.state == "published")
        .order_by(Listing.id.desc())
        .limit(SAMPLE)
    ).all()
    return indexing.documents(session, listings)


def _changed(session, listing_ids: Iterable[int]) -> list[tuple[int, Document]]:
    """The listings that can be found and say anything else than when they were last compared."""
    listings = session.scalars(select(Listing).where(Listing.id.in_(listing_ids))).all()
    ids = {listing.ref: listing.id for listing in listings}
    before = dict(
        session.execute(
            select(ComparedListing.listing_id, ComparedListing.said).where(
                ComparedListing.listing_id.in_(listing_ids)
            )
        ).all()
    )
    documents = [(ids[each.key], each) for each in indexing.documents(session, listings)]
    return [(number, each) for number, each in documents if before.get(number) != _said(each)]


def _said(document: Document) -> str:
    """What a document says, as a hash: its words in order and its values. Capitals, commas and
    dates of renewal do not change it."""
    facets = {name: sorted(values) for name, values in document.facets.items() if values}
    words = [document.kind, syllables(document.title), syllables(document.body), facets]
    return hashlib.sha256(json.dumps(words, sort_keys=True).encode()).hexdigest()


def _moved_on(session, before: int, after: int, now) -> bool:
    """Move the position; not when another process has moved it since it was read."""
    if before == 0 and session.get(Fact, POSITION) is None:
        session.add(Fact(name=POSITION, value=str(after), at=now))
        session.flush()
        return True
    moved = session.execute(
        update(Fact)
        .where(Fact.name == POSITION, Fact.value == str(before))
        .values(value=str(after), at=now)
    )
    return moved.rowcount == 1


def _keep(session, found, said: dict[int, str], now) -> None:
    """Note what was found, but for searches deleted meanwhile and for what was found before."""
    for listing_id, words in said.items():
        session.merge(ComparedListing(listing_id=listing_id, said=words))
    if not found:
        return
    known = {
        (row.search_id, row.listing_id)
        for row in session.execute(
            select(SavedSearchHit.search_id, SavedSearchHit.listing_id).where(
                SavedSearchHit.listing_id.in_({listing_id for _key, _search, listing_id in found})
            )
        )
    }
    keys = {key for key, _search, _listing in found}
    there = dict(
        session.execute(
            select(SavedSearch.key, SavedSearch.id).where(SavedSearch.key.in_(keys))
        ).all()
    )
    rows = [
        {"search_id": search_id, "listing_id": listing_id, "found_at": now}
        for key, search_id, listing_id in found
        if there.get(key) == search_id and (search_id, listing_id) not in known
    ]
    if rows:
        session.execute(insert(SavedSearchHit), rows)
        audit.record(session, "search.find", actor=SYSTEM, now=now, count=len(rows))
