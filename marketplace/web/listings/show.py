"""A listing's page, and the moves its owner makes with one button."""

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.domain import workflow
from marketplace.domain.errors import Invalid, NotFound
from marketplace.domain.fields import CONFIDENTIAL, CONTACT, field, fields, steps
from marketplace.domain.permissions import allowed
from marketplace.domain.vocabulary import VISIBILITIES
from marketplace.models import db, utcnow
from marketplace.services import attachments, confidential, disclosure, discovery, listings
from marketplace.services.listings import handover, review, versions
from marketplace.services.listings.reading import levels_filled
from marketplace.web import errors as error_pages
from marketplace.web.access import commit, permit, require
from marketplace.web.listings import boxes, bp, qr
from marketplace.web.listings.check import settings
from marketplace.web.listings.history import lines, reasons
from marketplace.web.listings.mine import buttons, who_has_it
from marketplace.web.presentation import in_line, shown

# Shown in the head of the page, not again among the facts.
HEAD = frozenset({"title_vi", "title_en", "summary_vi", "summary_en"})
OWNER_STEPS = "hold,resume,renew,withdraw,reopen,revise,discard_revision,confirm"


@bp.get("/listings/<ref>")
@permit("listing.view", subject=True)
def show(ref):
    listing = listings.by_ref(db.session, ref)
    actor = require("listing.view", listing)
    return page(listing, actor)


def page(listing, actor, *, errors=None, status=200):
    view = disclosure.view(db.session, actor, listing)
    owner = allowed("listing.history", actor, listing)
    version_id = listing.live_version_id or listing.working_version_id
    near = []
    if listing.state == "published":
        near = discovery.similar(
            db.session, current_app.extensions["engines"], actor, listing, limit=4
        )
    address = settings().base_url + url_for(".show", ref=listing.ref)
    return (
        render_template(
            "listings/show.html",
            listing=listing,
            view=view,
            sections=sections(view),
            key_facts=key_facts(view),
            hidden=hidden_levels(view, levels_filled(db.session, version_id)),
            secret=secret(listing, actor, view),
            requests=confidential.of_listing(db.session, listing) if owner else 0,
            near=near,
            attachments=attachments.readable(db.session, listing, view.levels),
            address=address,
            code=qr.code(address),
            insider=owner,
            who_has_it=who_has_it(listing),
            history=lines(listing, actor) if owner else [],
            returned=returned(listing) if owner else [],
            correction=handover.correction_wanted(db.session, listing)
            if listing.state == "draft" and owner
            else None,
            buttons=buttons(actor, listing),
            flag_reasons=[(code, _(words)) for code, words in review.FLAG_REASONS.items()],
            visibility_choices=[(code, _(words)) for code, words in VISIBILITIES.items()],
            errors=errors or {},
            first_seal=versions.first_seal(db.session, listing) if owner else None,
        ),
        status,
    )


def sections(view) -> list[dict]:
    """The facts the reader may see, empty ones left out: by step of the form, but what files it
    (sector, keywords) after what it says."""
    found = []
    for step in (*steps(view.kind)[1:], steps(view.kind)[0]):
        rows = [
            (f, shown(f, view.values[f.name]))
            for f in fields(view.kind, step, levels=view.levels)
            if f.name not in HEAD and view.values.get(f.name) not in (None, "", [])
        ]
        if rows:
            first = step == steps(view.kind)[0]
            title = _("Phân loại") if first else _(boxes.step_title(step))
            found.append({"title": title, "rows": rows})
    return found


# What a reader wants to know before reading on, by kind: fields, in order.
KEY_FACTS = {
    "offer": ("trl", "cooperation", "price_type", "place"),
    "need": ("deadline", "capacity_wanted", "solution_type", "place"),
    "idea": ("idea_stage", "help_wanted", "place"),
    "startup": ("product_stage", "round", "ask_amount", "place"),
    "mentor": ("functions", "fee", "mode", "place"),
    "expert": ("degree", "organisation", "services_offered", "place"),
    "investor": ("investor_type", "stages", "ticket_min", "ticket_max"),
    "support": ("support_type", "turnaround", "place"),
}


