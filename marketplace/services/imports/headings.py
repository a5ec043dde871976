"""Which column is which field: by its label in either language or by the field's name, with or
without accents, stars and brackets."""

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches

from marketplace.domain.errors import N_, Invalid, InvalidForm
from marketplace.domain.fields import STAFF, Field, fields
from marketplace.services.vocabularies import fold

# Words a template or a person adds to a label to say that it must be filled in.
_NEEDED = re.compile(r"\((bắt buộc|bat buoc|required)\)|\*", re.IGNORECASE)


def listed(kind: str) -> tuple[Field, ...]:
    """The fields a file may bring: what staff note about a listing is not among them."""
    return tuple(f for f in fields(kind) if f.level != STAFF)


class Headings:
    """The columns of one kind. `translations` turn a label into another language each."""

    def __init__(self, kind: str, translations: Iterable[Callable[[str], str]] = ()):
        self.fields = {f.name: f for f in listed(kind)}
        self._names: dict[str, str] = {}
        ways = (lambda label: label, *translations)
        for f in self.fields.values():
            for text in (f.name, *(way(f.label) for way in ways)):
                self._names.setdefault(plain(text), f.name)
        for f in self.fields.values():
            for text in (way(f.label) for way in ways):
                self._names.setdefault(plain(re.sub(r"\(.*?\)", "", text)), f.name)

    def field_of(self, heading: str) -> Field | None:
        name = self._names.get(plain(heading))
        return self.fields[name] if name else None

    def nearest(self, heading: str) -> Field | None:
        """The field somebody may have meant."""
        close = get_close_matches(plain(heading), self._names, n=1, cutoff=0.75)
        return self.fields[self._names[close[0]]] if close else None

    def known(self, cells: list[str]) -> int:
        """How many columns of the form this line names: what tells a header from other lines."""
        return len({self._names[plain(cell)] for cell in cells if plain(cell) in self._names})

    def match(self, header: list[str]) -> tuple[list[str | None], list[dict]]:
        """(field name or None per column, columns nobody asked for).

        Raises InvalidForm with everything that makes the header unusable, all at once.
        """
        found = [self.field_of(heading) for heading in header]
        names = [f.name if f else None for f in found]
        if not any(names):
            raise Invalid(
                N_(
                    "Không thấy dòng tiêu đề. Dòng đầu phải là tên các cột như trong tệp mẫu; "
                    "tệp có thể thuộc loại hồ sơ khác."
                ),
                "file",
            )
        self._demand(names)
        unknown = [
            {
                "column": letter(at),
                "heading": header[at][:80],
                "nearest": near.label if (near := self.nearest(header[at])) is not None else "",
            }
            for at, name in enumerate(names)
            if name is None and header[at].strip()
        ]
        return names, unknown

    def _demand(self, names) -> None:
        wrong = {}
        for name, f in self.fields.items():
            if f.required and name not in names:
                wrong[f"missing-{name}"] = Invalid(
                    N_("Thiếu cột bắt buộc “%(label)s”."), "file", label=f.label
                )
            twice = [letter(at) for at, other in enumerate(names) if other == name]
            if len(twice) > 1:
                wrong[f"twice-{name}"] = Invalid(
                    N_("Cột “%(label)s” xuất hiện %(count)s lần (%(columns)s). Hãy bỏ bớt."),
                    "file",
                    label=f.label,
                    count=len(twice),
                    columns=", ".join(twice),
                )
        if wrong:
            raise InvalidForm(wrong)


def plain(heading: str) -> str:
    """A heading reduced to what people agree on: letters and digits without marks."""
    return " ".join(re.findall(r"[a-z0-9]+", fold(_NEEDED.sub(" ", heading).replace("_", " "))))


def letter(index: int) -> str:
    """The spreadsheet's name of a column counted from 0: A, B, ... Z, AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name
