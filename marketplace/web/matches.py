"""A party's side of a match: see why, answer, and after the introduction meet."""

from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.domain import permissions
from marketplace.domain.errors import DomainError, Invalid, NotFound
from marketplace.domain.fields import CONFIDENTIAL
from marketplace.domain.vocabulary import FAILURES
from marketplace.domain.workflow import MATCH, MATCH_RELEASED
from marketplace.models import db, utcnow
from marketplace.services import confidential, disclosure, limits, listings, matches, room
from marketplace.web import standing, wording
from marketplace.web.access import commit, current_actor, permit, require
from marketplace.web.deals.parts import nexts
from marketplace.web.errors import words

bp = Blueprint("matches", __name__)

STEPS = (
    "accept_first", "decline_first", "accept_second", "decline_second", "report_contact",
    "report_failed",
)  # fmt: skip


@bp.get("/me/matches")
@permit("account.manage")
def mine():
    actor = current_actor()
    found = matches.of_actor(db.session, actor)
    rows = [
        (row, standing.said(row.state, first=permissions.first_party(actor, row))) for row in found
    ]
    return render_template(
        "matches/mine.html",
        rows=rows,
        unread=room.unread(db.session, actor),
        nexts=nexts(actor, found),
    )


@bp.get("/matches/<key>")
@permit("match.view", subject=True)
def show(key):
    row = matches.by_key(db.session, key)
    require("match.view", row)
    return _page(row)


def _page(row, errors=None, status=200):
    actor = current_actor()
    if not permissions.known_to_party(actor, row):
        return redirect(url_for("desk.match", key=row.key))
    first = permissions.first_party(actor, row)
    ours, theirs = (row.first, row.second) if first else (row.second, row.first)
    mine = disclosure.view(db.session, actor, ours)
    other = disclosure.view(db.session, actor, theirs)
    return render_template(
        "matches/show.html",
        match=row,
        first=first,
        said=partial(standing.said, first=first),
        path=standing.path(first=first),
        places=standing.PLACES,
        next=nexts(actor, [row]).get(row.id),
        mine=mine,
        other=other,
        released=row.state in MATCH_RELEASED,
        looked_after=matches.reach(db.session, theirs).client,
        secret=other_secret(row, theirs, other),
        **why(row, mine, other),
        history=matches.history(db.session, row, private=False),
        steps=[
            step
            for step in MATCH.open(row.state)
            if step.name in STEPS and permissions.allowed(f"match.{step.name}", actor, row)
        ],
        failures=FAILURES,
        errors=errors or {},
    ), status


def why(row, mine, other) -> dict:
    """Why it was suggested, for templates/matches/_parts.html: what a reader of these two views
    may know of it."""
    return {
        "asking": mine.listing is row.a,
        "constraints": wording.constraints(row.explanation, levels=mine.levels & other.levels),
        "passages": wording.passages(row.explanation),
        "shared": wording.terms(row.explanation),
        "level": wording.LEVELS[row.level],
    }


def other_secret(row, theirs, other) -> bool:
    """Whether the other side keeps something secret that the reader may ask to see."""
    actor = current_actor()
    if CONFIDENTIAL in other.levels or theirs.for_client:
        return False
    if not permissions.allowed("match.ask_access", actor, row):
        return False
    return any(thing.standing is None for thing in confidential.things(db.session, theirs, actor))


@bp.post("/matches/<key>/<step>")
@permit("match.*", subject=True)
def answer(key, step):
    row = matches.by_key(db.session, key)
    if step not in STEPS:
        raise NotFound
    actor = require(f"match.{step}", row)
    try:
        matches.advance(
            db.session,
            row,
            step,
            actor=actor,
            now=utcnow(),
            reason=request.form.get("reason", ""),
            note=request.form.get("note", ""),
        )
    except Invalid as error:
        db.session.rollback()
        return _page(matches.by_key(db.session, key), {error.field or "": [words(error)]}, 422)
    commit()
    flash(_(MATCH.step(step).done) + ".", "good")
    return redirect(url_for(".show", key=key))


# --- Expression of interest --------------------------------------------------------------------
@bp.get("/listings/<ref>/interest")
@permit("listing.express_interest", subject=True)
def express(ref):
    target = listings.by_ref(db.session, ref)
    require("listing.express_interest", target)
    return _interest_page(target)


def _interest_page(target, errors=None, status=200):
    actor = current_actor()
    return render_template(
        "matches/express.html",
        target=disclosure.view(db.session, actor, target),
        mine=matches.mine_to_offer(db.session, target, actor=actor),
        open=matches.open_interests(db.session, actor),
        values=request.form,
        errors=errors or {},
    ), status


@bp.post("/listings/<ref>/interest")
@permit("listing.express_interest", subject=True)
def express_post(ref):
    target = listings.by_ref(db.session, ref)
    actor = require("listing.express_interest", target)
    mine = {each.ref: each for each in matches.mine_to_offer(db.session, target, actor=actor)}
    chosen = mine.get(request.form.get("mine", ""))
    try:
        if chosen is None:
            raise Invalid(_("Hãy chọn hồ sơ của bạn."), "mine")
        limits.check(db.session, "interest.account", actor.key, now=utcnow())
        limits.note(db.session, "interest.account", actor.key, now=utcnow())
        row = matches.express(
            db.session, target, chosen, request.form.get("note", ""), actor=actor, now=utcnow()
        )
    except DomainError as error:
        db.session.rollback()
        target = listings.by_ref(db.session, ref)
        field = getattr(error, "field", None) or "mine"
        return _interest_page(target, {field: [words(error)]}, error.status)
    commit()
    flash(_("Đã gửi. Cán bộ sàn sẽ hỏi ý bên kia và báo lại bạn."), "good")
    return redirect(url_for(".show", key=row.key))
