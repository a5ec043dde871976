"""The certificate as a PDF of one page, in Vietnamese, with a QR code of the page that confirms it.
The same row gives the same bytes."""

from dataclasses import dataclass
from importlib.resources import files

import segno
from fpdf import FPDF

from marketplace.models import MentoringCertificate
from marketplace.services.listings.numbers import LOCAL

_FOLDER = files("fontpkg_be_vietnam_pro") / "files"  # OFL, has every Vietnamese letter
_INK, _QUIET, _GREEN = (20, 32, 30), (90, 90, 90), (15, 107, 95)
_LEFT, _WIDE = 25, 160  # millimetres
_QR = 36


@dataclass(frozen=True)
class Issuer:
    """Who confirms it: names as the province writes them, and the address the QR code opens."""

    exchange: str
    centre: str
    place: str
    address: str


def hours(minutes: int) -> str:
    """12 giờ 30 phút."""
    whole, rest = divmod(minutes, 60)
    said = (f"{whole} giờ" if whole else "", f"{rest} phút" if rest else "")
    return " ".join(words for words in said if words)


def pdf(row: MentoringCertificate, issuer: Issuer) -> bytes:
    page = FPDF(format="A4")
    page.set_creation_date(row.made_at)
    page.set_title(f"Giấy xác nhận giờ cố vấn {row.number}")
    page.set_lang("vi")
    page.set_margins(_LEFT, 22)
    page.add_font("words", fname=str(_FOLDER / "BeVietnamPro-Regular.ttf"))
    page.add_font("words", "B", fname=str(_FOLDER / "BeVietnamPro-Bold.ttf"))
    page.add_page()
    _line(page, issuer.centre, 11, bold=True)
    _line(page, issuer.exchange, 10, ink=_QUIET)
    page.ln(16)
    _line(page, "GIẤY XÁC NHẬN GIỜ CỐ VẤN", 20, bold=True, ink=_GREEN)
    _line(page, f"Số {row.number}", 11, ink=_QUIET)
    page.ln(12)
    _line(page, "Xác nhận ông/bà", 12)
    _line(page, row.name, 22, bold=True)
    page.ln(3)
    _line(page, "đã cố vấn cho người khởi nghiệp qua sàn", 12)
    _line(page, f"{hours(row.minutes)}, trong {row.sessions} buổi", 16, bold=True)
    _line(page, f"từ ngày {row.first_on:%d/%m/%Y} đến ngày {row.last_on:%d/%m/%Y}.", 12)
    page.ln(14)
    made = row.made_at.astimezone(LOCAL)
    _line(
        page, f"{issuer.place}, ngày {made.day} tháng {made.month} năm {made.year}", 11, align="R"
    )
    page.ln(18)
    top = page.get_y()
    _code(page, issuer.address, _LEFT, top)
    page.set_xy(_LEFT + _QR + 8, top + 2)
    page.set_font("words", size=10)
    page.set_text_color(*_QUIET)
    page.multi_cell(
        _WIDE - _QR - 8, 5.5,
        "Quét mã hoặc mở địa chỉ dưới đây để biết giấy này còn giá trị hay không.\n"
        f"{issuer.address}\nMã kiểm tra: {row.seal[:16]}",
    )  # fmt: skip
    return bytes(page.output())


def _line(page, text, size, *, bold=False, ink=_INK, align="L"):
    page.set_x(_LEFT)
    page.set_font("words", "B" if bold else "", size)
    page.set_text_color(*ink)
    page.multi_cell(_WIDE, size * 0.52, text, align=align, new_x="LMARGIN", new_y="NEXT")


def _code(page, address, left, top):
    """The QR code as filled squares, its white rim left to the paper."""
    rows = [list(each) for each in segno.make_qr(address, error="m").matrix]
    side = _QR / len(rows)
    page.set_fill_color(0, 0, 0)
    for y, cells in enumerate(rows):
        for x, dark in enumerate(cells):
            if dark:
                page.rect(left + x * side, top + y * side, side, side, style="F")
