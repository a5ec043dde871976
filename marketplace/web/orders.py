"""Drafts of ordered research: one press on an unmet need, then words to mend."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.domain.errors import InvalidForm
from marketplace.models import db, utcnow
from marketplace.services import listings, orders
from marketplace.web.access import commit, current_actor, permit, require
from marketplace.web.forms import demand_fresh, messages

bp = Blueprint("orders", __name__)


@bp.get("/desk/orders")
@permit("order.edit")
def index():
    return render_template("orders/index.html", rows=orders.all_drafts(db.session))


@bp.post("/listings/<ref>/order")
@permit("order.draft", subject=True)
def draft(ref):
    need = listings.by_ref(db.session, ref)
    actor = require("order.draft", need)
    row = orders.draft(db.session, need, words=_, actor=actor, now=utcnow())
    commit()
    return redirect(url_for(".show", key=row.key))


@bp.get("/desk/orders/<key>")
@permit("order.edit")
def show(key):
    return _page(orders.by_key(db.session, key))


def _page(row, values=None, errors=None, status=200):
    said = {"title": row.title, "problem": row.problem, "note": row.note, "lock": row.lock}
    return render_template(
        "orders/show.html", row=row, values=said if values is None else values, errors=errors or {}
    ), status


@bp.post("/desk/orders/<key>")
@permit("order.edit")
def save(key):
    row, form = orders.by_key(db.session, key), request.form
    demand_fresh(row)
    try:
        orders.edit(
            db.session, row, form.get("title", ""), form.get("problem", ""), form.get("note", ""),
            actor=current_actor(), now=utcnow(),
        )  # fmt: skip
    except InvalidForm as error:
        db.session.rollback()
        return _page(orders.by_key(db.session, key), form, messages(error), 422)
    commit()
    flash(_("Đã lưu bản nháp."), "good")
    return redirect(url_for(".show", key=key))
