"""The page of results."""

from math import ceil

from flask import Blueprint, current_app, render_template, request, url_for
from flask_babel import gettext as _

from marketplace.models import db
from marketplace.services import discovery, indexing
from marketplace.web.access import current_actor, permit
from marketplace.web.excerpts import excerpt
from marketplace.web.find.asking import (
    FACET_TITLES,
    LAST_PAGE,
    address,
    asked,
    chips,
    facets,
    given,
)
from marketplace.web.language import language
from search.highlight import highlight

bp = Blueprint("find", __name__)

NOT_SHOWN = ("title_vi", "title_en")  # above already


def engines():
    return current_app.extensions["engines"]


@bp.get("/find")
@permit("page.open")
def search():
    actor, query = current_actor(), asked()
    as_typed = request.args.get("as_typed") == "1"
    found = discovery.find(db.session, engines(), actor, query, as_typed=as_typed)
    words = found.corrected if found.instead else query.text
    mark = _marker(words)
    page = query.offset // discovery.PAGE + 1
    nothing = found.available and not found.total
    return render_template(
        "find/search.html",
        query=query,
        found=found,
        results=[
            _result(view, words, found.near.get(at), mark) for at, view in enumerate(found.views)
        ],
        facets=facets(query, found.counts),
        chips=chips(query),
        dropped=any(values - query.filters.get(name, set()) for name, values in given().items()),
        page=page,
        pages=min(ceil((found.total + found.by_meaning) / discovery.PAGE), LAST_PAGE),
        page_address=lambda number: address(query, number, as_typed="1" if as_typed else None),
        address=lambda **over: address(query, **over),
        ways_out=_ways_out(actor, query) if nothing else [],
    )


# --- One result --------------------------------------------------------------------------------
def _marker(words: str):
    """text -> its best stretch as (piece, is it a match), for the words that were looked for."""
    table = discovery.same_as(db.session, words)

    def mark(text, width=240):
        return highlight(text, words, width, table) if words else [(text[:width], False)]

    return mark


def _result(view, words: str, passage: str | None, mark) -> dict:
    """What the page says of one result: what it is, and why it is there."""
    source = indexing.of_kind(view.kind)
    endpoint, argument = source.link
    return {
        "view": view,
        "url": url_for(endpoint, **{argument: view.ref}),
        "source": _(source.words),
        "title": mark(view.title(language()), 200),
        "near": passage is not None,
        "why": _why(view, mark) if passage is None else [(_spoken(view, passage, words), False)],
        "tongue": view.tongue(language(), "summary") if passage is None else _spoken_in(view),
    }


def _why(view, mark) -> list[tuple[str, bool]]:
    """The summary where it has the words, or the title has them; else the part that does."""
    said = mark(view.summary(language()))
    if _hit(said) or _hit(mark(view.title(language()))) or not hasattr(view, "levels"):
        return said
    rest = mark("\n".join(indexing.texts(view.kind, view.values, skip=NOT_SHOWN)))
    return rest if _hit(rest) else said


def _hit(pieces) -> bool:
    return any(is_match for _piece, is_match in pieces)


def _spoken(view, passage: str, words: str) -> str:
    """The sentences of a result by meaning that are about what was asked."""
    return excerpt(passage, words.split(), opening=passage.startswith(view.title() or "\n"))


def _spoken_in(view) -> str:
    return view.listing.language


# --- Nothing found -----------------------------------------------------------------------------
def _ways_out(actor, query) -> list[tuple[str, str, int]]:
    """(what to change, in words; the address that does; how many that finds)."""
    return [
        (_in_words(way), address(way.query), way.total)
        for way in discovery.ways_out(db.session, engines(), actor, query)
    ]


def _in_words(way) -> str:
    if way.everything:
        return _("Bỏ mọi bộ lọc")
    if way.facet:
        return _("Bỏ bộ lọc %(title)s", title=FACET_TITLES[way.facet]())
    return _("Không có “%(word)s”", word=way.words)


# --- The like of a listing ---------------------------------------------------------------------
@bp.get("/find/similar/<ref>")
@permit("listing.view", subject=True)
def similar(ref):
    """The block "similar" of a listing's page, also by itself."""
    from marketplace.services import listings
    from marketplace.web.access import require

    listing = listings.by_ref(db.session, ref)
    actor = require("listing.view", listing)
    return render_template(
        "find/_similar.html",
        near=discovery.similar(db.session, engines(), actor, listing),
    )
