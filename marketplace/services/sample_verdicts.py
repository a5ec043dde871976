"""Some months of verdicts on the sample's suggestions, so that the quality page has something to
show: what a curator would have said, by the judgements that come with the sample pairs.

Taken by the same steps people take, with dates in the past. Marked as sample wherever it is shown,
since every listing in it is.
"""

from datetime import timedelta
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from marketplace.models import Fact, Listing, Match, User
from marketplace.services import accounts, matches, samples
from marketplace.services.quality.verdicts import FIRST

_PLAYED = "sample verdicts"
EVERY = 3  # of so many asking listings one has been worked through: the desk keeps its queue
# What becomes of a right pair, in turn: (days after the verdict, actor, step, reason). Actor: c a
# curator, 1 and 2 the sides in the order they are asked.
AFTER = (
    ((2, "c", "propose_first", ""), (5, "1", "accept_first", ""), (6, "c", "propose_second", ""),
     (11, "2", "accept_second", ""), (12, "c", "introduce", ""), (17, "1", "report_contact", "")),
    ((9, "c", "fail", "in_contact"),),
    ((3, "c", "propose_first", ""), (8, "1", "decline_first", "price")),
    ((12, "c", "fail", "stale"),),
    (),
)  # fmt: skip
# Reasons of a dismissal, in turn. The last says nothing of relevance, as some always do.
WRONG = ("wrong_problem", "wrong_scale", "wrong_problem", "trl_too_low", "location", "duplicate")


def play(session: Session, *, now) -> int:
    """Once, after matching; returns how many suggestions got a verdict."""
    if session.get(Fact, _PLAYED) is not None:
        return 0
    curators = session.scalars(select(User).where(User.role == "curator").order_by(User.id)).all()
    grades, right, wrong, done = samples.grades(session), count(), count(), 0
    for match in _suggested(session):
        curator = accounts.actor_of(curators[match.a_id % len(curators)])
        then = _when(match, now)
        match.created_at = then - timedelta(days=1 + match.id % 4, hours=match.id % 7)
        if grades.get((match.pair_type, match.a_id, match.b_id), 0) > 0:
            matches.advance(session, match, "keep", actor=curator, now=then)
            _go_on(session, match, AFTER[next(right) % len(AFTER)], curator, then, now)
        else:
            reason = WRONG[next(wrong) % len(WRONG)]
            matches.advance(session, match, "dismiss", actor=curator, now=then, reason=reason)
        done += 1
    session.merge(Fact(name=_PLAYED, value=str(done), at=now))
    return done


def _suggested(session) -> list[Match]:
    """The first suggestions above the threshold of some asking sample listings, still untouched;
    listings in a story of their own (samples.play) are left alone."""
    rows = session.scalars(
        select(Match)
        .where(Match.a_id % EVERY == 0, Match.current, Match.model != "", Match.a.has(_mine()),
               Match.b.has(_mine()))
        .options(joinedload(Match.a), joinedload(Match.b))
        .order_by(Match.pair_type, Match.a_id, Match.score.desc(), Match.id)
    ).all()  # fmt: skip
    busy = {each.a_id for each in rows if each.state != "suggested"}
    found, seen = [], {}
    for each in rows:
        place = (each.pair_type, each.a_id)
        seen[place] = seen.get(place, 0) + 1
        if seen[place] <= FIRST and each.level != "weak" and each.a_id not in busy:
            found.append(each)
    return found


def _mine():
    return Listing.is_sample & (Listing.state == "published")


def _when(match, now):
    """Some days after both listings were there, in the hours of an office."""
    there = max(match.a.published_at, match.b.published_at)
    then = there + timedelta(days=6 + match.id % 9, hours=match.id % 8)
    return min(then, now - timedelta(hours=2 + match.id % 60))


def _go_on(session, match, steps, curator, then, now) -> None:
    """The rest of the pair's way, as far as today."""
    people = {
        "c": curator,
        "1": _first(matches.answerable(session, match.first)),
        "2": _first(matches.answerable(session, match.second)),
    }
    if None in people.values():
        return
    for days, who, step, reason in steps:
        at = then + timedelta(days=days, hours=match.id % 5)
        if at > now:
            return
        matches.advance(session, match, step, actor=people[who], now=at, reason=reason)


def _first(users):
    return accounts.actor_of(users[0]) if users else None
