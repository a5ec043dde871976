"""Links that came by mail: they prove an address or set a password, once.

Opening one only shows a page, for mail scanners open links before people do; its button acts.
"""

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from marketplace.domain.errors import Expired, Invalid, TooMany
from marketplace.models import db, utcnow
from marketplace.services import accounts, links
from marketplace.web.access import commit, current_actor, current_user_row, permit
from marketplace.web.accounts.blueprint import bp
from marketplace.web.accounts.browser import address, leave_session, start_session
from marketplace.web.errors import words
from marketplace.web.forms import messages


def expired(purpose: str):
    """A link that is old or used: what it was for, and how to get another."""
    db.session.rollback()
    return render_template("accounts/expired.html", purpose=purpose), Expired.status


# --- The address of a new account
@bp.get("/verify/<token>")
@permit("page.open")
def verify(token):
    try:
        row = links.look(db.session, token, "verify", now=utcnow())
    except Expired:
        return expired("verify")
    return render_template("accounts/verify.html", user=row.user)


@bp.post("/verify/<token>")
@permit("page.open")
def verify_post(token):
    """Prove the address. Only the browser that signed up is signed in by it: a link sent to
    somebody else must not put him into an account whose password a stranger chose."""
    try:
        user = accounts.verify(db.session, token, now=utcnow())
    except Expired:
        return expired("verify")
    same_browser = session.get("signed_up_as") == user.email
    if same_browser:
        start_session(user)
    commit()
    if same_browser or current_actor().id == user.id:
        flash(_("Địa chỉ thư đã được xác nhận. Chào mừng bạn!"), "good")
        return redirect(url_for("home.mine"))
    flash(_("Địa chỉ thư đã được xác nhận. Hãy đăng nhập bằng mật khẩu bạn đã chọn."), "good")
    return redirect(url_for(".sign_in"))


@bp.post("/verify")
@permit("account.manage")
def verify_again():
    user = current_user_row()
    if user.verified_at is None:
        accounts.send_verification(db.session, user, now=utcnow())
        commit()
        flash(_("Đã gửi lại thư xác nhận tới %(email)s.", email=user.email), "good")
    return redirect(url_for("home.mine"))


# --- Links that set a password -----------------------------------------------------------------
@bp.get("/reset")
@permit("page.open")
def ask_reset():
    return render_template("accounts/ask_reset.html", email="", errors={}, sent=False)


@bp.post("/reset")
@permit("page.open")
def ask_reset_post():
    email = request.form.get("email", "")
    try:
        accounts.request_reset(db.session, email, address=address(), now=utcnow())
    except (Invalid, TooMany) as error:
        db.session.rollback()
        return render_template(
            "accounts/ask_reset.html", email=email, errors={"email": [words(error)]}, sent=False
        ), error.status
    commit()
    return render_template("accounts/ask_reset.html", email=email, errors={}, sent=True)


# purpose -> what takes the link and the password
_CHOOSERS = {"reset": accounts.reset, "invite": accounts.accept_invitation}


@bp.get("/reset/<token>", defaults={"purpose": "reset"})
@bp.get("/invite/<token>", defaults={"purpose": "invite"})
@permit("page.open")
def reset(token, purpose):
    try:
        row = links.look(db.session, token, purpose, now=utcnow())
    except Expired:
        return expired(purpose)
    return render_template("accounts/reset.html", purpose=purpose, user=row.user, errors={})


@bp.post("/reset/<token>", defaults={"purpose": "reset"})
@bp.post("/invite/<token>", defaults={"purpose": "invite"})
@permit("page.open")
def reset_post(token, purpose):
    password = request.form.get("password", "")
    try:
        _CHOOSERS[purpose](db.session, token, password, now=utcnow())
    except Expired:
        return expired(purpose)
    except Invalid as error:
        db.session.rollback()
        row = links.look(db.session, token, purpose, now=utcnow())
        return render_template(
            "accounts/reset.html", purpose=purpose, user=row.user, errors=messages(error)
        ), error.status
    commit()
    leave_session()  # whoever was signed in here, the account's sessions have all ended
    flash(_("Đã đặt mật khẩu mới. Hãy đăng nhập."), "good")
    return redirect(url_for(".sign_in"))


# --- A new address of an old account
@bp.get("/verify-email/<token>")
@permit("page.open")
def verify_email(token):
    try:
        row = links.look(db.session, token, "change_email", now=utcnow())
    except Expired:
        return expired("change_email")
    return render_template(
        "accounts/verify_email.html", user=row.user, email=row.payload.get("email", "")
    )


@bp.post("/verify-email/<token>")
@permit("page.open")
def verify_email_post(token):
    try:
        accounts.confirm_email(db.session, token, now=utcnow())
    except Expired:
        return expired("change_email")
    commit()
    leave_session()
    flash(_("Đã đổi địa chỉ thư. Hãy đăng nhập bằng địa chỉ mới."), "good")
    return redirect(url_for(".sign_in"))
