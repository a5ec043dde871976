"""Typing a listing: choose a kind, then short pages that save themselves. Nothing typed is lost:
what is not acceptable is kept, what another window saved is not overwritten unseen, and what comes
in after the session ended waits until its writer has signed in again (see `rescue`)."""

import secrets

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select

from marketplace.domain.errors import N_, Conflict, NotFound, SignInNeeded, WrongState
from marketplace.domain.fields import completeness, steps
from marketplace.domain.vocabulary import KINDS, VISIBILITIES
from marketplace.models import Organisation, User, db, utcnow
from marketplace.services import listings
from marketplace.services.listings import kept
from marketplace.services.listings.drafts import in_work, same
from marketplace.web import errors as error_pages
from marketplace.web.access import (
    commit,
    current_actor,
    current_user_row,
    permit,
    require,
)
from marketplace.web.listings import boxes, bp
from marketplace.web.listings.history import reasons
from marketplace.web.presentation import moment

OPTIONS_STEP = "contact"  # the page that also asks who may find the listing
VISIBILITY_HINTS = {
    "public": N_("Mọi người tìm và đọc được phần công khai."),
    "registered": N_("Chỉ người đã đăng nhập và xác nhận địa chỉ mới tìm thấy."),
    "masked": N_("Ai cũng tìm thấy, nhưng không thấy tên đơn vị. Đừng viết tên trong nội dung."),
    "invitation": N_("Không hiện ở đâu cả; chỉ cán bộ sàn dùng để tìm đối tác cho bạn."),
}
# Why a text cannot be changed now, for who comes back to its form by the back button.
LOCKED = {
    "in_review": N_(
        "Hồ sơ đã gửi và đang được xét duyệt nên chưa sửa được. Muốn sửa ngay, hãy rút hồ sơ rồi "
        "mở lại làm bản nháp."
    ),
    "client_validation": N_("Hồ sơ đang chờ chủ hồ sơ xác nhận nên chưa sửa được."),
    "published": N_("Hồ sơ đang đăng. Hãy bấm Sửa ở trang hồ sơ để mở bản sửa."),
}
NOT_FIELDS = frozenset({"csrf_token", "version", "writer", "draft_key", "kept", "go"})


# --- Choosing -----------------------------------------------------------------------------
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
    return first_page(kind, for_client=for_client)


def known_kind(kind):
    if kind not in KINDS:
        raise NotFound


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
    return any(
        text.strip() for name in boxes.names(kind, boxes.ALL) for text in request.form.getlist(name)
    )


def chosen_organisation(actor) -> Organisation | None:
    """The organisation the listing is for, if it is one of the actor's."""
    key = request.form.get("organisation", "")
    row = db.session.scalar(select(Organisation).where(Organisation.key == key)) if key else None
    return row if row is not None and row.id in actor.organisations else None


def own_organisations(actor) -> list[Organisation]:
    if not actor.organisations:
        return []
    return list(
        db.session.scalars(
            select(Organisation)
            .where(Organisation.id.in_(actor.organisations))
            .order_by(Organisation.name)
        )
    )


# --- A page of the form -----------------------------------------------------------------------
@bp.get("/listings/<ref>/edit/<step>")
@permit("listing.edit", subject=True)
def edit(ref, step):
    listing = listings.by_ref(db.session, ref)
    may_edit(listing)
    return step_page(listing, known_step(listing.kind, step))


@bp.post("/listings/<ref>/edit/<step>")
@permit("listing.edit", subject=True)
def save(ref, step):
    listing = listings.by_ref(db.session, ref)
    if not current_actor().signed_in:
        return keep_for_later({"kind": listing.kind, "ref": ref, "step": step})
    actor = may_edit(listing)
    return save_step(listing, known_step(listing.kind, step), actor)


def may_edit(listing):
    """The actor, when the text may be written now; a published listing needs an open revision."""
    if not in_work(listing):
        require("listing.history", listing)
        raise WrongState(LOCKED.get(listing.state))
    action = "listing.revise" if listing.state == "published" else "listing.edit"
    return require(action, listing)


def known_step(kind, step):
    if step != boxes.ALL and step not in steps(kind):
        raise NotFound
    return step


def save_step(listing, step, actor):
    """Save a page and go on; the answer to an autosave is JSON."""
    staff = listing.entered_by_id == actor.id and actor.is_curator
    names, raw = boxes.names(listing.kind, step, staff=staff), typed_form()
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
    errors = {name: error_pages.words(error) for name, error in faults.items()}
    if autosaving():
        return saved_json(listing, names, errors)
    go = request.form.get("go", "next")
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


def autosaving() -> bool:
    return bool(request.headers.get("X-Autosave"))


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


def typed_form() -> dict:
    """name -> what was typed: a text, or a list where the name came several times."""
    form = {}
    for name, texts in request.form.lists():
        if name not in NOT_FIELDS:
            form[name] = texts if len(texts) > 1 else texts[0]
    return form


