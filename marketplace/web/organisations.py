"""Organisations: the public directory, one's own, and the curators' list to verify."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.domain.errors import Invalid, InvalidForm, NotFound, WrongState
from marketplace.models import db, utcnow
from marketplace.services import accounts, disclosure, organisations
from marketplace.web.access import commit, current_actor, permit, require
from marketplace.web.errors import words
from marketplace.web.forms import messages, page_number, typed
from marketplace.web.listings import boxes
from marketplace.web.presentation import vocabulary

bp = Blueprint("organisations", __name__)


# --- For everybody -----------------------------------------------------------------------------
@bp.get("/organisations")
@permit("organisation.view")
def index():
    asked, page = request.args.get("q", "").strip()[:200], page_number()
    found, total = organisations.page_of_organisations(db.session, words=asked, page=page)
    return render_template(
        "organisations/index.html", q=asked, found=found, total=total, page=page,
        pages=-(-total // organisations.PAGE),
    )  # fmt: skip


@bp.get("/organisations/<key>")
@permit("organisation.view", subject=True)
def show(key):
    organisation = organisations.by_key(db.session, key)
    actor, page = require("organisation.view", organisation), page_number()
    listings, total = organisations.listings_of(db.session, actor, organisation, page)
    return render_template(
        "organisations/show.html",
        organisation=organisation,
        tax_code=_public_tax_code(organisation),
        mine=organisations.membership_of(db.session, organisation, actor.id)
        if actor.signed_in
        else None,
        listed=disclosure.cards(db.session, actor, listings),
        total=total,
        page=page,
        pages=-(-total // organisations.LISTINGS_PAGE),
        base_choices=[(code, _(text)) for code, text in organisations.BASES.items()],
    )


def _public_tax_code(organisation) -> str:
    """A body's code is public; a household's may be its owner's personal number."""
    return "" if organisations.is_personal(organisation.tax_code) else organisation.tax_code or ""


# --- Registering and correcting ----------------------------------------------------------------
@bp.get("/organisations/new")
@permit("organisation.create")
def new():
    values = {"name": request.args.get("name", "")[:200]}
    return _form(values, {})


@bp.post("/organisations/new")
@permit("organisation.create")
def create():
    values, actor = typed(), current_actor()
    try:
        organisation = organisations.create(
            db.session,
            values,
            vocabulary=vocabulary(),
            actor=actor,
            now=utcnow(),
            sure=values.get("sure") == "1",
        )
    except InvalidForm as error:
        db.session.rollback()
        return _form(values, messages(error)), error.status
    except organisations.AlreadyThere as error:
        return _form(values, {}, found=error.found, same=error.same), error.status
    commit()
    flash(_("Đã đăng ký %(name)s. Bạn là người quản trị.", name=organisation.name), "good")
    return redirect(url_for(".manage", key=organisation.key))


@bp.get("/me/organisations/<key>/edit")
@permit("organisation.edit", subject=True)
def edit(key):
    organisation = organisations.by_key(db.session, key)
    require("organisation.edit", organisation)
    values = {f.name: getattr(organisation, f.name) or "" for f in organisations.FIELDS}
    if values["place"]:
        values["place"] = boxes.boxed(_PLACE, values["place"])
    return _form(values, {}, organisation=organisation)


_PLACE = next(f for f in organisations.FIELDS if f.name == "place")


@bp.post("/me/organisations/<key>/edit")
@permit("organisation.edit", subject=True)
def edit_post(key):
    organisation = organisations.by_key(db.session, key)
    actor, values = require("organisation.edit", organisation), typed()
    try:
        organisations.edit(
            db.session, organisation, values, vocabulary=vocabulary(), actor=actor, now=utcnow()
        )
    except InvalidForm as error:
        db.session.rollback()
        organisation = organisations.by_key(db.session, key)
        return _form(values, messages(error), organisation=organisation), error.status
    except organisations.AlreadyThere as error:
        twin = error.found[0].name
        fault = _("Mã số thuế này là của %(name)s, đã có trên sàn.", name=twin)
        return _form(values, {"tax_code": [fault]}, organisation=organisation), error.status
    commit()
    flash(_("Đã lưu thông tin đơn vị."), "good")
    return redirect(url_for(".manage", key=key))


def _form(values, errors, **more):
    return render_template(
        "organisations/form.html",
        values=values,
        errors=errors,
        types=boxes.choices(organisations.FIELDS[1]),
        sizes=boxes.choices(organisations.FIELDS[2]),
        places=boxes.places(),
        **({"organisation": None, "found": [], "same": False} | more),
    )


# --- Belonging ---------------------------------------------------------------------------------
@bp.get("/me/organisations")
@permit("account.manage")
def mine():
    actor = current_actor()
    return render_template(
        "organisations/mine.html",
        memberships=organisations.mine(db.session, actor),
        asked=organisations.asked_of(db.session, actor),
    )


