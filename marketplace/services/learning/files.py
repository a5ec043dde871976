"""The rankers' files: written by a command, checked in full before one is read.

A ranker decides what curators see first, so its file is treated like a program: a folder of its
own, apart from everything a visitor may upload; no links; nothing others may write; and the
digest in the database must fit. The content is plain JSON, and reading it executes nothing.
"""

import hashlib
import hmac
import os
import stat
from pathlib import Path

LARGEST = 20_000_000  # bytes; the largest ranker has some hundred kilobytes


class FileRefused(Exception):
    """The file or its folder is not as safe as it must be; the text says what is wrong."""


def digest(content: bytes) -> str:
    """The SHA-256 the database remembers a file by."""
    return hashlib.sha256(content).hexdigest()


def write(folder: Path, name: str, content: bytes) -> str:
    """Write whole or not at all, readable by the site's account only; returns the digest."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _safe(os.lstat(folder), folder, stat.S_ISDIR)
    draft = folder / f".{name}.{os.getpid()}"
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / name)
    return digest(content)


def read(folder: Path, name: str, sha256: str) -> bytes:
    """The content. Raises FileRefused for a link, for a file or folder of another owner or that
    others may write, and for a content the database does not know."""
    path = folder / name
    try:
        _safe(os.lstat(folder), folder, stat.S_ISDIR)
        # What is looked at is what is read: the open file, not whatever bears its name next. A
        # pipe in its place must not make us wait.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise FileRefused(f"{name}: {error.strerror}") from error
    try:
        _safe(os.fstat(handle), path, stat.S_ISREG)
    except FileRefused:
        os.close(handle)
        raise
    with os.fdopen(handle, "rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise FileRefused(f"{name}: larger than a ranker can be")
    if not hmac.compare_digest(digest(content), sha256):
        raise FileRefused(f"{name}: not the file that was written")
    return content


def _safe(status: os.stat_result, path: Path, right_kind) -> None:
    if not right_kind(status.st_mode):
        raise FileRefused(f"{path.name}: a link, or not what it should be")
    if status.st_uid not in (0, os.geteuid()):
        raise FileRefused(f"{path.name}: belongs to another account")
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise FileRefused(f"{path.name}: others may write it")
