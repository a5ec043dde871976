"""What a tantivy index says of itself in its files, and whether they are whole.

A damaged file can end a process that reads it, so every file is held against its own checksum
before it is read the first time; tantivy writes one at the end of each but verifies none by itself.
"""

import json
import struct
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from search.errors import IndexUnavailable

META = "meta.json"
_END = struct.Struct("<II")  # length of the footer, a number that says it is one
_MAGIC = 1337
# What a segment of our fields is made of; documents deleted since are in a file of their own.
PARTS = ("idx", "pos", "term", "fieldnorm", "fast", "store")


@dataclass(frozen=True)
class Meta:
    """One commit: its segments, and how many of their documents are dead."""

    names: frozenset[str]  # of all files
    documents: int  # dead ones included
    dead: int

    @classmethod
    def read(cls, folder: Path) -> "Meta":
        """Raises IndexUnavailable when there is no such commit."""
        try:
            meta = json.loads((folder / META).read_text("utf-8"))
            names, documents, dead = set(), 0, 0
            for segment in meta["segments"]:
                name = segment["segment_id"].replace("-", "")
                names.update(f"{name}.{part}" for part in PARTS)
                documents += segment["max_doc"]
                if segment["deletes"]:
                    dead += segment["deletes"]["num_deleted_docs"]
                    names.add(f"{name}.{segment['deletes']['opstamp']}.del")
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise IndexUnavailable(f"the index is damaged: {error!r}") from error
        return cls(frozenset(names), documents, dead)


def commit(folder: Path) -> tuple[int, int, int]:
    """Changes with every commit. Raises IndexUnavailable when the index is gone."""
    try:
        return stamp(folder / META)
    except OSError as error:
        raise IndexUnavailable(f"there is no index in {folder}") from error


def stamp(path: Path) -> tuple[int, int, int]:
    stat = path.stat()
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


class Verified:
    """The files found whole so far, by what can be seen of them from outside."""

    def __init__(self):
        self._known: dict[Path, dict[str, tuple[int, int, int]]] = {}

    def check(self, folder: Path, names: Collection[str]) -> None:
        """Raises IndexUnavailable unless each of these files has the checksum it ends with, and
        FileNotFoundError where one is missing."""
        known, whole = self._known.get(folder, {}), {}
        for name in sorted(names):
            seen = stamp(folder / name)
            if known.get(name) != seen:
                _verify(folder / name)
            whole[name] = seen
        self._known = {folder: whole}  # nobody goes back to an older folder


def _verify(path):
    try:
        content = path.read_bytes()
        length, magic = _END.unpack(content[-_END.size :])
        footer = content[-_END.size - length : -_END.size]
        whole = memoryview(content)[: -_END.size - length]
        if magic != _MAGIC or json.loads(footer)["crc"] != zlib.crc32(whole):
            raise ValueError("another checksum")
    except FileNotFoundError:
        raise
    except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
        raise IndexUnavailable(f"{path.name} is damaged: {error}") from error
