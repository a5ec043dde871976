"""Writing one step of an idea, and asking for advice on it."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from marketplace.domain.clinic import (
    ADVICE,
    CLINIC_ADVICE_DAYS,
    CLINIC_WRITABLE,
    PROFILE,
    STEPS,
    TEXT_LONGEST,
)
from marketplace.domain.errors import DomainError, NotFound
from marketplace.models import db, utcnow
from marketplace.services import clinic
from marketplace.web.access import commit, permit, require
from marketplace.web.clinic import bp, said
from marketplace.web.forms import demand_fresh, messages, typed


def _known(step):
    if step not in STEPS:
        raise NotFound
    return step


@bp.get("/clinic/ideas/<key>/steps/<step>")
@permit("clinic.view", subject=True)
def step(key, step):
    idea = clinic.by_key(db.session, key)
    require("clinic.view", idea)
    if idea.state not in CLINIC_WRITABLE:
        return redirect(url_for(".show", key=key))
    return _page(idea, _known(step))


def _page(idea, name, values=None, errors=None, status=200):
    row = clinic.written(idea).get(name)
    order = [*STEPS, PROFILE]
    return render_template(
        "clinic/step.html",
        idea=idea,
        name=name,
        names=STEPS,
        rows=clinic.written(idea),
        row=row,
        said=said(name),
        following=order[order.index(name) + 1],
        profile=PROFILE,
        open_steps={each.name for each in ADVICE.open(row.state if row else "writing")},
        longest=TEXT_LONGEST,
        days=CLINIC_ADVICE_DAYS,
        text=(values or {}).get("text", row.text if row else ""),
        checks=(values or {}).get("checks", [str(n) for n in row.checks] if row else []),
        errors=errors or {},
    ), status


@bp.post("/clinic/ideas/<key>/steps/<step>")
@permit("clinic.write", subject=True)
def write(key, step):
    """Save, and with `go` ask for advice or go on. Another window's save is not written over."""
    idea = clinic.by_key(db.session, key)
    actor = require("clinic.write", idea)
    values, who = typed("checks"), {"actor": actor, "now": utcnow()}
    name = _known(step)
    try:
        demand_fresh(
            idea,
            _("Bước này vừa được lưu ở cửa sổ khác. Chép lại điều bạn vừa viết rồi mở lại."),
        )
        receipt = clinic.write(
            db.session, idea, name, values.get("text", ""), values["checks"], **who
        )
        if values.get("go") == "ask":
            clinic.ask(db.session, idea, name, **who)
    except DomainError as error:
        db.session.rollback()
        return _page(clinic.by_key(db.session, key), name, values, messages(error), error.status)
    commit()
    if receipt is not None:
        flash(_("Đã lưu và đóng dấu thời gian, giấy số %(number)s.", number=receipt.number), "good")
    else:
        flash(_("Đã lưu."), "good")
    order = [*STEPS, PROFILE]
    following = order[order.index(name) + 1]
    if values.get("go") == "next":
        where = ".profile" if following == PROFILE else ".step"
        more = {} if following == PROFILE else {"step": following}
        return redirect(url_for(where, key=key, **more))
    return redirect(url_for(".step", key=key, step=name))


@bp.post("/clinic/ideas/<key>/steps/<step>/<any(ask,take_back):act>")
@permit("clinic.*", subject=True)
def ask(key, step, act):
    idea = clinic.by_key(db.session, key)
    actor = require(f"clinic.{act}", idea)
    verb = {"ask": clinic.ask, "take_back": clinic.take_back}[act]
    try:
        verb(db.session, idea, _known(step), actor=actor, now=utcnow())
    except DomainError as error:
        if error.status != 422:
            raise
        db.session.rollback()
        return _page(clinic.by_key(db.session, key), step, None, messages(error), error.status)
    commit()
    flash(_(ADVICE.step(act).done) + ".", "good")
    return redirect(url_for(".step", key=key, step=step))
