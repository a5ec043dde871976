"""Opening what was granted. By POST, for every opening is written down."""

from dataclasses import replace

from flask import render_template

from marketplace.domain.fields import CONFIDENTIAL
from marketplace.models import db, utcnow
from marketplace.services import confidential, disclosure
from marketplace.web.access import commit, permit, require
from marketplace.web.attachments import folder, saved
from marketplace.web.confidential import bp
from marketplace.web.listings.show import sections

SECRET = {"Cache-Control": "private, no-store"}


@bp.post("/access/<key>/open")
@permit("access.open", subject=True)
def open_(key):
    row = confidential.by_key(db.session, key)
    actor = require("access.open", row)
    return _open_file(row, actor) if row.attachment_id else _open_fields(row, actor)


def _open_fields(row, actor):
    now = utcnow()
    view = disclosure.opened(db.session, actor, row, now=now)
    page = render_template(
        "confidential/opened.html",
        row=row,
        view=view,
        sections=sections(replace(view, levels=frozenset({CONFIDENTIAL}))),
        mark=confidential.marking.words(row, now),
        opened_at=now,
    )
    commit()
    return page, SECRET


def _open_file(row, actor):
    """The mark is made before the transaction that writes the opening down, and asked again in
    it: it takes seconds, and others want to write meanwhile."""
    key, now = row.key, utcnow()
    name, media_type = row.attachment.name, row.attachment.media_type
    content = confidential.prepared(row, folder(), actor=actor, now=now)
    db.session.rollback()
    row = confidential.by_key(db.session, key)
    actor = require("access.open", row)
    confidential.handed_out(db.session, row, actor=actor, now=utcnow())
    commit()
    return saved(content, media_type, name)
