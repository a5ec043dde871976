"""The deck of a startup: one PDF that nobody opens but its owner and whom the owner allowed.

Asking for it, the promise, the grant, the mark and the log are those of every confidential file
(services/confidential). Here is what a deck has besides: it can be offered to an investor, and its
owner sees every person who opened it, over all requests.
"""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from marketplace.domain.actor import SYSTEM
from marketplace.domain.errors import N_, Conflict, Invalid, NotFound
from marketplace.domain.fields import CONFIDENTIAL
from marketplace.domain.investing import OFFERS_PER_DECK
from marketplace.domain.workflow import ACCESS_DAYS, ACCESS_STANDING, DECK
from marketplace.models import (
    AccessRequest,
    AccessView,
    Attachment,
    DeckOffer,
    Listing,
    Organisation,
)
from marketplace.services import attachments, audit, confidential
from marketplace.services.attachments import deck_of
from marketplace.services.confidential import marking
from marketplace.services.investing.investors import demand_there, people, stood_behind
from marketplace.services.investing.letters import tell_offered

# What stands in the promise of somebody who was invited to read, as the purpose.
_INVITED = "Xem hồ sơ gọi vốn theo lời mời của chủ hồ sơ, để cân nhắc đầu tư."


def checked(name: str, content: bytes, *, scan: Callable[[bytes], None]) -> attachments.Checked:
    """What to keep of an upload: a PDF that takes the mark of its reader. Raises Invalid (field
    `file`). It takes seconds: call it outside a transaction."""
    file = attachments.checked(name, content, scan=scan)
    if file.media_type != "application/pdf":
        raise Invalid(N_("Hồ sơ gọi vốn phải là tệp PDF."), "file")
    try:
        marking.marked_pdf(file.content, "x")
    except marking.Unmarkable:
        raise Invalid(
            N_("Tệp PDF này bị khóa hoặc hỏng nên không đóng được tên người xem. Hãy lưu lại "
               "không đặt mật khẩu."), "file",
        ) from None  # fmt: skip
    return file


def put(
    session: Session, listing: Listing, file: attachments.Checked, *, folder: Path, actor, now
) -> Attachment | None:
    """Keep the deck. Whoever was allowed to read the one before may read this one. Returns that one
    before, whose bytes are to be erased after the commit. Raises Invalid."""
    before = deck_of(session, listing)
    if before is not None:
        attachments.remove(session, before, actor=actor, now=now)
    row = attachments.add(
        session, listing, file, level=CONFIDENTIAL, folder=folder, actor=actor, now=now, deck=True
    )
    session.flush()
    if before is not None:
        for request in _standing(session, before):
            request.attachment_id = row.id
            request.standing = f"{request.asker_id}/{listing.id}/{row.key}"
    return before


def take_away(session: Session, listing: Listing, *, actor, now) -> Attachment | None:
    """Nobody reads it any more; returns what is to be erased after the commit."""
    row = deck_of(session, listing)
    if row is None:
        return None
    for request in _standing(session, row):
        if request.state == "requested":
            words = "Chủ hồ sơ đã gỡ hồ sơ gọi vốn."
            confidential.deny(session, request, words, actor=actor, now=now)
        else:
            confidential.revoke(session, request, "", actor=actor, now=now)
    for offer in offers(session, listing):
        if offer.state == "offered":
            move(session, offer, "withdraw", actor=actor, now=now)
    attachments.remove(session, row, actor=actor, now=now)
    return row


def _standing(session, row):
    return session.scalars(
        select(AccessRequest).where(
            AccessRequest.attachment_id == row.id, AccessRequest.state.in_(ACCESS_STANDING)
        )
    ).all()


# --- Who reads it ------------------------------------------------------------------------------
def openings(session: Session, listing: Listing) -> list[AccessView]:
    """Every time somebody opened a deck of the listing, the latest first."""
    return list(
        session.scalars(
            _of_decks(select(AccessView).join(AccessView.request), listing)
            .options(
                joinedload(AccessView.actor),
                joinedload(AccessView.request).joinedload(AccessRequest.organisation),
            )
            .order_by(AccessView.id.desc())
        )
    )


def requests(session: Session, listing: Listing) -> list[AccessRequest]:
    """Who asked for the deck, the latest movement first."""
    return list(
        session.scalars(
            _of_decks(select(AccessRequest), listing)
            .options(joinedload(AccessRequest.asker), joinedload(AccessRequest.organisation))
            .order_by(AccessRequest.changed_at.desc(), AccessRequest.id.desc())
        )
    )


