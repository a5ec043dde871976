"""The curators' desk: one queue by due time, both records side by side, keys for every verdict."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from marketplace.domain.errors import Conflict, Invalid, NotFound
from marketplace.domain.permissions import allowed
from marketplace.domain.vocabulary import FAILURES, PAIR_TYPES, REASONS
from marketplace.domain.workflow import MATCH
from marketplace.models import Listing, Organisation, User, db, utcnow
from marketplace.services import disclosure, figures, matches, orders
from marketplace.services.matches.reading import QUEUES
from marketplace.web import chances, wording
from marketplace.web.access import commit, current_actor, permit, require
from marketplace.web.errors import words

bp = Blueprint("desk", __name__, url_prefix="/desk")

PAGE = 25
# A button of the desk -> the steps it takes.
MOVES = {
    "keep": ["keep"],
    "keep_and_propose": ["keep", "propose_first"],
    "later": ["later"],
    "dismiss": ["dismiss"],
    "undo": ["undo"],
    "propose_first": ["propose_first"],
    "propose_second": ["propose_second"],
    "introduce": ["introduce"],
    "fail": ["fail"],
    "report_contact": ["report_contact"],
}


@bp.get("")
@permit("desk.open")
def index():
    unmet = db.session.scalars(
        select(Listing)
        .where(Listing.unmet_since.is_not(None), Listing.state == "published")
        .order_by(Listing.unmet_since)
        .limit(50)
    ).all()
    return render_template(
        "desk/index.html",
        waiting=figures.desk(db.session, current_actor(), now=utcnow()),
        unmet=unmet,
        drafted=orders.drafted(db.session, unmet),
    )


@dataclass(frozen=True)
class Place:
    """Which part of the work somebody is at. It stands in every address of the desk, so that
    whatever is pressed there leads on within the same part."""

    queue: str
    pair_type: str  # "" for every type
    mine: bool  # only what is given to the actor

    @property
    def address(self) -> dict:
        """As arguments of url_for; None is left out of an address."""
        return {
            "queue": self.queue,
            "pair": self.pair_type or None,
            "mine": "1" if self.mine else None,
        }

    @property
    def narrowed(self) -> dict:
        """As arguments of the readers of services.matches."""
        actor = current_actor()
        return {
            "actor": actor,
            "pair_type": self.pair_type,
            "curator_id": actor.id if self.mine else None,
        }


def _place() -> Place:
    name, pair_type = request.values.get("queue", ""), request.values.get("pair", "")
    return Place(
        name if name in QUEUES else "triage",
        pair_type if pair_type in PAIR_TYPES else "",
        request.values.get("mine") == "1",
    )


@bp.get("/matches", endpoint="matches")
@permit("desk.open")
def queue():
    place = _place()
    page = max(1, request.args.get("page", 1, type=int) or 1)
    rows = matches.queue(
        db.session,
        place.queue,
        offset=(page - 1) * PAGE,
        limit=PAGE,
        **place.narrowed,
    )
    counts = matches.queue_counts(db.session, **place.narrowed)
    return render_template(
        "desk/matches.html",
        rows=rows,
        place=place,
        where=place.address,
        counts=counts,
        page=page,
        pages=-(-counts[place.queue] // PAGE),
        level_of=wording.LEVELS,
        did=did(),
    )


@bp.get("/listings/<ref>/matches")
@permit("desk.open")
def of_listing(ref):
    """The pairs of one listing, weak ones included: what came closest to an unmet need."""
    listing = db.session.scalar(select(Listing).where(Listing.ref == ref))
    if listing is None:
        raise NotFound
    return render_template(
        "desk/of_listing.html",
        listing=listing,
        drafted=orders.of_need(db.session, listing),
        rows=matches.of_listing(db.session, listing, limit=30),
        level_of=wording.LEVELS,
        both_ways=wording.both_ways,
        chances=chances.of_listing(listing) if listing.state == "published" else [],
    )


@bp.get("/matches/<key>")
@permit("match.view", subject=True)
def match(key):
    row = matches.by_key(db.session, key)
    require("match.view", row)
    require("desk.open")
    return match_page(row)


def match_page(row, errors=None, status=200, note=""):
    actor, place = current_actor(), _place()
    sides = [disclosure.view(db.session, actor, listing) for listing in (row.a, row.b)]
    organisations = {
        listing.organisation_id: listing.organisation
        for listing in (row.a, row.b)
        if listing.organisation is not None
    }
    return render_template(
        "desk/match.html",
        match=row,
        sides=sides,
        rows=wording.compared(row.pair_type, *sides),
        constraints=wording.constraints(row.explanation, levels=sides[0].levels & sides[1].levels),
        passages=wording.passages(row.explanation),
        shared=wording.terms(row.explanation),
        level=wording.LEVELS[row.level],
        history=matches.history(db.session, row, private=True),
        impartial=allowed("match.keep", actor, row),
        organisations=list(organisations.values()),
        curators=db.session.scalars(
            select(User)
            .where(User.role.in_(("curator", "lead")), User.disabled_at.is_(None))
            .order_by(User.name)
        ).all(),
        reach={
            "first": matches.reach(db.session, row.first),
            "second": matches.reach(db.session, row.second),
        },
        may_report=row.state == "introduced" and allowed("match.report_contact", actor, row),
        why=REASONS | FAILURES,
        channels=matches.clients.CHANNELS,
        choices=matches.clients.CHOICES,
        where=place.address,
        following=matches.next_after(db.session, row, place.queue, **place.narrowed),
        errors=errors or {},
        note=note,
        did=did(),
    ), status


@bp.post("/matches/<key>/<move>")
@permit("match.*", subject=True)
def move(key, move):
    row = matches.by_key(db.session, key)
    if move not in MOVES:
        raise NotFound
    for step in MOVES[move]:
        actor = require(f"match.{step}", row)
    place = _place()
    following = matches.next_after(db.session, row, place.queue, **place.narrowed)
    seen = request.form.get("lock", type=int)
    note = request.form.get("note", "")
    try:
        if seen is not None and seen != row.lock:
            raise Conflict(
                _("%(who)s vừa xử lý cặp này: %(state)s.", who=_last_actor(row), state=_state(row))
            )
        matches.settle(
            db.session,
            row,
            MOVES[move],
            actor=actor,
            now=utcnow(),
            reason=request.form.get("reason", ""),
            note=note,
        )
    except Invalid as error:
        db.session.rollback()
        row = matches.by_key(db.session, key)
        return match_page(row, {error.field or "": [words(error)]}, 422, note)
    commit()
    if move == "undo":
        flash(_("Đã hoàn tác."), "good")
        return redirect(url_for(".match", key=key, **place.address))
    if _to_be_visited(row, MOVES[move][-1]):
        return redirect(url_for(".match", key=key, **place.address))
    # The next page says what was done and offers to take it back.
    if following is None:
        return redirect(url_for(".matches", did=key, **place.address))
    return redirect(url_for(".match", key=following.key, did=key, **place.address))


def _to_be_visited(row, step) -> bool:
    """Whether somebody learns of this step by no mail: the curator prints a sheet now."""
    sides = {
        "propose_first": (row.first,),
        "propose_second": (row.second,),
        "introduce": (row.first, row.second),
    }.get(step, ())
    reached = [matches.reach(db.session, each) for each in sides]
    return any(each.client and not each.address for each in reached)


def did():
    """The match decided on the page before, for "done, undo?"; None when there is none."""
    key = request.args.get("did", "")
    if not key:
        return None
    try:
        row = matches.by_key(db.session, key)
    except NotFound:
        return None
    return {"match": row, "undo": "undo" in {step.name for step in MATCH.open(row.state)}}


def _state(row):
    return _(MATCH.states[row.state])


def _last_actor(row):
    for event in reversed(row.events):
        if event.actor is not None:
            return event.actor.name
    return _("Người khác")


@bp.post("/matches/<key>/note")
@permit("match.note", subject=True)
def note(key):
    row = matches.by_key(db.session, key)
    actor = require("match.note", row)
    try:
        matches.note(db.session, row, request.form.get("text", ""), actor=actor, now=utcnow())
    except Invalid as error:
        db.session.rollback()
        row = matches.by_key(db.session, key)
        return match_page(row, {"text": [words(error)]}, 422, request.form.get("text", ""))
    commit()
    flash(_("Đã lưu ghi chú."), "good")
    return redirect(url_for(".match", key=key, **_place().address))


@bp.post("/matches/<key>/assign")
@permit("match.assign", subject=True)
def assign(key):
    row = matches.by_key(db.session, key)
    actor = require("match.assign", row)
    chosen = db.session.scalar(select(User).where(User.key == request.form.get("curator", "")))
    matches.assign(db.session, row, chosen, actor=actor, now=utcnow())
    commit()
    flash(_("Đã giao việc."), "good")
    return redirect(url_for(".match", key=key, **_place().address))


@bp.post("/interests")
@permit("interest.declare")
def declare_interest():
    """Declare an interest in an organisation; from then on its matters are another's."""
    organisation = db.session.scalar(
        select(Organisation).where(Organisation.key == request.form.get("organisation", ""))
    )
    if organisation is None:
        raise NotFound
    matches.declare_interest(
        db.session,
        organisation,
        request.form.get("reason", ""),
        actor=current_actor(),
        now=utcnow(),
    )
    commit()
    flash(
        _("Đã ghi nhận. Việc của %(name)s sẽ do người khác quyết định.", name=organisation.name),
        "good",
    )
    return redirect(url_for(".matches", **_place().address))
