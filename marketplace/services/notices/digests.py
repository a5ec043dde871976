"""One mail about everything somebody has not read on the site, at the hour they chose."""

import logging
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.actor import SYSTEM
from marketplace.domain.notices import LETTERS, TOPICS, not_quiet, quiet_of
from marketplace.models import Notice, User
from marketplace.services import audit, mails
from marketplace.services.listings.numbers import LOCAL
from marketplace.services.notices.choices import stop_path

log = logging.getLogger(__name__)

AT_ONCE = 50  # people in one round


def send_due(
    session: Session, *, now: Callable, reading: Callable, changing: Callable, commit: Callable
) -> int:
    """Queue the digests that are due; returns how many mails. Each person's mail, and the note
    that it told of them, are one transaction."""
    reading()
    people = session.scalars(
        select(Notice.user_id).where(*_due(now())).distinct().order_by(Notice.user_id)
        .limit(AT_ONCE)
    ).all()  # fmt: skip
    sent = 0
    for user_id in people:
        changing()
        sent += tell(session, session.get(User, user_id), now=now())
        commit()
    return sent


def tell(session: Session, user: User, *, now) -> int:
    """Queue the mail about what is due and unread. Returns the number of mails: 1 or 0."""
    rows = session.scalars(
        select(Notice).where(Notice.user_id == user.id, *_due(now)).order_by(Notice.id)
    ).all()
    for row in rows:
        row.told_at = now
    unread = [row for row in rows if row.read_at is None]
    if not unread or user.disabled_at is not None or user.verified_at is None:
        return 0
    topics = [
        (topic, [row for row in unread if LETTERS[row.letter].topic == topic]) for topic in TOPICS
    ]
    topics = [(TOPICS[topic], rows, stop_path(user, topic)) for topic, rows in topics if rows]
    mails.send(
        session,
        "notices",
        user,
        now=now,
        after=not_quiet(quiet_of(user.notice_settings or {}), now.astimezone(LOCAL)),
        unsubscribe=topics[0][2] if len(topics) == 1 else "",
        count=len(unread),
        topics=topics,
    )
    audit.record(session, "mail.digest", user, actor=SYSTEM, now=now, count=len(unread))
    return 1


def _due(now):
    return Notice.due_at <= now, Notice.told_at.is_(None)
