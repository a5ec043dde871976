"""Moving a request: what each step of workflow.SERVICE needs, and whom it tells."""

from sqlalchemy.orm import Session

from marketplace.domain import cleaning
from marketplace.domain.errors import N_, Conflict, Invalid, InvalidForm, WrongState
from marketplace.domain.permissions import allowed
from marketplace.domain.support import (
    MOST_VND,
    NOTE_LONGEST,
    RATINGS,
    REFUSALS,
    RESULT_LONGEST,
)
from marketplace.domain.workflow import SERVICE, SERVICE_AT_DESK, SERVICE_IN_HAND
from marketplace.models import Listing, ServiceEvent, ServiceRequest, User
from marketplace.services import audit
from marketplace.services.accounts import actor_of
from marketplace.services.support import pace
from marketplace.services.support.letters import tell_asker, tell_desk, tell_staff

# step -> the letter the asker gets, and the letter the desk gets
_TELLS_ASKER = {
    "triage": "service_moved",
    "quote": "service_quoted",
    "start": "service_moved",
    "ask_client": "service_question",
    "deliver": "service_delivered",
    "refuse": "service_ended",
    "refer": "service_ended",
    "give_up": "service_ended",
}
_TELLS_DESK = frozenset({"agree", "decline", "answer", "send_back", "cancel"})


def move(
    session: Session, request: ServiceRequest, step: str, *, actor, now, note: str = "", **facts
) -> None:
    """Take a step that was checked. Raises WrongState."""
    before, after = request.state, SERVICE.next(request.state, step)
    late = None
    if before in SERVICE_AT_DESK and request.due_at is not None:
        late = now > request.due_at
    if step == "ask_client":
        request.days_left = pace.left(session, request, now)
    request.state, request.changed_at = after, now
    request.due_at = pace.due(session, request, now)
    if step == "answer":
        request.days_left = None
    request.escalated_at = request.reminded_at = None
    session.add(
        ServiceEvent(
            request=request, at=now, step=step, before=before, state=after, actor_id=actor.id,
            note=note, late=late,
        )
    )  # fmt: skip
    audit.record(session, f"service.{step}", request, actor=actor, now=now, before=before, **facts)
    session.flush()
    if step in _TELLS_ASKER:
        tell_asker(session, request, _TELLS_ASKER[step], now=now)
    if step in _TELLS_DESK:
        tell_desk(session, request, "service_replied", now=now, actor=actor)


def _text(text, field, *, required=True, longest=NOTE_LONGEST) -> str:
    text = cleaning.paragraphs(text)
    if required and not text:
        raise Invalid(N_("Mục này cần điền."), field)
    if len(text) > longest:
        raise Invalid(N_("Tối đa %(limit)s ký tự."), field, limit=longest)
    return text


# --- The desk ----------------------------------------------------------------------------------
def triage(session: Session, request: ServiceRequest, note: str = "", *, actor, now) -> None:
    """`note` is for the asker, like every note but those of `note`."""
    note = _text(note, "note", required=False)
    move(session, request, "triage", actor=actor, now=now, note=note)


def assign(session: Session, request: ServiceRequest, curator: User | None, *, actor, now) -> None:
    """Give it to a curator. Raises Invalid for somebody who is none, or who asked for it."""
    _demand_curator(request, curator)
    request.curator = curator
    move(session, request, "assign", actor=actor, now=now)
    _tell_curator(session, request, actor, now)


def hand_over(
    session: Session, request: ServiceRequest, curator: User | None, *, actor, now
) -> None:
    """Give it to another while it is in hand; the state stays. Raises WrongState, Invalid."""
    if request.state not in SERVICE_IN_HAND:
        raise WrongState
    _demand_curator(request, curator)
    request.curator, request.changed_at = curator, now
    _private(session, request, "hand_over", curator.name, actor, now)
    audit.record(session, "service.hand_over", request, actor=actor, now=now)
    _tell_curator(session, request, actor, now)


def _demand_curator(request, user):
    if user is None or user.role not in ("curator", "lead") or user.disabled_at is not None:
        raise Invalid(N_("Chỉ giao được cho cán bộ kết nối."), "curator")
    if user.id == request.asker_id:
        raise Invalid(N_("Không giao cho chính người yêu cầu."), "curator")


def _tell_curator(session, request, actor, now):
    if request.curator.id != actor.id:
        session.flush()
        tell_staff(session, request, "service_assigned", request.curator, now=now)


