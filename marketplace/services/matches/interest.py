"""Expression of interest: a member who saw a listing says so; the centre takes it from there.

It enters as a match whose first side has already accepted (PRODUCT.md section 4.3), with its
limits: five open at a time, one for each listing, never one's own.
"""

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from marketplace.domain.errors import N_, Conflict, Invalid
from marketplace.domain.vocabulary import PAIR_TYPES
from marketplace.domain.workflow import MATCH, OPEN_INTERESTS_PER_MEMBER
from marketplace.models import Listing, Match, MatchEvent
from marketplace.services.matches.steps import advance
from marketplace.services.visibility import owned_by

_OPEN = ("first_accepted", "proposed_to_second", "both_accepted")
_KINDS = {kinds: name for name, (a, b, _words) in PAIR_TYPES.items() for kinds in [(a, b)]}


def _pair_type(mine: str, theirs: str) -> tuple[str, bool] | None:
    """(pair type, whether mine is the asking side), or None when the kinds do not pair."""
    if (mine, theirs) in _KINDS:
        return _KINDS[(mine, theirs)], True
    if (theirs, mine) in _KINDS:
        return _KINDS[(theirs, mine)], False
    return None


def mine_to_offer(session: Session, target: Listing, *, actor) -> list[Listing]:
    """The actor's published listings that can be paired with the target."""
    kinds = {mine for mine, theirs in _KINDS if theirs == target.kind}
    kinds |= {theirs for mine, theirs in _KINDS if mine == target.kind}
    return list(
        session.scalars(
            select(Listing)
            .where(owned_by(actor), Listing.kind.in_(kinds), Listing.state == "published")
            .order_by(Listing.title)
        )
    )


def open_interests(session: Session, actor) -> int:
    """How many interests of this member are under way."""
    return session.scalar(
        select(func.count(func.distinct(Match.id)))
        .join(MatchEvent, MatchEvent.match_id == Match.id)
        .where(
            MatchEvent.step == "express", MatchEvent.actor_id == actor.id, Match.state.in_(_OPEN)
        )
    )


def express(session: Session, target: Listing, mine: Listing, message: str, *, actor, now) -> Match:
    """Say that `mine` is interested in `target`. Raises Invalid or Conflict with the reason."""
    pairing = _pair_type(mine.kind, target.kind)
    if pairing is None:
        raise Invalid(N_("Hồ sơ này không ghép được với hồ sơ bạn chọn."), "mine")
    if open_interests(session, actor) >= OPEN_INTERESTS_PER_MEMBER:
        raise Conflict(
            N_("Bạn đang có %(count)s lần quan tâm chờ trả lời. Hãy đợi một lần kết thúc."),
            count=OPEN_INTERESTS_PER_MEMBER,
        )
    already = session.scalar(
        select(Match.id)
        .join(MatchEvent, MatchEvent.match_id == Match.id)
        .where(
            or_(Match.a_id == target.id, Match.b_id == target.id),
            MatchEvent.step == "express",
            MatchEvent.actor_id == actor.id,
            Match.state.in_(_OPEN),
        )
        .limit(1)
    )
    if already:
        raise Conflict(N_("Bạn đã bày tỏ quan tâm tới hồ sơ này, đang chờ trả lời."))
    pair_type, asking = pairing
    a, b = (mine, target) if asking else (target, mine)
    match = session.scalar(
        select(Match).where(Match.pair_type == pair_type, Match.a_id == a.id, Match.b_id == b.id)
    )
    if match is None:
        match = Match(
            pair_type=pair_type, a=a, b=b, origin="eoi", level="good", created_at=now,
            changed_at=now,
        )  # fmt: skip
        session.add(match)
        session.flush()
    elif match.state not in MATCH.step("express").from_:
        raise Conflict(N_("Hai hồ sơ này đã ở trong một kết nối. Hãy xem ở mục Kết nối của tôi."))
    match.origin, match.b_first = "eoi", not asking
    match.known_to_first, match.known_to_second = True, False
    advance(session, match, "express", actor=actor, now=now, note=message)
    return match
