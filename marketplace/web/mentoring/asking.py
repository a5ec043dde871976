"""Asking for a mentor: up to three in order, those the matcher suggests first, with its reasons."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.domain.errors import DomainError, Invalid, InvalidForm
from marketplace.domain.mentoring import (
    GOAL_LONGEST,
    MOST_QUESTIONS,
    MOST_WISHES,
    QUESTION_LONGEST,
)
from marketplace.models import db, utcnow
from marketplace.services import disclosure, mentoring, organisations
from marketplace.services.matches import places
from marketplace.web.access import commit, current_actor, permit
from marketplace.web.errors import words
from marketplace.web.forms import messages, typed
from marketplace.web.matches import why
from marketplace.web.mentoring import bp

SHOWN = 3  # suggestions with their reasons


@bp.get("/mentoring/ask")
@permit("mentoring.ask")
def ask():
    """`listing` of the address is what it is about, `mentor` the first wish."""
    return _page(request.args.to_dict() | {"wish1": request.args.get("mentor", "")})


def _page(values, errors=None, status=200):
    actor = current_actor()
    ours = mentoring.asking.own_listings(db.session, actor)
    chosen = values.get("listing", ours[0].ref if ours else "")
    listing = next((each for each in ours if each.ref == chosen), None)
    there = mentoring.asking.mentors(db.session, actor)
    return render_template(
        "mentoring/ask.html",
        ours=ours,
        listing=listing,
        suggested=_suggested(actor, listing, there),
        choices=_choices(there, listing),
        mentors=there,
        organisations=[(row.key, row.name) for row in _organisations(actor)],
        most_wishes=MOST_WISHES,
        most_questions=MOST_QUESTIONS,
        goal_longest=GOAL_LONGEST,
        question_longest=QUESTION_LONGEST,
        values=values,
        errors=errors or {},
    ), status


def _organisations(actor):
    return [
        row.organisation
        for row in organisations.mine(db.session, actor)
        if row.state == "active"
    ]  # fmt: skip


def _matches(listing, there):
    """Suggested mentors one may wish for."""
    if listing is None:
        return []
    found, known = mentoring.asking.suggested(db.session, listing), {each.id for each in there}
    return [match for match in found if match.b_id in known]


def _suggested(actor, listing, there) -> list[dict]:
    """With the reasons a reader of both listings may know."""
    found = []
    for match in _matches(listing, there)[:SHOWN]:
        mine = disclosure.view(db.session, actor, match.a)
        other = disclosure.view(db.session, actor, match.b)
        found.append({"match": match, "mentor": match.b, **why(match, mine, other)})
    return found


def _choices(there, listing) -> list[tuple[str, list[tuple[str, str]]]]:
    """For a select: the suggested ones first, each said to be full where it is."""
    best = [match.b_id for match in _matches(listing, there)]
    taken = places.of(db.session, there, places.ASKED)
    by_id = {each.id: each for each in there}

    def option(each):
        full = not taken[each.id].free
        return each.ref, _("%(title)s (đang kín chỗ)", title=each.title) if full else each.title

    groups = [
        (_("Sàn gợi ý cho hồ sơ của bạn"), [option(by_id[number]) for number in best]),
        (_("Mọi cố vấn"), [option(each) for each in there if each.id not in best]),
    ]
    return [group for group in groups if group[1]]


@bp.post("/mentoring/ask")
@permit("mentoring.ask")
def send():
    actor, values = current_actor(), typed()
    try:
        row = mentoring.request(
            db.session,
            values.get("goal", ""),
            [values.get(f"question{n}", "") for n in range(1, MOST_QUESTIONS + 1)],
            _wishes(actor, values),
            listing=_chosen(
                mentoring.asking.own_listings(db.session, actor), "ref", values, "listing"
            ),
            organisation=_chosen(_organisations(actor), "key", values, "organisation"),
            actor=actor,
            now=utcnow(),
        )
    except DomainError as error:
        db.session.rollback()
        beside = isinstance(error, Invalid | InvalidForm)
        return _page(
            values, messages(error) if beside else {"goal": [words(error)]}, error.status
        )  # fmt: skip
    commit()
    flash(_("Đã gửi. Trung tâm xem trong 2 ngày làm việc rồi hỏi cố vấn."), "good")
    return redirect(url_for(".show", key=row.key))


def _wishes(actor, values):
    """The mentors chosen, in order, boxes left empty skipped."""
    known = {each.ref: each for each in mentoring.asking.mentors(db.session, actor)}
    refs = [values.get(f"wish{n}", "") for n in range(1, MOST_WISHES + 1)]
    for number, ref in enumerate(refs, start=1):
        if ref and ref not in known:
            raise Invalid(_("Hãy chọn một cố vấn trong danh sách."), f"wish{number}")
    return [known[ref] for ref in refs if ref]


def _chosen(rows, attribute, values, name):
    """The row of a choice; None where none was made. Raises Invalid for what is not offered."""
    said = values.get(name, "")
    row = next((each for each in rows if getattr(each, attribute) == said), None)
    if said and row is None:
        raise Invalid(_("Hãy chọn một mục trong danh sách."), name)
    return row
