"""The times a mentor offers: several at once, taken back one by one."""

from datetime import datetime, time

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.domain.errors import DomainError, Invalid, InvalidForm, NotFound
from marketplace.domain.mentoring import LENGTHS, MODES
from marketplace.models import db, utcnow
from marketplace.services.deals.sides import today
from marketplace.services.mentoring import reading, slots
from marketplace.web.access import commit, current_actor, permit, require
from marketplace.web.deals.parts import day
from marketplace.web.errors import words
from marketplace.web.forms import messages
from marketplace.web.mentoring import bp


@bp.get("/me/mentoring/times")
@permit("account.manage")
def times():
    return _page()


def _page(errors=None, status=200):
    actor, now = current_actor(), utcnow()
    ours = reading.listings_of(db.session, actor)
    return render_template(
        "mentoring/times.html",
        listings=ours,
        slots=slots.to_come(db.session, ours[0], now=now) if ours else [],
        hours_left=slots.minutes_left(db.session, ours[0], now) if ours else None,
        lengths=LENGTHS,
        modes=MODES,
        today=today(now),
        values=request.form,
        errors=errors or {},
    ), status


@bp.post("/me/mentoring/times")
@permit("mentoring.give_times", subject=True)
def give():
    ours = reading.listings_of(db.session, current_actor())
    said = request.form.get("listing") or (ours[0].ref if ours else "")
    mentor = next((each for each in ours if each.ref == said), None)
    if mentor is None:
        raise NotFound
    actor = require("mentoring.give_times", mentor)
    try:
        rows = slots.give(db.session, mentor, _offer(), actor=actor, now=utcnow())
    except DomainError as error:
        db.session.rollback()
        beside = isinstance(error, Invalid | InvalidForm)
        return _page(messages(error) if beside else {"day": [words(error)]}, error.status)
    commit()
    flash(ngettext("Đã thêm %(num)s giờ gặp.", "Đã thêm %(num)s giờ gặp.", len(rows)), "good")
    return redirect(url_for(".times"))


def _offer() -> slots.Offer:
    form = request.form
    return slots.Offer(
        day=day(form.get("day", "")),
        start=_time(form.get("start", "")),
        end=_time(form.get("end", "")),
        minutes=form.get("minutes", 0, type=int),
        mode=form.get("mode", ""),
        where=form.get("where", ""),
    )


def _time(text: str) -> time | None:
    try:
        return datetime.strptime(text.strip(), "%H:%M").time()
    except ValueError:
        return None


@bp.post("/me/mentoring/times/<slot>/withdraw")
@permit("mentoring.give_times", subject=True)
def withdraw(slot):
    row = slots.by_key(db.session, slot)
    if row is None or row.mentor.owner_user_id != current_actor().id:
        raise NotFound
    actor = require("mentoring.give_times", row.mentor)
    slots.withdraw(db.session, row, actor=actor, now=utcnow())
    commit()
    flash(_("Đã rút giờ gặp."), "good")
    return redirect(url_for(".times"))
