"""A string for each order of documents, such that plain string order is that order, keys included.

An engine that can only sort by one column sorts by these: documents without a value come last in
either direction, numbers come before texts, and equal values are ordered by key.
"""

import struct

from search.rows import Row

LACKING = "9"
HAVING = "0"
# What follows a value: before every other character where order ascends, after where it descends.
ENDS, ENDS_DOWN = "\x00", "\u0200"
_DOWN = {byte: chr(0x100 + 255 - byte) for byte in range(256)}
# Nobody tells two titles apart after so many characters, and a column holds no endless texts.
LONGEST = 2_000


def sort_keys(row: Row) -> dict[str, str]:
    """The strings to sort by, for every order but relevance; smaller comes first."""
    return {
        "newest": _key(row, "published", down=True),
        "deadline": _key(row, "deadline"),
        "title": _key(row, "title"),
    }


def _key(row, name, *, down=False):
    if name not in row.sort:
        return f"{LACKING}{row.key}"
    value = _ascending(row.sort[name])
    if down:
        turned = value.encode().decode("latin-1").translate(_DOWN)
        return f"{HAVING}{turned}{ENDS_DOWN}{row.key}"
    return f"{HAVING}{value}{ENDS}{row.key}"


def _ascending(value):
    if isinstance(value, str):
        return "t" + value[:LONGEST].encode("utf-8", "replace").decode()
    bits = struct.unpack(">Q", struct.pack(">d", float(value) + 0.0))[0]
    bits = bits ^ 0xFFFFFFFFFFFFFFFF if bits >> 63 else bits | 1 << 63
    return f"n{bits:016x}"
