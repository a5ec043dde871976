"""Versions of what a listing says. One that was submitted is sealed: it is copied, never edited."""

import hashlib
import json
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.domain.fields import LEVELS, STAFF
from marketplace.models import Listing, ListingContent, ListingVersion
from marketplace.services.disclosure import values_of

TYPED = "typed"  # what was typed but is not acceptable yet, for the owner alone
OWNER_LEVELS = frozenset(LEVELS) - {STAFF}


def add(session: Session, listing: Listing, *, actor, now, like: int | None = None):
    """A new working version, empty or with the contents of version `like`."""
    last = session.scalar(
        select(func.max(ListingVersion.number)).where(ListingVersion.listing_id == listing.id)
    )
    version = ListingVersion(
        listing_id=listing.id, number=(last or 0) + 1, created_at=now, created_by_id=actor.id
    )
    if like is not None:
        version.contents = [
            ListingContent(level=row.level, values=dict(row.values))
            for row in session.scalars(
                select(ListingContent).where(ListingContent.version_id == like)
            )
        ]
    session.add(version)
    session.flush()
    listing.working_version_id = version.id
    return version


def writable(session: Session, listing: Listing, *, actor, now) -> ListingVersion:
    """The working version, or a copy of it where it was sealed by being submitted."""
    version = session.get(ListingVersion, listing.working_version_id)
    if version.first_hash:
        version = add(session, listing, actor=actor, now=now, like=version.id)
    return version


def under_review(listing: Listing) -> int | None:
    """The version a curator looks at: the one in work, else the live one."""
    if listing.live_version_id is not None and listing.revision == "none":
        return listing.live_version_id
    return listing.working_version_id or listing.live_version_id


def put(session: Session, version_id: int, level: str, changes: dict) -> None:
    """Set some values of a level; None removes one."""
    row = session.scalar(
        select(ListingContent).where(
            ListingContent.version_id == version_id, ListingContent.level == level
        )
    )
    if row is None:
        row = ListingContent(version_id=version_id, level=level, values={})
        session.add(row)
    merged = {**row.values, **changes}
    # A new dictionary, for a change inside the old one would not be noticed.
    row.values = {name: value for name, value in merged.items() if value is not None}


def go_live(session: Session, listing: Listing) -> None:
    """The working version becomes what everybody reads."""
    if listing.working_version_id is not None:
        listing.live_version_id = listing.working_version_id
        listing.working_version_id = None
    copy_for_lists(session, listing, listing.live_version_id)


def copy_for_lists(session: Session, listing: Listing, version_id: int | None) -> None:
    """Public values that lists sort and show, copied into the listing's own row."""
    values = values_of(session, version_id, {"public"})
    listing.title = values.get("title_vi", "")[:200]
    listing.place = values.get("place", "")
    deadline = values.get("deadline")
    listing.deadline = date.fromisoformat(deadline) if deadline else None


def sealed_text(session: Session, listing: Listing, version: ListingVersion) -> str:
    """The exact text whose SHA-256 is the version's seal: everything its owner wrote, secrets
    included. The owner may keep it and prove later that it existed at the submission."""
    record = {
        "ref": listing.ref,
        "version": version.number,
        "values": values_of(session, version.id, OWNER_LEVELS),
    }
    return json.dumps(record, ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def seal(session: Session, listing: Listing) -> None:
    """Stamp the working version when it is first submitted."""
    version = session.get(ListingVersion, listing.working_version_id)
    if not version.first_hash:
        text = sealed_text(session, listing, version)
        version.first_hash = hashlib.sha256(text.encode()).hexdigest()


def first_seal(session: Session, listing: Listing) -> ListingVersion | None:
    """The version of the first submission, whose seal dates the owner's idea."""
    return session.scalar(
        select(ListingVersion)
        .where(ListingVersion.listing_id == listing.id, ListingVersion.first_hash != "")
        .order_by(ListingVersion.number)
        .limit(1)
    )
