"""Check your answers, send, receipt."""

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.config import Settings
from marketplace.domain.errors import InvalidForm, WrongState
from marketplace.domain.fields import STAFF, completeness, fields, steps
from marketplace.domain.permissions import allowed
from marketplace.models import db, utcnow
from marketplace.services import attachments, likeness, listings
from marketplace.services.listings import handover
from marketplace.web import errors as error_pages
from marketplace.web.access import commit, current_actor, permit, require
from marketplace.web.listings import boxes, bp, qr
from marketplace.web.listings.gates import elsewhere, locked, may_edit, sign_in_first
from marketplace.web.listings.pages import box_url, missing, stepper
from marketplace.web.presentation import shown


@bp.get("/listings/<ref>/check")
@permit("listing.edit", subject=True)
def check(ref):
    sign_in_first()
    listing = listings.by_ref(db.session, ref)
    why = locked(listing)
    if why:
        return elsewhere(listing, why)
    may_edit(listing)
    return check_page(listing)


def check_page(listing, errors=None):
    """Every answer on one page, gaps and faults among them, each with a link to its box."""
    actor = current_actor()
    staff = listing.entered_by_id == actor.id and actor.is_curator
    values, typed = listings.contents(db.session, listing, staff=staff)
    wrong = listings.whats_wrong(db.session, listing, now=utcnow())
    faults = {name: error_pages.words(error) for name, error in (errors or wrong).items()}
    doubles = likeness.doubles(db.session, current_app.extensions["engines"], actor, listing)
    return render_template(
        "listings/check.html",
        listing=listing,
        sections=sections(listing, values, typed, faults, staff=staff),
        faults=[
            (box_url(listing, f), f"{_(f.label)}: {faults[f.name]}")
            for f in fields(listing.kind)
            if f.name in faults
        ],
        errors=[("", "x")] if errors else [],
        steps=stepper(listing, "check", values, typed),
        percent=completeness(listing.kind, values),
        missing=missing(listing, values),
        attachments=attachments.of_listing(db.session, listing),
        doubles=doubles,
        # Those the reader can mend instead of sending this one.
        mendable={
            each.view.ref
            for each in doubles.open
            if allowed("listing.edit", actor, each.view.listing)
            or allowed("listing.revise", actor, each.view.listing)
        },
        consent_version=handover.CONSENT_VERSION,
    )


def sections(listing, values, typed, faults, *, staff=False) -> list[dict]:
    """step -> its answers as (field, shown value, fault)."""
    found = []
    for step in steps(listing.kind):
        rows = [
            {
                "field": f,
                "value": plain_typed(typed[f.name])
                if f.name in typed
                else shown(f, values.get(f.name)),
                "fault": faults.get(f.name, ""),
            }
            for f in fields(listing.kind, step)
            if staff or f.level != STAFF
        ]
        found.append({"step": step, "title": _(boxes.step_title(step)), "rows": rows})
    return found


def plain_typed(text) -> str:
    """What was typed, shortened: a page with ten thousand characters in a cell helps nobody."""
    text = text if isinstance(text, str) else "; ".join(text)
    return text if len(text) <= 600 else text[:600] + "…"


@bp.post("/listings/<ref>/distinct")
@permit("listing.edit", subject=True)
def distinct(ref):
    """The owner's word that a listing that looks alike is another one; the desk still sees both."""
    sign_in_first()
    listing = listings.by_ref(db.session, ref)
    actor = may_edit(listing)
    other = listings.by_ref(db.session, request.form.get("other", ""))
    require("listing.view", other)
    likeness.tell_apart(db.session, listing, other, side="owner", actor=actor, now=utcnow())
    commit()
    flash(_("Đã ghi: hai hồ sơ này không phải một."), "success")
    return redirect(url_for(".check", ref=ref))


@bp.post("/listings/<ref>/submit")
@permit("listing.submit", subject=True)
def submit(ref):
    """Send a draft, or the revision of a published listing, to the desk. Pressed twice, or again
    from the back button, it leads to the receipt of the first time."""
    sign_in_first()
    listing = listings.by_ref(db.session, ref)
    actor = require("listing.submit", listing)
    step = "submit_revision" if listing.state == "published" else "submit"
    try:
        listings.advance(db.session, listing, step, actor=actor, now=utcnow())
    except WrongState:
        if "in_review" not in (listing.state, listing.revision):
            raise
        flash(_("Hồ sơ này đã gửi rồi, không cần gửi lại."), "info")
        return redirect(url_for(".receipt", ref=ref))
    except InvalidForm as error:
        db.session.rollback()
        return check_page(listings.by_ref(db.session, ref), error.errors), 422
    commit()
    return redirect(url_for(".receipt", ref=ref))


@bp.get("/listings/<ref>/receipt")
@permit("listing.history", subject=True)
def receipt(ref):
    sign_in_first()
    listing = listings.by_ref(db.session, ref)
    require("listing.history", listing)
    if listing.submitted_at is None:
        return redirect(url_for(".show", ref=ref))
    address = settings().base_url + url_for("tracking.code", code=listing.tracking_code)
    return render_template("listings/receipt.html", listing=listing, code=qr.code(address))


def settings() -> Settings:
    return current_app.config["SETTINGS"]
