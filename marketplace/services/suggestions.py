"""Keeping what the matcher says: suggestions in the curators' queue, and needs left unmet."""

from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from marketplace.domain.actor import SYSTEM
from marketplace.models import Change, Listing, Match
from marketplace.services import audit, discovery, indexing
from matching.records import Suggestion

ANSWER_BY = timedelta(days=3)  # a suggestion waits this long on the desk before it is late


def waiting(session: Session, limit: int = 20) -> tuple[list[int], list[Listing]]:
    """Changes the matcher has not followed yet, oldest first, and their listings."""
    rows = session.execute(
        select(Change.id, Change.listing_id)
        .where(Change.matched_at.is_(None))
        .order_by(Change.id)
        .limit(limit)
    ).all()
    listings = session.scalars(
        select(Listing).where(Listing.id.in_({row.listing_id for row in rows})).order_by(Listing.id)
    ).all()
    return [row.id for row in rows], list(listings)


def index(session: Session, matcher, listings, province: str, progress=None) -> None:
    """Bring the matcher's index up to these listings; only new passages are encoded. Reads only,
    so it may take its time: no write transaction is open."""
    records = indexing.records(session, listings, province)
    matcher.add_all(records, progress)
    kept = {record.key for record in records}
    for listing in listings:
        if listing.ref not in kept:
            matcher.remove(listing.ref)


def store(session: Session, listing: Listing, found: list[Suggestion], *, now) -> int:
    """Write the suggestions of one listing; returns how many are new.

    What a person has already decided is never touched; suggestions still waiting are brought up
    to date, and those the matcher no longer makes leave the queue.
    """
    refs = {s.a for s in found} | {s.b for s in found}
    ids = dict(session.execute(select(Listing.ref, Listing.id).where(Listing.ref.in_(refs))).all())
    known = {
        (match.pair_type, match.a_id, match.b_id): match
        for match in session.scalars(
            select(Match).where(or_(Match.a_id == listing.id, Match.b_id == listing.id))
        )
    }
    seen, new = set(), 0
    for suggestion in found:
        if suggestion.a not in ids or suggestion.b not in ids:
            continue
        place = (suggestion.pair_type, ids[suggestion.a], ids[suggestion.b])
        asks = place[1] == listing.id
        # Seen from the answering side a weak pair is not worth a row; the asking side keeps its
        # ten best, so that a curator can look at what came closest.
        if suggestion.level == "weak" and not asks and place not in known:
            continue
        seen.add(place)
        match = known.get(place)
        if match is None:
            match = Match(
                pair_type=place[0], a_id=place[1], b_id=place[2], created_at=now, changed_at=now,
                due_at=now + ANSWER_BY,
            )  # fmt: skip
            session.add(match)
            new += 1
        elif match.state not in ("suggested", "later"):
            continue
        _write(match, suggestion)
    for place, match in known.items():
        if match.state == "suggested" and match.origin == "engine":
            match.current = place in seen
    listing.matched_at = now
    _mark_unmet(listing, found, now)
    audit.record(
        session, "match.suggest", listing, actor=SYSTEM, now=now, found=len(found), new=new
    )
    return new


def _write(match: Match, suggestion: Suggestion) -> None:
    match.score, match.level = suggestion.score, suggestion.level
    match.score_ab, match.score_ba = suggestion.score_ab, suggestion.score_ba
    match.model, match.explanation = suggestion.model, suggestion.to_dict()
    match.current = True


def _mark_unmet(listing: Listing, found: list[Suggestion], now) -> None:
    """A need without one good offer is unmet since the first time nothing was found."""
    if listing.kind != "need":
        return
    good = any(s.level != "weak" and s.pair_type == "need-offer" for s in found)
    if good or listing.state != "published":
        listing.unmet_since = None
    elif listing.unmet_since is None:
        listing.unmet_since = now


def refresh_unmet(session: Session, listing: Listing, *, now) -> None:
    """After an offer changed: needs it now answers well are no longer unmet."""
    if listing.kind != "offer":
        return
    for match in session.scalars(
        select(Match).where(Match.b_id == listing.id, Match.level != "weak", Match.current)
    ):
        match.a.unmet_since = None


def follow(session: Session, matcher, listing: Listing, province: str, *, now) -> int:
    """Match one listing anew and store the outcome; the index must already hold it."""
    found = discovery.suggest(session, matcher, listing, province)
    new = store(session, listing, found, now=now)
    refresh_unmet(session, listing, now=now)
    return new
