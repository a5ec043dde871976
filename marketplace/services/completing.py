"""What completes a search while it is typed: titles everybody may read, words they share, and
words of the vocabularies.

Each process keeps the titles in memory and follows the outbox at every question. What it offers is
read again from the database as a stranger would see it, so that nothing hidden is ever offered.
"""

import threading
import time
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.actor import GUEST
from marketplace.models import Change
from marketplace.services import indexing, vocabularies
from search.completion import Completion
from search.errors import IndexUnavailable
from search.records import PUBLIC, Query

RUNS, TERMS, TITLES = 4, 3, 4  # offered at most of each
READING = 0.2  # seconds one question may spend on a collection not yet read
BATCH = 500


@dataclass(frozen=True)
class Offer:
    """`text` to show. One of: a `view` to open, a (`facet`, `value`) to filter by, or words to
    look for. `count`: how many have it, None where nobody counted."""

    text: str
    view: object | None = None
    facet: str = ""
    value: str = ""
    count: int | None = None


class Completions:
    """The titles of one process, brought up as far as time allows by whoever asks."""

    def __init__(self):
        self.titles = Completion()
        self._words: dict[str, tuple[object, Completion]] = {}
        self._lock = threading.Lock()
        self._position: int | None = None
        self._unread: list[tuple[indexing.Source, int | None]] = []

    def follow(self, session: Session) -> None:
        """Read what is not read yet, newest first, for a moment; then what changed since."""
        if not self._lock.acquire(blocking=False):
            return  # somebody is at it
        try:
            if self._position is None:
                self._position = indexing.last_change(session)
                self._unread = [(source, None) for source in indexing.SOURCES]
            until = time.monotonic() + READING
            while self._unread and time.monotonic() < until:
                self._read_on(session)
            while self._changes(session) == BATCH:
                pass
        finally:
            self._lock.release()

    def _read_on(self, session):
        source, before = self._unread[0]
        rows = source.rows().order_by(source.model.id.desc()).limit(BATCH)
        if before is not None:
            rows = rows.where(source.model.id < before)
        found = session.scalars(rows).all()
        self._keep(session, source, found)
        if len(found) < BATCH:
            self._unread.pop(0)
        else:
            self._unread[0] = (source, found[-1].id)

    def _changes(self, session) -> int:
        changes = session.execute(
            select(Change.id, Change.source, Change.listing_id, Change.record_id)
            .where(Change.id > self._position)
            .order_by(Change.id)
            .limit(BATCH)
        ).all()
        for source in indexing.SOURCES if changes else ():
            ids = {e.listing_id or e.record_id for e in changes if e.source == source.name}
            rows = session.scalars(select(source.model).where(source.model.id.in_(ids))).all()
            self._keep(session, source, rows)
        if changes:
            self._position = changes[-1].id
        return len(changes)

    def _keep(self, session, source, rows):
        public = {
            each.key: each.title
            for each in source.documents(session, rows)
            if each.audience == PUBLIC
        }
        for row in rows:
            key = source.key(row)
            if key in public:
                self.titles.put(key, public[key])
            else:
                self.titles.remove(key)

    def terms(self, session: Session, schemes: dict[str, str], locale: str) -> Completion:
        """The words of some vocabularies, keyed "facet=code", made anew when they are loaded."""
        vocabulary = vocabularies.current(session)
        held = self._words.get(locale)
        if held is None or held[0] is not vocabulary:
            words = Completion()
            for facet, scheme in schemes.items():
                for code in vocabulary.terms(scheme):
                    words.put(f"{facet}={code}", vocabulary.label(scheme, code, locale))
            held = self._words[locale] = vocabulary, words
        return held[1]


def offers(
    session: Session, engines, typed: str, schemes: dict[str, str], locale: str = "vi"
) -> list[Offer]:
    """What may be meant by `typed`, so far: words, filters that find something, titles.

    Public things only, whoever asks. `schemes` maps facets to their vocabularies.
    """
    completions = engines.completions
    completions.follow(session)
    found = [Offer(each.text, count=each.count) for each in completions.titles.runs(typed, RUNS)]
    found += _terms(session, engines, typed, schemes, locale)
    titles = completions.titles.texts(typed, 2 * TITLES)
    views = indexing.views(session, GUEST, [each.key for each in titles])
    seen = [
        Offer(views[each.key].title(locale), view=views[each.key])
        for each in titles
        if each.key in views and views[each.key].title() == each.text
    ]
    return found + seen[:TITLES]


def _terms(session, engines, typed, schemes, locale) -> list[Offer]:
    terms = engines.completions.terms(session, schemes, locale).texts(typed, 4 * TERMS)
    if not terms:
        return []
    everything = Query(audiences=frozenset({PUBLIC}), facets=tuple(schemes), limit=0)
    try:
        counts = engines.search.search(everything).facets
    except IndexUnavailable:
        return []
    named = [(each.text, *each.key.split("=", 1)) for each in terms]
    return [
        Offer(text, facet=facet, value=value, count=counts[facet][value])
        for text, facet, value in named
        if counts.get(facet, {}).get(value)
    ][:TERMS]
