"""An invitation to look at a startup together, as its three parties see it."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from marketplace.domain.permissions import allowed
from marketplace.domain.ties_investing import founder, invitee, inviter
from marketplace.domain.workflow import COINVEST
from marketplace.models import db, utcnow
from marketplace.services.investing import board, teaser, together
from marketplace.web.access import commit, permit, require
from marketplace.web.investing import bp
from marketplace.web.investing.teaser import said

STEPS = "consent,refuse,join,decline,withdraw,leave"


@bp.get("/co-investing/<key>")
@permit("coinvest.view", subject=True)
def invitation(key):
    row = together.by_key(db.session, key)
    actor = require("coinvest.view", row)
    investor = inviter(actor, row) or invitee(actor, row)
    page = teaser.of_listing(db.session, actor, row.card.listing, only_public=True)
    return render_template(
        "investing/invitation.html",
        row=row,
        sides=together.sides(db.session, row, stages=investor),
        founder=founder(actor, row) and not investor,
        invitee=invitee(actor, row) and not inviter(actor, row),
        page=page,
        said=said(page),
        card=board.of_listing(db.session, actor, row.card.listing),
        steps=[
            step for step in COINVEST.open(row.state)
            if allowed(f"coinvest.{step.name}", actor, row)
        ],
    )  # fmt: skip


@bp.post(f"/co-investing/<key>/<any({STEPS}):step>")
@permit("coinvest.*", subject=True)
def answer(key, step):
    row = together.by_key(db.session, key)
    actor = require(f"coinvest.{step}", row)
    together.advance(db.session, row, step, actor=actor, now=utcnow())
    commit()
    flash(_(COINVEST.step(step).done) + ".", "good")
    if allowed("coinvest.view", actor, row):
        return redirect(url_for(".invitation", key=key))
    return redirect(url_for(".index"))
