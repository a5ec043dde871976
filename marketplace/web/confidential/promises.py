"""The promise to keep a secret: read whole, signed, and kept by both sides."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.domain.errors import InvalidForm
from marketplace.domain.permissions import allowed
from marketplace.models import db, utcnow
from marketplace.services import confidential
from marketplace.web.access import commit, permit, require
from marketplace.web.attachments import saved
from marketplace.web.confidential import bp
from marketplace.web.forms import messages, typed


@bp.get("/access/<key>/promise")
@permit("access.view", subject=True)
def promise(key):
    row = confidential.by_key(db.session, key)
    return _promise_page(row, require("access.view", row))


def _promise_page(row, actor, errors=None, status=200):
    if not row.nda:
        return redirect(url_for(".show", key=row.key))
    return render_template(
        "confidential/promise.html",
        row=row,
        sha256=confidential.nda.digest(row.nda),
        to_sign=row.state == "nda_sent" and allowed("access.accept", actor, row),
        signature=confidential.papers.signature(row),
        values=request.form,
        errors=errors or {},
    ), status


@bp.post("/access/<key>/promise")
@permit("access.accept", subject=True)
def sign(key):
    row = confidential.by_key(db.session, key)
    actor, values = require("access.accept", row), typed()
    try:
        confidential.accept(
            db.session,
            row,
            agreed=values.get("agreed") == "1",
            name=values.get("name", ""),
            shown=values.get("shown", ""),
            address=request.remote_addr or "",
            actor=actor,
            now=utcnow(),
        )
    except InvalidForm as error:
        db.session.rollback()
        row = confidential.by_key(db.session, key)
        return _promise_page(row, actor, messages(error), error.status)
    commit()
    flash(_("Đã ký. Phần giữ kín mở cho bạn."), "good")
    return redirect(url_for(".show", key=key))


@bp.get("/access/<key>/promise.pdf")
@permit("access.view", subject=True)
def promise_pdf(key):
    row = confidential.by_key(db.session, key)
    require("access.view", row)
    if not row.nda:
        return redirect(url_for(".show", key=row.key))
    return saved(confidential.papers.copy(row), "application/pdf", f"{row.number}.pdf")
