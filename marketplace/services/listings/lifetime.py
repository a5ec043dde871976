"""A listing lives a year: reminder, one renewal, expiry, archive."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.actor import SYSTEM
from marketplace.domain.errors import N_, WrongState
from marketplace.domain.workflow import (
    LISTING_ARCHIVE_DAYS,
    LISTING_LIFE_DAYS,
    LISTING_NOTICE_DAYS,
)
from marketplace.models import Listing
from marketplace.services.listings.events import remember
from marketplace.services.listings.letters import tell_owner

RENEWALS = 1
RENEW_FROM_DAYS = 30  # before the end; earlier a renewal would only be a slip
BATCH = 200


def may_renew(session, listing, reasons, checklist, actor, now):
    if listing.renew_count >= RENEWALS:
        raise WrongState(N_("Hồ sơ đã gia hạn một lần. Hãy mở lại và gửi duyệt bản mới."))
    if listing.valid_until and now < listing.valid_until - timedelta(days=RENEW_FROM_DAYS):
        raise WrongState(N_("Chỉ gia hạn được trong 30 ngày cuối trước khi hết hạn."))
    return {}


def renewed(session, listing, actor, now):
    start = max(now, listing.valid_until or now)
    listing.valid_until = start + timedelta(days=LISTING_LIFE_DAYS)
    listing.renew_count += 1
    listing.reminded_at = None


def renewable(listing: Listing, now) -> bool:
    """Whether the renew button makes sense now."""
    return (
        listing.state in ("published", "expired")
        and listing.renew_count < RENEWALS
        and (
            listing.valid_until is None
            or now >= listing.valid_until - timedelta(days=RENEW_FROM_DAYS)
        )
    )


def renew(session: Session, listing: Listing, *, actor, now) -> Listing:
    """Another year, once. Raises WrongState earlier than 30 days before the end."""
    from marketplace.services.listings import steps

    return steps.advance(session, listing, "renew", actor=actor, now=now)


def expire_due(session: Session, *, now) -> int:
    """Take off the pages what is past its date; returns how many. Repeating it does no harm."""
    return _each(
        session,
        "expire",
        now,
        Listing.state.in_(("published", "on_hold")),
        Listing.valid_until <= now,
    )


def archive_due(session: Session, *, now) -> int:
    """Put away what has been off the pages for two years."""
    return _each(
        session,
        "archive",
        now,
        Listing.state.in_(("expired", "withdrawn", "rejected")),
        Listing.changed_at <= now - timedelta(days=LISTING_ARCHIVE_DAYS),
    )


def _each(session, step, now, *which) -> int:
    from marketplace.services.listings import steps

    found = session.scalars(select(Listing).where(*which).order_by(Listing.id).limit(BATCH)).all()
    for listing in found:
        steps.advance(session, listing, step, actor=SYSTEM, now=now)
    return len(found)


def remind_expiring(session: Session, *, now) -> int:
    """Write once to each owner whose listing ends within the notice; returns how many."""
    found = session.scalars(
        select(Listing)
        .where(
            Listing.state == "published",
            Listing.reminded_at.is_(None),
            Listing.valid_until > now,
            Listing.valid_until <= now + timedelta(days=LISTING_NOTICE_DAYS),
        )
        .order_by(Listing.id)
        .limit(BATCH)
    ).all()
    for listing in found:
        listing.reminded_at = now
        event = remember(session, listing, "remind", actor=SYSTEM, now=now)
        tell_owner(session, listing, "remind", event, now=now)
    return len(found)
