"""Accounts: signing up, proving an address, signing in, resetting, roles.

Answers never tell a stranger whether an address is registered: unknown addresses take the same
words and the same time.
"""

import threading
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain import cleaning
from marketplace.domain.actor import Actor
from marketplace.domain.errors import N_, Conflict, Invalid, InvalidForm, NotAllowed
from marketplace.domain.vocabulary import HATS, ROLES
from marketplace.models import User
from marketplace.services import audit, limits, links, mails, sessions
from marketplace.services.vocabularies import fold

# 19 MiB, 2 passes: OWASP's argon2id profile; 34 ms here, where the library's default takes 400.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_hashing = threading.BoundedSemaphore(2)  # more at once would let sign-ins exhaust the machine
CONSENT_VERSION = "2026-11"
SHORTEST, LONGEST = 12, 128


def hash_password(password: str) -> str:
    with _hashing:
        return _hasher.hash(password)


def _matches(password_hash: str, password: str) -> bool:
    with _hashing:
        try:
            return _hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


@cache
def _nobody() -> str:
    """The hash an unknown address is checked against, so that it takes as long as a known one."""
    return hash_password("nobody signs in with this")


@cache
def _common() -> frozenset[str]:
    path = Path(__file__).resolve().parent.parent / "vocabularies" / "common-passwords.txt"
    return frozenset(path.read_text(encoding="utf-8").split())


def check_password(password: str, *about: str) -> str:
    """The password, if it may be used; raises Invalid with what to do.

    ASVS v5.0.0-6.2: length instead of composition rules, no common word, nothing of the person.
    """
    if len(password) < SHORTEST:
        raise Invalid(
            N_("Mật khẩu cần ít nhất %(length)s ký tự. Một câu ngắn dễ nhớ là tốt nhất."),
            "password",
            length=SHORTEST,
        )
    if len(password) > LONGEST:
        raise Invalid(N_("Mật khẩu tối đa %(length)s ký tự."), "password", length=LONGEST)
    bare = fold(password).replace(" ", "")
    if bare in _common() or len(set(bare)) < 5:
        raise Invalid(N_("Mật khẩu này quá phổ biến, dễ bị đoán. Hãy chọn câu khác."), "password")
    for text in about:
        word = fold(text.split("@")[0]).replace(" ", "")
        if len(word) > 3 and word in bare:
            raise Invalid(
                N_("Mật khẩu không nên chứa tên hoặc địa chỉ thư của bạn."), "password"
            )
    return password


def by_email(session: Session, email: str) -> User | None:
    return session.scalar(select(User).where(User.email == email.strip().lower()))


# --- Signing up --------------------------------------------------------------------------------
def sign_up(session: Session, raw: dict, *, address: str, now) -> User | None:
    """Register a person; returns None when the address already has an account (its owner is told
    by mail, the visitor sees the same page). Raises InvalidForm with all problems at once."""
    limits.check(session, "sign_up.address", address, now=now)
    errors, values = {}, {}
    for name, clean in _SIGN_UP.items():
        try:
            values[name] = clean(raw.get(name) or "")
        except Invalid as error:
            error.field = name
            errors[name] = error
    try:
        check_password(raw.get("password") or "", values.get("name", ""), values.get("email", ""))
    except Invalid as error:
        errors["password"] = error
    hats = [hat for hat in raw.get("hats") or [] if hat in HATS]
    if not raw.get("consent"):
        errors["consent"] = Invalid(
            N_("Cần bạn đồng ý để sàn lưu tên và địa chỉ liên hệ của bạn."), "consent"
        )
    if errors:
        raise InvalidForm(errors)
    limits.note(session, "sign_up.address", address, now=now)
    known = by_email(session, values["email"])
    if known is not None:
        mails.send(session, "already_registered", known, now=now)
        return None
    user = User(
        email=values["email"],
        name=values["name"],
        phone=values["phone"],
        password_hash=hash_password(raw["password"]),
        hats=hats,
        language=raw.get("language") or "vi",
        created_at=now,
        password_changed_at=now,
        consent_version=CONSENT_VERSION,
    )
    session.add(user)
    session.flush()
    audit.record(session, "account.sign_up", user, actor=Actor(id=user.id, role="member"), now=now)
    send_verification(session, user, now=now)
    return user


def _name(text: str) -> str:
    name = cleaning.one_line(text)
    if not 2 <= len(name) <= 120:
        raise Invalid(N_("Hãy ghi họ tên (2 đến 120 ký tự)."))
    return name


def _required_email(text: str) -> str:
    if not text.strip():
        raise Invalid(N_("Hãy ghi địa chỉ thư điện tử."))
    return cleaning.email(text)


def _optional_phone(text: str) -> str:
    return cleaning.phone(text) if text.strip() else ""


_SIGN_UP = {"name": _name, "email": _required_email, "phone": _optional_phone}


def send_verification(session: Session, user: User, *, now) -> None:
    """Mail the link that proves the address; limited per account."""
    limits.check(session, "verify.account", user.email, now=now)
    limits.note(session, "verify.account", user.email, now=now)
    token = links.issue(session, "verify", user=user, now=now)
    mails.send(session, "verify", user, now=now, path=f"/verify/{token}")


def verify(session: Session, token: str, *, now) -> User:
    """Raises Expired for a link that is old or used."""
    row = links.use(session, token, "verify", now=now)
    user = session.get(User, row.user_id)
    user.verified_at = user.verified_at or now
    audit.record(session, "account.verify", user, actor=_as(user), now=now)
    return user


def _as(user: User) -> Actor:
    return Actor(id=user.id, role=user.role)


# --- Signing in --------------------------------------------------------------------------------
WRONG = N_("Địa chỉ thư hoặc mật khẩu chưa đúng.")


