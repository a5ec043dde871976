"""Who advises: the desk's queue by working titles, and reading, which is put on record."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.domain.clinic import ADVICE_LONGEST, CLINIC_ADVICE_DAYS, STEPS
from marketplace.domain.errors import Conflict, Invalid, InvalidForm
from marketplace.domain.permissions import allowed
from marketplace.domain.ties import founds
from marketplace.models import db, utcnow
from marketplace.services import clinic
from marketplace.web.access import commit, current_actor, permit, require
from marketplace.web.clinic import bp, said
from marketplace.web.forms import demand_fresh, messages, page_number, typed


@bp.get("/desk/clinic")
@permit("clinic.queue")
def desk():
    actor, page = current_actor(), page_number()
    count = clinic.count_waiting(db.session)
    return render_template(
        "clinic/desk.html",
        rows=clinic.queue(db.session, actor=actor, page=page),
        mine=[row for row in clinic.of_reader(db.session, actor) if row.asked_at is None],
        names=STEPS,
        workload=clinic.workload(db.session, now=utcnow()),
        days=CLINIC_ADVICE_DAYS,
        page=page,
        pages=max(1, -(-count // clinic.PAGE)),
        address=lambda number: url_for(".desk", page=number),
    )


@bp.get("/clinic/read/<key>")
@permit("clinic.know", subject=True)
def reading(key):
    """What may be known before it is opened: the working title and which steps wait."""
    idea = clinic.by_key(db.session, key)
    actor = require("clinic.know", idea)
    if founds(actor, idea):
        return redirect(url_for(".show", key=key))
    return render_template(
        "clinic/read.html",
        idea=idea,
        names=STEPS,
        rows=clinic.written(idea),
        may={act: allowed(f"clinic.{act}", actor, idea) for act in ("take", "give_back", "read")},
    )


@bp.post("/clinic/read/<key>/<any(take,give_back):act>")
@permit("clinic.*", subject=True)
def take(key, act):
    idea = clinic.by_key(db.session, key)
    actor = require(f"clinic.{act}", idea)
    {"take": clinic.take, "give_back": clinic.give_back}[act](
        db.session, idea, actor=actor, now=utcnow()
    )
    commit()
    if act == "take":
        flash(_("Bạn đã nhận góp ý. Người viết được báo tên bạn."), "good")
        return redirect(url_for(".reading", key=key))
    flash(_("Đã trả lại. Người khác nhận được; bạn không đọc được nữa."), "good")
    return redirect(url_for(".desk"))


@bp.post("/clinic/read/<key>/open")
@permit("clinic.read", subject=True)
def open_(key):
    idea = clinic.by_key(db.session, key)
    return _opened(idea, require("clinic.read", idea))


def _opened(idea, actor, errors=None, status=200):
    """The whole idea, after this reading was put on record and kept."""
    clinic.opened(db.session, idea, actor=actor, now=utcnow())
    commit()
    return (
        render_template(
            "clinic/open.html",
            idea=idea,
            names=STEPS,
            said={name: said(name) for name in STEPS},
            rows=clinic.written(idea),
            may_advise=allowed("clinic.advise", actor, idea),
            longest=ADVICE_LONGEST,
            values=request.form,
            errors=errors or {},
        ),
        status,
        {"Cache-Control": "no-store"},
    )


@bp.post("/clinic/read/<key>/advise")
@permit("clinic.advise", subject=True)
def advise(key):
    idea = clinic.by_key(db.session, key)
    actor, values = require("clinic.advise", idea), typed()
    waiting = [row.step for row in idea.steps if row.state == "asked"]
    try:
        demand_fresh(idea, _("Người viết vừa sửa. Đọc bản mới rồi gửi góp ý; lời của bạn còn đây."))
        clinic.advise(
            db.session,
            idea,
            {
                step: (values.get(f"verdict-{step}", ""), values.get(f"advice-{step}", ""))
                for step in waiting
            },
            actor=actor,
            now=utcnow(),
        )
    except (Invalid, InvalidForm, Conflict) as error:
        db.session.rollback()
        return _opened(clinic.by_key(db.session, key), actor, messages(error), error.status)
    commit()
    flash(_("Đã gửi góp ý. Người viết được báo."), "good")
    return redirect(url_for(".reading", key=key))
