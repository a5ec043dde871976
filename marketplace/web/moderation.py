"""The desk for listings: one queue by due time, one page to decide on each, then the next. Who has
taken what is noted, so that no two do the same work; it keeps nobody from deciding."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from marketplace.domain import workflow
from marketplace.domain.errors import Conflict, Invalid, InvalidForm, NotFound, WrongState
from marketplace.domain.fields import LEVELS, STAFF, completeness, field, fields, steps
from marketplace.domain.vocabulary import KINDS
from marketplace.models import Listing, User, db, utcnow
from marketplace.services import attachments, disclosure, likeness, listings
from marketplace.services.accounts import actor_of
from marketplace.services.listings import review, versions
from marketplace.services.listings.review import subject_of
from marketplace.services.organisations.finding import curators
from marketplace.web import errors as error_pages
from marketplace.web.access import commit, current_actor, permit, require
from marketplace.web.differences import plain, sides
from marketplace.web.forms import messages
from marketplace.web.listings import boxes
from marketplace.web.listings.history import lines
from marketplace.web.presentation import shown

bp = Blueprint("moderation", __name__)

ALL_LEVELS = frozenset(LEVELS)
# What the page decides on -> (approve, return, reject) as steps of the two machines.
DECISIONS = {
    "listing": ("publish", "return", "reject"),
    "revision": ("approve_revision", "return_revision", ""),
    "flag": ("clear", "", "take_down"),
}
DECISION_STEPS = ",".join(sorted({step for row in DECISIONS.values() for step in row if step}))


@bp.get("/desk/listings")
@permit("desk.open")
def queue():
    actor, where = current_actor(), asked()
    chosen = review.queue(db.session, actor, **where)
    counts = review.counts(db.session, actor, whose=where["whose"])
    clients = db.session.scalars(
        select(Listing)
        .where(Listing.state == "client_validation")
        .order_by(Listing.due_at)
        .limit(review.MOST)
    ).all()
    return render_template(
        "moderation/queue.html",
        rows=[row_of(view, actor) for view in disclosure.cards(db.session, actor, chosen)],
        clients=clients,
        counts={name: counts[name] for name in KINDS if name in counts},
        by_whose=review.counts_by_whose(db.session, actor, kind=where["kind"]),
        where=where,
        total=sum(counts.values()),
        late=review.late(db.session, actor, utcnow()),
        now=utcnow(),
    )


def asked() -> dict[str, str]:
    """How the queue is narrowed: in every address of the desk, so that the next is of the same."""
    kind, whose = request.args.get("kind", ""), request.args.get("whose", "")
    return {
        "kind": kind if kind in KINDS else "",
        "whose": whose if whose in review.WHOSE else "",
    }


def narrowed(endpoint, **values) -> str:
    """The address of a page of the desk, with how the queue is narrowed."""
    return url_for(endpoint, **values, **{k: v for k, v in asked().items() if v})


def row_of(view, actor) -> dict:
    listing = view.listing
    return {
        "view": view,
        "subject": subject_of(listing),
        "impartial": review.may_answer(actor, listing),
        "late": listing.due_at is not None and listing.due_at < utcnow(),
    }


@bp.get("/desk/listings/<ref>", endpoint="review")
@permit("listing.moderate", subject=True)
def review_page(ref):
    listing = listings.by_ref(db.session, ref)
    require("listing.moderate", listing)
    return page(listing)


def page(listing, *, errors=None, status=200):
    actor, form = current_actor(), request.form
    version_id = versions.under_review(listing)
    values = disclosure.values_of(db.session, version_id, ALL_LEVELS)
    before, after = review.neighbours(review.queue(db.session, actor, **asked()), listing)
    subject = subject_of(listing)
    approve, send_back, reject = DECISIONS.get(subject, ("", "", ""))
    return (
        render_template(
            "moderation/review.html",
            listing=listing,
            subject=subject,
            approve=approve,
            send_back=send_back,
            reject=reject,
            impartial=review.may_answer(actor, listing),
            version=version_id,
            title=values.get("title_vi", ""),
            sections=answers(listing, values),
            changes=changed_rows(listing),
            percent=completeness(listing.kind, values),
            checklist=review.checklist(listing),
            ticked=form.getlist("checklist"),
            return_reasons=review.RETURN_REASONS,
            reject_reasons=review.REJECT_REASONS,
            chosen=form.getlist("reason"),
            reminded={each.split(":")[0] for each in form.getlist("reason")}
            | {name.removeprefix("note-") for name in form if form[name].strip()},
            typed=form,
            staff_boxes=boxes.boxes(
                tuple(f for f in fields(listing.kind) if f.level == STAFF), values, {}, {}, {}
            ),
            attachments=attachments.of_listing(db.session, listing),
            doubles=likeness.doubles(
                db.session, current_app.extensions["engines"], actor, listing, desk=True
            ),
            history=lines(listing, actor),
            taken=listings.last(db.session, listing, "assign") if listing.reviewer_id else None,
            colleagues=colleagues(listing, actor) if subject else [],
            before=before,
            after=after,
            narrowed=narrowed,
            errors=errors or {},
            now=utcnow(),
        ),
        status,
    )


def colleagues(listing, actor) -> list[User]:
    """The others at the desk who may decide on this listing, by name."""
    return sorted(
        (
            user
            for user in curators(db.session)
            if user.id != actor.id and review.may_answer(actor_of(user), listing)
        ),
        key=lambda user: user.name,
    )


def answers(listing, values) -> list[dict]:
    found = []
    for step in steps(listing.kind):
        rows = [
            {"field": f, "value": shown(f, values.get(f.name))}
            for f in fields(listing.kind, step)
            if f.level != STAFF
        ]
        found.append({"title": _(boxes.step_title(step)), "rows": rows})
    return found


def changed_rows(listing) -> list[dict]:
    """What differs from the live version, or from the one that was returned, word by word."""
    rows = []
    for name, old, new in listings.changes(db.session, listing, ALL_LEVELS - {STAFF}):
        f = field(listing.kind, name)
        old, new = plain(shown(f, old)), plain(shown(f, new))
        rows.append({"field": f, **sides(old, new)})
    return rows


@bp.post(f"/desk/listings/<ref>/<any({DECISION_STEPS}):step>")
@permit("listing.*", subject=True)
def decide(ref, step):
    """Decide and go on to the next. What was decided or changed meanwhile by somebody else is
    refused with words, never decided twice."""
    listing = listings.by_ref(db.session, ref)
    require("listing.moderate", listing)
    actor = require(f"listing.{step}", listing)
    following = next_after(listing, actor)
    held_by = listing.reviewer.name if listing.reviewer_id not in (None, actor.id) else ""
    try:
        refuse_unread(listing)
        listings.advance(
            db.session,
            listing,
            step,
            actor=actor,
            now=utcnow(),
            note=request.form.get("note", ""),
            reasons=chosen_reasons(listing, step),
            checklist=request.form.getlist("checklist"),
        )
    except (Invalid, InvalidForm) as error:
        db.session.rollback()
        return page(listings.by_ref(db.session, ref), errors=messages(error), status=422)
    except (Conflict, WrongState) as error:
        db.session.rollback()
        raise Conflict(already(listings.by_ref(db.session, ref), actor)) from error
    commit()
    flash(_("%(done)s: hồ sơ %(ref)s.", done=_(step_done(step)), ref=ref), "success")
    if held_by:
        flash(_("%(who)s đang xét hồ sơ này; hãy báo để khỏi làm trùng.", who=held_by), "info")
    if following is None:
        return redirect(narrowed(".queue"))
    return redirect(narrowed(".review", ref=following.ref))


def step_done(step) -> str:
    machine = workflow.LISTING if step in workflow.LISTING.steps else workflow.REVISION
    return machine.step(step).done


def next_after(listing, actor):
    """The next one that waits, by due time, once this one is decided."""
    waiting = review.queue(db.session, actor, **asked())
    _before, after = review.neighbours(waiting, listing)
    others = [each for each in waiting if each.ref != listing.ref]
    return after or (others[0] if others else None)


def refuse_unread(listing) -> None:
    """The decision is about the version that was on the page, and no other."""
    read = request.form.get("version", type=int)
    if read is not None and read != versions.under_review(listing):
        raise Conflict


def already(listing, actor) -> str | None:
    """Who was first, and with what; None when the history does not tell."""
    last = next(iter(reversed(lines(listing, actor))), None)
    if last is None or not last["who"]:
        return None
    return _("%(who)s vừa xử lý hồ sơ này: %(done)s.", who=last["who"], done=last["words"])


def chosen_reasons(listing, step) -> list[dict]:
    """Ticked `field:code` pairs, each with the note typed beside its field; a note alone counts."""
    form = request.form
    found, noted = [], set()
    for each in form.getlist("reason"):
        name, _colon, code = each.rpartition(":")
        note = form.get(f"note-{name}", "") if name not in noted else ""
        noted.add(name)
        found.append({"field": name, "reason": code, "note": note})
    for f in fields(listing.kind):
        note = form.get(f"note-{f.name}", "").strip()
        if note and f.name not in noted:
            found.append({"field": f.name, "reason": "other", "note": note})
    general = form.get("general", "")
    if general and step == "reject":
        found.append({"field": "", "reason": general, "note": ""})
    return found


@bp.post("/desk/listings/<ref>/assign")
@permit("listing.assign", subject=True)
def assign(ref):
    """Take it, give it to a colleague, or give it back: one press each."""
    listing = listings.by_ref(db.session, ref)
    actor = require("listing.assign", listing)
    key = request.form.get("reviewer", "")
    chosen = db.session.scalar(select(User).where(User.key == key)) if key else None
    if key and (chosen is None or chosen.disabled_at is not None):
        raise NotFound
    try:
        review.assign(
            db.session, listing, actor_of(chosen) if chosen else None, actor=actor, now=utcnow()
        )
    except Invalid as error:
        db.session.rollback()
        return page(listings.by_ref(db.session, ref), errors=messages(error), status=422)
    except WrongState as error:
        db.session.rollback()
        raise Conflict(already(listings.by_ref(db.session, ref), actor)) from error
    commit()
    flash(assigned(chosen, actor), "success")
    if request.form.get("go") == "queue":
        return redirect(narrowed(".queue"))
    return redirect(narrowed(".review", ref=ref))


def assigned(user, actor) -> str:
    if user is None:
        return _("Đã trả về hàng chung.")
    if user.id == actor.id:
        return _("Bạn đã nhận hồ sơ này để xét duyệt.")
    return _("Đã giao cho %(name)s.", name=user.name)


@bp.post("/desk/listings/<ref>/distinct")
@permit("listing.tell_apart", subject=True)
def distinct(ref):
    """The desk's word that a listing that looks alike is another one; kept with both."""
    listing = listings.by_ref(db.session, ref)
    actor = require("listing.tell_apart", listing)
    other = listings.by_ref(db.session, request.form.get("other", ""))
    require("listing.view", other)
    likeness.tell_apart(db.session, listing, other, side="desk", actor=actor, now=utcnow())
    commit()
    flash(_("Đã ghi: hai hồ sơ này không phải một."), "success")
    return redirect(narrowed(".review", ref=ref) + "#giong")


