"""The fields of every kind of listing: one table that forms, disclosure, search, matching,
import, export and the completeness meter all read (PRODUCT.md section 3)."""

from marketplace.domain.fields import bodies, idea, need, offer, people, startup
from marketplace.domain.fields.base import (
    CONFIDENTIAL,
    CONTACT,
    LEVELS,
    PUBLIC,
    REGISTERED,
    STAFF,
    STEP_TITLES,
    Field,
)

__all__ = [
    "BY_KIND",
    "CONFIDENTIAL",
    "CONTACT",
    "LEVELS",
    "PUBLIC",
    "REGISTERED",
    "STAFF",
    "STEP_TITLES",
    "Field",
    "completeness",
    "field",
    "fields",
    "steps",
]

BY_KIND: dict[str, tuple[Field, ...]] = {
    "offer": offer.FIELDS,
    "need": need.FIELDS,
    "idea": idea.FIELDS,
    "startup": startup.FIELDS,
    "mentor": people.MENTOR,
    "expert": people.EXPERT,
    "investor": bodies.INVESTOR,
    "support": bodies.SUPPORT,
}

_BY_NAME = {kind: {f.name: f for f in table} for kind, table in BY_KIND.items()}


def fields(kind: str, step: str | None = None, levels=None) -> tuple[Field, ...]:
    """The fields of `kind` in form order, narrowed to one form step or to some levels."""
    return tuple(
        f
        for f in BY_KIND[kind]
        if (step is None or f.step == step) and (levels is None or f.level in levels)
    )


def field(kind: str, name: str) -> Field | None:
    return _BY_NAME[kind].get(name)


def steps(kind: str) -> tuple[str, ...]:
    """The form's steps in order; each is one short page."""
    return tuple(dict.fromkeys(f.step for f in BY_KIND[kind]))


def completeness(kind: str, values: dict) -> int:
    """Percent of the weighed fields an owner can fill that are filled, 0 to 100."""
    table = [f for f in BY_KIND[kind] if f.level != STAFF]
    total = sum(f.weight for f in table)
    done = sum(f.weight for f in table if values.get(f.name) not in (None, "", [], ()))
    return round(100 * done / total)
