"""Reading the audit trail: who did what to which record and when."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from marketplace.models import Audit, Listing, Match, Organisation, User

PAGE = 50
HERE = ZoneInfo("Asia/Ho_Chi_Minh")  # days are the province's days


@dataclass(frozen=True)
class Question:
    """What is asked of the trail. `action` is one action or a noun ("listing."), `actor` a public
    key or words of a name, `subject` a reference or key; the days are both included."""

    action: str = ""
    actor: str = ""
    subject: str = ""
    first_day: date | None = None
    last_day: date | None = None


def page_of(session: Session, question: Question, page: int = 1) -> tuple[list[Audit], int]:
    """(rows of the page, how many in all), the latest first."""
    rows = _rows(question)
    total = session.scalar(select(func.count()).select_from(rows.subquery()))
    chosen = (
        rows.options(joinedload(Audit.actor))
        .order_by(Audit.id.desc())
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    return list(session.scalars(chosen)), total


def _rows(question: Question) -> Select:
    rows = select(Audit)
    if question.action.endswith("."):
        rows = rows.where(Audit.action.startswith(question.action, autoescape=True))
    elif question.action:
        rows = rows.where(Audit.action == question.action)
    if question.actor:
        people = select(User.id).where(
            or_(User.key == question.actor, User.name.contains(question.actor, autoescape=True))
        )
        rows = rows.where(Audit.actor_id.in_(people))
    if question.subject:
        rows = rows.where(Audit.subject_id == question.subject)
    if question.first_day is not None:
        rows = rows.where(Audit.at >= _midnight(question.first_day))
    if question.last_day is not None:
        rows = rows.where(Audit.at < _midnight(question.last_day) + timedelta(days=1))
    return rows


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), HERE)


def names(session: Session, rows: list[Audit]) -> dict[tuple[str, str], str]:
    """(subject type, subject id) -> a name for those that have one the log may say: people,
    organisations, and for a match the numbers of its two listings (their titles stay out)."""
    found = {}
    for kind, model in (("user", User), ("organisation", Organisation)):
        keys = {row.subject_id for row in rows if row.subject_type == kind}
        pairs = session.execute(select(model.key, model.name).where(model.key.in_(keys))).all()
        found |= {(kind, key): name for key, name in pairs}
    keys = {row.subject_id for row in rows if row.subject_type == "match"}
    one, other = aliased(Listing), aliased(Listing)
    matches = session.execute(
        select(Match.key, one.ref, other.ref)
        .join(one, Match.a_id == one.id)
        .join(other, Match.b_id == other.id)
        .where(Match.key.in_(keys))
    )
    return found | {("match", key): f"{a} – {b}" for key, a, b in matches}
