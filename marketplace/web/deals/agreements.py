"""The agreement: said in three short steps, then confirmed by the other side or by a document."""

from io import BytesIO

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.utils import send_file

from marketplace.domain import cleaning
from marketplace.domain.errors import Conflict, Invalid, InvalidForm
from marketplace.models import db, utcnow
from marketplace.services import attachments, deals, files
from marketplace.services.deals import agreements, proofs, sides
from marketplace.web.access import commit, permit, require
from marketplace.web.attachments import HEADERS, scanner
from marketplace.web.deals import bp
from marketplace.web.deals.parts import asked, day, for_client, home, proofs_folder, side
from marketplace.web.errors import words
from marketplace.web.forms import messages
from marketplace.web.presentation import vocabulary

# step -> the fields asked in it; the last only shows what will be sent.
STEPS = {
    1: ("form", "signed_on", "starts_on", "ends_on", "side", "channel"),
    2: ("value", "number", "province", "other_province", "note"),
    3: (),
}
LAST = max(STEPS)


@bp.get("/deals/<key>/agreement")
@permit("deal.view", subject=True)
def agreement(key):
    match, _actor = asked(key, "deal.view")
    if match.deal.agreement is None:
        return redirect(url_for(".claim", key=key))
    return _page(match)


def _page(match, errors=None, status=200):
    require("deal.view", match)
    return render_template(
        "deals/agreement.html",
        limit=current_app.config["SETTINGS"].upload_limit_mb,
        **side(match, errors),
    ), status


# --- Saying what was signed --------------------------------------------------------------------
@bp.get("/deals/<key>/agreement/form")
@permit("deal.claim_agreement", subject=True)
def claim(key):
    match, actor = _may_claim(key)
    return _form(match, 1, _known(match, actor))


def _may_claim(key):
    """The form claims, or corrects what the same side claimed."""
    match, actor = asked(key, "deal.claim_agreement")
    if match.state == "agreement_claimed":
        require("deal.withdraw_claim", match)
    return match, actor


@bp.post("/deals/<key>/agreement/form")
@permit("deal.claim_agreement", subject=True)
def claim_post(key):
    match, actor = _may_claim(key)
    step = min(max(request.form.get("step", 1, type=int) or 1, 1), LAST)
    if request.form.get("go") == "back":
        return _form(match, max(1, step - 1), request.form)
    terms = _terms()
    wrong = messages(InvalidForm(terms.gaps(sides.today(utcnow()), _provinces())))
    here = {name: each for name, each in wrong.items() if name in _up_to(step)}
    if here:
        return _form(match, _step_of(here), request.form, here, 422)
    if step < LAST:
        return _form(match, step + 1, request.form)
    send = agreements.correct if match.state == "agreement_claimed" else agreements.claim
    try:
        send(
            db.session, match, terms, home=home(), known=_provinces(), actor=actor, now=utcnow(),
            **for_client(),
        )  # fmt: skip
    except (Invalid, InvalidForm) as error:
        db.session.rollback()
        wrong = messages(error)
        return _form(deals.of_match(db.session, key), _step_of(wrong), request.form, wrong, 422)
    except Conflict as error:
        db.session.rollback()
        wrong = {"number": [words(error)]}
        return _form(deals.of_match(db.session, key), 2, request.form, wrong, error.status)
    commit()
    flash(_("Đã gửi. Bên kia sẽ được mời xác nhận."), "good")
    return redirect(url_for(".agreement", key=key))


def _form(match, step, values, errors=None, status=200):
    context = side(match, errors)
    return render_template(
        "deals/claim.html",
        **context | {"typed": values},
        step=step,
        last=LAST,
        kept=[(name, values.get(name, "")) for name in _all() if name not in STEPS[step]],
        money_of=_money,
        day_of=day,
    ), status


def _all() -> list[str]:
    return [name for names in STEPS.values() for name in names]


def _up_to(step) -> set[str]:
    return {name for number, names in STEPS.items() if number <= step for name in names}


def _step_of(errors) -> int:
    return next((n for n, names in STEPS.items() if set(names) & set(errors)), 1)


def _terms() -> agreements.Terms:
    form = request.form
    return agreements.Terms(
        form=form.get("form", ""),
        signed_on=day(form.get("signed_on", "")),
        value=_money(form.get("value", "")),
        provinces=(form.get("province", ""), form.get("other_province", "")),
        starts_on=day(form.get("starts_on", "")),
        ends_on=day(form.get("ends_on", "")),
        number=form.get("number", ""),
        note=form.get("note", ""),
    )


def _money(text: str) -> int | None:
    try:
        return cleaning.money(text)
    except ValueError:
        return None


def _provinces() -> set[str]:
    return set(vocabulary().terms("province"))


