"""Are near-copies told from listings that are merely of one subject, by cuts that never saw them?

    python -m benchmarks.duplicates [--every N] [--vectors FILE] [--json FILE]

Every N-th sample listing is rewritten in the ways below and looked for among all of them (itself
among them: it should be found, and nothing else). Every listing as it is, without itself, should
find nothing: the hardest non-copies there are, for many sample listings speak of one subject.

The listings are split into two fixed halves by their keys. The cuts are chosen on one half, seeing
no listing of the other, and told on the other half's, looked for among all; then the reverse. So
each listing is judged once, by cuts it had no part in. Choosing weighs precision twice as much as
recall (F0.5, van Rijsbergen 1979: a warning that is often wrong is not read) and takes the middle
of all cuts that do equally well. A way of rewriting is foreseen too, if the cuts were chosen on it:
the last column is told by cuts chosen without that way.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.long_texts import matcher_of
from benchmarks.sample_pairs import SAMPLE, records
from marketplace.services.quality.measures import Share
from matching import duplicates, encoders
from matching.cache import EmbeddingCache
from matching.passages import sentences
from matching.records import Record
from matching.text import strip_marks

KEPT = 0.6  # of the sentences, where some are dropped
# Words a second writer would choose differently; with neighbouring phrases swapped, no run of
# three syllables survives for long.
SYNONYMS = {
    "giảm": "hạ", "tăng": "nâng", "máy": "thiết bị", "dùng": "sử dụng", "mỗi": "từng",
    "không": "chẳng", "cần": "muốn có", "nước": "dòng nước", "nhiều": "lắm", "được": "có thể",
    "bằng": "nhờ", "trong": "ở trong", "cho": "dành cho", "tại": "ở", "đã": "từng", "và": "cùng",
}  # fmt: skip

# Cuts tried: shares of shingles, deviations.
COPIED_CUTS = np.round(np.arange(0.02, 0.61, 0.01), 2)
NEAR_CUTS = np.round(np.arange(3, 12.01, 0.25), 2)
WEIGHT = 0.5  # of recall against precision


# --- Ways of rewriting ----------------------------------------------------------------------------
@dataclass(frozen=True)
class Original:
    """A listing in its own language alone, and what its owner wrote in English besides."""

    record: Record
    title_en: str = ""
    summary_en: str = ""


def originals() -> dict[str, Original]:
    """The sample, the English of a Vietnamese listing apart: it would give a translation away."""
    english = {
        sample["slug"]: sample["content"]
        for path in sorted((SAMPLE / "listings").glob("*.json"))
        for sample in json.loads(path.read_text(encoding="utf-8"))
        if sample["language"] == "vi"
    }
    found = {}
    for key, record in records().items():
        content = english.get(key, {})
        said = {name: content.get(name) or "" for name in ("title_en", "summary_en")}
        bare = {
            name: without(text, said[f"{name}_en"]) if f"{name}_en" in said else text
            for name, text in record.parts.items()
        }
        found[key] = Original(replace(record, parts=bare), **said)
    return found


def without(text: str, english: str) -> str:
    return "\n".join(each for each in text.split("\n") if each not in english.split("\n"))


def moved(text: str, draw: random.Random) -> str:
    found = sentences(text)
    draw.shuffle(found)
    return " ".join(found)


def dropped(text: str, draw: random.Random) -> str:
    found = sentences(text)
    return " ".join(each for each in found if draw.random() < KEPT) or found[0]


def bare(text: str, draw: random.Random) -> str:
    return strip_marks(text)


def swapped(text: str, draw: random.Random) -> str:
    """Neighbouring phrases of two to four syllables change places."""
    words, phrases = text.split(), []
    while words:
        length = draw.randint(2, 4)
        phrases.append(words[:length])
        words = words[length:]
    for at in range(0, len(phrases) - 1, 2):
        phrases[at], phrases[at + 1] = phrases[at + 1], phrases[at]
    return " ".join(word for phrase in phrases for word in phrase)


def reworded(text: str, draw: random.Random) -> str:
    return swapped(" ".join(SYNONYMS.get(word.lower(), word) for word in text.split()), draw)


Parts = dict[str, str] | None


def each_part(change: Callable[[str, random.Random], str]) -> Callable[..., Parts]:
    def rewrite(original: Original, draw: random.Random) -> Parts:
        parts = original.record.parts.items()
        return {name: change(text, draw) for name, text in parts if text.strip()}

    return rewrite


def english_title(original: Original, draw: random.Random) -> Parts:
    return {**original.record.parts, "title": original.title_en} if original.title_en else None


def translated(original: Original, draw: random.Random) -> Parts:
    if not original.summary_en:
        return None
    return {"title": original.title_en, "summary": original.summary_en}


UNCHANGED, TRANSLATED = "as it is, without itself", "title and summary in English, nothing else"
CHANGES: dict[str, Callable[..., Parts]] = {
    "sentences moved": each_part(moved),
    "four in ten sentences dropped": each_part(dropped),
    "no accents": each_part(bare),
    "title in English": english_title,
    "phrases swapped": each_part(swapped),
    "words replaced, phrases swapped": each_part(reworded),
    TRANSLATED: translated,
}
# No cut finds a listing translated as a whole; choosing must not bend the cuts towards trying.
NOT_CHOSEN_FOR = frozenset({TRANSLATED})


# --- What is measured -----------------------------------------------------------------------------
@dataclass(frozen=True)
class Case:
    """One text looked for: what was done to which listing, and each candidate's two measures."""

    change: str
    key: str
    candidates: tuple[tuple[str, float, float], ...]  # key, copied, near

    @property
    def half(self) -> int:
        return half(self.key)


