"""Typing a listing: choose a kind, then short pages that save themselves. Nothing typed is lost:
what is not acceptable is kept, what another window saved is not overwritten unseen, and what comes
in after the session ended waits until its writer has signed in again (see `rescue`)."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from marketplace.domain.fields import steps
from marketplace.domain.vocabulary import KINDS
from marketplace.models import Organisation, db, utcnow
from marketplace.services import likeness, listings
from marketplace.services.listings import kept
from marketplace.services.listings.drafts import same
from marketplace.web import errors as error_pages
from marketplace.web.access import commit, current_actor, permit, require
from marketplace.web.listings import boxes, bp
from marketplace.web.listings.gates import (
    autosaving,
    elsewhere,
    known_kind,
    known_step,
    locked,
    may_edit,
    sign_in_first,
    typed_form,
)
from marketplace.web.listings.pages import OPTIONS_STEP, conflict, first_page, plain, step_page
from marketplace.web.listings.rescue import keep_for_later
from marketplace.web.presentation import moment

# --- Choosing -----------------------------------------------------------------------------
LONGEST_TITLE = 200  # of words taken over from a search


@bp.get("/listings/new")
@permit("page.open")
def new():
    return render_template(
        "listings/new.html",
        kinds=KINDS,
        for_client=request.args.get("client") == "1",
    )


@bp.get("/listings/new/<kind>")
@permit("listing.create", subject=True)
def start(kind):
    known_kind(kind)
    for_client = request.args.get("client") == "1"
    require("listing.create_for_client" if for_client else "listing.create")
    # Who searched in vain and posts the need instead has said it once already.
    title = request.args.get("title", "").strip()[:LONGEST_TITLE]
    return first_page(kind, for_client=for_client, typed={"title_vi": title} if title else None)


# --- The first save ---------------------------------------------------------------------------
@bp.post("/listings/new/<kind>")
@permit("listing.create", subject=True)
def create(kind):
    known_kind(kind)
    if not current_actor().signed_in:
        return keep_for_later({"kind": kind})
    for_client = request.form.get("for_client") == "1"
    actor = require("listing.create_for_client" if for_client else "listing.create")
    key, now = request.form.get("draft_key", "")[:64], utcnow()
    listing = kept.opened(db.session, key, actor=actor) if key else None
    if listing is not None:
        require("listing.edit", listing)
        return save_step(listing, steps(kind)[0], actor)
    faults = client_faults(for_client)
    if faults or not anything_typed(kind):
        if autosaving():
            return {"saved_at": "", "version": "", "errors": faults}
        faults = faults or {"title_vi": _("Hãy điền ít nhất mục đầu tiên rồi lưu.")}
        return first_page(kind, for_client=for_client, typed=typed_form(), errors=faults), 422
    listing = listings.create(
        db.session,
        kind,
        actor=actor,
        now=now,
        organisation=chosen_organisation(actor),
        client_name=request.form.get("client_name", "").strip(),
        for_client=for_client,
    )
    if key:
        kept.claim(db.session, key, listing, actor=actor, now=now)
    return save_step(listing, steps(kind)[0], actor)


def client_faults(for_client) -> dict:
    if for_client and len(request.form.get("client_name", "").strip()) < 2:
        return {"client_name": _("Hãy ghi tên khách hàng: hộ, hợp tác xã hoặc cơ sở.")}
    return {}


def anything_typed(kind) -> bool:
    """More than the place, which the form fills in by itself."""
    return any(
        text.strip()
        for name in boxes.names(kind, boxes.ALL)
        if name != "place"
        for text in request.form.getlist(name)
    )


def chosen_organisation(actor) -> Organisation | None:
    """The organisation the listing is for, if it is one of the actor's."""
    key = request.form.get("organisation", "")
    row = db.session.scalar(select(Organisation).where(Organisation.key == key)) if key else None
    return row if row is not None and row.id in actor.organisations else None


# --- A page of the form -----------------------------------------------------------------------
@bp.get("/listings/<ref>/edit/<step>")
@permit("listing.edit", subject=True)
def edit(ref, step):
    sign_in_first()
    listing = listings.by_ref(db.session, ref)
    why = locked(listing)
    if why:
        return elsewhere(listing, why)
    may_edit(listing)
    return step_page(
        listing,
        known_step(listing.kind, step),
        suggest=request.args.get("suggest") == "1",
        taken=request.args.get("taken", ""),
    )


