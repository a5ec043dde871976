"""Letters about services. They say that something happened to a request of this number and where to
look; what was asked, priced or delivered stays on the site."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.models import ServiceRequest, User
from marketplace.services import mails


def tell_asker(session: Session, request: ServiceRequest, letter: str, *, now) -> None:
    _tell(session, request, letter, request.asker, f"/service-requests/{request.key}", now)


def tell_desk(session: Session, request: ServiceRequest, letter: str, *, now, actor=None) -> None:
    """The curator who has it, or the leads while nobody has; nobody is told of their own deed."""
    people = [request.curator] if request.curator is not None else leads(session)
    for user in people:
        if actor is None or user.id != actor.id:
            tell_staff(session, request, letter, user, now=now)


def tell_staff(session: Session, request: ServiceRequest, letter: str, user: User, *, now) -> None:
    _tell(session, request, letter, user, f"/desk/services/{request.key}", now)


def _tell(session, request, letter, user, path, now):
    if user.disabled_at is None:
        mails.send(
            session, letter, user, now=now, ref=request.number, path=path, due=request.due_at
        )


def leads(session: Session) -> list[User]:
    return list(
        session.scalars(
            select(User).where(User.role == "lead", User.disabled_at.is_(None)).order_by(User.id)
        )
    )
