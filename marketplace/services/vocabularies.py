"""Vocabularies: tables loaded from data files, read through one cached object."""

import csv
import hashlib
import threading
import unicodedata
from collections import defaultdict
from datetime import date
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from marketplace.models import Fact, OldPlace, Term

SHARED = Path(__file__).resolve().parent.parent / "vocabularies"
_FACT = "vocabularies"


def fold(text: str) -> str:
    """Lower case without marks, đ as d: how people type on a phone."""
    text = unicodedata.normalize("NFC", text).lower().replace("đ", "d")
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return " ".join(bare.replace("-", " ").split())


class Vocabulary:
    """All terms valid today, in memory. Unknown codes read as themselves: history stays legible."""

    def __init__(self, terms, old_places):
        self._terms = defaultdict(dict)
        self._by_label = defaultdict(dict)
        for term in terms:
            self._terms[term.scheme][term.code] = term
            for label in (term.code, term.vi, term.en):
                self._by_label[term.scheme].setdefault(fold(label), term.code)
        self.old_places = old_places
        self._index_places()

    def _index_places(self):
        """Old names, and names without their Xã or Phường, lead to today's commune.

        A bare name that two communes share leads nowhere: the person must choose.
        """
        index, shared = self._by_label["place"], defaultdict(set)
        for code, term in self._terms["place"].items():
            shared[fold(term.vi).split(" ", 1)[-1]].add(code)
        for old in self.old_places:
            full = fold(old.name)
            for name in (
                full,
                full.split(" ", 1)[-1],
                f"{full} {fold(old.district)}",
                f"{fold(old.name)} ({fold(old.district)})",
            ):
                shared[name].add(old.place)
        for name, codes in shared.items():
            if len(codes) == 1:
                index.setdefault(name, next(iter(codes)))

    def terms(self, scheme: str) -> dict[str, Term]:
        """code -> term, in the order of the data file."""
        return self._terms.get(scheme, {})

    def label(self, scheme: str, code, locale: str = "vi") -> str:
        term = self._terms.get(scheme, {}).get(str(code))
        if term is None:
            return str(code)
        return (term.en or term.vi) if locale == "en" else term.vi

    def code_of(self, scheme: str, text: str) -> str | None:
        """The code for a code, a label in either language, or an old place name; else None."""
        return self._by_label.get(scheme, {}).get(fold(text.split("|")[0]))

    def coordinates(self, place: str) -> tuple[float, float] | None:
        """Latitude and longitude in degrees of a commune's centre (approximate)."""
        term = self._terms["place"].get(place)
        return (term.lat, term.lon) if term is not None and term.lat is not None else None


_lock = threading.Lock()
_cached: dict[str, tuple[str, Vocabulary]] = {}


def current(session: Session) -> Vocabulary:
    """The vocabulary of this database; read again only when the loaded files changed."""
    fact = session.get(Fact, _FACT)
    stamp = fact.value if fact else ""
    database = str(session.get_bind().url)
    with _lock:
        held = _cached.get(database)
    if held and held[0] == stamp and stamp:
        return held[1]
    today = date.today()
    terms = session.scalars(select(Term).order_by(Term.scheme, Term.position)).all()
    valid = [
        t
        for t in terms
        if (t.valid_from is None or t.valid_from <= today)
        and (t.valid_to is None or t.valid_to >= today)
    ]
    old = session.scalars(select(OldPlace)).all()
    for row in (*valid, *old):
        session.expunge(row)
    vocabulary = Vocabulary(valid, old)
    with _lock:
        _cached[database] = (stamp, vocabulary)
    return vocabulary


def load(session: Session, province_folder: Path, *, now) -> int:
    """Bring the data files into the tables; returns the number of terms, 0 when nothing changed.

    A file's rows replace those of the same scheme and version; other versions stay, so that old
    records keep their words. The days of days.csv, which no record names, are replaced whole.
    Raises ValueError for a day that is no date or neither works nor is off.
    """
    files = [*sorted(SHARED.glob("*.csv")), *sorted(province_folder.glob("p*.csv"))]
    old_places, days = province_folder / "old_places.csv", province_folder / "days.csv"
    read = [*files, old_places, *([days] if days.is_file() else [])]
    stamp = hashlib.sha256(b"".join(path.read_bytes() for path in read)).hexdigest()
    fact = session.get(Fact, _FACT)
    if fact is not None and fact.value == stamp:
        return 0
    rows = [row for path in files for row in _read(path)]
    for scheme, version in sorted({(r["scheme"], r["version"]) for r in rows}):
        session.execute(delete(Term).where(Term.scheme == scheme, Term.version == version))
    session.execute(delete(Term).where(Term.scheme.in_(DAYS.values())))
    if days.is_file():
        rows += [_day(row) for row in _read(days)]
    for position, row in enumerate(rows):
        session.add(
            Term(
                **{k: row[k] for k in ("scheme", "version", "code", "vi", "en")},
                **{k: row.get(k) or "" for k in ("parent", "note_vi", "note_en")},
                valid_from=_or_none(date.fromisoformat, row.get("valid_from")),
                valid_to=_or_none(date.fromisoformat, row.get("valid_to")),
                lat=_or_none(float, row.get("lat")),
                lon=_or_none(float, row.get("lon")),
                position=position,
            )
        )
    session.execute(delete(OldPlace))
    for row in _read(old_places):
        session.add(
            OldPlace(
                name=row["old_name"],
                district=row["old_district"],
                province=row["old_province"],
                place=row["place"],
            )
        )
    session.merge(Fact(name=_FACT, value=stamp, at=now))
    return len(rows)


# The second column of days.csv -> the scheme a day is kept under, its ISO date being the code.
DAYS = {"no": "day_off", "yes": "working_day"}


def _day(row: dict) -> dict:
    """A row of days.csv as a term; see services/listings/calendar.py for what it is for."""
    day = date.fromisoformat(row["day"].strip())
    works = row["works"].strip().lower()
    if works not in DAYS:
        raise ValueError(f"days.csv, {day}: `works` is {works!r}, neither yes nor no")
    return {
        "scheme": DAYS[works],
        "version": str(day.year),
        "code": day.isoformat(),
        "vi": row["vi"],
        "en": row["en"],
    }


def _or_none(kind, text):
    return kind(text) if text else None


def _read(path: Path) -> list[dict]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
