"""Letters of the clinic: that advice is asked or given and where to look, by the idea's number
alone. Not even the working title leaves the site."""

from sqlalchemy.orm import Session

from marketplace.models import ClinicIdea, User
from marketplace.services import mails
from marketplace.services.support.letters import leads


def tell(session: Session, letter: str, idea: ClinicIdea, user: User, path: str, *, now) -> None:
    if user.disabled_at is None:
        mails.send(session, letter, user, now=now, ref=idea.number, path=path, due=idea.due_at)


def tell_founder(session: Session, letter: str, idea: ClinicIdea, *, now) -> None:
    tell(session, letter, idea, idea.founder, f"/clinic/ideas/{idea.key}", now=now)


def tell_readers(session: Session, letter: str, idea: ClinicIdea, users, *, now) -> None:
    for user in users:
        tell(session, letter, idea, user, f"/clinic/read/{idea.key}", now=now)


def advisers(session: Session, idea: ClinicIdea) -> list[User]:
    """Whom a question for advice reaches: who was let in and the coach who took it; the leads while
    nobody of the desk has."""
    mentors = [row.user for row in idea.readers if row.ended_at is None]
    return mentors + ([idea.coach] if idea.coach is not None else leads(session))
