"""What the clinic asks at each step, why, and what good and weak answers look like, as the
province's folder says it (clinic.toml)."""

import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from marketplace.domain.clinic import PROFILE, STEPS

FILE = "clinic.toml"
_SAID = {"question": str, "why": str, "good": str, "weak": str, "checks": list}


@dataclass(frozen=True)
class Guide:
    """Step -> its words in "vi" and "en": question, why, good and weak (one example each), checks
    (lines the founder ticks for themselves)."""

    version: str
    words: dict[str, dict[str, dict]] = field(repr=False)

    def said(self, step: str, language: str) -> dict:
        return self.words[step]["en" if language == "en" else "vi"]

    def count_checks(self, step: str) -> int:
        return len(self.words[step]["vi"]["checks"])


@lru_cache(maxsize=8)
def of(folder: Path) -> Guide:
    """The guide of a province's folder, read once. ValueError where a step or a word is missing,
    or the languages do not ask the same number of checks."""
    data = tomllib.loads((folder / FILE).read_text(encoding="utf-8"))
    words = {step: data.get(step, {}) for step in (*STEPS, PROFILE)}
    for step, languages in words.items():
        for language in ("vi", "en"):
            said = languages.get(language, {})
            missing = [name for name, kind in _SAID.items() if not isinstance(said.get(name), kind)]
            if missing:
                raise ValueError(f"{FILE}: {step} in {language} lacks {', '.join(missing)}")
        if len(languages["vi"]["checks"]) != len(languages["en"]["checks"]):
            raise ValueError(f"{FILE}: {step} asks other checks in English")
    return Guide(data["version"], words)
