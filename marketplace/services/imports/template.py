"""The file to fill in: labels and instructions in the reader's language, lists to choose from, one
example row. `say` turns a msgid into that language."""

import csv
import io
from collections.abc import Callable

from marketplace.domain.errors import N_
from marketplace.domain.fields import CONFIDENTIAL, CONTACT, PUBLIC, REGISTERED, Field
from marketplace.domain.vocabulary import KINDS
from marketplace.services.imports.headings import letter, listed
from marketplace.services.imports.sheets import ROWS_MOST

EXAMPLE = "VÍ DỤ: "  # a row whose title starts so is never brought in
DELIMITER = ";"  # what Excel with Vietnamese regional settings splits at

SEEN_BY = {
    PUBLIC: N_("Công khai"),
    REGISTERED: N_("Thành viên xem được"),
    CONTACT: N_("Chỉ mở khi hai bên đồng ý"),
    CONFIDENTIAL: N_("Bảo mật"),
}
# type -> how to write it in a cell
HOW = {
    "text": N_("Một dòng chữ"),
    "long": N_("Nhiều câu; xuống dòng trong ô bằng Alt+Enter"),
    "lines": N_("Mỗi dòng một mục; xuống dòng trong ô bằng Alt+Enter"),
    "tags": N_("Các từ cách nhau bằng dấu phẩy"),
    "choice": N_("Chọn một giá trị trong danh sách thả xuống"),
    "choices": N_("Một hoặc nhiều giá trị của trang Danh mục, cách nhau bằng dấu chấm phẩy"),
    "place": N_("Tên xã, phường; tên cũ trước khi sáp nhập cũng được"),
    "integer": N_("Số nguyên"),
    "percent": N_("Số nguyên, không ghi dấu %"),
    "money": N_("Số tiền: 280000000, 280 triệu hoặc 1,25 tỷ"),
    "date": N_("Ngày/tháng/năm, ví dụ 30/06/2027"),
    "boolean": N_("Có hoặc Không"),
    "email": N_("Địa chỉ thư điện tử"),
    "phone": N_("Số điện thoại; định dạng ô là Văn bản để không mất số 0"),
    "url": N_("Đường dẫn bắt đầu bằng https://"),
}
RULES = (
    N_("Mỗi dòng của trang Dữ liệu là một hồ sơ. Tối đa %(rows)s dòng mỗi tệp."),
    N_("Cột có dấu * phải điền. Cột khác để trống được; cột không dùng có thể xóa."),
    N_("Không đổi tên cột. Thứ tự cột và định dạng ô tùy ý."),
    N_("Dòng trên tên cột cho biết ai sẽ đọc được nội dung của cột."),
    N_("Dòng bắt đầu bằng “VÍ DỤ:” chỉ để minh họa, sàn bỏ qua dòng này."),
    N_("Không dùng công thức: hãy dán dạng giá trị."),
    N_("Sàn kiểm tra cả tệp trước. Có một lỗi thì chưa dòng nào được đưa vào."),
)
SHEETS = {"rows": N_("Dữ liệu"), "rules": N_("Hướng dẫn"), "lists": N_("Danh mục")}
_RULE_HEADS = (N_("Cột"), N_("Tên cột"), N_("Bắt buộc"), N_("Ai đọc được"), N_("Cách ghi"),
               N_("Lời gợi ý"), N_("Ví dụ"))  # fmt: skip
_FILLS = {PUBLIC: "#DDEFEA", REGISTERED: "#E4EAF6", CONTACT: "#FBEBCB", CONFIDENTIAL: "#F6DDDD"}
_WIDTHS = {"long": 48, "lines": 34, "text": 30, "choices": 30, "place": 22}
_MARGIN = 500  # rows with drop-downs beyond what most people fill in


def label(f: Field, say: Callable[[str], str]) -> str:
    return f"{say(f.label)} *" if f.required else say(f.label)


def terms(f: Field, vocabulary, locale: str = "vi") -> list[str]:
    """The words that may stand in a column, in the order of the list; empty when it is free."""
    scheme = f.scheme or ("place" if f.type == "place" else "")
    if scheme == "trl":
        return [
            f"{code} | {vocabulary.label('trl', code, locale)}" for code in vocabulary.terms("trl")
        ]
    return [vocabulary.label(scheme, code, locale) for code in vocabulary.terms(scheme)]


def example(f: Field, vocabulary, locale: str = "vi", say=lambda text: text) -> str:
    """A cell of the example row: acceptable as it stands, so that copying it is never wrong."""
    words = terms(f, vocabulary, locale)
    if words:
        wanted = vocabulary.code_of(f.scheme or "place", f.example)
        codes = list(vocabulary.terms(f.scheme or "place"))
        return words[codes.index(wanted)] if wanted in codes else words[0]
    if f.type == "boolean":
        return say(N_("Không"))
    if f.name == "title_vi":
        return EXAMPLE + say(f.example)[: (f.limit or 120) - len(EXAMPLE)]
    return say(f.example)