def quote(session: Session, request: ServiceRequest, amount: str, text: str, *, actor, now) -> None:
    """`amount` as people type sums; 0 for free of charge. Raises InvalidForm."""
    errors, sum_ = {}, None
    try:
        sum_ = cleaning.money(amount)
    except ValueError:
        errors["amount"] = Invalid(
            N_("Chưa hiểu số tiền. Ví dụ: 280 triệu, 1,25 tỷ hoặc 280.000.000"), "amount"
        )
    if sum_ is not None and sum_ > MOST_VND:
        errors["amount"] = Invalid(N_("Số tiền lớn quá mức có thể."), "amount")
    try:
        text = _text(text, "text")
    except Invalid as error:
        errors["text"] = error
    if errors:
        raise InvalidForm(errors)
    request.quote = {"amount": sum_, "text": text}
    move(session, request, "quote", actor=actor, now=now)


def start(session: Session, request: ServiceRequest, *, actor, now) -> None:
    """Begin: without a price, or with one that was agreed."""
    move(session, request, "start", actor=actor, now=now)


def ask_client(session: Session, request: ServiceRequest, text: str, *, actor, now) -> None:
    move(session, request, "ask_client", actor=actor, now=now, note=_text(text, "note"))


def deliver(session: Session, request: ServiceRequest, text: str, *, actor, now) -> None:
    text = _text(text, "result", longest=RESULT_LONGEST)
    SERVICE.next(request.state, "deliver")
    request.result = text
    move(session, request, "deliver", actor=actor, now=now)


def refuse(
    session: Session, request: ServiceRequest, reason: str, text: str, *, actor, now
) -> None:
    """Raises Invalid without a reason of REFUSALS. `text` tells the asker more."""
    if reason not in REFUSALS:
        raise Invalid(N_("Hãy chọn một lý do."), "reason")
    text = _text(text, "note", required=False)
    SERVICE.next(request.state, "refuse")
    request.reason = reason
    move(session, request, "refuse", actor=actor, now=now, note=text, reason=reason)


def refer(
    session: Session, request: ServiceRequest, listing: Listing | None, text: str, *, actor, now
) -> None:
    """Send the asker to a support organisation of the exchange: a published listing of theirs that
    the asker may open too. Raises Invalid."""
    if (
        listing is None
        or listing.kind != "support"
        or not allowed("listing.view", actor_of(request.asker), listing)
    ):
        raise Invalid(N_("Hãy chọn một tổ chức hỗ trợ đang đăng trên sàn."), "listing")
    text = _text(text, "note", required=False)
    SERVICE.next(request.state, "refer")
    request.referred = listing
    move(session, request, "refer", actor=actor, now=now, note=text)


def give_up(session: Session, request: ServiceRequest, *, actor, now) -> None:
    """The asker was reminded and did not answer. Raises Conflict before that."""
    SERVICE.next(request.state, "give_up")
    if request.reminded_at is None:
        raise Conflict(N_("Chưa tới hạn: hãy đợi người yêu cầu trả lời."))
    request.reason = "no_answer"
    move(session, request, "give_up", actor=actor, now=now, reason="no_answer")


def note(session: Session, request: ServiceRequest, text: str, *, actor, now) -> None:
    """A private line of the desk."""
    _private(session, request, "note", _text(text, "text"), actor, now)
    audit.record(session, "service.note", request, actor=actor, now=now)


def _private(session, request, step, text, actor, now):
    session.add(
        ServiceEvent(
            request=request, at=now, step=step, state=request.state, actor_id=actor.id, note=text,
            private=True,
        )
    )  # fmt: skip


# --- Who asked ---------------------------------------------------------------------------------
def agree(session: Session, request: ServiceRequest, *, actor, now) -> None:
    move(session, request, "agree", actor=actor, now=now)


def decline(session: Session, request: ServiceRequest, text: str = "", *, actor, now) -> None:
    """Back to the curator, who may price it anew."""
    text = _text(text, "note", required=False)
    move(session, request, "decline", actor=actor, now=now, note=text)


def answer(session: Session, request: ServiceRequest, text: str, *, actor, now) -> None:
    move(session, request, "answer", actor=actor, now=now, note=_text(text, "note"))


def send_back(session: Session, request: ServiceRequest, text: str, *, actor, now) -> None:
    """What was delivered is not what was asked for."""
    move(session, request, "send_back", actor=actor, now=now, note=_text(text, "note"))


def confirm(session: Session, request: ServiceRequest, *, actor, now) -> None:
    """By who asked; by the worker when nothing was said for SERVICE_CONFIRM_DAYS."""
    move(session, request, "confirm", actor=actor, now=now)


def rate(session: Session, request: ServiceRequest, rating: str, text: str, *, actor, now) -> None:
    """`rating` is one of RATINGS as typed."""
    if rating not in {str(each) for each in RATINGS}:
        raise Invalid(N_("Hãy chọn một mức."), "rating")
    text = _text(text, "words", required=False)
    SERVICE.next(request.state, "rate")
    request.rating, request.rating_words = int(rating), text
    move(session, request, "rate", actor=actor, now=now)


def cancel(session: Session, request: ServiceRequest, *, actor, now) -> None:
    move(session, request, "cancel", actor=actor, now=now)
