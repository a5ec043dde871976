"""Mails about a listing: its reference and title, never more, for mail travels in the open."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.fields import CONTACT, field
from marketplace.models import Listing, ListingEvent, Membership, User
from marketplace.services import mails
from marketplace.services.disclosure import values_of
from marketplace.services.listings.review import words_of

# step -> template in templates/mail
LETTERS = {
    "submit": "listing_submitted",
    "publish": "listing_published",
    "confirm": "listing_published",
    "return": "listing_returned",
    "reject": "listing_rejected",
    "flag": "listing_flagged",
    "clear": "listing_cleared",
    "take_down": "listing_taken_down",
    "expire": "listing_expired",
    "remind": "listing_expiring",
    "correct": "listing_corrected",
    "submit_revision": "listing_submitted",
    "approve_revision": "listing_revised",
    "return_revision": "listing_returned",
}
# What a client without an account is told besides, at the contact's address.
CLIENT_LETTERS = {
    "publish": "listing_published_client",
    "confirm": "listing_published_client",
}


def owners(session: Session, listing: Listing) -> list[User]:
    """Who is written to: the person who registered it, else its organisation's administrators,
    else the staff member who typed it for a client."""
    if listing.owner_user_id is not None:
        return [session.get(User, listing.owner_user_id)]
    if listing.organisation_id is not None:
        found = session.scalars(
            select(User)
            .join(Membership, Membership.user_id == User.id)
            .where(
                Membership.organisation_id == listing.organisation_id,
                Membership.state == "active",
                Membership.role == "admin",
                User.disabled_at.is_(None),
            )
        ).all()
        if found:
            return list(found)
    return [session.get(User, listing.entered_by_id)] if listing.entered_by_id else []


def tell_owner(session: Session, listing: Listing, step: str, event: ListingEvent, *, now) -> None:
    """Queue the mail of a step, where the step has one. Nobody is written to about samples, nor
    about each row of a file that they sent in at once."""
    template = LETTERS.get(step)
    in_bulk = listing.origin == "imported" and step == "submit"
    if template is None or listing.is_sample or in_bulk:
        return
    told = owners(session, listing)
    for user in told:
        mails.send(session, template, user, now=now, **_facts(listing, event))
    address = _client_address(session, listing)
    if step in CLIENT_LETTERS and address and address not in {user.email for user in told}:
        mails.send(
            session, CLIENT_LETTERS[step], address, now=now, language=listing.language,
            open=listing.visibility in ("public", "masked"), **_facts(listing, event),
        )  # fmt: skip


def _client_address(session, listing) -> str:
    """Where somebody without an account gets mail about the listing typed for them; "" nowhere."""
    if not listing.for_client or listing.live_version_id is None:
        return ""
    return values_of(session, listing.live_version_id, {CONTACT}).get("contact_email") or ""


def _facts(listing, event) -> dict:
    """What a template may say. Reasons are the canned words tied to a field's name; what the desk
    wrote by hand is read on the site, after signing in."""
    return {
        "ref": listing.ref,
        "title": listing.title,
        "path": f"/listings/{listing.ref}",
        "tracking_code": listing.tracking_code,
        "due_at": listing.due_at,
        "valid_until": listing.valid_until,
        "reasons": [
            (getattr(field(listing.kind, each["field"]), "label", ""), words_of(each))
            for each in event.reasons
        ]
        if event.step in ("return", "reject", "return_revision")
        else [],
    }
