"""One-time links: random, kept as a hash, bound to a purpose, gone after one use or their expiry."""

import secrets
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace.domain.errors import Expired
from marketplace.models import OneTimeLink
from marketplace.services.sessions import digest

# purpose -> how long it lives
LIFE = {
    "verify": timedelta(days=2),
    "reset": timedelta(minutes=60),
    "invite": timedelta(days=7),
    "confirm_listing": timedelta(days=14),
}


def issue(session: Session, purpose: str, *, now, user=None, listing=None, **payload) -> str:
    """A new token for `purpose`; earlier unused ones for the same person or listing die."""
    owner = (
        OneTimeLink.user_id == user.id if user is not None else OneTimeLink.listing_id == listing.id
    )
    session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.purpose == purpose, OneTimeLink.used_at.is_(None), owner)
        .values(used_at=now)
    )
    token = secrets.token_urlsafe(32)
    session.add(
        OneTimeLink(
            token_hash=digest(token),
            purpose=purpose,
            user_id=user.id if user is not None else None,
            listing_id=listing.id if listing is not None else None,
            payload=payload,
            created_at=now,
            expires_at=now + LIFE[purpose],
        )
    )
    return token


def look(session: Session, token: str, purpose: str, *, now) -> OneTimeLink:
    """The living link of this token; raises Expired when it is unknown, used or too old."""
    row = session.scalar(
        select(OneTimeLink).where(
            OneTimeLink.token_hash == digest(token), OneTimeLink.purpose == purpose
        )
    )
    if row is None or row.used_at is not None or row.expires_at <= now:
        raise Expired
    return row


def use(session: Session, token: str, purpose: str, *, now) -> OneTimeLink:
    """Take the link: of two who use it at once, one gets Expired."""
    row = look(session, token, purpose, now=now)
    taken = session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.id == row.id, OneTimeLink.used_at.is_(None))
        .values(used_at=now)
    )
    if taken.rowcount != 1:
        raise Expired
    return row
