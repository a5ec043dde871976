"""The room of a deal: where it stands, then messages, files, meetings and tasks, a tab each."""

from datetime import datetime

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _

from marketplace.domain import cleaning
from marketplace.domain.errors import N_, Conflict, DomainError, Invalid, InvalidForm
from marketplace.domain.permissions import allowed
from marketplace.domain.workflow import MEETING, OFFER
from marketplace.models import RoomFile, RoomMeeting, RoomMessage, RoomTask, db, utcnow, writing
from marketplace.services import attachments, deals, mails, room
from marketplace.services.listings.numbers import LOCAL
from marketplace.services.room import meetings, messages, offers, papers, reading, tasks
from marketplace.web.access import commit, current_actor, permit, require
from marketplace.web.attachments import saved, scanner
from marketplace.web.deals.parts import day, side
from marketplace.web.errors import words
from marketplace.web.forms import messages as said

bp = Blueprint("room", __name__)

# tab -> its name; "messages" has the room's own address.
TABS = {
    "messages": N_("Trao đổi"),
    "files": N_("Tệp"),
    "meetings": N_("Cuộc gặp"),
    "tasks": N_("Việc cần làm"),
}
PAGES = {
    "messages": "room/messages.html",
    "files": "room/files.html",
    "meetings": "room/meetings.html",
    "tasks": "room/tasks.html",
}
MESSAGES_SHOWN = 40  # the newest; older ones are a press away


def asked(key, action):
    """(the match of a deal, the actor), if the actor may do `action`."""
    match = deals.of_match(db.session, key)
    return match, require(action, match)


@bp.get("/rooms/<key>", defaults={"tab": "messages"})
@bp.get("/rooms/<key>/<any(files, meetings, tasks):tab>")
@permit("deal.view", subject=True)
def show(key, tab):
    """Who sees only how the deal stands (a curator nobody called in) is shown that page."""
    match, actor = asked(key, "deal.view")
    if not allowed("room.read", actor, match):
        return redirect(url_for("deals.show", key=key))
    answer = _page(match, tab)
    if tab == "messages":
        _saw(actor, match)
    return answer


def _saw(actor, match) -> None:
    """In a transaction of its own, after the page was made: reading a page takes no write lock."""
    key = match.key
    if not reading.unread(db.session, actor).get(match.id):
        return
    db.session.rollback()
    writing.set(True)
    try:
        reading.saw(db.session, actor, deals.of_match(db.session, key), now=utcnow())
        db.session.commit()
    finally:
        writing.set(False)


def _page(match, tab, errors=None, status=200):
    actor = require("room.read", match)
    inside = room.of(db.session, actor, match)
    everything = request.args.get("all") == "1"
    now = utcnow()
    context = side(match, errors)
    mine = context["here"].side
    return render_template(
        PAGES[tab],
        **context,
        tab=tab,
        tabs={each: _(name) for each, name in TABS.items()},
        inside=inside,
        shown=inside.messages if everything else inside.messages[-MESSAGES_SHOWN:],
        hidden_count=0 if everything else max(0, len(inside.messages) - MESSAGES_SHOWN),
        offer_states=OFFER.states,
        meeting_states=MEETING.states,
        steps_of={row.key: meetings.open_steps(row, mine, now) for row in inside.meetings},
        lengths=meetings.LENGTHS,
        local=lambda at: at.astimezone(LOCAL),
        limit=current_app.config["SETTINGS"].upload_limit_mb,
        clients=deals.sides.client_sides(db.session, match),
    ), status


def _again(key, tab, error: DomainError, field=""):
    """The tab with what was typed and what was wrong with it."""
    db.session.rollback()
    wrong = said(error) if isinstance(error, Invalid | InvalidForm) else {field: [words(error)]}
    return _page(deals.of_match(db.session, key), tab, wrong, error.status)


def _to(match_key, tab="messages", anchor=None):
    return redirect(url_for("room.show", key=match_key, tab=tab, _anchor=anchor))


# --- Messages and offers -----------------------------------------------------------------------
@bp.post("/rooms/<key>/messages")
@permit("room.post", subject=True)
def post(key):
    match, actor = asked(key, "room.post")
    try:
        messages.post(db.session, match, request.form.get("text", ""), actor=actor, now=utcnow())
    except Invalid as error:
        return _again(key, "messages", error)
    commit()
    return _to(key, anchor="cuoi")


@bp.post("/rooms/<key>/offers")
@permit("room.offer", subject=True)
def offer(key):
    match, actor = asked(key, "room.offer")
    try:
        offers.make(db.session, match, _terms(), actor=actor, now=utcnow())
    except (InvalidForm, Conflict) as error:
        return _again(key, "messages", error, "terms")
    commit()
    flash(_("Đã gửi đề xuất. Bên kia được mời trả lời."), "good")
    return _to(key, anchor="cuoi")


def _terms() -> offers.Terms:
    typed, amount, wrong = request.form.get("amount", ""), None, False
    if typed.strip():
        try:
            amount = cleaning.money(typed)
            wrong = amount is None
        except ValueError:
            wrong = True
    return offers.Terms(amount, request.form.get("terms", ""), wrong)


@bp.post("/room-offers/<message>/<any(accept, refuse, counter, withdraw):act>")
@permit("room.answer", subject=True)
def answer_offer(message, act):
    row, actor = _found(RoomMessage, message, "room.answer")
    key = row.deal.match.key
    terms = _terms() if act == "counter" else None
    try:
        offers.answer(db.session, row, act, actor=actor, now=utcnow(), terms=terms)
    except InvalidForm as error:
        return _again(key, "messages", error)
    commit()
    flash(_(OFFER.step(act).done) + ".", "good")
    return _to(key, anchor="cuoi")


