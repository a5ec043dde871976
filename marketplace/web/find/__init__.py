"""Finding: one ranked list with facets; everything is in the address."""

from marketplace.web.find import completing, page  # noqa: F401 - their routes
from marketplace.web.find.asking import (
    FACET_TITLES,
    SCHEMES,
    address,
    asked,
    chips,
    facets,
    given,
    is_known,
    words_of,
)
from marketplace.web.find.page import bp, engines

__all__ = [
    "FACET_TITLES",
    "SCHEMES",
    "address",
    "asked",
    "bp",
    "chips",
    "engines",
    "facets",
    "given",
    "is_known",
    "words_of",
]
