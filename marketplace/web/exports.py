"""Taking lists along. A GET gives what is public or for members; what is confidential is asked for
with a POST, which leaves an audit row."""

from datetime import datetime
from io import BytesIO

from flask import Blueprint, current_app, render_template, request, send_file, url_for
from flask_babel import gettext as _

from marketplace.domain.errors import NotFound
from marketplace.domain.permissions import allowed
from marketplace.models import db, utcnow
from marketplace.services import audit, exports, mails
from marketplace.services.exports.columns import Words
from marketplace.services.exports.gathering import ALL_LEVELS
from marketplace.services.listings.numbers import LOCAL
from marketplace.web import find
from marketplace.web.access import commit, current_actor, permit, require
from marketplace.web.language import language
from marketplace.web.presentation import ProvinceWords, moment, vocabulary
from marketplace.web.security import limiter

bp = Blueprint("exports", __name__)

FORMS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
# list -> (action it needs besides export.run, whether it shows states, its name)
LISTS = {
    "find": ("export.run", False, lambda: _("Kết quả tìm kiếm")),
    "mine": ("account.manage", True, lambda: _("Hồ sơ của tôi")),
    "desk": ("listing.moderate", True, lambda: _("Hồ sơ chờ xét duyệt")),
}


@bp.get("/export")
@permit("export.run")
def index():
    actor = current_actor()
    return render_template(
        "exports/index.html",
        lists=[
            (scope, name())
            for scope, (action, _own, name) in LISTS.items()
            if allowed(action, actor)
        ],
        forms=[("xlsx", "Excel"), ("csv", "CSV"), ("json", "JSON")],
        most=exports.MOST,
    )


@bp.get("/export/listings.<form>")
@limiter.limit("30/minute")
@permit("export.run")
def listings(form):
    """The list of the address, with public fields and those for members."""
    scope = chosen(form)
    return answer(form, scope, gather(scope, exports.OPEN_LEVELS), exports.OPEN_LEVELS)


@bp.post("/export/listings.<form>")
@limiter.limit("30/hour")
@permit("export.run")
def everything(form):
    """The same list with every field the reader may see of each row, confidential ones included."""
    scope = chosen(form)
    actor = require("account.manage")
    listed = gather(scope, ALL_LEVELS)
    levels = frozenset().union(*(row.levels for row in listed.rows)) if listed.rows else frozenset()
    response = answer(form, scope, listed, levels)
    audit.record(
        db.session,
        "export.confidential",
        actor=actor,
        now=utcnow(),
        list=scope,
        form=form,
        count=len(listed.rows),
        levels=sorted(levels),
    )
    commit()
    return response


def chosen(form: str) -> str:
    """The list asked for, if there is such a file and the actor may have it."""
    scope = request.args.get("scope", "find")
    if form not in FORMS or scope not in LISTS:
        raise NotFound
    require(LISTS[scope][0])
    return scope


def gather(scope: str, levels):
    actor = current_actor()
    if scope == "mine":
        return exports.mine(db.session, actor, levels=levels)
    if scope == "desk":
        return exports.moderation(db.session, actor, levels=levels)
    return exports.found(db.session, find.engines(), actor, find.asked(), levels=levels)


def answer(form, scope, listed, levels):
    now, own = utcnow(), LISTS[scope][1]
    words = Words(vocabulary(), say=_, url=address, locale=language())
    if form == "csv":
        content = exports.as_csv(listed, words, own=own)
    elif form == "xlsx":
        content = exports.as_xlsx(listed, words, own=own, notes=notes(scope, listed, levels, now))
    else:
        content = exports.as_json(listed, words, own=own, about=about(scope, levels, now))
    local = now.astimezone(LOCAL)
    return send_file(
        BytesIO(content),
        mimetype=FORMS[form],
        as_attachment=True,
        download_name=f"{current_app.config['SETTINGS'].province.slug}-{scope}-{local:%Y%m%d-%H%M}.{form}",
    )


def address(ref: str) -> str:
    """A listing's full address, to be opened from anywhere."""
    return mails.link(f"/listings/{ref}", language())


def licence(levels) -> str:
    """Under what terms the file may be passed on."""
    if levels <= exports.OPEN_LEVELS and not current_actor().signed_in:
        return _("Dữ liệu công khai của %(exchange)s; được dùng lại khi ghi rõ nguồn và ngày lấy.",
                 exchange=exchange())  # fmt: skip
    return _("Có phần không công khai: chỉ dùng cho công việc của người tải, không chuyển tiếp.")


def exchange() -> str:
    return ProvinceWords(current_app.config["SETTINGS"].province).exchange_name


def about(scope, levels, now: datetime) -> dict:
    return {
        "exchange": exchange(),
        "licence": licence(levels),
        "list": scope,
        "query": query(),
        "levels": sorted(levels),
        "exported_at": now.astimezone(LOCAL).isoformat(timespec="seconds"),
    }


def query() -> dict[str, list[str]]:
    """What narrowed the list, as in the address."""
    return {
        name: values
        for name, values in sorted(request.args.lists())
        if name not in ("page", "scope", "csrf_token")
    }


def notes(scope, listed, levels, now) -> list[tuple[str, str]]:
    """The second sheet of a workbook."""
    _action, _own, name = LISTS[scope]
    lines = [
        (_("Nguồn"), exchange()),
        (_("Danh sách"), name()),
        (_("Lấy lúc"), moment(now)),
        (_("Số hồ sơ"), _("%(count)s trên %(total)s", count=len(listed.rows), total=listed.total)),
        (_("Điều kiện dùng"), licence(levels)),
    ]
    if scope == "find":
        path = url_for("find.search", **query())
        lines.append((_("Địa chỉ danh sách"), mails.link(path.removeprefix("/en"), language())))
    return lines
