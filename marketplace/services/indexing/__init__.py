"""What the engines may know, and how they follow the database.

`listings` decides what of a listing goes in, `sources` is the register of everything the search
box finds, `following` brings the full-text index up to the outbox.
"""

from marketplace.services.indexing.following import (
    all_documents,
    count,
    drain_search,
    last_change,
    rebuild_search,
)
from marketplace.services.indexing.listings import (
    AUDIENCES,
    CONFIDENTIAL_FACTS,
    FACETS,
    FACT_LEVEL,
    FACT_LEVELS,
    READINESS,
    document_of,
    documents,
    facts_of,
    findable,
    levels_of,
    private_facts,
    record_of,
    records,
    texts,
)
from marketplace.services.indexing.sources import SOURCES, Card, Source, kinds, of_kind, views

__all__ = [
    "AUDIENCES",
    "CONFIDENTIAL_FACTS",
    "FACETS",
    "FACT_LEVEL",
    "FACT_LEVELS",
    "READINESS",
    "SOURCES",
    "Card",
    "Source",
    "all_documents",
    "count",
    "document_of",
    "documents",
    "drain_search",
    "facts_of",
    "findable",
    "kinds",
    "last_change",
    "levels_of",
    "of_kind",
    "private_facts",
    "rebuild_search",
    "record_of",
    "records",
    "texts",
    "views",
]
