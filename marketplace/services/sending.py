"""Mail on its way out: what waits is handed to the server, and what it will not take is shown.

A server that is away is waited for, however long: nothing is given up for that. A mail that the
server refuses for good, again and again, is given up, and stands on the system administrator's
page until somebody has seen to it.
"""

import logging
import smtplib
from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from marketplace.domain.errors import NotFound
from marketplace.models import Mail, db, utcnow
from marketplace.services import audit
from marketplace.services.background import changing, reading

log = logging.getLogger(__name__)

BATCH = 20
REFUSALS = 5  # so often refused for good, a mail is given up
SHOWN = 100  # given up mails on one page

WAITING = Mail.sent_at.is_(None), Mail.refusals < REFUSALS
GIVEN_UP = Mail.sent_at.is_(None), Mail.refusals >= REFUSALS


def send_waiting(deliver) -> int:
    """Deliver waiting mails; `deliver(row)` raises OSError when the server does not take it, and
    ValueError for one that cannot be written as a mail: it waits too, and holds up no other.
    Returns how many were taken.

    A mail is marked sent only after the server accepted it, so a crash repeats at most the one in
    flight, with the same Message-ID.
    """
    reading()
    now = utcnow()
    ids = db.session.scalars(
        select(Mail.id).where(*WAITING, Mail.run_after <= now).order_by(Mail.id).limit(BATCH)
    ).all()
    sent = 0
    for mail_id in ids:
        reading()
        row = db.session.get(Mail, mail_id)
        away = False
        try:
            deliver(row)
            values = {"sent_at": utcnow(), "error": ""}
            sent += 1
        except (OSError, ValueError) as error:
            away = _is_away(error)
            values = {
                "attempts": row.attempts + 1,
                "refusals": row.refusals + _for_good(error),
                "error": type(error).__name__,
                "run_after": utcnow() + timedelta(minutes=2 ** min(row.attempts, 8)),
            }
            log.warning("mail %s not sent: %s", row.key, type(error).__name__)
        changing()
        db.session.execute(update(Mail).where(Mail.id == mail_id).values(**values))
        db.session.commit()
        if away:  # the others would only wait for the same silence
            break
    return sent


def _is_away(error) -> bool:
    """Whether it was not this mail but the way to the server that failed."""
    lost = (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError)
    return isinstance(error, lost) or not isinstance(error, (ValueError, smtplib.SMTPException))


def _for_good(error) -> bool:
    """Whether trying again will not help: codes from 500 are permanent (RFC 5321, 4.2.1)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _words in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code >= 500
    return isinstance(error, (ValueError, smtplib.SMTPNotSupportedError))


def counts(session: Session) -> tuple[int, int]:
    """(how many mails wait, how many were given up)."""
    return tuple(
        session.scalar(select(func.count(Mail.id)).where(*which)) for which in (WAITING, GIVEN_UP)
    )


def given_up(session: Session) -> list[Mail]:
    """The mails no server takes, the latest first."""
    return list(
        session.scalars(select(Mail).where(*GIVEN_UP).order_by(Mail.id.desc()).limit(SHOWN))
    )


def try_again(session: Session, key: str, *, actor, now) -> None:
    """Send a given up mail after all. Raises NotFound for one that is not."""
    row = session.scalar(select(Mail).where(Mail.key == key, *GIVEN_UP))
    if row is None:
        raise NotFound
    row.refusals = row.attempts = 0
    row.run_after = now
    audit.record(session, "mail.try_again", row, actor=actor, now=now)
