"""Asking the engines: find, similar, suggest. Keys come back; the database has the last word.

Every hit is read again and authorised again for the reader, so an index that lags behind can show
nothing it should not.
"""

from marketplace.services.discovery.finding import (
    PAGE,
    Found,
    Trial,
    find,
    same_as,
    total_of,
    with_and_without_synonyms,
)
from marketplace.services.discovery.glosses import meanings
from marketplace.services.discovery.meaning import NEAR_ENOUGH, Near, similar
from marketplace.services.discovery.pairing import (
    ANONYMOUS,
    Chance,
    chances,
    owners,
    suggest,
    without_figures,
)
from marketplace.services.discovery.ways_out import WayOut, ways_out

__all__ = [
    "ANONYMOUS",
    "NEAR_ENOUGH",
    "PAGE",
    "Chance",
    "Found",
    "Near",
    "Trial",
    "WayOut",
    "chances",
    "find",
    "meanings",
    "owners",
    "same_as",
    "similar",
    "suggest",
    "total_of",
    "ways_out",
    "with_and_without_synonyms",
    "without_figures",
]
