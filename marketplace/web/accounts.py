"""Signing up, in and out; proving an address; the account's own pages."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import login_user, logout_user

from marketplace.domain.errors import Invalid, InvalidForm, TooMany
from marketplace.models import db, utcnow
from marketplace.services import accounts, audit, links, sessions
from marketplace.web.access import (
    Browser,
    commit,
    current_actor,
    current_session,
    current_token,
    current_user_row,
    forget_actor,
    permit,
)
from marketplace.web.errors import words
from marketplace.web.forms import messages, next_page, typed
from marketplace.web.language import language

bp = Blueprint("accounts", __name__)


def _address() -> str:
    return request.remote_addr or ""


def start_session(user) -> None:
    """Sign this browser in: a new session row, a new cookie, nothing carried over from before."""
    kept = {name: session[name] for name in ("csrf_token", "_flashes") if name in session}
    session.clear()
    session.update(kept)
    token = sessions.open_for(
        db.session, user, now=utcnow(), address=_address(), agent=request.user_agent.string
    )
    db.session.flush()
    login_user(Browser(token, sessions.find(db.session, token, now=utcnow())))
    forget_actor()


# --- Signing up --------------------------------------------------------------------------------
@bp.get("/sign-up")
@permit("page.open")
def sign_up():
    return render_template("accounts/sign_up.html", values={}, errors={})


@bp.post("/sign-up")
@permit("page.open")
def sign_up_post():
    values = typed("hats") | {"language": language()}
    try:
        accounts.sign_up(db.session, values, address=_address(), now=utcnow())
    except InvalidForm as error:
        db.session.rollback()
        return render_template(
            "accounts/sign_up.html", values=values, errors=messages(error)
        ), error.status
    commit()
    session["signed_up_as"] = values["email"].strip()
    return redirect(url_for(".check_mail"))


@bp.get("/sign-up/check-mail")
@permit("page.open")
def check_mail():
    return render_template("accounts/check_mail.html", email=session.get("signed_up_as", ""))


@bp.get("/verify/<token>")
@permit("page.open")
def verify(token):
    # A GET must not use the link up: mail scanners open links before people do.
    links.look(db.session, token, "verify", now=utcnow())
    return render_template("accounts/verify.html", token=token)


@bp.post("/verify/<token>")
@permit("page.open")
def verify_post(token):
    user = accounts.verify(db.session, token, now=utcnow())
    start_session(user)
    commit()
    flash(_("Địa chỉ thư đã được xác nhận. Chào mừng bạn!"), "good")
    return redirect(url_for("home.mine"))


@bp.post("/verify")
@permit("account.manage")
def verify_again():
    user = current_user_row()
    if user.verified_at is None:
        accounts.send_verification(db.session, user, now=utcnow())
        commit()
    flash(_("Đã gửi lại thư xác nhận tới %(email)s.", email=user.email), "good")
    return redirect(url_for("home.mine"))


# --- Signing in and out ------------------------------------------------------------------------
@bp.get("/sign-in")
@permit("page.open")
def sign_in():
    if current_actor().signed_in:
        return redirect(next_page(url_for("home.mine")))
    return render_template("accounts/sign_in.html", email="", errors={})


@bp.post("/sign-in")
@permit("page.open")
def sign_in_post():
    email = request.form.get("email", "")
    try:
        user = accounts.sign_in(
            db.session,
            email,
            request.form.get("password", ""),
            address=_address(),
            now=utcnow(),
        )
    except TooMany as error:
        db.session.rollback()
        return render_template(
            "accounts/sign_in.html", email=email, errors={"email": [words(error)]}
        ), error.status
    if user is None:
        commit()
        return render_template(
            "accounts/sign_in.html", email=email, errors={"password": [_(accounts.WRONG)]}
        ), 422
    start_session(user)
    commit()
    return redirect(next_page(url_for("home.mine")))


@bp.post("/sign-out")
@permit("page.open")
def sign_out():
    actor = current_actor()
    if actor.signed_in:
        sessions.end(db.session, actor.id, current_session().key, now=utcnow())
        audit.record(db.session, "account.sign_out", actor=actor, now=utcnow())
        commit()
        logout_user()
        session.clear()
        forget_actor()
    flash(_("Bạn đã đăng xuất."), "info")
    return redirect(url_for("home.index"))


# --- Forgotten passwords -----------------------------------------------------------------------
@bp.get("/reset")
@permit("page.open")
def ask_reset():
    return render_template("accounts/ask_reset.html", email="", errors={}, sent=False)


@bp.post("/reset")
@permit("page.open")
def ask_reset_post():
    email = request.form.get("email", "")
    try:
        accounts.request_reset(db.session, email, address=_address(), now=utcnow())
    except Invalid as error:
        db.session.rollback()
        return render_template(
            "accounts/ask_reset.html", email=email, errors={"email": [words(error)]}, sent=False
        ), 422
    commit()
    return render_template("accounts/ask_reset.html", email=email, errors={}, sent=True)


@bp.get("/reset/<token>")
@permit("page.open")
def reset(token):
    links.look(db.session, token, "reset", now=utcnow())
    return render_template("accounts/reset.html", token=token, errors={})


@bp.post("/reset/<token>")
@permit("page.open")
def reset_post(token):
    try:
        accounts.reset(db.session, token, request.form.get("password", ""), now=utcnow())
    except Invalid as error:
        db.session.rollback()
        return render_template("accounts/reset.html", token=token, errors=messages(error)), 422
    commit()
    flash(_("Đã đặt mật khẩu mới. Hãy đăng nhập."), "good")
    return redirect(url_for(".sign_in"))


# --- One's own account -------------------------------------------------------------------------
@bp.get("/me/profile")
@permit("account.manage")
def profile():
    user = current_user_row()
    values = {"name": user.name, "phone": user.phone, "hats": user.hats, "language": user.language}
    return render_template("accounts/profile.html", user=user, values=values, errors={})


@bp.post("/me/profile")
@permit("account.manage")
def profile_post():
    user, values = current_user_row(), typed("hats")
    try:
        accounts.save_profile(db.session, user, values, actor=current_actor(), now=utcnow())
    except InvalidForm as error:
        db.session.rollback()
        return render_template(
            "accounts/profile.html", user=user, values=values, errors=messages(error)
        ), 422
    commit()
    flash(_("Đã lưu hồ sơ của bạn."), "good")
    return redirect(url_for(".profile"))


@bp.get("/me/security")
@permit("account.manage")
def security():
    return _security_page({})


def _security_page(errors):
    return render_template(
        "accounts/security.html",
        sessions=sessions.of_user(db.session, current_actor().id, now=utcnow()),
        this=current_session().key,
        errors=errors,
    )


@bp.post("/me/security/password")
@permit("account.manage")
def change_password():
    try:
        accounts.change_password(
            db.session,
            current_user_row(),
            request.form.get("old", ""),
            request.form.get("password", ""),
            token=current_token(),
            now=utcnow(),
        )
    except Invalid as error:
        db.session.rollback()
        return _security_page(messages(error)), 422
    commit()
    flash(_("Đã đổi mật khẩu. Các phiên khác đã kết thúc."), "good")
    return redirect(url_for(".security"))


@bp.post("/me/security/end")
@permit("account.manage")
def end_session():
    key = request.form.get("key", "")
    actor, now = current_actor(), utcnow()
    if key == "others":
        sessions.end(db.session, actor.id, now=now, but=current_token())
    else:
        sessions.end(db.session, actor.id, key, now=now)
    audit.record(db.session, "account.end_session", actor=actor, now=now)
    commit()
    flash(_("Phiên đăng nhập đã kết thúc."), "good")
    return redirect(url_for(".security"))