# --- Pages ------------------------------------------------------------------------------------
def first_page(kind, *, for_client=False, typed=None, errors=None, kept_key="", notice=""):
    """The first page of a listing that does not exist yet."""
    actor, user = current_actor(), current_user_row()
    organisations = [] if for_client else own_organisations(actor)
    step, typed = steps(kind)[0], typed or {}
    listed = boxes.shown_fields(kind, step, staff=for_client)
    known = {} if for_client else listings.prefilled(
        kind, user, organisations[0] if organisations else None
    )  # fmt: skip
    return render_template(
        "listings/step.html",
        kind=kind,
        listing=None,
        step=step,
        boxes=boxes.boxes(listed, known, typed, errors or {}, {}),
        places=boxes.places(),
        errors=errors or {},
        steps=[
            *(
                (s, _(boxes.step_title(s)), None, "current" if s == step else "todo")
                for s in steps(kind)
            ),
            ("check", _("Kiểm tra và gửi"), None, "todo"),
        ],
        percent=completeness(kind, {}),
        missing=[],
        version="",
        writer=signed_writer(actor),
        draft_key=typed.get("draft_key") or secrets.token_urlsafe(12),
        action=url_for(".create", kind=kind),
        for_client=for_client,
        client_name=typed.get("client_name", ""),
        organisations=organisations,
        organisation_choices=[(row.key, row.name) for row in organisations],
        organisation_key=typed.get(
            "organisation", organisations[0].key if organisations else ""
        ),
        with_options=False,
        kept_key=kept_key,
        notice_words=notice,
        conflicts=False,
    )  # fmt: skip


def step_page(listing, step, *, errors=None, retyped=None, conflicts=(), kept_key="", notice=""):
    """A page of an existing draft or revision, as saved, or as just typed (`retyped`)."""
    actor = current_actor()
    staff = listing.entered_by_id == actor.id and actor.is_curator
    listed = boxes.shown_fields(listing.kind, step, staff=staff)
    values, typed = listings.contents(db.session, listing, staff=staff)
    held = typed
    if retyped is not None:
        typed = {f.name: retyped.get(f.name, "") for f in listed}
    wrong = {
        name: error_pages.words(error)
        for name, error in listings.whats_wrong(db.session, listing, now=utcnow()).items()
        if name in held
    }
    errors = errors if errors is not None else wrong
    names = [f.name for f in listed]
    asks_whose = step in (steps(listing.kind)[0], boxes.ALL) and listing.owner_user_id == actor.id
    organisations = own_organisations(actor) if asks_whose else []
    return render_template(
        "listings/step.html",
        kind=listing.kind,
        listing=listing,
        step=step,
        boxes=boxes.boxes(
            listed, with_known(listing, values, actor), typed, errors, asked_for(listing)
        ),
        places=boxes.places(),
        errors={name: errors[name] for name in errors if name in names},
        steps=stepper(listing, step, values, held),
        percent=completeness(listing.kind, values),
        missing=missing(listing, values),
        version=listings.stamp(db.session, listing, names),
        writer=signed_writer(actor),
        draft_key="",
        action=url_for(".save", ref=listing.ref, step=step),
        for_client=False,
        client_name=listing.client_name,
        organisations=organisations,
        organisation_choices=[(row.key, row.name) for row in organisations],
        organisation_key=listing.organisation.key if listing.organisation else "",
        with_options=step in (OPTIONS_STEP, boxes.ALL),
        kept_key=kept_key,
        notice_words=notice,
        conflicts=bool(conflicts),
        conflict_rows=[(label, [saved, mine], "changed") for label, saved, mine in conflicts],
        visibility_choices=[
            (code, _(words), _(VISIBILITY_HINTS[code])) for code, words in VISIBILITIES.items()
        ],
    )


def with_known(listing, values, actor) -> dict:
    """The saved values; before the contact page is first saved, what the profile knows."""
    if listing.owner_user_id != actor.id or any(n.startswith("contact_") for n in values):
        return values
    user = db.session.get(User, listing.owner_user_id)
    return listings.prefilled(listing.kind, user, listing.organisation) | values


def asked_for(listing) -> dict[str, list]:
    """field -> what the desk asked to be mended there, when the listing was returned."""
    if "returned" not in (listing.state, listing.revision):
        return {}
    event = listings.last(db.session, listing, "return", "return_revision")
    found = {}
    if event is not None:
        for kept, (_label, words, note) in zip(event.reasons, reasons(listing, event), strict=True):
            found.setdefault(kept["field"], []).append(("", words, note))
    return found


def stepper(listing, current, values, typed) -> list[tuple]:
    listed = [
        (
            step,
            _(boxes.step_title(step)),
            url_for(".edit", ref=listing.ref, step=step),
            "current" if step == current else boxes.step_state(listing.kind, step, values, typed),
        )
        for step in steps(listing.kind)
    ]
    return [
        *listed,
        ("check", _("Kiểm tra và gửi"), url_for(".check", ref=listing.ref),
         "current" if current == "check" else "todo"),
    ]  # fmt: skip


def missing(listing, values, most=3) -> list[tuple[str, str]]:
    """The weightiest gaps, each with the address of its box."""
    empty = [
        f
        for f in boxes.shown_fields(listing.kind, boxes.ALL)
        if f.weight and values.get(f.name) in (None, "", [])
    ]
    empty.sort(key=lambda f: (not f.required, -f.weight))
    return [(_(f.label), box_url(listing, f)) for f in empty[:most]]


