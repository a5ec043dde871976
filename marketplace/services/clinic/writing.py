"""The founder's side: begin, write, give up. Each saved change is a version with a stamp of its
own."""

import secrets

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from marketplace.domain import cleaning
from marketplace.domain.clinic import (
    ADVICE,
    ANSWERED,
    CLINIC,
    CLINIC_WRITABLE,
    IDEAS_PER_MEMBER,
    MOST_CHECKS,
    STEPS,
    TEXT_LONGEST,
    TITLE_LONGEST,
    TITLE_SHORTEST,
    stamped_text,
)
from marketplace.domain.errors import N_, Conflict, Invalid, NotFound, WrongState
from marketplace.models import ClinicIdea, ClinicReceipt, ClinicStep, ClinicVersion
from marketplace.services import audit, limits
from marketplace.services.clinic import chain
from marketplace.services.clinic.reading import texts, written


def _title(text: str) -> str:
    title = cleaning.one_line(text)
    if not TITLE_SHORTEST <= len(title) <= TITLE_LONGEST:
        raise Invalid(
            N_("Hãy đặt tên tạm, từ %(least)s đến %(most)s ký tự."), "title",
            least=TITLE_SHORTEST, most=TITLE_LONGEST,
        )  # fmt: skip
    return title


def start(session: Session, title: str, *, actor, now, is_sample: bool = False) -> ClinicIdea:
    """A new idea with a working title. Raises Invalid, Conflict (too many open) or TooMany."""
    title = _title(title)
    standing = session.scalar(
        select(func.count(ClinicIdea.id)).where(
            ClinicIdea.founder_id == actor.id, ClinicIdea.state.in_(CLINIC_WRITABLE)
        )
    )
    if standing >= IDEAS_PER_MEMBER:
        raise Conflict(
            N_("Bạn đang có %(count)s ý tưởng đang viết. Hãy khép lại một ý tưởng trước."),
            count=IDEAS_PER_MEMBER,
        )
    limits.spend(session, "clinic.account", actor.key, now=now)
    idea = ClinicIdea(
        founder_id=actor.id, title=title, created_at=now, changed_at=now, is_sample=is_sample
    )
    session.add(idea)
    session.flush()
    audit.record(session, "clinic.start", idea, actor=actor, now=now)
    return idea


def rename(session: Session, idea: ClinicIdea, title: str, *, actor, now) -> None:
    """Another working title; it is stamped with the next text. Raises Invalid, WrongState."""
    _demand_writable(idea)
    idea.title, idea.changed_at = _title(title), now
    audit.record(session, "clinic.rename", idea, actor=actor, now=now)


def _demand_writable(idea):
    if idea.state not in CLINIC_WRITABLE:
        raise WrongState


def write(
    session: Session, idea: ClinicIdea, step: str, text: str, checks: list[str], *, actor, now
) -> ClinicReceipt | None:
    """Keep what the founder wrote for a step and stamp the whole idea; None where no word changed.
    `checks` are the numbers of the lines they ticked. A step that was answered waits anew to be
    asked for. Raises NotFound, Invalid, WrongState or TooMany."""
    if step not in STEPS:
        raise NotFound
    _demand_writable(idea)
    text = cleaning.paragraphs(text)
    if len(text) > TEXT_LONGEST:
        raise Invalid(N_("Tối đa %(limit)s ký tự."), "text", limit=TEXT_LONGEST)
    row = written(idea).get(step)
    if row is not None and row.state == "asked" and not text:
        raise Invalid(N_("Mục đang chờ góp ý nên chưa để trống được."), "text")
    if row is None:
        row = ClinicStep(idea=idea, step=step, text="", checks=[], state="writing")
        session.add(row)
    changed = row.text != text
    known = {str(number): number for number in range(MOST_CHECKS)}
    row.checks = sorted({known[each] for each in checks if each in known})
    row.text, idea.changed_at = text, now
    if changed and row.state in ANSWERED:
        row.state = ADVICE.next(row.state, "rewrite")
    audit.record(session, "clinic.write", idea, actor=actor, now=now, step=step)
    return _stamp(session, idea, actor, now) if changed and text else None


def _stamp(session, idea, actor, now) -> ClinicReceipt:
    limits.spend(session, "clinic.account", actor.key, now=now)
    session.flush()
    text = stamped_text(idea.founder.name, idea.title, texts(idea), secrets.token_hex(16))
    receipt = chain.stamp(session, text, now=now)
    last = session.scalar(
        select(func.max(ClinicVersion.number)).where(ClinicVersion.idea_id == idea.id)
    )
    session.add(
        ClinicVersion(
            idea_id=idea.id, number=(last or 0) + 1, receipt_number=receipt.number, text=text
        )
    )
    audit.record(session, "clinic.stamp", idea, actor=actor, now=now, receipt=receipt.number)
    session.flush()
    return receipt


def shut(idea: ClinicIdea, *, now) -> None:
    """Nobody but the founder reads it from now on, and nobody is asked any more."""
    idea.coach, idea.asked_at, idea.due_at, idea.reminded_at = None, None, None, None
    for reader in idea.readers:
        reader.ended_at = reader.ended_at or now
    for row in idea.steps:
        if row.state == "asked":
            row.state, row.asked_at = ADVICE.next(row.state, "take_back"), None


def close(session: Session, idea: ClinicIdea, *, actor, now) -> None:
    """Done, or not gone on with: it stays readable for its founder alone. Raises WrongState."""
    idea.state, idea.changed_at = CLINIC.next(idea.state, "close"), now
    shut(idea, now=now)
    audit.record(session, "clinic.close", idea, actor=actor, now=now)


def withdraw(session: Session, idea: ClinicIdea, *, actor, now) -> None:
    """Delete every word of it: title, steps, advice, stamped texts and their salts. Receipts stay,
    and so does who read it when. A draft profile made of it is the founder's to delete. Raises
    WrongState."""
    idea.state, idea.changed_at = CLINIC.next(idea.state, "withdraw"), now
    shut(idea, now=now)
    idea.title = ""
    session.flush()
    session.execute(delete(ClinicStep).where(ClinicStep.idea_id == idea.id))
    for row in session.scalars(select(ClinicVersion).where(ClinicVersion.idea_id == idea.id)):
        row.text = ""
    audit.record(session, "clinic.withdraw", idea, actor=actor, now=now)
    session.flush()
    session.expire(idea, ["steps"])
