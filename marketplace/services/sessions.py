"""Signed-in browsers: opened at sign-in, seen, listed and ended. The cookie's token is random;
the database keeps its SHA-256 only."""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace.models import LoginSession, User

# Idle and absolute lifetimes (ASVS v5.0.0-7.3.1 and 7.3.2; SECURITY.md item 37).
IDLE = {"member": timedelta(hours=8), "staff": timedelta(minutes=30)}
ABSOLUTE = {"member": timedelta(days=7), "staff": timedelta(hours=12)}
SEEN_EVERY = timedelta(minutes=1)
# A session or link from further in the future than this was made by a clock since set back.
CLOCK_SLACK = timedelta(minutes=5)


def _group(user: User) -> str:
    return "member" if user.role == "member" else "staff"


def idle_time(user: User) -> timedelta:
    """How long a session of this user may stand idle before it ends."""
    return IDLE[_group(user)]


def digest(token: str) -> str:
    return hashlib.sha256(str(token).encode()).hexdigest()


def open_for(session: Session, user: User, *, now, address="", agent="") -> str:
    """Start a session and return its token, shown to nobody but this browser's cookie."""
    token = secrets.token_urlsafe(32)
    session.add(
        LoginSession(
            token_hash=digest(token),
            user_id=user.id,
            created_at=now,
            seen_at=now,
            address=address[:45],
            agent=agent[:200],
        )
    )
    session.flush()
    return token


def find(session: Session, token: str, *, now) -> LoginSession | None:
    """The living session of this token, or None when it ended, idled out or grew too old."""
    row = session.scalar(select(LoginSession).where(LoginSession.token_hash == digest(token)))
    return row if row is not None and is_alive(row, now) else None


def is_alive(row: LoginSession, now) -> bool:
    """Not ended, idle or old; its person not shut out, nor the password changed since."""
    group = _group(row.user)
    return (
        row.ended_at is None
        and row.user.disabled_at is None
        and row.user.password_changed_at <= row.created_at
        and row.created_at <= now + CLOCK_SLACK
        and now - row.seen_at < IDLE[group]
        and now - row.created_at < ABSOLUTE[group]
    )


def of_user(session: Session, user_id: int, *, now) -> list[LoginSession]:
    rows = session.scalars(
        select(LoginSession)
        .where(LoginSession.user_id == user_id, LoginSession.ended_at.is_(None))
        .order_by(LoginSession.seen_at.desc())
    )
    return [row for row in rows if is_alive(row, now)]


def prove_second(session: Session, row: LoginSession, *, now) -> str:
    """Note that the second factor was shown, and give the session a new token: whoever knew the
    one from before knows nothing now."""
    token = secrets.token_urlsafe(32)
    row.token_hash, row.second_factor_at = digest(token), now
    session.flush()
    return token


def renew(session: Session, user: User, token: str, *, now) -> str:
    """End every session of the user and open one in place of the session of `token`, which the
    same browser gets: after a change of password nothing older is good any more."""
    old = session.scalar(select(LoginSession).where(LoginSession.token_hash == digest(token)))
    end(session, user.id, now=now)
    if old is None:
        return open_for(session, user, now=now)
    renewed = open_for(session, user, now=now, address=old.address, agent=old.agent)
    find(session, renewed, now=now).second_factor_at = old.second_factor_at
    return renewed


def end(session: Session, user_id: int, key: str | None = None, *, now, but: str = "") -> int:
    """End one session of the user by key, or all of them except the one with token `but`."""
    which = [LoginSession.user_id == user_id, LoginSession.ended_at.is_(None)]
    if key is not None:
        which.append(LoginSession.key == key)
    if but:
        which.append(LoginSession.token_hash != digest(but))
    return session.execute(update(LoginSession).where(*which).values(ended_at=now)).rowcount
