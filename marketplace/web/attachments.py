"""Files of a listing: a form of its own, so that a file too big costs no other words."""

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
from marketplace.models import db, utcnow
from marketplace.services import attachments, disclosure, listings
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
    listing = listings.by_ref(db.session, ref)
    actor = require("listing.attach", listing)
    file = request.files.get("file")
    try:
        attachments.add(
            db.session,
            listing,
            name=(file.filename or "") if file else "",
            content=file.read() if file else b"",
            level=request.form.get("level", ""),
            folder=folder(),
            actor=actor,
            now=utcnow(),
        )
    except Invalid as error:
        db.session.rollback()
        return page(listings.by_ref(db.session, ref), messages(error), 422)
    commit()
    flash(_("Đã thêm tệp."), "success")
    return redirect(url_for(".edit", ref=ref))


@bp.post("/files/<key>/remove")
@permit("listing.attach", subject=True)
def remove(key):
    row = attachments.by_key(db.session, key)
    actor = require("listing.attach", row.listing)
    attachments.remove(db.session, row, folder=folder(), actor=actor, now=utcnow())
    commit()
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
    path = folder() / row.key
    if row.level not in levels or not path.is_file():
        raise NotFound
    response: Response = send_file(
        path,
        request.environ,
        mimetype=row.media_type,
        as_attachment=True,
        download_name=row.name,
        response_class=Response,
        etag=False,
    )
    response.headers.update(HEADERS)
    return response
