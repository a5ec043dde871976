"""Text that fits on the one side of a sheet: how many lines each part gets, and where it is cut."""

import math

WIDTH, LABEL = 74, 20  # letters of a line on paper beside its label, and of the label
GAP = 0.3  # what a row takes beside its lines


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


def taken(rows: list[tuple], most: list[int] | None = None, width: int = WIDTH) -> float:
    """Lines that rows take on paper, where the text of each gets no more than its part of `most`:
    whole texts without it."""
    wanted = [lines_of(words, width) for _label, words, *_rest in rows]
    given = wanted if most is None else [min(pair) for pair in zip(wanted, most, strict=True)]
    return sum(
        max(lines, lines_of(row[0], LABEL)) + GAP for row, lines in zip(rows, given, strict=True)
    )


def fitted(rows: list[tuple], room: float, width: int = WIDTH) -> list[tuple]:
    """(label, text, ...) rows in `room` lines: short ones stay whole, the long ones share what is
    left line by line, the first ones first. Where even one line each is too much the last go."""
    rows = [(label, " ".join(words.split()), *rest) for label, words, *rest in rows]
    while rows and taken(rows, [1] * len(rows), width) > room:
        rows.pop()
    most, growing = [1] * len(rows), set(range(len(rows)))
    while growing:
        for number in sorted(growing):
            more = [*most[:number], most[number] + 1, *most[number + 1 :]]
            if most[number] < lines_of(rows[number][1], width) and taken(rows, more, width) <= room:
                most = more
            else:
                growing.discard(number)
    return [
        (label, cut(words, lines * width), *rest)
        for (label, words, *rest), lines in zip(rows, most, strict=True)
    ]
