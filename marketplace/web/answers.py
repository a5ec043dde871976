"""A client without an account answers a proposal: by the link in a letter or on paper, or through a
curator who has the signed sheet or the client on the telephone."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm.exc import StaleDataError

from marketplace.domain.errors import Conflict, Expired, InvalidForm
from marketplace.domain.workflow import MATCH
from marketplace.models import db, utcnow
from marketplace.services import disclosure, matches
from marketplace.services.matches import clients
from marketplace.web.access import commit, permit, require
from marketplace.web.desk import match_page
from marketplace.web.forms import messages
from marketplace.web.listings import qr
from marketplace.web.listings.assisted import dead_page
from marketplace.web.listings.check import sections, settings
from marketplace.web.matches import why
from marketplace.web.security import limiter

bp = Blueprint("answers", __name__)


# --- By link -----------------------------------------------------------------------------------
@bp.get("/answer/<token>")
@permit("page.open")
@limiter.limit("30/minute")
def show(token):
    return _page(token)


def _page(token, errors=None, status=200):
    try:
        side = clients.look(db.session, token, now=utcnow())
    except Expired:
        return dead_page()
    return render_template(
        "answers/show.html", token=token, errors=errors or {}, typed=request.form, **_told(side)
    ), status


def _told(side) -> dict:
    """What the client may know of both sides: public text, and contacts once they were released."""
    mine, other = (
        disclosure.view(db.session, side.actor, listing) for listing in (side.mine, side.other)
    )
    return {
        "match": side.match,
        "phase": side.phase,
        "mine": mine,
        "other": other,
        "sections": sections(other.listing, other.values, {}, {}),
        "until": side.until(),
        **why(side.match, mine, other),
    }


@bp.post("/answer/<token>")
@permit("page.open")
@limiter.limit("30/minute")
def answer(token):
    try:
        clients.answer(db.session, token, _said("link"), now=utcnow())
        commit()
    except InvalidForm as error:
        db.session.rollback()
        return _page(token, messages(error), 422)
    except Expired:
        db.session.rollback()
        return dead_page()
    except (Conflict, StaleDataError):
        # Somebody else recorded the answer in the same moment; the page says how it stands.
        db.session.rollback()
    return redirect(url_for(".show", token=token))


def _said(channel) -> clients.Answer:
    form = request.form
    return clients.Answer(
        choice=form.get("choice", ""),
        name=form.get("name", ""),
        agreed=form.get("agreed") == "1",
        reason=form.get("reason", ""),
        channel=channel,
    )


# --- Through the desk --------------------------------------------------------------------------
@bp.post("/desk/matches/<key>/answer")
@permit("match.answer_for_client", subject=True)
def record(key):
    row = matches.by_key(db.session, key)
    actor = require("match.answer_for_client", row)
    said = _said(request.form.get("channel", ""))
    try:
        clients.record(db.session, row, said, actor=actor, now=utcnow())
    except InvalidForm as error:
        db.session.rollback()
        return match_page(matches.by_key(db.session, key), messages(error), 422)
    commit()
    flash(_("Đã ghi câu trả lời: %(state)s.", state=_(MATCH.states[row.state])), "good")
    return redirect(url_for("desk.match", key=key, queue="answered"))


@bp.post("/desk/matches/<key>/sheet/<any(first, second):side>")
@permit("match.print_sheet", subject=True)
def sheet(key, side):
    """The sheet to answer on, or the introduction. It is the answer to a POST because it carries a
    fresh link: only its hash stays here, so it cannot be printed twice with the same code."""
    row = matches.by_key(db.session, key)
    actor = require("match.print_sheet", row)
    client, token = clients.print_sheet(db.session, row, side, actor=actor, now=utcnow())
    commit()
    address = settings().base_url + url_for(".show", token=token)
    return render_template("answers/sheet.html", code=qr.code(address), **_told(client))
