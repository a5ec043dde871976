"""Two versions of a text, word by word: what is gone on one side and new on the other."""

import difflib
import re


def plain(value) -> str:
    return "\n".join(value) if isinstance(value, list) else str(value)


def sides(old: str, new: str) -> dict[str, list[tuple[str, bool]]]:
    """{"old": pieces, "new": pieces}; a piece is (text, whether the other side lacks it)."""
    left, right = (re.findall(r"\s+|[^\s]+", text) for text in (old, new))
    found: dict[str, list[tuple[str, bool]]] = {"old": [], "new": []}
    matcher = difflib.SequenceMatcher(a=left, b=right, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        for side, words in (("old", left[a:b]), ("new", right[c:d])):
            if words:
                found[side].append(("".join(words), kind != "equal"))
    return found
