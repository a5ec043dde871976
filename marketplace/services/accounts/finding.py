"""Finding people: by what they typed, by their public key, and in pages for administrators."""

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, object_session

from marketplace.domain.actor import Actor
from marketplace.domain.errors import NotFound
from marketplace.domain.vocabulary import ROLES
from marketplace.models import Interest, Membership, User

PAGE = 30


def by_email(session: Session, email: str) -> User | None:
    return session.scalar(select(User).where(User.email == email.strip().lower()))


def by_key(session: Session, key: str) -> User:
    """Raises NotFound."""
    user = session.scalar(select(User).where(User.key == key))
    if user is None:
        raise NotFound
    return user


def page_of_users(
    session: Session, *, words: str = "", role: str = "", state: str = "", page: int = 1
) -> tuple[list[User], int]:
    """(users of the page, how many in all), by name. `words` are looked for in name and address,
    `state` is "disabled", "unverified" or "" for all."""
    rows = _matching(words, role, state)
    total = session.scalar(select(func.count()).select_from(rows.subquery()))
    users = session.scalars(
        rows.order_by(User.name, User.id).limit(PAGE).offset((page - 1) * PAGE)
    ).all()
    return list(users), total


def _matching(words: str, role: str, state: str) -> Select:
    rows = select(User)
    for word in words.split()[:5]:
        rows = rows.where(or_(_holds(User.name, word), _holds(User.email, word)))
    if role in ROLES:
        rows = rows.where(User.role == role)
    if state == "disabled":
        rows = rows.where(User.disabled_at.is_not(None))
    elif state == "unverified":
        rows = rows.where(User.verified_at.is_(None))
    return rows


def _holds(column, word: str):
    """SQLite folds the case of ASCII only, so the usual spellings of a name are tried too."""
    spellings = {word, word.lower(), word.upper(), word.capitalize()}
    return or_(*(column.contains(each, autoescape=True) for each in sorted(spellings)))


def actor_of(user: User) -> Actor:
    """The user as the one who acts: everything the rules may ask about a person, read anew through
    the session the user came from."""
    session = object_session(user)
    memberships = session.scalars(
        select(Membership).where(Membership.user_id == user.id, Membership.state == "active")
    ).all()
    interests = session.scalars(select(Interest.organisation_id).where(Interest.user_id == user.id))
    return Actor(
        id=user.id,
        key=user.key,
        name=user.name,
        role=user.role,
        hats=frozenset(user.hats or ()),
        organisations=frozenset(each.organisation_id for each in memberships),
        admin_of=frozenset(each.organisation_id for each in memberships if each.role == "admin"),
        interests=frozenset(interests),
        verified=user.verified_at is not None,
    )
