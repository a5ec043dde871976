"""Long parts cut into passages, at sentence ends where there are any."""

import re
from collections.abc import Mapping, Sequence

from matching.records import Passage, Record
from matching.text import clean

# About 250 tokens of Vietnamese: half of what the bundled encoder reads at once, near the length
# of the passages E5 was trained on, and short enough for a person to compare two side by side.
MAX_CHARACTERS = 800

# A full stop inside a number ("3.5") or an abbreviation without a following space does not end
# a sentence; a line break does.
SENTENCE_END = re.compile(r"(?<=[.!?;…])\s+|\s*\n+\s*")

# Read together, as the opening of a record: alone, a title is too short to be matched well.
OPENING = ("title", "summary")


def sentences(text: str) -> list[str]:
    """Sentences and lines, stripped, without empty ones."""
    return [piece for raw in SENTENCE_END.split(clean(text)) if (piece := raw.strip())]


def split(
    text: str, max_characters: int = MAX_CHARACTERS, *, keep_lines: bool = False
) -> list[str]:
    """Consecutive passages of whole sentences, each at most `max_characters` long.

    A sentence longer than that is cut at a space, and only a word longer than that is cut itself.
    Passages are balanced: a text of 900 characters gives two halves, not 800 and a crumb.
    `keep_lines`: what stood on a line of its own still does, else one space joins all sentences.
    """
    pieces = [
        ("\n" if keep_lines and number == 0 else " ", part)
        for line in clean(text).split("\n")
        for number, part in enumerate(
            part for sentence in sentences(line) for part in _shorten(sentence, max_characters)
        )
    ]
    total = sum(len(piece) + 1 for _joint, piece in pieces)
    wanted = max(1, -(-total // max_characters))
    target = total / wanted
    passages, current = [], ""
    for joint, piece in pieces:
        joined = f"{current}{joint}{piece}" if current else piece
        if current and (len(joined) > max_characters or len(current) >= target):
            passages.append(current)
            current = piece
        else:
            current = joined
    if current:
        passages.append(current)
    return passages


def _shorten(sentence: str, max_characters: int) -> list[str]:
    pieces = []
    while len(sentence) > max_characters:
        cut = sentence.rfind(" ", 1, max_characters + 1)
        cut = cut if cut > 0 else max_characters
        pieces.append(sentence[:cut].strip())
        sentence = sentence[cut:].strip()
    return [*pieces, sentence] if sentence else pieces


def cut(record: Record, max_characters: int = MAX_CHARACTERS) -> list[Passage]:
    """Every part of a record as passages: first its opening (title and summary), then the rest.

    Lines are kept, so that a person can tell the title, the items of a list and the sentences
    apart. A record without any text gives no passage.
    """
    opening = "\n".join(text for part in OPENING if (text := record.parts.get(part, "").strip()))
    parts = {"summary" if record.parts.get("summary") else "title": opening}
    parts |= {name: text for name, text in record.parts.items() if name not in OPENING}
    return [
        Passage(record.key, name, piece)
        for name, text in parts.items()
        for piece in split(text, max_characters, keep_lines=True)
    ]


def text_of_passages(record: Record, passages: Sequence[Passage]) -> str:
    """The words of some passages, under the record's title as the encoder reads them."""
    title = clean(record.parts.get("title", "")).strip()
    return "\n".join((title, *(passage.text for passage in passages)))


def encoding_text(passage: Passage, parts: Mapping[str, str]) -> str:
    """What the encoder reads: the passage on one line, under its record's title.

    "Công suất 500 kg/mẻ" means little by itself; under "Máy sấy nhãn" it is a dryer's capacity.
    """
    title = clean(parts.get("title", "")).strip()
    text = passage.text.replace("\n", " ")
    if not title or passage.part in OPENING or text.startswith(title):
        return text
    return f"{title}\n{text}"