def _of_decks(wanted, listing):
    return wanted.join(Attachment, Attachment.id == AccessRequest.attachment_id).where(
        Attachment.deck, AccessRequest.listing_id == listing.id
    )


# --- Offering it -------------------------------------------------------------------------------
def offer(
    session: Session, listing: Listing, to: Listing | None, days: str, *, actor, now
) -> DeckOffer:
    """Say yes beforehand to whoever of the investor takes it, for so many days from then. Raises
    Invalid (field `to` or `days`) or Conflict."""
    if to is None or not people(session, to):
        raise Invalid(N_("Hãy chọn một nhà đầu tư đang đăng trên sàn."), "to")
    typed = str(days).strip()
    days_named = typed.isascii() and typed.isdigit() and len(typed) < 4
    if not (days_named and 1 <= int(typed) <= ACCESS_DAYS):
        raise Invalid(N_("Hãy ghi số ngày, từ 1 đến %(most)s."), "days", most=ACCESS_DAYS)
    if deck_of(session, listing) is None or listing.state != "published":
        raise Conflict(N_("Hãy đưa hồ sơ gọi vốn lên, và đăng dự án, rồi mới mời xem."))
    waiting = [row for row in offers(session, listing) if row.state == "offered"]
    if any(row.to_id == to.id for row in waiting):
        raise Conflict(N_("Bạn đã mời nhà đầu tư này rồi."))
    if len(waiting) >= OFFERS_PER_DECK:
        raise Conflict(N_("Bạn đang mời nhiều nơi cùng lúc. Hãy đợi có nơi trả lời."))
    row = DeckOffer(
        listing=listing, to=to, standing=f"{listing.id}/{to.id}", days=int(typed), offered_at=now,
        offered_by_id=actor.id, changed_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.record(session, "deck.offer", row, actor=actor, now=now)
    tell_offered(session, row, actor=actor, now=now)
    return row


def move(session: Session, row: DeckOffer, step: str, *, actor, now) -> None:
    """One step of workflow.DECK. Raises WrongState."""
    row.state, row.changed_at, row.standing = DECK.next(row.state, step), now, None
    audit.record(session, f"deck.{step}", row, actor=actor, now=now)


def take(
    session: Session,
    row: DeckOffer,
    *,
    organisation: Organisation | None,
    text,
    province,
    actor,
    now,
) -> AccessRequest:
    """The investor's yes: a request of this person that the owner's yes meets at once; what is left
    is to sign the promise. `text` is the confidential.nda.Nda. Raises WrongState or Conflict."""
    DECK.next(row.state, "take")
    demand_there(session, row.listing, row.to)
    file = deck_of(session, row.listing)
    if file is None:
        raise Conflict(N_("Chủ hồ sơ đã gỡ hồ sơ gọi vốn."))
    request = next(
        (each for each in confidential.standing_of(session, row.listing, actor)
         if each.what == file.key), None,
    )  # fmt: skip
    if request is None:
        request = confidential.ask(
            session, row.listing, file.key, _INVITED, organisation=organisation, actor=actor,
            now=now, offered=True,
        )  # fmt: skip
    if request.state == "requested":
        # By rule, not by will: who offered it said yes to this very step.
        confidential.approve(
            session, request, row.days, text=text, province=province, actor=SYSTEM, now=now
        )
        request.decided_by_id = row.offered_by_id
    move(session, row, "take", actor=actor, now=now)
    return request


def offers(session: Session, listing: Listing) -> list[DeckOffer]:
    """To whom the deck of the listing was offered, the latest first."""
    return list(
        session.scalars(
            select(DeckOffer)
            .where(DeckOffer.listing_id == listing.id)
            .options(joinedload(DeckOffer.to))
            .order_by(DeckOffer.id.desc())
        )
    )


def offered_to(session: Session, actor) -> list[DeckOffer]:
    """What waits for the actor's answer."""
    if not actor.signed_in or not actor.verified or actor.is_staff:
        return []
    return list(
        session.scalars(
            select(DeckOffer)
            .join(Listing, Listing.id == DeckOffer.to_id)
            .where(DeckOffer.state == "offered", stood_behind(actor))
            .order_by(DeckOffer.id)
        )
    )


def by_key(session: Session, key: str) -> DeckOffer:
    """Raises NotFound. Whether the reader may know of it is asked after."""
    row = session.scalar(select(DeckOffer).where(DeckOffer.key == key))
    if row is None:
        raise NotFound
    return row
