"""Reading XLSX without trusting it: what it unpacks to is looked at before anything is unpacked."""

import io
import zipfile
from datetime import date, datetime, time

from marketplace.domain.errors import N_, Invalid
from marketplace.services.imports.sheets import BROKEN, COLUMNS_MOST, FORMULA, Sheet, build

UNZIPPED_MOST = 60 * 1024 * 1024  # bytes, all parts together
PARTS_MOST = 500
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # Excel 97-2003, or any Office file with a password
ZIP = b"PK\x03\x04"

_NO_WORKBOOK = N_(
    "Tệp này không phải bảng tính Excel. Hãy dùng tệp mẫu (.xlsx) hoặc lưu lại dạng .xlsx."
)


def refuse_dangerous(content: bytes) -> None:
    """Raise Invalid for archives that are no workbook, carry programs, or would fill the memory."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        parts = archive.infolist()
    except zipfile.BadZipFile:
        raise Invalid(_BROKEN, "file") from None
    names = {part.filename for part in parts}
    # Python's zipfile never unpacks more of a part than its entry says, so the sum is a limit.
    if len(parts) > PARTS_MOST or sum(part.file_size for part in parts) > UNZIPPED_MOST:
        raise Invalid(
            N_(
                "Tệp bung ra quá lớn (hơn %(limit)s MB) nên không được mở. "
                "Hãy chép riêng các dòng cần đưa vào sang tệp mẫu."
            ),
            "file",
            limit=UNZIPPED_MOST // 1024 // 1024,
        )
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Invalid(
            N_("Tệp có macro (chương trình) nên không được nhận. Hãy lưu lại dạng .xlsx."), "file"
        )
    if "xl/workbook.xml" not in names:
        raise Invalid(_NO_WORKBOOK, "file")
    if any(part.flag_bits & 1 for part in parts):
        raise Invalid(_LOCKED, "file")
    for part in parts:
        # An honest workbook declares no document type; a hostile one explodes through it.
        if part.filename.endswith((".xml", ".rels")):
            try:
                with archive.open(part) as file:
                    start = file.read(4096)
            except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError):
                raise Invalid(_BROKEN, "file") from None
            if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
                raise Invalid(_NO_WORKBOOK, "file")


_BROKEN = N_("Tệp Excel bị hỏng, không mở được. Hãy mở bằng Excel, lưu lại rồi gửi lần nữa.")
_LOCKED = N_("Tệp có mật khẩu hoặc ở dạng Excel cũ (.xls). Hãy bỏ mật khẩu và lưu lại dạng .xlsx.")


def refuse_old(content: bytes) -> None:
    if content.startswith(OLE):
        raise Invalid(_LOCKED, "file")


def read(content: bytes, headings) -> Sheet:
    """The sheet that looks most like the form. Raises Invalid (field `file`)."""
    refuse_dangerous(content)
    import openpyxl  # a third of a second: only for those who import

    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False)
        found = [(title, *_sheet(book[title], headings)) for title in book.sheetnames[:20]
                 if hasattr(book[title], "iter_rows")]  # fmt: skip
    except Invalid:
        raise
    except Exception:  # openpyxl raises whatever a damaged part makes it trip over
        raise Invalid(_BROKEN, "file") from None
    if not found:
        raise Invalid(_NO_WORKBOOK, "file")
    title, _known, sheet = max(found, key=lambda each: each[1])
    if not sheet.header:
        raise Invalid(N_("Tệp trống, chưa có dòng nào."), "file")
    sheet.reading = {"format": "xlsx", "sheet": title}
    return sheet


def _sheet(worksheet, headings) -> tuple[int, Sheet]:
    flags = {}
    # The size a file claims for its sheet may be wrong in both directions.
    worksheet.reset_dimensions()
    return build(_lines(worksheet, flags), headings, flags)


def _lines(worksheet, flags):
    for number, cells in enumerate(worksheet.iter_rows(max_col=COLUMNS_MOST + 1), start=1):
        yield number, [_text(cell, (number, at), flags) for at, cell in enumerate(cells)]


def _text(cell, place, flags) -> str:
    """What the cell says, written the way people write it in a form."""
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        flags[place] = FORMULA
        return str(getattr(value, "text", value))
    if cell.data_type == "e":
        flags[place] = BROKEN
        return str(value)
    if isinstance(value, bool):
        return "Có" if value else "Không"
    if isinstance(value, datetime):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, (int, float)):
        return _number(value * 100 if "%" in (cell.number_format or "") else value)
    return str(value)


def _number(value: float) -> str:
    if isinstance(value, int) or value.is_integer():
        return str(int(value))
    text = f"{value:.6f}".rstrip("0").replace(".", ",")
    # "1,125" would be read as one thousand one hundred and twenty-five.
    return text + "0" if len(text.partition(",")[2]) == 3 else text
