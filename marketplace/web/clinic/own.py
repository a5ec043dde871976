"""The founder's pages: the clinic's front door, one page of where an idea stands, the profile."""

from io import BytesIO

from flask import current_app, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _

from marketplace.domain.clinic import (
    CLINIC,
    CLINIC_ADVICE_DAYS,
    CLINIC_WRITABLE,
    PROFILE,
    SHARES,
    STEPS,
    TITLE_LONGEST,
    shares,
)
from marketplace.domain.errors import N_, DomainError, Invalid
from marketplace.domain.fields import steps
from marketplace.domain.permissions import allowed
from marketplace.models import db, utcnow
from marketplace.services import clinic, vocabularies
from marketplace.web.access import commit, current_actor, permit, require
from marketplace.web.clinic import bp, said
from marketplace.web.forms import messages, typed
from marketplace.web.presentation import label


@bp.get("/clinic")
@permit("page.open")
def index():
    return _front({})


def _front(values, errors=None, status=200):
    actor = current_actor()
    return render_template(
        "clinic/index.html",
        ideas=clinic.of_founder(db.session, actor) if actor.signed_in else [],
        let_in=clinic.of_reader(db.session, actor) if actor.signed_in else [],
        next_of=clinic.next_step,
        names=STEPS,
        may=allowed("clinic.start", actor),
        guide=[(name, said(step)) for step, name in STEPS.items()],
        title_longest=TITLE_LONGEST,
        days=CLINIC_ADVICE_DAYS,
        values=values,
        errors=errors or {},
    ), status


@bp.post("/clinic")
@permit("clinic.start")
def start():
    values = typed()
    try:
        idea = clinic.start(
            db.session, values.get("title", ""), actor=current_actor(), now=utcnow()
        )
    except DomainError as error:
        db.session.rollback()
        return _front(values, messages(error), error.status)
    commit()
    return redirect(url_for(".step", key=idea.key, step=next(iter(STEPS))))


@bp.get("/clinic/ideas/<key>")
@permit("clinic.view", subject=True)
def show(key):
    idea = clinic.by_key(db.session, key)
    return page(idea, require("clinic.view", idea))


def page(idea, actor, errors=None, status=200):
    upcoming = clinic.next_step(idea)
    writable = idea.state in CLINIC_WRITABLE
    mentors = clinic.mentors(db.session, actor) if writable else []
    return render_template(
        "clinic/show.html",
        idea=idea,
        names=STEPS,
        profile=PROFILE,
        rows=clinic.written(idea),
        upcoming=upcoming,
        upcoming_said=said(upcoming) if upcoming else {},
        answered=clinic.answered(idea),
        versions=clinic.versions(db.session, idea),
        views=clinic.views(db.session, idea),
        fits=clinic.fits(db.session, current_app.extensions["engines"], actor, idea)
        if writable
        else {},
        mentors=[(row.ref, row.title) for row in mentors],
        may_let_in={row.ref for row in mentors if row.owner_user_id not in idea.reader_ids},
        open_steps={each.name for each in CLINIC.open(idea.state)},
        writable=writable,
        title_longest=TITLE_LONGEST,
        days=CLINIC_ADVICE_DAYS,
        values=request.form,
        errors=errors or {},
    ), status


ACTS = "let_in,shut_out,rename,close,withdraw"


@bp.post(f"/clinic/ideas/<key>/<any({ACTS}):act>")
@permit("clinic.*", subject=True)
def do(key, act):
    idea = clinic.by_key(db.session, key)
    actor = require(f"clinic.{act}", idea)
    values, who = typed(), {"actor": actor, "now": utcnow()}
    try:
        if act == "let_in":
            ref = values.get("mentor", "")
            mentor = next((m for m in clinic.mentors(db.session, actor) if m.ref == ref), None)
            clinic.let_in(db.session, idea, mentor, **who)
        elif act == "shut_out":
            clinic.shut_out(db.session, idea, values.get("person", ""), **who)
        elif act == "rename":
            clinic.rename(db.session, idea, values.get("title", ""), **who)
        elif act == "withdraw" and values.get("sure") != "1":
            raise Invalid(_("Hãy đánh dấu rằng bạn muốn xóa."), "sure")
        else:
            {"close": clinic.close, "withdraw": clinic.withdraw}[act](db.session, idea, **who)
    except DomainError as error:
        db.session.rollback()
        return page(clinic.by_key(db.session, key), actor, messages(error), error.status)
    commit()
    flash(_(_DONE[act]) if act in _DONE else _(CLINIC.step(act).done) + ".", "good")
    return redirect(url_for(".show", key=key))


_DONE = {
    "let_in": N_("Đã mời. Cố vấn được báo; mỗi lần họ mở, bạn thấy ở đây."),
    "shut_out": N_("Đã thôi cho đọc, có hiệu lực ngay."),
    "rename": N_("Đã đổi tên tạm."),
}


@bp.get("/clinic/ideas/<key>/versions/<number>.txt")
@permit("clinic.view", subject=True)
def version(key, number):
    """The stamped text, to the byte."""
    idea = clinic.by_key(db.session, key)
    require("clinic.view", idea)
    row = clinic.version(db.session, idea, number)
    answer = send_file(
        BytesIO(row.text.encode()), mimetype="text/plain; charset=utf-8", as_attachment=True,
        download_name=f"{idea.number}-{row.number}-giay-{row.receipt_number}.txt",
    )  # fmt: skip
    answer.headers["Cache-Control"] = "no-store"
    return answer


# --- To a profile --------------------------------------------------------------------------------
@bp.get("/clinic/ideas/<key>/profile")
@permit("clinic.profile", subject=True)
def profile(key):
    idea = clinic.by_key(db.session, key)
    require("clinic.profile", idea)
    if idea.state != "open":
        return redirect(url_for(".show", key=key))
    return _profile(idea, {})


def _profile(idea, values, errors=None, status=200):
    vocabulary = vocabularies.current(db.session)
    return render_template(
        "clinic/profile.html",
        idea=idea,
        names=STEPS,
        texts=clinic.texts(idea),
        shares=shares,
        share_names=SHARES,
        said=said(PROFILE),
        stages=_choices(vocabulary, "idea_stage"),
        helps=_choices(vocabulary, "help_wanted"),
        values=values,
        errors=errors or {},
    ), status


def _choices(vocabulary, scheme):
    return [(code, label(scheme, code)) for code in vocabulary.terms(scheme)]


@bp.post("/clinic/ideas/<key>/profile")
@permit("clinic.profile", subject=True)
def make_profile(key):
    idea = clinic.by_key(db.session, key)
    actor = require("clinic.profile", idea)
    values = typed("help_wanted")
    try:
        listing, faults = clinic.profile(
            db.session,
            idea,
            values.get("title", ""),
            {step: values.get(f"share-{step}", "") for step in STEPS},
            stage=values.get("stage", ""),
            help_wanted=values["help_wanted"],
            actor=actor,
            now=utcnow(),
        )
    except DomainError as error:
        db.session.rollback()
        return _profile(clinic.by_key(db.session, key), values, messages(error), error.status)
    commit()
    flash(
        _("Đã có bản nháp, chưa ai khác tìm thấy. Vài mục cần rút gọn hoặc viết lại.")
        if faults
        else _("Đã có bản nháp, chưa ai khác tìm thấy. Xem lại từng mục rồi gửi xét duyệt."),
        "good",
    )
    return redirect(url_for("listings.edit", ref=listing.ref, step=steps("idea")[0]))
