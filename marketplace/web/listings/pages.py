"""The pages of the form: the first of a listing that does not exist yet, and those of a draft."""

import secrets

from flask import current_app, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from marketplace.domain.errors import N_, Conflict
from marketplace.domain.fields import completeness, steps
from marketplace.domain.vocabulary import VISIBILITIES
from marketplace.models import Organisation, User, db, utcnow
from marketplace.services import likeness, listings
from marketplace.web import errors as error_pages
from marketplace.web.access import current_actor, current_user_row
from marketplace.web.language import language
from marketplace.web.listings import boxes
from marketplace.web.listings.gates import autosaving
from marketplace.web.listings.history import reasons
from marketplace.web.presentation import vocabulary

OPTIONS_STEP = "contact"  # the page that also asks who may find the listing
VISIBILITY_HINTS = {
    "public": N_("Mọi người tìm và đọc được phần công khai."),
    "registered": N_("Chỉ người đã đăng nhập và xác nhận địa chỉ mới tìm thấy."),
    "masked": N_("Ai cũng tìm thấy, nhưng không thấy tên đơn vị. Đừng viết tên trong nội dung."),
    "invitation": N_("Không hiện ở đâu cả; chỉ cán bộ sàn dùng để tìm đối tác cho bạn."),
}


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
        suggestable=likeness.suggested_fields(kind, [f.name for f in listed]),
        hints=None,
        taken=None,
        conflicts=False,
    )  # fmt: skip


# How sure a suggestion is, in words: a figure would promise more than was measured.
SURENESS = {"high": N_("khá chắc"), "medium": N_("có thể"), "low": N_("chưa chắc")}


def hints(listing, names, actor) -> dict:
    """Whether suggestions can be had now, and for each field: its label and (value, words, how
    sure, phrases of the text that speak for it)."""
    engines = current_app.extensions["engines"]
    found = likeness.hints(db.session, engines, actor, listing, names)
    return {
        "ready": found.ready,
        "fields": [
            (
                f,
                [
                    (guess.value, hinted(f, guess.value), _(SURENESS[guess.level]), guess.because)
                    for guess in found.guesses[f.name]
                ],
            )
            for f in boxes.shown_fields(listing.kind, boxes.ALL)
            if f.name in found.guesses
        ],
    }


def hinted(field, value) -> str:
    """A suggested value as people read it; a readiness level with its number."""
    if not field.scheme:
        return value
    words = vocabulary().label(field.scheme, value, language())
    return f"{value} – {words}" if field.scheme == "trl" else words


def step_page(
    listing,
    step,
    *,
    errors=None,
    retyped=None,
    conflicts=(),
    kept_key="",
    notice="",
    suggest=False,
    taken="",
):
    """A page of an existing draft or revision, as saved, or as just typed (`retyped`); with
    `suggest` also what its text suggests for the fields of the page, `taken` naming the field that
    has just taken one."""
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
    suggestable = likeness.suggested_fields(listing.kind, names)
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
        suggestable=suggestable,
        hints=hints(listing, names, actor) if suggest else None,
        taken=next((f for f in listed if f.name == taken and taken in suggestable), None),
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


# --- Another window saved later -----------------------------------------------------------
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
