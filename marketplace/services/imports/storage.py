"""Where an uploaded file waits: sealed (services/files), outside the web root, under a random name,
for a few days. So does the table read from it. How far the work is stands in the open: two numbers.
"""

import json
import os
import secrets
from pathlib import Path

from marketplace.services import files
from marketplace.services.imports.sheets import Sheet

FILE, TABLE, PROGRESS = ".file", ".json", ".progress"


def put(folder: Path, content: bytes, sheet: Sheet) -> str:
    """Keep the file and the table read from it; returns its name in the folder."""
    name = secrets.token_hex(16)
    files.write(folder, name + FILE, content)
    table = json.dumps(sheet.to_dict(), ensure_ascii=False)
    files.write(folder, name + TABLE, table.encode())
    return name


def sheet(folder: Path, name: str) -> Sheet:
    """Raises FileLost."""
    return Sheet.from_dict(json.loads(files.read(folder, name + TABLE)))


def content(folder: Path, name: str) -> bytes:
    """Raises FileLost."""
    return files.read(folder, name + FILE)


def remove(folder: Path, name: str) -> None:
    for each in names(name):
        files.remove(folder, each)


def names(name: str) -> list[str]:
    """Every file that may lie in the folder for this one."""
    return [name + ending for ending in (FILE, TABLE, PROGRESS)]


# --- Progress ------------------------------------------------------------------------------------
# Bringing a file in is one transaction, so how far it is cannot stand in the database meanwhile.
def reporter(folder: Path, name: str):
    """progress(done, total) for a long task; other processes read it with `progress`."""
    path = folder / (name + PROGRESS)

    def report(done: int, total: int) -> None:
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.write_text(f"{done} {total}", encoding="ascii")
        fresh.replace(path)

    return report


def progress(folder: Path, name: str) -> tuple[int, int]:
    """(rows done, rows in all) of the task under way; (0, 0) before it began."""
    try:
        done, total = (folder / (name + PROGRESS)).read_text(encoding="ascii").split()
    except (FileNotFoundError, ValueError):
        return 0, 0
    return int(done), int(total)
