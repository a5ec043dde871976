"""Import: a spreadsheet of listings, checked row by row, brought in whole or not at all."""

from marketplace.services.imports.headings import Headings, letter, listed
from marketplace.services.imports.jobs import (
    HAND_OVERS_MOST,
    ROWS_AT_ONCE,
    check_now,
    choices,
    confirmations,
    same_file,
    start,
)
from marketplace.services.imports.marked import copy_of
from marketplace.services.imports.reading import by_key, expected, nearest, of_actor
from marketplace.services.imports.receiving import receive
from marketplace.services.imports.sheets import ROWS_MOST
from marketplace.services.imports.storage import content, progress, sheet
from marketplace.services.imports.template import as_csv, as_xlsx
from marketplace.services.imports.waiting import KEEP_DAYS, run_waiting, sweep

__all__ = [
    "HAND_OVERS_MOST",
    "KEEP_DAYS",
    "ROWS_AT_ONCE",
    "ROWS_MOST",
    "Headings",
    "as_csv",
    "as_xlsx",
    "by_key",
    "check_now",
    "choices",
    "confirmations",
    "content",
    "copy_of",
    "expected",
    "letter",
    "listed",
    "nearest",
    "of_actor",
    "progress",
    "receive",
    "run_waiting",
    "same_file",
    "sheet",
    "start",
    "sweep",
]
