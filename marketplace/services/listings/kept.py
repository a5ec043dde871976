"""What must survive between two requests: a text typed while the session ended, and which draft
an open form has already made.

Both are one-time links: random keys, kept as hashes, bound to one person, gone after a while.
"""

import secrets
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from marketplace.domain.errors import Expired
from marketplace.models import Listing, OneTimeLink
from marketplace.services.sessions import digest

KEPT, OPENED = "kept_form", "new_listing"
KEPT_FOR = timedelta(days=1)
OPEN_FOR = timedelta(days=7)
KEPT_EACH = 5  # forms kept for one person at a time


def keep(session: Session, user_id: int, form: dict, *, now) -> str:
    """Keep a typed form until its writer has signed in again; returns the key for the address."""
    mine = (OneTimeLink.purpose == KEPT, OneTimeLink.user_id == user_id)
    session.execute(
        delete(OneTimeLink).where(OneTimeLink.purpose == KEPT, OneTimeLink.expires_at <= now)
    )
    older = session.scalars(
        select(OneTimeLink.id).where(*mine).order_by(OneTimeLink.id.desc()).offset(KEPT_EACH - 1)
    ).all()
    session.execute(delete(OneTimeLink).where(OneTimeLink.id.in_(older)))
    key = secrets.token_urlsafe(24)
    session.add(
        OneTimeLink(
            token_hash=digest(key),
            purpose=KEPT,
            user_id=user_id,
            payload=form,
            created_at=now,
            expires_at=now + KEPT_FOR,
        )
    )
    return key


def _found(session, key, actor, now):
    return session.scalar(
        select(OneTimeLink).where(
            OneTimeLink.token_hash == digest(key),
            OneTimeLink.purpose == KEPT,
            OneTimeLink.user_id == actor.id,
            OneTimeLink.expires_at > now,
        )
    )


def kept(session: Session, key: str, *, actor, now) -> dict:
    """The form kept under this key, for its writer alone; raises Expired otherwise."""
    row = _found(session, key, actor, now)
    if row is None:
        raise Expired
    return row.payload


def drop(session: Session, key: str, *, actor, now) -> None:
    """Saved now: the kept copy goes."""
    row = _found(session, key, actor, now)
    if row is not None:
        session.delete(row)


def opened(session: Session, key: str, *, actor) -> Listing | None:
    """The draft this open form has already made, so that an autosave, a second press of the button
    and the back button all write into one draft."""
    return session.scalar(
        select(Listing)
        .join(OneTimeLink, OneTimeLink.listing_id == Listing.id)
        .where(
            OneTimeLink.token_hash == digest(key),
            OneTimeLink.purpose == OPENED,
            OneTimeLink.user_id == actor.id,
        )
    )


def claim(session: Session, key: str, listing: Listing, *, actor, now) -> None:
    """Remember that the form with this key made `listing`. Of two requests that come at once the
    second breaks the uniqueness of the key and is refused as a conflict."""
    session.add(
        OneTimeLink(
            token_hash=digest(key),
            purpose=OPENED,
            user_id=actor.id,
            listing_id=listing.id,
            created_at=now,
            expires_at=now + OPEN_FOR,
        )
    )
