"""Reading CSV as it comes: any delimiter Excel writes, any encoding of `encodings`."""

import csv
import io

from marketplace.domain.errors import N_, Invalid
from marketplace.services.imports import encodings
from marketplace.services.imports.sheets import FORMULA, Sheet, build

DELIMITERS = (";", ",", "\t")
LINES_SHOWN = 3
# What our own exports put before a cell that a spreadsheet would run (services/exports).
_ESCAPED = ("'=", "'+", "'-", "'@")


def read(content: bytes, headings) -> Sheet:
    """The table in a CSV file. Raises Invalid (field `file`) in words about this file."""
    text, encoding = encodings.decode(content)
    if text.lstrip()[:200].lower().startswith(("<html", "<!doctype", "<table", "<?xml", "{\\rtf")):
        raise Invalid(
            N_("Tệp này là trang web hoặc văn bản, không phải bảng tính. Hãy lưu lại dạng .xlsx."),
            "file",
        )
    if not text.strip():
        raise Invalid(N_("Tệp trống, chưa có dòng nào."), "file")
    hint, text = _excel_hint(text)
    candidates = [_parsed(text, delimiter, headings) for delimiter in hint or DELIMITERS]
    _known, sheet = max(candidates, key=lambda found: (found[0], len(found[1].header)))
    sheet.reading = {
        "format": "csv",
        "encoding": encoding,
        "delimiter": sheet.reading["delimiter"],
        "lines": [line[:300] for line in text.splitlines() if line.strip()][:LINES_SHOWN],
    }
    return sheet


def _excel_hint(text: str) -> tuple[str, str]:
    """Excel's own first line `sep=;` names the delimiter; it is no row of the table."""
    first, _, rest = text.partition("\n")
    if first.lower().startswith("sep=") and len(first.strip()) <= 5:
        return first[4:5] if first[4:5] in DELIMITERS else "", rest
    return "", text


def _parsed(text: str, delimiter: str, headings) -> tuple[int, Sheet]:
    flags = {}
    try:
        known, sheet = build(_lines(text, delimiter, flags), headings, flags)
    except csv.Error:
        raise Invalid(
            N_(
                'Không tách được các ô: có dấu nháy kép (") mở mà không đóng. '
                "Hãy mở tệp bằng Excel và lưu lại."
            ),
            "file",
        ) from None
    sheet.reading = {"delimiter": delimiter}
    return known, sheet


def _lines(text: str, delimiter: str, flags: dict):
    # A record with line breaks inside is one row in a spreadsheet too, so records are counted.
    for number, cells in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), start=1):
        yield number, [_cell(cell, (number, at), flags) for at, cell in enumerate(cells)]


def _cell(text: str, place: tuple[int, int], flags: dict) -> str:
    if text.lstrip().startswith("="):
        flags[place] = FORMULA
    return text[1:] if text.startswith(_ESCAPED) else text
