"""A founder's requests and a mentor's inbox; one page of where a request stands, for both of them,
with what each may do now."""

from datetime import date

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.domain.errors import N_, DomainError, Invalid, InvalidForm, NotFound
from marketplace.domain.mentoring import (
    ABSENT,
    DECLINES,
    MENTORING,
    MODES,
    MOST_ITEMS,
    REFUSALS,
)
from marketplace.domain.permissions import allowed
from marketplace.domain.support import RATING_WORDS
from marketplace.models import db, utcnow
from marketplace.services import mails, mentoring
from marketplace.services.mentoring import meetings as verbs
from marketplace.services.mentoring import reading, slots, steps
from marketplace.web.access import commit, current_actor, permit, require
from marketplace.web.attachments import saved
from marketplace.web.deals.parts import day
from marketplace.web.forms import demand_fresh, messages, typed
from marketplace.web.mentoring import bp

ACTS = (
    "accept,decline,choose,more_times,other_slot,brief,hold,miss,note,tick,rate,again,close,cancel"
)
# What is no step of the state table, said when it is done.
DONE = {
    "more_times": N_("Đã báo cố vấn."),
    "brief": N_("Đã lưu bản tóm tắt. Cố vấn đọc được."),
    "tick": N_("Đã lưu."),
    "rate": N_("Cảm ơn bạn đã đánh giá."),
}


@bp.get("/me/mentoring")
@permit("account.manage")
def mine():
    actor = current_actor()
    return render_template(
        "mentoring/mine.html",
        asked=reading.of_founder(db.session, actor),
        mentored=reading.of_mentor(db.session, actor),
        listings=reading.listings_of(db.session, actor),
        may_ask=allowed("mentoring.ask", actor),
    )


@bp.get("/mentoring/<key>")
@permit("mentoring.view", subject=True)
def show(key):
    row = mentoring.by_key(db.session, key)
    actor = require("mentoring.view", row)
    if not allowed("mentoring.read", actor, row):
        return redirect(url_for(".desk_show", key=key))
    return _page(row, actor)


def _page(row, actor, errors=None, status=200, act=""):
    now = utcnow()
    return render_template(
        "mentoring/show.html",
        row=row,
        founder=actor.id == row.asker_id,
        steps=open_acts(row, actor, now),
        meetings=reading.meetings(db.session, actor, row),
        history=reading.history(db.session, actor, row),
        slots=slots.free(db.session, row.mentor, now=now) if row.mentor else [],
        listing_seen=row.listing is not None and allowed("listing.view", actor, row.listing),
        done={step.name: step.done for step in MENTORING.steps.values()},
        declines=DECLINES,
        refusals=REFUSALS,
        ratings=RATING_WORDS,
        modes=MODES,
        absent=ABSENT,
        most_items=MOST_ITEMS,
        act=act,
        values=request.form,
        errors=errors or {},
    ), status


def open_acts(row, actor, now) -> set[str]:
    """What the actor may do now, as far as state and time let it."""
    last = row.sessions[-1] if row.sessions else None
    begun = last is not None and last.starts_at <= now
    found = {step.name for step in MENTORING.open(row.state)}
    if row.state == "accepted":
        found.add("more_times")
    if row.state == "scheduled":
        found -= {"other_slot"} if begun else {"hold", "miss"}
        found |= set() if begun else {"brief"}
    elif last is not None and not verbs.may_contest(row, actor):
        found.discard("miss")
    if any(each.state == "held" for each in row.sessions):
        found -= {"decline"}
        found |= {"tick", "rate"}
    return {name for name in found if allowed(f"mentoring.{name}", actor, row)}


@bp.post(f"/mentoring/<key>/<any({ACTS}):act>")
@permit("mentoring.*", subject=True)
def answer(key, act):
    row = mentoring.by_key(db.session, key)
    actor = require(f"mentoring.{act}", row)
    try:
        demand_fresh(row)
        _take(row, act, actor)
    except NotFound:
        raise
    except DomainError as error:
        db.session.rollback()
        row = mentoring.by_key(db.session, key)
        return _page(row, actor, messages(error), error.status, act)
    commit()
    flash(_(DONE[act]) if act in DONE else _(MENTORING.step(act).done) + ".", "good")
    if act == "decline":
        return redirect(url_for(".mine"))
    return redirect(url_for(".show", key=key))


def _take(row, act, actor):
    values, who = typed(), {"actor": actor, "now": utcnow()}
    said = {
        "decline": ("reason",),
        "more_times": ("note",),
        "other_slot": ("note",),
        "brief": ("brief",),
        "miss": ("absent",),
        "tick": ("item",),
        "rate": ("meeting", "rating", "words"),
    }
    if act == "choose":
        slot = slots.by_key(db.session, values.get("slot", ""))
        verbs.choose(db.session, row, slot, **who)
    elif act == "hold":
        verbs.hold(db.session, row, request.form.get("minutes_held", type=int), **who)
    elif act == "note":
        notes, private = values.get("notes", ""), values.get("private", "")
        verbs.note(db.session, row, notes, private, _items(values), **who)
    else:
        verb = getattr(steps if hasattr(steps, act) else verbs, act)
        verb(db.session, row, *(values.get(name, "") for name in said.get(act, ())), **who)


def _items(values) -> list[tuple[str, date | None]]:
    """What the founder is to do, and until when. Raises InvalidForm for what is no day."""
    found, wrong = [], {}
    for n in range(1, MOST_ITEMS + 1):
        written, due = values.get(f"due{n}", "").strip(), day(values.get(f"due{n}", ""))
        if written and due is None:
            wrong[f"due{n}"] = Invalid(N_("Hãy ghi ngày, ví dụ 30/06/2026."), f"due{n}")
        found.append((values.get(f"item{n}", ""), due))
    if wrong:
        raise InvalidForm(wrong)
    return found


@bp.get("/mentoring-meetings/<meeting>.ics")
@permit("mentoring.read", subject=True)
def calendar(meeting):
    """For one of the two, with the place while it stands."""
    actor = current_actor()
    row = reading.of_meeting(db.session, meeting)
    require("mentoring.read", row)
    found = {each.key: each for each in reading.meetings(db.session, actor, row)}
    if found[meeting].row.mentor_id != row.mentor_id and actor.id != row.asker_id:
        raise NotFound
    settings = current_app.config["SETTINGS"]
    content = mentoring.calendars.file(
        found[meeting],
        title=_("Buổi cố vấn %(number)s", number=row.number),
        link=mails.link(f"/mentoring/{row.key}"),
        host=settings.province.host,
        name=settings.province.exchange_name,
        mail=settings.mail_from,
    )
    sent: Response = saved(content, "text/calendar", f"co-van-{meeting}.ics")
    return sent
