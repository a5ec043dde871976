"""Export: any list a reader may see, as a workbook, CSV or JSON, with the fields they may see."""

from marketplace.services.exports.formats import as_csv, as_json, as_xlsx
from marketplace.services.exports.gathering import (
    MOST,
    OPEN_LEVELS,
    Exported,
    SearchAway,
    found,
    mine,
    moderation,
)

__all__ = [
    "MOST",
    "OPEN_LEVELS",
    "Exported",
    "SearchAway",
    "as_csv",
    "as_json",
    "as_xlsx",
    "found",
    "mine",
    "moderation",
]