def box_url(listing, field) -> str:
    return url_for(".edit", ref=listing.ref, step=field.step) + f"#f-{field.name}"


# --- Another window saved later ---------------------------------------------------------------
def conflict(listing, step, raw):
    """409 with both versions: what is saved now, and what this window has."""
    if autosaving():
        raise Conflict
    values, typed = listings.contents(db.session, listing, staff=True)
    rows = []
    for f in boxes.shown_fields(listing.kind, step):
        saved = boxes.retyped(f, typed[f.name]) if f.name in typed else boxes.boxed(
            f, values.get(f.name)
        )  # fmt: skip
        mine = boxes.retyped(f, raw.get(f.name, ""))
        if plain(f, saved) != plain(f, mine):
            rows.append((_(f.label), plain(f, saved), plain(f, mine)))
    return step_page(listing, step, retyped=raw, conflicts=rows, errors={}), 409


def plain(field, value) -> str:
    if isinstance(value, (list, tuple)):
        if field.type == "choices":
            words = {code: w for code, w, *_rest in flat(boxes.choices(field))}
            return "; ".join(words.get(each, str(each)) for each in value if each)
        return (", " if field.type == "tags" else "\n").join(value)
    if field.type == "choice":
        return {code: w for code, w, *_rest in boxes.choices(field)}.get(value, str(value))
    return str(value if value is not None else "").replace("\r\n", "\n").strip()


def flat(choices):
    for choice in choices:
        if isinstance(choice[1], tuple):
            yield from choice[1]
        else:
            yield choice


# --- The session ended while typing -----------------------------------------------------------
def _signer():
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="listing-writer")


def signed_writer(actor) -> str:
    """Who was given this form, signed: only such a form may be kept without a session."""
    return _signer().dumps(actor.key)


def keep_for_later(where: dict):
    """Keep what came in without a session for the writer of the form, and ask them to sign in.

    The text waits in the database under a random key, for that one account, for a day: not in the
    page or the cookie of a browser others may use. A form that was not given out by us to a
    signed-in person is not kept, so that nobody can fill the database.
    """
    if autosaving():
        raise SignInNeeded
    try:
        key = _signer().loads(request.form.get("writer", ""))
    except BadSignature:
        raise SignInNeeded from None
    writer = db.session.scalar(select(User).where(User.key == key))
    if writer is None or writer.disabled_at is not None:
        raise SignInNeeded
    form = {name: request.form.getlist(name) for name in request.form if name != "csrf_token"}
    key = kept.keep(db.session, writer.id, {**where, "form": form}, now=utcnow())
    commit()
    flash(
        _("Phiên làm việc đã hết. Nội dung vừa gõ được giữ lại: đăng nhập để lưu tiếp."), "warning"
    )
    return redirect(url_for("accounts.sign_in", next=url_for(".restore", key=key)))


@bp.get("/listings/kept/<key>")
@permit("account.manage")
def restore(key):
    """The form as it was typed, after signing in again; its button saves it."""
    form = kept.kept(db.session, key, actor=current_actor(), now=utcnow())
    raw = {name: texts if len(texts) > 1 else texts[0] for name, texts in form["form"].items()}
    words = _("Đây là nội dung bạn gõ lúc phiên làm việc hết hạn. Bấm Lưu để ghi lại.")
    return retyped_page(form, raw, kept_key=key, notice=words)


def retyped_page(where, raw, **more):
    """A form page showing what was typed, for the draft or the new listing it belongs to."""
    made = None
    if where.get("ref"):
        made = listings.by_ref(db.session, where["ref"])
    elif raw.get("draft_key"):
        made = kept.opened(db.session, raw["draft_key"], actor=current_actor())
    if made is not None:
        may_edit(made)
        step = known_step(made.kind, where.get("step") or steps(made.kind)[0])
        return step_page(made, step, retyped=raw, errors={}, **more)
    for_client = raw.get("for_client") == "1"
    require("listing.create_for_client" if for_client else "listing.create")
    return first_page(where["kind"], for_client=for_client, typed=raw, **more)


@bp.errorhandler(CSRFError)
def rescue(error):
    """A form whose token is no longer good (the browser signed in anew): nothing is written, but
    nothing typed is lost either. The page comes back as typed, with a good token."""
    place = request.view_args or {}
    if request.endpoint not in ("listings.create", "listings.save") or autosaving():
        return error_pages.page(400)
    where = {name: place[name] for name in ("kind", "ref", "step") if name in place}
    if where.get("ref"):
        where["kind"] = listings.by_ref(db.session, where["ref"]).kind
    known_kind(where["kind"])
    if not current_actor().signed_in:
        return keep_for_later(where)
    words = _("Trang mở đã lâu nên chưa lưu được. Nội dung bạn gõ còn nguyên: hãy bấm Lưu lần nữa.")
    return retyped_page(where, typed_form() | {
        "draft_key": request.form.get("draft_key", "")}, notice=words), 400  # fmt: skip