@bp.post("/listings/<ref>/edit/<step>")
@permit("listing.edit", subject=True)
def save(ref, step):
    if not current_actor().signed_in:
        return keep_for_later({"ref": ref, "step": step})
    listing = listings.by_ref(db.session, ref)
    why = locked(listing)
    if why and not autosaving():
        return locked_page(listing, known_step(listing.kind, step), why)
    actor = may_edit(listing)
    return save_step(listing, known_step(listing.kind, step), actor)


def locked_page(listing, step, why):
    """409 for a form that comes in too late, with what was typed into it: nothing is lost."""
    raw = typed_form()
    typed = [
        (_(f.label), plain(f, boxes.retyped(f, raw[f.name])))
        for f in boxes.shown_fields(listing.kind, step)
        if raw.get(f.name)
    ]
    return render_template("listings/locked.html", listing=listing, why=why, typed=typed), 409


def save_step(listing, step, actor):
    """Save a page and go on; the answer to an autosave is JSON."""
    staff = listing.entered_by_id == actor.id and actor.is_curator
    names, raw = boxes.names(listing.kind, step, staff=staff), typed_form()
    suggestable = likeness.suggested_fields(listing.kind, names)
    accepted = boxes.accept(listing.kind, suggestable, raw, request.form.get("accept", ""))
    seen = request.form.get("version", "")
    if (
        seen
        and seen != listings.stamp(db.session, listing, names)
        and not same(db.session, listing, raw, names)
    ):
        return conflict(listing, step, raw)
    faults = listings.save(
        db.session, listing, raw, actor=actor, now=utcnow(), names=names, staff=staff
    )
    save_options(listing, step, actor)
    if request.form.get("kept"):
        kept.drop(db.session, request.form["kept"], actor=actor, now=utcnow())
    commit()
    faults = listings.told_at_once(db.session, listing, now=utcnow(), names=names) | faults
    errors = {name: error_pages.words(error) for name, error in faults.items()}
    if autosaving():
        return saved_json(listing, names, errors)
    go = request.form.get("go", "suggest" if accepted else "next")
    if go == "suggest":
        # Asked of a text as it stands: what is not acceptable yet keeps its fault beside its box.
        # What was accepted is told where the next suggestions stand; what cannot be, at its box.
        taken = accepted if accepted not in errors else ""
        where = url_for(".edit", ref=listing.ref, step=step, suggest=1, taken=taken or None)
        return redirect(f"{where}#f-{accepted}" if accepted in errors else f"{where}#goi-y")
    if errors and go != "later":
        return step_page(listing, step, errors=errors), 422
    if go == "later":
        flash(_("Đã lưu nháp hồ sơ %(ref)s. Bạn có thể viết tiếp bất cứ lúc nào.", ref=listing.ref),
              "success")  # fmt: skip
        return redirect(url_for(".mine"))
    following = boxes.next_step(listing.kind, step)
    if go == "check" or following is None:
        return redirect(url_for(".check", ref=listing.ref))
    return redirect(url_for(".edit", ref=listing.ref, step=following))


def save_options(listing, step, actor) -> None:
    """What stands beside the fields: who may find it, for whom it is, its language."""
    now, form = utcnow(), request.form
    if step in (OPTIONS_STEP, boxes.ALL) and "visibility" in form:
        listings.set_options(
            db.session,
            listing,
            actor=actor,
            now=now,
            visibility=form["visibility"],
            open_for_eoi="1" in form.getlist("open_for_eoi"),
            language=form.get("language"),
        )
    if step in (steps(listing.kind)[0], boxes.ALL) and "organisation" in form:
        chosen = chosen_organisation(actor)
        unchanged = listing.organisation is not None and (
            form["organisation"] == listing.organisation.key
        )
        if not unchanged and listing.owner_user_id == actor.id:
            listings.set_options(
                db.session,
                listing,
                actor=actor,
                now=now,
                organisation_id=chosen.id if chosen is not None else None,
            )


def saved_json(listing, names, errors) -> dict:
    db.session.refresh(listing)
    return {
        "saved_at": moment(utcnow())[:5],
        "version": listings.stamp(db.session, listing, names),
        "lock": listing.lock,
        "ref": listing.ref,
        "completeness": listings.percent(db.session, listing),
        "errors": errors,
    }
