"""Coming in: registering, proving an address, signing in."""

from sqlalchemy.orm import Session

from marketplace.domain import cleaning
from marketplace.domain.actor import GUEST
from marketplace.domain.errors import N_, Invalid, InvalidForm, NotAllowed, TooMany
from marketplace.domain.vocabulary import HATS
from marketplace.models import User
from marketplace.services import audit, limits, links, mails
from marketplace.services.accounts.finding import actor_of, by_email
from marketplace.services.accounts.passwords import (
    check_password,
    hash_password,
    matches,
    outdated,
)

CONSENT_VERSION = "2026-11b"  # of the text beside the box; a new text gets a new version


# --- Signing up --------------------------------------------------------------------------------
def sign_up(session: Session, raw: dict, *, address: str, now) -> User | None:
    """Register a person; returns None when the address already has an account (its owner is told
    by mail, the visitor sees the same page). Raises InvalidForm with all problems at once."""
    limits.check(session, "sign_up.address", address, now=now)
    values, errors = clean(raw, _SIGN_UP)
    about = (values.get("name", ""), values.get("email", ""))
    try:
        check_password(raw.get("password") or "", *about)
    except Invalid as error:
        errors["password"] = error
    if not raw.get("consent"):
        errors["consent"] = Invalid(
            N_("Cần bạn đồng ý để sàn lưu tên và địa chỉ liên hệ của bạn."), "consent"
        )
    if errors:
        raise InvalidForm(errors)
    session.rollback()  # nothing is written yet, and hashing must not hold the write lock
    password_hash = hash_password(raw["password"])  # also for a known address: the same time
    limits.note(session, "sign_up.address", address, now=now)
    known = by_email(session, values["email"])
    if known is not None:
        _tell_owner(session, known, now=now)
        return None
    user = User(
        **values,
        password_hash=password_hash,
        hats=[hat for hat in raw.get("hats") or [] if hat in HATS],
        language="en" if raw.get("language") == "en" else "vi",
        created_at=now,
        password_changed_at=now,
        consent_version=CONSENT_VERSION,
        consented_at=now,
    )
    session.add(user)
    session.flush()
    audit.record(
        session, "account.sign_up", user, actor=actor_of(user), now=now, consent=CONSENT_VERSION
    )
    send_verification(session, user, now=now)
    return user


def _tell_owner(session, user, *, now) -> None:
    """Say that somebody tried the address, but never so often that it becomes a nuisance."""
    try:
        limits.spend(session, "told.account", user.email, now=now)
    except TooMany:
        return
    mails.send(session, "already_registered", user, now=now)


def clean(raw: dict, cleaners: dict) -> tuple[dict, dict[str, Invalid]]:
    """(acceptable values, what is wrong with the others), by field name."""
    values, errors = {}, {}
    for name, cleaner in cleaners.items():
        try:
            values[name] = cleaner(str(raw.get(name) or ""))
        except Invalid as error:
            error.field = name
            errors[name] = error
    return values, errors


def person_name(text: str) -> str:
    name = cleaning.one_line(text)
    if not 2 <= len(name) <= 120:
        raise Invalid(N_("Hãy ghi họ tên (2 đến 120 ký tự)."))
    return name


def required_email(text: str) -> str:
    if not text.strip():
        raise Invalid(N_("Hãy ghi địa chỉ thư điện tử."))
    return cleaning.email(text)


def optional_phone(text: str) -> str:
    return cleaning.phone(text) if text.strip() else ""


_SIGN_UP = {"name": person_name, "email": required_email, "phone": optional_phone}


# --- Proving the address -----------------------------------------------------------------------
def send_verification(session: Session, user: User, *, now) -> None:
    """Mail the link that proves the address; limited per account."""
    limits.spend(session, "verify.account", user.email, now=now)
    token = links.issue(session, "verify", user=user, now=now)
    mails.send(session, "verify", user, now=now, path=f"/verify/{token}")


def verify(session: Session, token: str, *, now) -> User:
    """Raises Expired for a link that is old or used."""
    row = links.use(session, token, "verify", now=now)
    user = session.get(User, row.user_id)
    user.verified_at = user.verified_at or now
    audit.record(session, "account.verify", user, actor=actor_of(user), now=now)
    return user


# --- Signing in --------------------------------------------------------------------------------
WRONG = N_("Địa chỉ thư hoặc mật khẩu chưa đúng.")


def sign_in(session: Session, email: str, password: str, *, address: str, now) -> User | None:
    """The user, or None when address and password do not belong together.

    The caller commits in all cases but TooMany: a failed try must be counted. Raises TooMany, and
    NotAllowed when the password is right but the account is disabled.
    """
    email = email.strip().lower()[:254]
    counters = (
        ("sign_in.account", email),
        ("sign_in.address", address),
        ("sign_in.anybody", "*"),
    )
    _check(session, counters, now)
    user = by_email(session, email)
    kept = user.password_hash if user is not None else None
    session.rollback()  # hashing must not hold the write lock
    right = matches(kept, password)
    new_hash = hash_password(password) if right and outdated(kept) else None
    # Others may have tried meanwhile: who came over the limit gets no answer, not even the right.
    _check(session, counters, now)
    user = by_email(session, email)  # read anew, also where there is none: the same work
    if not right or user is None or user.password_hash != kept:
        for action, subject in counters:
            limits.note(session, action, subject, now=now)
        audit.record(session, "account.sign_in_refused", user, actor=GUEST, now=now)
        return None
    limits.forget(session, "sign_in.account", email)
    if user.disabled_at is not None:
        audit.record(session, "account.sign_in_refused", user, actor=GUEST, now=now)
        raise NotAllowed(N_("Tài khoản này đang bị khóa. Hãy gọi đường dây hỗ trợ để mở lại."))
    if new_hash:
        user.password_hash = new_hash
    audit.record(session, "account.sign_in", user, actor=actor_of(user), now=now)
    return user


def _check(session, counters, now):
    for action, subject in counters:
        limits.check(session, action, subject, now=now)
