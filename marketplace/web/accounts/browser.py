"""This browser: who is signed in on it."""

from flask import request, session
from flask_login import login_user, logout_user

from marketplace.models import db, utcnow
from marketplace.services import sessions
from marketplace.web.access import Browser, current_actor, current_session, forget_actor


def address() -> str:
    """Where the request comes from; behind a proxy, what the configured hops say."""
    return request.remote_addr or ""


def start_session(user) -> None:
    """Sign this browser in: a new session row, a new cookie, nothing carried over from before."""
    if current_actor().signed_in:
        sessions.end(db.session, current_actor().id, current_session().key, now=utcnow())
    token = sessions.open_for(
        db.session, user, now=utcnow(), address=address(), agent=request.user_agent.string
    )
    remember(token)


def remember(token) -> None:
    """Put a session's token in this browser's cookie."""
    # The form token stays: somebody may sign in again in another tab to save what he typed here.
    kept = {name: session[name] for name in ("csrf_token", "_flashes") if name in session}
    session.clear()
    session.update(kept)
    login_user(Browser(token, sessions.find(db.session, token, now=utcnow())))
    forget_actor()


def leave_session() -> None:
    """Forget in this browser who was signed in."""
    logout_user()
    session.clear()
    forget_actor()
