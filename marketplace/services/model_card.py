"""What was measured of the model, as the benchmark wrote it: no figure of the card is typed in."""

import json
from datetime import date
from functools import cache
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / "model_card.json"


@cache
def read() -> dict:
    """The card of benchmarks.card, its day as a date."""
    card = json.loads(FILE.read_text(encoding="utf-8"))
    return card | {"measured_on": date.fromisoformat(card["measured_on"])}
