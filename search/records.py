"""The words this library speaks: a document goes in, a query is asked, results come out.

Keys are opaque: only the caller knows what they stand for. Everything here is frozen, so that a
query may serve as a cache key and no engine can change what it was given.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from search.synonyms import Synonyms

PUBLIC = "public"
REGISTERED = "registered"
AUDIENCES = frozenset({PUBLIC, REGISTERED})

SORTS = ("relevance", "newest", "deadline", "title")


@dataclass(frozen=True)
class Document:
    """What an index knows of one thing that can be found.

    `audience` is who may find it. `facets` maps any facet name to its values; the kind counts as
    the facet "kind" without being repeated there. `sort` may hold "published" and "deadline"
    (ISO dates or numbers: later is greater, empty is none) and "title" (defaults to the title).
    Raises ValueError for a key that is empty or no proper text, and for an unknown audience.
    """

    key: str
    kind: str
    audience: str
    title: str
    body: str
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: Mapping[str, float | str] = field(default_factory=dict)
    version: int = 0

    def __post_init__(self):
        if not self.key:
            raise ValueError("a document needs a key")
        self.key.encode()
        if self.audience not in AUDIENCES:
            raise ValueError(f"unknown audience {self.audience!r}")


@dataclass(frozen=True)
class Query:
    """What somebody wants to find.

    `text` is exactly what they typed; nothing in it can be wrong. `filters` keeps documents that
    have, for every facet named, at least one of its values. `audiences` is what the reader may
    see. `facets` names the facets to count. `synonyms` is what else means the same. Raises
    ValueError for an unknown sort or a negative offset or limit, which are the caller's mistakes
    and not the visitor's.
    """

    text: str = ""
    filters: Mapping[str, frozenset[str]] = field(default_factory=dict)
    audiences: frozenset[str] = frozenset({PUBLIC})
    sort: str = "relevance"
    offset: int = 0
    limit: int = 20
    facets: tuple[str, ...] = ()
    synonyms: Synonyms = Synonyms.NONE

    def __post_init__(self):
        if self.sort not in SORTS:
            raise ValueError(f"unknown sort {self.sort!r}")
        if self.offset < 0 or self.limit < 0:
            raise ValueError("offset and limit cannot be negative")


class Hit(NamedTuple):
    """One found document: which, how good (comparable within one answer only), which version."""

    key: str
    score: float
    version: int


@dataclass(frozen=True)
class Results:
    """One page of hits, and what is true of all matches.

    `total` and the counts in `facets` cover every match, not the page; a facet's own counts
    ignore the filter on that same facet, and values nobody has are left out. `corrected` is a
    spelling to offer when not every word was found together, else None; who wants no hits is
    offered none. `without_marks`: no document spells the words as they were typed; these do once
    the marks are dropped.
    """

    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, Mapping[str, int]]
    corrected: str | None = None
    without_marks: bool = False
