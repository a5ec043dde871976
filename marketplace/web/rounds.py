"""A round of proposals on the desk: computed together, ticked by a curator, sent by a press."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.models import db, utcnow
from marketplace.services.matches import rounds
from marketplace.web import wording
from marketplace.web.access import commit, current_actor, permit, require

bp = Blueprint("rounds", __name__, url_prefix="/desk/rounds")

FIRST = "startup-mentor"
LIMIT = 2
MOST = 100  # pairs ticked at once; an undo names them in its address


def _asked() -> dict:
    """Pair type, limit and proposals for each, from the address or the form; the usual ones where
    nothing sensible is asked."""
    pair_type = request.values.get("pair", FIRST)
    return {
        "pair_type": pair_type if pair_type in rounds.ROUND_TYPES else FIRST,
        "limit": request.values.get("limit", LIMIT, type=int),
        "each": request.values.get("each", 1, type=int),
    }


def _address(**over) -> str:
    asked = _asked()
    place = {"pair": asked["pair_type"], "limit": asked["limit"], "each": asked["each"]}
    return url_for(".show", **(place | over))


@bp.get("")
@permit("desk.open")
def show():
    return _page()


def _page(errors=None, status=200):
    plan = rounds.plan(db.session, **_asked(), actor=current_actor(), now=utcnow())
    return render_template(
        "rounds/show.html",
        plan=plan,
        types=rounds.ROUND_TYPES,
        usual=rounds.USUAL_PLACES,
        why_not=rounds.WHY_NOT,
        days=rounds.PERIOD.days,
        limits=rounds.LIMITS,
        level_of=wording.LEVELS,
        both_ways=wording.both_ways,
        undo=request.args.getlist("did")[:MOST],
        errors=errors or {},
    ), status


@bp.post("")
@permit("desk.open")
def press():
    """Each pair is asked about by itself (rounds.hindrance): what is another's is left."""
    actor, asked = require("desk.open"), _asked()
    keys, move = request.form.getlist("match")[:MOST], request.form.get("move", "")
    if not keys or move not in rounds.MOVES:
        return _page({"match": [_("Hãy đánh dấu ít nhất một cặp.")]}, 422)
    outcome = rounds.press(
        db.session, asked["pair_type"], keys, move, limit=asked["limit"], actor=actor, now=utcnow()
    )
    done = [row.key for row in outcome.done]
    _tell(outcome, move)
    commit()
    return redirect(_address(did=done if move == "keep" else None))


def _tell(outcome, move) -> None:
    count = len(outcome.done)
    if count and move == "keep":
        flash(ngettext("Đã giữ %(num)s cặp.", "Đã giữ %(num)s cặp.", count), "good")
    elif count:
        flash(
            ngettext(
                "Đã giữ và đề xuất %(num)s cặp. Thư hỏi bên thứ nhất đang được gửi.",
                "Đã giữ và đề xuất %(num)s cặp. Thư hỏi bên thứ nhất đang được gửi.",
                count,
            ),
            "good",
        )
    for row in outcome.on_paper:
        flash(_("“%(title)s” không có thư điện tử: hãy in phiếu hoặc gọi.", title=row.first.title))
    for row, why in outcome.left:
        flash(
            _("Chưa đề xuất “%(title)s”: %(why)s.", title=row.a.title, why=_(rounds.WHY_NOT[why])),
            "warn",
        )


@bp.post("/undo")
@permit("desk.open")
def undo():
    actor, asked = require("desk.open"), _asked()
    count = rounds.undo(
        db.session, asked["pair_type"], request.form.getlist("match"), actor=actor, now=utcnow()
    )
    commit()
    if count:
        flash(ngettext("Đã hoàn tác %(num)s cặp.", "Đã hoàn tác %(num)s cặp.", count), "good")
    return redirect(_address())
