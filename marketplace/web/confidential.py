"""What is kept secret in a listing, opened for one reader: asking, answering, signing, opening."""

from dataclasses import replace
from io import BytesIO

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from werkzeug.utils import send_file

from marketplace.domain import disclosure as rules
from marketplace.domain.errors import DomainError, Invalid, InvalidForm
from marketplace.domain.fields import CONFIDENTIAL
from marketplace.domain.permissions import allowed
from marketplace.domain.workflow import ACCESS, ACCESS_DAYS, OPEN_ACCESS_PER_MEMBER
from marketplace.models import db, utcnow
from marketplace.services import confidential, disclosure, listings, organisations
from marketplace.web.access import commit, current_actor, permit, require
from marketplace.web.attachments import HEADERS, folder
from marketplace.web.errors import words
from marketplace.web.forms import messages, page_number, typed
from marketplace.web.listings.show import sections

bp = Blueprint("confidential", __name__)

STEPS = "approve,deny,revoke,cancel"
SECRET = {"Cache-Control": "private, no-store"}


def province():
    return current_app.config["SETTINGS"].province


# --- Asking --------------------------------------------------------------------------------------
def may_ask(listing):
    """The actor, as a reader of the page or as a party of a match; refused otherwise."""
    match = confidential.match_with(db.session, listing, current_actor())
    if match is not None and not listing.for_client:
        return require("match.ask_access", match)
    return require("listing.ask_access", listing)


@bp.get("/listings/<ref>/confidential")
@permit("listing.ask_access", subject=True)
def ask(ref):
    listing = listings.by_ref(db.session, ref)
    return _ask_page(listing, may_ask(listing))


def _ask_page(listing, actor, errors=None, status=200):
    return render_template(
        "confidential/ask.html",
        listing=listing,
        things=confidential.things(db.session, listing, actor),
        organisations=[(key, row.name) for key, row in _organisations(actor).items()],
        count=confidential.count_open(db.session, actor),
        most=OPEN_ACCESS_PER_MEMBER,
        values=request.form,
        errors=errors or {},
    ), status


def _organisations(actor):
    return {
        row.organisation.key: row.organisation
        for row in organisations.mine(db.session, actor)
        if row.state == "active"
    }


@bp.post("/listings/<ref>/confidential")
@permit("listing.ask_access", subject=True)
def ask_post(ref):
    listing = listings.by_ref(db.session, ref)
    actor, values = may_ask(listing), typed()
    ours = _organisations(actor)
    first = next(iter(ours), "")
    try:
        row = confidential.ask(
            db.session,
            listing,
            values.get("what", ""),
            values.get("purpose", ""),
            organisation=ours.get(values.get("organisation") or first),
            actor=actor,
            now=utcnow(),
        )
    except DomainError as error:
        db.session.rollback()
        listing = listings.by_ref(db.session, ref)
        return _ask_page(listing, actor, _beside(error, "what"), error.status)
    commit()
    flash(_("Đã gửi. Chủ hồ sơ trả lời xong, sàn báo cho bạn."), "good")
    return redirect(url_for(".show", key=row.key))


def _beside(error, field):
    """The words of a refusal beside the field they are about, else beside `field`."""
    if isinstance(error, (Invalid, InvalidForm)):
        return messages(error)
    return {field: [words(error)]}


# --- Lists ---------------------------------------------------------------------------------------
@bp.get("/me/access")
@permit("account.manage")
def mine():
    actor = current_actor()
    return render_template(
        "confidential/mine.html",
        asked=confidential.of_asker(db.session, actor),
        to_answer=confidential.of_owner(db.session, actor),
        live=lambda row: rules.live(actor, row, utcnow()),
    )


