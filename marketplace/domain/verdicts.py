"""What a step of a match says about whether the pair was right: one table for the quality page
and for learning.

Three answers: `relevant`, `not relevant`, `says nothing`. A suggestion dismissed as a duplicate
was not a bad suggestion, and one nobody answered was not judged at all; counting either against
the matcher would measure (and teach) something else than relevance.

`grade` is the gain of the pair in a graded measure (nDCG; Järvelin and Kekäläinen 2002), `weight`
how much the verdict counts as evidence, 0..1. A step or reason that is not named says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

RELEVANT, NOT_RELEVANT, NOTHING = "relevant", "not relevant", "says nothing"


@dataclass(frozen=True)
class Meaning:
    says: str  # RELEVANT, NOT_RELEVANT or NOTHING
    grade: int  # 0 not relevant; 1 worth proposing .. 4 a verified deal
    weight: float
    why: str


# A step forward. A pair keeps the highest grade it has reached.
STEPS = {
    "keep": Meaning(RELEVANT, 1, 1.0, "a curator found it worth proposing"),
    "express": Meaning(RELEVANT, 2, 1.0, "a member asked for it without being asked"),
    "accept_first": Meaning(RELEVANT, 2, 1.0, "one side wants to talk"),
    "accept_second": Meaning(RELEVANT, 3, 1.0, "both sides want to talk"),
    "introduce": Meaning(RELEVANT, 3, 1.0, "both sides wanted to talk, and do"),
    "report_contact": Meaning(RELEVANT, 3, 1.0, "they talk"),
    "negotiate": Meaning(RELEVANT, 3, 1.0, "they talk about terms"),
    "verify_deal": Meaning(RELEVANT, 4, 1.0, "both sides confirm an agreement, or a paper does"),
    "later": Meaning(NOTHING, 0, 0.0, "put off, not judged"),
    "lapse": Meaning(NOTHING, 0, 0.0, "nobody answered: a matter of the listing, not of the pair"),
    "lapse_second": Meaning(NOTHING, 0, 0.0, "the same, of the other listing"),
}

# Steps that carry a reason, and from which grade on a refusal no longer says the pair was wrong:
# a talk the desk ends is no proof that it should not have been held. A party that met the other
# side and says why nothing came of it knows more than everybody before, short of a verified deal.
REFUSALS = {"dismiss": 5, "decline_first": 5, "decline_second": 5, "fail": 2, "report_failed": 4}

REASONS = {
    "wrong_problem": Meaning(NOT_RELEVANT, 0, 1.0, "the plainest verdict on a pair"),
    "wrong_scale": Meaning(NOT_RELEVANT, 0, 1.0, "the texts tell the scale of both"),
    "trl_too_low": Meaning(NOT_RELEVANT, 0, 1.0, "readiness is a declared fact of both"),
    "location": Meaning(NOT_RELEVANT, 0, 1.0, "places are declared facts of both"),
    "price": Meaning(NOT_RELEVANT, 0, 0.7, "prices move in a talk, and are often not declared"),
    "direct_sale": Meaning(NOT_RELEVANT, 0, 0.5, "half about the pair, half about the listing"),
    "too_vague": Meaning(NOT_RELEVANT, 0, 0.5, "a vague text fits everything"),
    "ip_blocked": Meaning(NOTHING, 0, 0.0, "the subject is right; rights are not in the facts"),
    "legal": Meaning(NOTHING, 0, 0.0, "the subject is right; a rule forbids it"),
    "duplicate": Meaning(NOTHING, 0, 0.0, "the same pair was judged under another record"),
    "stale": Meaning(NOTHING, 0, 0.0, "about one listing's upkeep"),
    "conflict": Meaning(NOTHING, 0, 0.0, "about who decides, not about what fits"),
    "in_contact": Meaning(NOTHING, 0, 0.0, "they found each other before us; nobody judged"),
    # As a party tells it after the introduction.
    "not_fit": Meaning(NOT_RELEVANT, 0, 1.0, "somebody who needed it has looked closely"),
    "trial_failed": Meaning(NOT_RELEVANT, 0, 0.7, "tried in earnest, perhaps badly"),
    "price_apart": Meaning(NOTHING, 0, 0.0, "the right thing, at another price"),
    "terms_apart": Meaning(NOTHING, 0, 0.0, "the right thing, on other terms"),
    "no_capital": Meaning(NOTHING, 0, 0.0, "about the means of one side"),
    "ip_unclear": Meaning(NOTHING, 0, 0.0, "the subject is right; rights are not in the facts"),
    "barred_by_law": Meaning(NOTHING, 0, 0.0, "the subject is right; a rule forbids it"),
    "other_partner": Meaning(NOTHING, 0, 0.0, "another was better; this one was not wrong"),
    "unreachable": Meaning(NOTHING, 0, 0.0, "about one listing's upkeep"),
    "no_agreement": Meaning(NOTHING, 0, 0.0, "they met; that nothing came of it is no verdict"),
    "no_need": Meaning(NOTHING, 0, 0.0, "the need is gone, not the pair's sense"),
}  # fmt: skip


class Event(Protocol):
    """One line of a match's history, as far as it is read here."""

    step: str
    reason: str


@dataclass(frozen=True)
class Verdict:
    """What the history of a match says in the end; `event` is the line that decided it."""

    meaning: Meaning
    event: Event

    @property
    def relevant(self) -> bool:
        return self.meaning.says == RELEVANT


def meaning(step: str, reason: str = "") -> Meaning:
    """What one step says by itself."""
    if step in REFUSALS:
        return REASONS.get(reason, _SILENT)
    return STEPS.get(step, _SILENT)


def verdict_of(events: Iterable[Event]) -> Verdict | None:
    """The verdict a history amounts to, oldest line first; None when it says nothing.

    An undone decision is forgotten. What says nothing leaves the verdict as it was: a pair that
    was kept and then dropped as stale was still a right pair.
    """
    found: Verdict | None = None
    for event in events:
        said = meaning(event.step, event.reason)
        if event.step == "undo":
            found = None
        elif said.says == RELEVANT:
            if found is None or said.grade >= found.meaning.grade:
                found = Verdict(said, event)
        elif said.says == NOT_RELEVANT:
            reached = found.meaning.grade if found is not None else 0
            if reached < REFUSALS[event.step]:
                found = Verdict(said, event)
    return found


_SILENT = Meaning(NOTHING, 0, 0.0, "not a verdict on the pair")
