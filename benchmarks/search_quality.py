"""How good is what the find page shows? Graded queries in five spellings, as the site answers them.

    python -m benchmarks.search_quality [--engine whoosh|tantivy|both] [--json FILE] [--worst N]

A site with the whole sample is built in a temporary folder; every spelling of every need of
benchmarks/graded is asked through `discovery.find`, as a visitor who is not signed in, by the words
alone and by words and meaning. Printed are nDCG@10, its ratio to the accented spelling of the same
needs (95% bootstrap over needs), and the goals. Results that are no listings are skipped: the file
grades listings only. `--worst` shows what was lost where.
"""

from __future__ import annotations

import argparse
import csv
import json
import logging
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from matching.evaluation import CUT, SAMPLES, SEED, interval, ndcg

HERE = Path(__file__).parent / "graded"
SAMPLE = Path("marketplace/sample/listings")
VARIANTS = ("accented", "plain", "typo", "english", "english again", "abbreviation")
SOME = frozenset({"english again", "abbreviation"})  # of some needs only
ENGINES = ("whoosh", "tantivy")
WORDS, BOTH = "words", "words and meaning"
DEPTH = 4 * CUT  # results asked for, so that ten listings are left where some are none
# nDCG@10 of the page as visitors see it, as a share of the accented spelling's.
GOALS = {"plain": 0.97, "typo": 0.85, "english": 0.80}
TOLERANCE = 0.01  # most the two engines may differ by


@dataclass(frozen=True)
class Need:
    """One thing somebody looks for: how it is typed, by variant, and slug -> grade (2, 1, 0)."""

    key: str
    about: str
    typed: dict[str, str]
    grades: dict[str, int]


@dataclass
class Answers:
    """What one engine said in one mode: (variant, need key) -> slugs, best first, and how."""

    engine: str
    mode: str
    rankings: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    how: dict[tuple[str, str], str] = field(default_factory=dict)


