"""What happened between the parties: noted by one side, and true once the other confirms it."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.cleaning import paragraphs
from marketplace.domain.deals import MILESTONES, other
from marketplace.domain.errors import N_, Conflict, Invalid, NotAllowed, NotFound, WrongState
from marketplace.domain.workflow import MATCH
from marketplace.models import Match, Milestone
from marketplace.services import audit
from marketplace.services.deals.sides import NOTE_LIMIT, acting, tell, today
from marketplace.services.matches.steps import advance

MOST = 60  # of one deal
# kind of milestone -> the step of the match it is by itself, where that step is open.
_MOVES = {
    "contact": "report_contact", "meeting": "report_contact", "visit": "report_contact",
    "trial": "negotiate", "offer": "negotiate", "draft": "negotiate", "signed": "negotiate",
}  # fmt: skip


def note(
    session: Session, match: Match, kind: str, on: date | None, text: str = "", *, actor, now,
    side="", channel="",
) -> Milestone:  # fmt: skip
    """Write down what happened; the other side is asked to confirm it. Raises Invalid (fields
    `kind`, `on`, `note`, `side`, `channel`), NotAllowed, or Conflict for one too many."""
    side = acting(session, "deal.note", match, actor=actor, side=side, channel=channel)
    text = paragraphs(text)
    if kind not in MILESTONES:
        raise Invalid(N_("Hãy chọn việc đã diễn ra."), "kind")
    if on is None:
        raise Invalid(N_("Hãy ghi ngày, ví dụ 30/06/2026."), "on")
    if on > today(now):
        raise Invalid(N_("Chỉ ghi việc đã diễn ra: ngày không được sau hôm nay."), "on")
    if len(text) > NOTE_LIMIT:
        raise Invalid(N_("Ghi chú tối đa %(limit)s ký tự."), "note", limit=NOTE_LIMIT)
    deal = match.deal
    if len([each for each in deal.milestones if each.state != "removed"]) >= MOST:
        raise Conflict(N_("Đã ghi đủ %(most)s mốc cho giao dịch này."), most=MOST)
    row = Milestone(
        deal=deal, kind=kind, on=on, said={"note": text} if text else {}, channel=channel,
        noted_side=side, noted_by_id=actor.id, noted_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _moved(session, match, row, "deal.note", actor, now)
    step = _MOVES[kind]
    if match.state in MATCH.step(step).from_:
        advance(session, match, step, actor=actor, now=now, channel=channel)
    tell(session, match, other(side), "deal_milestone", now=now, kind=MILESTONES[kind])
    return row


def confirm(session: Session, row: Milestone, *, actor, now, side="", channel="") -> None:
    """The other side says it was so. Raises NotAllowed to the side that noted it, to whoever wrote
    it down, and WrongState where it was answered already."""
    _answering(session, row, actor, side, channel)
    row.confirmed_at, row.confirmed_by_id, row.confirmed_channel = now, actor.id, channel
    _moved(session, row.deal.match, row, "deal.confirm", actor, now)


def deny(session: Session, row: Milestone, *, actor, now, side="", channel="") -> None:
    """The other side says it was not so. Raises as `confirm`."""
    _answering(session, row, actor, side, channel)
    row.denied_at = now
    _moved(session, row.deal.match, row, "deal.deny", actor, now)


def remove(session: Session, row: Milestone, *, actor, now, side="", channel="") -> None:
    """Taken back by the side that noted it, while nobody confirmed it."""
    match = row.deal.match
    mine = acting(session, "deal.note", match, actor=actor, side=side, channel=channel)
    if mine != row.noted_side:
        raise NotAllowed
    if row.state not in ("noted", "denied"):
        raise WrongState
    row.removed_at = now
    _moved(session, match, row, "deal.take_back", actor, now)


def by_key(session: Session, key: str) -> Milestone:
    """Raises NotFound."""
    row = session.scalar(select(Milestone).where(Milestone.key == key))
    if row is None:
        raise NotFound
    return row


def _answering(session, row, actor, side, channel) -> None:
    match = row.deal.match
    mine = acting(session, "deal.confirm", match, actor=actor, side=side, channel=channel)
    if mine == row.noted_side or actor.id == row.noted_by_id:
        raise NotAllowed
    if row.state != "noted":
        raise WrongState


def _moved(session, match, row, action, actor, now) -> None:
    match.deal.moved_at = now
    audit.record(session, action, match, actor=actor, now=now, kind=row.kind)
