"""Which records may be paired, which parts speak to which, and which rules hold between them.

Orientation: a asks, b answers. `asks` weighs the parts of a that say what is sought; `answers`
those of b that say what is given (weight 0: never looked at). A part not named counts OTHER.
A pair's evidence is the mean of both ways, in all pair types.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

OTHER = 0.3


@dataclass(frozen=True)
class PairType:
    name: str
    a: str
    b: str
    asks: Mapping[str, float]
    answers: Mapping[str, float]
    constraints: Mapping[str, bool]  # rule name -> hard
    other: float = field(default=OTHER)

    def asking(self, part: str) -> float:
        return self.asks.get(part, self.other)

    def answering(self, part: str) -> float:
        return self.answers.get(part, self.other)

    def sides(self, kind: str) -> tuple[str, str]:
        """("a", kind of b) for a record of kind a, and the reverse; ValueError for another kind."""
        if kind == self.a:
            return "a", self.b
        if kind == self.b:
            return "b", self.a
        raise ValueError(f"{self.name} does not pair a {kind}")


OPENING = {"title": 1.0, "summary": 1.0}

# What a need says it lacks; what a technology says it does.
NEED = {**OPENING, "problem": 1.0, "specifications": 0.8, "partner": 0.3}
OFFER = {
    **OPENING,
    "problem": 0.8,
    "solution": 1.0,
    "advantages": 0.6,
    "specifications": 0.8,
    "partner": 0.3,
}
# A founder's text says what the venture is and, under "partner", what it is looking for.
VENTURE = {**OPENING, "problem": 0.6, "solution": 0.8, "advantages": 0.4, "partner": 1.0}
PERSON = {**OPENING, "profile": 1.0, "solution": 1.0}
BODY = {**OPENING, "profile": 1.0, "solution": 0.8}

PAIR_TYPES = {
    pair.name: pair
    for pair in (
        PairType(
            "need-offer", "need", "offer", NEED, OFFER,
            {"legal": True, "readiness": True, "budget": True, "sectors": False,
             "cooperation": False, "distance": False},
        ),
        PairType(
            "need-expert", "need", "expert", NEED, PERSON,
            {"capacity": True, "sectors": False, "distance": False, "languages": False},
        ),
        PairType(
            "idea-mentor", "idea", "mentor", VENTURE, PERSON,
            {"conflict": True, "capacity": True, "stage": False, "help": False, "sectors": False,
             "languages": False, "distance": False},
        ),
        PairType(
            "startup-mentor", "startup", "mentor", VENTURE, PERSON,
            {"conflict": True, "capacity": True, "stage": False, "help": False, "sectors": False,
             "languages": False, "distance": False},
        ),
        PairType(
            "startup-investor", "startup", "investor", VENTURE, BODY,
            {"ticket": True, "stage": True, "geography": True, "investor_readiness": True,
             "capacity": True, "instruments": False, "sectors": False},
        ),
        PairType(
            "startup-offer", "startup", "offer", VENTURE, OFFER,
            {"legal": True, "sectors": False, "cooperation": False, "distance": False},
        ),
        PairType(
            "startup-support", "startup", "support", VENTURE, BODY,
            {"capacity": True, "stage": False, "help": False, "sectors": False,
             "distance": False},
        ),
        PairType(
            "idea-support", "idea", "support", VENTURE, BODY,
            {"capacity": True, "stage": False, "help": False, "sectors": False,
             "distance": False},
        ),
        PairType(
            "offer-investor", "offer", "investor", OFFER, BODY,
            {"legal": True, "ticket": True, "geography": True, "investor_readiness": True,
             "capacity": True, "instruments": False, "sectors": False},
        ),
    )
}  # fmt: skip


def pair_types_of(kind: str) -> list[PairType]:
    """Every pair type in which a record of this kind may stand on either side."""
    return [pair for pair in PAIR_TYPES.values() if kind in (pair.a, pair.b)]
