"""Reading matches: the curators' queues, a member's own, one by its key."""

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from marketplace.domain.errors import NotFound
from marketplace.domain.workflow import MATCH_ANSWERED, MATCH_ASKED, MATCH_RELEASED
from marketplace.models import Listing, Match, MatchEvent
from marketplace.services.visibility import matches_visible_to

_worth_a_look = and_(
    Match.current, or_(Match.level != "weak", Match.origin != "engine"), Match.state == "suggested"
)

# queue name -> which matches are in it. The first is what a curator works through all day.
QUEUES: dict[str, ColumnElement] = {
    "triage": _worth_a_look,
    "answered": Match.state.in_(MATCH_ANSWERED | {"kept"}),
    "asked": Match.state.in_(MATCH_ASKED),
    "later": Match.state == "later",
    "introduced": Match.state.in_(MATCH_RELEASED),
    "closed": Match.state.in_(("dismissed", "declined", "lapsed", "failed")),
}
_OPEN_ENDED = ("introduced", "closed")


def by_key(session: Session, key: str) -> Match:
    match = session.scalar(
        select(Match)
        .where(Match.key == key)
        .options(joinedload(Match.a), joinedload(Match.b), joinedload(Match.curator))
    )
    if match is None:
        raise NotFound
    return match


def _ordered(name: str, pair_type: str = "", curator_id: int | None = None) -> Select:
    """Earliest due first; among those due together the most promising first."""
    wanted = select(Match).where(QUEUES[name])
    if pair_type:
        wanted = wanted.where(Match.pair_type == pair_type)
    if curator_id is not None:
        wanted = wanted.where(Match.curator_id == curator_id)
    if name in _OPEN_ENDED:
        return wanted.order_by(Match.changed_at.desc(), Match.id.desc())
    return wanted.order_by(func.date(Match.due_at), Match.score.desc(), Match.id)


def queue(
    session: Session, name: str = "triage", *, pair_type="", curator_id=None, offset=0, limit=25
) -> list[Match]:
    """One page of a queue; an unknown name raises NotFound."""
    if name not in QUEUES:
        raise NotFound
    return list(
        session.scalars(
            _ordered(name, pair_type, curator_id)
            .options(joinedload(Match.a), joinedload(Match.b), joinedload(Match.curator))
            .offset(offset)
            .limit(limit)
        )
    )


def queue_counts(session: Session, *, pair_type="", curator_id=None) -> dict[str, int]:
    return {
        name: session.scalar(
            select(func.count()).select_from(
                _ordered(name, pair_type, curator_id).order_by(None).subquery()
            )
        )
        for name in QUEUES
    }


def next_after(
    session: Session, match: Match, name: str = "triage", *, pair_type=""
) -> Match | None:
    """The first of the queue that is not this one: where a curator goes after a decision."""
    return session.scalar(_ordered(name, pair_type).where(Match.id != match.id).limit(1))


def of_actor(session: Session, actor) -> list[Match]:
    """The matches a member knows of, newest movement first."""
    return list(
        session.scalars(
            matches_visible_to(actor)
            .options(joinedload(Match.a), joinedload(Match.b))
            .order_by(Match.changed_at.desc())
            .limit(200)
        )
    )


def of_listing(session: Session, listing: Listing, *, limit=10) -> list[Match]:
    """The matcher's and curators' pairs of one listing, best first: the desk's view."""
    return list(
        session.scalars(
            select(Match)
            .where(or_(Match.a_id == listing.id, Match.b_id == listing.id), Match.current)
            .options(joinedload(Match.a), joinedload(Match.b))
            .order_by(Match.score.desc(), Match.id)
            .limit(limit)
        )
    )


def history(session: Session, match: Match, *, private: bool) -> list[MatchEvent]:
    """What happened, oldest first; curators' private lines only when asked for."""
    wanted = select(MatchEvent).where(MatchEvent.match_id == match.id)
    if not private:
        wanted = wanted.where(~MatchEvent.private)
    return list(
        session.scalars(wanted.options(joinedload(MatchEvent.actor)).order_by(MatchEvent.id))
    )
