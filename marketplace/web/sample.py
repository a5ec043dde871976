"""The sample mode's own pages: who can sign in, and the mail that would have been sent."""

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select

from marketplace.domain.errors import NotFound
from marketplace.models import Mail, User, db, utcnow
from marketplace.services import audit, samples
from marketplace.services.accounts import actor_of
from marketplace.web.access import commit, permit
from marketplace.web.accounts import start_session

bp = Blueprint("sample", __name__, url_prefix="/sample")


@bp.get("/accounts")
@permit("sample.open")
def accounts():
    return render_template(
        "sample/accounts.html",
        users=samples.accounts_shown(db.session),
        password=samples.PASSWORD,
    )


@bp.post("/accounts")
@permit("sample.open")
def become():
    """Sign in as a sample account with one click; other accounts are not to be had here."""
    user = db.session.scalar(
        select(User).where(User.key == request.form.get("key", ""), User.sample_about != "")
    )
    if user is None:
        raise NotFound
    start_session(user)
    audit.record(db.session, "sample.become", user, actor=actor_of(user), now=utcnow())
    commit()
    return redirect(url_for("home.mine"))


@bp.get("/mails")
@permit("sample.open")
def mails():
    rows = db.session.scalars(select(Mail).order_by(Mail.id.desc()).limit(100)).all()
    return render_template("sample/mails.html", mails=rows)


@bp.get("/mails/<key>")
@permit("sample.open")
def mail(key):
    row = db.session.scalar(select(Mail).where(Mail.key == key))
    if row is None:
        raise NotFound
    reader = db.session.scalar(
        select(User).where(User.email == row.recipient, User.sample_about != "")
    )
    return render_template("sample/mail.html", mail=row, reader=reader)