def _found(table, key, action):
    """A row of a room the visitor reads (to anybody else there is none), if they may `action`."""
    row = reading.find(db.session, current_actor(), table, key)
    return row, require(action, row.deal.match)


# --- Files -------------------------------------------------------------------------------------
def folder():
    return current_app.config["SETTINGS"].instance / papers.FOLDER


@bp.post("/rooms/<key>/files")
@permit("room.attach", subject=True)
def add_file(key):
    asked(key, "room.attach")
    return _keep(key)


@bp.post("/room-files/<file>/versions")
@permit("room.attach", subject=True)
def add_version(file):
    row, _actor = _found(RoomFile, file, "room.attach")
    return _keep(row.deal.match.key, file)


def _keep(key, file=""):
    """Whether there is place is asked before the long look at the upload, and again after."""
    match, actor = asked(key, "room.attach")
    name = cleaning.one_line(request.form.get("title", ""))
    old = reading.find(db.session, actor, RoomFile, file) if file else None
    try:
        papers.demand_place(db.session, match, old, name=name, actor=actor)
        db.session.rollback()  # scanning and drawing anew must not hold the write lock
        upload = request.files.get("file")
        sent = (upload.filename or "", upload.read()) if upload else ("", b"")
        checked = attachments.checked(*sent, scan=scanner())
        match, actor = asked(key, "room.attach")
        old = reading.find(db.session, actor, RoomFile, file) if file else None
        papers.add(
            db.session, match, checked, folder=folder(), actor=actor, now=utcnow(), name=name,
            file=old,
        )  # fmt: skip
    except Invalid as error:
        if file:
            error.field = f"file-{file}"
        return _again(key, "files", error)
    commit()
    flash(_("Đã thêm tệp."), "good")
    return _to(key, "files")


@bp.get("/room-files/<version>")
@permit("room.read", subject=True)
def fetch(version):
    row = reading.find_version(db.session, current_actor(), version)
    require("room.read", row.file.deal.match)
    return saved(papers.content(row, folder()), row.media_type, row.name)


# --- Meetings ----------------------------------------------------------------------------------
@bp.post("/rooms/<key>/meetings")
@permit("room.meet", subject=True)
def propose(key):
    match, actor = asked(key, "room.meet")
    form = request.form
    plan = meetings.Plan(
        starts_at=_moment(form.get("day", ""), form.get("time", "")),
        minutes=form.get("minutes", 0, type=int),
        where=form.get("where", ""),
        agenda=form.get("agenda", ""),
    )
    try:
        meetings.propose(db.session, match, plan, actor=actor, now=utcnow())
    except (InvalidForm, Conflict) as error:
        return _again(key, "meetings", error, "day")
    commit()
    flash(_("Đã gửi lời mời gặp."), "good")
    return _to(key, "meetings")


def _moment(date_typed, time_typed) -> datetime | None:
    """The instant of a day and a time of the province; None for what is none."""
    there = day(date_typed)
    try:
        at = datetime.strptime(time_typed.strip(), "%H:%M").time()
    except ValueError:
        return None
    return datetime.combine(there, at, LOCAL) if there is not None else None


@bp.post("/room-meetings/<meeting>/<any(agree, decline, cancel, hold):act>")
@permit("room.meet", subject=True)
def answer_meeting(meeting, act):
    row, actor = _found(RoomMeeting, meeting, "room.meet")
    meetings.answer(db.session, row, act, actor=actor, now=utcnow())
    commit()
    flash(
        _("Đã ghi buổi gặp; khi bên kia xác nhận, buổi gặp được tính.")
        if act == "hold"
        else _(MEETING.step(act).done) + ".",
        "good",
    )
    return _to(row.deal.match.key, "meetings")


@bp.get("/room-meetings/<meeting>.ics")
@permit("room.read", subject=True)
def calendar(meeting):
    row, _actor = _found(RoomMeeting, meeting, "room.read")
    settings, match = current_app.config["SETTINGS"], row.deal.match
    content = room.calendars.file(
        row,
        title=_("Gặp: %(title)s", title=match.a.title),
        link=mails.link(f"/rooms/{match.key}/meetings"),
        host=settings.province.host,
        name=settings.province.exchange_name,
        mail=settings.mail_from,
    )
    sent: Response = saved(content, "text/calendar", f"cuoc-gap-{row.key}.ics")
    return sent


# --- Tasks -------------------------------------------------------------------------------------
@bp.post("/rooms/<key>/tasks")
@permit("room.task", subject=True)
def task(key):
    match, actor = asked(key, "room.task")
    form = request.form
    try:
        tasks.add(
            db.session, match, form.get("task", ""), day(form.get("due_on", "")),
            form.get("whose", ""), actor=actor, now=utcnow(),
        )  # fmt: skip
    except (InvalidForm, Conflict) as error:
        return _again(key, "tasks", error, "task")
    commit()
    flash(_("Đã ghi việc."), "good")
    return _to(key, "tasks")


@bp.post("/room-tasks/<task>/<any(done, again):act>")
@permit("room.task", subject=True)
def answer_task(task, act):
    row, actor = _found(RoomTask, task, "room.task")
    {"done": tasks.done, "again": tasks.again}[act](db.session, row, actor=actor, now=utcnow())
    commit()
    flash(_("Đã xong.") if act == "done" else _("Đã mở lại việc."), "good")
    return _to(row.deal.match.key, "tasks")
