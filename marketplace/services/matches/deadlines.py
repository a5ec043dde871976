"""No match is lost in silence: reminders after 7 and 14 days, lapse after 21 (section 4.3)."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.actor import SYSTEM
from marketplace.domain.workflow import ANSWER_DAYS, LAPSE_DAYS, MATCH_ASKED, REMINDER_DAYS
from marketplace.models import Match
from marketplace.services import audit, mails
from marketplace.services.matches import parties
from marketplace.services.matches.steps import advance

# reminder number -> days after the proposal
_REMINDERS = {1: ANSWER_DAYS, 2: REMINDER_DAYS}


def remind_due(session: Session, *, now) -> int:
    """Mail those who have not answered; each reminder goes out once. A client without account or
    address is the curator's to call: the match stays overdue on the desk."""
    sent = 0
    for number, days in _REMINDERS.items():
        for match in session.scalars(
            select(Match).where(
                Match.state.in_(MATCH_ASKED),
                Match.reminders == number - 1,
                Match.asked_at <= now - timedelta(days=days),
            )
        ):
            listing = getattr(match, match.asked)
            last = match.asked_at + timedelta(days=LAPSE_DAYS)
            if parties.tell(
                session, match, listing, "match_reminder", actor=SYSTEM, now=now, due=last
            ):
                match.due_at = last
            elif match.curator is not None and match.curator.disabled_at is None:
                mails.send(
                    session, "match_call", match.curator, now=now, title=listing.title,
                    path=f"/desk/matches/{match.key}?queue=asked", due=last,
                )  # fmt: skip
            match.reminders = number
            audit.record(session, "match.remind", match, actor=SYSTEM, now=now, number=number)
            sent += 1
    return sent


def lapse_due(session: Session, *, now) -> int:
    """End proposals nobody answered. A pair whose first side kept silent is closed, and the desk
    may try again; one whose first side said yes is back on the desk, to ask the second again."""
    late = session.scalars(
        select(Match).where(
            Match.state.in_(MATCH_ASKED), Match.asked_at <= now - timedelta(days=LAPSE_DAYS)
        )
    ).all()
    for match in late:
        step = "lapse" if match.asked == "first" else "lapse_second"
        advance(session, match, step, actor=SYSTEM, now=now)
    return len(late)
