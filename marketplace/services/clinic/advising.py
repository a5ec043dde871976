"""Asking for advice, who takes it, who is let in, what they answer."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain import cleaning
from marketplace.domain.actor import SYSTEM
from marketplace.domain.clinic import (
    ADVICE,
    ADVICE_LONGEST,
    CLINIC_ADVICE_DAYS,
    CLINIC_WRITABLE,
    MOST_READERS,
)
from marketplace.domain.errors import N_, Conflict, Invalid, InvalidForm, NotFound, WrongState
from marketplace.models import ClinicIdea, ClinicReader, ClinicStep, ClinicView, Listing, User
from marketplace.services import audit, limits
from marketplace.services.clinic.letters import advisers, tell_founder, tell_readers
from marketplace.services.clinic.reading import written
from marketplace.services.listings import calendar
from marketplace.services.visibility import visible_to as listings_visible_to

VERDICTS = {"good": "pass", "more": "send_back"}  # what a coach says -> the step of ADVICE


# --- The founder ---------------------------------------------------------------------------------
def ask(session: Session, idea: ClinicIdea, step: str, *, actor, now) -> None:
    """Ask for advice on a step. Raises NotFound, WrongState, Invalid (nothing written) or
    TooMany."""
    row = _step(idea, step)
    state = ADVICE.next(row.state, "ask")
    if not row.text:
        raise Invalid(N_("Hãy viết mục này trước khi xin góp ý."), "text")
    limits.spend(session, "clinic.account", actor.key, now=now)
    row.state, row.asked_at = state, now
    if idea.asked_at is None:
        _wait(session, idea, now)
        tell_readers(session, "clinic_asked", idea, advisers(session, idea), now=now)
    idea.changed_at = now
    audit.record(session, "clinic.ask", idea, actor=actor, now=now, step=step)


def take_back(session: Session, idea: ClinicIdea, step: str, *, actor, now) -> None:
    """No advice after all. Raises NotFound, WrongState."""
    row = _step(idea, step)
    row.state, row.asked_at = ADVICE.next(row.state, "take_back"), None
    idea.changed_at = now
    _settle(session, idea)
    audit.record(session, "clinic.take_back", idea, actor=actor, now=now, step=step)


def _step(idea, step) -> ClinicStep:
    if idea.state not in CLINIC_WRITABLE:
        raise WrongState
    row = written(idea).get(step)
    if row is None:
        raise NotFound
    return row


def _settle(session, idea) -> None:
    """After a step was answered or taken back: the idea waits for the oldest that still does."""
    waiting = [row.asked_at for row in idea.steps if row.state == "asked"]
    oldest = min(waiting, default=None)
    if oldest != idea.asked_at:
        _wait(session, idea, oldest)


def _wait(session, idea, since) -> None:
    # The day is looked up first: the database takes both columns or neither.
    due = since and calendar.due(session, since, CLINIC_ADVICE_DAYS)
    idea.asked_at, idea.due_at, idea.reminded_at = since, due, None


def mentors(session: Session, actor) -> list[Listing]:
    """Mentors' listings whose accounts the actor may let in."""
    return list(
        session.scalars(
            listings_visible_to(actor)
            .where(
                Listing.kind == "mentor",
                Listing.state == "published",
                Listing.visibility != "masked",
                Listing.owner_user_id.is_not(None),
                Listing.owner_user_id != actor.id,
            )
            .order_by(Listing.title, Listing.id)
            .limit(300)
        )
    )


def let_in(session: Session, idea: ClinicIdea, listing: Listing | None, *, actor, now) -> None:
    """The account behind a mentor's listing may read the idea and advise. Raises WrongState,
    Invalid, Conflict (too many) or TooMany."""
    if idea.state not in CLINIC_WRITABLE:
        raise WrongState
    if listing is None or listing not in mentors(session, actor):
        raise Invalid(N_("Hãy chọn một cố vấn đang đăng trên sàn."), "mentor")
    if listing.owner_user_id in idea.reader_ids:
        raise Invalid(N_("Cố vấn này đã được đọc rồi."), "mentor")
    if len(idea.reader_ids) >= MOST_READERS:
        raise Conflict(
            N_("Đã có %(count)s cố vấn được đọc. Hãy thôi cho một người đọc trước."),
            count=MOST_READERS,
        )
    limits.spend(session, "clinic.account", actor.key, now=now)
    user = session.get(User, listing.owner_user_id)
    idea.readers.append(ClinicReader(user=user, let_in_at=now))
    idea.changed_at = now
    audit.record(session, "clinic.let_in", idea, actor=actor, now=now, reader=user.key)
    session.flush()
    tell_readers(session, "clinic_let_in", idea, [user], now=now)


