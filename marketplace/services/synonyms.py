"""The table of synonyms: what search reads, and what the curators' lead writes.

It acts on queries, never on the index: a change counts in every process with the next search.
"""

import threading
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.actor import SYSTEM
from marketplace.domain.errors import N_, Invalid, InvalidForm, NotFound
from marketplace.models import Fact, SynonymGroup, new_key
from marketplace.services import audit
from marketplace.services.vocabularies import SHARED
from search.analysis import syllables
from search.synonyms import Synonyms

START = SHARED / "synonyms.txt"
MOST_SPELLINGS, LONGEST, LONGEST_NOTE, MOST_GROUPS = 12, 80, 200, 2000
_FACT = "synonyms"  # its value changes with every change of the table

_lock = threading.Lock()
_cached: dict[str, tuple[str, Synonyms]] = {}


def current(session: Session) -> Synonyms:
    """Today's table, read again only when somebody changed it."""
    fact = session.get(Fact, _FACT, populate_existing=True)
    stamp, database = fact.value if fact else "", str(session.get_bind().url)
    if not stamp:
        return Synonyms.NONE
    with _lock:
        held = _cached.get(database)
    if held is None or held[0] != stamp:
        held = stamp, Synonyms(group.spellings for group in groups(session))
        with _lock:
            _cached[database] = held
    return held[1]


def groups(session: Session, words: str = "") -> list[SynonymGroup]:
    """All groups, by their first spelling; only those with all of `words`, marks or not."""
    rows = session.scalars(select(SynonymGroup).where(SynonymGroup.removed_at.is_(None))).all()
    wanted = _plain(words).split()
    found = [row for row in rows if all(w in _plain(" = ".join(row.spellings)) for w in wanted)]
    return sorted(found, key=lambda row: (_plain(row.spellings[0]), row.id))


def by_key(session: Session, key: str) -> SynonymGroup:
    """Raises NotFound, for one that was removed as well."""
    row = session.scalar(
        select(SynonymGroup).where(SynonymGroup.key == key, SynonymGroup.removed_at.is_(None))
    )
    if row is None:
        raise NotFound
    return row


def _plain(text: str) -> str:
    from search.analysis import folded

    return " ".join(folded(token) for token in syllables(text))


# --- Writing -----------------------------------------------------------------------------------
def cleaned(session: Session, raw: dict, but: SynonymGroup | None = None) -> tuple[list, str]:
    """(spellings, note) from what was typed: one spelling a line. Raises InvalidForm."""
    spellings, said = [], set()
    errors: dict[str, Invalid] = {}
    for line in str(raw.get("spellings", "")).replace("=", "\n").splitlines():
        spelling = " ".join(line.split())
        tokens = tuple(syllables(spelling))
        if not spelling or tokens in said:
            continue
        if not tokens:
            errors["spellings"] = Invalid(
                N_("“%(text)s” không có chữ hay số nào."), "spellings", text=spelling[:40]
            )
        elif len(spelling) > LONGEST:
            errors["spellings"] = Invalid(
                N_("“%(text)s…” dài quá %(most)s ký tự."),
                "spellings",
                text=spelling[:40],
                most=LONGEST,
            )
        said.add(tokens)
        spellings.append(spelling)
    if not errors and len(spellings) < 2:
        errors["spellings"] = Invalid(
            N_("Hãy ghi ít nhất hai cách viết khác nhau, mỗi cách một dòng."), "spellings"
        )
    elif not errors and len(spellings) > MOST_SPELLINGS:
        errors["spellings"] = Invalid(
            N_("Nhiều nhất %(most)s cách viết trong một nhóm."), "spellings", most=MOST_SPELLINGS
        )
    elif not errors and _twin(session, said, but):
        errors["spellings"] = Invalid(N_("Đã có nhóm với đúng những cách viết này."), "spellings")
    note = " ".join(str(raw.get("note", "")).split())
    if len(note) > LONGEST_NOTE:
        errors["note"] = Invalid(N_("Ghi chú dài quá %(most)s ký tự."), "note", most=LONGEST_NOTE)
    if errors:
        raise InvalidForm(errors)
    return spellings, note


def _twin(session, said, but) -> bool:
    return any(
        row is not but and {tuple(syllables(each)) for each in row.spellings} == said
        for row in groups(session)
    )


def add(session: Session, raw: dict, *, actor, now) -> SynonymGroup:
    """Raises InvalidForm."""
    spellings, note = cleaned(session, raw)
    if len(groups(session)) >= MOST_GROUPS:
        raise InvalidForm(
            {"spellings": Invalid(N_("Bảng đã đầy: %(most)s nhóm."), "spellings", most=MOST_GROUPS)}
        )
    row = SynonymGroup(spellings=spellings, note=note, changed_at=now, changed_by_id=actor.id)
    session.add(row)
    session.flush()
    _changed(session, "add", row, actor, now)
    return row


def change(session: Session, row: SynonymGroup, raw: dict, *, actor, now) -> None:
    """Raises InvalidForm."""
    row.spellings, row.note = cleaned(session, raw, but=row)
    row.changed_at, row.changed_by_id = now, actor.id
    _changed(session, "change", row, actor, now)


def remove(session: Session, row: SynonymGroup, *, actor, now) -> None:
    row.removed_at = row.changed_at = now
    row.changed_by_id = actor.id
    _changed(session, "remove", row, actor, now)


def _changed(session, deed, row, actor, now) -> None:
    session.merge(Fact(name=_FACT, value=new_key(), at=now))
    audit.record(
        session, f"synonym.{deed}", row, actor=actor, now=now, spellings=" = ".join(row.spellings)
    )


# --- The list a site starts with ---------------------------------------------------------------
def start(path: Path = START) -> list[list[str]]:
    """The groups of the starting list."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [
        [spelling.strip() for spelling in line.split("=")]
        for line in lines
        if line and not line.startswith("#")
    ]


def load(session: Session, *, now, path: Path = START) -> int:
    """Add the groups of the starting list this site has never had; returns how many."""
    known = set(session.scalars(select(SynonymGroup.start).where(SynonymGroup.start != "")))
    fresh = [group for group in start(path) if group[0] not in known]
    for group in fresh:
        session.add(SynonymGroup(spellings=group, start=group[0], changed_at=now))
    if fresh:
        session.merge(Fact(name=_FACT, value=new_key(), at=now))
        audit.record(session, "synonym.load", actor=SYSTEM, now=now, groups=len(fresh))
    return len(fresh)
