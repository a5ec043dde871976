"""The signed promise as a PDF, for both sides to keep."""

from fpdf import FPDF

from marketplace.models import AccessRequest
from marketplace.services.confidential.marking import FONT
from marketplace.services.trail import HERE


def copy(request: AccessRequest) -> bytes:
    """The text exactly as it was sent, then who signed it and when, its hash last. Until it is
    signed it says that it is not."""
    paper = FPDF(format="A4")
    paper.set_margins(30, 20, 15)
    paper.set_auto_page_break(True, margin=20)
    paper.set_title(f"{request.number}")
    paper.add_font("text", fname=FONT)
    paper.add_page()
    paper.set_font("text", size=10.5)
    for line in request.nda.splitlines():
        paper.multi_cell(0, 5.2, line, new_x="LMARGIN", new_y="NEXT") if line else paper.ln(2.6)
    paper.ln(4)
    for line in signature(request):
        paper.multi_cell(0, 5.2, line, new_x="LMARGIN", new_y="NEXT")
    return bytes(paper.output())


def signature(request: AccessRequest) -> list[str]:
    """The lines under the text; in Vietnamese like the binding text itself."""
    if request.accepted_at is None:
        return ["CHƯA KÝ / NOT SIGNED"]
    when = request.accepted_at.astimezone(HERE).strftime("%H:%M:%S %d/%m/%Y")
    return [
        f"Đã ký / Signed: {request.accepted_name}",
        f"Lúc / At: {when} (giờ Việt Nam / Vietnam time)",
        f"SHA-256: {request.nda_sha256}",
    ]
