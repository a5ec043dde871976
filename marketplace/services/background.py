"""What the worker does, again and again: follow changes, send mail, watch the clock.

Each task is a function that may be repeated after a crash at any point. None holds a write
transaction while it encodes, searches or talks to a mail server.
"""

import logging

from sqlalchemy import func, select, update

from marketplace.domain.actor import SYSTEM
from marketplace.domain.vocabulary import PAIR_TYPES
from marketplace.models import Change, Fact, Listing, db, utcnow
from marketplace.models.base import writing
from marketplace.services import audit, discovery, indexing, learning, suggestions
from matching.index import PassageIndex
from matching.storage import IndexRefused, only_writer

log = logging.getLogger(__name__)

AT_ONCE = 32  # listings encoded between two movements of the bar, and looked up together
ROUND, UNDER_WAY = "match-all", "under way"  # a bulk match, as a fact of the installation


class Busy(Exception):
    """Somebody else is at it; try again later."""


def reading():
    """The next transaction only reads: on SQLite it takes no write lock."""
    db.session.rollback()
    writing.set(False)


def changing():
    db.session.rollback()
    writing.set(True)


# --- Full text ---------------------------------------------------------------------------------
def follow_search(engines) -> int:
    """One batch of changes into the full-text index; builds it when it is missing or damaged."""
    reading()
    if engines.search.needs_rebuild():
        indexing.rebuild_search(db.session, engines.search)
    return indexing.drain_search(db.session, engines.search)


# --- Matching ----------------------------------------------------------------------------------
def open_matcher(engines):
    """The worker's matcher over the vectors on disk (read again where another process wrote since),
    or over an empty index to be filled. Only for who holds `only_writer`, if it is to be saved."""
    matcher = engines.matcher()
    current = PassageIndex.current(engines.vectors_folder)
    if not len(matcher.index) or current not in (None, matcher.index.generation):
        try:
            matcher.index = PassageIndex.load(engines.vectors_folder, engines.encoder().name)
        except IndexRefused as refusal:
            log.info("vectors: %s; starting anew", refusal)
            matcher.index = PassageIndex(matcher.encoder.name, matcher.encoder.dimensions)
    return matcher


def follow_rankers(engines, province: str, limit: int = 20) -> int:
    """After a ranker of a pair type changed: match asking listings again, so that the new order
    may bring up what lay too deep to be kept. Returns how many were matched."""
    reading()
    ids = learning.behind(db.session, limit)
    if not ids:
        return 0
    matcher = open_matcher(engines)
    if not len(matcher.index):  # vectors are being made anew: everything will be matched then
        return 0
    matcher.rankers = engines.rankers.of(db.session)
    _store(matcher, ids, province, asking_only=True)
    return len(ids)


def follow_matches(engines, province: str, limit: int = 20, progress=None) -> int:
    """Match the oldest changed listings; returns how many changes were followed. None while a
    matching in bulk is under way in another process: what changes meanwhile waits for its end."""
    with only_writer(engines.vectors_folder) as alone:
        return _follow_matches(engines, province, limit, progress) if alone else 0


def _follow_matches(engines, province, limit, progress):
    matcher = open_matcher(engines)
    reading()
    changes, listings = suggestions.waiting(db.session, limit)
    if not changes:
        return 0
    matcher.rankers = engines.rankers.of(db.session)
    suggestions.index(db.session, matcher, listings, province, progress)
    matcher.index.save(engines.vectors_folder)
    _store(matcher, [each.id for each in listings], province)
    changing()
    db.session.execute(update(Change).where(Change.id.in_(changes)).values(matched_at=utcnow()))
    db.session.commit()
    return len(changes)


