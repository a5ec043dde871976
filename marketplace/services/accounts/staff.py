"""Administration of accounts. It gives and takes roles and access, and reads no content.

Nobody administers himself (permissions.someone_else), so the last sysadmin cannot be locked out.
"""

from sqlalchemy.orm import Session

from marketplace.domain import cleaning
from marketplace.domain.errors import N_, Conflict, Invalid, InvalidForm, NotAllowed, WrongState
from marketplace.domain.vocabulary import ROLES, STAFF_ROLES
from marketplace.models import User
from marketplace.services import audit, limits, links, mails, sessions
from marketplace.services.accounts.entry import clean, person_name, required_email
from marketplace.services.accounts.finding import actor_of, by_email
from marketplace.services.accounts.passwords import UNUSABLE, awaits_password


def set_role(session: Session, user: User, role: str, *, actor, now) -> None:
    """Give a role; the person signs in anew to act in it."""
    if role not in ROLES or role == "guest":
        raise Invalid(N_("Vai trò không có trong danh sách."), "role")
    _not_oneself(user, actor)
    if user.role == role:
        return
    before, user.role = user.role, role
    sessions.end(session, user.id, now=now)
    audit.record(session, "user.set_role", user, actor=actor, now=now, before=before, after=role)


def disable(session: Session, user: User, *, actor, now) -> None:
    """Shut the person out at once: no session, no link, no sign-in."""
    _not_oneself(user, actor)
    if user.disabled_at is not None:
        return
    user.disabled_at = now
    sessions.end(session, user.id, now=now)
    links.revoke(session, user, now=now)
    audit.record(session, "user.disable", user, actor=actor, now=now)


def enable(session: Session, user: User, *, actor, now) -> None:
    _not_oneself(user, actor)
    if user.disabled_at is None:
        return
    user.disabled_at = None
    audit.record(session, "user.enable", user, actor=actor, now=now)


def end_sessions(session: Session, user: User, *, actor, now) -> int:
    """Sign the person out everywhere; returns how many sessions ended."""
    _not_oneself(user, actor)
    ended = sessions.end(session, user.id, now=now)
    audit.record(session, "user.end_sessions", user, actor=actor, now=now, ended=ended)
    return ended


def _not_oneself(user, actor):
    if user.id == actor.id:
        raise NotAllowed(N_("Bạn không thể tự đổi vai trò, khóa hay mở tài khoản của mình."))


# --- Inviting ----------------------------------------------------------------------------------
def invite(session: Session, raw: dict, *, actor, now) -> User:
    """Make an account for a colleague and mail a one-time link to choose a password.

    Raises InvalidForm; an administrator may know that an address is taken.
    """
    values, errors = clean(raw, {"name": person_name, "email": required_email})
    role = raw.get("role") or ""
    if role not in STAFF_ROLES:
        errors["role"] = Invalid(N_("Hãy chọn vai trò."), "role")
    if "email" in values and by_email(session, values["email"]) is not None:
        errors["email"] = Invalid(
            N_("Địa chỉ này đã có tài khoản. Hãy tìm người đó trong danh sách rồi đổi vai trò."),
            "email",
        )
    if errors:
        raise InvalidForm(errors)
    limits.spend(session, "invite.account", actor.key, now=now)
    user = _newcomer(session, values["email"], values["name"], role, now=now)
    audit.record(session, "user.invite", user, actor=actor, now=now, role=role)
    _send_invitation(session, user, actor, now)
    return user


def invite_again(session: Session, user: User, *, actor, now) -> None:
    """A new link for somebody who has not chosen a password yet; the old link dies."""
    if not awaits_password(user) or user.disabled_at is not None:
        raise WrongState(N_("Người này đã có mật khẩu, không cần thư mời nữa."))
    limits.spend(session, "invite.account", actor.key, now=now)
    audit.record(session, "user.invite", user, actor=actor, now=now, role=user.role)
    _send_invitation(session, user, actor, now)


def _send_invitation(session, user, actor, now):
    token = links.issue(session, "invite", user=user, now=now)
    mails.send(
        session, "invite", user, now=now, path=f"/invite/{token}", by=actor.name, role=user.role
    )


def _newcomer(session, email, name, role, *, now, verified_at=None) -> User:
    user = User(
        email=email,
        name=name,
        password_hash=UNUSABLE,
        role=role,
        created_at=now,
        verified_at=verified_at,
        password_changed_at=now,
    )
    session.add(user)
    session.flush()
    return user


def create_admin(session: Session, email: str, name: str, *, now) -> tuple[User, str]:
    """The first sysadmin, with a one-time token to choose a password. Raises Conflict when the
    address is taken, Invalid when it is none."""
    email, name = cleaning.email(email), person_name(name)
    if by_email(session, email) is not None:
        raise Conflict(N_("Địa chỉ thư này đã có tài khoản."))
    user = _newcomer(session, email, name, "sysadmin", now=now, verified_at=now)
    audit.record(session, "account.create_admin", user, actor=actor_of(user), now=now)
    return user, links.issue(session, "reset", user=user, now=now)
