"""What the desk and the mentor decide: checked or refused, taken or not, and the ends of it."""

from sqlalchemy.orm import Session

from marketplace.domain.errors import N_, Conflict, Invalid
from marketplace.domain.mentoring import DECLINES, MENTORING, REFUSALS, SKIPPED, WHY_LONGEST
from marketplace.models import Listing, MentoringSession, Mentorship, MentorWish
from marketplace.services import audit
from marketplace.services.mentoring.letters import tell_founder, tell_mentor, tell_other
from marketplace.services.mentoring.moving import (
    ask_next,
    barred,
    demand_there,
    move,
    wish_at_hand,
    without_times,
    written,
)
from marketplace.services.mentoring.slots import count_free


# --- The desk ----------------------------------------------------------------------------------
def check(session: Session, row: Mentorship, *, actor, now) -> None:
    """It is clear and for a mentor: ask the first."""
    move(session, row, "check", actor=actor, now=now)
    ask_next(session, row, now=now)


def refuse(session: Session, row: Mentorship, reason: str, text: str, *, actor, now) -> None:
    """With a code of REFUSALS and what to mend. Raises Invalid."""
    if reason not in REFUSALS:
        raise Invalid(N_("Hãy chọn một lý do."), "reason")
    text = written(text, "note", limit=WHY_LONGEST)
    MENTORING.next(row.state, "refuse")
    row.reason = reason
    move(session, row, "refuse", actor=actor, now=now, note=text, reason=reason)
    tell_founder(session, row, "mentoring_ended", now=now)


def assign(session: Session, row: Mentorship, mentor: Listing | None, *, actor, now) -> None:
    """A mentor the centre found, asked at once. Raises Invalid for one who cannot be asked, or
    was."""
    MENTORING.next(row.state, "assign")
    if mentor is None or mentor.id in {wish.mentor_id for wish in row.wishes}:
        raise Invalid(N_("Hãy chọn một cố vấn chưa được hỏi."), "mentor")
    why = barred(session, row, mentor)
    if why:
        raise Invalid(SKIPPED[why], "mentor")
    rank = max((wish.rank for wish in row.wishes), default=0) + 1
    row.wishes.append(MentorWish(rank=rank, mentor=mentor, by_hand=True))
    move(session, row, "assign", actor=actor, now=now)
    ask_next(session, row, now=now)


def pass_on(session: Session, row: Mentorship, *, actor, now) -> None:
    """The mentor asked did not answer in time: ask the next. Raises Conflict before that."""
    MENTORING.next(row.state, "pass_on")
    if row.due_at > now:
        raise Conflict(N_("Chưa tới hạn: hãy đợi cố vấn trả lời."))
    _let_go(session, row, "pass_on", "passed", "", actor, now)


# --- The mentor --------------------------------------------------------------------------------
def accept(session: Session, row: Mentorship, *, actor, now) -> None:
    """Take it. Raises Conflict while there is no time the founder could choose, or when the mentor
    can no longer be asked."""
    MENTORING.next(row.state, "accept")
    demand_there(row)
    if not count_free(session, row.mentor, now=now):
        raise Conflict(N_("Hãy cho vài giờ gặp trước, để người xin chọn được ngay."))
    wish = wish_at_hand(row)
    wish.answer, wish.answered_at = "accepted", now
    move(session, row, "accept", actor=actor, now=now)
    tell_founder(session, row, "mentoring_accepted", now=now)


def decline(session: Session, row: Mentorship, reason: str, *, actor, now) -> None:
    """Not now, for a code of DECLINES that only the desk reads; the next wish is asked by itself.
    Raises Invalid, or Conflict after a meeting: then it is closed."""
    MENTORING.next(row.state, "decline")
    if reason not in DECLINES:
        raise Invalid(N_("Hãy chọn một lý do."), "reason")
    if any(each.state == "held" for each in row.sessions):
        raise Conflict(N_("Đã gặp rồi thì hãy khép lại, không từ chối nữa."))
    _let_go(session, row, "decline", "declined", reason, actor, now)


def _let_go(session, row, step, answer, reason, actor, now):
    wish = wish_at_hand(row)
    wish.answer, wish.reason, wish.answered_at = answer, reason, now
    row.said = without_times(row.said)  # said to this mentor, not to the next
    give_back(row, now=now)
    move(session, row, step, actor=actor, now=now)  # told with the mentor of then
    row.mentor = None
    ask_next(session, row, now=now)


# --- Either ------------------------------------------------------------------------------------
def cancel(session: Session, row: Mentorship, *, actor, now) -> None:
    give_back(row, now=now)
    move(session, row, "cancel", actor=actor, now=now)
    tell_mentor(session, row, "mentoring_ended", now=now)


def close(session: Session, row: Mentorship, *, actor, now) -> None:
    """It is done; by the worker when nothing more was asked for CLOSE_DAYS."""
    give_back(row, now=now)
    move(session, row, "close", actor=actor, now=now)
    tell_other(session, row, "mentoring_ended", actor=actor, now=now)


def more_times(session: Session, row: Mentorship, text: str, *, actor, now) -> None:
    """The founder can make none of the times: the mentor is told what would do."""
    if row.state != "accepted":
        MENTORING.next(row.state, "choose")  # raises WrongState
    text = written(text, "note", limit=WHY_LONGEST)
    row.said, row.changed_at = row.said | {"times": text}, now
    audit.record(session, "mentoring.more_times", row, actor=actor, now=now)
    tell_mentor(session, row, "mentoring_times", now=now)


def give_back(row: Mentorship, *, now) -> None:
    """What was agreed on and not held is off, and its time free again."""
    for each in row.sessions:
        if each.state in ("scheduled", "moved"):
            free(each, "cancelled", now=now)


def free(meeting: MentoringSession, state: str, *, now) -> None:
    meeting.state, meeting.slot, meeting.changed_at = state, None, now
    meeting.sequence += 1
