"""Certificates of hours: what somebody mentored in a year, numbered and sealed. Each meeting is in
one standing certificate at most: a newer one of the year takes the place of the older."""

import hashlib
from datetime import datetime, time, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from marketplace.domain.errors import N_, Conflict, NotFound
from marketplace.models import MentoringCertificate, new_key
from marketplace.services import audit
from marketplace.services.listings.numbers import LOCAL
from marketplace.services.mentoring.figures import held_by, period


def make(session: Session, year: int, *, actor, now) -> MentoringCertificate:
    """Of the meetings of the year so far. Raises Conflict without any; two pressed in the same
    instant get one number each, or the second a conflict at commit."""
    meetings = held_by(session, actor.id, *period(year))
    if not meetings:
        raise Conflict(N_("Chưa có buổi cố vấn nào trong năm để xác nhận."))
    ordinal = session.scalar(
        select(func.coalesce(func.max(MentoringCertificate.ordinal), 0)).where(
            MentoringCertificate.year == year
        )
    )
    session.execute(
        update(MentoringCertificate)
        .where(
            MentoringCertificate.user_id == actor.id,
            MentoringCertificate.year == year,
            MentoringCertificate.replaced_at.is_(None),
        )
        .values(replaced_at=now)
    )
    days = [each.starts_at.astimezone(LOCAL).date() for each in meetings]
    row = MentoringCertificate(
        key=new_key(), user_id=actor.id, name=actor.name, year=year, ordinal=ordinal + 1,
        first_on=days[0], last_on=days[-1],
        minutes=sum(each.minutes_held for each in meetings), sessions=len(meetings), made_at=now,
    )  # fmt: skip
    row.seal = seal_of(row)
    session.add(row)
    session.flush()
    audit.record(session, "mentoring.certify", row, actor=actor, now=now)
    return row


def seal_of(row: MentoringCertificate) -> str:
    """The SHA-256 of what the paper says: whoever changes a figure on it has another."""
    facts = (row.number, row.name, row.minutes, row.sessions, row.first_on, row.last_on, row.key)
    return hashlib.sha256("\n".join(map(str, facts)).encode()).hexdigest()


def by_key(session: Session, key: str) -> MentoringCertificate:
    row = session.scalar(select(MentoringCertificate).where(MentoringCertificate.key == key))
    if row is None:
        raise NotFound
    return row


def of_user(session: Session, actor) -> list[MentoringCertificate]:
    return list(
        session.scalars(
            select(MentoringCertificate)
            .where(MentoringCertificate.user_id == actor.id)
            .order_by(MentoringCertificate.id.desc())
        )
    )


def holds(session: Session, row: MentoringCertificate) -> bool:
    """Whether it still counts: none newer stands, its figures are as they were sealed, and no
    meeting in it was called none since."""
    start = datetime.combine(row.first_on, time(), LOCAL)
    end = datetime.combine(row.last_on, time(), LOCAL) + timedelta(days=1)
    minutes = sum(each.minutes_held for each in held_by(session, row.user_id, start, end))
    return row.replaced_at is None and row.seal == seal_of(row) and minutes >= row.minutes
