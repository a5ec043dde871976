"""Does learning from verdicts help, and does it keep away from a poisoned batch? A simulation.

    python -m benchmarks.learning [--json FILE] [--verdicts N] [--worlds N]

Each world has needs and offers on made-up subjects, and curators whose wishes go beyond the
declared weights: they want the offer near, and ripe (`World.relevant`). They look at the matcher's
suggestions from the top, ever less often further down. After N verdicts a ranker is trained as the
site trains it, and measured on needs nobody has judged, drawing from all offers:

- precision@5 of the learned order over the declared one (true relevance, not verdicts);
- the same where curators follow the queue over all needs, best score first, instead of the list of
  each need: corrected as the site does it, by the place in the need's list alone, and not at all;
- whether a batch is promoted in which some accounts say the reverse (`COLLUDING`): one with 30% of
  the verdicts, two with 15% each, twenty with 2% each.

Texts are words without meaning and the encoder hashes them: what is measured is the learning, and
nothing of it depends on, or is fitted to, any evaluation set.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from matching import constraints
from matching.encoders import HashingEncoder
from matching.evaluation import interval
from matching.index import PassageIndex
from matching.learning import dataset, fitting
from matching.learning.dataset import Example, Seat
from matching.learning.ranker import LearnedRanker
from matching.learning.training import Outcome, train
from matching.ranker import Matcher
from matching.records import Record, Suggestion

PAIR = "need-offer"
SUBJECTS, OFFERS_EACH, NEEDS = 14, 24, 600
SHOWN, TOP = 10, 5
# Suggestion number k is looked at with probability k ** -FADING.
FADING = 0.7
JUDGES = {"an": 0.3, "binh": 0.3, "chi": 0.25, "dung": 0.15}
POISONER = "an"
# Who gives which share of the verdicts, and who of them says the reverse.
COLLUDING: dict[str, tuple[dict[str, float], tuple[str, ...]]] = {
    "one of 30%": (JUDGES, (POISONER,)),
    "two of 15%": (
        {"an": 0.15, "em": 0.15, "binh": 0.3, "chi": 0.25, "dung": 0.15},
        ("an", "em"),
    ),
    "twenty of 2%": (
        {"binh": 0.3, "chi": 0.2, "dung": 0.1} | {f"small{at}": 0.02 for at in range(20)},
        tuple(f"small{at}" for at in range(20)),
    ),
}
DAY = 40  # needs whose suggestions fall due together
HERE = (20.85, 106.05)  # degrees; offers lie around it


@dataclass(frozen=True)
class Verdicts:
    examples: list[Example]
    shown: dict[Seat, tuple[int, int]]
    suggestions: list[Suggestion]


class World:
    """One draw of needs, offers and wishes; the same for the same seed."""

    def __init__(self, seed: int, subjects: int = SUBJECTS, offers_each: int = OFFERS_EACH):
        self.draw = np.random.default_rng(seed)
        self.words = [f"{a}{b}" for a in "bcdghklmnprstvx" for b in ("an", "inh", "uoc", "ay", "e")]
        self.subjects = [self.draw.choice(self.words, 9, replace=False) for _ in range(subjects)]
        encoder = HashingEncoder()
        self.matcher = Matcher(encoder, PassageIndex(encoder.name, encoder.dimensions))
        self.subject_of: dict[str, int] = {}
        self.records: dict[str, Record] = {}
        self.matcher.add_all(
            [self._record("offer", at % subjects) for at in range(subjects * offers_each)]
        )
        waiting = [self._record("need", at % subjects) for at in range(NEEDS)]
        self.matcher.add_all(waiting)
        self._waiting = iter(waiting)

    def need(self) -> Record:
        """The next one nobody has asked for yet."""
        return next(self._waiting)

    def _record(self, kind: str, subject: int) -> Record:
        key = f"{kind}{len(self.records)}"
        telling = self.draw.choice(self.subjects[subject], 5, replace=False)
        noise = self.draw.choice(self.words, 6)
        words = list(self.draw.permutation([*telling, *noise]))
        lat, lon = HERE + self.draw.normal(0, 0.35, 2)
        facts = {"lat": float(lat), "lon": float(lon), "sectors": {f"{100 + subject // 2}"}}
        ripe = int(self.draw.integers(4, 10))
        facts |= {"trl": ripe} if kind == "offer" else {"trl_min": 4}
        parts = {"title": " ".join(words[:4]), "problem": " ".join(words)}
        self.subject_of[key] = subject
        self.records[key] = Record(key, kind, parts, facts)
        return self.records[key]

    def relevant(self, need: str, offer: str) -> float:
        """The wish: the right subject, within an hour's drive, and ripe; a probability."""
        if self.subject_of[need] != self.subject_of[offer]:
            return 0.03
        of_need, of_offer = self.records[need].facts, self.records[offer].facts
        km = constraints.kilometres(constraints.place(of_need), constraints.place(of_offer))
        odds = 1.5 - 0.05 * (km - 45) + 0.8 * (of_offer["trl"] - 7)
        return float(1 / (1 + np.exp(-odds)))

    def verdicts(self, count: int, *, queued: bool = False) -> Verdicts:
        """Curators at work until `count` verdicts are given: need by need from the top of its
        list, or (`queued`) down the queue over all needs of a day."""
        at = datetime(2026, 1, 5, 8, tzinfo=UTC)
        examples, suggestions, shown = [], [], {}
        while len(examples) < count:
            of_day = [
                (place, each)
                for _need in range(DAY)
                for place, each in enumerate(self.matcher.match(self.need(), PAIR, SHOWN), start=1)
            ]
            suggestions += [each for _place, each in of_day]
            depth = _depths([each.score for _place, each in of_day])
            down = np.argsort(depth) if queued else range(len(of_day))
            for number in down:
                place, each = of_day[number]
                seat = place, min(3, int(4 * depth[number]))
                reached = 1 + SHOWN * depth[number] if queued else place
                looked = self.draw.random() < reached**-FADING
                seen, said = shown.get(seat, (0, 0))
                shown[seat] = (seen + 1, said + looked)
                if looked:
                    at += timedelta(minutes=7)
                    examples.append(self._verdict(each, seat, at))
        return Verdicts(examples[:count], shown, suggestions)

    def _verdict(self, said: Suggestion, seat: Seat, at: datetime) -> Example:
        judge = str(self.draw.choice(list(JUDGES), p=list(JUDGES.values())))
        right = self.draw.random() < self.relevant(said.a, said.b)
        return Example(said.a, said.b, said.features, int(right), 1.0, seat[0], judge, at, seat[1])

    def precision(self, needs: Sequence[Record], ranker: LearnedRanker | None) -> list[float]:
        """True precision@5 for each need, from all offers."""
        self.matcher.rankers = {PAIR: ranker} if ranker else {}
        found = [self.matcher.match(need, PAIR, TOP) for need in needs]
        self.matcher.rankers = {}
        return [float(np.mean([self.relevant(s.a, s.b) for s in some])) for some in found]


