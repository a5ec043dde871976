"""Who is asking, and may they: the only place that reads flask_login's current_user.

Every route declares what it asks for with `@permit`. The application refuses to start when one
does not, and a page whose view forgot to ask about its subject is not delivered.
"""

from functools import wraps

from flask import abort, current_app, g, has_request_context, request
from flask_login import LoginManager, UserMixin, current_user
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from marketplace.domain.actor import GUEST, Actor
from marketplace.domain.errors import Conflict, NotAllowed, NotFound, SignInNeeded
from marketplace.domain.permissions import RULES, allowed
from marketplace.models import User, db, utcnow, writing
from marketplace.services import sessions
from marketplace.services.accounts import actor_of

login_manager = LoginManager()


class Browser(UserMixin):
    """What Flask-Login keeps: a session row. Its id in the cookie is the session's token."""

    def __init__(self, token, row):
        self.token, self.row = token, row

    def get_id(self):
        return self.token


@login_manager.user_loader
def _load(token):
    row = sessions.find(db.session, token, now=utcnow())
    return Browser(token, row) if row is not None else None


def current_actor() -> Actor:
    if not has_request_context():
        return GUEST
    if "actor" not in g:
        g.actor = actor_of(current_user.row.user) if current_user.is_authenticated else GUEST
    return g.actor


def current_user_row() -> User:
    """The signed-in user's row; only behind a rule that demands signing in."""
    return current_user.row.user


def current_session():
    return current_user.row


def current_token() -> str:
    return current_user.token if current_user.is_authenticated else ""


def forget_actor() -> None:
    """After signing in or out within a request, ask again who is acting."""
    g.pop("actor", None)


def permit(action: str, *, subject: bool = False):
    """Declare what a view asks for. Without a subject it is checked before the view runs; with
    one, the view must call `require(action, subject)` once it has loaded it."""

    def mark(view):
        view.action, view.asks_later = action, subject
        return view

    return mark


def require(action: str, subject=None) -> Actor:
    """The current actor, if allowed; else SignInNeeded, NotFound (for what may not even be seen)
    or NotAllowed."""
    actor = current_actor()
    g.asked = True
    if allowed(action, actor, subject):
        return actor
    if subject is not None and hidden(actor, subject):
        raise NotFound
    if not actor.signed_in:
        raise SignInNeeded
    raise NotAllowed


def hidden(actor, subject) -> bool:
    """Whether even the existence of the subject is none of the actor's business."""
    view = {
        "Listing": "listing.view", "Match": "match.view", "AccessRequest": "access.view",
        "ClinicIdea": "clinic.know",
        "ServiceRequest": "service.view",
        "InvestorCard": "card.view", "CoInvestment": "coinvest.view", "DeckOffer": "deck.view",
        "Mentorship": "mentoring.view",
    }.get(type(subject).__name__)  # fmt: skip
    return view is not None and not allowed(view, actor, subject)


def commit() -> None:
    """Commit the request's one transaction; what somebody else settled first is a Conflict."""
    try:
        db.session.commit()
    except (StaleDataError, IntegrityError) as error:
        db.session.rollback()
        current_app.logger.info("conflict: %s", type(error).__name__)
        raise Conflict from error


def check_routes(app) -> None:
    """Refuse to start with a route whose view declares no rule, or one that has no row."""
    groups = {action.split(".")[0] + ".*" for action in RULES}
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        action = getattr(view, "action", None)
        if action is None or (action not in RULES and action not in groups):
            raise RuntimeError(f"route {rule.rule} ({rule.endpoint}): no rule for {action!r}")


def init_app(app) -> None:
    login_manager.init_app(app)

    @app.context_processor
    def idle_time():
        """How long this session may idle, for the page's warning; nothing for guests."""
        if not current_actor().signed_in:
            return {}
        return {"session_seconds": int(sessions.idle_time(current_user_row()).total_seconds())}

    @app.before_request
    def check_before():
        writing.set(request.method not in ("GET", "HEAD", "OPTIONS"))
        view = app.view_functions.get(request.endpoint)
        if view is None:
            return
        if not getattr(view, "asks_later", False):
            require(view.action)
        if current_actor().signed_in:
            touch()

    @app.after_request
    def check_after(response):
        view = app.view_functions.get(request.endpoint)
        forgot = getattr(view, "asks_later", False) and not g.get("asked")
        if forgot and response.status_code < 400 and not response.location:
            app.logger.error("view %s asked nobody", request.endpoint)
            abort(500)
        return response

    @app.teardown_request
    def stop_writing(error):
        writing.set(True)


def touch() -> None:
    """Note that the session is in use, at most once a minute. A reading request does it in a
    transaction of its own; a writing one already holds the write lock and adds it to its own."""
    row, now = current_session(), utcnow()
    if now - row.seen_at < sessions.SEEN_EVERY:
        return
    if writing.get():
        row.seen_at = now
        return
    table = type(row).__table__
    writing.set(True)
    try:
        with db.engine.begin() as connection:
            connection.execute(table.update().where(table.c.id == row.id).values(seen_at=now))
    finally:
        writing.set(False)


def rule_exempt(view):
    """Mark a view that libraries register for themselves (static files) as open to everybody."""

    @wraps(view)
    def open_view(*args, **kwargs):
        return view(*args, **kwargs)

    open_view.action = "file.fetch"
    return open_view
