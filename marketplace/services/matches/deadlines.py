"""No match is lost in silence: reminders after 7 and 14 days, lapse after 21 (section 4.3)."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.actor import SYSTEM
from marketplace.domain.workflow import ANSWER_DAYS, LAPSE_DAYS, MATCH_ASKED, REMINDER_DAYS
from marketplace.models import Match
from marketplace.services import audit, mails
from marketplace.services.matches.steps import advance, answerable

# reminder number -> days after the proposal
_REMINDERS = {1: ANSWER_DAYS, 2: REMINDER_DAYS}


def remind_due(session: Session, *, now) -> int:
    """Mail those who have not answered; each reminder goes out once."""
    sent = 0
    for number, days in _REMINDERS.items():
        for match in session.scalars(
            select(Match).where(
                Match.state.in_(MATCH_ASKED),
                Match.reminders == number - 1,
                Match.asked_at <= now - timedelta(days=days),
            )
        ):
            listing = match.first if match.state == "proposed_to_first" else match.second
            last = match.asked_at + timedelta(days=LAPSE_DAYS)
            for user in answerable(session, listing):
                mails.send(
                    session, "match_reminder", user, now=now, title=listing.title,
                    path=f"/matches/{match.key}", due=last,
                )  # fmt: skip
            match.reminders = number
            match.due_at = last
            audit.record(session, "match.remind", match, actor=SYSTEM, now=now, number=number)
            sent += 1
    return sent


def lapse_due(session: Session, *, now) -> int:
    """Close proposals nobody answered, so that the desk sees them and may try again."""
    late = session.scalars(
        select(Match).where(
            Match.state.in_(MATCH_ASKED), Match.asked_at <= now - timedelta(days=LAPSE_DAYS)
        )
    ).all()
    for match in late:
        advance(session, match, "lapse", actor=SYSTEM, now=now)
    return len(late)
