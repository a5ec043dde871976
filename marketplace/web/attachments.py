"""Files of a listing: a form of its own, so that a file too big costs no other words."""

from functools import partial
from io import BytesIO

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
from werkzeug.utils import send_file

from marketplace.domain.disclosure import levels as levels_of
from marketplace.domain.errors import Invalid, NotFound
from marketplace.domain.permissions import allowed
from marketplace.models import db, utcnow
from marketplace.services import attachments, disclosure, listings, scanning
from marketplace.web.access import commit, permit, require
from marketplace.web.forms import messages

bp = Blueprint("attachments", __name__)

# A file is only ever saved or shown alone: never as a page of ours, never running anything.
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-store",
}


def folder():
    return current_app.config["SETTINGS"].instance / "files"


def scanner():
    """scan(content), which raises Invalid for what must not be kept."""
    return partial(scanning.scan, address=current_app.config["SETTINGS"].clamd)


@bp.get("/listings/<ref>/files")
@permit("listing.attach", subject=True)
def edit(ref):
    listing = listings.by_ref(db.session, ref)
    require("listing.attach", listing)
    return page(listing)


def page(listing, errors=None, status=200):
    return (
        render_template(
            "listings/files.html",
            listing=listing,
            attachments=attachments.of_listing(db.session, listing),
            limit=current_app.config["SETTINGS"].upload_limit_mb,
            errors=errors or {},
            typed=request.form,
        ),
        status,
    )


@bp.post("/listings/<ref>/files")
@permit("listing.attach", subject=True)
def add(ref):
    try:
        keep(ref, request.files.get("file"), request.form.get("level", ""))
    except Invalid as error:
        db.session.rollback()
        return page(listings.by_ref(db.session, ref), messages(error), error.status)
    commit()
    flash(_("Đã thêm tệp."), "success")
    return redirect(url_for(".edit", ref=ref))


def keep(ref, upload, level) -> None:
    """Raises Invalid. Whether the listing takes a file is asked before the long look at it, and
    again after: others may have written meanwhile."""
    listing = listings.by_ref(db.session, ref)
    require("listing.attach", listing)
    attachments.demand_room(db.session, listing, level)
    db.session.rollback()  # scanning and drawing anew must not hold the write lock
    name, content = (upload.filename or "", upload.read()) if upload else ("", b"")
    file = attachments.checked(name, content, scan=scanner())
    listing = listings.by_ref(db.session, ref)
    actor = require("listing.attach", listing)
    attachments.add(
        db.session, listing, file, level=level, folder=folder(), actor=actor, now=utcnow()
    )


@bp.post("/files/<key>/remove")
@permit("listing.attach", subject=True)
def remove(key):
    row = attachments.by_key(db.session, key)
    actor = require("listing.attach", row.listing)
    if row.deck:  # taken away on its own page, by nobody of the staff
        raise NotFound
    attachments.remove(db.session, row, actor=actor, now=utcnow())
    commit()
    attachments.erase(row, folder())
    flash(_("Đã bỏ tệp."), "success")
    return redirect(url_for(".edit", ref=row.listing.ref))


@bp.get("/files/<key>")
@permit("listing.view", subject=True)
def fetch(key):
    """The file, to who may read its level; to anybody else it does not exist."""
    row = attachments.by_key(db.session, key)
    actor = require("listing.view", row.listing)
    introduced = disclosure.introduced(db.session, actor, row.listing)
    levels = levels_of(actor, row.listing, introduced=introduced)
    if row.level not in levels or (
        row.deck and not allowed("listing.keep_deck", actor, row.listing)
    ):
        raise NotFound
    content = attachments.content(row, folder())
    return saved(content, row.media_type, row.name)


def saved(content: bytes, media_type: str, name: str) -> Response:
    """An answer that is saved as a file, never shown as a page of ours, and kept nowhere else."""
    response: Response = send_file(
        BytesIO(content),
        request.environ,
        mimetype=media_type,
        as_attachment=True,
        download_name=name,
        response_class=Response,
        conditional=False,
        etag=False,
    )
    response.content_length = len(content)
    response.headers.update(HEADERS)
    return response
