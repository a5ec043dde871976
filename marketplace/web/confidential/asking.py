"""Asking to read what is kept secret in a listing."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.domain.errors import DomainError, Invalid, InvalidForm
from marketplace.domain.workflow import OPEN_ACCESS_PER_MEMBER
from marketplace.models import db, utcnow
from marketplace.services import confidential, listings, organisations
from marketplace.web.access import commit, current_actor, permit, require
from marketplace.web.confidential import bp
from marketplace.web.errors import words
from marketplace.web.forms import messages, typed


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
