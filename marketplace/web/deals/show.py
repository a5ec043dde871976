"""Milestones, rest and end of a deal."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.domain.errors import Invalid
from marketplace.models import db, utcnow
from marketplace.services import deals, disclosure, matches
from marketplace.services.deals import milestones, resting
from marketplace.web.access import commit, permit, require
from marketplace.web.assets.serve import page_url
from marketplace.web.deals import bp
from marketplace.web.deals.parts import asked, day, for_client, side
from marketplace.web.forms import messages


@bp.get("/deals/<key>")
@permit("deal.view", subject=True)
def show(key):
    match, _actor = asked(key, "deal.view")
    return page(match)


def page(match, errors=None, status=200):
    actor = require("deal.view", match)
    return render_template(
        "deals/show.html",
        views=[disclosure.view(db.session, actor, listing) for listing in (match.a, match.b)],
        **side(match, errors),
    ), status


def _again(key, error: Invalid):
    """The page with what was typed."""
    db.session.rollback()
    return page(deals.of_match(db.session, key), messages(error), error.status)


def _back(key):
    """To the page it was pressed on: the room includes the same part."""
    there = page_url("room.show", key=key) if request.form.get("back") == "room" else ""
    return redirect(there or url_for(".show", key=key))


@bp.post("/deals/<key>/milestones")
@permit("deal.note", subject=True)
def note(key):
    match, actor = asked(key, "deal.note")
    form = request.form
    try:
        milestones.note(
            db.session, match, form.get("kind", ""), day(form.get("on", "")), form.get("note", ""),
            actor=actor, now=utcnow(), **for_client(),
        )  # fmt: skip
    except Invalid as error:
        return _again(key, error)
    commit()
    flash(_("Đã ghi. Khi bên kia xác nhận, việc này được tính."), "good")
    return _back(key)


_ANSWERS = {"confirm": milestones.confirm, "deny": milestones.deny, "remove": milestones.remove}


@bp.post("/milestones/<milestone>/<any(confirm, deny, remove):act>")
@permit("deal.*", subject=True)
def answer(milestone, act):
    row = milestones.by_key(db.session, milestone)
    match = row.deal.match
    actor = require("deal.note" if act == "remove" else "deal.confirm", match)
    try:
        _ANSWERS[act](db.session, row, actor=actor, now=utcnow(), **for_client())
    except Invalid as error:
        return _again(match.key, error)
    commit()
    done = {
        "confirm": _("Đã xác nhận."),
        "deny": _("Đã ghi là không đúng; bên kia sẽ thấy."),
        "remove": _("Đã rút lại."),
    }
    flash(done[act], "good")
    return _back(match.key)


@bp.post("/deals/<key>/pause")
@permit("deal.pause", subject=True)
def pause(key):
    match, actor = asked(key, "deal.pause")
    reason = request.form.get("pause_reason", "")
    try:
        resting.pause(db.session, match, reason, actor=actor, now=utcnow())
    except Invalid as error:
        return _again(key, Invalid(error.message, "pause_reason"))
    commit()
    flash(_("Đã tạm dừng. Sàn không nhắc cho tới khi một bên tiếp tục."), "good")
    return _back(key)


@bp.post("/deals/<key>/resume")
@permit("deal.resume", subject=True)
def resume(key):
    match, actor = asked(key, "deal.resume")
    resting.resume(db.session, match, actor=actor, now=utcnow())
    commit()
    flash(_("Giao dịch tiếp tục."), "good")
    return _back(key)


@bp.post("/deals/<key>/<any(call_in, send_off):act>")
@permit("deal.call_in", subject=True)
def call(key, act):
    match, actor = asked(key, "deal.call_in")
    {"call_in": resting.call_in, "send_off": resting.send_off}[act](
        db.session, match, actor=actor, now=utcnow()
    )
    commit()
    flash(_("Đã nhờ cán bộ vào xem.") if act == "call_in" else _("Đã thôi nhờ cán bộ."), "good")
    return _back(key)


@bp.post("/deals/<key>/end")
@permit("match.report_failed", subject=True)
def end(key):
    """Nothing comes of it: why goes to the desk and to the matcher, never to the other side."""
    match, actor = asked(key, "match.report_failed")
    try:
        matches.advance(
            db.session, match, "report_failed", actor=actor, now=utcnow(),
            reason=request.form.get("end_reason", ""),
        )  # fmt: skip
    except Invalid as error:
        return _again(key, Invalid(error.message, "end_reason"))
    commit()
    flash(_("Đã kết thúc. Sàn tiếp tục tìm cho hồ sơ của bạn."), "good")
    return redirect(url_for(".show", key=key))
