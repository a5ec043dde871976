"""Following the outbox: from what changed in the database to the search index."""

from collections.abc import Iterator

from sqlalchemy import event, func, insert, select
from sqlalchemy.orm import Session

from marketplace.models import Change, utcnow
from marketplace.services.indexing import sources

BATCH = 500


def last_change(session: Session) -> int:
    return session.scalar(select(func.max(Change.id))) or 0


@event.listens_for(Session, "after_flush")
def _note_changes(session, _context) -> None:
    """An outbox row for every written record of a source, in the transaction that wrote it.
    Nobody matches these: they are born as if that had been done."""
    names = {source.model: source.name for source in sources.SOURCES if not source.explicit}
    written = [*session.new, *session.deleted]
    written += [row for row in session.dirty if type(row) in names and session.is_modified(row)]
    now = utcnow()
    changes = [
        {"source": names[type(row)], "record_id": row.id, "at": now, "matched_at": now}
        for row in written
        if type(row) in names
    ]
    if changes:
        session.execute(insert(Change), changes)


def drain_search(session: Session, index) -> int:
    """Bring the search index up to the outbox; returns how many changes were followed.

    Applying a change twice gives the same index, so a crash in between repeats harmlessly.
    """
    changes = session.execute(
        select(Change.id, Change.source, Change.listing_id, Change.record_id)
        .where(Change.id > index.position)
        .order_by(Change.id)
        .limit(BATCH)
    ).all()
    if not changes:
        return 0
    documents, gone = [], []
    for source in sources.SOURCES:
        ids = {each.listing_id or each.record_id for each in changes if each.source == source.name}
        rows = session.scalars(select(source.model).where(source.model.id.in_(ids))).all()
        found = source.documents(session, rows)
        kept = {each.key for each in found}
        documents += found
        gone += [key for row in rows if (key := source.key(row)) not in kept]
        gone += [f"{source.name}:{number}" for number in ids - {row.id for row in rows}]
    index.update(documents, gone, changes[-1].id)
    return len(changes)


def count(session: Session) -> int:
    """Records to be found, about: for a progress bar."""
    return sum(
        session.scalar(select(func.count()).select_from(source.rows().subquery())) or 0
        for source in sources.SOURCES
    )


def rebuild_search(session: Session, index, progress=None) -> None:
    """Build the search index anew from the database alone."""
    position = last_change(session)
    index.rebuild(all_documents(session), position, progress)


def all_documents(session: Session) -> Iterator:
    """Every document of every source, read in batches."""
    for source in sources.SOURCES:
        last = 0
        while True:
            rows = session.scalars(
                source.rows().where(source.model.id > last).order_by(source.model.id).limit(BATCH)
            ).all()
            if not rows:
                break
            last = rows[-1].id
            yield from source.documents(session, rows)
