"""Tasks: what a side is to do, and by when; reminded once, the day before."""

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.errors import N_, Conflict, Invalid, InvalidForm, WrongState
from marketplace.domain.workflow import ROOM_OPEN, ROOM_REMINDER_DAYS
from marketplace.models import Deal, Match, RoomTask
from marketplace.services.deals.resting import moved
from marketplace.services.deals.sides import demand, side_of, tell, today
from marketplace.services.room.telling import address, count, news, written

MOST = 100  # of one room
WORDS = 300
FAR = timedelta(days=731)


def add(
    session: Session, match: Match, text: str, due_on: date | None, whose: str, *, actor, now
) -> RoomTask:
    """Write down what side `whose` is to do. Raises InvalidForm (fields `task`, `due_on`,
    `whose`), NotAllowed, Conflict for one too many."""
    demand("room.task", actor, match)
    errors, here = {}, today(now)
    try:
        text = written(text, "task", limit=WORDS)
    except Invalid as error:
        errors["task"] = error
    if due_on is None:
        errors["due_on"] = Invalid(N_("Hãy ghi ngày, ví dụ 30/06/2026."), "due_on")
    elif not here <= due_on <= here + FAR:
        errors["due_on"] = Invalid(N_("Hãy chọn ngày từ hôm nay, trong hai năm tới."), "due_on")
    if whose not in ("a", "b"):
        errors["whose"] = Invalid(N_("Hãy chọn bên nào làm."), "whose")
    if errors:
        raise InvalidForm(errors)
    if count(session, RoomTask, match) >= MOST:
        raise Conflict(N_("Phòng đã có %(most)s việc."), most=MOST)
    if whose == side_of(actor, match):
        moved(session, match, "room.task", actor=actor, now=now)
    else:
        news(session, match, "room.task", actor=actor, now=now, tab="tasks")
    row = RoomTask(
        deal=match.deal, side=whose, said={"text": text}, due_on=due_on, made_by_id=actor.id,
        made_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def done(session: Session, row: RoomTask, *, actor, now) -> None:
    """Either side says that it is done."""
    demand("room.task", actor, row.deal.match)
    if row.done_at is not None:
        raise WrongState
    row.done_at, row.done_by_id = now, actor.id
    moved(session, row.deal.match, "room.done", actor=actor, now=now)


def again(session: Session, row: RoomTask, *, actor, now) -> None:
    """It was not done after all."""
    demand("room.task", actor, row.deal.match)
    if row.done_at is None:
        raise WrongState
    row.done_at, row.done_by_id = None, None
    moved(session, row.deal.match, "room.again", actor=actor, now=now)


def remind_due(session: Session, *, now) -> int:
    """The side that has something to do by tomorrow, once for each; returns how many tasks."""
    rows = session.scalars(
        select(RoomTask)
        .join(Deal, Deal.id == RoomTask.deal_id)
        .join(Match, Match.id == Deal.match_id)
        .where(
            RoomTask.done_at.is_(None),
            RoomTask.reminded_at.is_(None),
            RoomTask.due_on <= today(now) + timedelta(days=ROOM_REMINDER_DAYS),
            Deal.paused_at.is_(None),
            Match.state.in_(ROOM_OPEN),
        )
        .order_by(RoomTask.id)
    ).all()
    told = set()
    for row in rows:
        row.reminded_at = now
        match = row.deal.match
        if (match.id, row.side) not in told:  # one letter for all that is due together
            told.add((match.id, row.side))
            path = address(match, "tasks")
            tell(session, match, row.side, "room_task_due", now=now, path=path)
    return len(rows)
