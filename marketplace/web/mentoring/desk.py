"""The desk's side: what waits for the centre, one page for each request, and the sums."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.domain.errors import N_, DomainError
from marketplace.domain.mentoring import (
    ABSENT,
    DECLINES,
    FEWEST_RATED,
    MENTORING,
    MODES,
    REFUSALS,
    SKIPPED,
)
from marketplace.domain.permissions import allowed
from marketplace.models import db, utcnow
from marketplace.services import mentoring
from marketplace.services.accounts import actor_of
from marketplace.services.listings.numbers import LOCAL
from marketplace.services.matches import places
from marketplace.services.mentoring import conflicts, figures, reading, steps
from marketplace.web.access import commit, current_actor, permit, require
from marketplace.web.forms import demand_fresh, messages, page_number, typed
from marketplace.web.mentoring import bp
from marketplace.web.mentoring.hours import asked_year

ACTS = "check,refuse,assign,pass_on"
NAMES = {
    "desk": N_("Chờ Trung tâm"),
    "late": N_("Quá hạn"),
    "running": N_("Đang diễn ra"),
    "done": N_("Đã khép lại"),
}
ANSWERS = {
    "": N_("Chưa hỏi"),
    "asked": N_("Đang hỏi"),
    "accepted": N_("Đã nhận"),
    "declined": N_("Không nhận"),
    "skipped": N_("Không hỏi được"),
    "passed": N_("Không trả lời"),
}


@bp.get("/desk/mentoring")
@permit("mentoring.queue")
def desk():
    actor, now, page = current_actor(), utcnow(), page_number()
    asked = request.args.get("queue", "")
    asked = asked if asked in NAMES else "desk"
    counts = reading.counts(db.session, now=now)
    return render_template(
        "mentoring/desk.html",
        rows=reading.queue(db.session, asked, actor=actor, now=now, page=page),
        names=NAMES,
        counts=counts,
        asked=asked,
        year=asked_year(),
        sums=figures.sums(db.session, *figures.period(asked_year()))
        if allowed("mentoring.figures", actor)
        else None,
        page=page,
        pages=max(1, -(-counts[asked] // reading.PAGE)),
    )


@bp.get("/desk/mentoring/<key>")
@permit("mentoring.view", subject=True)
def desk_show(key):
    row = mentoring.by_key(db.session, key)
    require("mentoring.view", row)
    return _page(row, require("mentoring.queue"))


def _page(row, actor, errors=None, status=200, act=""):
    now = utcnow()
    there = mentoring.asking.mentors(db.session, actor_of(row.asker))
    asked = {wish.mentor_id for wish in row.wishes}
    wished = [wish.mentor for wish in row.wishes]
    return render_template(
        "mentoring/desk_show.html",
        row=row,
        act=act,
        steps=_open(row, actor, now),
        title={step.name: step.title for step in MENTORING.steps.values()},
        done={step.name: step.done for step in MENTORING.steps.values()},
        meetings=reading.meetings(db.session, actor, row),
        has_notes=reading.has_notes(row),
        history=reading.history(db.session, actor, row),
        answers=ANSWERS,
        reasons=DECLINES | SKIPPED,
        places=places.of(db.session, wished, places.ASKED) if wished else {},
        warnings={each.id: conflicts.of(db.session, row, each) for each in wished},
        mentors=[(each.ref, each.title) for each in there if each.id not in asked],
        refusals=REFUSALS,
        modes=MODES,
        absent=ABSENT,
        values=request.form,
        errors=errors or {},
    ), status


def _open(row, actor, now) -> set[str]:
    found = {
        step.name
        for step in MENTORING.open(row.state)
        if step.name in ACTS.split(",") and allowed(f"mentoring.{step.name}", actor, row)
    }
    if row.due_at is not None and row.due_at > now:
        found.discard("pass_on")
    return found


@bp.post(f"/desk/mentoring/<key>/<any({ACTS}):act>")
@permit("mentoring.*", subject=True)
def desk_act(key, act):
    row = mentoring.by_key(db.session, key)
    actor = require(f"mentoring.{act}", row)
    values, who = typed(), {"actor": actor, "now": utcnow()}
    try:
        demand_fresh(row)
        if act == "refuse":
            reason, note = values.get("reason", ""), values.get("note", "")
            steps.refuse(db.session, row, reason, note, **who)
        elif act == "assign":
            there = mentoring.asking.mentors(db.session, actor_of(row.asker))
            ref = values.get("mentor", "")
            chosen = next((each for each in there if each.ref == ref), None)
            steps.assign(db.session, row, chosen, **who)
        else:
            getattr(steps, act)(db.session, row, **who)
    except DomainError as error:
        db.session.rollback()
        row = mentoring.by_key(db.session, key)
        return _page(row, actor, messages(error), error.status, act)
    commit()
    flash(_(MENTORING.step(act).done) + ".", "good")
    return redirect(url_for(".desk_show", key=key))


@bp.get("/desk/mentoring/figures")
@permit("mentoring.figures")
def sums():
    """Of a year, or of a quarter of it."""
    year = asked_year()
    quarter = request.args.get("quarter", 0, type=int)
    quarter = quarter if quarter in range(1, 5) else 0
    this = utcnow().astimezone(LOCAL).year
    return render_template(
        "mentoring/figures.html",
        year=year,
        quarter=quarter,
        years=range(this, this - 3, -1),
        sums=figures.sums(db.session, *figures.period(year, quarter)),
        fewest=FEWEST_RATED,
    )
