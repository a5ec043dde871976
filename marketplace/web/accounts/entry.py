"""Signing up, in and out."""

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from marketplace.domain.errors import InvalidForm, NotAllowed, TooMany
from marketplace.models import db, utcnow
from marketplace.services import accounts, audit, sessions
from marketplace.web.access import commit, current_actor, current_session, permit
from marketplace.web.accounts.blueprint import bp
from marketplace.web.accounts.browser import address, leave_session, start_session
from marketplace.web.accounts.wording import hat_choices
from marketplace.web.errors import words
from marketplace.web.forms import messages, next_page, typed
from marketplace.web.language import language


# --- Signing up --------------------------------------------------------------------------------
@bp.get("/sign-up")
@permit("page.open")
def sign_up():
    return _sign_up_page({}, {})


def _sign_up_page(values, errors):
    return render_template(
        "accounts/sign_up.html", values=values, errors=errors, hat_choices=hat_choices()
    )


@bp.post("/sign-up")
@permit("page.open")
def sign_up_post():
    values = typed("hats") | {"language": language()}
    try:
        accounts.sign_up(db.session, values, address=address(), now=utcnow())
    except InvalidForm as error:
        db.session.rollback()
        return _sign_up_page(values, messages(error)), error.status
    commit()
    session["signed_up_as"] = values["email"].strip().lower()
    return redirect(url_for(".check_mail"))


@bp.get("/sign-up/check-mail")
@permit("page.open")
def check_mail():
    return render_template("accounts/check_mail.html", email=session.get("signed_up_as", ""))


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
    password = request.form.get("password", "")
    try:
        user = accounts.sign_in(db.session, email, password, address=address(), now=utcnow())
    except TooMany as error:
        db.session.rollback()
        return _sign_in_again(email, "email", words(error), error.status)
    except NotAllowed as error:
        commit()
        return _sign_in_again(email, "email", words(error), error.status)
    if user is None:
        commit()
        return _sign_in_again(email, "password", _(accounts.WRONG), 422)
    start_session(user)
    commit()
    return redirect(next_page(url_for("home.mine")))


def _sign_in_again(email, field, message, status):
    return render_template("accounts/sign_in.html", email=email, errors={field: [message]}), status


@bp.post("/sign-out")
@permit("page.open")
def sign_out():
    actor = current_actor()
    if actor.signed_in:
        sessions.end(db.session, actor.id, current_session().key, now=utcnow())
        audit.record(db.session, "account.sign_out", actor=actor, now=utcnow())
        commit()
    leave_session()
    flash(_("Bạn đã đăng xuất."), "info")
    return redirect(url_for("home.index"))
