"""Asking to read what is kept secret in a listing."""

from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from marketplace.domain.cleaning import paragraphs
from marketplace.domain.errors import N_, Conflict, Invalid, InvalidForm
from marketplace.domain.fields import CONFIDENTIAL
from marketplace.domain.permissions import party_under_way
from marketplace.domain.workflow import (
    ACCESS_OPEN,
    ACCESS_STANDING,
    MATCH_UNDER_WAY,
    OPEN_ACCESS_PER_MEMBER,
)
from marketplace.models import AccessRequest, Attachment, Listing, Match, Organisation
from marketplace.models.access import FIELDS
from marketplace.services import attachments, audit, limits, matches
from marketplace.services.confidential.letters import tell_owners
from marketplace.services.listings.reading import levels_filled

PURPOSE_SHORTEST, PURPOSE_LONGEST = 20, 1000


@dataclass(frozen=True)
class Thing:
    """Something confidential that can be asked for: the fields, a file by its number (its name is
    confidential like its content), or the deck (number 0, with its attachment). `standing` is the
    actor's own request for it, if any."""

    what: str
    number: int = 0
    media_type: str = ""
    size: int = 0
    attachment: Attachment | None = None
    standing: AccessRequest | None = None


def things(session: Session, listing: Listing, actor) -> list[Thing]:
    """What the listing keeps confidential, and the actor's requests for it that still stand."""
    standing = {row.what: row for row in standing_of(session, listing, actor)}
    found = []
    if listing.live_version_id and CONFIDENTIAL in levels_filled(session, listing.live_version_id):
        found.append(Thing(FIELDS, standing=standing.get(FIELDS)))
    files = attachments.readable(session, listing, {CONFIDENTIAL})
    deck = attachments.deck_of(session, listing)
    for number, row in enumerate(files, start=1):
        found.append(Thing(row.key, number, row.media_type, row.size, row, standing.get(row.key)))
    if deck is not None:
        found.append(Thing(deck.key, 0, deck.media_type, deck.size, deck, standing.get(deck.key)))
    return found


def standing_of(session: Session, listing: Listing, actor) -> list[AccessRequest]:
    """The actor's requests about the listing that wait or are granted, the earliest first."""
    if not actor.signed_in:
        return []
    return list(
        session.scalars(
            select(AccessRequest)
            .where(
                AccessRequest.listing_id == listing.id,
                AccessRequest.asker_id == actor.id,
                AccessRequest.state.in_(ACCESS_STANDING),
            )
            .order_by(AccessRequest.id)
        )
    )


def match_with(session: Session, listing: Listing, actor) -> Match | None:
    """A match under way in which the actor is the other party of the listing."""
    if not actor.signed_in:
        return None
    rows = session.scalars(
        select(Match)
        .where(
            or_(Match.a_id == listing.id, Match.b_id == listing.id),
            Match.state.in_(MATCH_UNDER_WAY),
        )
        .order_by(Match.id)
    )
    return next((row for row in rows if _other_party(actor, row, listing)), None)


def _other_party(actor, match, listing) -> bool:
    mine = match.b if match.a_id == listing.id else match.a
    ours = mine.owner_user_id == actor.id or mine.organisation_id in actor.organisations
    return ours and party_under_way(actor, match)


def count_open(session: Session, actor) -> int:
    """How many of the actor's requests still wait for somebody."""
    return session.scalar(
        select(func.count(AccessRequest.id)).where(
            AccessRequest.asker_id == actor.id, AccessRequest.state.in_(ACCESS_OPEN)
        )
    )


def ask(
    session: Session,
    listing: Listing,
    what: str,
    purpose: str,
    *,
    organisation: Organisation | None,
    actor,
    now,
    offered: bool = False,
) -> AccessRequest:
    """Ask for the fields (`what` is FIELDS) or for one file. Where the owner `offered` it nobody
    is told that an answer is wanted. Raises InvalidForm, Conflict (asked before, too many open,
    nobody to answer) or TooMany."""
    there = {thing.what: thing for thing in things(session, listing, actor)}
    purpose, errors = paragraphs(purpose), {}
    if what not in there:
        errors["what"] = Invalid(N_("Hãy chọn phần bạn muốn xem."))
    if not PURPOSE_SHORTEST <= len(purpose) <= PURPOSE_LONGEST:
        errors["purpose"] = Invalid(
            N_("Hãy nói rõ bạn xem để làm gì, từ %(least)s đến %(most)s ký tự."),
            least=PURPOSE_SHORTEST,
            most=PURPOSE_LONGEST,
        )
    if organisation is not None and organisation.id not in actor.organisations:
        errors["organisation"] = Invalid(N_("Hãy chọn đơn vị của bạn."))
    if errors:
        raise InvalidForm(errors)
    _demand_room(session, listing, there[what], actor)
    limits.spend(session, "access.account", actor.key, now=now)
    request = AccessRequest(
        listing=listing,
        attachment=there[what].attachment,
        asker_id=actor.id,
        organisation=organisation,
        purpose=purpose,
        standing=f"{actor.id}/{listing.id}/{what}",
        requested_at=now,
        changed_at=now,
        is_sample=listing.is_sample,
    )
    session.add(request)
    session.flush()
    audit.record(session, "access.ask", request, actor=actor, now=now, listing=listing.ref)
    if not offered:
        tell_owners(session, request, "access_requested", now=now)
    return request


def _demand_room(session, listing, thing, actor):
    if thing.standing is not None:
        raise Conflict(N_("Bạn đã xin xem phần này rồi."))
    if count_open(session, actor) >= OPEN_ACCESS_PER_MEMBER:
        raise Conflict(
            N_("Bạn đang có %(count)s lần xin xem chờ trả lời. Hãy đợi một lần kết thúc."),
            count=OPEN_ACCESS_PER_MEMBER,
        )
    if listing.for_client or not matches.answerable(session, listing):
        raise Conflict(
            N_("Chủ hồ sơ này chưa có tài khoản nên chưa tự cho xem được. Hãy gọi Trung tâm.")
        )
