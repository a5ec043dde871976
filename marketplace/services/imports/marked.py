"""The importer's own file back, with bad cells coloured and a comment on each; nothing else in it
is touched. A CSV comes back as a workbook, for text has no colours."""

import io
import zipfile

from marketplace.services.imports.sheets import Sheet

FULL_MOST = 20 * 1024 * 1024  # unpacked bytes; a larger workbook is rebuilt from its texts
_RED = "FFF4B8B8"
_AUTHOR = "Sàn"


def copy_of(content: bytes, sheet: Sheet, reading: dict, faults: list[dict], words) -> bytes:
    """The marked workbook. `words(fault)` says what is wrong, in the reader's language."""
    book, page = _opened(content, sheet, reading)
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    fill = PatternFill("solid", fgColor=_RED)
    said: dict[str, list[str]] = {}
    for fault in faults:
        place = f"{fault['column'] or 'A'}{fault['row']}"
        said.setdefault(place, []).append(words(fault))
    for place, texts in said.items():
        cell = page[place]
        cell.fill = fill
        cell.comment = Comment("\n".join(texts), _AUTHOR, width=320, height=60 + 40 * len(texts))
    out = io.BytesIO()
    book.active = book.index(page)
    book.save(out)
    return out.getvalue()


def _opened(content: bytes, sheet: Sheet, reading: dict):
    import openpyxl

    if reading.get("format") == "xlsx" and _unpacked(content) <= FULL_MOST:
        book = openpyxl.load_workbook(io.BytesIO(content))
        return book, book[reading["sheet"]]
    book = openpyxl.Workbook()
    page = book.active
    for number, cells in [(sheet.header_row, sheet.header), *sheet.rows]:
        for at, text in enumerate(cells, start=1):
            cell = page.cell(row=number, column=at)
            # As text whatever it looks like: a copy must not run what was refused as a formula.
            cell.data_type = "s"
            cell._value = _drawable(text)
            cell.number_format = "@"
    return book, page


def _drawable(text: str) -> str:
    """Without the control characters no workbook can hold."""
    return "".join(c for c in text if c >= " " or c in "\t\n")[:32_767]


def _unpacked(content: bytes) -> int:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return sum(part.file_size for part in archive.infolist())
