"""The table of synonyms, kept by the curators' lead: what else a word of a search may find."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.domain.errors import InvalidForm
from marketplace.models import db, utcnow
from marketplace.services import discovery, synonyms
from marketplace.web.access import commit, current_actor, permit
from marketplace.web.forms import messages, page_number, typed

bp = Blueprint("synonyms", __name__, url_prefix="/desk/synonyms")

PAGE = 40
LONGEST_TRIED = 200


@bp.get("")
@permit("synonym.edit")
def index():
    return _page({}, {})


@bp.post("")
@permit("synonym.edit")
def add():
    values = typed()
    try:
        row = synonyms.add(db.session, values, actor=current_actor(), now=utcnow())
    except InvalidForm as error:
        db.session.rollback()
        return _page(values, messages(error)), error.status
    commit()
    flash(_("Đã thêm nhóm “%(text)s”. Tìm kiếm dùng ngay.", text=row.spellings[0]), "good")
    return redirect(url_for(".index"))


def _page(values, errors):
    words, page = request.args.get("q", "").strip()[:LONGEST_TRIED], page_number()
    tried = request.args.get("try", "").strip()[:LONGEST_TRIED]
    found = synonyms.groups(db.session, words)
    return render_template(
        "synonyms/index.html",
        groups=found[(page - 1) * PAGE : page * PAGE],
        total=len(found),
        page=page,
        pages=-(-len(found) // PAGE),
        q=words,
        tried=tried,
        trial=_trial(tried) if tried else None,
        values=values,
        errors=errors,
        most=synonyms.MOST_SPELLINGS,
    )


def _trial(text):
    engines = current_app.extensions["engines"]
    return discovery.with_and_without_synonyms(db.session, engines, current_actor(), text)


@bp.get("/<key>")
@permit("synonym.edit")
def edit(key):
    row = synonyms.by_key(db.session, key)
    return _form(row, {"spellings": "\n".join(row.spellings), "note": row.note}, {})


@bp.post("/<key>")
@permit("synonym.edit")
def change(key):
    row, values = synonyms.by_key(db.session, key), typed()
    try:
        synonyms.change(db.session, row, values, actor=current_actor(), now=utcnow())
    except InvalidForm as error:
        db.session.rollback()
        return _form(synonyms.by_key(db.session, key), values, messages(error)), error.status
    commit()
    flash(_("Đã lưu nhóm “%(text)s”. Tìm kiếm dùng ngay.", text=row.spellings[0]), "good")
    return redirect(url_for(".index"))


@bp.post("/<key>/remove")
@permit("synonym.edit")
def remove(key):
    row = synonyms.by_key(db.session, key)
    synonyms.remove(db.session, row, actor=current_actor(), now=utcnow())
    commit()
    flash(_("Đã xóa nhóm “%(text)s”.", text=row.spellings[0]), "info")
    return redirect(url_for(".index"))


def _form(row, values, errors):
    return render_template(
        "synonyms/form.html", row=row, values=values, errors=errors, most=synonyms.MOST_SPELLINGS
    )
