"""Where an uploaded file waits: outside the web root, under a random name, for a few days."""

import json
import os
import secrets
from contextlib import suppress
from pathlib import Path

from marketplace.services.imports.sheets import Sheet


def put(folder: Path, content: bytes, sheet: Sheet) -> str:
    """Keep the file and the table read from it; returns its name in the folder."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = secrets.token_hex(16)
    (folder / f"{name}.file").write_bytes(content)
    (folder / f"{name}.json").write_text(
        json.dumps(sheet.to_dict(), ensure_ascii=False), encoding="utf-8"
    )
    return name


def sheet(folder: Path, name: str) -> Sheet:
    """Raises FileNotFoundError once the file was swept away."""
    return Sheet.from_dict(json.loads((folder / f"{name}.json").read_text(encoding="utf-8")))


def content(folder: Path, name: str) -> bytes:
    return (folder / f"{name}.file").read_bytes()


def remove(folder: Path, name: str) -> None:
    for ending in ("file", "json", "progress"):
        with suppress(FileNotFoundError):
            (folder / f"{name}.{ending}").unlink()


# --- Progress ------------------------------------------------------------------------------------
# Bringing a file in is one transaction, so how far it is cannot stand in the database meanwhile.
def reporter(folder: Path, name: str):
    """progress(done, total) for a long task; other processes read it with `progress`."""
    path = folder / f"{name}.progress"

    def report(done: int, total: int) -> None:
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.write_text(f"{done} {total}", encoding="ascii")
        fresh.replace(path)

    return report


def progress(folder: Path, name: str) -> tuple[int, int]:
    """(rows done, rows in all) of the task under way; (0, 0) before it began."""
    try:
        done, total = (folder / f"{name}.progress").read_text(encoding="ascii").split()
    except (FileNotFoundError, ValueError):
        return 0, 0
    return int(done), int(total)
