"""The public catalogue and asking for one of its services."""

import zlib

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.domain.errors import DomainError, Invalid, InvalidForm, NotFound
from marketplace.domain.permissions import allowed
from marketplace.domain.support import TEXT_LONGEST
from marketplace.models import db, sealing, utcnow
from marketplace.services import listings, matches, organisations, support
from marketplace.web.access import commit, current_actor, permit, require
from marketplace.web.errors import words
from marketplace.web.forms import messages, typed
from marketplace.web.language import language
from marketplace.web.support import bp, services

# What a guest typed, sealed, until they have signed in.
COOKIE, COOKIE_SECONDS, COOKIE_LONGEST = "service_text", 3600, 3500


@bp.get("/services")
@permit("page.open")
def index():
    return render_template("support/index.html", services=services().services.values())


@bp.get("/services/<code>")
@permit("page.open")
def show(code):
    return _page(code, {"text": _kept_text()} if request.cookies.get(COOKIE) else {})


def _page(code, values, errors=None, status=200):
    service, actor = services().get(code), current_actor()
    return render_template(
        "support/service.html",
        service=service,
        said=service.said(language()),
        may=not actor.signed_in or allowed("service.request", actor),
        organisations=[(key, row.name) for key, row in _organisations(actor).items()],
        about=_about(actor),
        longest=TEXT_LONGEST,
        values=values,
        errors=errors or {},
    ), status


def _organisations(actor):
    if not actor.signed_in:
        return {}
    return {
        row.organisation.key: row.organisation
        for row in organisations.mine(db.session, actor)
        if row.state == "active"
    }


def _about(actor) -> dict:
    """The listing or the match the request is about, by the names of the columns; an address or a
    form may name one the actor can open, and any other is nothing."""
    found = {}
    for name, read, action in (
        ("listing", listings.by_ref, "listing.view"),
        ("match", matches.by_key, "match.view"),
    ):
        key = request.values.get(name, "")
        if key:
            try:
                row = read(db.session, key)
            except NotFound:
                continue
            if allowed(action, actor, row):
                found[name] = row
    return found


@bp.post("/services/<code>")
@permit("service.request", subject=True)
def ask(code):
    service, values = services().get(code), typed()
    if not current_actor().signed_in:
        return _sign_in_first(service, values)
    actor = require("service.request")
    ours = _organisations(actor)
    chosen = values.get("organisation", "")
    try:
        if chosen and chosen not in ours:
            raise Invalid(_("Hãy chọn đơn vị của bạn."), "organisation")
        row = support.request(
            db.session,
            services(),
            code,
            values.get("text", ""),
            organisation=ours.get(chosen),
            actor=actor,
            now=utcnow(),
            **_about(actor),
        )
    except DomainError as error:
        db.session.rollback()
        beside = isinstance(error, (Invalid, InvalidForm))
        return _page(
            code, values, messages(error) if beside else {"text": [words(error)]}, error.status
        )
    commit()
    flash(_("Đã gửi. Trung tâm xem trong 2 ngày làm việc và báo cho bạn."), "good")
    answer = redirect(url_for(".mine_show", key=row.key))
    answer.delete_cookie(COOKIE, path=url_for(".index"))
    return answer


def _sign_in_first(service, values):
    """To sign in and back to the same page, with what was typed."""
    here = url_for(
        ".show", code=service.code, listing=values.get("listing") or None,
        match=values.get("match") or None,
    )  # fmt: skip
    answer = redirect(url_for("accounts.sign_in", next=here))
    flash(_("Đăng nhập hoặc đăng ký để gửi. Lời bạn vừa viết được giữ lại."), "info")
    text = values.get("text", "")[:TEXT_LONGEST]
    sealed = sealing.seal_bytes(zlib.compress(text.encode())).decode()
    if text and len(sealed) <= COOKIE_LONGEST:
        answer.set_cookie(
            COOKIE, sealed, max_age=COOKIE_SECONDS, path=url_for(".index"), httponly=True,
            samesite="Lax", secure=current_app.config["SETTINGS"].secure_cookies,
        )  # fmt: skip
    return answer


def _kept_text() -> str:
    """What the visitor typed before signing in; "" for a cookie that is not ours."""
    try:
        packed = sealing.open_bytes(request.cookies[COOKIE].encode())
        return zlib.decompressobj().decompress(packed, 4 * TEXT_LONGEST).decode(errors="ignore")
    except (sealing.SealBroken, zlib.error, UnicodeError):
        return ""
