"""The desk's side: the queue by due time, who has how much, one page for each request."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from marketplace.domain.errors import N_, Invalid, InvalidForm
from marketplace.domain.permissions import allowed
from marketplace.domain.support import ENDINGS, REFUSALS
from marketplace.domain.workflow import SERVICE, SERVICE_IN_HAND
from marketplace.models import Listing, User, db, utcnow
from marketplace.services import support
from marketplace.services.accounts import actor_of
from marketplace.web.access import commit, current_actor, permit, require
from marketplace.web.forms import demand_fresh, messages, page_number, typed
from marketplace.web.support import bp, services
from marketplace.web.support.own import open_steps

STEPS = "triage,assign,quote,start,ask_client,deliver,refuse,refer,give_up"
NAMES = {
    "desk": N_("Chờ Trung tâm"),
    "late": N_("Quá hạn"),
    "client": N_("Chờ người yêu cầu"),
    "done": N_("Đã khép lại"),
}
NOBODY = "nobody"


def _asked() -> dict:
    """Queue, service and person of the address; the usual ones where nothing sensible is asked."""
    name, who = request.args.get("queue", ""), request.args.get("who", "")
    service = request.args.get("service", "")
    user = db.session.scalar(select(User).where(User.key == who)) if who else None
    return {
        "queue": name if name in NAMES else "desk",
        "service": service if service in services().services else "",
        "who": who if user is not None or who == NOBODY else "",
        "curator_id": 0 if who == NOBODY else user.id if user is not None else None,
    }


@bp.get("/desk/services")
@permit("service.queue")
def desk():
    actor, now, asked, page = current_actor(), utcnow(), _asked(), page_number()
    narrowed = {"service": asked["service"], "curator_id": asked["curator_id"]}
    counts = support.counts(db.session, now=now, **narrowed)
    where = {name: asked[name] or None for name in ("queue", "service", "who")}
    return render_template(
        "support/desk.html",
        rows=support.queue(db.session, asked["queue"], actor=actor, now=now, page=page, **narrowed),
        names=NAMES,
        counts=counts,
        asked=asked,
        address=lambda **over: url_for(".desk", **(where | over)),
        services=services().services,
        workload=support.workload(db.session, now=now),
        curators=support.curators(db.session),
        nobody=NOBODY,
        page=page,
        pages=max(1, -(-counts[asked["queue"]] // support.PAGE)),
    )


@bp.get("/desk/services/<key>")
@permit("service.view", subject=True)
def desk_show(key):
    row = support.by_key(db.session, key)
    require("service.view", row)
    return _page(row, require("service.queue"))


def _page(row, actor, errors=None, status=200, act=""):
    steps = open_steps(row, actor, STEPS)
    if row.reminded_at is None:
        steps = [name for name in steps if name != "give_up"]
    return render_template(
        "support/desk_show.html",
        row=row,
        act=act,
        steps=steps,
        title={step.name: step.title for step in SERVICE.steps.values()},
        done={step.name: step.done for step in SERVICE.steps.values()},
        history=support.history(db.session, row, private=True),
        may_note=allowed("service.note", actor, row),
        in_hand=row.state in SERVICE_IN_HAND and allowed("service.hand_over", actor, row),
        curators=[
            (user.key, user.name)
            for user in support.curators(db.session) if user.id != row.asker_id
        ],
        partners=[
            (listing.ref, listing.title)
            for listing in (
                support.partners(db.session, actor_of(row.asker)) if "refer" in steps else ()
            )
        ],
        following=support.next_after(db.session, row, actor=actor, now=utcnow()),
        refusals=REFUSALS,
        endings=ENDINGS,
        values=request.form,
        errors=errors or {},
    ), status  # fmt: skip


@bp.post(f"/desk/services/<key>/<any({STEPS},note,hand_over):act>")
@permit("service.*", subject=True)
def desk_act(key, act):
    row = support.by_key(db.session, key)
    actor = require(f"service.{act}", row)
    demand_fresh(row)
    try:
        _take(row, act, actor)
    except (Invalid, InvalidForm) as error:
        db.session.rollback()
        return _page(support.by_key(db.session, key), actor, messages(error), error.status, act)
    commit()
    flash(_(SERVICE.step(act).done) + "." if act in SERVICE.steps else _("Đã lưu."), "good")
    return redirect(url_for(".desk_show", key=key))


def _take(row, act, actor):
    values, verb = typed(), getattr(support.steps, act)
    who = {"actor": actor, "now": utcnow()}
    said = {
        "triage": ("note",),
        "quote": ("amount", "text"),
        "ask_client": ("note",),
        "deliver": ("result",),
        "refuse": ("reason", "note"),
        "note": ("text",),
    }
    if act in ("assign", "hand_over"):
        chosen = values.get("curator", "")
        curator = db.session.scalar(select(User).where(User.key == chosen))
        verb(db.session, row, curator, **who)
    elif act == "refer":
        ref = values.get("listing", "")
        listing = db.session.scalar(select(Listing).where(Listing.ref == ref))
        verb(db.session, row, listing, values.get("note", ""), **who)
    else:
        verb(db.session, row, *(values.get(name, "") for name in said.get(act, ())), **who)