@bp.post("/desk/listings/<ref>/note")
@permit("listing.note", subject=True)
def note(ref):
    """A line for colleagues; the owner never sees it."""
    listing = listings.by_ref(db.session, ref)
    actor = require("listing.note", listing)
    text = request.form.get("text", "").strip()[:2000]
    if text:
        listings.remember(db.session, listing, "note", actor=actor, now=utcnow(), note=text)
        commit()
        flash(_("Đã ghi chú nội bộ."), "success")
    return redirect(narrowed(".review", ref=ref) + "#lich-su")


@bp.post("/desk/listings/<ref>/staff")
@permit("listing.moderate", subject=True)
def staff_fields(ref):
    """The fields only staff fills, such as the transfer lists a technology was checked against."""
    listing = listings.by_ref(db.session, ref)
    actor = require("listing.moderate", listing)
    names = [f.name for f in fields(listing.kind) if f.level == STAFF]
    raw = {name: request.form.getlist(name) for name in names}
    faults = listings.save(
        db.session, listing, raw, actor=actor, now=utcnow(), names=names, staff=True
    )
    if faults:
        db.session.rollback()
        errors = {name: [error_pages.words(error)] for name, error in faults.items()}
        return page(listings.by_ref(db.session, ref), errors=errors, status=422)
    commit()
    flash(_("Đã lưu mục của cán bộ."), "success")
    return redirect(narrowed(".review", ref=ref))