def read(folder: Path = HERE) -> list[Need]:
    """The graded file. Raises ValueError for a judgement of a need that is not there."""
    grades: dict[str, dict[str, int]] = {}
    with (folder / "judgements.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            judged = grades.setdefault(row["query"], {})
            judged |= dict.fromkeys(row["listings"].split(), int(row["grade"]))
    with (folder / "queries.csv").open(encoding="utf-8", newline="") as file:
        needs = [
            Need(
                row["query"],
                row["about"],
                {variant: row[variant] for variant in VARIANTS if row[variant]},
                grades.pop(row["query"], {}),
            )
            for row in csv.DictReader(file)
        ]
    if grades:
        raise ValueError(f"judgements of needs that are not there: {sorted(grades)}")
    return needs


# --- The site -------------------------------------------------------------------------------------
class Site:
    """A whole installation with the sample in a folder of its own, encoder loaded."""

    def __init__(self, folder: Path, vectors: Path | None):
        from sqlalchemy import select

        from marketplace import create_app
        from marketplace.config import Settings
        from marketplace.models import Listing, db
        from marketplace.services import samples, suggestions

        settings = Settings.from_environ(
            {"EXCHANGE_MODE": "sample", "INSTANCE_FOLDER": str(folder), "RATE_LIMITS": "off"}
        )
        self.app, self.db = create_app(settings), db
        self.engines = self.app.extensions["engines"]
        if vectors is not None and vectors.is_file():
            shutil.copy(vectors, self.engines.folder / "embeddings.sqlite")
        for command in (["db", "upgrade"], ["vocabularies"], ["sample"]):
            done = self.app.test_cli_runner().invoke(args=command)
            if done.exit_code:
                raise RuntimeError(f"flask {' '.join(command)}: {done.output}") from done.exception
        slugs = {entry["content"]["title_vi"]: entry["slug"] for entry in samples.entries()}
        with self.app.app_context():
            published = db.session.scalars(select(Listing).where(Listing.state == "published"))
            listings = published.all()
            self.slugs = {each.ref: slugs[each.title] for each in listings}
            matcher = self.engines.matcher()
            suggestions.index(db.session, matcher, listings, settings.province.code)
            matcher.index.save(self.engines.vectors_folder)

    def use(self, engine: str) -> None:
        """Search with this engine from now on. Raises LookupError where it cannot run."""
        from marketplace.services import indexing
        from search import engines
        from search.index import Index

        if engine not in engines.available():
            raise LookupError(f"{engine} cannot run on this machine")
        index = Index(self.engines.folder / engine, engine=engines.available()[engine])
        with self.app.app_context():
            indexing.rebuild_search(self.db.session, index)
        self.engines.search = index

    def ask(self, needs: list[Need], engine: str, mode: str) -> Answers:
        answers = Answers(engine, mode)
        with self.app.app_context():
            for need in needs:
                for variant, text in need.typed.items():
                    found = self._find(text, mode)
                    slugs = [self.slugs[v.ref] for v in found.views if v.ref in self.slugs]
                    answers.rankings[variant, need.key] = slugs[:CUT]
                    answers.how[variant, need.key] = _how(found)
        return answers

    def _find(self, text: str, mode: str):
        from marketplace.domain.actor import GUEST
        from marketplace.services import discovery
        from search.records import Query

        query = Query(text, limit=DEPTH)
        found = discovery.find(self.db.session, self.engines, GUEST, query, by_meaning=mode == BOTH)
        if not found.available:
            raise RuntimeError("the index cannot be read")
        return found


def _how(found) -> str:
    """How a result came about, for those who look for a fault."""
    said = [f"{found.total} with the words, {found.by_meaning} by meaning"]
    if found.instead:
        said.append(f"instead: {found.corrected}")
    elif found.corrected:
        said.append(f"offered: {found.corrected}")
    if found.without_marks:
        said.append("without marks")
    return "; ".join(said)


# --- Measuring ------------------------------------------------------------------------------------
def rows_of(needs: list[Need], answers: Answers) -> list[dict]:
    """One row per variant, each compared with the accented spelling of the same needs."""
    rows = []
    for variant in VARIANTS:
        asked = [need for need in needs if variant in need.typed]
        values = scores(asked, answers, variant)
        base = scores(asked, answers, "accented")
        low, high = interval(values)
        ratio_low, ratio_high = ratio_interval(values, base)
        shown = [
            slug in need.grades for need in asked for slug in answers.rankings[variant, need.key]
        ]
        rows.append(
            {
                "engine": answers.engine,
                "mode": answers.mode,
                "variant": variant,
                "n": len(asked),
                "ndcg10": float(values.mean()),
                "ndcg10_low": low,
                "ndcg10_high": high,
                "ratio": float(values.mean() / base.mean()),
                "ratio_low": ratio_low,
                "ratio_high": ratio_high,
                "nothing": float(
                    np.mean([not answers.rankings[variant, need.key] for need in asked])
                ),
                "judged": float(np.mean(shown)) if shown else 0.0,
            }
        )
    return rows


def scores(needs: list[Need], answers: Answers, variant: str) -> np.ndarray:
    return np.array([ndcg(answers.rankings[variant, need.key], need.grades) for need in needs])


def ratio_interval(values: np.ndarray, base: np.ndarray) -> tuple[float, float]:
    """95% percentile bootstrap of the ratio of two means over the same needs."""
    draws = np.random.default_rng(SEED).integers(0, len(values), size=(SAMPLES, len(values)))
    low, high = np.percentile(values[draws].mean(axis=1) / base[draws].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)


def goals_of(rows: list[dict]) -> list[dict]:
    """Each goal with the value found; that of the two engines only where both were asked."""
    page = [row for row in rows if row["mode"] == BOTH]
    found = [
        {
            "goal": f"{row['variant']} / accented, {row['engine']}",
            "wanted": f">= {GOALS[row['variant']]}",
            "found": row["ratio"],
            "ok": row["ratio"] >= GOALS[row["variant"]],
        }
        for row in page
        if row["variant"] in GOALS
    ]
    by_engine: dict[str, dict[tuple, float]] = {}
    for row in rows:
        of_engine = by_engine.setdefault(row["engine"], {})
        of_engine[row["mode"], row["variant"]] = row["ndcg10"]
    if len(by_engine) == 2:
        one, other = by_engine.values()
        most = max(abs(one[key] - other[key]) for key in one)
        found.append(
            {
                "goal": "the engines' nDCG@10 apart, at most",
                "wanted": f"<= {TOLERANCE}",
                "found": most,
                "ok": most <= TOLERANCE,
            }
        )
    return found


# --- Telling --------------------------------------------------------------------------------------
def table(rows: list[dict], goals: list[dict]) -> str:
    lines = [
        f"{'engine':9}{'mode':19}{'variant':14}{'n':>4}  {'nDCG@10':22}"
        f"{'of accented':20}{'nothing':>8}{'judged':>8}"
    ]
    for row in rows:
        measured = f"{row['ndcg10']:.3f} ({row['ndcg10_low']:.3f}-{row['ndcg10_high']:.3f})"
        ratio = f"{row['ratio']:.3f} ({row['ratio_low']:.3f}-{row['ratio_high']:.3f})"
        lines.append(
            f"{row['engine']:9}{row['mode']:19}{row['variant']:14}{row['n']:4}  "
            f"{measured:22}{ratio:20}{row['nothing']:8.3f}{row['judged']:8.3f}"
        )
    lines += ["", f"{'goal':44}{'wanted':>10}{'found':>8}"]
    lines += [
        f"{each['goal']:44}{each['wanted']:>10}{each['found']:8.3f}  "
        f"{'ok' if each['ok'] else 'NOT REACHED'}"
        for each in goals
    ]
    return "\n".join(lines)


def worst(needs: list[Need], answers: Answers, most: int) -> str:
    """The needs that lost most against their accented spelling (the accented: the lowest)."""
    lines = []
    for variant in VARIANTS:
        asked = [need for need in needs if variant in need.typed]
        values = scores(asked, answers, variant)
        lost = 1 - values if variant == "accented" else scores(asked, answers, "accented") - values
        lines.append(f"\n== {answers.engine}, {answers.mode}, {variant}")
        for at in sorted(range(len(asked)), key=lambda at: -lost[at])[:most]:
            need = asked[at]
            shown = answers.rankings[variant, need.key]
            missed = [s for s, grade in need.grades.items() if grade == 2 and s not in shown]
            said = " ".join(f"{need.grades.get(slug, '?')}:{slug}" for slug in shown[:5])
            lines += [
                f"{values[at]:.2f} (lost {lost[at]:.2f}) {need.key} {need.typed[variant]!r}"
                f"  [{need.typed['accented']}]  {answers.how[variant, need.key]}",
                f"     shown {said}",
                f"     missed {' '.join(missed) or 'none'}",
            ]
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.search_quality",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--engine", choices=[*ENGINES, "both"], default="both")
    parser.add_argument("--json", type=Path, help="write rows and goals to this file")
    parser.add_argument("--worst", type=int, default=0, help="so many needs of each variant")
    parser.add_argument(
        "--vectors",
        type=Path,
        default=Path("instance/index/embeddings.sqlite"),
        help="passages encoded before, to encode only what is not there",
    )
    asked = parser.parse_args(argv)
    logging.disable(logging.INFO)
    needs, rows, details = read(), [], []
    with tempfile.TemporaryDirectory(prefix="exchange-") as folder:
        site = Site(Path(folder), asked.vectors)
        for engine in ENGINES if asked.engine == "both" else [asked.engine]:
            try:
                site.use(engine)
            except LookupError as error:
                print(f"left out: {error}", file=sys.stderr)
                continue
            for mode in (WORDS, BOTH):
                answers = site.ask(needs, engine, mode)
                rows += rows_of(needs, answers)
                details.append(worst(needs, answers, asked.worst) if asked.worst else "")
    goals = goals_of(rows)
    print(table(rows, goals), *filter(None, details), sep="\n")
    if asked.json:
        asked.json.write_text(
            json.dumps({"rows": rows, "goals": goals}, ensure_ascii=False, indent=1) + "\n",
            encoding="utf-8",
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
