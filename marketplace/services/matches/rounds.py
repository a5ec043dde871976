"""A round of proposals: which pairs of a type to propose together, so that no mentor, expert,
investor or support organisation is flooded and newcomers are seen. Nothing moves by itself.

matching.assignment chooses; here its limits are read from the exchange, and a curator's ticked
pairs are kept or proposed with the limits looked at once more.
"""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlalchemy.orm import Session, aliased, joinedload

from marketplace.domain.errors import N_, Invalid
from marketplace.domain.permissions import allowed
from marketplace.domain.vocabulary import PAIR_TYPES
from marketplace.models import Listing, Match
from marketplace.services import audit
from marketplace.services.matches import parties, places
from marketplace.services.matches.places import USUAL_PLACES, counted
from marketplace.services.matches.steps import settle
from marketplace.services.visibility import matches_visible_to
from matching.assignment import Limits, Pair, assign, reciprocal, tradeoff

ROUND_TYPES = tuple(name for name, (_a, b, _w) in PAIR_TYPES.items() if b in USUAL_PLACES)
PERIOD = timedelta(days=30)
LIMITS = (1, 20)  # least and largest load a curator may choose
EACH = (1, 5)
# A button -> the steps it takes.
MOVES = {"keep": ["keep"], "keep_and_propose": ["keep", "propose_first"]}

# Why a pair is not proposed by this press.
WHY_NOT = {
    "conflict": N_("Bạn có liên quan tới một bên: người khác quyết định"),
    "nobody": N_("Bên được hỏi trước chưa có tài khoản để trả lời"),
    "moved": N_("Cặp này vừa được xử lý"),
    "full": N_("Bên đáp ứng đã đủ số đề xuất"),
}


@dataclass(frozen=True)
class Answering:
    """One who answers: places, of which `taken` are in use; `earlier` proposals of the period."""

    listing: Listing
    places: int
    declared: bool  # False: USUAL_PLACES of its kind
    taken: int
    earlier: int
    newcomer: bool
    chosen: int = 0  # pairs of this round

    @property
    def free(self) -> int:
        return max(0, self.places - self.taken)

    @property
    def load(self) -> int:
        """Places in use after the round."""
        return self.taken + self.chosen


@dataclass(frozen=True)
class Proposal:
    """A pair of the round; `why_not` names a row of WHY_NOT when this curator cannot propose it."""

    match: Match
    answering: Answering
    why_not: str = ""


@dataclass(frozen=True)
class Plan:
    """What to propose, whom it loads, and what a limit costs."""

    pair_type: str
    limit: int
    each: int
    proposals: list[Proposal] = field(default_factory=list)
    answering: list[Answering] = field(default_factory=list)
    waiting: list[Match] = field(default_factory=list)  # best pair of each side left without one
    curve: tuple[tuple[int, float], ...] = ()
    total: float = 0.0

    @property
    def largest(self) -> int:
        return max((each.chosen for each in self.answering), default=0)

    @property
    def share(self) -> float:
        """Of the total without a limit; 1 when there is nothing to propose."""
        return self.total / self.curve[-1][1] if self.curve else 1.0


@dataclass(frozen=True)
class Outcome:
    """What a press did: `done`, of which `on_paper` wait for a sheet or a call; `left` with why."""

    done: list[Match] = field(default_factory=list)
    on_paper: list[Match] = field(default_factory=list)
    left: list[tuple[Match, str]] = field(default_factory=list)


def plan(session: Session, pair_type: str, *, limit: int, each: int, actor, now) -> Plan:
    """The round as it would be now; limits outside LIMITS and EACH are brought inside."""
    limit, each = _within(limit, LIMITS), _within(each, EACH)
    if pair_type not in ROUND_TYPES:
        raise Invalid(N_("Loại cặp này không xếp theo đợt."), "pair")
    candidates = {(row.a.ref, row.b.ref): row for row in _candidates(session, pair_type, actor)}
    answering = _answering(session, {row.b for row in candidates.values()}, now)
    pairs = [Pair(a, b, value(row)) for (a, b), row in candidates.items()]
    limits = _limits(session, pair_type, answering, candidates.values(), limit, each, now)
    chosen = assign(pairs, limits)
    answering = {
        ref: replace(side, chosen=chosen.loads.get(ref, 0)) for ref, side in answering.items()
    }
    proposals = [
        Proposal(row, answering[pair.b], hindrance(session, row, actor))
        for pair in chosen.chosen
        for row in (candidates[pair.a, pair.b],)
    ]
    return Plan(
        pair_type,
        limit,
        each,
        proposals,
        sorted(answering.values(), key=lambda side: (-side.chosen, -side.load, side.listing.ref)),
        _waiting(candidates, chosen, limits),
        tradeoff(pairs, limits),
        chosen.total,
    )


def value(match: Match) -> float:
    """What a pair is worth in a round: high only when it suits both sides. From the asking side
    that is its probability, facts and verdicts counted; back, how well it suits the other."""
    return reciprocal(match.score, match.score_ba)


