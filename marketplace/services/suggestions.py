"""Keeping what the matcher says: suggestions in the curators' queue, and needs left unmet."""

from datetime import timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from marketplace.domain.actor import SYSTEM
from marketplace.models import Change, Listing, Match
from marketplace.services import audit, discovery, indexing
from marketplace.services.learning import waiting as queue
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


def store(
    session: Session, listing: Listing, found: list[Suggestion], *, now, asking_only: bool = False
) -> int:
    """Write the suggestions of one listing; returns how many are new.

    What a person has already decided is never touched; suggestions still waiting are brought up
    to date, and those the matcher no longer makes leave the queue. Rows are updated without
    their lock counters: the worker's figures are no reason to refuse a curator's verdict.
    """
    refs = {s.a for s in found} | {s.b for s in found}
    ids = dict(session.execute(select(Listing.ref, Listing.id).where(Listing.ref.in_(refs))).all())
    ours = Match.a_id == listing.id
    if not asking_only:
        ours = or_(ours, Match.b_id == listing.id)
    known = {
        (pair_type, a_id, b_id): (match_id, state, origin)
        for match_id, pair_type, a_id, b_id, state, origin in session.execute(
            select(Match.id, Match.pair_type, Match.a_id, Match.b_id, Match.state, Match.origin)
            .where(ours)
        )
    }  # fmt: skip
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
        if place not in known:
            session.add(
                Match(
                    pair_type=place[0], a_id=place[1], b_id=place[2], created_at=now,
                    changed_at=now, due_at=now + ANSWER_BY, **_figures(suggestion),
                )
            )  # fmt: skip
            new += 1
        elif known[place][1] in ("suggested", "later"):
            _update(session, Match, known[place][0], **_figures(suggestion))
    for place, (match_id, state, origin) in known.items():
        if place not in seen and state == "suggested" and origin == "engine":
            _update(session, Match, match_id, current=False)
    asking = {a_id for _pair_type, a_id, _b_id in {*seen, *known}}
    queue.put_in_order(session, asking=asking)
    _update(session, Listing, listing.id, matched_at=now, unmet_since=_unmet(listing, found, now))
    audit.record(
        session, "match.suggest", listing, actor=SYSTEM, now=now, found=len(found), new=new
    )
    return new


def _figures(suggestion: Suggestion) -> dict:
    return {
        "score": suggestion.score,
        "score_ab": suggestion.score_ab,
        "score_ba": suggestion.score_ba,
        "level": suggestion.level,
        "model": suggestion.model,
        "ranker": suggestion.ranker,
        "features": dict(suggestion.features),
        "explanation": _told(suggestion),
        "current": True,
    }


def _told(suggestion: Suggestion) -> dict:
    """What is shown to people; the features are the machine's and have a column of their own."""
    plain = suggestion.to_dict()
    del plain["features"]
    return plain


def _update(session, row_type, row_id, **values) -> None:
    session.execute(
        update(row_type)
        .where(row_type.id == row_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _unmet(listing: Listing, found: list[Suggestion], now):
    """A need without one good offer is unmet since the first time nothing was found."""
    good = any(s.level != "weak" and s.pair_type == "need-offer" for s in found)
    if listing.kind != "need" or good or listing.state != "published":
        return None
    return listing.unmet_since or now


def refresh_unmet(session: Session, listing: Listing) -> None:
    """After an offer changed: needs it now answers well are no longer unmet."""
    if listing.kind != "offer":
        return
    answered = select(Match.a_id).where(
        Match.b_id == listing.id, Match.level != "weak", Match.current
    )
    session.execute(
        update(Listing)
        .where(Listing.id.in_(answered), Listing.unmet_since.is_not(None))
        .values(unmet_since=None)
        .execution_options(synchronize_session=False)
    )


def follow(session: Session, matcher, listing: Listing, province: str, *, now) -> int:
    """Match one listing anew and store the outcome; the index must already hold it."""
    found = discovery.suggest(session, matcher, listing, province)
    new = store(session, listing, found, now=now)
    refresh_unmet(session, listing)
    return new
