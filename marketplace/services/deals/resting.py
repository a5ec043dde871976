"""Either side may rest a deal, go on, or call the centre's curator in to read along."""

from sqlalchemy.orm import Session

from marketplace.domain.deals import PAUSES, other
from marketplace.domain.errors import N_, Invalid, NotAllowed, WrongState
from marketplace.models import Match
from marketplace.services import audit, mails
from marketplace.services.deals.sides import demand, side_of, tell

# A claimed agreement waits for an answer, and a verified one for its effect: neither rests.
RESTS_IN = frozenset({"introduced", "in_contact", "negotiating"})


def pause(session: Session, match: Match, reason: str, *, actor, now) -> None:
    """No reminder is sent and the desk asks nobody until a side resumes. Raises Invalid (field
    `reason`), NotAllowed, WrongState."""
    demand("deal.pause", actor, match)
    if match.state not in RESTS_IN or match.deal.paused_at is not None:
        raise WrongState
    if reason not in PAUSES:
        raise Invalid(N_("Hãy chọn một lý do."), "reason")
    side = side_of(actor, match)
    match.deal.paused_at, match.deal.paused_side = now, side
    match.deal.pause_reason = reason
    _record(session, match, "deal.pause", actor, now, reason=reason)
    tell(session, match, other(side), "deal_paused", now=now, reason=PAUSES[reason])


def resume(session: Session, match: Match, *, actor, now) -> None:
    demand("deal.resume", actor, match)
    if match.deal.paused_at is None:
        raise WrongState
    go_on(match)
    _record(session, match, "deal.resume", actor, now)


def go_on(match: Match) -> None:
    """End the rest, if there is one."""
    match.deal.paused_at, match.deal.paused_side, match.deal.pause_reason = None, "", ""


def call_in(session: Session, match: Match, *, actor, now) -> None:
    """From now on the curators who decide on this match read words and values as the parties do.
    Both sides see that they were called."""
    demand("deal.call_in", actor, match)
    if match.deal.called_at is not None:
        raise WrongState
    match.deal.called_at, match.deal.called_side = now, side_of(actor, match)
    _record(session, match, "deal.call_in", actor, now)
    if match.curator is not None and match.curator.disabled_at is None:
        mails.send(
            session, "deal_called", match.curator, now=now, title=match.a.title,
            path=f"/deals/{match.key}",
        )  # fmt: skip


def send_off(session: Session, match: Match, *, actor, now) -> None:
    """The side that called the curator in ends it."""
    demand("deal.call_in", actor, match)
    if match.deal.called_at is None:
        raise WrongState
    if match.deal.called_side != side_of(actor, match):
        raise NotAllowed
    match.deal.called_at, match.deal.called_side = None, ""
    _record(session, match, "deal.send_off", actor, now)


def moved(session: Session, match: Match, action: str, *, actor, now, **facts) -> None:
    """Something happened in the deal (a message, a file, a task): it is not silent."""
    _record(session, match, action, actor, now, **facts)


def _record(session, match, action, actor, now, **facts):
    match.deal.moved_at = now
    audit.record(session, action, match, actor=actor, now=now, **facts)
