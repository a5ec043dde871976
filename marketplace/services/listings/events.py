"""A listing's history: one line a step, and what each reader may see of it."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.errors import N_
from marketplace.domain.permissions import curator, owner
from marketplace.domain.workflow import LISTING, REVISION
from marketplace.models import Listing, ListingEvent
from marketplace.services import audit

# Lines that are no step of a state table: name -> what the history says.
OTHERS = {
    "create": N_("Đã tạo bản nháp"),
    "sample": N_("Đã nạp dữ liệu mẫu"),
    "note": N_("Ghi chú nội bộ"),
    "link": N_("Đã tạo liên kết xác nhận"),
    "assign": N_("Giao xét duyệt"),
    "release": N_("Trả về hàng chung"),
    "remind": N_("Đã nhắc sắp hết hạn"),
}
# The desk's own lines, never shown outside it.
PRIVATE = frozenset({"note", "link", "assign", "release"})
# Steps whose note and reasons are the reporter's or the desk's words, not for the owner.
DESK_WORDS = PRIVATE | {"flag", "clear"}
# What the public tracking page tells: where it went, never who or why.
PUBLIC_STEPS = frozenset(
    {"create", "submit", "hand_over", "confirm", "correct", "publish", "return", "reject", "hold",
     "resume", "expire", "renew", "withdraw", "reopen", "archive", "take_down",
     "submit_revision", "approve_revision", "return_revision", "confirm_on_paper"}
)  # fmt: skip


def title(step: str) -> str:
    """The msgid that says what happened."""
    for machine in (LISTING, REVISION):
        if step in machine.steps:
            return machine.steps[step].done
    return OTHERS.get(step, step)


def remember(
    session: Session,
    listing: Listing,
    step: str,
    *,
    actor,
    now,
    note: str = "",
    reasons: Iterable[dict] = (),
    checklist: Iterable[str] = (),
    silent: bool = False,
    **facts,
) -> ListingEvent | None:
    """Add the line of history and the audit row. `silent` steps (an autosave) only leave the
    audit row. `facts` go to the audit trail and must hold no text of members."""
    audit.record(session, f"listing.{step}", listing, actor=actor, now=now, **facts)
    if silent:
        return None
    event = ListingEvent(
        listing_id=listing.id,
        at=now,
        step=step,
        state=listing.state,
        actor_id=actor.id,
        note=note,
        reasons=list(reasons),
        checklist=list(checklist),
    )
    session.add(event)
    return event


def history(session: Session, listing: Listing, actor) -> list[ListingEvent]:
    """The lines `actor` may read, oldest first: curators all, the owner all but the desk's own."""
    rows = _rows(session, listing)
    if curator(actor, listing):
        return rows
    if owner(actor, listing):
        return [row for row in rows if row.step not in PRIVATE]
    return [row for row in rows if row.step in PUBLIC_STEPS]


def _rows(session, listing):
    return list(
        session.scalars(
            select(ListingEvent)
            .where(ListingEvent.listing_id == listing.id)
            .order_by(ListingEvent.id)
        )
    )


def last(session: Session, listing: Listing, *steps: str) -> ListingEvent | None:
    """The latest line of any of these steps."""
    return session.scalar(
        select(ListingEvent)
        .where(ListingEvent.listing_id == listing.id, ListingEvent.step.in_(steps))
        .order_by(ListingEvent.id.desc())
        .limit(1)
    )
