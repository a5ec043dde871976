"""Files of a room: checked as files of listings are, sealed on disk, kept in all their versions."""

import hashlib
import secrets
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.cleaning import one_line
from marketplace.domain.errors import N_, Invalid
from marketplace.models import Match, RoomFile, RoomFileVersion
from marketplace.services import files
from marketplace.services.attachments import Checked
from marketplace.services.deals.sides import demand, side_of
from marketplace.services.room.telling import count, news

FOLDER = "rooms"  # of the instance
MOST = 40  # files of one room
MOST_VERSIONS = 20  # of one file
NAME_LIMIT = 120


def demand_place(
    session: Session, match: Match, file: RoomFile | None = None, *, name="", actor
) -> None:
    """Raises what `add` would, before a long look at the upload."""
    demand("room.attach", actor, match)
    if len(name) > NAME_LIMIT:
        raise Invalid(N_("Tối đa %(limit)s ký tự."), "title", limit=NAME_LIMIT)
    if file is None and count(session, RoomFile, match) >= MOST:
        raise Invalid(N_("Mỗi phòng tối đa %(most)s tệp."), "file", most=MOST)
    if file is not None and len(file.versions) >= MOST_VERSIONS:
        raise Invalid(N_("Mỗi tệp tối đa %(most)s bản."), "file", most=MOST_VERSIONS)


def add(
    session: Session, match: Match, checked: Checked, *, folder: Path, actor, now, name="",
    file: RoomFile | None = None,
) -> RoomFileVersion:  # fmt: skip
    """Keep a checked upload (attachments.checked): as a new file called `name`, or as the next
    version of `file`. Raises Invalid (fields `file`, `title`), NotAllowed."""
    name = one_line(name) or checked.name
    demand_place(session, match, file, name=name, actor=actor)
    side = side_of(actor, match)
    action = "room.file" if file is None else "room.file_version"
    news(session, match, action, actor=actor, now=now, tab="files")
    if file is None:
        file = RoomFile(deal=match.deal, side=side, said={"name": name})
        session.add(file)
        session.flush()
    row = RoomFileVersion(
        key=secrets.token_hex(16), file=file, number=len(file.versions) + 1, side=side,
        said={"name": checked.name}, media_type=checked.media_type, size=len(checked.content),
        sha256=hashlib.sha256(checked.content).hexdigest(), uploaded_at=now,
        uploaded_by_id=actor.id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    # The file first, then the row with the commit: a crash between leaves a file nobody knows.
    files.write(folder, row.key, checked.content)
    return row


def content(row: RoomFileVersion, folder: Path) -> bytes:
    """Raises FileLost."""
    return files.read(folder, row.key)


def sweep(session: Session, folder: Path, *, now) -> int:
    """Remove files that no row names, left by a crash; returns how many."""
    return files.sweep(folder, session.scalars(select(RoomFileVersion.key)), now)