def _depths(scores: Sequence[float]) -> np.ndarray:
    """(n,) how far down each stands, best first: 0 to 1."""
    depth = np.empty(len(scores))
    depth[np.argsort(-np.array(scores), kind="stable")] = np.linspace(0, 1, len(scores))
    return depth


def poisoned(said: Verdicts, how: str = "one of 30%", seed: int = 0) -> Verdicts:
    """The same verdicts, but some accounts say the reverse of what they saw."""
    shares, turned = COLLUDING[how]
    judges = [each.judge for each in said.examples]
    if shares is not JUDGES:
        draw = np.random.default_rng(seed)
        judges = [
            str(each) for each in draw.choice(list(shares), len(judges), p=_sum_to_one(shares))
        ]
    return replace(
        said,
        examples=[
            replace(each, judge=judge, grade=1 - each.grade if judge in turned else each.grade)
            for each, judge in zip(said.examples, judges, strict=True)
        ],
    )


def _sum_to_one(shares: dict[str, float]) -> list[float]:
    return [each / sum(shares.values()) for each in shares.values()]


def corrections(said: Verdicts) -> dict[str, LearnedRanker]:
    """The same verdicts with other ideas of what was looked at."""
    by_place: dict[Seat, tuple[int, int]] = {}
    for (place, _quarter), (count, judged) in said.shown.items():
        have = by_place.get((place, 0), (0, 0))
        by_place[place, 0] = (have[0] + count, have[1] + judged)
    alone = [replace(each, quarter=0) for each in said.examples]
    return {
        name: fitting.fit(dataset.by_time(some), weights, PAIR, HashingEncoder().name)
        for name, some, weights in (
            ("as the site", said.examples, dataset.importance(said.shown)),
            ("by place alone", alone, dataset.importance(by_place)),
            ("none", said.examples, {}),
        )
    }


