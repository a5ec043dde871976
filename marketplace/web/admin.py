"""Running the site: the sysadmin's people, the auditor's log. Neither reads members' content."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.domain import cleaning
from marketplace.domain.errors import N_, Invalid, InvalidForm, NotFound
from marketplace.domain.vocabulary import ROLES, STAFF_ROLES
from marketplace.models import db, utcnow
from marketplace.services import accounts, sending, sessions, trail
from marketplace.services.accounts import second
from marketplace.web.access import commit, current_actor, current_user_row, permit, require
from marketplace.web.deeds import deed, detail, groups
from marketplace.web.forms import messages, page_number, typed

bp = Blueprint("admin", __name__, url_prefix="/admin")


def _roles(which) -> list[tuple[str, str]]:
    return [(role, _(words)) for role, words in ROLES.items() if role in which]


ASSIGNABLE = frozenset(ROLES) - {"guest"}


# --- People ------------------------------------------------------------------------------------
@bp.get("/users")
@permit("user.list")
def users():
    asked = {name: request.args.get(name, "").strip()[:100] for name in ("q", "role", "state")}
    page = page_number()
    found, total = accounts.page_of_users(
        db.session, words=asked["q"], role=asked["role"], state=asked["state"], page=page
    )
    return render_template(
        "admin/users.html",
        found=found,
        total=total,
        page=page,
        pages=-(-total // accounts.PAGE),
        asked=asked,
        role_choices=_roles(ASSIGNABLE),
    )


@bp.get("/users/<key>")
@permit("user.list")
def user(key):
    return _user_page(accounts.by_key(db.session, key), {})


def _user_page(person, errors):
    return render_template(
        "admin/user.html",
        person=person,
        waiting=accounts.awaits_password(person),
        sessions=sessions.of_user(db.session, person.id, now=utcnow()),
        role_choices=_roles(ASSIGNABLE),
        errors=errors,
    )


@bp.post("/users/<key>/role")
@permit("user.set_role", subject=True)
def set_role(key):
    person = accounts.by_key(db.session, key)
    actor, now = require("user.set_role", person), utcnow()
    try:
        accounts.prove(
            db.session, current_user_row(), request.form.get("password", ""), "password", now=now
        )
        accounts.set_role(db.session, person, request.form.get("role", ""), actor=actor, now=now)
    except Invalid as error:
        commit()  # a wrong guess counts
        return _user_page(person, messages(error)), error.status
    commit()
    flash(_("%(name)s nay là %(role)s.", name=person.name, role=_(ROLES[person.role])), "good")
    return redirect(url_for(".user", key=key))


# The button of a person's page -> (rule, what it does, what is said after).
ACTS = {
    "disable": ("user.disable", accounts.disable, N_("Đã khóa tài khoản của %(name)s.")),
    "enable": ("user.disable", accounts.enable, N_("Đã mở tài khoản của %(name)s.")),
    "end_sessions": (
        "user.end_sessions",
        accounts.end_sessions,
        N_("Đã đăng xuất %(name)s khỏi mọi thiết bị."),
    ),
    "end_second": (
        "user.end_second_factor",
        second.take_away,
        N_("Đã bỏ lớp bảo vệ thứ hai của %(name)s."),
    ),
    "invite_again": ("user.invite", accounts.invite_again, N_("Đã gửi lại thư mời cho %(name)s.")),
}
# Taking a colleague's second factor away opens a door: the password is asked again.
PROVEN = {"end_second"}


@bp.post("/users/<key>/<act>")
@permit("user.*", subject=True)
def act(key, act):
    person = accounts.by_key(db.session, key)
    if act not in ACTS:
        raise NotFound
    rule, verb, said = ACTS[act]
    actor, now = require(rule, person), utcnow()
    if act in PROVEN:
        try:
            guess = request.form.get("second_password", "")
            accounts.prove(db.session, current_user_row(), guess, "second_password", now=now)
        except Invalid as error:
            commit()  # a wrong guess counts
            return _user_page(person, messages(error)), error.status
    verb(db.session, person, actor=actor, now=now)
    commit()
    flash(_(said) % {"name": person.name}, "good")
    return redirect(url_for(".user", key=key))


@bp.get("/users/invite")
@permit("user.invite")
def invite():
    return _invite_page({}, {})


@bp.post("/users/invite")
@permit("user.invite")
def invite_post():
    values, now = typed(), utcnow()
    try:
        accounts.prove(
            db.session, current_user_row(), values.get("password", ""), "password", now=now
        )
        person = accounts.invite(db.session, values, actor=current_actor(), now=now)
    except (Invalid, InvalidForm) as error:
        commit()  # a wrong guess counts
        return _invite_page(values, messages(error)), error.status
    commit()
    flash(_("Đã gửi thư mời tới %(email)s.", email=person.email), "good")
    return redirect(url_for(".user", key=person.key))


def _invite_page(values, errors):
    return render_template(
        "admin/invite.html", values=values, errors=errors, role_choices=_roles(STAFF_ROLES)
    )


# --- Mail --------------------------------------------------------------------------------------
@bp.get("/mails")
@permit("mail.deliver")
def mails():
    """What no server takes: to whom and why, never what it says."""
    waiting, _given_up = sending.counts(db.session)
    return render_template("admin/mails.html", rows=sending.given_up(db.session), waiting=waiting)


@bp.post("/mails/<key>")
@permit("mail.deliver")
def try_again(key):
    sending.try_again(db.session, key, actor=current_actor(), now=utcnow())
    commit()
    flash(_("Thư được đưa lại vào hàng chờ gửi."), "good")
    return redirect(url_for(".mails"))


# --- The log -----------------------------------------------------------------------------------
@bp.get("/audit")
@permit("audit.read")
def audit():
    asked = {
        name: request.args.get(name, "").strip()[:100]
        for name in ("action", "actor", "subject", "from", "to")
    }
    errors = {}
    question = trail.Question(
        action=asked["action"],
        actor=asked["actor"],
        subject=asked["subject"],
        first_day=_day(asked["from"], "from", errors),
        last_day=_day(asked["to"], "to", errors),
    )
    page = page_number()
    rows, total = trail.page_of(db.session, question, page)
    return render_template(
        "admin/audit.html",
        rows=rows,
        total=total,
        page=page,
        pages=-(-total // trail.PAGE),
        asked=asked,
        errors=errors,
        names=trail.names(db.session, rows),
        deed=deed,
        detail=detail,
        groups=groups(),
    )  # fmt: skip


def _day(text, name, errors):
    """A day of the filter; what is none is said beside the box, and does not narrow the list."""
    if not text:
        return None
    try:
        return cleaning.day(text)
    except ValueError:
        errors[name] = [_("Hãy ghi ngày dạng ngày/tháng/năm, ví dụ 30/06/2027.")]
        return None
