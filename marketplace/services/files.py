"""Files on disk, sealed: attachments of listings and uploaded spreadsheets.

A file is written whole or not at all, outlives a power cut once `write` returned, and opens only
under the name it was written as: nobody who reaches the disk can put one in another's place.
"""

import logging
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from marketplace.domain.errors import N_, DomainError
from marketplace.models import sealing

log = logging.getLogger(__name__)

_END_OF_NAME = b"\0"
UNKNOWN_KEPT = timedelta(days=1)  # a file is written before the row that names it


class FileLost(DomainError):
    """The file is gone from the disk, or what lies there is not what was written."""

    status = 410
    message = N_(
        "Không mở được tệp này: tệp trên máy chủ đã mất hoặc bị hỏng. Sự cố đã được ghi lại. "
        "Hãy gửi lại tệp, hoặc nhờ người đăng gửi lại."
    )


def write(folder: Path, name: str, content: bytes) -> None:
    """Keep the content under the name, in place of what was there."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = folder / f"{name}.{secrets.token_hex(4)}.new"
    try:
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(sealing.seal_bytes(name.encode() + _END_OF_NAME + content))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(folder / name)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    _keep_names(folder)


def _keep_names(folder: Path) -> None:
    """Which names a folder holds outlives a power cut too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read(folder: Path, name: str) -> bytes:
    """Raises FileLost, after a line in the log that says which file and why."""
    try:
        opened = sealing.open_bytes((folder / name).read_bytes())
    except (OSError, sealing.SealBroken) as error:
        log.error("file %s/%s does not open: %s", folder.name, name, type(error).__name__)
        raise FileLost from error
    written_as, _, content = opened.partition(_END_OF_NAME)
    if written_as != name.encode():
        log.error("file %s/%s is another file, moved here", folder.name, name)
        raise FileLost
    return content


def remove(folder: Path, name: str) -> None:
    """Nothing happens where there is none."""
    (folder / name).unlink(missing_ok=True)


def sweep(folder: Path, known: Iterable[str], now: datetime) -> int:
    """Remove what lies in the folder under no known name for a day; returns how many files."""
    if not folder.is_dir():
        return 0
    known, before, gone = frozenset(known), (now - UNKNOWN_KEPT).timestamp(), 0
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            if path.name not in known and path.stat().st_mtime < before:
                path.unlink()
                gone += 1
    return gone
