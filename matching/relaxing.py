"""What would match if one hard rule were given up, told as what it would take.

`Matcher.relaxed` finds pairs that fail exactly one hard rule and are good otherwise. Here they are
put in order: which fact of the asking side would have to become what, and how many pairs that
brings. A number brings all pairs it passes on its way; a code (a stage, a province) only its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import ceil

from matching.constraints import NEGOTIABLE
from matching.pairs import PAIR_TYPES
from matching.ranker import Relaxed
from matching.records import LEVELS


@dataclass(frozen=True)
class Reach:
    """`fact` of the asking side is `now`; one of `needed` would satisfy the rule."""

    fact: str
    now: object
    needed: tuple


@dataclass(frozen=True)
class Step:
    """With `needed`, these pairs match; best first."""

    needed: object
    found: tuple[Relaxed, ...]


@dataclass(frozen=True)
class Relaxation:
    """One rule given up in one direction: `up` True for a number that must grow, False for one
    that must fall, None for codes. Steps from the nearest on; for codes the most pairs first.

    A level here still counts the failed rule as a fact that speaks against the pair, so it errs on
    the careful side: with the rule satisfied the pair is at least as likely."""

    constraint: str
    fact: str
    now: object
    up: bool | None
    steps: tuple[Step, ...]

    @property
    def found(self) -> tuple[Relaxed, ...]:
        """Every pair of any step, once."""
        pairs = {
            (each.suggestion.a, each.suggestion.b): each
            for step in self.steps
            for each in step.found
        }
        return tuple(pairs.values())


def _ticket(v: Mapping) -> Reach:
    low = v.get("ticket_min")
    below = low is not None and v["ask_amount"] < low
    return Reach("ask_amount", v["ask_amount"], (low if below else v["ticket_max"],))


def _investor_readiness(v: Mapping) -> Reach:
    return Reach("trl", v["trl"], (v["trl_from"] if v["trl"] < v["trl_from"] else v["trl_to"],))


# Rule -> what a failed outcome's values say of the asking side. A price may be talked down, so the
# budget it takes is less than the price (matching.constraints).
REACHES: dict[str, Callable[[Mapping], Reach]] = {
    "readiness": lambda v: Reach("trl_min", v["trl_min"], (v["trl"],)),
    "budget": lambda v: Reach("budget_max", v["budget_max"], (ceil(v["price_min"] / NEGOTIABLE),)),
    "ticket": _ticket,
    "investor_readiness": _investor_readiness,
    "stage": lambda v: Reach("stage", v["stage"], tuple(v["stages"])),
    "geography": lambda v: Reach("province", v["province"], tuple(v["geography"])),
    # Not the asking side's to give: somebody else's place must fall free.
    "capacity": lambda v: Reach("capacity", 0, (1,)),
}


def can_give_way(pair_type: str) -> bool:
    """Whether the pair type has a hard rule the asking side could satisfy by giving way."""
    return any(hard and name in REACHES for name, hard in PAIR_TYPES[pair_type].constraints.items())


def relaxations(found: Iterable[Relaxed]) -> list[Relaxation]:
    """One entry a rule and direction, most pairs first; rules nobody can reach are left out."""
    groups: dict[tuple, list[tuple[Reach, Relaxed]]] = defaultdict(list)
    for each in found:
        if each.constraint not in REACHES:
            continue
        (values,) = (
            rule.values for rule in each.suggestion.constraints if rule.name == each.constraint
        )
        reach = REACHES[each.constraint](values)
        groups[each.constraint, _direction(reach)].append((reach, each))
    listed = [_relaxation(name, up, rows) for (name, up), rows in groups.items()]
    return sorted(listed, key=lambda each: (-len(each.found), each.constraint))


def _level(each: Relaxed) -> int:
    return LEVELS.index(each.level)


def _direction(reach: Reach) -> bool | None:
    first = reach.needed[0]
    return None if isinstance(first, str) else first > reach.now


def _relaxation(name, up, rows) -> Relaxation:
    by_needed = defaultdict(list)
    for reach, each in rows:
        for needed in reach.needed:
            by_needed[needed].append(each)
    if up is None:
        order = sorted(by_needed, key=lambda needed: (-len(by_needed[needed]), str(needed)))
    else:
        order = sorted(by_needed, reverse=not up)
    steps, passed = [], []
    for needed in order:
        passed = by_needed[needed] if up is None else passed + by_needed[needed]
        steps.append(Step(needed, tuple(sorted(passed, key=_level))))
    reach = rows[0][0]
    return Relaxation(name, reach.fact, reach.now, up, tuple(steps))
