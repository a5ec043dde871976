"""Requests to read what is kept secret: lists, one with its log, and the steps of both sides."""

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.domain import disclosure as rules
from marketplace.domain.errors import Invalid, InvalidForm
from marketplace.domain.permissions import allowed
from marketplace.domain.workflow import ACCESS, ACCESS_DAYS
from marketplace.models import db, utcnow
from marketplace.services import confidential
from marketplace.web.access import commit, current_actor, permit, require
from marketplace.web.confidential import bp
from marketplace.web.forms import messages, page_number, typed

STEPS = "approve,deny,revoke,cancel"


@bp.get("/me/access")
@permit("account.manage")
def mine():
    actor = current_actor()
    return render_template(
        "confidential/mine.html",
        asked=confidential.of_asker(db.session, actor),
        to_answer=confidential.of_owner(db.session, actor),
        live=lambda row: rules.live(actor, row, utcnow()),
    )


@bp.get("/desk/access")
@permit("access.list")
def desk():
    """For the centre: that it is asked, and where it stands. What for is between the two sides."""
    page = page_number()
    rows, total = confidential.page_of_all(db.session, page)
    return render_template(
        "confidential/desk.html",
        rows=rows,
        total=total,
        page=page,
        pages=max(1, -(-total // confidential.PAGE)),
        page_address=lambda number: url_for(".desk", page=number),
    )


@bp.get("/access/<key>")
@permit("access.view", subject=True)
def show(key):
    row = confidential.by_key(db.session, key)
    return _page(row, require("access.view", row))


def _page(row, actor, errors=None, status=200):
    mine = row.asker_id == actor.id
    return render_template(
        "confidential/show.html",
        row=row,
        mine=mine,
        live=rules.live(actor, row, utcnow()),
        steps=[
            step.name
            for step in ACCESS.open(row.state)
            if step.name in STEPS.split(",") and allowed(f"access.{step.name}", actor, row)
        ],
        views=confidential.views(db.session, row),
        days=ACCESS_DAYS,
        values=request.form,
        errors=errors or {},
    ), status


@bp.post(f"/access/<key>/<any({STEPS}):step>")
@permit("access.*", subject=True)
def advance(key, step):
    row = confidential.by_key(db.session, key)
    actor = require(f"access.{step}", row)
    try:
        _take(row, step, actor)
    except (Invalid, InvalidForm) as error:
        db.session.rollback()
        return _page(confidential.by_key(db.session, key), actor, messages(error), error.status)
    commit()
    flash(_(ACCESS.step(step).done) + ".", "good")
    return redirect(url_for(".show", key=key))


def _take(row, step, actor):
    values, now = typed(), utcnow()
    province = current_app.config["SETTINGS"].province
    if step == "approve":
        confidential.approve(
            db.session,
            row,
            values.get("days", ""),
            unmarked=bool(values.get("unmarked")),
            text=confidential.nda.latest(province.folder),
            province=province,
            actor=actor,
            now=now,
        )
    elif step == "cancel":
        confidential.cancel(db.session, row, actor=actor, now=now)
    else:
        verb = {"deny": confidential.deny, "revoke": confidential.revoke}[step]
        verb(db.session, row, values.get("reason", ""), actor=actor, now=now)