def sign_in(session: Session, email: str, password: str, *, address: str, now) -> User | None:
    """The user, or None when address and password do not belong together.

    The caller commits in both cases: a failed try must be counted. Raises TooMany.
    """
    email = email.strip().lower()[:254]
    for action, subject in (
        ("sign_in.account", email),
        ("sign_in.address", address),
        ("sign_in.anybody", "*"),
    ):
        limits.check(session, action, subject, now=now)
    user = by_email(session, email)
    # An over-long password is wrong without being hashed: hashing megabytes is an attack.
    right = len(password) <= LONGEST and _matches(
        user.password_hash if user is not None else _nobody(), password
    )
    if user is None or not right or user.disabled_at is not None:
        for action, subject in (
            ("sign_in.account", email),
            ("sign_in.address", address),
            ("sign_in.anybody", "*"),
        ):
            limits.note(session, action, subject, now=now)
        return None
    limits.forget(session, "sign_in.account", email)
    if _hasher.check_needs_rehash(user.password_hash):
        user.password_hash = hash_password(password)
    audit.record(session, "account.sign_in", user, actor=_as(user), now=now)
    return user


# --- Forgetting and changing -------------------------------------------------------------------
def request_reset(session: Session, email: str, *, address: str, now) -> None:
    """Mail a reset link if the address is known; the visitor sees the same either way."""
    email = cleaning.email(email)
    limits.check(session, "reset.address", address, now=now)
    limits.note(session, "reset.address", address, now=now)
    user = by_email(session, email)
    if user is None or user.disabled_at is not None:
        return
    limits.check(session, "reset.account", email, now=now)
    limits.note(session, "reset.account", email, now=now)
    token = links.issue(session, "reset", user=user, now=now)
    mails.send(session, "reset", user, now=now, path=f"/reset/{token}")
    audit.record(session, "account.request_reset", user, actor=_as(user), now=now)


def reset(session: Session, token: str, password: str, *, now) -> User:
    """Set a new password by a mailed link; every session of the account ends."""
    row = links.look(session, token, "reset", now=now)
    user = session.get(User, row.user_id)
    check_password(password, user.name, user.email)
    links.use(session, token, "reset", now=now)
    _set_password(session, user, password, now=now)
    user.verified_at = user.verified_at or now  # the link proved the address as well
    audit.record(session, "account.reset", user, actor=_as(user), now=now)
    return user


def change_password(
    session: Session, user: User, old: str, new: str, *, token: str, now
) -> None:
    """Change one's own password; other sessions end, the one with `token` stays."""
    if len(old) > LONGEST or not _matches(user.password_hash, old):
        raise Invalid(N_("Mật khẩu hiện tại chưa đúng."), "old")
    check_password(new, user.name, user.email)
    user.password_hash = hash_password(new)
    sessions.end(session, user.id, now=now, but=token)
    audit.record(session, "account.change_password", user, actor=_as(user), now=now)
    mails.send(session, "password_changed", user, now=now)


def _set_password(session, user, password, *, now):
    user.password_hash = hash_password(password)
    user.password_changed_at = now
    sessions.end(session, user.id, now=now)
    mails.send(session, "password_changed", user, now=now)


def save_profile(session: Session, user: User, raw: dict, *, actor, now) -> None:
    """Name, phone, hats and language of oneself. Raises InvalidForm."""
    errors, values = {}, {}
    for name, clean in {"name": _name, "phone": _optional_phone}.items():
        try:
            values[name] = clean(raw.get(name) or "")
        except Invalid as error:
            error.field = name
            errors[name] = error
    if errors:
        raise InvalidForm(errors)
    user.name, user.phone = values["name"], values["phone"]
    user.hats = [hat for hat in raw.get("hats") or [] if hat in HATS]
    user.language = "en" if raw.get("language") == "en" else "vi"
    audit.record(session, "account.save_profile", user, actor=actor, now=now)


# --- Administration ----------------------------------------------------------------------------
def set_role(session: Session, user: User, role: str, *, actor, now) -> None:
    """Give a role; one's own stays (nobody locks the last door behind himself)."""
    if role not in ROLES or role == "guest":
        raise Invalid(N_("Vai trò không có trong danh sách."), "role")
    if user.id == actor.id:
        raise NotAllowed(N_("Bạn không thể tự đổi vai trò của mình."))
    before, user.role = user.role, role
    sessions.end(session, user.id, now=now)
    audit.record(session, "user.set_role", user, actor=actor, now=now, before=before, after=role)


def disable(session: Session, user: User, *, actor, now) -> None:
    if user.id == actor.id:
        raise NotAllowed(N_("Bạn không thể tự khóa tài khoản của mình."))
    user.disabled_at = now
    sessions.end(session, user.id, now=now)
    audit.record(session, "user.disable", user, actor=actor, now=now)


def enable(session: Session, user: User, *, actor, now) -> None:
    user.disabled_at = None
    audit.record(session, "user.enable", user, actor=actor, now=now)


def create_admin(session: Session, email: str, name: str, *, now) -> tuple[User, str]:
    """The first sysadmin, with a one-time token to choose a password. Raises Conflict when the
    address is taken."""
    email = cleaning.email(email)
    if by_email(session, email) is not None:
        raise Conflict(N_("Địa chỉ thư này đã có tài khoản."))
    user = User(
        email=email,
        name=_name(name),
        password_hash="!",  # noqa: S106 - no password matches it
        role="sysadmin",
        created_at=now,
        verified_at=now,
        password_changed_at=now,
    )
    session.add(user)
    session.flush()
    audit.record(session, "account.create_admin", user, actor=_as(user), now=now)
    return user, links.issue(session, "reset", user=user, now=now)
