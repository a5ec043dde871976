"""What the exchange told me: the inbox, how I want to be told, and the end of mails of a kind."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.domain.errors import InvalidForm
from marketplace.domain.notices import CHOICES, TOPICS, choice_of, quiet_of
from marketplace.models import db, utcnow
from marketplace.services import notices
from marketplace.services.accounts import actor_of
from marketplace.services.notices.inbox import PAGE
from marketplace.web.access import commit, current_actor, current_user_row, permit
from marketplace.web.forms import messages, page_number, typed
from marketplace.web.language import language
from marketplace.web.security import csrf, limiter

bp = Blueprint("notices", __name__)


@bp.app_template_global()
def unread_count() -> int:
    """How many notices the visitor has not read; 0 for a guest. Asked once a request."""
    if "unread_notices" not in g:
        actor = current_actor()
        g.unread_notices = notices.unread(db.session, actor) if actor.signed_in else 0
    return g.unread_notices


@bp.get("/me/notices")
@permit("account.manage")
def inbox():
    page, only_unread = page_number(), request.args.get("unread") == "1"
    rows, total = notices.page_of(db.session, current_actor(), page=page, only_unread=only_unread)
    return render_template(
        "notices/inbox.html",
        rows=rows,
        total=total,
        page=page,
        pages=-(-total // PAGE),
        only_unread=only_unread,
    )


@bp.post("/me/notices/<key>")
@permit("account.manage")
def read(key):
    """Note that it was read, and go where it leads: a press, for opening a page writes nothing."""
    row = notices.read_one(db.session, current_actor(), key, now=utcnow())
    target = ("/en" if language() == "en" else "") + row.path if row.path else url_for(".inbox")
    commit()
    return redirect(target, 303)


@bp.post("/me/notices")
@permit("account.manage")
def read_all():
    count = notices.read_all(db.session, current_actor(), now=utcnow())
    commit()
    flash(_("Đã đánh dấu đọc hết.") if count else _("Không còn tin nào chưa đọc."), "good")
    return redirect(url_for(".inbox"))


@bp.get("/me/notices/choices")
@permit("account.manage")
def choices():
    settings = current_user_row().notice_settings or {}
    begin, end = quiet_of(settings)
    values = {topic: choice_of(settings, topic) for topic in TOPICS}
    return _choices_page(values | {"quiet_from": str(begin), "quiet_to": str(end)}, {})


def _choices_page(values, errors):
    staff = current_actor().role != "member"
    return render_template(
        "notices/choices.html",
        topics=[each for each in TOPICS.items() if staff or each[0] != "work"],
        choices=[(name, _(words)) for name, words in CHOICES.items()],
        hours=[(str(hour), f"{hour}:00") for hour in range(24)],
        values=values,
        errors=errors,
    )


@bp.post("/me/notices/choices")
@permit("account.manage")
def save_choices():
    user = current_user_row()
    kept = {"work": choice_of(user.notice_settings or {}, "work")}  # not asked of members
    values = kept | typed()
    try:
        notices.save_choices(db.session, user, values, actor=current_actor(), now=utcnow())
    except InvalidForm as error:
        db.session.rollback()
        return _choices_page(values, messages(error)), error.status
    commit()
    flash(_("Đã lưu cách báo tin."), "good")
    return redirect(url_for(".choices"))


# --- The end of mails, without signing in --------------------------------------------------------
@bp.get("/stop-letters/<token>")
@permit("page.open")
@limiter.limit("30/minute")
def stop_page(token):
    """One button: programs that open every link of a mail press none."""
    user, topic = notices.to_stop(db.session, token)
    done = choice_of(user.notice_settings or {}, topic) == "site"
    return render_template("notices/stop.html", token=token, topic=TOPICS[topic], done=done)


@bp.post("/stop-letters/<token>")
@permit("page.open")
@csrf.exempt  # mail programs press it for their reader (RFC 8058); the token is the right
@limiter.limit("30/minute")
def stop(token):
    user, topic = notices.to_stop(db.session, token)
    notices.mute(db.session, user, topic, actor=actor_of(user), now=utcnow(), channel="link")
    commit()
    return render_template("notices/stop.html", token=token, topic=TOPICS[topic], done=True)
