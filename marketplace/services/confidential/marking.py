"""Watermarks: who opened it, for which organisation, when, and by which request, over every page
of a PDF and all over a picture. What takes none (a locked or broken PDF) raises Unmarkable.

It is slow (a second for some hundred pages), so it is done outside a transaction.
"""

import io
import math
import warnings
from importlib.resources import files

from fpdf import FPDF
from fpdf.errors import FPDFException
from PIL import Image, ImageDraw, ImageFont, UnidentifiedImageError
from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError

from marketplace.domain.cleaning import one_line
from marketplace.models import AccessRequest
from marketplace.services.attachments import TYPES
from marketplace.services.trail import HERE

_SLANT = 30  # degrees
_SIZE = 11  # points, on a page of a PDF
_GREY, _SHOW = (90, 90, 90), 0.22  # readable beside the text, and the text through it
_FORMS = dict(TYPES.values())  # media type -> how Pillow writes it
# Be Vietnam Pro (OFL), which has every Vietnamese letter.
FONT = str(files("fontpkg_be_vietnam_pro") / "files" / "BeVietnamPro-Regular.ttf")


class Unmarkable(Exception):
    """Nothing can be written over this file."""


def words(request: AccessRequest, now) -> str:
    """Name · organisation · local time · request number."""
    parts = [request.asker.name]
    if request.organisation is not None:
        parts.append(request.organisation.name)
    parts += [now.astimezone(HERE).strftime("%H:%M %d/%m/%Y"), request.number]
    return " · ".join(one_line(part) for part in parts)


def marked(content: bytes, media_type: str, text: str) -> bytes:
    """The file with the text all over it. Raises Unmarkable."""
    if media_type == "application/pdf":
        return marked_pdf(content, text)
    return marked_picture(content, _FORMS[media_type], text)


# --- PDF -----------------------------------------------------------------------------------------
def marked_pdf(content: bytes, text: str) -> bytes:
    """Every page with the text over it, as text that can be searched and copied; what the page said
    stays text. Scripts, actions and attached files of the document are left behind."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reader = PdfReader(io.BytesIO(content))
            if reader.is_encrypted:
                raise Unmarkable
            writer, overlays = PdfWriter(), {}
            for page in reader.pages:
                _mark_page(writer.add_page(page), text, overlays)
            if not overlays:
                raise Unmarkable
            out = io.BytesIO()
            writer.write(out)
            return out.getvalue()
    except (PyPdfError, FPDFException, ValueError, KeyError, TypeError, AttributeError,
            RecursionError, OSError) as error:  # fmt: skip
        # Whatever a damaged file makes of the reader: it is not given out without its mark.
        raise Unmarkable from error


def _mark_page(page, text, overlays):
    if page.rotation:
        page.transfer_rotation_to_content()
    for name in ("/AA", "/Annots"):
        if name in page:
            del page[name]
    box = page.mediabox
    width, height = float(box.width), float(box.height)
    if not (1 <= width <= 15_000 and 1 <= height <= 15_000):
        raise Unmarkable
    place = (round(width), round(height))
    if place not in overlays:
        overlays[place] = PdfReader(io.BytesIO(_overlay(width, height, text))).pages[0]
    page.merge_translated_page(overlays[place], float(box.left), float(box.bottom), over=True)


def _overlay(width: float, height: float, text: str) -> bytes:
    """A page of that size in points, with the text slanting across it again and again."""
    paper = FPDF(unit="pt", format=(width, height))
    paper.set_auto_page_break(False)
    paper.set_margin(0)
    paper.add_font("mark", fname=FONT)
    paper.add_page()
    size = max(5, min(_SIZE, min(width, height) / 30))
    paper.set_font("mark", size=size)
    paper.set_text_color(*_GREY)
    wide = paper.get_string_width(text) + 4 * size
    with paper.local_context(fill_opacity=_SHOW), paper.rotation(_SLANT, width / 2, height / 2):
        for x, y in _places(width, height, wide, 9 * size):
            paper.text(x, y, text)
    return bytes(paper.output())


def _places(width, height, step_x, step_y):
    """Where the text begins, so that the slanted page is covered; every other row is set off."""
    reach = math.hypot(width, height) / 2
    for row in range(math.ceil(2 * reach / step_y) + 1):
        x = width / 2 - reach - (row % 2) * step_x / 2
        while x < width / 2 + reach:
            yield x, height / 2 - reach + row * step_y
            x += step_x


# --- Pictures ------------------------------------------------------------------------------------
def marked_picture(content: bytes, form: str, text: str) -> bytes:
    """The picture in the same format with the text across it."""
    try:
        with Image.open(io.BytesIO(content), formats=[form]) as source:
            picture = source.convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise Unmarkable from error
    size = max(10, min(picture.size) // 28)
    letters = ImageFont.truetype(FONT, size)
    side = math.ceil(math.hypot(*picture.size))
    layer = Image.new("RGBA", (side, side))
    pen = ImageDraw.Draw(layer)
    wide = pen.textlength(text, font=letters) + 4 * size
    for x, y in _places(side, side, wide, 7 * size):
        # Light on a dark edge: readable on any picture.
        pen.text(
            (x, y), text, font=letters, fill=(255, 255, 255, 110),
            stroke_width=max(1, size // 14), stroke_fill=(0, 0, 0, 90),
        )  # fmt: skip
    layer = layer.rotate(_SLANT)
    left, top = (side - picture.width) // 2, (side - picture.height) // 2
    picture.alpha_composite(layer, source=(left, top, left + picture.width, top + picture.height))
    out = io.BytesIO()
    (picture.convert("RGB") if form == "JPEG" else picture).save(out, form, quality=85)
    return out.getvalue()
