"""Getting in again, or for the first time, by a mailed link that sets a password."""

from sqlalchemy.orm import Session

from marketplace.domain import cleaning
from marketplace.domain.actor import GUEST
from marketplace.models import OneTimeLink, User
from marketplace.services import audit, limits, links, mails, sessions
from marketplace.services.accounts.finding import actor_of, by_email
from marketplace.services.accounts.passwords import check_password, hash_password, keep_password


def request_reset(session: Session, email: str, *, address: str, now) -> None:
    """Mail a reset link if the address is known; the visitor sees the same either way. Raises
    Invalid for what is no address, TooMany for known and unknown ones alike."""
    email = cleaning.email(email)
    limits.spend(session, "reset.address", address, now=now)
    limits.spend(session, "reset.account", email, now=now)
    user = by_email(session, email)
    known = user is not None and user.disabled_at is None
    # An unknown address does the same work; it is undone, so that nothing is mailed.
    with session.begin_nested() as work:
        _send_link(session, user if known else _nobody(email), now)
        if not known:
            work.rollback()


def _nobody(email: str) -> User:
    return User(email=email, name=email, language="vi", role="member", key="")


def _send_link(session, user, now):
    token = links.issue(session, "reset", user=user, now=now)
    mails.send(session, "reset", user, now=now, path=f"/reset/{token}")
    # Anybody may ask for a link with an address; that it was its owner is not known.
    audit.record(session, "account.request_reset", user, actor=GUEST, now=now)
    session.flush()


def reset(session: Session, token: str, password: str, *, now) -> User:
    """Set a new password by a mailed link; every session of the account ends. Raises Invalid, and
    Expired for a link that is old, used, or older than the password it would replace."""
    user = _choose_password(session, token, "reset", password, now=now)
    audit.record(session, "account.reset", user, actor=actor_of(user), now=now)
    mails.send(session, "password_changed", user, now=now)
    return user


def accept_invitation(session: Session, token: str, password: str, *, now) -> User:
    """The invited person chooses a password; the account is theirs. Raises Invalid and Expired."""
    user = _choose_password(session, token, "invite", password, now=now)
    audit.record(session, "account.accept_invitation", user, actor=actor_of(user), now=now)
    return user


def _choose_password(session, token, purpose, password, *, now) -> User:
    row = links.look(session, token, purpose, now=now)
    user = session.get(User, row.user_id)
    check_password(password, user.name, user.email)
    session.rollback()  # hashing must not hold the write lock
    password_hash = hash_password(password)
    row: OneTimeLink = links.use(session, token, purpose, now=now)
    user = session.get(User, row.user_id)
    keep_password(user, password_hash, now=now)
    user.verified_at = user.verified_at or now  # the link proved the address as well
    sessions.end(session, user.id, now=now)
    links.revoke(session, user, now=now)
    return user
