"""Typing for a farmer or a co-operative: hand over, printed form, and the client's own page."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.domain.errors import Expired, InvalidForm
from marketplace.models import Listing, db, utcnow
from marketplace.services import attachments, listings
from marketplace.services.disclosure import values_of
from marketplace.services.listings import handover, versions
from marketplace.web.access import commit, permit, require
from marketplace.web.forms import messages
from marketplace.web.listings import bp, qr
from marketplace.web.listings.check import check_page, sections, settings
from marketplace.web.security import limiter


@bp.post("/listings/<ref>/hand_over")
@permit("listing.hand_over", subject=True)
def hand_over(ref):
    listing = listings.by_ref(db.session, ref)
    actor = require("listing.hand_over", listing)
    if listing.state == "client_validation":
        flash(_("Hồ sơ này đã gửi chủ hồ sơ rồi."), "info")
        return redirect(url_for(".hand_over_page", ref=ref))
    try:
        listings.advance(db.session, listing, "hand_over", actor=actor, now=utcnow())
    except InvalidForm as error:
        db.session.rollback()
        return check_page(listings.by_ref(db.session, ref), error.errors), 422
    commit()
    return redirect(url_for(".hand_over_page", ref=ref))


@bp.get("/listings/<ref>/hand-over")
@permit("listing.moderate", subject=True)
def hand_over_page(ref):
    listing = listings.by_ref(db.session, ref)
    actor = require("listing.moderate", listing)
    return waiting_page(listing, actor)


def waiting_page(listing, actor, errors=None, status=200):
    values = values_of(db.session, versions.under_review(listing), {"contact"})
    return (
        render_template(
            "listings/hand_over.html",
            listing=listing,
            mailed=bool(values.get("contact_email")),
            typist=listing.entered_by_id == actor.id,
            errors=errors or {},
        ),
        status,
    )


@bp.post("/listings/<ref>/paper")
@permit("listing.hand_over", subject=True)
def paper(ref):
    """The form on paper. It is the answer to a POST because it carries a fresh link: only its hash
    stays here, so the sheet cannot be printed twice with the same code."""
    listing = listings.by_ref(db.session, ref)
    actor = require("listing.hand_over", listing)
    if listing.state != "client_validation":
        raise Expired
    token = handover.issue(db.session, listing, actor=actor, now=utcnow())
    commit()
    address = settings().base_url + url_for(".confirm_page", token=token)
    return render_template(
        "listings/paper.html",
        listing=listing,
        sections=sheet(listing),
        code=qr.code(address),
        days=handover.LINK_DAYS,
    )


@bp.post("/listings/<ref>/mail-again")
@permit("listing.hand_over", subject=True)
def mail_again(ref):
    listing = listings.by_ref(db.session, ref)
    actor = require("listing.hand_over", listing)
    if listing.state != "client_validation":
        raise Expired
    handover.issue(db.session, listing, actor=actor, now=utcnow(), by_mail=True)
    commit()
    flash(_("Đã gửi thư có liên kết mới."), "success")
    return redirect(url_for(".hand_over_page", ref=ref))


@bp.post("/listings/<ref>/signed-paper")
@permit("listing.confirm_on_paper", subject=True)
def signed_paper(ref):
    """Another curator has the signed form on the desk."""
    listing = listings.by_ref(db.session, ref)
    actor = require("listing.confirm_on_paper", listing)
    try:
        handover.confirm_on_paper(
            db.session, listing, name=request.form.get("name", ""), actor=actor, now=utcnow()
        )
    except InvalidForm as error:
        db.session.rollback()
        return waiting_page(listings.by_ref(db.session, ref), actor, messages(error), 422)
    commit()
    flash(_("Đã ghi nhận phiếu ký và đăng hồ sơ."), "success")
    return redirect(url_for(".show", ref=ref))


def sheet(listing) -> list[dict]:
    """All values of the listing but the staff's own, for the person they belong to."""
    values = values_of(db.session, versions.under_review(listing), versions.OWNER_LEVELS)
    return sections(listing, values, {}, {})


@bp.get("/confirm/<token>")
@permit("page.open")
@limiter.limit("30/minute")
def confirm_page(token):
    return client_page(token)


def client_page(token, *, errors=None, status=200):
    try:
        link = handover.find(db.session, token)
    except Expired:
        return dead_page()
    listing = db.session.get(Listing, link.listing_id)
    living = handover.is_open(link, listing, utcnow())
    answer = link.payload.get("answer", "")
    if not (living or answer):
        return dead_page(listing.ref)
    return (
        render_template(
            "listings/confirm.html",
            listing=listing,
            answered_at=link.used_at,
            living=living,
            answer=answer,
            # A used or dead link shows no content any more: it may lie about on paper for years.
            sections=sheet(listing) if living else [],
            attachments=attachments.of_listing(db.session, listing) if living else [],
            errors=errors or {},
            typed=request.form,
            consent_version=handover.CONSENT_VERSION,
        ),
        status,
    )


def dead_page(ref: str = ""):
    """A link that opens nothing, and what to do instead. Unknown and old ones look alike, but for
    the `ref` that the holder of an old one knows."""
    return render_template("answers/dead.html", ref=ref), 410


@bp.post("/confirm/<token>")
@permit("page.open")
@limiter.limit("30/minute")
def confirm(token):
    form, now = request.form, utcnow()
    try:
        if form.get("answer") == "correct":
            handover.ask_correction(db.session, token, note=form.get("note", ""), now=now)
        else:
            handover.confirm(
                db.session,
                token,
                name=form.get("name", ""),
                agreed=form.get("agreed") == "1",
                now=now,
            )
    except InvalidForm as error:
        db.session.rollback()
        return client_page(token, errors=messages(error), status=422)
    except Expired:
        db.session.rollback()
        return client_page(token)
    commit()
    return redirect(url_for(".confirm_page", token=token))
