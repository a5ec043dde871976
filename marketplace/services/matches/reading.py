"""Reading matches: the curators' queues, a member's own, one by its key."""

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, joinedload

from marketplace.domain.errors import NotFound
from marketplace.domain.workflow import MATCH_ANSWERED, MATCH_ASKED, MATCH_RELEASED
from marketplace.models import Listing, Match, MatchEvent
from marketplace.services.visibility import decided_by, matches_visible_to

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


def _ordered(name: str, actor=None, pair_type: str = "", curator_id: int | None = None) -> Select:
    """Earliest due first; among those due together the most promising first. With an actor only
    what the four-eyes rule leaves to them: the rest is in their colleagues' queues."""
    wanted = select(Match).where(QUEUES[name])
    if actor is not None:
        wanted = wanted.where(decided_by(actor))
    if pair_type:
        wanted = wanted.where(Match.pair_type == pair_type)
    if curator_id is not None:
        wanted = wanted.where(Match.curator_id == curator_id)
    return wanted.order_by(*(key.desc() if falling else key for key, falling in _keys(name)))


def _keys(name: str) -> list[tuple[ColumnElement, bool]]:
    """What a queue is ordered by: (key, whether the greatest comes first). The last one differs
    between any two matches."""
    if name in _OPEN_ENDED:
        return [(Match.changed_at, True), (Match.id, True)]
    return [
        (case((Match.due_at.is_(None), 0), else_=1), False),  # databases differ on null's place
        (func.date(Match.due_at), False),
        (Match.score, True),
        (Match.id, False),
    ]


def _behind(session: Session, match: Match, name: str) -> ColumnElement:
    """The condition of standing behind the match in a queue, whether or not it is in it."""
    keys = _keys(name)
    here = session.execute(select(*(key for key, _falling in keys)).where(Match.id == match.id))
    level, further = [], []
    for (key, falling), value in zip(keys, here.one(), strict=True):
        if value is not None:  # among those without a value none is further than another
            further.append(and_(*level, key < value if falling else key > value))
        level.append(key == value)
    return or_(*further)


def queue(
    session: Session,
    name: str = "triage",
    *,
    actor=None,
    pair_type="",
    curator_id=None,
    offset=0,
    limit=25,
) -> list[Match]:
    """One page of a queue; an unknown name raises NotFound."""
    if name not in QUEUES:
        raise NotFound
    return list(
        session.scalars(
            _ordered(name, actor, pair_type, curator_id)
            .options(joinedload(Match.a), joinedload(Match.b), joinedload(Match.curator))
            .offset(offset)
            .limit(limit)
        )
    )


def queue_counts(session: Session, *, actor=None, pair_type="", curator_id=None) -> dict[str, int]:
    return {
        name: session.scalar(
            select(func.count()).select_from(
                _ordered(name, actor, pair_type, curator_id).order_by(None).subquery()
            )
        )
        for name in QUEUES
    }


def next_after(
    session: Session,
    match: Match,
    name: str = "triage",
    *,
    actor=None,
    pair_type="",
    curator_id=None,
) -> Match | None:
    """The one behind this match in the queue, from the last one the first again; None when there
    is no other. A match that left the queue is looked for where it stood."""
    others = _ordered(name, actor, pair_type, curator_id).where(Match.id != match.id).limit(1)
    behind = session.scalar(others.where(_behind(session, match, name)))
    return behind or session.scalar(others)


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
