"""The guided check of duties, and what came of an agreement after 6 and 12 months."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.domain import cleaning
from marketplace.domain.errors import Invalid, InvalidForm
from marketplace.models import db, utcnow
from marketplace.services import deals
from marketplace.services.deals import duties, follow_ups
from marketplace.web.access import commit, permit
from marketplace.web.deals import bp
from marketplace.web.deals.parts import asked, for_client, side
from marketplace.web.forms import messages


# --- Duties ------------------------------------------------------------------------------------
@bp.get("/deals/<key>/duties")
@permit("deal.check_duty", subject=True)
def check(key):
    match, _actor = asked(key, "deal.check_duty")
    row = duties.last(match)
    if row is None or request.args.get("again"):
        return _questions(match, {})
    checklist, found = duties.said(row)
    return render_template(
        "deals/duties.html", checklist=checklist, found=found, row=row, **side(match)
    )


def _questions(match, answers, errors=None, status=200):
    checklist = duties.current(utcnow())
    return render_template(
        "deals/duties.html", checklist=checklist, found=(), row=None, answers=answers,
        **side(match, errors),
    ), status  # fmt: skip


@bp.post("/deals/<key>/duties")
@permit("deal.check_duty", subject=True)
def check_post(key):
    """One question leads to the next: those that were shown must be answered, those that an answer
    opens are shown then."""
    match, actor = asked(key, "deal.check_duty")
    checklist = duties.current(utcnow())
    answers = {each.code: request.form.get(each.code, "") for each in checklist.questions}
    gaps, shown = checklist.gaps(answers), set(request.form.getlist("shown"))
    if gaps:
        wrong = {code: each for code, each in gaps.items() if code in shown}
        errors = messages(InvalidForm(wrong)) if wrong else {}
        return _questions(match, answers, errors, 422 if wrong else 200)
    try:
        duties.answer(db.session, match, answers, actor=actor, now=utcnow(), **for_client())
    except (Invalid, InvalidForm) as error:
        db.session.rollback()
        return _questions(deals.of_match(db.session, key), answers, messages(error), 422)
    commit()
    flash(_("Đã lưu kết quả kiểm tra."), "good")
    return redirect(url_for(".check", key=key))


# --- Follow-ups --------------------------------------------------------------------------------
@bp.get('/deals/<key>/follow-up/<any("6", "12"):month>')
@permit("deal.view", subject=True)
def follow_up(key, month):
    match, _actor = asked(key, "deal.view")
    return _follow_up(match, int(month))


def _follow_up(match, month, errors=None, status=200):
    row = follow_ups.of_month(match, month)
    return render_template(
        "deals/follow_up.html", row=row, open=follow_ups.open_now(row, utcnow()),
        **side(match, errors),
    ), status  # fmt: skip


@bp.post('/deals/<key>/follow-up/<any("6", "12"):month>')
@permit("deal.follow_up", subject=True)
def follow_up_post(key, month):
    match, actor = asked(key, "deal.follow_up")
    try:
        follow_ups.answer(
            db.session, match, int(month), _effect(), actor=actor, now=utcnow(), **for_client()
        )
    except (Invalid, InvalidForm) as error:
        db.session.rollback()
        return _follow_up(deals.of_match(db.session, key), int(month), messages(error), 422)
    commit()
    flash(_("Đã ghi kết quả. Cảm ơn bạn."), "good")
    return redirect(url_for(".follow_up", key=key, month=month))


def _effect() -> follow_ups.Effect:
    """Raises InvalidForm for what is no number, so that it is not taken for nothing."""
    form, wrong = request.form, {}
    jobs = form.get("jobs", "").strip()
    revenue = form.get("revenue", "").strip()
    if jobs and not (jobs.isascii() and jobs.isdecimal() and len(jobs) < 10):
        wrong["jobs"] = Invalid(_("Hãy ghi số người, từ 0 trở lên."), "jobs")
    try:
        sum_ = cleaning.money(revenue) if revenue else None
    except ValueError:
        wrong["revenue"] = Invalid(_("Hãy ghi số tiền, ví dụ “500 triệu”."), "revenue")
    if wrong:
        raise InvalidForm(wrong)
    return follow_ups.Effect(int(jobs) if jobs else None, sum_, form.get("effect", ""))
