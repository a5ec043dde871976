"""Text that fits on the one side of a sheet: how many lines each part gets, and where it is cut."""

import math

WIDTH = 92  # letters of a line on paper, beside its label


def lines_of(words: str, width: int = WIDTH) -> int:
    return max(1, math.ceil(len(words) / width))


def cut(words: str, longest: int) -> str:
    """The text on one line, whole words, with "…" where something was left out."""
    words = " ".join(words.split())
    if len(words) <= longest:
        return words
    head = words[: max(longest - 1, 1)]
    space = head.rfind(" ")
    return (head[:space] if space > longest // 2 else head).rstrip(" ,;:.–-") + "…"


def fitted(rows: list[tuple], room: int, width: int = WIDTH) -> list[tuple]:
    """(label, text, ...) rows in `room` lines: short ones stay whole, and the long ones share what
    is left in equal parts. Where there are more rows than lines the last ones go."""
    rows = [(label, " ".join(words.split()), *rest) for label, words, *rest in rows]
    rows = rows[: max(room, 0)]
    wanted = [lines_of(words, width) for _label, words, *_rest in rows]
    most = max(wanted, default=1)
    while most > 1 and sum(min(each, most) for each in wanted) > room:
        most -= 1
    return [(label, cut(words, most * width), *rest) for label, words, *rest in rows]
