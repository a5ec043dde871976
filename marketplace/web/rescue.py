"""What was typed into any form while its session ended is not lost.

Every form given to a signed-in person carries who was given it, signed. When such a form comes back
without a session, its text waits in the database for that one account until it has signed in; when
the session is a newer one, the text comes straight back. Nothing is written to its address before
its writer presses the button again.
"""

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select

from marketplace.domain.errors import N_
from marketplace.models import User, db, utcnow
from marketplace.services.listings import kept
from marketplace.web.access import commit, current_actor

# Names of boxes several forms have, as the page that gives the text back calls them.
LABELS = {"text": N_("Ghi chú"), "note": N_("Lời nhắn"), "reason": N_("Lý do")}
OF_THE_SHELL = ("csrf_token", "writer")
SECRET = "password"  # a word of the names of boxes that are never kept  # noqa: S105
LONG = 40  # characters from which a text is more than a code or a key of the form


def _signer():
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="form-writer")


def signed_writer() -> str:
    """Who is given this form, signed: only such a form may be kept without a session."""
    actor = current_actor()
    return _signer().dumps(actor.key) if actor.signed_in else ""


def writer() -> User | None:
    """The person the form was given to; None for a form that was not given out by us, so that
    nobody can fill the database, and for an account that is closed."""
    try:
        key = _signer().loads(request.form.get("writer", ""))
    except BadSignature:
        return None
    user = db.session.scalar(select(User).where(User.key == key))
    return user if user is not None and user.disabled_at is None else None


def keep(user: User, where: dict):
    """Keep what came in without a session for the writer of the form, and ask them to sign in.

    The text waits under a random key, for that one account, for a day: not in the page or the
    cookie of a browser others may use.
    """
    form = {name: request.form.getlist(name) for name in request.form if name not in OF_THE_SHELL}
    key = kept.keep(db.session, user.id, {**where, "form": form}, now=utcnow())
    commit()
    flash(
        _("Phiên làm việc đã hết. Nội dung vừa gõ được giữ lại: đăng nhập để lưu tiếp."), "warning"
    )
    return redirect(url_for("accounts.sign_in", next=url_for("listings.restore", key=key)))


def rescued():
    """An answer that keeps the text of the refused form or gives it back; None when the request
    was no form of ours or nothing was typed into it."""
    script = request.headers.get("X-Autosave") or request.headers.get("HX-Request")
    if request.method != "POST" or script or not _something_typed(request.form):
        return None
    db.session.rollback()
    user, actor = writer(), current_actor()
    if user is None:
        return None
    if not actor.signed_in:
        return keep(user, {"path": request.full_path})
    if user.id != actor.id:
        return None
    return page(request.full_path, request.form.to_dict(flat=False)), 400


def page(path: str, form: dict):
    """The text as it was typed, in boxes, with a button that sends it where it was going. `form`
    is name -> list of texts."""
    pairs = [(name, text) for name, texts in form.items() if name not in OF_THE_SHELL
             for text in texts]  # fmt: skip
    return render_template(
        "errors/typed.html",
        path=path,
        boxes=[(name, _(LABELS.get(name, N_("Bạn vừa gõ"))), text)
               for name, text in pairs if _typed(text)],
        others=[(name, text) for name, text in pairs if not _typed(text)],
    )  # fmt: skip


def _something_typed(form) -> bool:
    if any(SECRET in name for name in form):
        return False
    texts = (text for name in form if name not in OF_THE_SHELL for text in form.getlist(name))
    return any(_typed(text) for text in texts)


def _typed(text: str) -> bool:
    """Words rather than a code, a number or a key the form carries."""
    return len(text.split()) > 1 or len(text) >= LONG
