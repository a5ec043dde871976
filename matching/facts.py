"""The facts a record may carry, and reading them: a value that makes no sense is not known."""

from __future__ import annotations

from collections.abc import Mapping
from math import asin, cos, radians, sin, sqrt

FACTS = {
    "trl": "readiness level 1-9",
    "trl_min": "lowest readiness the asking side accepts",
    "trl_from": "lowest readiness an investor takes",
    "trl_to": "highest readiness an investor takes",
    "budget_min": "VND",
    "budget_max": "VND",
    "price_min": "VND",
    "price_max": "VND",
    "ask_amount": "VND sought",
    "ticket_min": "VND",
    "ticket_max": "VND",
    "lat": "degrees",
    "lon": "degrees",
    "province": "province code",
    "geography": 'set of province codes; {"VN"} or empty: anywhere',
    "stage": "stage of the idea or startup",
    "stages": "set of stages the answering side takes",
    "sectors": "set of 3-digit sector codes",
    "cooperation": "set of cooperation forms",
    "instruments": "set of funding instruments",
    "functions": "set of functions an adviser covers",
    "help_wanted": "set of kinds of help sought",
    "capacity": "free places; 0 is full",
    "deadline": "date",
    "languages": "set of language codes",
    "legal": "list of the law a technology is on: encouraged, restricted, prohibited, none",
    "names": "set of names of those behind a record",
    "conflicts": "text naming those one must not advise",
}

EARTH_KM = 6371.0


def number(facts: Mapping, name: str) -> float | None:
    value = facts.get(name)
    if value is None or isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def codes(facts: Mapping, name: str) -> set[str]:
    value = facts.get(name) or ()
    return {value} if isinstance(value, str) else {str(each) for each in value}


def first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)


def place(facts: Mapping) -> tuple[float, float] | None:
    lat, lon = number(facts, "lat"), number(facts, "lon")
    return (lat, lon) if lat is not None and lon is not None else None


def kilometres(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Great-circle distance, haversine formula."""
    (lat, lon), (lat2, lon2) = (map(radians, each) for each in (here, there))
    half = sin((lat2 - lat) / 2) ** 2 + cos(lat) * cos(lat2) * sin((lon2 - lon) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))
