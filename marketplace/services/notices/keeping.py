"""A fact is noted for its reader, and said whether and when a mail of its own may leave."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from marketplace.domain.notices import LETTERS, choice_of, next_digest, not_quiet, quiet_of
from marketplace.models import Notice, User
from marketplace.services.listings.numbers import LOCAL


@dataclass(frozen=True)
class Sending:
    """Whether a letter goes out by itself, and not before when."""

    by_itself: bool
    after: datetime


def keep(
    session: Session, user: User, letter: str, *, subject: str, body: str, path: str, now
) -> Sending:
    """Note the letter in the reader's inbox, if it belongs there, as the reader chose."""
    kind, settings = LETTERS[letter], user.notice_settings or {}
    by_itself = _by_itself(settings, letter)
    if kind.shown:
        session.add(
            Notice(
                user=user,
                letter=letter,
                subject=subject[:250],
                body=body,
                path=path,
                created_at=now,
                due_at=None if by_itself else due_of(settings, letter, now),
            )
        )
    # What concerns the account itself is asked for, or is an alarm: no hour is too late for it.
    after = not_quiet(quiet_of(settings), now.astimezone(LOCAL)) if kind.topic else now
    return Sending(by_itself, after)


def due_of(settings: dict, letter: str, now) -> datetime | None:
    """When a digest tells of it; None where the reader wants no mail about such things."""
    choice = choice_of(settings, LETTERS[letter].topic)
    if choice == "site":
        return None
    return now if choice == "now" else next_digest(choice, now.astimezone(LOCAL))


def _by_itself(settings, letter) -> bool:
    kind = LETTERS[letter]
    choice = choice_of(settings, kind.topic) if kind.topic else "now"
    return choice == "now" or (kind.waits and choice != "site")