def learned(said: Verdicts) -> Outcome:
    return train(said.examples, said.shown, PAIR, HashingEncoder().name)


def measured(seed: int, verdicts: int, new_needs: int) -> dict:
    """One world: a row of the report."""
    started = time.perf_counter()
    world = World(seed)
    said = world.verdicts(verdicts)
    outcome = learned(said)
    needs = [world.need() for _ in range(new_needs)]
    before = world.precision(needs, None)
    after = world.precision(needs, outcome.ranker)
    gains = interval(np.subtract(after, before))
    bad = {how: learned(poisoned(said, how, seed)).report for how in COLLUDING}
    queued = {
        name: float(np.mean(world.precision(needs, ranker)))
        for name, ranker in corrections(world.verdicts(verdicts, queued=True)).items()
    }
    return {
        "seed": seed,
        "verdicts": verdicts,
        "family": outcome.report.family,
        "promoted": outcome.report.promoted,
        "precision5_declared": float(np.mean(before)),
        "precision5_learned": float(np.mean(after)),
        "lift": float(np.mean(after) / np.mean(before) - 1),
        "gain_low": gains[0],
        "gain_high": gains[1],
        "precision5_queued": queued,
        "poisoned": {
            how: {
                "promoted": report.promoted,
                "named": len(set(report.suspects) & set(COLLUDING[how][1])),
                "named_wrongly": len(set(report.suspects) - set(COLLUDING[how][1])),
                "failed": [check.name for check in report.checks if not check.passed],
            }
            for how, report in bad.items()
        },
        "report": outcome.report.to_dict(),
        "seconds": round(time.perf_counter() - started, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--verdicts", type=int, default=500)
    parser.add_argument("--worlds", type=int, default=3)
    parser.add_argument("--needs", type=int, default=60, help="new needs measured in each world")
    asked = parser.parse_args()
    rows = []
    for seed in range(asked.worlds):
        row = measured(seed, asked.verdicts, asked.needs)
        rows.append(row)
        print(
            f"world {seed}, {row['verdicts']} verdicts ({row['seconds']} s): P@{TOP} declared "
            f"{row['precision5_declared']:.3f}, learned {row['precision5_learned']:.3f} "
            f"({row['lift']:+.0%}), {'promoted' if row['promoted'] else 'NOT promoted'}"
        )
        told = (f"{name} {value:.3f}" for name, value in row["precision5_queued"].items())
        print(f"  learned from the queue over all needs; corrected {', '.join(told)}")
        for how, found in row["poisoned"].items():
            print(
                f"  the reverse from {how}: {'PROMOTED' if found['promoted'] else 'refused'}, "
                f"{found['named']} named, {found['named_wrongly']} honest ones too",
                flush=True,
            )
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