def half(key: str) -> int:
    """0 or 1: fixed by the key, so the same in every run and whatever else is in the sample."""
    return hashlib.sha256(key.encode()).digest()[0] % 2


def measured(matcher, known: dict[str, Original], every: int) -> list[Case]:
    cases, chosen = [], list(known.values())[::every]
    for name, change in CHANGES.items():
        rewritten = [
            (each, change(each, random.Random(f"{name} {each.record.key}"))) for each in chosen
        ]
        copies = {
            each.record.key: replace(each.record, key="copy", parts=parts)
            for each, parts in rewritten
            if parts
        }
        cases += [look(matcher, name, key, copy) for key, copy in copies.items()]
        print(f"measured: {name} ({len(copies)})", flush=True)
    return cases + [look(matcher, UNCHANGED, key, each.record) for key, each in known.items()]


def look(matcher, change: str, key: str, record: Record) -> Case:
    vectors = matcher.encode(record)[: duplicates.PASSAGES]
    found = duplicates.compared(matcher, record, vectors)
    return Case(change, key, tuple((each.key, each.copied, each.near) for each in found))


# --- Choosing and telling -------------------------------------------------------------------------
@dataclass(frozen=True)
class Tally:
    """Warnings that were right and wrong, copies there were, and texts that drew a wrong one."""

    right: int
    wrong: int
    copies: int
    texts: int
    alarmed: int

    @property
    def f(self) -> float:
        """F of van Rijsbergen, recall weighing WEIGHT; 0 where nothing is found."""
        precision = self.right / max(1, self.right + self.wrong)
        recall = self.right / max(1, self.copies)
        weighed = WEIGHT**2 * precision + recall
        return (1 + WEIGHT**2) * precision * recall / weighed if weighed else 0.0


Cuts = tuple[float, float]


def told(cases: Iterable[tuple[Case, Cuts]]) -> Tally:
    """What warnings there are, each case judged by its own cuts."""
    right = wrong = copies = texts = alarmed = 0
    for case, (copied, near) in cases:
        warned = {key for key, c, n in case.candidates if c >= copied or n >= near}
        false = len(warned - {case.key})
        right, wrong = right + (case.key in warned), wrong + false
        copies, texts = copies + (case.change != UNCHANGED), texts + 1
        alarmed += bool(false)
    return Tally(right, wrong, copies, texts, alarmed)


