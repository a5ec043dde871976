"""Editing what is published: a working version beside the live one, which stays until the desk
approves the new one."""

from sqlalchemy.orm import Session

from marketplace.domain.cleaning import paragraphs
from marketplace.domain.errors import InvalidForm, WrongState
from marketplace.domain.workflow import REVISION
from marketplace.models import Listing
from marketplace.services import outbox
from marketplace.services.listings import drafts, versions
from marketplace.services.listings.calendar import due
from marketplace.services.listings.events import remember
from marketplace.services.listings.letters import tell_owner
from marketplace.services.listings.review import (
    demand_checklist,
    demand_reasons,
    let_go,
    subject_of,
)


def advance(session: Session, listing: Listing, step: str, *, actor, now, note, reasons, checklist):
    """One step of the revision; the listing itself must be published all the while."""
    after = REVISION.next(listing.revision, step)
    if listing.state != "published":
        raise WrongState
    kept, waited_for = {}, subject_of(listing)
    if step == "revise":
        versions.add(session, listing, actor=actor, now=now, like=listing.live_version_id)
    elif step == "submit_revision":
        wrong = drafts.whats_wrong(session, listing, now=now)
        if wrong:
            raise InvalidForm(wrong)
        versions.seal(session, listing)
        listing.submitted_at = now
        listing.due_at = due(session, now)
    elif step == "approve_revision":
        kept["checklist"] = demand_checklist(listing, checklist)
        versions.go_live(session, listing)
    elif step == "return_revision":
        kept["reasons"] = demand_reasons(listing, reasons)
    elif step == "discard_revision":
        listing.working_version_id = None
    if step in ("approve_revision", "return_revision", "discard_revision"):
        listing.due_at = None
    if actor.is_curator and step in ("approve_revision", "return_revision"):
        listing.curator_id = actor.id
    listing.revision = after
    let_go(listing, waited_for)
    listing.changed_at = now
    event = remember(
        session, listing, step, actor=actor, now=now, note=paragraphs(note)[:2000], **kept
    )
    if step == "approve_revision":
        # Only now do indexes and matches hear of it: before, nothing readers see had changed.
        outbox.changed(session, listing, now=now)
    tell_owner(session, listing, step, event, now=now)
    return listing
