"""The search in an address, and addresses of searches."""

from flask import request, url_for
from flask_babel import gettext as _

from marketplace.services import discovery, indexing
from marketplace.web.presentation import kind_name, label, vocabulary
from search.records import SORTS, Query

LONGEST_QUERY = 400
LAST_PAGE = 400  # deeper pages are for the export, not for reading
MOST_VALUES = 50  # of one facet

# facet -> vocabulary scheme; kind and readiness have words of their own.
SCHEMES = {
    "sectors": "sector",
    "priority": "priority",
    "place": "place",
    "cooperation": "cooperation",
}
FACET_TITLES = {
    "kind": lambda: _("Loại hồ sơ"),
    "sectors": lambda: _("Lĩnh vực"),
    "priority": lambda: _("Lĩnh vực ưu tiên của tỉnh"),
    "readiness": lambda: _("Mức sẵn sàng"),
    "place": lambda: _("Xã, phường"),
    "cooperation": lambda: _("Hình thức hợp tác"),
}


def asked() -> Query:
    """The query in the address; whatever is unknown there is left out."""
    arguments = request.args
    sort = arguments.get("sort", "")
    page = min(max(arguments.get("page", 1, type=int) or 1, 1), LAST_PAGE)
    text = arguments.get("q", "")[:LONGEST_QUERY].strip()
    filters = {
        facet: frozenset(value for value in values if is_known(facet, value))
        for facet, values in given().items()
    }
    return Query(
        text=text,
        filters={facet: values for facet, values in filters.items() if values},
        sort=sort if sort in SORTS else ("relevance" if text else "newest"),
        offset=(page - 1) * discovery.PAGE,
        limit=discovery.PAGE,
    )


def given() -> dict[str, frozenset[str]]:
    """The filters in the address, whatever they say."""
    return {
        facet: frozenset(value for value in request.args.getlist(facet)[:MOST_VALUES] if value)
        for facet in indexing.FACETS
    }


def is_known(facet: str, value: str) -> bool:
    """Whether the site has this word at all; nothing a stranger puts in a link is shown as ours."""
    if facet == "kind":
        return value in indexing.kinds()
    if facet == "readiness":
        return value in {name for name, _span in indexing.READINESS}
    return value in vocabulary().terms(SCHEMES[facet])


def address(query: Query, page: int = 1, **over) -> str:
    """The address of this search with some parts changed; `None` takes a part away."""
    parts = {facet: sorted(values) for facet, values in query.filters.items()}
    parts |= {"q": query.text, "sort": query.sort if query.sort != "relevance" else None}
    parts |= {"page": page if page > 1 else None} | over
    return url_for("find.search", **{name: value for name, value in parts.items() if value})


def words_of(facet: str, value: str) -> str:
    if facet == "kind":
        return kind_name(value, many=True)
    if facet == "readiness":
        return _("TRL %(range)s", range=value.replace("-", "–"))
    return label(SCHEMES[facet], value)


def facets(query: Query, counts) -> list[dict]:
    """Facet groups for the page, most frequent first, chosen values always among them."""
    groups = []
    for name, title in FACET_TITLES.items():
        chosen = query.filters.get(name, frozenset())
        found = dict(counts.get(name, {})) | {v: counts.get(name, {}).get(v, 0) for v in chosen}
        options = sorted(found.items(), key=lambda item: (item[0] not in chosen, -item[1], item[0]))
        groups.append(
            {
                "name": name,
                "title": title(),
                "chosen": sorted(chosen),
                "options": [(value, words_of(name, value), count) for value, count in options],
            }
        )
    return groups


def chips(query: Query) -> list[tuple[str, str]]:
    """Chosen filters, each with the address without it."""
    return [
        (
            f"{FACET_TITLES[facet]()}: {words_of(facet, value)}",
            address(query, **{facet: sorted(values - {value}) or None}),
        )
        for facet, values in query.filters.items()
        for value in sorted(values)
    ]
