"""A listing's way through its states. Every move goes through the state table; what a move brings
with it stands in `EFFECTS`."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.domain.cleaning import paragraphs
from marketplace.domain.errors import N_, Invalid, InvalidForm, TooMany
from marketplace.domain.workflow import LISTING, LISTING_LIFE_DAYS, REVISION
from marketplace.models import Listing, ListingEvent
from marketplace.services import outbox
from marketplace.services.listings import drafts, handover, lifetime, revisions, versions
from marketplace.services.listings.calendar import FLAG_ANSWER_IN, due
from marketplace.services.listings.events import remember
from marketplace.services.listings.letters import tell_owner
from marketplace.services.listings.review import (
    FLAG_REASONS,
    demand_checklist,
    demand_reasons,
    let_go,
    subject_of,
)

FLAGS_A_DAY = 3  # a flag takes the listing off the pages, so nobody has many


def submit(session: Session, listing: Listing, *, actor, now) -> Listing:
    """Send a draft to the desk. Raises InvalidForm with everything that is missing or wrong, and
    WrongState when it was sent already."""
    return advance(session, listing, "submit", actor=actor, now=now)


def advance(
    session: Session,
    listing: Listing,
    step: str,
    *,
    actor,
    now,
    note: str = "",
    reasons=(),
    checklist=(),
) -> Listing:
    """Move the listing (or its revision) one step on.

    `return`, `reject` and `return_revision` need `reasons`, `publish` and `approve_revision` the
    ticked `checklist`. Raises WrongState, Invalid or InvalidForm; nothing has changed then.
    """
    if step in REVISION.steps:
        return revisions.advance(
            session, listing, step, actor=actor, now=now, note=note, reasons=reasons,
            checklist=checklist,
        )  # fmt: skip
    before, after = listing.state, LISTING.next(listing.state, step)
    waited_for = subject_of(listing)
    note = paragraphs(note)[:2000]
    kept = _CHECKS.get(step, _nothing)(session, listing, reasons, checklist, actor, now)
    listing.state = after
    listing.changed_at = now
    _EFFECTS.get(step, _no_effect)(session, listing, actor, now)
    let_go(listing, waited_for)
    event = remember(session, listing, step, actor=actor, now=now, note=note, **kept)
    if listing.live_version_id is not None and "published" in (before, after):
        outbox.changed(session, listing, now=now)
    tell_owner(session, listing, step, event, now=now)
    return listing


def flag(session: Session, listing: Listing, reason: str, note: str, *, actor, now) -> Listing:
    """A member says that something is wrong; the lead looks at it within a working day."""
    return advance(
        session, listing, "flag", actor=actor, now=now, note=note,
        reasons=[{"field": "", "reason": reason, "note": ""}],
    )  # fmt: skip


# --- What a step demands ------------------------------------------------------------------------
def _nothing(session, listing, reasons, checklist, actor, now):
    return {}


def _complete(session, listing, reasons, checklist, actor, now):
    wrong = drafts.whats_wrong(session, listing, now=now)
    if wrong:
        raise InvalidForm(wrong)
    return {}


def _checked(session, listing, reasons, checklist, actor, now):
    return {"checklist": demand_checklist(listing, checklist)}


def _reasoned(session, listing, reasons, checklist, actor, now):
    return {"reasons": demand_reasons(listing, reasons)}


def _rejected(session, listing, reasons, checklist, actor, now):
    return {"reasons": demand_reasons(listing, reasons, rejecting=True)}


def _flagged(session, listing, reasons, checklist, actor, now):
    reasons = [dict(each) for each in reasons]
    if not reasons or reasons[0].get("reason") not in FLAG_REASONS:
        raise Invalid(N_("Hãy chọn điều chưa đúng."), "reason")
    today = session.scalar(
        select(func.count())
        .select_from(ListingEvent)
        .where(
            ListingEvent.step == "flag",
            ListingEvent.actor_id == actor.id,
            ListingEvent.at > now - timedelta(days=1),
        )
    )
    if today >= FLAGS_A_DAY:
        raise TooMany(minutes=24 * 60)
    return {"reasons": reasons[:1]}


_CHECKS = {
    "submit": _complete,
    "hand_over": _complete,
    "publish": _checked,
    "return": _reasoned,
    "reject": _rejected,
    "flag": _flagged,
    "renew": lifetime.may_renew,
}


# --- What a step brings with it -------------------------------------------------------------------
def _no_effect(session, listing, actor, now):
    pass


def _submitted(session, listing, actor, now):
    versions.seal(session, listing)
    listing.submitted_at = now
    listing.due_at = due(session, now)


def _handed_over(session, listing, actor, now):
    versions.seal(session, listing)
    listing.due_at = now + timedelta(days=handover.LINK_DAYS)
    handover.issue(session, listing, actor=actor, now=now, by_mail=True)


def _published(session, listing, actor, now):
    versions.go_live(session, listing)
    listing.published_at = listing.published_at or now
    listing.valid_until = now + timedelta(days=LISTING_LIFE_DAYS)
    listing.reminded_at = None
    listing.due_at = None
    if actor.is_curator:
        listing.curator_id = actor.id


def _answered(session, listing, actor, now):
    listing.due_at = None
    if actor.is_curator:
        listing.curator_id = actor.id


def _withdrawn(session, listing, actor, now):
    """Nothing waits for a decision any more; the text in work stays for a later reopening."""
    listing.due_at = None
    if listing.revision != "none":
        listing.revision = REVISION.next(listing.revision, "discard_revision")


def _gone(session, listing, actor, now):
    """Off the pages by somebody else's act: a change in work goes with it."""
    _withdrawn(session, listing, actor, now)
    if listing.live_version_id is not None:
        listing.working_version_id = None


def _reopened(session, listing, actor, now):
    """A draft again, with its latest text; its way to the pages starts anew."""
    listing.due_at = None
    if listing.working_version_id is None:
        versions.add(session, listing, actor=actor, now=now, like=listing.live_version_id)
    listing.live_version_id = None
    listing.published_at = None
    listing.valid_until = None
    listing.reminded_at = None


_EFFECTS = {
    "submit": _submitted,
    "hand_over": _handed_over,
    "confirm": _published,
    "correct": _answered,
    "publish": _published,
    "return": _answered,
    "reject": _answered,
    "flag": lambda session, listing, actor, now: setattr(
        listing, "due_at", due(session, now, FLAG_ANSWER_IN)
    ),
    "clear": _answered,
    "take_down": _gone,
    "withdraw": _withdrawn,
    "expire": _gone,
    "archive": _gone,
    "renew": lifetime.renewed,
    "reopen": _reopened,
}
