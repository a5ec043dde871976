"""Moving a match: what each step of workflow.MATCH does beside changing the state."""

from datetime import timedelta

from sqlalchemy.orm import Session

from marketplace.domain.cleaning import paragraphs
from marketplace.domain.errors import N_, Conflict, Invalid
from marketplace.domain.vocabulary import FAILURES, REASONS
from marketplace.domain.workflow import ANSWER_DAYS, MATCH
from marketplace.models import Deal, Interest, Match, MatchEvent, Organisation, User
from marketplace.services import audit, mails
from marketplace.services.matches import parties, places

LATER_DAYS = 7
STEP_DAYS = 3  # the desk acts on an answer within so many days
NOTE_LIMIT = 2000

# Steps that need a reason code, and from which table (PRODUCT.md section 3, reason codes).
_NEED_REASON = {
    "dismiss": REASONS,
    "decline_first": REASONS,
    "decline_second": REASONS,
    "fail": REASONS,
    "report_failed": FAILURES,
}
# The desk's own lines: parties never see who triaged or why.
_PRIVATE = {"keep", "dismiss", "later", "undo"}
# step -> days until somebody must act again
_DUE = {
    "keep": STEP_DAYS,
    "later": LATER_DAYS,
    "undo": STEP_DAYS,
    "propose_first": ANSWER_DAYS,
    "express": STEP_DAYS,
    "accept_first": STEP_DAYS,
    "propose_second": ANSWER_DAYS,
    "accept_second": STEP_DAYS,
    "lapse_second": STEP_DAYS,
    "introduce": ANSWER_DAYS,
}


def settle(session: Session, match: Match, steps: list[str], *, actor, now, reason="", note=""):
    """Several steps as one decision, such as keep and propose."""
    for step in steps:
        advance(session, match, step, actor=actor, now=now, reason=reason, note=note)


def advance(
    session: Session,
    match: Match,
    step: str,
    *,
    actor,
    now,
    reason: str = "",
    note: str = "",
    channel: str = "",
) -> None:
    """Take one step; `channel` says how a client without an account answered. Raises WrongState,
    Invalid (no reason), or Conflict when a side has nobody to ask."""
    before, after = match.state, MATCH.next(match.state, step)
    note = paragraphs(note)
    if reason not in _NEED_REASON.get(step, (reason,)):
        raise Invalid(N_("Hãy chọn một lý do."), "reason")
    if len(note) > NOTE_LIMIT:
        raise Invalid(N_("Ghi chú tối đa %(limit)s ký tự."), "note", limit=NOTE_LIMIT)
    match.state, match.changed_at = after, now
    match.due_at = now + timedelta(days=_DUE[step]) if step in _DUE else None
    match.reason = reason if step in _NEED_REASON else ""
    if match.deal is not None:
        match.deal.moved_at = now
    if actor.is_curator and match.curator_id is None:
        match.curator_id = actor.id
    session.add(
        MatchEvent(
            match=match, at=now, step=step, state=after, actor_id=actor.id, reason=match.reason,
            note=note, channel=channel, private=step in _PRIVATE,
        )
    )  # fmt: skip
    facts = {"channel": channel} if channel else {}
    audit.record(
        session, f"match.{step}", match, actor=actor, now=now, before=before, reason=match.reason,
        **facts,
    )  # fmt: skip
    _DOES.get(step, _nothing)(session, match, actor, now)


def _nothing(session, match, actor, now):
    pass


def _propose_first(session, match, actor, now):
    places.require_free(session, match)
    match.known_to_first, match.known_to_second = True, False
    _ask(session, match, match.first, actor, now)


def _propose_second(session, match, actor, now):
    match.known_to_second = True
    _ask(session, match, match.second, actor, now)


def _ask(session, match, listing, actor, now):
    if parties.reach(session, listing).nobody:
        raise Conflict(
            N_("“%(title)s” chưa có tài khoản nào để trả lời. Hãy mời chủ hồ sơ đăng ký trước."),
            title=listing.title,
        )
    match.asked_at, match.reminders = now, 0
    parties.call_back(session, match, listing, now=now)
    parties.tell(session, match, listing, "match_proposed", actor=actor, now=now, due=match.due_at)


def _introduce(session, match, actor, now):
    match.introduced_at = now
    match.deal = Deal(opened_at=now, moved_at=now)
    for listing in (match.first, match.second):
        parties.tell(
            session, match, listing, "match_introduced", actor=actor, now=now,
            days=parties.READ_DAYS,
        )  # fmt: skip


def _declined_by_second(session, match, actor, now):
    """The first side has said yes: it must hear that nothing came of it, without the reason."""
    parties.tell(session, match, match.first, "match_closed", actor=actor, now=now)


def _reported_failed(session, match, actor, now):
    if match.curator is not None and match.curator.disabled_at is None:
        mails.send(
            session, "match_failed", match.curator, now=now, title=match.a.title,
            path=f"/desk/matches/{match.key}?queue=closed",
        )  # fmt: skip


_DOES = {
    "propose_first": _propose_first,
    "propose_second": _propose_second,
    "introduce": _introduce,
    "decline_second": _declined_by_second,
    "report_failed": _reported_failed,
}


def note(session: Session, match: Match, text: str, *, actor, now) -> None:
    """A private line of the curators."""
    text = paragraphs(text)
    if not text:
        raise Invalid(N_("Hãy viết ghi chú."), "note")
    if len(text) > NOTE_LIMIT:
        raise Invalid(N_("Ghi chú tối đa %(limit)s ký tự."), "note", limit=NOTE_LIMIT)
    session.add(
        MatchEvent(
            match=match, at=now, step="note", state=match.state, actor_id=actor.id, note=text,
            private=True,
        )
    )  # fmt: skip
    audit.record(session, "match.note", match, actor=actor, now=now)


def assign(session: Session, match: Match, curator: User | None, *, actor, now) -> None:
    """Give the match to a curator, or to nobody."""
    if curator is not None and curator.role not in ("curator", "lead"):
        raise Invalid(N_("Chỉ giao được cho cán bộ kết nối."), "curator")
    match.curator_id = curator.id if curator is not None else None
    match.changed_at = now
    session.add(
        MatchEvent(
            match=match, at=now, step="assign", state=match.state, actor_id=actor.id,
            note=curator.name if curator is not None else "", private=True,
        )
    )  # fmt: skip
    audit.record(session, "match.assign", match, actor=actor, now=now)


def declare_interest(
    session: Session, organisation: Organisation, reason: str, *, actor, now
) -> None:
    """A curator says so before deciding on an organisation's matters, and is barred from them."""
    if organisation.id in actor.interests:
        return
    session.add(
        Interest(
            user_id=actor.id,
            organisation_id=organisation.id,
            reason=paragraphs(reason)[:300],
            declared_at=now,
        )
    )
    audit.record(session, "interest.declare", organisation, actor=actor, now=now)
