"""A table as somebody filled it in: read from CSV or XLSX, with what was noticed on the way."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from marketplace.domain.errors import N_, Invalid

# Listings in one file. One transaction brings them all in while others wait to write: 500 take less
# than the five seconds they wait for (models.base, busy_timeout).
ROWS_MOST = 500
COLUMNS_MOST = 200
CELL_MOST = 32_767  # characters; Excel's own limit
HEADER_WITHIN = 10  # rows; a title and a note may stand above the header
BLANK_ROWS_END = 500  # so many empty rows on end: the table is over
FORMULA, BROKEN = "formula", "broken"


@dataclass
class Sheet:
    """`rows` are (row number as the spreadsheet shows it, texts). `flags` marks cells that hold a
    formula or a spreadsheet error, by (row number, column index from 0)."""

    header: list[str]
    header_row: int
    rows: list[tuple[int, list[str]]]
    flags: dict[tuple[int, int], str] = field(default_factory=dict)
    reading: dict = field(default_factory=dict)

    def to_dict(self) -> dict:
        return {
            "header": self.header,
            "header_row": self.header_row,
            "rows": self.rows,
            "flags": [[row, column, flag] for (row, column), flag in self.flags.items()],
        }

    @classmethod
    def from_dict(cls, kept: dict) -> "Sheet":
        return cls(
            header=kept["header"],
            header_row=kept["header_row"],
            rows=[(number, cells) for number, cells in kept["rows"]],
            flags={(row, column): flag for row, column, flag in kept["flags"]},
        )


def build(
    lines: Iterable[tuple[int, list[str]]], headings, flags: dict[tuple[int, int], str]
) -> tuple[int, Sheet]:
    """(how many columns of the header are known, the sheet) from numbered lines of texts.

    The header is the line among the first ten that names most columns of the form. Raises Invalid
    for too many rows or columns.
    """
    head, rows, blank = [], [], 0
    best = (0, 0)  # (known columns, index in head)
    for number, cells in lines:
        cells = _trimmed(cells)
        if len(cells) > COLUMNS_MOST:
            raise Invalid(
                N_("Bảng có hơn %(most)s cột. Hãy dùng tệp mẫu của sàn."), "file", most=COLUMNS_MOST
            )
        blank = 0 if cells else blank + 1
        if blank >= BLANK_ROWS_END:
            break
        if len(head) < HEADER_WITHIN:
            head.append((number, cells))
            best = max(best, (headings.known(cells), -len(head)))
        elif cells:
            rows.append((number, cells))
        if len(rows) > ROWS_MOST + HEADER_WITHIN:
            break
    at = -best[1] - 1 if best[0] else 0
    header_row, header = head[at] if head else (1, [])
    rows = [(number, cells) for number, cells in head[at + 1 :] if cells] + rows
    if len(rows) > ROWS_MOST:
        raise Invalid(
            N_("Tệp có hơn %(most)s dòng. Hãy chia thành nhiều tệp rồi gửi từng tệp."),
            "file",
            most=ROWS_MOST,
        )
    return best[0], Sheet(header, header_row, rows, flags)


def _trimmed(cells: list[str]) -> list[str]:
    """Without the empty cells at the end of the line."""
    last = max((at for at, text in enumerate(cells) if text.strip()), default=-1)
    return list(cells[: last + 1])
