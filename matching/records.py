"""The words this library speaks: a record comes in, suggestions go out. All are frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime

LEVELS = ("strong", "good", "weak")


@dataclass(frozen=True)
class Record:
    """A listing as the matcher sees it.

    key       opaque public identifier, unique in an index
    kind      offer, need, idea, startup, mentor, expert, investor or support
    parts     named texts (title, summary, problem, solution, profile ...); never a confidential one
    facts     values the declared constraints read (see matching.constraints.FACTS)
    language  "vi" or "en", as declared; the matcher looks at the text as well
    groups    audiences that may find it: "public", "registered", "invitation"
    """

    key: str
    kind: str
    parts: Mapping[str, str]
    facts: Mapping[str, object] = field(default_factory=dict)
    language: str = "vi"
    groups: frozenset[str] = frozenset()

    @property
    def title(self) -> str:
        return self.parts.get("title", "")

    def to_dict(self) -> dict:
        return {
            "key": self.key,
            "kind": self.kind,
            "parts": dict(self.parts),
            "facts": {name: _plain(value) for name, value in self.facts.items()},
            "language": self.language,
            "groups": sorted(self.groups),
        }

    @classmethod
    def from_dict(cls, values: Mapping) -> Record:
        """The inverse of to_dict; sets come back as lists, which every constraint accepts."""
        return cls(**{**values, "groups": frozenset(values.get("groups", ()))})


@dataclass(frozen=True)
class Passage:
    """A piece of one part, short enough to be read by the encoder whole."""

    key: str
    part: str
    text: str

    def to_dict(self) -> dict:
        return {"key": self.key, "part": self.part, "text": self.text}

    @classmethod
    def from_dict(cls, values: Mapping) -> Passage:
        return cls(**values)


@dataclass(frozen=True)
class PassagePair:
    """Two passages that say related things; similarity is calibrated to 0..1."""

    a: Passage
    b: Passage
    similarity: float

    def to_dict(self) -> dict:
        return {"a": self.a.to_dict(), "b": self.b.to_dict(), "similarity": self.similarity}

    @classmethod
    def from_dict(cls, values: Mapping) -> PassagePair:
        return cls(
            Passage.from_dict(values["a"]), Passage.from_dict(values["b"]), values["similarity"]
        )


@dataclass(frozen=True)
class ConstraintResult:
    """One declared rule applied to one pair.

    satisfied  True, False, or None when a fact is missing on either side
    hard       a failed hard constraint caps the level of the suggestion
    values     what the rule looked at, by name, for the site's own wording
    sources    the fact names read, so that a row built on a confidential fact can be hidden
    """

    name: str
    satisfied: bool | None
    hard: bool
    score: float | None
    values: Mapping[str, object]
    sources: tuple[str, ...]

    def to_dict(self) -> dict:
        return {
            "name": self.name,
            "satisfied": self.satisfied,
            "hard": self.hard,
            "score": self.score,
            "values": {name: _plain(value) for name, value in self.values.items()},
            "sources": list(self.sources),
        }

    @classmethod
    def from_dict(cls, values: Mapping) -> ConstraintResult:
        return cls(**{**values, "sources": tuple(values["sources"])})


@dataclass(frozen=True)
class Suggestion:
    """A possible pair, scored and explained.

    a, b          keys; a is the asking side (need, idea, startup; the offer in offer-investor)
    score         0..1, calibrated: comparable between pairs of one pair type and model
    level         "strong", "good" or "weak"; weak means "no good match yet"
    passages      closest passages, best first
    shared_terms  words both texts use, as a person would write them
    score_ab      how well b answers what a asks; score_ba how well a suits what b says it seeks
    model         name of the encoder that made the vectors
    ranker        name of the learned version that scored it; "" for the declared weights
    features      what a ranker may look at (matching.learning.features), for learning later
    """

    a: str
    b: str
    pair_type: str
    score: float
    level: str
    passages: tuple[PassagePair, ...]
    shared_terms: tuple[str, ...]
    constraints: tuple[ConstraintResult, ...]
    score_ab: float
    score_ba: float
    model: str
    ranker: str = ""
    features: Mapping[str, float | None] = field(default_factory=dict)

    def to_dict(self) -> dict:
        plain = {each.name: getattr(self, each.name) for each in fields(self)}
        plain["passages"] = [pair.to_dict() for pair in self.passages]
        plain["shared_terms"] = list(self.shared_terms)
        plain["constraints"] = [result.to_dict() for result in self.constraints]
        plain["features"] = dict(self.features)
        return plain

    @classmethod
    def from_dict(cls, values: Mapping) -> Suggestion:
        return cls(
            **{
                **values,
                "passages": tuple(PassagePair.from_dict(each) for each in values["passages"]),
                "shared_terms": tuple(values["shared_terms"]),
                "constraints": tuple(
                    ConstraintResult.from_dict(each) for each in values["constraints"]
                ),
            }
        )


def _plain(value: object) -> object:
    """A fact as JSON can hold it."""
    if isinstance(value, set | frozenset | tuple | list):
        items = [_plain(each) for each in value]
        return sorted(items, key=str) if isinstance(value, set | frozenset) else items
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value
