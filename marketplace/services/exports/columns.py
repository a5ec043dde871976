"""The columns of a list and what stands in each cell."""

from datetime import date

from marketplace.domain.errors import N_
from marketplace.domain.fields import Field, fields
from marketplace.domain.vocabulary import KINDS, VISIBILITIES
from marketplace.domain.workflow import LISTING
from marketplace.services.exports.gathering import Exported
from marketplace.services.listings.numbers import LOCAL

# Fields that kinds share under labels of their own: what a list of several kinds calls them.
SHARED = {
    "title_vi": N_("Tên hồ sơ"),
    "problem": N_("Vấn đề"),
    "description": N_("Mô tả"),
    "solution": N_("Giải pháp"),
    "instruments": N_("Hình thức vốn"),
    "help_offered": N_("Giúp được việc gì"),
    "stages": N_("Giai đoạn nhận"),
    "capacity": N_("Nhận cùng lúc bao nhiêu"),
}
# name -> (label, the cell): what every list has before the fields.
HEAD = {
    "ref": (N_("Mã hồ sơ"), lambda row, words: row.listing.ref),
    "kind": (N_("Loại hồ sơ"), lambda row, words: words.say(KINDS[row.listing.kind][1])),
    "state": (N_("Tình trạng"), lambda row, words: words.say(LISTING.states[row.listing.state])),
    "visibility": (
        N_("Ai được tìm thấy"),
        lambda row, words: words.say(VISIBILITIES[row.listing.visibility]),
    ),
    "organisation": (N_("Đơn vị"), lambda row, words: row.organisation),
    "published_at": (N_("Ngày đăng"), lambda row, words: local_day(row.listing.published_at)),
    "url": (N_("Địa chỉ trên sàn"), lambda row, words: words.url(row.listing.ref)),
}
ONLY_OWN = ("state", "visibility")  # a list of published listings says nothing new by these


class Words:
    """What turns codes into words for this reader: `say` a msgid, `url` a reference's address."""

    def __init__(self, vocabulary, *, say, url, locale="vi"):
        self.vocabulary, self.say, self.url, self.locale = vocabulary, say, url, locale

    def label(self, scheme: str, code) -> str:
        return self.vocabulary.label(scheme, code, self.locale)


def local_day(moment) -> date | None:
    return moment.astimezone(LOCAL).date() if moment else None


def head(own: bool) -> list[str]:
    return [name for name in HEAD if own or name not in ONLY_OWN]


def table(rows: list[Exported]) -> list[tuple[str, str, str]]:
    """(field name, label msgid, type) of the columns: all fields of one kind; of several kinds
    those that say something in at least one row, in the order of the forms."""
    kinds = list(dict.fromkeys(row.listing.kind for row in rows))
    levels = frozenset().union(*(row.levels for row in rows)) if rows else frozenset()
    filled = {name for row in rows for name in row.values}
    found: dict[str, Field] = {}
    shared = set()
    for kind in kinds:
        for f in fields(kind, levels=levels):
            if len(kinds) > 1 and f.name not in filled:
                continue
            other = found.setdefault(f.name, f)
            if other.label != f.label:
                shared.add(f.name)
    return [
        (name, SHARED.get(name, f.label) if name in shared else f.label, f.type)
        for name, f in found.items()
    ]


def cell(f: Field | None, value, words: Words):
    """The value as text, whole number, or date; "" where the row's kind has no such field."""
    if f is None or value in (None, "", [], ()):
        return ""
    if f.type in ("choice", "place"):
        return words.label(f.scheme or "place", value)
    if f.type == "choices":
        return "; ".join(words.label(f.scheme, code) for code in value)
    if f.type == "tags":
        return ", ".join(value)
    if f.type == "lines":
        return "\n".join(value)
    if f.type in ("money", "integer", "percent"):
        return int(value)
    if f.type == "date":
        return date.fromisoformat(value)
    if f.type == "boolean":
        return words.say(N_("Có")) if value else words.say(N_("Không"))
    return str(value)


def plain(f: Field, value, words: Words):
    """The value for a program: codes stay codes, with their words beside."""
    if f.type in ("choice", "place"):
        return {"code": value, "label": words.label(f.scheme or "place", value)}
    if f.type == "choices":
        return [{"code": code, "label": words.label(f.scheme, code)} for code in value]
    return value
