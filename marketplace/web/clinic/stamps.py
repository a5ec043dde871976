"""Stamps everybody may look at: a receipt, whether a text belongs to it, the chain by days."""

from datetime import date, timedelta

from flask import current_app, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.domain.errors import NotFound
from marketplace.models import db, utcnow
from marketplace.services import clinic
from marketplace.services.listings.numbers import LOCAL
from marketplace.web.access import current_actor, permit
from marketplace.web.clinic import bp
from marketplace.web.listings import qr

FILE_LONGEST = 200_000  # bytes; a whole idea is a fifth of it


@bp.get("/clinic/receipt/<number>")
@permit("page.open")
def receipt(number):
    return _page(clinic.chain.by_number(db.session, number))


@bp.post("/clinic/receipt/<number>")
@permit("page.open")
def check(number):
    """Compares and forgets: what was sent is neither shown nor kept."""
    row = clinic.chain.by_number(db.session, number)
    file, text = request.files.get("file"), request.form.get("text", "")
    content = file.stream.read(FILE_LONGEST + 1) if file and file.filename else text.encode()
    if not content:
        return _page(row, {"text": [_("Hãy chọn tệp hoặc dán văn bản cần so.")]}, status=422)
    if len(content) > FILE_LONGEST:
        return _page(row, {"text": [_("Tệp quá lớn, không thể là bản đã đóng dấu.")]}, status=422)
    return _page(row, same=clinic.chain.matches(row, content))


def _page(row, errors=None, *, same=None, status=200):
    previous = clinic.chain.head_before(db.session, row.number)
    address = current_app.config["SETTINGS"].base_url + url_for(".receipt", number=row.number)
    return render_template(
        "clinic/receipt.html",
        row=row,
        previous=previous,
        whole=clinic.chain.first_broken([row], after=row.number - 1, head=previous) is None,
        utc=clinic.chain.instant(row.at),
        day=row.at.astimezone(LOCAL).date(),
        version=clinic.version_of(db.session, row, current_actor()),
        address=address,
        code=qr.code(address),
        same=same,
        errors=errors or {},
    ), status


@bp.get("/clinic/chain")
@permit("page.open")
def chain():
    """Days with receipts, the latest first, from `before` back."""
    today = utcnow().astimezone(LOCAL).date()
    try:
        before = min(today, date.fromisoformat(request.args.get("before", "")))
    except ValueError:
        before = today
    rows = clinic.chain.days(db.session, before=before)
    return render_template(
        "clinic/chain.html",
        rows=rows,
        today=today,
        earlier=rows[-1].day - timedelta(days=1) if rows and rows[-1].count < rows[-1].last else "",
    )


@bp.get("/clinic/chain/<day>.txt")
@permit("page.open")
def day(day):
    """Numbers, times, hashes and heads of one day, to compute the chain from."""
    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        raise NotFound from None
    if not 2000 <= wanted.year <= 9000:
        raise NotFound
    rows = clinic.chain.of_day(db.session, wanted)
    if not rows:
        raise NotFound
    return current_app.response_class(clinic.chain.listed(db.session, rows), mimetype="text/plain")
