"""What was typed while the session ended is not lost: it waits until its writer has signed in."""

from flask import current_app, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError

from marketplace.domain.errors import DomainError, SignInNeeded
from marketplace.domain.fields import steps
from marketplace.models import db, utcnow
from marketplace.services import listings
from marketplace.services.listings import kept
from marketplace.web import errors as error_pages
from marketplace.web import rescue
from marketplace.web.access import current_actor, permit, require
from marketplace.web.listings import bp
from marketplace.web.listings.gates import autosaving, known_kind, known_step, may_edit, typed_form
from marketplace.web.listings.pages import first_page, step_page


def keep_for_later(where: dict):
    """Keep a page of the form that came in without a session for its writer; raises SignInNeeded
    for one that cannot be kept."""
    user = None if autosaving() else rescue.writer()
    if user is None:
        raise SignInNeeded
    return rescue.keep(user, where)


@bp.get("/listings/kept/<key>")
@permit("account.manage")
def restore(key):
    """The form as it was typed, after signing in again; its button saves it."""
    form = kept.kept(db.session, key, actor=current_actor(), now=utcnow())
    if "path" in form:  # of another page than these
        return rescue.page(form["path"], form["form"])
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
def rescue_listing(error):
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
        return rescue.rescued() or error_pages.page(400)
    where = {name: place[name] for name in ("kind", "ref", "step") if name in place}
    if "kind" in where:
        known_kind(where["kind"])
    if not current_actor().signed_in:
        return keep_for_later(where)
    words = _("Trang mở đã lâu nên chưa lưu được. Nội dung bạn gõ còn nguyên: hãy bấm Lưu lần nữa.")
    return retyped_page(where, typed_form() | {
        "draft_key": request.form.get("draft_key", "")}, notice=words), 400  # fmt: skip
