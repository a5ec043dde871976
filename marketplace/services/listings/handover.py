"""Assisted entry: a staff member types for a farmer or a co-operative, and the client confirms by
a one-time link (in a mail, or as a QR code on a printed form). No account is needed."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.actor import Actor
from marketplace.domain.cleaning import one_line, paragraphs
from marketplace.domain.errors import N_, Expired, Invalid, InvalidForm
from marketplace.domain.fields import CONTACT
from marketplace.models import Listing, ListingEvent, OneTimeLink
from marketplace.services import links, mails
from marketplace.services.disclosure import values_of
from marketplace.services.listings import versions
from marketplace.services.listings.events import last, remember

PURPOSE = "confirm_listing"
LINK_DAYS = links.LIFE[PURPOSE].days
CONSENT_VERSION = "2026-11b"  # of the text in templates/listings/_consent.html


def issue(session: Session, listing: Listing, *, actor, now, by_mail: bool = False) -> str:
    """A new link; returns its token, which is kept nowhere but in the link itself. With `by_mail`
    it also goes to the contact's address, when the client gave one."""
    token = links.issue(session, PURPOSE, now=now, listing=listing, beside=True, issued_by=actor.id)
    remember(session, listing, "link", actor=actor, now=now)
    address = values_of(session, versions.under_review(listing), {CONTACT}).get("contact_email")
    if by_mail and address:
        mails.send(
            session,
            "listing_confirm",
            address,
            now=now,
            ref=listing.ref,
            path=f"/confirm/{token}",
            expires_at=now + links.LIFE[PURPOSE],
        )
    return token


def find(session: Session, token: str) -> OneTimeLink:
    """The link of this token, used or not, expired or not. Raises Expired for an unknown one."""
    return links.find(session, token, PURPOSE)


def is_open(link: OneTimeLink, listing: Listing, now) -> bool:
    return link.used_at is None and now < link.expires_at and listing.state == "client_validation"


def client(listing: Listing) -> Actor:
    """Whoever holds the link: known to us by nothing but the link."""
    return Actor(role="guest", name=listing.client_name)


def confirm(session: Session, token: str, *, name: str, agreed: bool, now) -> Listing:
    """The client confirms and agrees to publication: the listing is published. A second press of
    the button finds it done and changes nothing. Raises Expired for a dead link, and InvalidForm
    when the name or the agreement is missing."""
    from marketplace.services.listings import steps

    link = find(session, token)
    listing = session.get(Listing, link.listing_id)
    if link.used_at is not None and link.payload.get("answer") == "confirmed":
        return listing
    if not is_open(link, listing, now):
        raise Expired
    name = one_line(name)[:120]
    wrong = {}
    if len(name) < 2:
        wrong["name"] = Invalid(N_("Hãy ghi họ tên người xác nhận."), "name")
    if not agreed:
        wrong["agreed"] = Invalid(N_("Cần đồng ý thì hồ sơ mới được đăng."), "agreed")
    if wrong:
        raise InvalidForm(wrong)
    steps.advance(session, listing, "confirm", actor=client(listing), now=now, note=name)
    _close(session, link, listing, "confirmed", now, name=name)
    return listing


def ask_correction(session: Session, token: str, *, note: str, now) -> Listing:
    """The client wants something changed: back to the staff member's draft, with the words."""
    from marketplace.services.listings import steps

    link = find(session, token)
    listing = session.get(Listing, link.listing_id)
    if link.used_at is not None and link.payload.get("answer") == "correction":
        return listing
    if not is_open(link, listing, now):
        raise Expired
    note = paragraphs(note)[:2000]
    if len(note) < 3:
        raise InvalidForm({"note": Invalid(N_("Hãy ghi điều cần sửa."), "note")})
    steps.advance(session, listing, "correct", actor=client(listing), now=now, note=note)
    _close(session, link, listing, "correction", now)
    return listing


def confirm_on_paper(session: Session, listing: Listing, *, name: str, actor, now) -> Listing:
    """Another curator records that the signed form lies before them."""
    from marketplace.services.listings import steps

    name = one_line(name)[:120]
    if len(name) < 2:
        raise InvalidForm({"name": Invalid(N_("Hãy ghi họ tên người đã ký."), "name")})
    steps.advance(session, listing, "confirm", actor=actor, now=now, note=name)
    for link in session.scalars(
        select(OneTimeLink).where(
            OneTimeLink.listing_id == listing.id, OneTimeLink.purpose == PURPOSE
        )
    ):
        if link.used_at is None:
            _close(session, link, listing, "confirmed", now, name=name, on_paper=True)
    return listing


def _close(session, link, listing, answer, now, **more) -> None:
    """Use up this link and any other that was issued for the listing."""
    link.used_at = now
    link.payload = {
        **link.payload,
        "answer": answer,
        "consent_version": CONSENT_VERSION,
        **more,
    }
    session.flush()
    links.end(session, PURPOSE, now=now, listing=listing)


def correction_wanted(session: Session, listing: Listing) -> ListingEvent | None:
    """The client's last words, while the draft waits to be mended."""
    event = last(session, listing, "correct", "hand_over")
    return event if event is not None and event.step == "correct" else None
