"""How values look to a visitor: names of codes, money, dates, kinds; shared by all templates."""

from datetime import date, datetime

from flask import current_app, g
from flask_babel import format_date, format_datetime, format_decimal, ngettext, pgettext
from flask_babel import gettext as _

from marketplace.domain import workflow
from marketplace.domain.fields import STEP_TITLES, fields
from marketplace.domain.vocabulary import (
    CHECKLIST,
    HATS,
    KINDS,
    PAIR_TYPES,
    REASONS,
    ROLES,
    VISIBILITIES,
)
from marketplace.models import db, utcnow
from marketplace.services import indexing, vocabularies
from marketplace.web.access import current_actor
from marketplace.web.language import language, said_in

_TYPED = frozenset({"text", "long", "lines", "tags"})


def vocabulary() -> vocabularies.Vocabulary:
    """The vocabulary, asked for once a request."""
    if "vocabulary" not in g:
        g.vocabulary = vocabularies.current(db.session)
    return g.vocabulary


def label(scheme: str, code) -> str:
    """The word for a code in the visitor's language."""
    return vocabulary().label(scheme, code, language())


def money(value) -> str:
    """1.250.000 đồng in full; from a million up, shortened in words (1,25 tỷ đồng)."""
    if value in (None, ""):
        return ""
    value = int(value)
    for size, word in ((10**9, _("tỷ đồng")), (10**6, _("triệu đồng"))):
        if value >= size and value % (size // 1000) == 0:
            return f"{format_decimal(value / size)} {word}"
    return f"{format_decimal(value)} {_('đồng')}"


def day(value) -> str:
    """dd/MM/yyyy, for a date, an instant or an ISO text."""
    if not value:
        return ""
    if isinstance(value, str):
        value = date.fromisoformat(value)
    if isinstance(value, datetime):
        return format_datetime(value, "dd/MM/yyyy")
    return format_date(value, "dd/MM/yyyy")


def moment(value) -> str:
    return format_datetime(value, "HH:mm dd/MM/yyyy") if value else ""


def ago(value) -> str:
    """`3 ngày trước`; a day or older in days."""
    seconds = (utcnow() - value).total_seconds()
    if seconds < 3600:
        minutes = max(1, round(seconds / 60))
        return ngettext("%(num)s phút trước", "%(num)s phút trước", minutes)
    if seconds < 86400:
        return ngettext("%(num)s giờ trước", "%(num)s giờ trước", round(seconds / 3600))
    return ngettext("%(num)s ngày trước", "%(num)s ngày trước", round(seconds / 86400))


def left(value) -> str:
    """How long until a due time, in words; a past one says so."""
    hours = (value - utcnow()).total_seconds() / 3600
    if hours < 0:
        return ngettext("quá hạn %(num)s ngày", "quá hạn %(num)s ngày", max(1, round(-hours / 24)))
    if hours < 24:
        return ngettext("còn %(num)s giờ", "còn %(num)s giờ", max(1, round(hours)))
    return ngettext("còn %(num)s ngày", "còn %(num)s ngày", round(hours / 24))


def shown(field, value):
    """A field's value as text or a list of texts, in the visitor's language; "" when empty."""
    if value in (None, "", [], ()):
        return ""
    if field.scheme == "trl":
        return f"TRL {value} – {label('trl', value)}"
    if field.type in ("choice", "place"):
        return label(field.scheme or "place", value)
    if field.type == "choices":
        return [label(field.scheme, code) for code in value]
    if field.type in ("lines", "tags"):
        return list(value)
    if field.type == "money":
        return money(value)
    if field.type == "date":
        return day(value)
    if field.type == "boolean":
        return _("Có") if value else _("Không")
    if field.type == "integer":
        return format_decimal(value)
    return value


def in_line(view, field) -> str:
    """A field's value on one line; what the owner typed is marked with the owner's language."""
    value = shown(field, view.values.get(field.name))
    words = ", ".join(value) if isinstance(value, list) else value
    return said_in(words, view.listing.language) if field.type in _TYPED else words


def kind_name(kind: str, many: bool = False) -> str:
    one, more = indexing.kinds()[kind]
    return pgettext("many", more) if many else _(one)


def state_name(machine: str, state: str) -> str:
    return _(getattr(workflow, machine.upper()).states[state])


class ProvinceWords:
    """The province's names in the visitor's language; other attributes as they are."""

    def __init__(self, province):
        self._province = province

    def __getattr__(self, name):
        if language() == "en" and hasattr(self._province, name + "_en"):
            return getattr(self._province, name + "_en")
        return getattr(self._province, name)


class _Acting:
    """`current_actor` in templates: asked anew in each request."""

    def __getattr__(self, name):
        return getattr(current_actor(), name)


def init_app(app, settings) -> None:
    app.jinja_env.globals.update(
        province=ProvinceWords(settings.province),
        sample_mode=settings.sample,
        current_actor=_Acting(),
        label=label,
        terms=lambda scheme: vocabulary().terms(scheme),
        shown=shown,
        fields=fields,
        kind_name=kind_name,
        state_name=state_name,
        KINDS=KINDS,
        PAIR_TYPES=PAIR_TYPES,
        HATS=HATS,
        ROLES=ROLES,
        REASONS=REASONS,
        CHECKLIST=CHECKLIST,
        VISIBILITIES=VISIBILITIES,
        STEP_TITLES=STEP_TITLES,
        now=utcnow,
        endpoint_exists=lambda name: name in current_app.view_functions,
    )
    app.jinja_env.filters.update(money=money, day=day, moment=moment, ago=ago, left=left)