def shut_out(session: Session, idea: ClinicIdea, person: str, *, actor, now) -> None:
    """The coach or mentor whose account has this key reads no more, from this moment. NotFound for
    somebody who was not let in."""
    readers = [row for row in idea.readers if row.ended_at is None and row.user.key == person]
    coach = idea.coach is not None and idea.coach.key == person
    if not readers and not coach:
        raise NotFound
    for row in readers:
        row.ended_at = now
    if coach:
        idea.coach = None
    idea.changed_at = now
    audit.record(session, "clinic.shut_out", idea, actor=actor, now=now, reader=person)


# --- The coach -----------------------------------------------------------------------------------
def take(session: Session, idea: ClinicIdea, *, actor, now) -> None:
    """A curator will answer; the founder is told who."""
    if idea.coach_id is not None or idea.asked_at is None:
        raise WrongState
    idea.coach, idea.changed_at = session.get(User, actor.id), now
    audit.record(session, "clinic.take", idea, actor=actor, now=now)
    session.flush()
    tell_founder(session, "clinic_taken", idea, now=now)


def give_back(session: Session, idea: ClinicIdea, *, actor, now) -> None:
    """For another curator; who gives it back reads it no more."""
    idea.coach, idea.changed_at = None, now
    audit.record(session, "clinic.give_back", idea, actor=actor, now=now)


def opened(session: Session, idea: ClinicIdea, *, actor, now) -> None:
    """Put on record that somebody else reads it now; to be called before a word is shown."""
    session.add(ClinicView(idea_id=idea.id, actor_id=actor.id, at=now))
    audit.record(session, "clinic.read", idea, actor=actor, now=now)


def advise(session: Session, idea: ClinicIdea, said: Mapping[str, tuple], *, actor, now) -> None:
    """`said`: step -> (verdict, text) for each waiting step that is answered now. Raises
    InvalidForm (fields verdict-STEP and advice-STEP), Invalid when nothing is answered, or
    WrongState for a step that does not wait."""
    errors, answers = {}, {}
    for step, (verdict, text) in said.items():
        text = cleaning.paragraphs(text)
        if not verdict and not text:
            continue
        if verdict not in VERDICTS:
            errors[f"verdict-{step}"] = Invalid(N_("Hãy chọn “Đạt” hoặc “Viết thêm”."))
        elif verdict == "more" and not text:
            errors[f"advice-{step}"] = Invalid(N_("Hãy nói cần viết thêm điều gì."))
        if len(text) > ADVICE_LONGEST:
            errors[f"advice-{step}"] = Invalid(N_("Tối đa %(limit)s ký tự."), limit=ADVICE_LONGEST)
        answers[step] = (verdict, text)
    if errors:
        raise InvalidForm(errors)
    if not answers:
        raise Invalid(N_("Hãy góp ý ít nhất một mục."), f"verdict-{next(iter(said), '')}")
    rows = written(idea)
    for step, (verdict, text) in answers.items():
        if step not in rows:
            raise NotFound
        row = rows[step]
        row.state = ADVICE.next(row.state, VERDICTS[verdict])
        row.advice, row.advised_at, row.advised_by_id = text, now, actor.id
        row.asked_at = None
        audit.record(session, "clinic.advise", idea, actor=actor, now=now, step=step)
    idea.changed_at = now
    _settle(session, idea)
    tell_founder(session, "clinic_advised", idea, now=now)


# --- The clock -----------------------------------------------------------------------------------
def remind_due(session: Session, *, now) -> int:
    """Remind who should advise that the founder has waited as long as was promised, once."""
    ideas = session.scalars(
        select(ClinicIdea).where(ClinicIdea.due_at <= now, ClinicIdea.reminded_at.is_(None))
    ).all()
    for idea in ideas:
        idea.reminded_at = now
        tell_readers(session, "clinic_late", idea, advisers(session, idea), now=now)
        audit.record(session, "clinic.remind", idea, actor=SYSTEM, now=now)
    return len(ideas)