def _store(matcher, listing_ids, province, *, asking_only=False, published=None):
    """Match each listing reading only, then write what came of it in a short transaction."""
    for listing_id in listing_ids:
        reading()
        listing = db.session.get(Listing, listing_id)
        found = discovery.suggest(
            db.session, matcher, listing, province, asking_only=asking_only, published=published
        )
        changing()
        listing = db.session.get(Listing, listing_id)
        suggestions.store(db.session, listing, found, now=utcnow(), asking_only=asking_only)
        suggestions.refresh_unmet(db.session, listing)
        db.session.commit()


def unmatched(engines) -> bool:
    """Whether there is anything to match; answers without loading a model."""
    reading()
    waiting = db.session.scalar(select(func.count(Change.id)).where(Change.matched_at.is_(None)))
    return (
        bool(waiting)
        or PassageIndex.current(engines.vectors_folder) is None
        or _round_under_way() is not None
    )


def match_everything(engines, province: str, bar, *, everything: bool = False) -> int:
    """Bring vectors and suggestions up to date in bulk: first all vectors, then all pairs, so
    that no listing is compared with half an index. `bar(label)` makes a `progress(done, total)`.
    Returns the number of listings matched.

    With `everything`, or where nothing was matched before, a round over all listings begins, or
    goes on if one was interrupted: when it began is kept in the database, and each listing
    matched since is done. Whoever kills it loses one listing and one batch of encoded texts.
    Busy while another process writes vectors.
    """
    with only_writer(engines.vectors_folder) as alone:
        if not alone:
            raise Busy("vectors are being written by another process")
        return _match_everything(engines, province, bar, everything)


def _match_everything(engines, province, bar, everything):
    reading()
    last = db.session.scalar(select(func.max(Change.id))) or 0
    began = _round_under_way()
    if began is None and (everything or _nothing_matched()):
        began = _begin_round()
    matcher = open_matcher(engines)
    reading()
    matcher.rankers = engines.rankers.of(db.session)
    todo, gone = _unfinished(matcher, began)
    progress = bar("encoding")
    for start in range(0, len(todo), AT_ONCE):
        ids = [number for number, _ref in todo[start : start + AT_ONCE]]
        listings = db.session.scalars(select(Listing).where(Listing.id.in_(ids))).all()
        suggestions.index(db.session, matcher, listings, province)
        db.session.expunge_all()
        progress(start + len(ids), len(todo))
    matcher.index.save(engines.vectors_folder)
    progress = bar("matching")
    _store(matcher, gone, province)
    for start in range(0, len(todo), AT_ONCE):
        some = todo[start : start + AT_ONCE]
        reading()
        published = discovery.owners(db.session)
        with matcher.together([ref for _number, ref in some], PAIR_TYPES):
            for number, (listing_id, _ref) in enumerate(some, start=start + 1):
                # In a round each pair comes up from its asking side; else a change is asked
                # from both.
                asking_only = began is not None
                _store(
                    matcher, [listing_id], province, asking_only=asking_only, published=published
                )
                progress(number, len(todo))
    changing()
    db.session.execute(
        update(Change)
        .where(Change.id <= last, Change.matched_at.is_(None))
        .values(matched_at=utcnow())
    )
    if began is not None:
        db.session.merge(Fact(name=ROUND, value="done", at=utcnow()))
    db.session.commit()
    return len(todo)


def _unfinished(matcher, began) -> tuple[list[tuple[int, str]], list[int]]:
    """Published listings to match (number and reference), oldest first, and changed ones that are
    not published any more. What left the pages leaves the index as well."""
    rows = db.session.execute(
        select(Listing.id, Listing.ref, Listing.changed_at, Listing.matched_at)
        .where(Listing.state == "published")
        .order_by(Listing.id)
    ).all()
    for key in set(matcher.index) - {row.ref for row in rows}:
        matcher.remove(key)
    waiting = select(Change.listing_id).where(Change.matched_at.is_(None))
    gone = db.session.scalars(
        select(Listing.id).where(Listing.id.in_(waiting), Listing.state != "published")
    ).all()
    todo = [
        (row.id, row.ref) for row in rows if row.ref not in matcher.index or _behind(row, began)
    ]
    return todo, list(gone)


