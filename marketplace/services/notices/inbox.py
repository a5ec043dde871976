"""The inbox of the site: everybody sees what was told to themselves, nobody else does."""

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from marketplace.domain.errors import NotFound
from marketplace.models import Notice

PAGE = 30


def _own(actor):
    return select(Notice).where(Notice.user_id == actor.id)


def unread(session: Session, actor) -> int:
    """How many notices wait for the reader."""
    return session.scalar(
        select(func.count()).where(Notice.user_id == actor.id, Notice.read_at.is_(None))
    )


def page_of(session: Session, actor, *, page=1, only_unread=False) -> tuple[list[Notice], int]:
    """(one page of the reader's notices, the latest first; how many there are)."""
    own = _own(actor)
    if only_unread:
        own = own.where(Notice.read_at.is_(None))
    total = session.scalar(select(func.count()).select_from(own.subquery()))
    rows = session.scalars(
        own.order_by(Notice.id.desc()).offset((page - 1) * PAGE).limit(PAGE)
    ).all()
    return list(rows), total


def read_one(session: Session, actor, key: str, *, now) -> Notice:
    """Note that a notice was opened. Raises NotFound for somebody else's too."""
    row = session.scalar(_own(actor).where(Notice.key == key))
    if row is None:
        raise NotFound
    row.read_at = row.read_at or now
    return row


def read_all(session: Session, actor, *, now) -> int:
    return session.execute(
        update(Notice)
        .where(Notice.user_id == actor.id, Notice.read_at.is_(None))
        .values(read_at=now)
        .execution_options(synchronize_session=False)
    ).rowcount
