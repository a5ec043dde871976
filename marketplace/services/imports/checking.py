"""The dry run: every row looked at with the validator of the forms, nothing written."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date

from marketplace.domain.cleaning import clean, problems
from marketplace.domain.errors import N_, Invalid
from marketplace.domain.fields import STAFF, fields
from marketplace.services.imports.headings import letter
from marketplace.services.imports.sheets import BROKEN, CELL_MOST, FORMULA, Sheet
from marketplace.services.imports.template import EXAMPLE
from marketplace.services.vocabularies import fold

ERRORS_KEPT = 1000
TYPED_KEPT = 200  # characters of a bad cell shown again
SHORT = 500  # characters; no number, date or word of a list is longer
LONG_TYPES = frozenset({"text", "long", "lines", "tags", "choices", "url"})
PROGRESS_EVERY = 25  # rows


@dataclass
class Checked:
    """`rows` are (row number, field name -> text as typed); `errors` and `warnings` are plain
    dictionaries, kept with the import and shown row by row."""

    rows: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    errors: list[dict] = field(default_factory=list)
    warnings: list[dict] = field(default_factory=list)
    errors_total: int = 0

    def fault(self, row: int, at: int | None, name: str, typed: str, error: Invalid) -> None:
        self.errors_total += 1
        if len(self.errors) < ERRORS_KEPT:
            self.errors.append(
                {
                    "row": row,
                    "column": letter(at) if at is not None else "",
                    "field": name,
                    "typed": typed[:TYPED_KEPT],
                    "message": error.message,
                    "values": error.values,
                }
            )

    def warn(self, row: int, message: str, /, **values) -> None:
        if len(self.warnings) < ERRORS_KEPT:
            self.warnings.append({"row": row, "message": message, "values": values})


def check(
    sheet: Sheet,
    kind: str,
    columns: list[str | None],
    *,
    vocabulary,
    today: date,
    for_client: bool = False,
    owned_titles: Collection[str] = (),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Checked:
    """Everything wrong with the file, row by row. `owned_titles` are folded titles of listings
    the owner has already; meeting one again is worth a warning, not an error."""
    outcome = Checked()
    known = {f.name: f for f in fields(kind)}
    place = {name: at for at, name in enumerate(columns) if name}
    titles: dict[str, int] = {}
    for done, (number, cells) in enumerate(sheet.rows, start=1):
        raw = {name: cells[at] if at < len(cells) else "" for name, at in place.items()}
        if raw.get("title_vi", "").strip().startswith(EXAMPLE):
            outcome.warn(number, N_("Dòng ví dụ của tệp mẫu được bỏ qua."))
            continue
        _check_row(outcome, sheet, number, cells, raw, place, known, kind, vocabulary, today)
        if for_client and not (raw.get("contact_phone", "").strip()
                               or raw.get("contact_email", "").strip()):  # fmt: skip
            outcome.fault(
                number,
                place.get("contact_phone"),
                "contact_phone",
                "",
                Invalid(N_("Cần điện thoại hoặc thư để chủ hồ sơ xác nhận.")),
            )
        _check_title(outcome, number, raw, titles, owned_titles)
        outcome.rows.append((number, {name: text for name, text in raw.items() if text.strip()}))
        if done % PROGRESS_EVERY == 0:
            progress(done, len(sheet.rows))
    # Row by row, and within a row from left to right, as people mend a table.
    outcome.errors.sort(key=lambda each: (each["row"], len(each["column"]), each["column"]))
    if not outcome.rows:
        outcome.fault(
            sheet.header_row,
            None,
            "",
            "",
            Invalid(N_("Tệp chỉ có dòng tiêu đề, chưa có hồ sơ nào.")),
        )
    return outcome


def _check_row(outcome, sheet, number, cells, raw, place, known, kind, vocabulary, today):
    values, faulty = {}, set()
    for name, text in raw.items():
        try:
            values[name] = _value(
                known[name], text, sheet.flags.get((number, place[name])), vocabulary
            )
        except Invalid as error:
            faulty.add(name)
            outcome.fault(number, place[name], name, text, error)
    wanted = [f for f in fields(kind) if f.level != STAFF]
    for name, error in problems(wanted, values, today).items():
        if name not in faulty:
            outcome.fault(number, place.get(name), name, raw.get(name, ""), error)
    over = [at for at in range(len(sheet.header), len(cells)) if cells[at].strip()]
    if over:
        outcome.fault(
            number,
            over[0],
            "",
            cells[over[0]],
            Invalid(
                N_(
                    "Dòng này có nhiều ô hơn dòng tiêu đề. Chữ có dấu phân cách bên trong phải "
                    "đặt giữa hai dấu nháy kép."
                )
            ),
        )


def _value(f, text: str, flag: str | None, vocabulary):
    if flag == FORMULA:
        raise Invalid(
            N_("Ô chứa công thức. Hãy chép rồi dán dạng giá trị (Paste Special → Values)."), f.name
        )
    if flag == BROKEN:
        raise Invalid(N_("Ô đang báo lỗi của Excel. Hãy sửa hoặc để trống."), f.name)
    if len(text) > (CELL_MOST if f.type in LONG_TYPES else SHORT):
        raise Invalid(N_("Dài quá, không thể là giá trị đúng."), f.name)
    return clean(f, text, vocabulary)


def _check_title(outcome, number, raw, titles, owned_titles):
    title = fold(raw.get("title_vi", ""))
    if not title:
        return
    if title in titles:
        outcome.warn(number, N_("Trùng tên với dòng %(row)s của tệp."), row=titles[title])
    elif title in owned_titles:
        outcome.warn(number, N_("Bạn đã có hồ sơ trùng tên này trên sàn."))
    titles.setdefault(title, number)
