"""Meetings: proposed by one side, taken or not by the other, remembered the day before."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.errors import N_, Conflict, Invalid, InvalidForm, NotAllowed, WrongState
from marketplace.domain.workflow import MEETING, ROOM_OPEN, ROOM_REMINDER_DAYS
from marketplace.models import Deal, Match, RoomMeeting
from marketplace.services.deals import milestones
from marketplace.services.deals.sides import demand, side_of, tell, today
from marketplace.services.room.telling import address, count, say, written

MOST = 60  # of one room
LENGTHS = (30, 60, 90, 120, 180, 240, 480)  # minutes
WORDS = 1000  # characters of where, and of the agenda
FAR = timedelta(days=366)


@dataclass(frozen=True)
class Plan:
    """`starts_at` is aware, None for what could not be read."""

    starts_at: datetime | None
    minutes: int
    where: str = field(repr=False)
    agenda: str = field(repr=False, default="")

    def kept(self, now) -> dict:
        """Where and agenda as they are sealed. Raises InvalidForm (fields `day`, `minutes`,
        `where`, `agenda`)."""
        errors, said = {}, {}
        if self.starts_at is None:
            errors["day"] = Invalid(N_("Hãy ghi ngày và giờ, ví dụ 30/06/2026, 14:00."), "day")
        elif not now < self.starts_at < now + FAR:
            errors["day"] = Invalid(N_("Hãy chọn lúc trong vòng một năm tới."), "day")
        if self.minutes not in LENGTHS:
            errors["minutes"] = Invalid(N_("Hãy chọn gặp trong bao lâu."), "minutes")
        for name, needed in (("where", True), ("agenda", False)):
            try:
                said[name] = written(getattr(self, name), name, limit=WORDS, needed=needed)
            except Invalid as error:
                errors[name] = error
        if errors:
            raise InvalidForm(errors)
        return said


def propose(session: Session, match: Match, plan: Plan, *, actor, now) -> RoomMeeting:
    """Invite the other side. Raises InvalidForm, NotAllowed, Conflict for one too many."""
    demand("room.meet", actor, match)
    said = plan.kept(now)
    if count(session, RoomMeeting, match) >= MOST:
        raise Conflict(N_("Phòng đã có %(most)s cuộc hẹn."), most=MOST)
    row = RoomMeeting(
        deal=match.deal, side=side_of(actor, match), proposed_by_id=actor.id,
        starts_at=plan.starts_at, minutes=plan.minutes, said=said, changed_at=now,
    )  # fmt: skip
    session.add(row)
    say(
        session, match, "room.propose_meeting", "room_meeting", actor=actor, now=now,
        tab="meetings",
    )  # fmt: skip
    session.flush()
    return row


def open_steps(row: RoomMeeting, side: str, now) -> list[str]:
    """Steps of workflow.MEETING that the side may take now."""
    found = []
    for step in MEETING.open(row.state):
        if step.name in ("agree", "decline") and (side == row.side or row.starts_at <= now):
            continue
        if step.name == "cancel" and row.state == "proposed" and side != row.side:
            continue
        if step.name == "hold" and row.starts_at > now:
            continue
        found.append(step.name)
    return found


def answer(session: Session, row: RoomMeeting, step: str, *, actor, now) -> None:
    """Agree or decline by the other side, cancel by who proposed it (by either once agreed), hold
    by either once it has begun: that notes the milestone, which the other side confirms. Raises
    NotAllowed, WrongState."""
    match = row.deal.match
    demand("room.meet", actor, match)
    side = side_of(actor, match)
    state = MEETING.next(row.state, step)
    if step not in open_steps(row, side, now):
        raise WrongState if side != row.side or step == "hold" else NotAllowed
    row.state, row.changed_at = state, now
    row.sequence += 1
    if step == "hold":
        say(session, match, "room.hold", "", actor=actor, now=now)
        milestones.note(session, match, "meeting", today(row.starts_at), actor=actor, now=now)
    else:
        say(
            session, match, f"room.{step}", "room_meeting_changed", actor=actor, now=now,
            tab="meetings",
        )  # fmt: skip
    session.flush()


def remind_due(session: Session, *, now) -> int:
    """Both sides of what was agreed for the coming day, once; returns how many meetings."""
    rows = session.scalars(
        select(RoomMeeting)
        .join(Deal, Deal.id == RoomMeeting.deal_id)
        .join(Match, Match.id == Deal.match_id)
        .where(
            RoomMeeting.state == "agreed",
            RoomMeeting.reminded_at.is_(None),
            RoomMeeting.starts_at > now,
            RoomMeeting.starts_at <= now + timedelta(days=ROOM_REMINDER_DAYS),
            Deal.paused_at.is_(None),
            Match.state.in_(ROOM_OPEN),
        )
    ).all()
    for row in rows:
        row.reminded_at = now
        for side in ("a", "b"):
            match = row.deal.match
            tell(
                session, match, side, "room_meeting_soon", now=now,
                path=address(match, "meetings"),
            )  # fmt: skip
    return len(rows)