def hindrance(session: Session, match: Match, actor) -> str:
    """The row of WHY_NOT that keeps this curator from proposing the pair, or ""."""
    if match.state != "suggested":
        return "moved"
    if not (allowed("match.keep", actor, match) and allowed("match.propose_first", actor, match)):
        return "conflict"
    if parties.reach(session, match.first).nobody:
        return "nobody"
    return ""


def press(
    session: Session, pair_type: str, keys: list[str], move: str, *, limit: int, actor, now
) -> Outcome:
    """Keep, or keep and propose, the ticked pairs. A pair that has moved, is another's to decide
    or would load its side beyond its places or the limit is left, with the reason."""
    if pair_type not in ROUND_TYPES or move not in MOVES:
        raise Invalid(N_("Loại cặp này không xếp theo đợt."), "pair")
    limit, outcome = _within(limit, LIMITS), Outcome()
    rows = _named(session, keys, pair_type, actor)
    room = {
        side.listing.id: min(side.free, limit - side.earlier)
        for side in _answering(session, {row.b for row in rows}, now).values()
    }
    for row in rows:
        why = hindrance(session, row, actor) or ("full" if room[row.b_id] <= 0 else "")
        if why:
            outcome.left.append((row, why))
            continue
        there = parties.reach(session, row.first)
        settle(session, row, MOVES[move], actor=actor, now=now)
        room[row.b_id] -= 1
        outcome.done.append(row)
        if move == "keep_and_propose" and there.client and not there.address:
            outcome.on_paper.append(row)
    if outcome.done:
        audit.record(
            session, "match.round", actor=actor, now=now, pair_type=pair_type, move=move,
            limit=limit, done=len(outcome.done), left=len(outcome.left),
        )  # fmt: skip
    return outcome


def undo(session: Session, pair_type: str, keys: list[str], *, actor, now) -> int:
    """Put kept pairs of a round back; returns how many. Proposed ones have been written to
    people, as on the desk."""
    back = [
        row
        for row in _named(session, keys, pair_type, actor)
        if row.state == "kept" and allowed("match.undo", actor, row)
    ]
    for row in back:
        settle(session, row, ["undo"], actor=actor, now=now)
    if back:
        audit.record(
            session, "match.round_undo", actor=actor, now=now, pair_type=pair_type, done=len(back)
        )
    return len(back)


def _within(number: int, ends: tuple[int, int]) -> int:
    return min(max(number, ends[0]), ends[1])


def _named(session, keys, pair_type, actor) -> list[Match]:
    """The pairs ticked, best first: those the curator may see, whatever was sent."""
    wanted = matches_visible_to(actor).where(Match.key.in_(keys), Match.pair_type == pair_type)
    return list(
        session.scalars(
            wanted.options(joinedload(Match.a), joinedload(Match.b)).order_by(
                Match.score.desc(), Match.id
            )
        )
    )


def _candidates(session, pair_type, actor) -> list[Match]:
    """Suggestions good enough to propose, between published listings."""
    a, b = aliased(Listing), aliased(Listing)
    return list(
        session.scalars(
            matches_visible_to(actor)
            .join(a, a.id == Match.a_id)
            .join(b, b.id == Match.b_id)
            .where(
                Match.pair_type == pair_type,
                Match.state == "suggested",
                Match.current,
                Match.level != "weak",
                a.state == "published",
                b.state == "published",
            )
            .options(joinedload(Match.a), joinedload(Match.b))
            .order_by(Match.id)
        )
    )


def _answering(session, listings, now) -> dict[str, Answering]:
    """By ref. Proposals of the period count over all pair types, as places do."""
    listings = sorted(listings, key=lambda listing: listing.id)
    ids = [listing.id for listing in listings]
    earlier = counted(session, Match.b_id, ids, Match.asked_at >= now - PERIOD)
    ever = counted(session, Match.b_id, ids, Match.asked_at.is_not(None))
    found = {}
    for place, listing in zip(places.of(session, listings).values(), listings, strict=True):
        found[listing.ref] = Answering(
            listing,
            places=place.total,
            declared=place.declared,
            taken=place.taken,
            earlier=earlier[listing.id],
            newcomer=not ever[listing.id],
        )
    return found


def _limits(session, pair_type, answering, rows, limit, each, now) -> Limits:
    asked = counted(
        session, Match.a_id, {row.a_id for row in rows},
        Match.pair_type == pair_type, Match.asked_at >= now - PERIOD,
    )  # fmt: skip
    earlier = {row.a.ref: asked[row.a_id] for row in rows if asked[row.a_id]}
    return Limits(
        places={ref: side.free for ref, side in answering.items()},
        limit=limit,
        each=each,
        earlier=earlier | {ref: side.earlier for ref, side in answering.items()},
        newcomers=frozenset(ref for ref, side in answering.items() if side.newcomer),
    )


def _waiting(candidates, chosen, limits) -> list[Match]:
    """The best pair of each asking side that could be asked and got nothing: its partners are
    taken."""
    served, best = {pair.a for pair in chosen.chosen}, {}
    for (a, _b), row in candidates.items():
        better = a not in best or value(row) > value(best[a])
        if a not in served and limits.asks(a) and better:
            best[a] = row
    return sorted(best.values(), key=lambda row: -value(row))