def _round_under_way():
    """When the unfinished round over all listings began; None when there is none."""
    fact = db.session.get(Fact, ROUND)
    return fact.at if fact is not None and fact.value == UNDER_WAY else None


def _nothing_matched() -> bool:
    return db.session.scalar(select(func.count()).where(Listing.matched_at.is_not(None))) == 0


def _begin_round():
    changing()
    began = utcnow()
    db.session.merge(Fact(name=ROUND, value=UNDER_WAY, at=began))
    db.session.commit()
    return began


def _behind(listing, began=None) -> bool:
    """Whether a listing has changed since it was matched, or was matched before the round."""
    since = max(filter(None, (listing.changed_at, began)))
    return listing.matched_at is None or listing.matched_at < since


def follow_landscape(engines) -> bool:
    """The map of unmet needs, where index or needs are others than it was made of."""
    from marketplace.services.quality import landscape

    reading()
    return landscape.refresh(db.session, engines.folder, engines.vectors_folder, now=utcnow())


# --- Files of listings -------------------------------------------------------------------------
def follow_imports(folder) -> int:
    """One step of the oldest file that waits to be checked or brought in; 0 when none does."""
    from marketplace.services import imports

    return imports.run_waiting(
        db.session,
        folder,
        now=utcnow,
        reading=reading,
        changing=changing,
        commit=db.session.commit,
    )


def sweep(remove, folder) -> int:
    """Remove files past their time, or whose row never came: the machine stopped between file and
    commit. `remove(session, folder, now=)` is the `sweep` of whoever keeps them."""
    changing()
    gone = remove(db.session, folder, now=utcnow())
    if gone:
        audit.record(db.session, "worker.sweep", actor=SYSTEM, now=utcnow(), files=gone)
    db.session.commit()
    return gone


# --- The clock ---------------------------------------------------------------------------------
def watch_clock() -> int:
    """Reminders, lapses and expiries that are due; returns how many things moved."""
    from marketplace.services import (
        clinic,
        confidential,
        deals,
        listings,
        matches,
        mentoring,
        room,
        support,
    )

    changing()
    now = utcnow()
    moved = (
        listings.expire_due(db.session, now=now)
        + listings.remind_expiring(db.session, now=now)
        + listings.archive_due(db.session, now=now)
        + matches.remind_due(db.session, now=now)
        + matches.lapse_due(db.session, now=now)
        + deals.follow_ups.remind_due(db.session, now=now)
        + deals.follow_ups.remind_claims(db.session, now=now)
        + deals.follow_ups.close_due(db.session, now=now)
        + room.remind_meetings(db.session, now=now)
        + room.remind_tasks(db.session, now=now)
        + confidential.expire_due(db.session, now=now)
        + confidential.remind_expiring(db.session, now=now)
        + confidential.lapse_due(db.session, now=now)
        + support.escalate_due(db.session, now=now)
        + support.remind_due(db.session, now=now)
        + support.confirm_due(db.session, now=now)
        + clinic.remind_due(db.session, now=now)
        + mentoring.remind_meetings(db.session, now=now)
        + mentoring.remind_due(db.session, now=now)
        + mentoring.close_due(db.session, now=now)
    )
    if moved:
        audit.record(db.session, "worker.clock", actor=SYSTEM, now=now, moved=moved)
    db.session.commit()
    return moved


def watch_chain() -> None:
    """Look through the stamps of the clinic; what does not follow is for the log."""
    from marketplace.services.clinic import chain

    reading()
    number = chain.broken(db.session)
    if number is not None:
        log.error("the chain of stamps breaks at receipt %s", number)


def pulse() -> None:
    """Say that the worker lives; the health page and the desk read it."""
    changing()
    db.session.merge(Fact(name="worker", value="alive", at=utcnow()))
    db.session.commit()
