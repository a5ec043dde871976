"""One's own account: profile, password, address, sessions."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.domain.errors import Invalid, InvalidForm
from marketplace.models import db, utcnow
from marketplace.services import accounts, audit, sessions
from marketplace.web.access import (
    commit,
    current_actor,
    current_session,
    current_token,
    current_user_row,
    permit,
)
from marketplace.web.accounts.blueprint import bp
from marketplace.web.accounts.browser import leave_session, remember
from marketplace.web.accounts.wording import device, hat_choices
from marketplace.web.forms import messages, typed


@bp.get("/me/profile")
@permit("account.manage")
def profile():
    user = current_user_row()
    values = {"name": user.name, "phone": user.phone, "hats": user.hats, "language": user.language}
    return _profile_page(values, {})


def _profile_page(values, errors):
    return render_template(
        "accounts/profile.html",
        user=current_user_row(),
        values=values,
        errors=errors,
        hat_choices=hat_choices(),
    )


@bp.post("/me/profile")
@permit("account.manage")
def profile_post():
    values = typed("hats")
    try:
        accounts.save_profile(
            db.session, current_user_row(), values, actor=current_actor(), now=utcnow()
        )
    except InvalidForm as error:
        db.session.rollback()
        return _profile_page(values, messages(error)), error.status
    commit()
    flash(_("Đã lưu hồ sơ của bạn."), "good")
    return redirect(url_for(".profile"))


@bp.get("/me/security")
@permit("account.manage")
def security():
    return _security_page({})


def _security_page(errors, email=""):
    return render_template(
        "accounts/security.html",
        user=current_user_row(),
        sessions=sessions.of_user(db.session, current_actor().id, now=utcnow()),
        this=current_session().key,
        email=email,
        device=device,
        errors=errors,
    )


@bp.post("/me/security/password")
@permit("account.manage")
def change_password():
    try:
        token = accounts.change_password(
            db.session,
            current_user_row(),
            request.form.get("old", ""),
            request.form.get("password", ""),
            token=current_token(),
            now=utcnow(),
        )
    except Invalid as error:
        commit()  # a wrong guess counts
        return _security_page(messages(error)), error.status
    remember(token)
    commit()
    flash(_("Đã đổi mật khẩu. Các phiên khác đã kết thúc."), "good")
    return redirect(url_for(".security"))


@bp.post("/me/security/email")
@permit("account.manage")
def change_email():
    values = typed()
    try:
        email = accounts.request_email(db.session, current_user_row(), values, now=utcnow())
    except (Invalid, InvalidForm) as error:
        commit()  # a wrong guess counts
        return _security_page(messages(error), values.get("email", "")), error.status
    commit()
    flash(
        _("Đã gửi liên kết tới %(email)s. Địa chỉ đổi khi bạn mở liên kết đó.", email=email), "good"
    )
    return redirect(url_for(".security"))


@bp.post("/me/security/end")
@permit("account.manage")
def end_session():
    """End one of one's sessions, all others, or all: `key` is a session's, "others" or "all"."""
    key = request.form.get("key", "")
    actor, now = current_actor(), utcnow()
    but = current_token() if key == "others" else ""
    which = None if key in ("others", "all") else key
    ended = sessions.end(db.session, actor.id, which, now=now, but=but)
    audit.record(db.session, "account.end_session", actor=actor, now=now, ended=ended)
    commit()
    if key in ("all", current_session().key):
        leave_session()
        flash(_("Bạn đã đăng xuất khỏi mọi thiết bị."), "info")
        return redirect(url_for(".sign_in"))
    flash(_("Phiên đăng nhập đã kết thúc."), "good")
    return redirect(url_for(".security"))
