"""Declared rules over the facts of two records: satisfied, failed, or not known.

A hard rule that fails means the pair cannot work as it stands (too dear, not ready, no place
left): it caps the level. A soft rule only shades the score. A missing fact never fails a rule.

`a` is the asking side, `b` the answering side; matching.facts lists what a record may carry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import exp

from matching.facts import FACTS, codes, first, kilometres, number, place
from matching.records import ConstraintResult
from matching.text import fold, syllables

__all__ = ["FACTS", "RULES", "agreement", "check", "failed_hard", "number"]

# A price is the start of a talk: a fifth over the budget is still worth a call.
NEGOTIABLE = 1.2
# A missing readiness level costs about two years; three missing levels leave nothing.
LEVELS_TO_NOTHING = 3
# Half an hour's drive changes nothing, a day's drive changes much: score = exp(-km / 200).
DISTANCE_SCALE_KM = 200.0
NEAR_KM = 100.0

# Which functions (or kinds of help) of the answering side meet a kind of help sought. A code
# always meets itself.
HELP_MEETS = {
    "mentor": {"strategy", "market", "finance", "manufacturing", "agriculture", "digital"},
    "technology": {"tech_transfer", "manufacturing", "digital", "agriculture", "quality"},
    "capital": {"finance", "fundraising"},
    "ip": {"ip", "legal"},
    "testing": {"quality", "testing"},
    "market": {"market", "export"},
    "legal": {"legal", "ip"},
    "training": {"strategy", "digital", "quality"},
}

# What says what a body is, not which one: "Công ty TNHH Nhãn Link" is called Nhãn Link. Folded.
LEGAL_FORMS = re.compile(
    r"^(?:(?:cong ty|tnhh|trach nhiem huu han|co phan|cp|mtv|mot thanh vien|hop tac xa|htx"
    r"|doanh nghiep tu nhan|dntn|ho kinh doanh|lien hiep|to hop tac|tap doan)\s+)+"
)
# A name of one syllable would be found in any text.
NAME_SYLLABLES = 2

# satisfied, score 0..1, the values compared; None instead: not known
Outcome = tuple[bool, float, dict[str, object]] | None


@dataclass(frozen=True)
class Rule:
    """`check(a, b)` reads only the facts named; a soft rule may still answer False."""

    name: str
    of_a: tuple[str, ...]
    of_b: tuple[str, ...]
    check: Callable[[Mapping, Mapping], Outcome]
    weight: float = 1.0

    def apply(self, a: Mapping, b: Mapping, hard: bool) -> ConstraintResult:
        outcome = self.check(a, b)
        sources = tuple(dict.fromkeys((*self.of_a, *self.of_b)))
        if outcome is None:
            return ConstraintResult(self.name, None, hard, None, {}, sources)
        satisfied, score, values = outcome
        return ConstraintResult(self.name, bool(satisfied), hard, float(score), values, sources)


def readiness(a: Mapping, b: Mapping) -> Outcome:
    """The offer is at least as ready as the need demands."""
    wanted, has = number(a, "trl_min"), number(b, "trl")
    if wanted is None or has is None:
        return None
    score = min(1.0, max(0.0, 1 - (wanted - has) / LEVELS_TO_NOTHING))
    return has >= wanted, score, {"trl_min": int(wanted), "trl": int(has)}


def investor_readiness(a: Mapping, b: Mapping) -> Outcome:
    """What is on offer is inside the readiness range the investor takes."""
    has, low, high = number(a, "trl"), number(b, "trl_from"), number(b, "trl_to")
    if has is None or (low is None and high is None):
        return None
    low, high = low or 1, high or 9
    gap = max(low - has, has - high, 0)
    values = {"trl": int(has), "trl_from": int(low), "trl_to": int(high)}
    return gap == 0, max(0.0, 1 - gap / LEVELS_TO_NOTHING), values


def budget(a: Mapping, b: Mapping) -> Outcome:
    """The lowest price asked is within the budget, give or take what a talk may move.

    Yes or no, as with all sums of money: how far apart they are would tell one side's to whoever
    knows the other's, and scores are shown and stored.
    """
    limit = first(number(a, "budget_max"), number(a, "budget_min"))
    price = first(number(b, "price_min"), number(b, "price_max"))
    if limit is None or price is None:
        return None
    within = price <= NEGOTIABLE * limit
    return within, float(within), {"budget_max": int(limit), "price_min": int(price)}


def ticket(a: Mapping, b: Mapping) -> Outcome:
    """The amount sought is inside what the investor puts into one case: yes or no, as `budget`."""
    amount, low, high = number(a, "ask_amount"), number(b, "ticket_min"), number(b, "ticket_max")
    if amount is None or (low is None and high is None):
        return None
    values = {"ask_amount": int(amount)}
    values |= {"ticket_min": int(low)} if low is not None else {}
    values |= {"ticket_max": int(high)} if high is not None else {}
    inside = (low is None or amount >= low) and (high is None or amount <= high)
    return inside, float(inside), values


def distance(a: Mapping, b: Mapping) -> Outcome:
    """Great-circle kilometres (haversine) where both places are known, else the province."""
    here, there = place(a), place(b)
    if here and there:
        km = kilometres(here, there)
        return km <= NEAR_KM, exp(-km / DISTANCE_SCALE_KM), {"km": round(km)}
    home, other = a.get("province"), b.get("province")
    if not home or not other:
        return None
    same = str(home) == str(other)
    return same, 1.0 if same else 0.5, {"province_a": str(home), "province_b": str(other)}


def geography(a: Mapping, b: Mapping) -> Outcome:
    """The answering side works where the asking side is."""
    province, covered = a.get("province"), codes(b, "geography")
    if not covered or "VN" in covered:
        return (True, 1.0, {"geography": ["VN"]}) if "geography" in b else None
    if not province:
        return None
    inside = str(province) in covered
    return inside, float(inside), {"province": str(province), "geography": sorted(covered)}


def stage(a: Mapping, b: Mapping) -> Outcome:
    """The answering side takes cases at this stage."""
    at, taken = a.get("stage"), codes(b, "stages")
    if not at or not taken:
        return None
    return str(at) in taken, float(str(at) in taken), {"stage": str(at), "stages": sorted(taken)}


def capacity(a: Mapping, b: Mapping) -> Outcome:
    """The answering side has a free place."""
    free = number(b, "capacity")
    return None if free is None else (free > 0, min(1.0, max(0.0, free)), {"capacity": int(free)})


def legal(a: Mapping, b: Mapping) -> Outcome:
    """The technology, on whichever side it stands, may be transferred at all."""
    status = a.get("legal") or b.get("legal")
    if not status:
        return None
    allowed = status != "prohibited"
    return allowed, float(allowed), {"legal": str(status)}


def conflict(a: Mapping, b: Mapping) -> Outcome:
    """Nobody behind the asking side is named among those the answering side must not advise."""
    barred, names = called(str(b.get("conflicts") or "")), codes(a, "names")
    if not barred or not names:
        return None
    named = {name for name in names if _names(barred, name)}
    return not named, float(not named), {}


def _names(text: str, name: str) -> bool:
    core = LEGAL_FORMS.sub("", called(name))
    return len(core.split()) >= NAME_SYLLABLES and f" {core} " in f" {text} "


def called(text: str) -> str:
    """A text as names are compared in it: folded words and numbers, one blank apart."""
    return " ".join(syllables(fold(text)))


def sectors(a: Mapping, b: Mapping) -> Outcome:
    """Shared sectors; a shared branch of science (first digit) counts half."""
    mine, theirs = codes(a, "sectors"), codes(b, "sectors")
    if not mine or not theirs:
        return None
    shared = mine & theirs
    branch = {code[:1] for code in mine} & {code[:1] for code in theirs}
    score = 1.0 if shared else 0.5 if branch else 0.0
    return bool(shared), score, {"shared": sorted(shared)}


def overlap(fact: str) -> Callable[[Mapping, Mapping], Outcome]:
    """Something in common in a set both sides have."""

    def check(a: Mapping, b: Mapping) -> Outcome:
        mine, theirs = codes(a, fact), codes(b, fact)
        if not mine or not theirs:
            return None
        shared = mine & theirs
        return bool(shared), float(bool(shared)), {"shared": sorted(shared)}

    return check


def help_met(a: Mapping, b: Mapping) -> Outcome:
    """Share of the help sought that the answering side's functions meet."""
    wanted, able = codes(a, "help_wanted"), codes(b, "functions") | codes(b, "help_wanted")
    if not wanted or not able:
        return None
    met = {need for need in wanted if able & (HELP_MEETS.get(need, set()) | {need})}
    return bool(met), len(met) / len(wanted), {"met": sorted(met), "wanted": sorted(wanted)}