def choose(cases: list[Case], only: int | None, but: Iterable[str] = ()) -> Cuts:
    """The cuts best on one half (None: on all), as if no listing of the other were there."""
    but = NOT_CHOSEN_FOR | set(but)
    seen = [
        (case.key, case.change, key, copied, near)
        for case in cases
        if case.change not in but and only in (None, case.half)
        for key, copied, near in case.candidates
        if only in (None, half(key))
    ]
    copies = sum(
        case.change not in but | {UNCHANGED} and only in (None, case.half) for case in cases
    )
    own = np.array([key == original for original, _change, key, _c, _n in seen])
    copied, near = (np.array(column) for column in zip(*((c, n) for *_, c, n in seen), strict=True))
    scores = np.zeros((len(COPIED_CUTS), len(NEAR_CUTS)))
    for i, c in enumerate(COPIED_CUTS):
        for j, n in enumerate(NEAR_CUTS):
            warned = (copied >= c) | (near >= n)
            right = int((warned & own).sum())
            scores[i, j] = Tally(right, int(warned.sum()) - right, copies, 0, 0).f
    # Of the best: the middle share, and the middle of the deviations that go with it.
    best = scores >= scores.max() - 1e-9
    rows = np.flatnonzero(best.any(axis=1))
    row = rows[len(rows) // 2]
    columns = np.flatnonzero(best[row])
    return float(COPIED_CUTS[row]), float(NEAR_CUTS[columns[len(columns) // 2]])


def crossed(cases: list[Case], but: Iterable[str] = ()) -> list[tuple[Case, Cuts]]:
    """Each case with the cuts chosen on the half it is not of."""
    cuts = {side: choose(cases, 1 - side, but) for side in (0, 1)}
    return [(case, cuts[case.half]) for case in cases]


def share(hits: int, of: int) -> str:
    if not of:
        return "-"
    found = Share(hits, of)
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}] of {of}"


def report(cases: list[Case]) -> dict:
    """Printed, and the same as numbers."""
    in_use = (duplicates.COPIED, duplicates.REWORDED)
    cuts = {
        "chosen on half 0": choose(cases, 0),
        "chosen on half 1": choose(cases, 1),
        "chosen on all": choose(cases, None),
        "in use": in_use,
    }
    for name, (copied, near) in cuts.items():
        print(f"{name:18} copied from {copied:.2f}, reworded from {near:.2f} deviations")
    rows = []
    for change in (*CHANGES, UNCHANGED):
        of = [case for case in cases if case.change == change]
        held, used = (
            told([each for each in judged if each[0].change == change])
            for judged in (crossed(cases), [(case, in_use) for case in of])
        )
        unforeseen = told(
            [each for each in crossed(cases, {change}) if each[0].change == change]
            if change in CHANGES
            else []
        )
        rows.append(
            {"change": change, "held_out": asdict(held), "in_use": asdict(used),
             "unforeseen": asdict(unforeseen), "spread": spread_of(of)}
        )  # fmt: skip
        print(f"\n{change}")
        for name, each in (("held out", held), ("cuts in use", used), ("unforeseen", unforeseen)):
            if each.copies:
                print(
                    f"  {name:12} precision {share(each.right, each.right + each.wrong)}; "
                    f"recall {share(each.right, each.copies)}"
                )
            elif each.texts:
                print(f"  {name:12} wrongly warned {share(each.alarmed, each.texts)}")
        print(f"  measures     {rows[-1]['spread']}")
    return {"cuts": cuts, "rows": rows}


def spread_of(cases: list[Case]) -> dict[str, list[float]]:
    """Copies: least, 5%, median of each measure of the original (0 where it was no candidate);
    other listings: median, 99.9% and greatest of each measure."""
    copies = [case for case in cases if case.change != UNCHANGED]
    pairs = [
        next(((c, n) for key, c, n in case.candidates if key == case.key), (0.0, 0.0))
        for case in copies
    ]
    marks = (0, 5, 50)
    if not copies:
        pairs = [(c, n) for case in cases for key, c, n in case.candidates if key != case.key]
        marks = (50, 99.9, 100)
    return {
        name: [round(float(each), 2) for each in np.percentile(column, marks)]
        for name, column in zip(("copied", "near"), zip(*pairs, strict=True), strict=True)
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--every", type=int, default=1)
    options.add_argument("--vectors", default="instance/index/embeddings.sqlite")
    options.add_argument("--json", type=Path)
    asked = options.parse_args()
    known = originals()
    matcher = matcher_of(
        encoders.load(), EmbeddingCache(asked.vectors), [each.record for each in known.values()]
    )
    found = report(measured(matcher, known, asked.every))
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
