"""A meeting: chosen from the mentor's times, moved, held or missed, and what came of it."""

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.domain.errors import N_, Conflict, Invalid, InvalidForm, NotFound, WrongState
from marketplace.domain.mentoring import (
    ABSENT,
    BRIEF_LONGEST,
    ITEM_LONGEST,
    MENTORING,
    MOST_ITEMS,
    NOTES_LONGEST,
    WHY_LONGEST,
    WORDS_LONGEST,
)
from marketplace.domain.support import RATINGS
from marketplace.models import (
    Listing,
    MentoringItem,
    MentoringSession,
    Mentorship,
    MentorSlot,
)
from marketplace.services import audit
from marketplace.services.mentoring import slots
from marketplace.services.mentoring.letters import tell_founder, tell_mentor, tell_other
from marketplace.services.mentoring.moving import demand_there, move, without_times, written
from marketplace.services.mentoring.steps import free


def at_hand(row: Mentorship) -> MentoringSession:
    """The meeting the state of the mentorship is about. Raises WrongState where there is none."""
    if not row.sessions:
        raise WrongState
    return row.sessions[-1]


def choose(
    session: Session, row: Mentorship, slot: MentorSlot | None, *, actor, now
) -> MentoringSession:
    """Take one of the mentor's times. Raises Invalid for one that cannot be had, Conflict for one
    somebody took in the same instant."""
    MENTORING.next(row.state, "choose")
    demand_there(row)
    session.execute(select(Listing.id).where(Listing.id == row.mentor_id).with_for_update())
    if slot is None or slot not in slots.free(session, row.mentor, now=now):
        raise Invalid(N_("Giờ này không còn. Hãy chọn giờ khác."), "slot")
    if _busy(session, row.asker_id, slot):
        raise Invalid(N_("Lúc đó bạn đã hẹn một cố vấn khác."), "slot")
    meeting = row.sessions[-1] if row.sessions and row.sessions[-1].state == "moved" else None
    if meeting is None:
        meeting = MentoringSession(mentorship=row, said={})
        session.add(meeting)
    else:
        meeting.sequence += 1
    meeting.mentor, meeting.state, meeting.starts_at = slot.mentor, "scheduled", slot.starts_at
    meeting.minutes, meeting.mode, meeting.changed_at = slot.minutes, slot.mode, now
    meeting.said = meeting.said | {"where": slot.said["where"]}
    meeting.reminded_at = None
    row.said = without_times(row.said)
    try:
        with session.begin_nested():
            meeting.slot = slot
            move(session, row, "choose", actor=actor, now=now)
    except IntegrityError as error:
        raise Conflict(N_("Giờ này vừa có người chọn. Hãy chọn giờ khác.")) from error
    for tell in (tell_founder, tell_mentor):
        tell(session, row, "mentoring_scheduled", now=now, due=slot.starts_at)
    return meeting


def _busy(session, asker_id, slot) -> bool:
    """Whether the founder meets another mentor then."""
    end = slot.starts_at + timedelta(minutes=slot.minutes)
    rows = session.execute(
        select(MentoringSession.starts_at, MentoringSession.minutes)
        .join(Mentorship, Mentorship.id == MentoringSession.mentorship_id)
        .where(
            Mentorship.asker_id == asker_id,
            MentoringSession.state == "scheduled",
            MentoringSession.starts_at < end,
            MentoringSession.starts_at > slot.starts_at - timedelta(days=1),
        )
    )
    return any(at + timedelta(minutes=minutes) > slot.starts_at for at, minutes in rows)


def other_slot(session: Session, row: Mentorship, text: str, *, actor, now) -> None:
    """Either cannot come: back to choosing. The time is free again, but for the mentor's own no.
    Raises WrongState once it has begun."""
    MENTORING.next(row.state, "other_slot")
    meeting = at_hand(row)
    if meeting.starts_at <= now:
        raise WrongState
    text = written(text, "note", limit=WHY_LONGEST)
    if actor.id != row.asker_id:
        meeting.slot.withdrawn_at = now
    free(meeting, "moved", now=now)
    move(session, row, "other_slot", actor=actor, now=now, note=text)
    tell_other(session, row, "mentoring_moved", actor=actor, now=now)


def brief(session: Session, row: Mentorship, text: str, *, actor, now) -> None:
    """What the mentor should read before. Raises WrongState when there is no meeting to come."""
    meeting = at_hand(row)
    if row.state != "scheduled" or meeting.starts_at <= now:
        raise WrongState
    _say(meeting, now, brief=written(text, "brief", limit=BRIEF_LONGEST))
    audit.record(session, "mentoring.brief", row, actor=actor, now=now)