def _known(match, actor) -> dict:
    """What the form begins with: what was said before, else the province of the records."""
    mine = sides.side_of(actor, match) or "a"
    there = match.deal.agreement
    if there is None or there.verified_at is not None or not _reads(match):
        a, b = (home() if listing.place else "" for listing in (match.a, match.b))
        return {"province": a if mine == "a" else b, "other_province": b if mine == "a" else a}
    a, b = there.province_a, there.province_b
    return {
        "form": there.form,
        "signed_on": there.signed_on.isoformat(),
        "starts_on": there.starts_on.isoformat() if there.starts_on else "",
        "ends_on": there.ends_on.isoformat() if there.ends_on else "",
        "value": str(there.value),
        "number": there.said["number"],
        "note": there.said["note"],
        "province": a if mine == "a" else b,
        "other_province": b if mine == "a" else a,
        "side": there.claimed_side,
        "channel": there.channel,
    }


def _reads(match) -> bool:
    return side(match)["here"].reads_terms


# --- Answering ---------------------------------------------------------------------------------
@bp.post("/deals/<key>/agreement/<any(confirm_agreement, verify_deal):act>")
@permit("deal.*", subject=True)
def verify(key, act):
    match, actor = asked(key, f"deal.{act}")
    take = {"confirm_agreement": agreements.confirm, "verify_deal": agreements.verify}[act]
    try:
        if request.form.get("sure") != "1":
            raise Invalid(_("Hãy đánh dấu là bạn đã xem kỹ."), "sure")
        version = request.form.get("version", 0, type=int)
        take(db.session, match, version, actor=actor, now=utcnow())
    except Invalid as error:
        db.session.rollback()
        return _page(deals.of_match(db.session, key), messages(error), 422)
    commit()
    flash(_("Thỏa thuận đã được xác minh."), "good")
    return redirect(url_for(".agreement", key=key))


@bp.post("/deals/<key>/agreement/dispute_agreement")
@permit("deal.dispute_agreement", subject=True)
def dispute(key):
    match, actor = asked(key, "deal.dispute_agreement")
    try:
        agreements.dispute(
            db.session, match, request.form.get("reason", ""), actor=actor, now=utcnow()
        )
    except Invalid as error:
        db.session.rollback()
        return _page(deals.of_match(db.session, key), messages(error), 422)
    commit()
    flash(_("Đã trả lại; bên kia sẽ thấy lý do."), "good")
    return redirect(url_for(".show", key=key))


@bp.post("/deals/<key>/agreement/withdraw_claim")
@permit("deal.withdraw_claim", subject=True)
def withdraw(key):
    match, actor = asked(key, "deal.withdraw_claim")
    agreements.withdraw(db.session, match, actor=actor, now=utcnow())
    commit()
    flash(_("Đã rút lại."), "good")
    return redirect(url_for(".show", key=key))


# --- Documents ---------------------------------------------------------------------------------
@bp.post("/deals/<key>/proofs")
@permit("deal.attach", subject=True)
def attach(key):
    asked(key, "deal.attach")
    db.session.rollback()  # scanning and drawing anew must not hold the write lock
    upload = request.files.get("file")
    name, content = (upload.filename or "", upload.read()) if upload else ("", b"")
    try:
        file = attachments.checked(name, content, scan=scanner())
        match, actor = asked(key, "deal.attach")
        proofs.add(
            db.session, match, file, folder=proofs_folder(), actor=actor, now=utcnow(),
            **for_client(),
        )  # fmt: skip
    except Invalid as error:
        db.session.rollback()
        return _page(deals.of_match(db.session, key), messages(error), 422)
    commit()
    flash(_("Đã gửi giấy tờ. Cán bộ không liên quan sẽ đối chiếu."), "good")
    return redirect(url_for(".agreement", key=key))


@bp.get("/deals/<key>/proofs/<proof>")
@permit("deal.read_terms", subject=True)
def proof(key, proof):
    match, _actor = asked(key, "deal.read_terms")
    row = proofs.by_key(db.session, match, proof)
    sent: Response = send_file(
        BytesIO(files.read(proofs_folder(), row.key)), request.environ, mimetype=row.media_type,
        as_attachment=True, download_name=row.name, response_class=Response, conditional=False,
        etag=False,
    )  # fmt: skip
    sent.content_length = row.size
    sent.headers.update(HEADERS)
    return sent


@bp.post("/deals/<key>/proofs/<proof>/remove")
@permit("deal.attach", subject=True)
def remove(key, proof):
    match, actor = asked(key, "deal.attach")
    row = proofs.by_key(db.session, match, proof)
    proofs.remove(db.session, row, actor=actor, now=utcnow())
    commit()
    files.remove(proofs_folder(), row.key)
    flash(_("Đã bỏ tệp."), "good")
    return redirect(url_for(".agreement", key=key))
