"""Pairs: what the matcher suggests to the curators, and what would match if a listing gave way."""

from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.disclosure import levels
from marketplace.domain.vocabulary import PAIR_TYPES
from marketplace.domain.workflow import MATCH_OPEN
from marketplace.models import Listing, Match
from marketplace.services import indexing
from marketplace.services.matches import places
from marketplace.services.visibility import visible_to
from matching import relaxing
from matching.records import Suggestion

SUGGESTIONS = 10  # kept for each asking listing and pair type


def owners(session: Session) -> dict:
    """Number and owner of each published listing, by its reference."""
    rows = session.execute(
        select(Listing.ref, Listing.id, Listing.organisation_id, Listing.owner_user_id).where(
            Listing.state == "published"
        )
    )
    return {row.ref: row for row in rows}


def suggest(
    session: Session,
    matcher,
    listing: Listing,
    province: str,
    *,
    asking_only: bool = False,
    published: dict | None = None,
) -> list[Suggestion]:
    """All suggestions in which the listing takes part, each pair type's best first; with
    `asking_only`, those in which it asks (when everything is matched, each pair comes up so).

    The index knows public figures only. Candidates are compared with the figures owners keep
    confidential as well; those leave their traces in "satisfied" or "failed" only. Who matches
    many listings gives the `owners` of all, read once.
    """
    if listing.ref not in matcher.index:
        return []
    published = owners(session) if published is None else published

    def with_all_facts(record):
        return _with_all_facts(
            session, record, session.get(Listing, published[record.key].id), province
        )

    def accept(key):
        return key in published and not _same_owner(listing, published[key])

    record, found = with_all_facts(matcher.index.record(listing.ref)), []
    for pair_type, (a_kind, b_kind, _name) in PAIR_TYPES.items():
        if listing.kind == a_kind or (listing.kind == b_kind and not asking_only):
            found += matcher.match(
                record, pair_type, SUGGESTIONS, accept=accept, refine=with_all_facts
            )
    return [without_figures(each) for each in found]


# --- What would match if -------------------------------------------------------------------------
RELAXED = 50  # pairs looked at for each pair type
# A reader without the level of a rule's facts on the other side is told a number of pairs, never
# a figure, and only from so many on: one alone would be somebody's price.
ANONYMOUS = 3


@dataclass(frozen=True)
class Chance:
    """What a listing would gain by giving way in one thing, as one reader may know it.

    steps  (value the listing's own fact must reach, pairs then good, strong ones among them); a
           value of None: how far is not this reader's to know
    near   curators only: (the other listing, its level once given way), best first
    """

    pair_type: str
    constraint: str
    now: object
    up: bool | None
    steps: tuple[tuple[object, int, int], ...]
    near: tuple[tuple[Listing, str], ...] = ()


def chances(session: Session, engines, actor, listing: Listing, province: str) -> list[Chance]:
    """What would match if the listing, on the asking side, gave way in one hard rule: computed
    from the vectors on disk, kept nowhere. Empty while the encoder is not loaded.

    Counts only listings the actor may see. A figure is told only to readers of every fact it
    comes from, on both sides.
    """
    matcher = engines.ready_matcher()
    if matcher is None or listing.ref not in matcher.index:
        return []
    matcher.rankers = engines.rankers.of(session)
    record = _with_all_facts(session, matcher.index.record(listing.ref), listing, province)
    found = []
    for pair_type, (a_kind, b_kind, _name) in PAIR_TYPES.items():
        if listing.kind != a_kind or not relaxing.can_give_way(pair_type):
            continue
        others = {
            each.ref: each
            for each in session.scalars(
                visible_to(actor).where(Listing.state == "published", Listing.kind == b_kind)
            )
            if not _same_owner(listing, each)
        }
        relaxed = matcher.relaxed(
            record, pair_type, RELAXED,
            accept=others.__contains__,
            refine=lambda other, others=others: _with_all_facts(
                session, other, others[other.key], province
            ),
        )  # fmt: skip
        for relaxation in relaxing.relaxations(relaxed):
            found += _as_known_to(actor, listing, others, pair_type, relaxation)
    return found


def _as_known_to(actor, listing, others, pair_type, relaxation) -> list[Chance]:
    """The relaxation as the actor may know it; none when too few to count."""
    about = {
        fact
        for each in relaxation.found
        for rule in each.suggestion.constraints
        if rule.name == relaxation.constraint
        for fact in rule.sources
    }
    wanted = indexing.levels_of(about)
    told = all(
        wanted <= levels(actor, each)
        for each in (listing, *(others[found.suggestion.b] for found in relaxation.found))
    )
    whole = len(relaxation.found)
    known = (pair_type, relaxation.constraint, relaxation.now, relaxation.up)
    if not told:
        return [Chance(*known, ((None, whole, 0),))] if whole >= ANONYMOUS else []
    steps = tuple(
        (step.needed, len(step.found), sum(each.level == "strong" for each in step.found))
        for step in relaxation.steps
    )
    near = tuple((others[each.suggestion.b], each.level) for each in relaxation.found)
    return [Chance(*known, steps, near if actor.is_curator else ())]


def _same_owner(one: Listing, other) -> bool:
    return (one.organisation_id is not None and one.organisation_id == other.organisation_id) or (
        one.owner_user_id is not None and one.owner_user_id == other.owner_user_id
    )


def _with_all_facts(session, record, listing, province):
    facts = indexing.private_facts(session, listing, province)
    if "capacity" in facts:
        # Free places: what the person offered less the matches under way.
        taken = places.counted(session, Match.b_id, [listing.id], Match.state.in_(MATCH_OPEN))
        facts["capacity"] = max(0, facts["capacity"] - taken[listing.id])
    return replace(record, facts=facts)


def without_figures(suggestion: Suggestion) -> Suggestion:
    """The suggestion with the numbers of rules that looked at confidential figures removed."""
    return replace(
        suggestion,
        constraints=tuple(
            replace(rule, values={}, score=None)
            if indexing.CONFIDENTIAL_FACTS & set(rule.sources)
            else rule
            for rule in suggestion.constraints
        ),
    )
