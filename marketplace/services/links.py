"""Links without an account behind them: random, kept as a hash, bound to a purpose, dead after one
use or expiry."""

import secrets
from datetime import timedelta

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session

from marketplace.domain.errors import Expired
from marketplace.domain.workflow import LAPSE_DAYS
from marketplace.models import OneTimeLink, User
from marketplace.services.sessions import CLOCK_SLACK, digest

# purpose -> how long it lives
LIFE = {
    "verify": timedelta(days=2),
    "reset": timedelta(minutes=60),
    "change_email": timedelta(hours=24),
    # Long enough for a weekend; who comes later asks for a reset link with the same address.
    "invite": timedelta(days=3),
    "confirm_listing": timedelta(days=14),
    # As long as a proposal waits. How long its answer may be read: services/matches/clients.
    "answer_match": timedelta(days=LAPSE_DAYS),
}


def issue(
    session: Session,
    purpose: str,
    *,
    now,
    user=None,
    listing=None,
    match=None,
    beside: bool = False,
    **payload,
) -> str:
    """A new token for `purpose`; earlier unused ones for the same person, listing or side of a
    match die, unless this one is to stand `beside` them."""
    if not beside:
        end(session, purpose, now=now, user=user, listing=listing, match=match)
    token = secrets.token_urlsafe(32)
    session.add(
        OneTimeLink(
            token_hash=digest(token),
            purpose=purpose,
            user_id=user.id if user is not None else None,
            listing_id=listing.id if listing is not None else None,
            match_id=match.id if match is not None else None,
            payload=payload,
            created_at=now,
            expires_at=now + LIFE[purpose],
        )
    )
    return token


def end(session: Session, purpose: str, *, now, user=None, listing=None, match=None) -> None:
    """Kill every unused link for `purpose` of a person, a listing, or a listing's side of a
    match."""
    columns = {
        OneTimeLink.user_id: user,
        OneTimeLink.listing_id: listing,
        OneTimeLink.match_id: match,
    }
    whose = [column == row.id for column, row in columns.items() if row is not None]
    session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.purpose == purpose, OneTimeLink.used_at.is_(None), and_(*whose))
        .values(used_at=now)
    )


def find(session: Session, token: str, purpose: str) -> OneTimeLink:
    """The link of this token, dead or alive. Raises Expired for an unknown one, so that a wrong
    token and a dead one look alike."""
    row = session.scalar(
        select(OneTimeLink).where(
            OneTimeLink.token_hash == digest(token), OneTimeLink.purpose == purpose
        )
    )
    if row is None:
        raise Expired
    return row


def look(session: Session, token: str, purpose: str, *, now) -> OneTimeLink:
    """The living link of this token; raises Expired when it is unknown, used, too old, or for
    somebody whose account is disabled."""
    row = find(session, token, purpose)
    if row.used_at is not None or row.expires_at <= now:
        raise Expired
    if row.created_at > now + CLOCK_SLACK or _barred(session, row):
        raise Expired
    return row


def _barred(session, row) -> bool:
    """Whether the link is for a person who has been shut out since."""
    user = session.get(User, row.user_id) if row.user_id is not None else None
    return user is not None and user.disabled_at is not None


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


def revoke(session: Session, user: User, *, now) -> None:
    """Kill every unused link of the person: after a new password or address, none older counts."""
    session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.user_id == user.id, OneTimeLink.used_at.is_(None))
        .values(used_at=now)
    )
