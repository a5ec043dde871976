"""Asking the engines: find, similar, suggest. Keys come back; the database has the last word.

Every hit is read again and authorised again for the reader, so an index that lags behind can show
nothing it should not.
"""

from marketplace.services.discovery.finding import NEAR_ENOUGH, PAGE, Found, find, total_of
from marketplace.services.discovery.meaning import Near, near, similar
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
    "WayOut",
    "chances",
    "find",
    "near",
    "owners",
    "similar",
    "suggest",
    "total_of",
    "ways_out",
    "without_figures",
]
