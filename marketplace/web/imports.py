"""Bringing listings in from a spreadsheet: template, upload, dry run, and the yes at the end."""

from functools import partial
from io import BytesIO
from pathlib import Path

from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask_babel import force_locale, gettext
from flask_babel import gettext as _
from sqlalchemy import select

from marketplace.domain.errors import (
    DomainError,
    Invalid,
    InvalidForm,
    NotFound,
    WrongState,
)
from marketplace.domain.fields import field
from marketplace.domain.permissions import allowed
from marketplace.domain.vocabulary import KINDS, VISIBILITIES
from marketplace.domain.workflow import IMPORT_AT_WORK
from marketplace.models import Import, Organisation, db, utcnow
from marketplace.services import imports, scanning
from marketplace.services.imports.encodings import UTF8
from marketplace.web import errors as error_pages
from marketplace.web.access import commit, current_actor, permit
from marketplace.web.forms import messages
from marketplace.web.language import language
from marketplace.web.presentation import vocabulary
from marketplace.web.security import limiter

bp = Blueprint("imports", __name__)

ERRORS_SHOWN = 200  # all of them are in the marked copy
REFS_SHOWN = 50
MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


def folder() -> Path:
    return current_app.config["SETTINGS"].instance / "imports"


def in_english(label: str) -> str:
    with force_locale("en"):
        return gettext(label)


# --- Start: what, from which template -----------------------------------------------------------
@bp.get("/import")
@permit("import.run")
def index():
    return render_template(
        "imports/index.html", rows=imports.of_actor(db.session, current_actor()), kinds=KINDS
    )


@bp.get("/import/template/<kind>.<form>")
@permit("import.run")
def template(kind, form):
    make = {"xlsx": imports.as_xlsx, "csv": imports.as_csv}.get(form)
    if make is None or kind not in KINDS:
        raise NotFound
    content = make(kind, vocabulary(), say=gettext, locale=language())
    return download(content, f"mau-nhap-{kind}.{form}", form)


def download(content: bytes, name: str, form: str):
    return send_file(BytesIO(content), mimetype=MEDIA[form], as_attachment=True, download_name=name)


@bp.get("/import/new/<kind>")
@permit("import.run")
def new(kind):
    return upload_page(known(kind))


def known(kind: str) -> str:
    if kind not in KINDS:
        raise NotFound
    return kind


def upload_page(kind, *, typed=None, errors=None):
    actor = current_actor()
    for_client = allowed("listing.create_for_client", actor)
    organisations = organisations_of(actor, for_client)
    first = organisations[0].key if organisations and not for_client else ""
    return render_template(
        "imports/new.html",
        kind=kind,
        columns=[
            (f, imports.expected(f, vocabulary(), say=gettext, locale=language()))
            for f in imports.listed(kind)
        ],
        organisations=[(each.key, each.name) for each in organisations],
        for_client=for_client,
        visibilities=[(code, _(words)) for code, words in VISIBILITIES.items()],
        typed={"organisation": first, "language": "vi", "visibility": "public"} | (typed or {}),
        errors=errors or {},
        rows_most=imports.ROWS_MOST,
        megabytes=current_app.config["MAX_CONTENT_LENGTH"] // 1024 // 1024,
    )


def organisations_of(actor, for_client) -> list[Organisation]:
    """Members import for their own organisations, staff for any."""
    wanted = select(Organisation).order_by(Organisation.name)
    if not for_client:
        wanted = wanted.where(Organisation.id.in_(actor.organisations))
    return list(db.session.scalars(wanted))


# --- Upload and dry run -------------------------------------------------------------------------
@bp.post("/import/new/<kind>")
@limiter.limit("60/hour")
@permit("import.run")
def upload(kind):
    actor, file = current_actor(), request.files.get("file")
    kind = known(kind)
    try:
        row = imports.receive(
            db.session,
            kind,
            (file.filename if file else "") or "",
            file.read() if file else b"",
            organisation=chosen_organisation(),
            for_client=allowed("listing.create_for_client", actor),
            language=request.form.get("language", "vi"),
            visibility=request.form.get("visibility", "public"),
            translations=(gettext, in_english),
            scan=partial(scanning.scan, address=current_app.config["SETTINGS"].clamd),
            folder=folder(),
            actor=actor,
            now=utcnow(),
        )
    except (Invalid, InvalidForm) as error:
        db.session.rollback()
        errors = beside(error)
        if file and file.filename:  # no browser sends a chosen file twice by itself
            again = _("Hãy chọn lại tệp “%(name)s” trước khi gửi.", name=file.filename[-80:])
            errors["file"] = [*errors.get("file", ()), again]
        return upload_page(kind, typed=request.form.to_dict(), errors=errors), error.status
    imports.check_now(db.session, row, folder(), actor=actor, now=utcnow())
    commit()
    return redirect(url_for(".show", key=row.key), 303)


def chosen_organisation() -> Organisation | None:
    key = request.form.get("organisation", "")
    if not key:
        return None
    found = db.session.scalar(select(Organisation).where(Organisation.key == key))
    if found is None:
        raise Invalid(_("Hãy chọn đơn vị trong danh sách."), "organisation")
    return found


def beside(error) -> dict[str, list[str]]:
    """Field of the form -> what is wrong; everything about columns belongs to the file."""
    if isinstance(error, InvalidForm):
        found = {}
        for name, each in error.errors.items():
            found.setdefault(each.field or name, []).append(words(each))
        return found
    return {error.field or "file": [words(error)]}


