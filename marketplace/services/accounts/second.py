"""The second factor: six digits from a person's phone (TOTP, RFC 6238, by pyotp), or a recovery
code.

Members may use it; staff must, outside the sample mode (web/accounts/second.py asks for it).
"""

import hashlib
import secrets
from datetime import timedelta
from typing import NoReturn

from pyotp import TOTP, random_base32
from pyotp.exceptions import OTPVerificationError
from sqlalchemy.orm import Session

from marketplace.domain.errors import N_, Invalid
from marketplace.models import LoginSession, User
from marketplace.services import audit, limits, mails, sessions
from marketplace.services.accounts.finding import actor_of
from marketplace.services.accounts.own import prove

DRIFT = 1  # codes of 30 seconds before and after that count too: clocks differ
RECOVERY_CODES = 10
FRESH = timedelta(minutes=15)  # a session as young has just shown the password
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is read as something else


# --- Codes --------------------------------------------------------------------------------------
def new_secret() -> str:
    """What the phone and the site share: 160 bits in base32."""
    return random_base32()


def address_of(secret: str, email: str, issuer: str) -> str:
    """The otpauth address an authenticator reads from the QR code."""
    return TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)


def step_of_code(secret: str, code: str, *, after: int, now) -> int | None:
    """The step the code is for, if it is near now and later than the last one used."""
    digits = "".join(code.split())
    try:
        step = TOTP(secret).verify_and_get_timecode(digits, for_time=now, valid_window=DRIFT)
    except OTPVerificationError:
        return None
    return step if step > after else None


# --- Setting up, showing, taking away -----------------------------------------------------------
# Success forgets the first only: the owner's coming and going is no new chance for a guesser.
_TRIES = ("second.account", "second.hour", "second.day")
WRONG_CODE = N_("Mã chưa đúng hoặc đã dùng. Hãy đợi mã mới trên điện thoại rồi gõ lại.")


def wants_password(row: LoginSession, *, now) -> bool:
    """Whether the session is too old to set up a second factor in without the password: whoever
    finds an open browser must not lock its owner out."""
    return now - row.created_at > FRESH


def enrol(
    session: Session, user: User, row: LoginSession, secret: str, code: str, password: str, *, now
) -> tuple[str, list[str]]:
    """Begin to use `secret`, once the phone has shown that it knows it. Returns the session's new
    token and the recovery codes, which are never shown again. Raises TooMany, and Invalid (`code`
    or `password`), after which the caller commits: tries count."""
    if wants_password(row, now=now):
        prove(session, user, password, "password", now=now)
    _check(session, user, now)
    step = step_of_code(secret, code, after=0, now=now)
    if step is None:
        _refuse(session, user, now)
    limits.forget(session, "second.account", user.email)
    codes = [_recovery_code() for _number in range(RECOVERY_CODES)]
    user.totp_secret, user.totp_step = secret, step
    user.recovery_codes = [_hash(each) for each in codes]
    token = sessions.prove_second(session, row, now=now)
    sessions.end(session, user.id, now=now, but=token)
    audit.record(session, "account.enrol_second", user, actor=actor_of(user), now=now)
    mails.send(session, "second_factor_on", user, now=now)
    return token, codes


def show(session: Session, user: User, row: LoginSession, code: str, *, now) -> str:
    """Let the session in with a code of the phone, or with a recovery code, which burns. Returns
    the session's new token. Raises Invalid, after which the caller commits: tries count."""
    _check(session, user, now)
    step = step_of_code(user.totp_secret, code, after=user.totp_step, now=now)
    burnt = _hash(code)
    if step is not None:
        user.totp_step = step
    elif burnt in user.recovery_codes:
        user.recovery_codes = [each for each in user.recovery_codes if each != burnt]
        mails.send(session, "recovery_code_used", user, now=now, left=len(user.recovery_codes))
    else:
        _refuse(session, user, now)
    limits.forget(session, "second.account", user.email)
    audit.record(
        session, "account.show_second", user, actor=actor_of(user), now=now, recovery=step is None
    )
    return sessions.prove_second(session, row, now=now)


def _check(session, user, now) -> None:
    for action in _TRIES:
        limits.check(session, action, user.email, now=now)


def _refuse(session, user, now) -> NoReturn:
    for action in _TRIES:
        limits.note(session, action, user.email, now=now)
    audit.record(session, "account.second_refused", user, actor=actor_of(user), now=now)
    raise Invalid(WRONG_CODE, "code")


def take_away(session: Session, user: User, *, actor, now) -> None:
    """End the second factor: by oneself, or by a sysadmin for somebody whose phone is lost and
    whom he knows it to be. Every session ends."""
    user.totp_secret, user.totp_step, user.recovery_codes = None, 0, []
    sessions.end(session, user.id, now=now)
    audit.record(session, "account.end_second", user, actor=actor, now=now)
    mails.send(session, "second_factor_off", user, now=now)


def _recovery_code() -> str:
    letters = "".join(secrets.choice(_ALPHABET) for _number in range(12))
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def _hash(code: str) -> str:
    """Random codes of 58 bits need no slow hash."""
    plain = "".join(c for c in code.upper() if c.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()
