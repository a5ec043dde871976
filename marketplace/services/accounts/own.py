"""What people change about themselves."""

from sqlalchemy.orm import Session

from marketplace.domain.errors import N_, Conflict, Expired, Invalid, InvalidForm
from marketplace.domain.vocabulary import HATS
from marketplace.models import User
from marketplace.services import audit, limits, links, mails, sessions
from marketplace.services.accounts.entry import (
    clean,
    optional_phone,
    person_name,
    required_email,
)
from marketplace.services.accounts.finding import actor_of, by_email
from marketplace.services.accounts.passwords import (
    check_password,
    hash_password,
    keep_password,
    matches,
)

_PROFILE = {"name": person_name, "phone": optional_phone}


def save_profile(session: Session, user: User, raw: dict, *, actor, now) -> None:
    """Name, phone, hats and language of oneself. Raises InvalidForm."""
    values, errors = clean(raw, _PROFILE)
    if errors:
        raise InvalidForm(errors)
    user.name, user.phone = values["name"], values["phone"]
    user.hats = [hat for hat in raw.get("hats") or [] if hat in HATS]
    user.language = "en" if raw.get("language") == "en" else "vi"
    audit.record(session, "account.save_profile", user, actor=actor, now=now)


def prove(session: Session, user: User, password: str, field: str, *, now) -> None:
    """Whoever changes the keys of an account shows that he holds them: raises Invalid at `field`,
    and TooMany for one who guesses behind somebody's open session."""
    limits.check(session, "prove.account", user.email, now=now)
    kept, email = user.password_hash, user.email
    session.rollback()  # hashing must not hold the write lock
    if matches(kept, password):
        return
    limits.note(session, "prove.account", email, now=now)
    raise Invalid(N_("Mật khẩu hiện tại chưa đúng."), field)


def change_password(session: Session, user: User, old: str, new: str, *, token: str, now) -> str:
    """Change one's own password. Every session ends; returns the token of the one opened in place
    of the session `token`. Raises Invalid, after which the caller commits: guesses count."""
    prove(session, user, old, "old", now=now)
    check_password(new, user.name, user.email)
    session.rollback()  # hashing must not hold the write lock
    password_hash = hash_password(new)
    keep_password(user, password_hash, now=now)
    links.revoke(session, user, now=now)
    renewed = sessions.renew(session, user, token, now=now)
    audit.record(session, "account.change_password", user, actor=actor_of(user), now=now)
    mails.send(session, "password_changed", user, now=now)
    return renewed


# --- Another address ---------------------------------------------------------------------------
def request_email(session: Session, user: User, raw: dict, *, now) -> str:
    """Mail a link to the new address, which takes effect when the link is opened; returns the
    address. Raises Invalid or InvalidForm; guesses count, so the caller commits."""
    prove(session, user, raw.get("email_password") or "", "email_password", now=now)
    values, errors = clean(raw, {"email": required_email})
    if not errors and values["email"] == user.email:
        errors["email"] = Invalid(N_("Đây đã là địa chỉ của tài khoản."), "email")
    if errors:
        raise InvalidForm(errors)
    email = values["email"]
    limits.spend(session, "change_email.account", user.email, now=now)
    other = by_email(session, email)
    if other is not None:  # its owner is told; the asker learns nothing
        mails.send(session, "already_registered", other, now=now)
    else:
        token = links.issue(session, "change_email", user=user, now=now, email=email)
        mails.send(
            session,
            "change_email",
            email,
            now=now,
            language=user.language,
            person=user.name,
            path=f"/verify-email/{token}",
        )
    audit.record(session, "account.request_email", user, actor=actor_of(user), now=now)
    return email


def confirm_email(session: Session, token: str, *, now) -> User:
    """Take the new address the link was sent to; the old one is told. Raises Expired, and
    Conflict when somebody registered the address meanwhile."""
    row = links.use(session, token, "change_email", now=now)
    user = session.get(User, row.user_id)
    email = row.payload.get("email")
    if not email:
        raise Expired
    if by_email(session, email) is not None:
        raise Conflict(
            N_("Địa chỉ này vừa được một tài khoản khác dùng. Địa chỉ cũ vẫn giữ nguyên.")
        )
    mails.send(session, "email_changed", user, now=now)
    user.email, user.verified_at = email, now
    links.revoke(session, user, now=now)
    sessions.end(session, user.id, now=now)
    audit.record(session, "account.confirm_email", user, actor=actor_of(user), now=now)
    return user
