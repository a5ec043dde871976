"""Every step of a deal, in every state, by everybody: what is written here happens, nothing else.

The expectation is a table of its own, not computed from permissions.RULES."""

from datetime import date

import pytest
from deal_parties import HOME, KNOWN, PDF, cast_of, terms

from marketplace.domain.errors import DomainError
from marketplace.domain.workflow import MATCH
from marketplace.models import Agreement, FollowUp, Milestone, Proof, utcnow
from marketplace.services import matches
from marketplace.services.deals import (
    agreements,
    duties,
    follow_ups,
    milestones,
    proofs,
    resting,
)

DAY = date(2026, 3, 1)
PEOPLE = (
    "guest", "member", "party a", "party b", "curator", "second curator", "typist", "interested",
    "lead", "leader", "auditor", "sysadmin",
)  # fmt: skip
TALKS = {"introduced", "in_contact", "negotiating"}
CLAIMED = {"agreement_claimed"}
HELD = {"agreement_verified", "followed_6m", "followed_12m", "closed"}
OPEN = TALKS | CLAIMED | HELD
A, B = {"party a"}, {"party b"}
PARTIES = A | B
# Side A has an account and so has side B: nobody writes for them. The typist typed neither record.
CURATORS = {"curator", "second curator", "typist", "lead"}

# step -> (who, in which states). Side A noted the milestone, claimed the agreement and handed in
# its document; the deal is paused and called into by side A where the step needs it.
MAY = {
    "note": (PARTIES, OPEN),
    "confirm": (B, OPEN),
    "deny": (B, OPEN),
    "remove": (A, OPEN),
    "pause": (PARTIES, TALKS),
    "resume": (PARTIES, OPEN),
    "call_in": (PARTIES, OPEN),
    "send_off": (A, OPEN),
    "claim": (PARTIES, TALKS),
    "correct": (A, CLAIMED),
    "withdraw": (A, CLAIMED),
    "confirm_agreement": (B, CLAIMED),
    "dispute": (B | CURATORS, CLAIMED),
    "attach": (PARTIES, CLAIMED),
    "verify": (CURATORS, CLAIMED),
    "check_duty": (PARTIES, OPEN),
    "follow_up": (PARTIES, HELD),
}


def act(name, session, cast, actor, folder):
    match, now = cast.match, utcnow()
    common = {"actor": actor, "now": now}
    told = {"home": HOME, "known": KNOWN}
    row = match.deal.milestones[0] if match.deal and match.deal.milestones else None
    deeds = {
        "note": lambda: milestones.note(session, match, "visit", DAY, **common),
        "confirm": lambda: milestones.confirm(session, row, **common),
        "deny": lambda: milestones.deny(session, row, **common),
        "remove": lambda: milestones.remove(session, row, **common),
        "pause": lambda: resting.pause(session, match, "busy", **common),
        "resume": lambda: resting.resume(session, match, **common),
        "call_in": lambda: resting.call_in(session, match, **common),
        "send_off": lambda: resting.send_off(session, match, **common),
        "claim": lambda: agreements.claim(session, match, terms(), **told, **common),
        "correct": lambda: agreements.correct(session, match, terms(value=1), **told, **common),
        "withdraw": lambda: agreements.withdraw(session, match, **common),
        "confirm_agreement": lambda: agreements.confirm(session, match, 1, **common),
        "dispute": lambda: agreements.dispute(session, match, "wrong_date", **common),
        "attach": lambda: proofs.add(session, match, PDF, folder=folder, **common),
        "verify": lambda: agreements.verify(session, match, 1, **common),
        "check_duty": lambda: duties.answer(session, match, {"transfer": "no"}, **common),
        "follow_up": lambda: follow_ups.answer(
            session, match, 12, follow_ups.Effect(1, None, "tot"), **common
        ),
    }
    assert deeds.keys() == MAY.keys()
    deeds[name]()


def prepared(make, state):
    """A deal in the state, with everything in it that its steps are about."""
    if state not in OPEN | {"failed"}:
        return cast_of(make, state)
    cast = cast_of(make, "introduced")
    a, b = cast.users["party a"], cast.users["party b"]
    match, now = cast.match, utcnow()
    match.deal.milestones.append(
        Milestone(kind="meeting", on=DAY, noted_side="a", noted_by_id=a.id, noted_at=now)
    )
    if state in CLAIMED | HELD:
        held = state in HELD
        match.deal.agreement = Agreement(
            form="licence", signed_on=date(2025, 1, 2), province_a=HOME, province_b=HOME,
            said={"value": 5, "number": "", "note": ""}, claimed_side="a", claimed_by_id=a.id,
            claimed_at=now, confirmed_a_at=now, confirmed_a_by_id=a.id,
            confirmed_b_at=now if held else None, confirmed_b_by_id=b.id if held else None,
            verified_at=now if held else None, verified_how="both" if held else "",
        )  # fmt: skip
        match.deal.agreement.proofs.append(
            Proof(key=f"{match.id:032x}", version=1, side="a", said={"name": "x.pdf"},
                  media_type="application/pdf", size=1, sha256="0", uploaded_at=now,
                  uploaded_by_id=a.id)
        )  # fmt: skip
        if held:
            match.deal.agreement.follow_ups.append(FollowUp(month=12, due_on=date(2026, 1, 2)))
    match.state = state
    make.save(match)
    return cast


def arranged(session, cast, name):
    """What the step itself needs, beside its state."""
    deal = cast.match.deal
    if deal is not None and name == "resume":
        deal.paused_at, deal.paused_side, deal.pause_reason = utcnow(), "a", "busy"
    if deal is not None and name == "send_off":
        deal.called_at, deal.called_side = utcnow(), "a"


@pytest.mark.parametrize("state", MATCH.states)
def test_only_what_the_table_says_happens(make, session, tmp_path, state):
    cast = prepared(make, state)
    actors = {name: cast.actor(name) for name in PEOPLE}
    wrong = []
    for name, (who, states) in MAY.items():
        for person, actor in actors.items():
            expected = person in who and state in states
            with session.no_autoflush:
                arranged(session, cast, name)
                try:
                    act(name, session, cast, actor, tmp_path)
                    session.flush()
                    happened = True
                except (DomainError, AttributeError) as error:
                    happened = False
                    # A page never gets here without a deal; there is nothing to act on.
                    if isinstance(error, AttributeError):
                        assert cast.match.deal is None or not cast.match.deal.milestones
            session.rollback()
            assert cast.match.state == state
            if happened != expected:
                wrong.append((name, person, "happened" if happened else "refused"))
    assert wrong == []


@pytest.mark.parametrize("state", sorted(TALKS | CLAIMED))
def test_ending_is_open_until_it_is_verified(make, session, state):
    cast = prepared(make, state)
    for who in ("party a", "curator"):
        step, reason = ("report_failed", "no_capital") if who == "party a" else ("fail", "price")
        matches.advance(
            session, cast.match, step, actor=cast.actor(who), now=utcnow(), reason=reason
        )
        assert cast.match.state == "failed"
        session.rollback()


@pytest.mark.parametrize("state", sorted(HELD))
def test_a_verified_deal_does_not_fail(make, session, state):
    cast = prepared(make, state)
    for step, reason in (("report_failed", "no_capital"), ("fail", "price")):
        with pytest.raises(DomainError):
            matches.advance(
                session, cast.match, step, actor=cast.actor("party a"), now=utcnow(), reason=reason
            )
