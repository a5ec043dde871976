"""Does learning from verdicts help, and does it keep away from a poisoned batch? A simulation.

    python -m benchmarks.learning [--json FILE] [--verdicts N] [--worlds N]

Each world has needs and offers on made-up subjects, and curators whose wishes go beyond the
declared weights: they want the offer near, and ripe (`World.relevant`). They look at the matcher's
suggestions from the top, ever less often further down. After N verdicts a ranker is trained as the
site trains it, and measured on needs nobody has judged, drawing from all offers:

- precision@5 of the learned order over the declared one (true relevance, not verdicts);
- whether a batch is promoted in which one account, with 30% of the verdicts, says the reverse;
- whether the scores of every suggestion come back exactly when the version is rolled back.

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
from matching.learning.dataset import Example
from matching.learning.ranker import LearnedRanker, judged
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
HERE = (20.85, 106.05)  # degrees; offers lie around it


@dataclass(frozen=True)
class Verdicts:
    examples: list[Example]
    shown: dict[int, tuple[int, int]]
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

    def verdicts(self, count: int) -> Verdicts:
        """Curators at work until `count` verdicts are given."""
        at = datetime(2026, 1, 5, 8, tzinfo=UTC)
        examples, suggestions, shown = [], [], {}
        while len(examples) < count:
            found = self.matcher.match(self.need(), PAIR, SHOWN)
            suggestions += found
            for place, each in enumerate(found, start=1):
                looked = self.draw.random() < place**-FADING
                seen, said = shown.get(place, (0, 0))
                shown[place] = (seen + 1, said + looked)
                if looked:
                    at += timedelta(minutes=7)
                    examples.append(self._verdict(each, place, at))
        return Verdicts(examples[:count], shown, suggestions)

    def _verdict(self, said: Suggestion, place: int, at: datetime) -> Example:
        judge = str(self.draw.choice(list(JUDGES), p=list(JUDGES.values())))
        right = self.draw.random() < self.relevant(said.a, said.b)
        return Example(said.a, said.b, said.features, int(right), 1.0, place, judge, at)

    def precision(self, needs: Sequence[Record], ranker: LearnedRanker | None) -> list[float]:
        """True precision@5 for each need, from all offers."""
        self.matcher.rankers = {PAIR: ranker} if ranker else {}
        found = [self.matcher.match(need, PAIR, TOP) for need in needs]
        self.matcher.rankers = {}
        return [float(np.mean([self.relevant(s.a, s.b) for s in some])) for some in found]


def poisoned(said: Verdicts) -> Verdicts:
    """The same verdicts, but one account says the reverse of what it saw."""
    turned = [
        replace(each, grade=1 - each.grade) if each.judge == POISONER else each
        for each in said.examples
    ]
    return replace(said, examples=turned)


def learned(said: Verdicts) -> Outcome:
    return train(said.examples, said.shown, PAIR, HashingEncoder().name)


def comes_back(said: Verdicts, ranker: LearnedRanker, matcher: Matcher) -> bool:
    """Rolling back: scored by the version, then by the declared weights again, every suggestion
    has its old score and level, and so its old place."""
    cuts = matcher.calibration.cuts
    before = [(s.score, s.level) for s in said.suggestions]
    moved = [judged(s.features, ranker, cuts) for s in said.suggestions]
    after = [judged(s.features, None, cuts) for s in said.suggestions]
    return before == after != moved


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
    bad = learned(poisoned(said))
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
        "poisoned_promoted": bad.report.promoted,
        "poisoner_named": POISONER in bad.report.suspects,
        "rollback_exact": comes_back(said, outcome.ranker, world.matcher),
        "report": outcome.report.to_dict(),
        "poisoned_report": bad.report.to_dict(),
        "seconds": round(time.perf_counter() - started, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--verdicts", type=int, default=500)
    parser.add_argument("--worlds", type=int, default=5)
    parser.add_argument("--needs", type=int, default=150, help="new needs measured in each world")
    asked = parser.parse_args()
    print("world  verdicts  P@5 declared  learned   lift   promoted  poisoned promoted  rollback")
    rows = []
    for seed in range(asked.worlds):
        row = measured(seed, asked.verdicts, asked.needs)
        rows.append(row)
        print(
            f"{seed:5}  {row['verdicts']:8}  {row['precision5_declared']:12.3f}"
            f"  {row['precision5_learned']:7.3f}  {row['lift']:+5.0%}  {row['promoted']!s:>8}"
            f"  {row['poisoned_promoted']!s:>17}  {'exact' if row['rollback_exact'] else 'NOT'}",
            flush=True,
        )
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
