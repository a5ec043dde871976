"""Limits that must hold over restarts and processes, counted in the database."""

import hashlib
import hmac
import math
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from marketplace.domain.errors import TooMany
from marketplace.models import Attempt

# action -> (most, within). Figures of warehouse and Indico (SECURITY.md section 1.2).
LIMITS = {
    "sign_in.account": (10, timedelta(minutes=5)),
    "sign_in.address": (30, timedelta(minutes=5)),
    "sign_in.anybody": (1000, timedelta(minutes=5)),
    "sign_up.address": (10, timedelta(hours=1)),
    "told.account": (3, timedelta(days=1)),  # "somebody tried to register your address"
    "prove.account": (10, timedelta(minutes=15)),  # the password again, in an open session
    # Who guesses for days has three codes right out of a million each time (services/accounts).
    "second.account": (5, timedelta(minutes=5)),
    "second.hour": (20, timedelta(hours=1)),
    "second.day": (50, timedelta(days=1)),
    "reset.account": (5, timedelta(days=1)),
    "reset.address": (20, timedelta(hours=1)),
    "verify.account": (5, timedelta(hours=6)),
    "change_email.account": (3, timedelta(days=1)),
    "invite.account": (50, timedelta(days=1)),
    "organisation.account": (10, timedelta(days=1)),
    "join.account": (10, timedelta(days=1)),
    "track.address": (30, timedelta(minutes=5)),
    "flag.account": (10, timedelta(days=1)),
    "interest.account": (20, timedelta(days=1)),
    "access.account": (20, timedelta(days=1)),
    "room.account": (120, timedelta(hours=1)),
    "service.account": (10, timedelta(days=1)),
    "clinic.account": (120, timedelta(hours=1)),
    "mentoring.account": (10, timedelta(days=1)),
}
_KEY = b"attempts"  # tells the hashes of this table from any other's; addresses are not secrets


def _hash(subject: str) -> str:
    return hmac.new(_KEY, subject.lower().encode(), hashlib.sha256).hexdigest()


def check(session: Session, action: str, subject: str, *, now) -> None:
    """Raise TooMany when the limit of `action` is used up for `subject`."""
    most, within = LIMITS[action]
    count, first = session.execute(
        select(func.count(Attempt.id), func.min(Attempt.at)).where(
            Attempt.action == action, Attempt.subject == _hash(subject), Attempt.at > now - within
        )
    ).one()
    if count >= most:
        left = (first + within - now).total_seconds() / 60
        raise TooMany(minutes=max(1, math.ceil(left)))


def note(session: Session, action: str, subject: str, *, now) -> None:
    """Count one try; old ones of the same kind are swept away."""
    session.execute(
        delete(Attempt).where(Attempt.action == action, Attempt.at < now - LIMITS[action][1])
    )
    session.add(Attempt(action=action, subject=_hash(subject), at=now))
    session.flush()


def spend(session: Session, action: str, subject: str, *, now) -> None:
    """Count one try, or raise TooMany when there is none left."""
    check(session, action, subject, now=now)
    note(session, action, subject, now=now)


def forget(session: Session, action: str, subject: str) -> None:
    """After success, earlier failures no longer count against the person."""
    session.execute(
        delete(Attempt).where(Attempt.action == action, Attempt.subject == _hash(subject))
    )
