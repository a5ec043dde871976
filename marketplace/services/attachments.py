"""Files of a listing: a photograph or a PDF, with a level of its own like any field.

What a file is, is read from its bytes; pictures are drawn anew, so that what a camera writes beside
the picture (place, owner) does not travel with it. Files lie sealed (services/files) outside the
web root, under random names.
"""

import hashlib
import io
import secrets
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import puremagic
from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.domain.cleaning import one_line
from marketplace.domain.errors import N_, Invalid, NotFound
from marketplace.domain.fields import CONFIDENTIAL, CONTACT, PUBLIC, REGISTERED
from marketplace.models import Attachment, Listing
from marketplace.services import audit, files

# extension -> (media type, how Pillow writes it; None: kept as it came)
TYPES = {
    ".pdf": ("application/pdf", None),
    ".jpg": ("image/jpeg", "JPEG"),
    ".jpeg": ("image/jpeg", "JPEG"),
    ".png": ("image/png", "PNG"),
    ".webp": ("image/webp", "WEBP"),
}
CHOOSABLE = (PUBLIC, REGISTERED, CONTACT, CONFIDENTIAL)
MOST = 10  # files of one listing
PIXELS = 40_000_000  # more is a mistake or a bomb
SIDE = 2400  # pixels; enough for a full screen and for A4


@dataclass(frozen=True)
class Checked:
    """A file that may be kept: safe name, media type, bytes."""

    name: str
    media_type: str
    content: bytes


def checked(name: str, content: bytes, *, scan: Callable[[bytes], None]) -> Checked:
    """What to keep of an upload; raises Invalid (field `file`) in words about this file.

    Scanning and drawing anew take seconds: call it outside a transaction.
    """
    name = safe_name(name)
    extension = Path(name).suffix.lower()
    if not content:
        raise Invalid(N_("Hãy chọn một tệp; tệp vừa gửi không có nội dung."), "file")
    if extension not in TYPES:
        raise Invalid(N_("Chỉ nhận ảnh JPG, PNG, WEBP và tệp PDF."), "file")
    media_type, form = TYPES[extension]
    if media_type not in _seen_as(content):
        raise Invalid(
            N_("Nội dung tệp không đúng với đuôi %(extension)s của nó."),
            "file",
            extension=extension,
        )
    scan(content)
    return Checked(name, media_type, content if form is None else redrawn(content, form))


def demand_room(session: Session, listing: Listing, level: str) -> None:
    """Raises Invalid (field `level` or `file`) when the listing takes no such file."""
    if level not in CHOOSABLE:
        raise Invalid(N_("Hãy chọn ai được xem tệp này."), "level")
    count = session.scalar(
        select(func.count())
        .select_from(Attachment)
        .where(Attachment.listing_id == listing.id, Attachment.removed_at.is_(None))
    )
    if count >= MOST:
        raise Invalid(N_("Mỗi hồ sơ tối đa %(most)s tệp. Hãy bỏ bớt tệp cũ."), "file", most=MOST)


def add(
    session: Session,
    listing: Listing,
    file: Checked,
    *,
    level: str,
    folder: Path,
    actor,
    now,
    deck: bool = False,
) -> Attachment:
    """Keep a checked file. Raises Invalid as `demand_room` does."""
    demand_room(session, listing, level)
    row = Attachment(
        key=secrets.token_hex(16),
        listing_id=listing.id,
        level=level,
        deck=deck,
        name=file.name,
        media_type=file.media_type,
        size=len(file.content),
        sha256=hashlib.sha256(file.content).hexdigest(),
        uploaded_at=now,
        uploaded_by_id=actor.id,
    )
    session.add(row)
    audit.record(session, "listing.attach", listing, actor=actor, now=now, level=level)
    # The file first, then the row with the commit: a crash between leaves a file nobody knows.
    files.write(folder, row.key, file.content)
    return row


def content(row: Attachment, folder: Path) -> bytes:
    """The bytes as they were kept. Raises FileLost."""
    return files.read(folder, row.key)


def safe_name(name: str) -> str:
    """The last part of a path, one line, without what breaks headers and file systems."""
    last = one_line(name.replace("\\", "/").rsplit("/", 1)[-1])
    last = "".join(c for c in last if c not in '<>:"|?*;\0').strip(". ") or "tep"
    stem, dot, suffix = last.rpartition(".")
    return f"{stem[:120]}{dot}{suffix[:10]}" if dot else last[:120]


def _seen_as(content: bytes) -> set[str]:
    """Media types the bytes may be, by their magic numbers."""
    if content[:5] == b"%PDF-":
        return {"application/pdf"}
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return {"image/webp"}
    try:
        found = puremagic.magic_string(content[:4096])
    except (puremagic.PureError, ValueError):
        return set()
    return {each.mime_type for each in found if each.confidence >= 0.5} | (
        {"image/jpeg"} if content[:3] == b"\xff\xd8\xff" else set()
    )


def redrawn(content: bytes, form: str) -> bytes:
    """The picture decoded and encoded again, upright, at most SIDE pixels wide or high, with no
    metadata. Raises Invalid for a broken or a giant one."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=[form]) as picture:
                if picture.width * picture.height > PIXELS:
                    raise Invalid(N_("Ảnh quá lớn (trên 40 triệu điểm ảnh)."), "file")
                upright = ImageOps.exif_transpose(picture)
                upright.thumbnail((SIDE, SIDE))
                if form == "JPEG" and upright.mode != "RGB":
                    upright = upright.convert("RGB")
                clean = Image.new(upright.mode, upright.size)
                if upright.mode == "P":
                    clean.putpalette(upright.getpalette())
                clean.paste(upright)
                out = io.BytesIO()
                clean.save(out, form, quality=85)
                return out.getvalue()
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        OSError,
        SyntaxError,
        ValueError,
    ) as error:
        raise Invalid(N_("Không mở được ảnh này: tệp hỏng hoặc không phải ảnh."), "file") from error


def of_listing(session: Session, listing: Listing) -> list[Attachment]:
    """Its files but for the deck, which even curators do not open (`deck_of`)."""
    return list(session.scalars(_kept(listing).where(~Attachment.deck)))


def deck_of(session: Session, listing: Listing) -> Attachment | None:
    return session.scalar(_kept(listing).where(Attachment.deck))


def _kept(listing):
    return (
        select(Attachment)
        .where(Attachment.listing_id == listing.id, Attachment.removed_at.is_(None))
        .order_by(Attachment.id)
    )


def readable(session: Session, listing: Listing, levels) -> list[Attachment]:
    """The files a reader with these levels may open."""
    return [row for row in of_listing(session, listing) if row.level in levels]


def by_key(session: Session, key: str) -> Attachment:
    """Raises NotFound for an unknown or removed file."""
    row = session.scalar(
        select(Attachment).where(Attachment.key == key, Attachment.removed_at.is_(None))
    )
    if row is None:
        raise NotFound
    return row


def remove(session: Session, row: Attachment, *, actor, now) -> None:
    """Take a file away; its row stays for the record. `erase` follows once that is committed."""
    row.removed_at = now
    audit.record(session, "listing.detach", row.listing, actor=actor, now=now)


def erase(row: Attachment, folder: Path) -> None:
    """The bytes of a removed file. Before the commit, a refused one would leave a row without."""
    files.remove(folder, row.key)


def sweep(session: Session, folder: Path, *, now) -> int:
    """Remove files that no row names, left by a crash; returns how many."""
    return files.sweep(
        folder, session.scalars(select(Attachment.key).where(Attachment.removed_at.is_(None))), now
    )
