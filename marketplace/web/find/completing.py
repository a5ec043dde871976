"""Completion while typing, for the script of the search box (static/js/find.js)."""

from flask import jsonify, request, url_for
from flask_babel import gettext as _

from marketplace.models import db
from marketplace.services import completing, indexing
from marketplace.web.access import permit
from marketplace.web.find.asking import SCHEMES, words_of
from marketplace.web.find.page import bp, engines
from marketplace.web.language import language
from marketplace.web.presentation import kind_name
from marketplace.web.security import limiter
from search.completion import LONGEST_TYPED

SHORTEST = 2  # letters; one says nothing yet


@bp.get("/find/complete")
@permit("page.open")
@limiter.limit("240/minute")
def complete():
    """[{text, note, url}, ...]: what may be meant, what it is, where it leads."""
    typed = request.args.get("q", "")[:LONGEST_TYPED].strip()
    if len(typed) < SHORTEST:
        return jsonify([])
    offers = completing.offers(db.session, engines(), typed, SCHEMES, language())
    answer = jsonify([_shown(each) for each in offers])
    # Everybody is offered the same, and a moment ago is recent enough.
    answer.headers["Cache-Control"] = "private, max-age=60"
    return answer


def _shown(offer) -> dict:
    if offer.view is not None:
        endpoint, argument = indexing.of_kind(offer.view.kind).link
        return {
            "text": offer.text,
            "note": kind_name(offer.view.kind),
            "url": url_for(endpoint, **{argument: offer.view.ref}),
        }
    if offer.facet:
        return {
            "text": words_of(offer.facet, offer.value),
            "note": _("Lọc: %(count)s kết quả", count=offer.count),
            "url": url_for("find.search", **{offer.facet: offer.value}),
        }
    return {"text": offer.text, "note": "", "url": url_for("find.search", q=offer.text)}