@bp.get("/desk/access")
@permit("access.list")
def desk():
    """For the centre: that it is asked, and where it stands. What for is between the two sides."""
    page = page_number()
    rows, total = confidential.page_of_all(db.session, page)
    return render_template(
        "confidential/desk.html",
        rows=rows,
        total=total,
        page=page,
        pages=max(1, -(-total // confidential.PAGE)),
        page_address=lambda number: url_for(".desk", page=number),
    )


# --- One request ---------------------------------------------------------------------------------
@bp.get("/access/<key>")
@permit("access.view", subject=True)
def show(key):
    row = confidential.by_key(db.session, key)
    return _page(row, require("access.view", row))


def _page(row, actor, errors=None, status=200):
    mine = row.asker_id == actor.id
    return render_template(
        "confidential/show.html",
        row=row,
        mine=mine,
        live=rules.live(actor, row, utcnow()),
        steps=[
            step.name
            for step in ACCESS.open(row.state)
            if step.name in STEPS.split(",") and allowed(f"access.{step.name}", actor, row)
        ],
        views=confidential.views(db.session, row),
        days=ACCESS_DAYS,
        values=request.form,
        errors=errors or {},
    ), status


@bp.post(f"/access/<key>/<any({STEPS}):step>")
@permit("access.*", subject=True)
def advance(key, step):
    row = confidential.by_key(db.session, key)
    actor = require(f"access.{step}", row)
    try:
        _take(row, step, actor)
    except (Invalid, InvalidForm) as error:
        db.session.rollback()
        return _page(confidential.by_key(db.session, key), actor, messages(error), error.status)
    commit()
    flash(_(ACCESS.step(step).done) + ".", "good")
    return redirect(url_for(".show", key=key))


def _take(row, step, actor):
    values, now = typed(), utcnow()
    if step == "approve":
        confidential.approve(
            db.session,
            row,
            values.get("days", ""),
            unmarked=bool(values.get("unmarked")),
            text=confidential.nda.latest(province().folder),
            province=province(),
            actor=actor,
            now=now,
        )
    elif step == "cancel":
        confidential.cancel(db.session, row, actor=actor, now=now)
    else:
        verb = {"deny": confidential.deny, "revoke": confidential.revoke}[step]
        verb(db.session, row, values.get("reason", ""), actor=actor, now=now)


# --- The promise ---------------------------------------------------------------------------------
@bp.get("/access/<key>/promise")
@permit("access.view", subject=True)
def promise(key):
    row = confidential.by_key(db.session, key)
    return _promise_page(row, require("access.view", row))


def _promise_page(row, actor, errors=None, status=200):
    if not row.nda:
        return redirect(url_for(".show", key=row.key))
    return render_template(
        "confidential/promise.html",
        row=row,
        sha256=confidential.nda.digest(row.nda),
        to_sign=row.state == "nda_sent" and allowed("access.accept", actor, row),
        signature=confidential.papers.signature(row),
        values=request.form,
        errors=errors or {},
    ), status


@bp.post("/access/<key>/promise")
@permit("access.accept", subject=True)
def sign(key):
    row = confidential.by_key(db.session, key)
    actor, values = require("access.accept", row), typed()
    try:
        confidential.accept(
            db.session,
            row,
            agreed=values.get("agreed") == "1",
            name=values.get("name", ""),
            shown=values.get("shown", ""),
            address=request.remote_addr or "",
            actor=actor,
            now=utcnow(),
        )
    except InvalidForm as error:
        db.session.rollback()
        row = confidential.by_key(db.session, key)
        return _promise_page(row, actor, messages(error), error.status)
    commit()
    flash(_("Đã ký. Phần giữ kín mở cho bạn."), "good")
    return redirect(url_for(".show", key=key))


@bp.get("/access/<key>/promise.pdf")
@permit("access.view", subject=True)
def promise_pdf(key):
    row = confidential.by_key(db.session, key)
    require("access.view", row)
    if not row.nda:
        return redirect(url_for(".show", key=row.key))
    return _file(confidential.papers.copy(row), "application/pdf", f"{row.number}.pdf")


# --- Opening: by POST, for every opening is written down -----------------------------------------
@bp.post("/access/<key>/open")
@permit("access.open", subject=True)
def open_(key):
    row = confidential.by_key(db.session, key)
    actor = require("access.open", row)
    return _open_file(row, actor) if row.attachment_id else _open_fields(row, actor)


def _open_fields(row, actor):
    now = utcnow()
    view = disclosure.opened(db.session, actor, row, now=now)
    page = render_template(
        "confidential/opened.html",
        row=row,
        view=view,
        sections=sections(replace(view, levels=frozenset({CONFIDENTIAL}))),
        mark=confidential.marking.words(row, now),
        opened_at=now,
    )
    commit()
    return page, SECRET


def _open_file(row, actor):
    """The mark is made before the transaction that writes the opening down, and asked again in
    it: it takes seconds, and others want to write meanwhile."""
    key, now = row.key, utcnow()
    name, media_type = row.attachment.name, row.attachment.media_type
    content = confidential.prepared(row, folder(), actor=actor, now=now)
    db.session.rollback()
    row = confidential.by_key(db.session, key)
    actor = require("access.open", row)
    confidential.handed_out(db.session, row, actor=actor, now=utcnow())
    commit()
    return _file(content, media_type, name)


def _file(content, media_type, name):
    """Saved, never shown as a page of ours; kept nowhere on the way."""
    response: Response = send_file(
        BytesIO(content),
        request.environ,
        mimetype=media_type,
        as_attachment=True,
        download_name=name,
        response_class=Response,
        conditional=False,
        etag=False,
    )
    response.content_length = len(content)
    response.headers.update(HEADERS)
    return response
