"""The state tables: no step is skipped, no way is blind, and the database knows the same states."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from marketplace.domain.errors import NotFound, WrongState
from marketplace.domain.machine import Machine, Step
from marketplace.domain.workflow import (
    ACCESS,
    LISTING,
    LISTING_EDITABLE,
    LISTING_WAS_PUBLIC,
    MATCH,
    MATCH_ANSWERED,
    MATCH_ASKED,
    MATCH_FOLLOWED,
    MATCH_OPEN,
    MATCH_RELEASED,
    MATCH_TALKING,
    MATCH_TO_TRIAGE,
    MATCH_VERIFIED,
    MENTORING,
    REVISION,
)
from marketplace.models import Listing, Match

MACHINES = {
    "listing": (LISTING, "draft"),
    "revision": (REVISION, "none"),
    "match": (MATCH, "suggested"),
    "access": (ACCESS, "requested"),
    "mentoring": (MENTORING, "requested"),
}
EACH = pytest.mark.parametrize(("machine", "start"), MACHINES.values(), ids=MACHINES)


def reached(machine, start, without=()):
    """Every state the steps lead to from `start`, leaving some steps out."""
    found, open_ = {start}, [start]
    while open_:
        for step in machine.open(open_.pop()):
            if step.name not in without and step.to not in found:
                found.add(step.to)
                open_.append(step.to)
    return found


@EACH
def test_every_state_can_be_reached(machine, start):
    assert reached(machine, start) == set(machine.states)


@EACH
def test_every_step_is_open_exactly_from_its_states(machine, start):
    for name, step in machine.steps.items():
        for state in machine.states:
            if state in step.from_:
                assert machine.next(state, name) == step.to
                assert step in machine.open(state)
            else:
                with pytest.raises(WrongState):
                    machine.next(state, name)
                assert step not in machine.open(state)


@EACH
def test_a_name_from_an_address_that_is_no_step_is_not_found(machine, start):
    with pytest.raises(NotFound):
        machine.next(start, "__class__")


@EACH
def test_every_state_and_every_step_has_words(machine, start):
    assert all(machine.states.values())
    assert all(step.title and step.done for step in machine.steps.values())


@EACH
def test_a_step_done_twice_is_refused_or_leads_to_where_one_is(machine, start):
    """A double click never moves a record two steps on."""
    for step in machine.steps.values():
        for state in step.from_:
            after = machine.next(state, step.name)
            if after in step.from_:
                assert machine.next(after, step.name) == after


def test_a_table_with_an_unknown_state_is_refused():
    with pytest.raises(ValueError, match="unknown states"):
        Machine("m", {"a": "A"}, Step("go", frozenset({"a"}), "b"))


def test_a_draft_cannot_be_published_unreviewed():
    for state in ("draft", "returned", "rejected", "withdrawn"):
        with pytest.raises(WrongState):
            LISTING.next(state, "publish")


def test_nothing_is_published_before_somebody_looked_or_the_client_confirmed():
    assert "published" not in reached(LISTING, "draft", without={"publish", "confirm"})


def test_contacts_are_released_only_after_both_sides_said_yes():
    for answer in ("accept_second", "introduce"):
        assert not reached(MATCH, "suggested", without={answer}) & MATCH_RELEASED
    # The first side says yes by accepting or by having expressed interest.
    assert not reached(MATCH, "suggested", without={"accept_first", "express"}) & MATCH_RELEASED


def test_nobody_is_asked_before_a_curator_decides_so():
    without = {"propose_first", "propose_second"}
    assert not reached(MATCH, "suggested", without=without) & MATCH_ASKED


def test_no_agreement_holds_that_was_not_claimed_and_then_verified():
    for step in ("claim_agreement", "verify_deal"):
        assert not reached(MATCH, "suggested", without={step}) & MATCH_VERIFIED


def test_a_verified_agreement_neither_fails_nor_is_talked_about_anew():
    for state in MATCH_VERIFIED:
        assert reached(MATCH, state) <= MATCH_VERIFIED


def test_a_declined_match_is_not_proposed_again():
    assert reached(MATCH, "declined") == {"declined"}


def test_a_revision_leaves_the_listing_itself_alone():
    assert not set(REVISION.steps) & set(LISTING.steps)


def test_groups_of_states_hold_states():
    assert set(LISTING.states) >= LISTING_EDITABLE | LISTING_WAS_PUBLIC
    for group in (
        MATCH_TO_TRIAGE, MATCH_RELEASED, MATCH_ASKED, MATCH_ANSWERED, MATCH_OPEN, MATCH_TALKING,
        MATCH_VERIFIED, MATCH_FOLLOWED,
    ):  # fmt: skip
        assert group <= set(MATCH.states)


@given(st.lists(st.sampled_from(sorted(MATCH.steps)), max_size=30))
def test_whatever_is_tried_a_match_is_introduced_only_by_the_straight_way(tries):
    state, taken = "suggested", []
    for name in tries:
        try:
            state = MATCH.next(state, name)
        except WrongState:
            continue
        taken.append(name)
    if state in MATCH_RELEASED:
        assert "introduce" in taken
        assert "accept_second" in taken
        assert {"accept_first", "express"} & set(taken)


@given(st.lists(st.sampled_from(sorted(LISTING.steps)), max_size=30))
def test_whatever_is_tried_a_published_listing_was_looked_at(tries):
    state, taken = "draft", []
    for name in tries:
        try:
            state = LISTING.next(state, name)
        except WrongState:
            continue
        taken.append(name)
    if state in LISTING_WAS_PUBLIC:
        assert {"publish", "confirm"} & set(taken)


def test_the_database_takes_no_state_outside_the_table(make, session):
    listing, match = make.listing(), make.match(make.listing("need"), make.listing("offer"))
    for row, column in ((listing, "state"), (listing, "revision"), (match, "state")):
        setattr(row, column, "sold")
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()
    assert session.get(Listing, listing.id).state == "published"
    assert session.get(Match, match.id).state == "suggested"
