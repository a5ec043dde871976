"""The second factor: asked for once a session, set up on the way in by staff who have none.

Until it is shown, a session reaches nothing but these pages and the way out.
"""

from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from marketplace.domain.errors import N_, Invalid, NotAllowed
from marketplace.domain.vocabulary import STAFF_ROLES
from marketplace.models import db, utcnow
from marketplace.services import accounts
from marketplace.services.accounts import second
from marketplace.web.access import (
    commit,
    current_actor,
    current_session,
    current_user_row,
    permit,
)
from marketplace.web.accounts.blueprint import bp
from marketplace.web.accounts.browser import leave_session, remember
from marketplace.web.forms import messages, next_page
from marketplace.web.listings import qr

OPEN = frozenset({"accounts.second_factor", "accounts.second_factor_post", "accounts.sign_out"})


def demanded(user) -> bool:
    """Whether this person cannot do without: staff, where real data is."""
    return user.role in STAFF_ROLES and not current_app.config["SETTINGS"].sample


@bp.before_app_request
def ask():
    """Runs after the rules were asked: whoever they let in still needs to have shown it."""
    endpoint = request.endpoint or ""
    if endpoint in OPEN or endpoint.startswith("assets.") or not current_actor().signed_in:
        return None
    user = current_user_row()
    if current_session().second_factor_at or not (user.totp_secret or demanded(user)):
        return None
    here = request.full_path if request.method == "GET" else ""
    return redirect(url_for("accounts.second_factor", next=here or None))


def _page(errors, status=200):
    user = current_user_row()
    if user.totp_secret:
        return render_template("accounts/second.html", errors=errors), status
    secret = session.setdefault("second_secret", second.new_secret())
    issuer = current_app.config["SETTINGS"].province.exchange_name
    return render_template(
        "accounts/second_enrol.html",
        secret=secret,
        qr=qr.code(second.address_of(secret, user.email, issuer)),
        demanded=demanded(user),
        wants_password=second.wants_password(current_session(), now=utcnow()),
        errors=errors,
    ), status


@bp.get("/second-factor")
@permit("account.manage")
def second_factor():
    if current_session().second_factor_at:
        return redirect(next_page(url_for("home.mine")))
    return _page({})


@bp.post("/second-factor")
@permit("account.manage")
def second_factor_post():
    user, code, now = current_user_row(), request.form.get("code", ""), utcnow()
    enrolled = bool(user.totp_secret)
    try:
        if enrolled:
            token = second.show(db.session, user, current_session(), code, now=now)
        else:
            secret = session.get("second_secret") or second.new_secret()
            password = request.form.get("password", "")
            token, codes = second.enrol(
                db.session, user, current_session(), secret, code, password, now=now
            )
    except Invalid as error:
        commit()  # a wrong try counts
        return _page(messages(error), error.status)
    remember(token)
    commit()
    if enrolled:
        return redirect(next_page(url_for("home.mine")))
    return render_template("accounts/second_codes.html", codes=codes)


@bp.post("/me/security/second-factor/end")
@permit("account.manage")
def end_second_factor():
    user, now = current_user_row(), utcnow()
    if demanded(user):
        raise NotAllowed(N_("Cán bộ cần lớp bảo vệ thứ hai, không tự bỏ được."))
    try:
        accounts.prove(
            db.session, user, request.form.get("second_password", ""), "second_password", now=now
        )
    except Invalid as error:
        commit()  # a wrong guess counts
        flash(messages(error)["second_password"][0], "warn")
        return redirect(url_for(".security"))
    second.take_away(db.session, user, actor=current_actor(), now=now)
    commit()
    leave_session()
    flash(_("Đã bỏ lớp bảo vệ thứ hai. Hãy đăng nhập lại."), "info")
    return redirect(url_for(".sign_in"))
