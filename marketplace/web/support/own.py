"""A member's own requests: the list, and one page of where a request stands and what to answer."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.domain.errors import Invalid, InvalidForm
from marketplace.domain.permissions import allowed, asked_by_actor
from marketplace.domain.support import ENDINGS, RATING_WORDS
from marketplace.domain.workflow import SERVICE
from marketplace.models import db, utcnow
from marketplace.services import support
from marketplace.web.access import commit, current_actor, permit, require
from marketplace.web.forms import demand_fresh, messages, typed
from marketplace.web.support import bp

STEPS = "agree,decline,answer,send_back,confirm,rate,cancel"


@bp.get("/me/services")
@permit("account.manage")
def mine():
    rows = support.of_asker(db.session, current_actor())
    return render_template("support/mine.html", rows=rows)


@bp.get("/service-requests/<key>")
@permit("service.view", subject=True)
def mine_show(key):
    row = support.by_key(db.session, key)
    actor = require("service.view", row)
    if not asked_by_actor(actor, row):
        return redirect(url_for(".desk_show", key=key))
    return _page(row, actor)


def _page(row, actor, errors=None, status=200):
    return render_template(
        "support/show.html",
        row=row,
        steps=open_steps(row, actor, STEPS),
        history=support.history(db.session, row, private=False),
        done={step.name: step.done for step in SERVICE.steps.values()},
        endings=ENDINGS,
        ratings=RATING_WORDS,
        values=request.form,
        errors=errors or {},
    ), status


def open_steps(row, actor, names: str) -> list[str]:
    """Of these steps those the actor may take now."""
    return [
        step.name
        for step in SERVICE.open(row.state)
        if step.name in names.split(",") and allowed(f"service.{step.name}", actor, row)
    ]


@bp.post(f"/service-requests/<key>/<any({STEPS}):step>")
@permit("service.*", subject=True)
def answer(key, step):
    row = support.by_key(db.session, key)
    actor = require(f"service.{step}", row)
    demand_fresh(row)
    try:
        _take(row, step, actor)
    except (Invalid, InvalidForm) as error:
        db.session.rollback()
        return _page(support.by_key(db.session, key), actor, messages(error), error.status)
    commit()
    flash(_(SERVICE.step(step).done) + ".", "good")
    return redirect(url_for(".mine_show", key=key))


def _take(row, step, actor):
    values, verb = typed(), getattr(support.steps, step)
    who = {"actor": actor, "now": utcnow()}
    if step == "rate":
        verb(db.session, row, values.get("rating", ""), values.get("words", ""), **who)
    elif step in ("decline", "answer", "send_back"):
        verb(db.session, row, values.get("note", ""), **who)
    else:
        verb(db.session, row, **who)
