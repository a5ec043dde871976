"""The services of the centre, as the province's folder lists them (services.toml)."""

import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from marketplace.domain.errors import NotFound
from marketplace.domain.workflow import SERVICE_AT_DESK, SERVICE_TRIAGE_DAYS

FILE = "services.toml"
_SAID = {"name": str, "what": str, "bring": list, "who": str, "fee": str}


@dataclass(frozen=True)
class Service:
    """`days` are working days for each state the desk has a request in; `words` holds name, what,
    bring (lines), who and fee for "vi" and "en"."""

    code: str
    days: dict[str, int]
    words: dict[str, dict] = field(repr=False)

    def said(self, language: str) -> dict:
        return self.words["en" if language == "en" else "vi"]

    @property
    def total(self) -> int:
        """Working days from asking to the result, when nobody has to be asked or paid."""
        return sum(count for state, count in self.days.items() if state != "agreed")


@dataclass(frozen=True)
class Catalogue:
    version: str
    services: dict[str, Service]

    def get(self, code: str) -> Service:
        """Raises NotFound."""
        if code not in self.services:
            raise NotFound
        return self.services[code]

    def name(self, code: str, language: str = "vi") -> str:
        """The name of a service; the code of one the catalogue has no longer."""
        found = self.services.get(code)
        return found.said(language)["name"] if found else code


@lru_cache(maxsize=8)
def of(folder: Path) -> Catalogue:
    """The catalogue of a province's folder, read once. ValueError for what promises nothing: a
    word or a number of days that is missing, or more than two days until a request is looked at."""
    data = tomllib.loads((folder / FILE).read_text(encoding="utf-8"))
    services = [_service(each) for each in data["service"]]
    found = {each.code: each for each in services}
    if len(found) < len(services):
        raise ValueError(f"{FILE}: a code stands twice")
    return Catalogue(data["version"], found)


def _service(entry: dict) -> Service:
    code, days = entry["code"], entry["days"]
    whole = all(isinstance(count, int) and count > 0 for count in days.values())
    if set(days) != SERVICE_AT_DESK or not whole or days["new"] > SERVICE_TRIAGE_DAYS:
        raise ValueError(f"{FILE}: days of {code}")
    words = {language: entry[language] for language in ("vi", "en")}
    for language, said in words.items():
        missing = [name for name, kind in _SAID.items() if not isinstance(said.get(name), kind)]
        if missing:
            raise ValueError(f"{FILE}: {code} in {language} lacks {', '.join(missing)}")
    return Service(code, days, words)
