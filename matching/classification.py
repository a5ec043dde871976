"""What a text seems to be about: subjects of a vocabulary, readiness, keywords. Suggestions only,
each with how sure it is; nothing here decides or fills in anything.

Subjects      by the likest published records (k nearest neighbours, after Yang, "Expert network",
              SIGIR 1994) and by what the vocabulary's own words mean, joined by a logistic
              regression over (text, subject).
Readiness     by phrases that tell how far a technology has come, and by the same neighbours.
Keywords      runs of words the text itself uses, weighed by where they stand, how often, how rare
              they are, and whether likely records carry them as keywords.

All weights and reaches below were fitted on the sample listings, each left out of what it was
compared with. `python -m benchmarks.classification` repeats it and prints how often suggestions
were right, each listing judged by what was fitted without it; the phrases of CUES and the cuts of
LEVELS were chosen by people and are not nested in this way.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, log

import numpy as np

from matching.explain import runs_of, telling
from matching.finding import Finder
from matching.index import text_of
from matching.records import Record
from matching.terms import typed_without_accents
from matching.text import clean, fold, guess_language

NEIGHBOURS = 10
# Neighbours count by exp(-distance / (this many deviations of similarity)): the likest leads, yet
# not alone.
REACH = 1.0
READINESS_REACH = 3.0
# Records that tell how near everything is to a subject anyway; fewer than the least say nothing.
CENTRE, CENTRE_LEAST = 400, 20
# Passages of a text looked at: suggestions are asked for while somebody waits.
PASSAGES = 12

Measures = Mapping[str, float]

# How sure -> least probability. In words, for a number would promise more than was measured.
LEVELS = (("high", 0.65), ("medium", 0.35), ("low", 0.15))

# Logistic regression: intercept, then a weight for each measure.
SUBJECT = (-5.81, {"share": 7.42, "meaning": 0.78})
SUBJECT_ALONE = (-4.15, {"meaning": 1.45})  # while there are too few neighbours
READINESS = (-3.99, {"share": 5.04, "cue": 1.39})
# The best few of a hundred runs promise too much: tempered by Platt's sigmoid over what is shown.
KEYWORD = (
    -4.82,
    {"often": 0.62, "rare": 0.78, "title": 1.23, "summary": 0.55, "carried": 1.74},
)

# Level -> phrases that tell it (Horizon 2020 General Annex G, in the words people use). A phrase
# after "chưa", "không" or "not" does not count.
CUES: Mapping[str, tuple[str, ...]] = {
    "1": ("quan sát ban đầu", "nguyên lý cơ bản", "basic principle"),
    "2": ("mới là ý tưởng", "trên giấy", "phác thảo ý tưởng", "on paper", "only an idea"),
    "3": (
        "thử bước đầu", "thí nghiệm sơ bộ", "chứng minh khái niệm", "kết quả ban đầu",
        "proof of concept", "preliminary experiment",
    ),
    "4": (
        "trong phòng thí nghiệm", "ở phòng thí nghiệm", "tại phòng thí nghiệm",
        "quy mô phòng thí nghiệm", "lab scale", "laboratory scale", "in the laboratory",
    ),
    "5": (
        "mẫu thử đầu tiên", "nguyên mẫu đầu tiên", "bản thử đầu tiên", "mô hình thu nhỏ",
        "first prototype",
    ),
    "6": (
        "nguyên mẫu", "mẫu thử", "bản mẫu", "đặt thử", "mẻ thử", "quy mô pilot", "prototype",
        "pilot scale",
    ),
    "7": (
        "thử nghiệm tại", "thử tại", "chạy thử", "dùng thử", "đang thử", "đã thử", "thí điểm",
        "field trial", "on trial", "pilot at", "trialled",
    ),
    "8": (
        "nghiệm thu", "kiểm định", "được chứng nhận", "giấy chứng nhận", "phiếu thử nghiệm",
        "chạy song song", "đã hoàn thiện", "certified", "certificate", "validated",
    ),
    "9": (
        "đã bán", "doanh thu", "đã chuyển giao", "đã lắp", "đã cung cấp", "đang dùng", "đã dùng",
        "đang chạy tại", "đã triển khai", "đơn hàng", "sold", "revenue", "in use", "installed",
        "in operation", "in service",
    ),
}  # fmt: skip
DENIED = re.compile(r"(?:chưa|không|chua|khong|not|never|no)\s+(?:\w+\s+)?$")


@dataclass(frozen=True)
class Guess:
    """One suggestion: a code, a level "1".."9" or a keyword as it would be written.

    probability  0..1 that whoever wrote the text would choose it, calibrated on the sample
    level        "high", "medium" or "low"
    because      phrases of the text that speak for it, as they stand there
    """

    value: str
    probability: float
    level: str
    because: tuple[str, ...] = ()


@dataclass(frozen=True)
class Neighbour:
    """A likely record and how much it counts (all of a text's neighbours together: 1)."""

    record: Record
    weight: float


@dataclass(frozen=True)
class Concepts:
    """The subjects of a vocabulary: codes, and one query vector (k, d) for each."""

    codes: tuple[str, ...]
    vectors: np.ndarray

    @classmethod
    def of(cls, finder: Finder, words: Mapping[str, str]) -> Concepts:
        """`words`: code -> everything the vocabulary says of it, in any language."""
        return cls(tuple(words), finder.encode_texts(list(words.values()), "query"))


def level_of(probability: float) -> str:
    """ "" for what is too unlikely to be shown."""
    return next((name for name, least in LEVELS if probability >= least), "")


def neighbours(
    finder: Finder,
    vectors: np.ndarray,
    *,
    fact: str,
    reach: float = REACH,
    groups: Collection[str] | None = None,
    but: Collection[str] = (),
) -> list[Neighbour]:
    """The likest records that have the fact, of those the reader may find."""
    if not len(vectors) or not len(finder.index):
        return []
    near = [
        (finder.index.record(each.key), each.score)
        for each in finder.index.nearest(vectors, groups=groups, limit=6 * NEIGHBOURS)
        if each.key not in but
    ]
    near = [(record, score) for record, score in near if record.facts.get(fact)][:NEIGHBOURS]
    if not near:
        return []
    unit = reach * finder.calibration.spread
    weights = [exp((score - near[0][1]) / unit) for _record, score in near]
    return [
        Neighbour(record, weight / sum(weights))
        for (record, _score), weight in zip(near, weights, strict=True)
    ]


def subjects(
    finder: Finder,
    concepts: Concepts,
    vectors: np.ndarray,
    *,
    fact: str = "sectors",
    groups: Collection[str] | None = None,
    but: Collection[str] = (),
    limit: int = 3,
) -> list[Guess]:
    """The subjects a text most likely has, best first; `vectors` are its passages'."""
    if not len(vectors) or not concepts.codes:
        return []
    near = neighbours(finder, vectors, fact=fact, groups=groups, but=but)
    alone = len(near) < NEIGHBOURS
    weights = SUBJECT_ALONE if alone else SUBJECT
    measured = subject_measures(finder, concepts, vectors, near, fact)
    found = _guesses([(probability(weights, each), code) for code, each in measured.items()], limit)
    # The vocabulary alone promises too much at the top: said .71, found .45.
    return [
        replace(each, level="medium") if alone and each.level == "high" else each for each in found
    ]


def subject_measures(
    finder: Finder, concepts: Concepts, vectors: np.ndarray, near: Sequence[Neighbour], fact: str
) -> dict[str, Measures]:
    """Code -> root of the neighbours' share that has it, and how near the vocabulary's words are.
    The root makes a share's deviation the same everywhere (Hellinger)."""
    return {
        code: {
            "share": sum(each.weight for each in near if code in each.record.facts[fact]) ** 0.5,
            "meaning": float(meaning),
        }
        for code, meaning in zip(
            concepts.codes, _standardised(finder, concepts, vectors), strict=True
        )
    }


def _standardised(finder, concepts, vectors) -> np.ndarray:
    """(k,) how near the text is to each subject, in deviations over the subjects; what is near
    everything (a subject of general words) is taken off first."""
    cosines = (vectors @ concepts.vectors.T).mean(axis=0)
    keys = list(finder.index)[:: max(1, len(finder.index) // CENTRE)]
    if len(keys) >= CENTRE_LEAST:
        usual = [
            own.mean(axis=0) @ concepts.vectors.T
            for key in keys
            if len(own := finder.index.vectors(key))
        ]
        cosines = cosines - np.mean(usual, axis=0)
    return (cosines - cosines.mean()) / max(float(cosines.std()), 1e-6)


def readiness(
    text: str, near: Sequence[Neighbour], *, fact: str = "trl", limit: int = 2
) -> list[Guess]:
    """The readiness levels the text's own phrases speak for, best first; none without a phrase:
    a guess from neighbours alone was right no more often than the commonest level."""
    told = cues(text)
    near = near if len(near) == NEIGHBOURS else ()  # a few are no vote
    odds = {
        level: probability(READINESS, each)
        for level, each in readiness_measures(told, near, fact).items()
    }
    scale = sum(odds.values())
    return _guesses([(odds[level] / scale, level) for level in told], limit, told)


def readiness_measures(
    told: Mapping[str, tuple[str, ...]], near: Sequence[Neighbour], fact: str = "trl"
) -> dict[str, Measures]:
    """Level -> root of the neighbours' share that has it, and its share of the phrases told."""
    total = sum(log(1 + len(phrases)) for phrases in told.values()) or 1.0
    return {
        level: {
            "share": sum(e.weight for e in near if str(e.record.facts[fact]) == level) ** 0.5,
            "cue": log(1 + len(told.get(level, ()))) / total,
        }
        for level in CUES
    }


def cues(text: str) -> dict[str, tuple[str, ...]]:
    """Readiness level -> the phrases of the text that tell it, as the table writes them."""
    lowered, spoken = clean(text).lower(), lambda phrase: phrase
    if typed_without_accents(lowered, guess_language(lowered)):
        lowered, spoken = fold(lowered), fold
    found = {}
    for level, phrases in CUES.items():
        here = tuple(each for each in phrases if _said(spoken(each), lowered))
        if here:
            found[level] = here
    return found


def _said(phrase: str, text: str) -> bool:
    return any(
        not DENIED.search(text[max(0, found.start() - 24) : found.start()])
        for found in re.finditer(rf"(?<!\w){re.escape(phrase)}(?!\w)", text)
    )


def keywords(
    finder: Finder,
    record: Record,
    carried: Collection[str],
    *,
    but: Collection[str] = (),
    limit: int = 5,
) -> list[Guess]:
    """Runs of the record's own words worth a keyword, best first, none inside another.

    `carried`: keywords of likely records. `but`: those it has already.
    """
    taken = {_plain(word) for word in but}
    written, found = {}, []
    for words, measured in keyword_measures(finder, record, carried).items():
        bare = _plain(words)
        if bare not in taken and bare not in written:
            written[bare] = words
            found.append((probability(KEYWORD, measured), bare))
    chosen: list[tuple[float, str]] = []
    for chance, bare in sorted(found, key=lambda each: (-each[0], each[1])):
        if len(chosen) == limit:
            break
        if not any(
            f" {bare} " in f" {other} " or f" {other} " in f" {bare} " for _c, other in chosen
        ):
            chosen.append((chance, bare))
    return [
        Guess(written[bare], chance, level)
        for chance, bare in chosen
        if (level := level_of(chance))
    ]


def keyword_measures(
    finder: Finder, record: Record, carried: Collection[str]
) -> dict[str, Measures]:
    """Every run of the record's words that may be a keyword -> how often (log), how rare its
    words are, whether title or summary has it, whether likely records carry it."""
    title, summary = (f" {_plain(record.parts.get(part, ''))} " for part in ("title", "summary"))
    known = {_plain(word) for word in carried}
    rarity = finder.index.lexical.rarity
    found = {}
    for run, (times, words) in runs_of(text_of(record)).items():
        if telling(run, words, rarity) and not _names_somebody(words):
            bare = f" {_plain(words)} "
            found[words] = {
                "often": log(times),
                "rare": sum(map(rarity, run)) / len(run),
                "title": float(bare in title),
                "summary": float(bare in summary),
                "carried": float(bare.strip() in known),
            }
    return found


def _plain(words: str) -> str:
    return " ".join(fold(words).replace("-", " ").split())


def _names_somebody(words: str) -> bool:
    """Several words, each with a capital: a person, a place or a firm."""
    several = words.split()
    return len(several) > 1 and all(word[0].isupper() for word in several)


def probability(weights: tuple[float, Measures], measured: Measures) -> float:
    intercept, by_name = weights
    total = intercept + sum(weight * measured[name] for name, weight in by_name.items())
    return 1 / (1 + exp(-max(-60.0, min(60.0, total))))


def _guesses(found, limit, because: Mapping[str, tuple[str, ...]] | None = None) -> list[Guess]:
    """(probability, value) -> the best, of those that are likely enough to be shown."""
    best = sorted(found, key=lambda each: (-each[0], each[1]))[:limit]
    return [
        Guess(value, round(chance, 4), level, (because or {}).get(value, ()))
        for chance, value in best
        if (level := level_of(chance))
    ]
