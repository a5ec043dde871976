"""The three files a list becomes.

CSV is UTF-8 with a byte order mark, or Excel would spoil the accents, and its cells stand between
semicolons: with Vietnamese regional settings the comma is the decimal sign, so Excel splits at the
semicolon. (A first line `sep=;` would settle the delimiter everywhere, but makes Excel overlook the
byte order mark.) Whoever has other settings takes the workbook, which needs neither.
"""

import csv
import io
import json
from datetime import date, datetime

from marketplace.domain.errors import N_
from marketplace.domain.fields import field
from marketplace.services.exports import columns
from marketplace.services.exports.gathering import List
from marketplace.services.listings.numbers import LOCAL

DELIMITER = ";"
# A spreadsheet runs a text cell that begins so; an apostrophe keeps it text (import takes it off).
_RUNS = ("=", "+", "-", "@", "\t", "\r")
_WIDE = {"long": 60, "lines": 40, "text": 36, "url": 36}
VERSION = 1  # of the JSON; names in it never change their meaning


def safe(text: str) -> str:
    """A text no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_RUNS) else text


def as_csv(listed: List, words, *, own: bool) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=DELIMITER, lineterminator="\r\n")
    labels, _types, rows = _table(listed, words, own)
    writer.writerow(labels)
    for row in rows:
        writer.writerow([_written(each) for each in row])
    return out.getvalue().encode("utf-8-sig")


def _written(value) -> str:
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return safe(value) if isinstance(value, str) else str(value if value is not None else "")


def as_xlsx(listed: List, words, *, own: bool, notes: list[tuple[str, str]]) -> bytes:
    """A workbook with frozen header and filters; a second sheet says where it is from."""
    import xlsxwriter

    out = io.BytesIO()
    # Nothing a member wrote becomes a formula or a link by itself.
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet(words.say(N_("Danh sách")))
    about = book.add_worksheet(words.say(N_("Nguồn")))
    formats = {
        "head": book.add_format({"bold": True, "text_wrap": True, "bg_color": "#DDEFEA",
                                 "valign": "top", "border": 1}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "money": book.add_format({"num_format": '#,##0 "₫"', "valign": "top"}),
        "number": book.add_format({"num_format": "#,##0", "valign": "top"}),
        "date": book.add_format({"num_format": "dd/mm/yyyy", "valign": "top"}),
    }  # fmt: skip
    labels, types, rows = _table(listed, words, own)
    for at, label in enumerate(labels):
        sheet.write_string(0, at, label, formats["head"])
        sheet.set_column(at, at, _WIDE.get(types[at], 20))
    for line, row in enumerate(rows, start=1):
        for at, value in enumerate(row):
            _put(sheet, line, at, value, types[at], formats)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(1, len(rows)), max(0, len(labels) - 1))
    about.set_column(0, 0, 24)
    about.set_column(1, 1, 90)
    for line, (name, text) in enumerate(notes):
        about.write_string(line, 0, name, formats["head"])
        about.write_string(line, 1, text, formats["text"])
    book.close()
    return out.getvalue()


def _put(sheet, line, at, value, kind, formats) -> None:
    if value in (None, ""):
        return
    if isinstance(value, date):
        sheet.write_datetime(
            line, at, datetime(value.year, value.month, value.day), formats["date"]
        )
    elif isinstance(value, int):
        sheet.write_number(line, at, value, formats["money" if kind == "money" else "number"])
    else:
        sheet.write_string(line, at, value[:32_767], formats["text"])


def _table(listed: List, words, own: bool):
    """(labels, types, rows of cells)."""
    head, body = columns.head(own), columns.table(listed.rows)
    labels = [words.say(columns.HEAD[name][0]) for name in head]
    labels += [words.say(label) for _name, label, _type in body]
    types = ["text"] * len(head) + [kind for _name, _label, kind in body]
    rows = [
        [columns.HEAD[name][1](row, words) for name in head]
        + [
            columns.cell(field(row.listing.kind, name), row.values.get(name), words)
            for name, _label, _type in body
        ]
        for row in listed.rows
    ]
    return labels, types, rows


def as_json(listed: List, words, *, own: bool, about: dict) -> bytes:
    """`about` comes first: exchange, licence, list, levels, exported_at (ISO 8601)."""
    record = {
        "format": "technology-exchange-listings",
        "version": VERSION,
        **about,
        "count": len(listed.rows),
        "total": listed.total,
        "complete": listed.complete,
        "listings": [_record(row, words, own) for row in listed.rows],
    }
    return (json.dumps(record, ensure_ascii=False, indent=1) + "\n").encode()


def _record(row, words, own) -> dict:
    listing = row.listing
    record = {
        "ref": listing.ref,
        "kind": listing.kind,
        "url": words.url(listing.ref),
        "language": listing.language,
        "organisation": row.organisation or None,
        "published_at": _iso(listing.published_at),
        "changed_at": _iso(listing.changed_at),
        "valid_until": _iso(listing.valid_until),
        "fields": {
            name: columns.plain(f, value, words)
            for name, value in row.values.items()
            if (f := field(listing.kind, name)) is not None
        },
    }
    if own:
        record |= {"state": listing.state, "visibility": listing.visibility}
    return record


def _iso(moment) -> str | None:
    return moment.astimezone(LOCAL).isoformat(timespec="seconds") if moment else None