def as_csv(kind: str, vocabulary, *, say, locale="vi") -> bytes:
    """The template for those without Excel: a header and an example row."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=DELIMITER, lineterminator="\r\n")
    writer.writerow([label(f, say) for f in listed(kind)])
    writer.writerow([example(f, vocabulary, locale, say) for f in listed(kind)])
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(kind: str, vocabulary, *, say, locale="vi") -> bytes:
    """The template as a workbook: rows to fill in, instructions, and the lists of words."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False,
                                     "strings_to_urls": False})  # fmt: skip
    rows, rules, lists = (book.add_worksheet(say(SHEETS[name])) for name in SHEETS)
    columns = listed(kind)
    spans = _lists(book, lists, columns, vocabulary, say, locale)
    _rows(book, rows, columns, spans, vocabulary, say, locale)
    _rules(book, rules, kind, columns, say)
    book.close()
    return out.getvalue()


def _lists(book, sheet, columns, vocabulary, say, locale) -> dict[str, str]:
    """Write each list in a column of its own; field name -> its range, for the drop-downs."""
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    spans = {}
    for f in columns:
        words = terms(f, vocabulary, locale)
        if not words:
            continue
        at = len(spans)
        sheet.write_string(0, at, say(f.label), bold)
        for line, word in enumerate(words, start=1):
            sheet.write_string(line, at, word)
        sheet.set_column(at, at, 34)
        name = say(SHEETS["lists"])
        spans[f.name] = f"='{name}'!${letter(at)}$2:${letter(at)}${len(words) + 1}"
    sheet.freeze_panes(1, 0)
    return spans


def _rows(book, sheet, columns, spans, vocabulary, say, locale):
    wrap = {"text_wrap": True, "valign": "top", "border": 1, "border_color": "#9AA5A1"}
    seen = {level: book.add_format(wrap | {"bg_color": _FILLS[level], "italic": True})
            for level in SEEN_BY}  # fmt: skip
    head = {level: book.add_format(wrap | {"bg_color": _FILLS[level], "bold": True})
            for level in SEEN_BY}  # fmt: skip
    sample = book.add_format({"text_wrap": True, "valign": "top", "font_color": "#5A6B66"})
    as_text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    for at, f in enumerate(columns):
        sheet.set_column(at, at, _WIDTHS.get(f.type, 18), as_text)
        sheet.write_string(0, at, say(SEEN_BY[f.level]), seen[f.level])
        sheet.write_string(1, at, label(f, say), head[f.level])
        sheet.write_comment(1, at, f"{say(HOW[f.type])}\n{say(f.hint)}", {"x_scale": 2})
        sheet.write_string(2, at, example(f, vocabulary, locale, say), sample)
        span = spans.get(f.name) or (
            [say(N_("Có")), say(N_("Không"))] if f.type == "boolean" else None
        )
        if span:
            # Several values in one cell are allowed, so the list helps and does not forbid.
            sheet.data_validation(
                3, at, ROWS_MOST + _MARGIN, at,
                {"validate": "list", "source": span, "show_error": f.type == "choice",
                 "ignore_blank": True, "error_title": say(f.label)[:32],
                 "error_message": say(HOW["choice"])},
            )  # fmt: skip
    sheet.set_row(1, 45)
    sheet.freeze_panes(2, 1)


def _rules(book, sheet, kind, columns, say):
    title = book.add_format({"bold": True, "font_size": 14})
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.write_string(0, 0, say(KINDS[kind][1]), title)
    for line, rule in enumerate(RULES, start=1):
        sheet.write_string(line, 0, f"{line}. {say(rule).replace('%(rows)s', str(ROWS_MOST))}")
    top = len(RULES) + 2
    for at, (words, width) in enumerate(zip(_RULE_HEADS, (7, 34, 10, 22, 40, 44, 44), strict=True)):
        sheet.set_column(at, at, width)
        sheet.write_string(top, at, say(words), bold)
    for line, f in enumerate(columns, start=top + 1):
        needed = say(N_("Có")) if f.required else ""
        for at, words in enumerate(
            (letter(line - top - 1), say(f.label), needed, say(SEEN_BY[f.level]),
             say(HOW[f.type]) + limit(f, say), say(f.hint), say(f.example))
        ):  # fmt: skip
            sheet.write_string(line, at, words, wrap)


def limit(f: Field, say) -> str:
    """How much fits, in words to stand after HOW."""
    if not f.limit:
        return ""
    words = N_("; tối đa %(most)s mục") if f.type in ("lines", "tags", "choices") else N_(
        "; tối đa %(most)s ký tự")  # fmt: skip
    return say(words).replace("%(most)s", str(f.limit))