def hold(session: Session, row: Mentorship, minutes: int | None, *, actor, now) -> None:
    """They met, so many minutes, at most what was agreed on. Raises Invalid, or WrongState before
    the time."""
    MENTORING.next(row.state, "hold")
    meeting = at_hand(row)
    if meeting.starts_at > now:
        raise WrongState
    if minutes is None or not 5 <= minutes <= meeting.minutes:
        raise Invalid(
            N_("Hãy ghi số phút, từ 5 tới %(most)s."), "minutes_held", most=meeting.minutes
        )
    meeting.state, meeting.minutes_held, meeting.changed_at = "held", minutes, now
    move(session, row, "hold", actor=actor, now=now)


def miss(session: Session, row: Mentorship, absent: str, *, actor, now) -> None:
    """One of them (a key of ABSENT) did not come. A meeting said to be held can be called none by
    the founder, who was told of it. Raises Invalid, WrongState."""
    MENTORING.next(row.state, "miss")
    meeting = at_hand(row)
    if meeting.starts_at > now or (row.state != "scheduled" and not may_contest(row, actor)):
        raise WrongState
    if absent not in ABSENT:
        raise Invalid(N_("Hãy chọn ai vắng mặt."), "absent")
    meeting.state, meeting.absent, meeting.minutes_held = "no_show", absent, None
    meeting.changed_at = now
    move(session, row, "miss", actor=actor, now=now, who=absent)


def may_contest(row: Mentorship, actor) -> bool:
    return actor.id == row.asker_id and row.sessions[-1].rating_founder is None


def again(session: Session, row: Mentorship, *, actor, now) -> None:
    """Another meeting with the same mentor."""
    move(session, row, "again", actor=actor, now=now)
    tell_other(session, row, "mentoring_moved", actor=actor, now=now)


# --- After -------------------------------------------------------------------------------------
def note(
    session: Session,
    row: Mentorship,
    notes: str,
    private: str,
    items: list[tuple[str, date | None]],
    *,
    actor,
    now,
) -> None:
    """The mentor's notes for both, notes for nobody else, and what the founder is to do; later ones
    are added to it. Raises InvalidForm (fields notes, private, item1 ...)."""
    MENTORING.next(row.state, "note")
    meeting, errors, said = at_hand(row), {}, {}
    for name, text, needed in (("notes", notes, True), ("private", private, False)):
        try:
            said[name] = written(text, name, limit=NOTES_LONGEST, needed=needed)
        except Invalid as error:
            errors[name] = error
    kept = []
    for number, (text, due_on) in enumerate(items[:MOST_ITEMS], start=1):
        try:
            text = written(text, f"item{number}", limit=ITEM_LONGEST, needed=due_on is not None)
        except Invalid as error:
            errors[f"item{number}"] = error
        if text:
            kept.append((text, due_on))
    if errors:
        raise InvalidForm(errors)
    for text, due_on in kept:
        session.add(MentoringItem(session=meeting, said={"text": text}, due_on=due_on))
    _say(meeting, now, **said)
    first = row.state == "held"
    move(session, row, "note", actor=actor, now=now)
    if first:
        tell_founder(session, row, "mentoring_noted", now=now)


def tick(session: Session, row: Mentorship, key: str, *, actor, now) -> MentoringItem:
    """Done, or not after all. Raises NotFound for what is no item of this mentorship."""
    for meeting in row.sessions:
        for item in meeting.items:
            if item.key == key:
                item.done_at = None if item.done_at else now
                audit.record(session, "mentoring.tick", row, actor=actor, now=now)
                return item
    raise NotFound


def rate(
    session: Session, row: Mentorship, key: str, rating: str, text: str, *, actor, now
) -> None:
    """A mark of RATINGS as typed, of the other side, once for each meeting that was held. Raises
    NotFound, Invalid, WrongState, Conflict."""
    meeting = next((each for each in row.sessions if each.key == key), None)
    if meeting is None:
        raise NotFound
    side = side_of(actor, row)
    if meeting.state != "held":
        raise WrongState
    if getattr(meeting, f"rating_{side}") is not None:
        raise Conflict(N_("Bạn đã đánh giá buổi này rồi."))
    if rating not in {str(each) for each in RATINGS}:
        raise Invalid(N_("Hãy chọn một mức."), "rating")
    words = written(text, "words", limit=WORDS_LONGEST, needed=False)
    setattr(meeting, f"rating_{side}", int(rating))
    _say(meeting, now, **{f"words_{side}": words})
    audit.record(session, "mentoring.rate", row, actor=actor, now=now)


def side_of(actor, row: Mentorship) -> str:
    return "founder" if actor.id == row.asker_id else "mentor"


def _say(meeting, now, **said) -> None:
    meeting.said, meeting.changed_at = meeting.said | said, now
