"""The one-page teaser: for the screen, for one side of A4, and the forms of owner and centre."""

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.domain.errors import Invalid, NotFound
from marketplace.domain.fields import field
from marketplace.domain.investing import FOLLOWED_KINDS, TEASER_NOTE_LONGEST
from marketplace.domain.permissions import allowed
from marketplace.models import db, utcnow
from marketplace.services import listings
from marketplace.services.investing import teaser
from marketplace.web.access import commit, permit, require
from marketplace.web.forms import messages, typed
from marketplace.web.investing import bp
from marketplace.web.investing.fitting import cut, fitted, lines_of, taken
from marketplace.web.language import language
from marketplace.web.listings import qr
from marketplace.web.presentation import shown

# Lines of the sheet for everything below title and code, and what each part may take of them.
ROOM, SUMMARY, EVIDENCE, NOTE = 43, 4, 8, 7
TITLE = 40  # letters of a line of the title, which stands beside the code
LONG = 96  # letters of a line that has no label beside it


def said(page) -> dict:
    """A teaser in words that fit on its sheet: summary, evidence and fields as (label, text, the
    language the owner wrote it in or "" for words of the exchange)."""
    view, summary = page.view, cut(page.view.summary(language()), SUMMARY * LONG)
    note = cut(page.note, NOTE * LONG)
    evidence = fitted(_rows(view, page.evidence), EVIDENCE)
    title = cut(view.title(language()), 140)
    used = taken(evidence) + lines_of(summary, LONG) + (lines_of(note, LONG) + 2 if note else 0)
    used += max(0, lines_of(title, TITLE) - 2) * 1.6
    return {
        "title": title,
        "house": cut(view.organisation.name, 80) if view.organisation is not None else "",
        "summary": summary,
        "evidence": evidence,
        "rows": fitted(_rows(view, page.names), ROOM - used),
        "note": note,
    }


def _rows(view, names):
    found = []
    for name in names:
        f, value = field(view.kind, name), view.values[name]
        words = shown(f, value)
        words = "; ".join(words) if isinstance(words, list) else str(words)
        typed_by_owner = f.type in ("text", "long", "lines", "tags")
        found.append((_(f.label), words, view.listing.language if typed_by_owner else ""))
    return found


@bp.get("/listings/<ref>/teaser")
@permit("listing.view", subject=True)
def sheet(ref):
    listing = listings.by_ref(db.session, ref)
    return _page(listing, require("listing.view", listing))


def _page(listing, actor, errors=None, status=200):
    if listing.kind not in FOLLOWED_KINDS:
        raise NotFound
    page = teaser.of_listing(db.session, actor, listing)
    address = current_app.config["SETTINGS"].base_url + url_for("listings.show", ref=listing.ref)
    return render_template(
        "investing/teaser.html",
        listing=listing,
        page=page,
        said=said(page),
        address=address,
        code=qr.code(address),
        choosable=teaser.choosable(listing.kind)
        if allowed("listing.choose_teaser", actor, listing) else (),
        chosen=teaser.chosen(db.session, listing),
        may_note=allowed("listing.note_teaser", actor, listing),
        longest=TEASER_NOTE_LONGEST,
        values=request.form,
        errors=errors or {},
    ), status  # fmt: skip


@bp.post("/listings/<ref>/teaser")
@permit("listing.choose_teaser", subject=True)
def choose(ref):
    listing = listings.by_ref(db.session, ref)
    actor = require("listing.choose_teaser", listing)
    names = request.form.getlist("fields")
    teaser.choose(db.session, listing, names, actor=actor, now=utcnow())
    commit()
    flash(_("Đã lưu. Trang tóm tắt hiện các mục bạn chọn."), "good")
    return redirect(url_for(".sheet", ref=ref))


@bp.post("/listings/<ref>/teaser/note")
@permit("listing.note_teaser", subject=True)
def note(ref):
    listing = listings.by_ref(db.session, ref)
    actor = require("listing.note_teaser", listing)
    try:
        teaser.note(db.session, listing, typed().get("note", ""), actor=actor, now=utcnow())
    except Invalid as error:
        db.session.rollback()
        return _page(listings.by_ref(db.session, ref), actor, messages(error), error.status)
    commit()
    flash(_("Đã lưu nhận xét. Thành viên đã đăng nhập đọc được."), "good")
    return redirect(url_for(".sheet", ref=ref))
