"""Letters about mentoring. They say that something happened to a request of this number and where
to look; goals, questions, places and notes stay on the site."""

from sqlalchemy.orm import Session

from marketplace.models import Mentorship, User
from marketplace.services import mails
from marketplace.services.support.letters import leads


def tell_founder(session: Session, row: Mentorship, letter: str, *, now, due=None) -> None:
    _tell(session, row, letter, row.asker, f"/mentoring/{row.key}", now, due)


def tell_mentor(session: Session, row: Mentorship, letter: str, *, now, due=None) -> None:
    """Nobody, where nobody is asked."""
    if row.mentor is not None and row.mentor.owner_user is not None:
        _tell(session, row, letter, row.mentor.owner_user, f"/mentoring/{row.key}", now, due)


def tell_other(session: Session, row: Mentorship, letter: str, *, actor, now, due=None) -> None:
    """Founder and mentor, but for whoever did it."""
    if actor.id != row.asker_id:
        tell_founder(session, row, letter, now=now, due=due)
    if row.mentor is not None and row.mentor.owner_user_id != actor.id:
        tell_mentor(session, row, letter, now=now, due=due)


def tell_desk(session: Session, row: Mentorship, *, now) -> None:
    """The leads: a request waits for the centre."""
    for user in leads(session):
        _tell(session, row, "mentoring_desk", user, f"/desk/mentoring/{row.key}", now, None)


def _tell(session, row, letter, user: User, path, now, due):
    if user.disabled_at is None:
        mails.send(session, letter, user, now=now, ref=row.number, path=path, due=due or row.due_at)