RULES = {
    rule.name: rule
    for rule in (
        Rule("readiness", ("trl_min",), ("trl",), readiness),
        Rule("investor_readiness", ("trl",), ("trl_from", "trl_to"), investor_readiness),
        Rule("budget", ("budget_max", "budget_min"), ("price_min", "price_max"), budget),
        Rule("ticket", ("ask_amount",), ("ticket_min", "ticket_max"), ticket),
        Rule(
            "distance",
            ("lat", "lon", "province"),
            ("lat", "lon", "province"),
            distance,
            weight=0.5,
        ),
        Rule("geography", ("province",), ("geography",), geography),
        Rule("stage", ("stage",), ("stages",), stage),
        Rule("capacity", (), ("capacity",), capacity, weight=0.5),
        # Weight 0: that nothing forbids a pair is no reason for it.
        Rule("legal", ("legal",), ("legal",), legal, weight=0.0),
        Rule("conflict", ("names",), ("conflicts",), conflict, weight=0.0),
        Rule("sectors", ("sectors",), ("sectors",), sectors, weight=2.0),
        Rule("cooperation", ("cooperation",), ("cooperation",), overlap("cooperation")),
        Rule("instruments", ("instruments",), ("instruments",), overlap("instruments")),
        Rule("languages", ("languages",), ("languages",), overlap("languages")),
        Rule("help", ("help_wanted",), ("functions", "help_wanted"), help_met, weight=1.5),
    )
}


def check(a: Mapping, b: Mapping, table: Mapping[str, bool]) -> tuple[ConstraintResult, ...]:
    """Every rule named in `table` (rule name -> hard) applied to the facts of a and b."""
    return tuple(RULES[name].apply(a, b, hard) for name, hard in table.items())


def failed_hard(results: tuple[ConstraintResult, ...]) -> list[str]:
    """Names of the hard rules that failed."""
    return [each.name for each in results if each.hard and each.satisfied is False]


def agreement(results: tuple[ConstraintResult, ...]) -> float:
    """-0.5 (all facts speak against) .. 0 (nothing known) .. 0.5 (all facts fit).

    A weighted mean of what is known, drawn towards 0 when little is: one agreeing fact is not
    the same evidence as six.
    """
    known = [
        (each.score - 0.5, RULES[each.name].weight) for each in results if each.score is not None
    ]
    weight = sum(weight for _, weight in known)
    return sum(score * each for score, each in known) / (weight + 1.0) if known else 0.0