def key_facts(view) -> list[tuple[str, str]]:
    """(label, words) of the few facts for the head of the page, as far as the reader may see."""
    found = []
    for name in KEY_FACTS[view.kind]:
        f = field(view.kind, name)
        if f is None or f.level not in view.levels or view.values.get(name) in (None, "", []):
            continue
        words = in_line(view, f)
        if f.scheme == "trl":
            words = _("mức %(n)s trên 9", n=view.values[name])
        found.append((_(f.label), words))
    return found


def hidden_levels(view, filled) -> frozenset[str]:
    """Levels that hold something this reader does not see."""
    return (filled & {"registered", CONTACT, "confidential"}) - view.levels


def secret(listing, actor, view) -> dict | None:
    """What the page says of the part that is kept from this reader: that there is one, how to ask
    for it, and what the reader has asked for. None for who reads it anyway, or where none is."""
    if CONFIDENTIAL in view.levels:
        return None
    things = confidential.things(db.session, listing, actor)
    if not things:
        return None
    left = any(thing.standing is None for thing in things)
    return {
        "ask": left and allowed("listing.ask_access", actor, listing),
        "client": listing.for_client,
        "requests": confidential.standing_of(db.session, listing, actor),
    }


def returned(listing) -> list[tuple[str, str, str]]:
    """What the desk asked to be mended, while it is the owner's turn."""
    if "returned" not in (listing.state, listing.revision) and listing.state != "rejected":
        return []
    event = listings.last(db.session, listing, "return", "reject", "return_revision")
    return reasons(listing, event) if event is not None else []


# --- Moves ------------------------------------------------------------------------------------
@bp.post(f"/listings/<ref>/<any({OWNER_STEPS}):step>")
@permit("listing.*", subject=True)
def advance(ref, step):
    listing = listings.by_ref(db.session, ref)
    actor = require(f"listing.{step}", listing)
    listings.advance(db.session, listing, step, actor=actor, now=utcnow())
    commit()
    if step in ("revise", "reopen"):
        return redirect(url_for(".edit", ref=ref, step=steps(listing.kind)[0]))
    machine = workflow.LISTING if step in workflow.LISTING.steps else workflow.REVISION
    flash(_("%(done)s: hồ sơ %(ref)s.", done=_(machine.step(step).done), ref=ref), "success")
    return redirect(url_for(".show", ref=ref))


@bp.post("/listings/<ref>/flag")
@permit("listing.flag", subject=True)
def flag(ref):
    listing = listings.by_ref(db.session, ref)
    actor = require("listing.flag", listing)
    form = request.form
    try:
        listings.flag(
            db.session, listing, form.get("reason", ""), form.get("note", ""),
            actor=actor, now=utcnow(),
        )  # fmt: skip
    except Invalid as error:
        db.session.rollback()
        listing = listings.by_ref(db.session, ref)
        return page(listing, actor, errors={"reason": error_pages.words(error)}, status=422)
    commit()
    flash(_("Cảm ơn bạn đã báo. Trưởng nhóm xem xét trong 1 ngày làm việc; trong lúc đó hồ sơ "
            "tạm không hiện."), "success")  # fmt: skip
    return redirect(url_for("home.index"))


@bp.post("/listings/<ref>/options")
@permit("listing.submit", subject=True)
def options(ref):
    """Who may find a published listing, and whether it takes expressions of interest."""
    listing = listings.by_ref(db.session, ref)
    actor = require("listing.submit", listing)
    listings.set_options(
        db.session,
        listing,
        actor=actor,
        now=utcnow(),
        visibility=request.form.get("visibility", listing.visibility),
        open_for_eoi="1" in request.form.getlist("open_for_eoi"),
    )
    commit()
    flash(_("Đã đổi cách công khai hồ sơ %(ref)s.", ref=ref), "success")
    return redirect(url_for(".show", ref=ref))


@bp.get("/listings/<ref>/stamp")
@permit("listing.submit", subject=True)
def stamp(ref):
    """The text of the first submission, secrets included, for its owner to keep: its SHA-256 and
    the date in our log prove that it existed then."""
    listing = listings.by_ref(db.session, ref)
    require("listing.submit", listing)
    version = versions.first_seal(db.session, listing)
    if version is None:
        raise NotFound
    text = versions.sealed_text(db.session, listing, version)
    return Response(
        text,
        mimetype="application/json",
        headers={"Content-Disposition": f'attachment; filename="{listing.ref}.json"'},
    )
