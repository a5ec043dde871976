"""Which ideas somebody knows of, the desk's queue, and who read what when."""

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from marketplace.domain.clinic import ANSWERED, CLINIC_WRITABLE, PROFILE, STEPS
from marketplace.domain.errors import NotFound
from marketplace.models import (
    ClinicIdea,
    ClinicReader,
    ClinicReceipt,
    ClinicStep,
    ClinicVersion,
    ClinicView,
    User,
)
from marketplace.services.clinic import chain

PAGE = 50
_WHOLE = (
    joinedload(ClinicIdea.founder),
    joinedload(ClinicIdea.coach),
    selectinload(ClinicIdea.steps),
    selectinload(ClinicIdea.readers).joinedload(ClinicReader.user),
)


def visible_to(actor) -> Select:
    """Select the ideas for which allowed("clinic.know", actor, idea) holds."""
    rows = [ClinicIdea.founder_id == actor.id]
    if actor.is_curator:
        rows += [ClinicIdea.asked_at.is_not(None), ClinicIdea.coach_id == actor.id]
    if actor.verified:
        rows.append(ClinicIdea.id.in_(_let_in(actor)))
    return select(ClinicIdea).where(or_(*rows), actor.id is not None)


def _let_in(actor) -> Select:
    return select(ClinicReader.idea_id).where(
        ClinicReader.user_id == actor.id, ClinicReader.ended_at.is_(None)
    )


def by_key(session: Session, key: str) -> ClinicIdea:
    """Raises NotFound. Whether the reader may know of it is asked after."""
    idea = session.scalar(select(ClinicIdea).where(ClinicIdea.key == key).options(*_WHOLE))
    if idea is None:
        raise NotFound
    return idea


def of_founder(session: Session, actor) -> list[ClinicIdea]:
    """The actor's own, the latest first."""
    return list(
        session.scalars(
            visible_to(actor)
            .where(ClinicIdea.founder_id == actor.id)
            .options(*_WHOLE)
            .order_by(ClinicIdea.changed_at.desc(), ClinicIdea.id.desc())
        )
    )


def of_reader(session: Session, actor) -> list[ClinicIdea]:
    """Those others let the actor into, what waits longest first."""
    return list(
        session.scalars(
            visible_to(actor)
            .where(
                ClinicIdea.founder_id != actor.id,
                or_(ClinicIdea.id.in_(_let_in(actor)), ClinicIdea.coach_id == actor.id),
            )
            .options(*_WHOLE)
            .order_by(ClinicIdea.asked_at.is_(None), ClinicIdea.asked_at, ClinicIdea.id)
        )
    )


def queue(session: Session, *, actor, page: int = 1) -> list[ClinicIdea]:
    """What waits for advice, the longest first, whoever has it."""
    return list(
        session.scalars(
            visible_to(actor)
            .where(ClinicIdea.asked_at.is_not(None))
            .options(*_WHOLE)
            .order_by(ClinicIdea.asked_at, ClinicIdea.id)
            .limit(PAGE)
            .offset((page - 1) * PAGE)
        )
    )


def count_waiting(session: Session) -> int:
    return session.scalar(select(func.count(ClinicIdea.id)).where(ClinicIdea.asked_at.is_not(None)))


def workload(session: Session, *, now) -> list[tuple[User, int, int]]:
    """(curator, ideas taken, those of them late with advice), the most loaded first."""
    late = ClinicIdea.due_at <= now
    rows = session.execute(
        select(
            ClinicIdea.coach_id, func.count(ClinicIdea.id), func.count(ClinicIdea.id).filter(late)
        )
        .where(ClinicIdea.coach_id.is_not(None))
        .group_by(ClinicIdea.coach_id)
    ).all()
    people = {
        user.id: user
        for user in session.scalars(select(User).where(User.id.in_([row[0] for row in rows])))
    }
    found = [(people[coach], count, over) for coach, count, over in rows]
    return sorted(found, key=lambda row: (-row[1], row[0].name, row[0].id))


def views(session: Session, idea: ClinicIdea) -> list[ClinicView]:
    """Every time somebody other than the founder read it, the latest first."""
    return list(
        session.scalars(
            select(ClinicView)
            .where(ClinicView.idea_id == idea.id)
            .options(joinedload(ClinicView.actor))
            .order_by(ClinicView.id.desc())
        )
    )


def versions(session: Session, idea: ClinicIdea) -> list[ClinicVersion]:
    """Every stamped version, the latest first."""
    return list(
        session.scalars(
            select(ClinicVersion)
            .where(ClinicVersion.idea_id == idea.id)
            .options(joinedload(ClinicVersion.receipt))
            .order_by(ClinicVersion.number.desc())
        )
    )


def version(session: Session, idea: ClinicIdea, number: str) -> ClinicVersion:
    """`number` as an address has it. Raises NotFound, also for one whose text was withdrawn."""
    row = None
    if chain.counts(number):
        row = session.scalar(
            select(ClinicVersion).where(
                ClinicVersion.idea_id == idea.id, ClinicVersion.number == int(number)
            )
        )
    if row is None or not row.text:
        raise NotFound
    return row


def version_of(session: Session, receipt: ClinicReceipt, actor) -> ClinicVersion | None:
    """The version behind a receipt, for its founder alone."""
    if not actor.signed_in:
        return None
    return session.scalar(
        select(ClinicVersion)
        .join(ClinicIdea, ClinicVersion.idea_id == ClinicIdea.id)
        .where(ClinicVersion.receipt_number == receipt.number, ClinicIdea.founder_id == actor.id)
    )


def written(idea: ClinicIdea) -> dict[str, ClinicStep]:
    """Step -> its row, of those begun."""
    return {row.step: row for row in idea.steps}


def texts(idea: ClinicIdea) -> dict[str, str]:
    return {row.step: row.text for row in idea.steps if row.text}


def next_step(idea: ClinicIdea) -> str:
    """What the founder does next: first what a coach asks more of, then the first empty step, then
    the profile. "" when there is nothing left to do."""
    if idea.state not in CLINIC_WRITABLE:
        return ""
    rows = written(idea)
    for step in STEPS:
        if step in rows and rows[step].state == "more":
            return step
    for step in STEPS:
        if step not in rows or not rows[step].text:
            return step
    return PROFILE if idea.state == "open" else ""


def answered(idea: ClinicIdea) -> int:
    return sum(row.state in ANSWERED for row in idea.steps)