def words(error: DomainError) -> str:
    """The refusal in the visitor's language, labels of columns among its values too."""
    error.values = said(error.values)
    return error_pages.words(error)


def said(values: dict) -> dict:
    return {
        name: gettext(value) if name in ("label", "what", "nearest") and value else value
        for name, value in values.items()
    }


# --- One file -----------------------------------------------------------------------------------
@bp.get("/import/<key>")
@permit("import.run")
def show(key):
    return render_template(
        "imports/show.html", **facts(imports.by_key(db.session, key, current_actor()))
    )


def facts(row: Import, *, errors=None, typed=None) -> dict:
    """What the page of one file shows, whatever state it is in."""
    done, total = imports.progress(folder(), row.stored_as) if row.stored_as else (0, 0)
    earlier = imports.same_file(db.session, row)
    return {
        "row": row,
        "at_work": row.state in IMPORT_AT_WORK,
        "done": done,
        "total": total or row.rows_total,
        "read_as": read_as(row.reading),
        "lines": row.reading.get("lines", []) if row.reading.get("encoding", UTF8) != UTF8 else [],
        "unknown": row.reading.get("unknown", []),
        "faults": [shown_fault(row, fault) for fault in row.errors[:ERRORS_SHOWN]],
        "faults_total": row.reading.get("errors_total", len(row.errors)),
        "bad_rows": row.reading.get("bad_rows", 0),
        "warnings": [
            (warning["row"], gettext(warning["message"]) % warning["values"])
            for warning in row.warnings[:ERRORS_SHOWN]
        ],
        "choices": [(code, _(text)) for code, text in imports.choices(row).items()],
        "confirmations": [
            (code, _(text)) for code, text in imports.confirmations(db.session, row).items()
        ],
        "earlier": earlier,
        "refs": row.refs[:REFS_SHOWN],
        "errors": errors or {},
        "typed": typed or {},
        "kept_days": imports.KEEP_DAYS,
        "polling": bool(request.headers.get("HX-Request")),
    }


def read_as(reading: dict) -> str:
    """How the file was read, in words the person who made it can check."""
    if reading.get("format") == "xlsx":
        return _("Excel, trang “%(sheet)s”", sheet=reading.get("sheet", ""))
    delimiters = {";": _("dấu chấm phẩy"), ",": _("dấu phẩy"), "\t": _("dấu tab")}
    return _(
        "CSV, bảng mã %(encoding)s, các ô cách nhau bằng %(delimiter)s",
        encoding=reading.get("encoding", UTF8),
        delimiter=delimiters.get(reading.get("delimiter"), ""),
    )


def shown_fault(row: Import, fault: dict) -> dict:
    """Row, column, what was typed, what is wrong, what is expected: in the visitor's language."""
    f = field(row.kind, fault["field"])
    expected = nearest = ""
    if f is not None:
        expected = imports.expected(f, vocabulary(), say=gettext, locale=language())
        nearest = imports.nearest(f, fault["typed"], vocabulary(), language())
    return {
        "row": fault["row"],
        "column": fault["column"],
        "label": gettext(f.label) if f is not None else "",
        "typed": fault["typed"],
        "message": gettext(fault["message"]) % said(fault["values"])
        if fault["values"]
        else gettext(fault["message"]),
        "expected": expected,
        "nearest": nearest,
    }


@bp.get("/import/<key>/marked.xlsx")
@permit("import.run")
def marked(key):
    """The importer's own file with bad cells coloured."""
    row = imports.by_key(db.session, key, current_actor())
    if row.state != "refused" or not row.stored_as:
        raise NotFound
    content = imports.copy_of(
        imports.content(folder(), row.stored_as),
        imports.sheet(folder(), row.stored_as),
        row.reading,
        row.errors,
        lambda fault: comment(shown_fault(row, fault)),
    )
    name = row.file_name.rsplit(".", 1)[0] or "tep"
    return download(content, f"{name}-danh-dau.xlsx", "xlsx")


def comment(fault: dict) -> str:
    """What a marked cell says; of a long list only the way to write it."""
    parts = [fault["message"]]
    if fault["nearest"]:
        parts.append(_("Có phải: %(word)s", word=fault["nearest"]))
    elif fault["expected"]:
        parts.append(_("Cách ghi: %(how)s", how=fault["expected"]))
    return "\n".join(parts)


@bp.post("/import/<key>/start")
@permit("import.run")
def start(key):
    """The importer says yes; a second press finds it said."""
    actor = current_actor()
    row = imports.by_key(db.session, key, actor)
    confirmed = [code for code in ("encoding", "again") if request.form.get(f"confirm-{code}")]
    try:
        imports.start(
            db.session,
            row,
            request.form.get("then", ""),
            confirmed,
            folder(),
            actor=actor,
            now=utcnow(),
        )
    except WrongState:
        flash(_("Tệp này đã được xử lý rồi."), "info")
        return redirect(url_for(".show", key=key), 303)
    except (Invalid, InvalidForm) as error:
        errors = messages(error)
        db.session.rollback()
        row = imports.by_key(db.session, key, actor)
        page = render_template(
            "imports/show.html", **facts(row, errors=errors, typed=request.form.to_dict())
        )
        return page, 422
    commit()
    return redirect(url_for(".show", key=key), 303)
