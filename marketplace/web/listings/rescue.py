"""What was typed while the session ended is not lost: it waits until its writer has signed in."""

from flask import current_app, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from itsdangerous import BadSignature
from sqlalchemy import select

from marketplace.domain.errors import DomainError, SignInNeeded
from marketplace.domain.fields import steps
from marketplace.models import User, db, utcnow
from marketplace.services import listings
from marketplace.services.listings import kept
from marketplace.web import errors as error_pages
from marketplace.web.access import commit, current_actor, permit, require
from marketplace.web.listings import bp
from marketplace.web.listings.gates import autosaving, known_kind, known_step, may_edit, typed_form
from marketplace.web.listings.pages import first_page, signer, step_page


def keep_for_later(where: dict):
    """Keep what came in without a session for the writer of the form, and ask them to sign in.

    The text waits in the database under a random key, for that one account, for a day: not in the
    page or the cookie of a browser others may use. A form that was not given out by us to a
    signed-in person is not kept, so that nobody can fill the database.
    """
    if autosaving():
        raise SignInNeeded
    try:
        key = signer().loads(request.form.get("writer", ""))
    except BadSignature:
        raise SignInNeeded from None
    writer = db.session.scalar(select(User).where(User.key == key))
    if writer is None or writer.disabled_at is not None:
        raise SignInNeeded
    form = {name: request.form.getlist(name) for name in request.form if name != "csrf_token"}
    key = kept.keep(db.session, writer.id, {**where, "form": form}, now=utcnow())
    commit()
    flash(
        _("Phiên làm việc đã hết. Nội dung vừa gõ được giữ lại: đăng nhập để lưu tiếp."), "warning"
    )
    return redirect(url_for("accounts.sign_in", next=url_for(".restore", key=key)))


@bp.get("/listings/kept/<key>")
@permit("account.manage")
def restore(key):
    """The form as it was typed, after signing in again; its button saves it."""
    form = kept.kept(db.session, key, actor=current_actor(), now=utcnow())
    raw = {name: texts if len(texts) > 1 else texts[0] for name, texts in form["form"].items()}
    words = _("Đây là nội dung bạn gõ lúc phiên làm việc hết hạn. Bấm Lưu để ghi lại.")
    return retyped_page(form, raw, kept_key=key, notice=words)


def retyped_page(where, raw, **more):
    """A form page showing what was typed, for the draft or the new listing it belongs to."""
    made = None
    if where.get("ref"):
        made = listings.by_ref(db.session, where["ref"])
    elif raw.get("draft_key"):
        made = kept.opened(db.session, raw["draft_key"], actor=current_actor())
    if made is not None:
        may_edit(made)
        step = known_step(made.kind, where.get("step") or steps(made.kind)[0])
        return step_page(made, step, retyped=raw, errors={}, **more)
    for_client = raw.get("for_client") == "1"
    require("listing.create_for_client" if for_client else "listing.create")
    return first_page(where["kind"], for_client=for_client, typed=raw, **more)


@bp.errorhandler(CSRFError)
def rescue(error):
    """A form whose token is no longer good (the browser signed in anew): nothing is written, but
    nothing typed is lost either. The page comes back as typed, with a good token."""
    try:
        return retyped_or_kept()
    except DomainError as refusal:
        # A refusal inside an error handler would be a crash: hand it to its own handler.
        return current_app.handle_user_exception(refusal)


def retyped_or_kept():
    place = request.view_args or {}
    if request.endpoint not in ("listings.create", "listings.save") or autosaving():
        return error_pages.page(400)
    where = {name: place[name] for name in ("kind", "ref", "step") if name in place}
    if "kind" in where:
        known_kind(where["kind"])
    if not current_actor().signed_in:
        return keep_for_later(where)
    words = _("Trang mở đã lâu nên chưa lưu được. Nội dung bạn gõ còn nguyên: hãy bấm Lưu lần nữa.")
    return retyped_page(where, typed_form() | {
        "draft_key": request.form.get("draft_key", "")}, notice=words), 400  # fmt: skip
