"""Full-text search for Vietnamese collections: documents in, hits and facets out.

    index = Index(folder)
    index.rebuild(documents, position=0)
    index.search(Query("may say nhan", facets=("kind",)))

Knows nothing of the site: keys are opaque, and the caller decides what a document looks like.
"""

from search.errors import Busy, IndexUnavailable, SearchError
from search.highlight import highlight
from search.index import Index
from search.records import PUBLIC, REGISTERED, Document, Hit, Query, Results
from search.synonyms import Synonyms

__all__ = [
    "PUBLIC",
    "REGISTERED",
    "Busy",
    "Document",
    "Hit",
    "Index",
    "IndexUnavailable",
    "Query",
    "Results",
    "SearchError",
    "Synonyms",
    "highlight",
]
