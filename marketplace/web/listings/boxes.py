"""A listing's fields as boxes of a form: what stands in them, and what may be chosen."""

from dataclasses import dataclass
from decimal import Decimal

from flask import g
from flask_babel import format_decimal
from flask_babel import gettext as _

from marketplace.domain.fields import STAFF, STEP_TITLES, Field, field, fields, steps
from marketplace.models import db
from marketplace.services import vocabularies
from marketplace.web.language import language
from marketplace.web.presentation import vocabulary

ALL = "all"  # one long page, for people who type many listings


@dataclass(frozen=True)
class Box:
    field: Field
    value: object
    error: str = ""
    reasons: tuple = ()  # what the desk asked to be mended here
    choices: tuple = ()


def shown_fields(kind: str, step: str, *, staff: bool = False) -> tuple[Field, ...]:
    """The fields of one page of the form; staff fields only where staff types for a client."""
    chosen = fields(kind, None if step == ALL else step)
    return tuple(f for f in chosen if staff or f.level != STAFF)


def names(kind: str, step: str, *, staff: bool = False) -> tuple[str, ...]:
    return tuple(f.name for f in shown_fields(kind, step, staff=staff))


def spelled(amount: int) -> str:
    """Money the way people type it, and the cleaner reads it: `280 triệu`, `1,25 tỷ`; in English
    `280 million`, `1.25 billion`."""
    for size, word in ((10**9, _("tỷ")), (10**6, _("triệu"))):
        if amount >= size and amount % (size // 100) == 0:
            return f"{format_decimal(Decimal(amount) / size, '0.##')} {word}"
    return format_decimal(amount)


def boxed(field: Field, value):
    """A kept value as it stands in its box."""
    if value is None:
        return ""
    if field.type == "money":
        return spelled(int(value))
    if field.type == "place":
        return vocabulary().label("place", value, language())
    return value


def retyped(field: Field, text):
    """What was typed, as it stood in its box."""
    several = field.type == "choices"
    if isinstance(text, list):
        return text if several else "\n".join(text)
    return [text] if several else text


def choices(field: Field) -> tuple:
    """(code, words, hint) of the field's vocabulary; sectors in groups by their parent."""
    terms = vocabulary().terms(field.scheme)
    english = language() == "en"

    def words(term):
        return (term.en or term.vi) if english else term.vi

    if field.scheme == "trl":
        return tuple(
            (code, words(t), t.note_en if english else t.note_vi) for code, t in terms.items()
        )
    parents = {term.parent for term in terms.values() if term.parent in terms}
    if parents:
        return tuple(
            (
                words(terms[parent]),
                tuple((c, words(t)) for c, t in terms.items() if t.parent == parent),
            )
            for parent in terms
            if parent in parents
        )
    return tuple((code, words(term), "") for code, term in terms.items())


def places() -> list[tuple[str, str]]:
    """(commune, the old names it covers), for the place box; old names are accepted too."""
    if "place_suggestions" not in g:
        known, before = vocabularies.current(db.session), {}
        for old in known.old_places:
            bare = old.name.split(" ", 1)[-1]
            before.setdefault(old.place, []).append(bare)
        g.place_suggestions = [
            (known.label("place", code, language()), ", ".join(before.get(code, ())))
            for code in known.terms("place")
        ]
    return g.place_suggestions


def boxes(listed: tuple[Field, ...], values: dict, typed: dict, errors: dict, reasons: dict):
    """The boxes of a page. `typed` (raw, not acceptable) wins over `values` (clean)."""
    return [
        Box(
            field=f,
            value=retyped(f, typed[f.name]) if f.name in typed else boxed(f, values.get(f.name)),
            error=errors.get(f.name, ""),
            reasons=tuple(reasons.get(f.name, ())),
            choices=choices(f) if f.scheme else (),
        )
        for f in listed
    ]


def accept(kind: str, names, raw: dict, chosen: str) -> str:
    """Put an accepted suggestion, `field:value`, into what was typed: added to a list, or in place
    of a single choice. The field's name; "" when nothing was accepted."""
    name, _colon, value = chosen.partition(":")
    f = field(kind, name) if name in names and value else None
    if f is None:
        return ""
    held = raw.get(name) or []
    if f.type == "choices":
        held = held if isinstance(held, list) else [held]
        raw[name] = [*held, value] if value not in held else held
    elif f.type == "tags":
        held = ", ".join(held) if isinstance(held, list) else held
        raw[name] = f"{held.rstrip(' ,')}, {value}" if held.strip() else value
    else:
        raw[name] = value
    return name


def step_state(kind: str, step: str, values: dict, typed: dict) -> str:
    """done, partial or todo, for the stepper."""
    listed = shown_fields(kind, step)
    filled = [f for f in listed if values.get(f.name) not in (None, "", [])]
    if any(f.name in typed for f in listed):
        return "partial"
    if not filled:
        return "todo"
    lacking = [f for f in listed if f.required and values.get(f.name) in (None, "", [])]
    return "partial" if lacking else "done"


def step_title(step: str) -> str:
    return STEP_TITLES[step]


def next_step(kind: str, step: str) -> str | None:
    """The page after this one; None when the answers are to be checked."""
    order = steps(kind)
    if step == ALL or order.index(step) + 1 == len(order):
        return None
    return order[order.index(step) + 1]