@bp.post("/organisations/<key>/join")
@permit("organisation.join", subject=True)
def join(key):
    organisation = organisations.by_key(db.session, key)
    actor = require("organisation.join", organisation)
    try:
        organisations.ask_to_join(db.session, organisation, actor=actor, now=utcnow())
    except WrongState as refusal:  # already in: where he wants to be
        flash(words(refusal), "info")
        return redirect(url_for(".show", key=key))
    commit()
    flash(_("Đã gửi yêu cầu. Bạn sẽ nhận thư khi có trả lời."), "good")
    return redirect(url_for(".mine"))


@bp.post("/organisations/<key>/take-back")
@permit("organisation.join", subject=True)
def take_back(key):
    organisation = organisations.by_key(db.session, key)
    actor = require("organisation.join", organisation)
    organisations.take_back(db.session, organisation, actor=actor, now=utcnow())
    commit()
    flash(_("Đã rút yêu cầu tham gia."), "info")
    return redirect(url_for(".mine"))


@bp.get("/me/organisations/<key>")
@permit("organisation.members", subject=True)
def manage(key):
    organisation = organisations.by_key(db.session, key)
    actor = require("organisation.members", organisation)
    return render_template(
        "organisations/manage.html",
        organisation=organisation,
        members=organisations.memberships(db.session, organisation, "active"),
        asked=organisations.memberships(db.session, organisation, "asked"),
        belongs=organisation.id in actor.organisations,
    )


@bp.post("/me/organisations/<key>/leave")
@permit("organisation.leave", subject=True)
def leave(key):
    organisation = organisations.by_key(db.session, key)
    actor = require("organisation.leave", organisation)
    try:
        organisations.leave(db.session, organisation, actor=actor, now=utcnow())
    except WrongState as refusal:
        return _refused(refusal, key)
    commit()
    flash(_("Bạn đã rời %(name)s.", name=organisation.name), "info")
    return redirect(url_for(".mine"))


# The button of a member's row -> what it does.
MOVES = {
    "admit": organisations.admit,
    "refuse": organisations.refuse,
    "remove": organisations.remove,
    "make_admin": lambda *args, **kw: organisations.set_member_role(*args, "admin", **kw),
    "make_member": lambda *args, **kw: organisations.set_member_role(*args, "member", **kw),
}


@bp.post("/me/organisations/<key>/members/<user_key>")
@permit("organisation.admit", subject=True)
def move(key, user_key):
    organisation = organisations.by_key(db.session, key)
    actor = require("organisation.admit", organisation)
    user = accounts.by_key(db.session, user_key)
    row = organisations.membership_of(db.session, organisation, user.id)
    act = MOVES.get(request.form.get("move", ""))
    if row is None or act is None:
        raise NotFound
    try:
        act(db.session, row, actor=actor, now=utcnow())
    except WrongState as refusal:
        return _refused(refusal, key)
    commit()
    flash(_("Đã lưu thay đổi về %(name)s.", name=user.name), "good")
    if request.form.get("back") == "desk" and actor.is_curator:
        return redirect(url_for(".to_verify"))
    return redirect(url_for(".manage", key=key))


def _refused(refusal, key):
    """Said on the page the button stood on: the list there shows how things are now."""
    db.session.rollback()
    flash(words(refusal), "warn")
    return redirect(url_for(".manage", key=key))


# --- The centre's word -------------------------------------------------------------------------
@bp.get("/desk/organisations")
@permit("organisation.list")
def to_verify():
    page = page_number()
    waiting, total = organisations.to_verify(db.session, page)
    return render_template(
        "organisations/to_verify.html",
        waiting=waiting,
        total=total,
        page=page,
        pages=-(-total // organisations.PAGE),
        asked=organisations.without_admin(db.session),
    )


@bp.post("/organisations/<key>/verify")
@permit("organisation.verify", subject=True)
def verify(key):
    organisation = organisations.by_key(db.session, key)
    actor = require("organisation.verify", organisation)
    try:
        organisations.verify(
            db.session, organisation, request.form.get("basis", ""), actor=actor, now=utcnow()
        )
    except (Invalid, WrongState) as refusal:
        db.session.rollback()
        flash(words(refusal), "warn")
        return redirect(url_for(".show", key=key))
    commit()
    flash(_("Đã xác minh %(name)s.", name=organisation.name), "good")
    return redirect(url_for(".show", key=key))


@bp.post("/organisations/<key>/unverify")
@permit("organisation.verify", subject=True)
def unverify(key):
    organisation = organisations.by_key(db.session, key)
    actor = require("organisation.verify", organisation)
    organisations.unverify(db.session, organisation, actor=actor, now=utcnow())
    commit()
    flash(_("Đã bỏ dấu xác minh của %(name)s.", name=organisation.name), "info")
    return redirect(url_for(".show", key=key))
