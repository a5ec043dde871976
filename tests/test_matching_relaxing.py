"""What would match if: the figure to reach, nearest first, and what each step brings."""

import pytest

from matching.constraints import check
from matching.pairs import PAIR_TYPES
from matching.ranker import Relaxed
from matching.records import Suggestion
from matching.relaxing import REACHES, can_give_way, relaxations


def near_miss(rule, a, b, key="b", level="good"):
    """A pair that fails `rule` alone, as the matcher would tell it."""
    suggestion = Suggestion(
        a="a", b=key, pair_type="need-offer", score=0.3, level="weak", passages=(),
        shared_terms=(), constraints=check(a, b, {rule: True}), score_ab=0.5, score_ba=0.5,
        model="test",
    )  # fmt: skip
    assert suggestion.constraints[0].satisfied is False
    return Relaxed(rule, level, suggestion)


def told(relaxation):
    return [(step.needed, [each.suggestion.b for each in step.found]) for step in relaxation.steps]


def test_readiness_falls_step_by_step_and_each_step_keeps_the_ones_before():
    found = [
        near_miss("readiness", {"trl_min": 7}, {"trl": 5}, "late", "strong"),
        near_miss("readiness", {"trl_min": 7}, {"trl": 6}, "near"),
        near_miss("readiness", {"trl_min": 7}, {"trl": 6}, "near too"),
    ]
    (only,) = relaxations(found)
    assert (only.constraint, only.fact, only.now, only.up) == ("readiness", "trl_min", 7, False)
    assert told(only) == [(6, ["near", "near too"]), (5, ["late", "near", "near too"])]
    assert len(only.found) == 3


def test_a_budget_need_not_reach_the_price():
    """The least budget that satisfies the rule: a dong less would not."""
    price = 480_000_001
    (only,) = relaxations([near_miss("budget", {"budget_max": 300}, {"price_min": price})])
    needed = only.steps[0].needed
    assert only.up
    assert needed < price
    for budget, satisfied in ((needed, True), (needed - 1, False)):
        (rule,) = check({"budget_max": budget}, {"price_min": price}, {"budget": True})
        assert rule.satisfied is satisfied


def test_a_ticket_may_be_missed_on_either_side():
    found = [
        near_miss("ticket", {"ask_amount": 5}, {"ticket_min": 8}, "larger"),
        near_miss("ticket", {"ask_amount": 5}, {"ticket_max": 3}, "smaller"),
        near_miss("ticket", {"ask_amount": 5}, {"ticket_min": 1, "ticket_max": 2}, "least"),
    ]
    down, up = relaxations(found)
    assert (up.up, told(up)) == (True, [(8, ["larger"])])
    assert (down.up, told(down)) == (False, [(3, ["smaller"]), (2, ["smaller", "least"])])


@pytest.mark.parametrize(
    ("investor", "needed", "up"), [({"trl_from": 6}, 6, True), ({"trl_to": 3}, 3, False)]
)
def test_an_investor_s_readiness_lies_on_one_side(investor, needed, up):
    (only,) = relaxations([near_miss("investor_readiness", {"trl": 4}, investor)])
    assert (only.steps[0].needed, only.up) == (needed, up)


def test_of_stages_the_one_that_brings_most_comes_first_and_none_adds_up():
    found = [
        near_miss("stage", {"stage": "idea"}, {"stages": {"growth", "revenue"}}, "one"),
        near_miss("stage", {"stage": "idea"}, {"stages": {"revenue"}}, "two"),
    ]
    (only,) = relaxations(found)
    assert (only.up, only.now) == (None, "idea")
    assert told(only) == [("revenue", ["one", "two"]), ("growth", ["one"])]


def test_a_place_that_must_fall_free_is_not_the_asking_side_s_to_give():
    (only,) = relaxations([near_miss("capacity", {}, {"capacity": 0})])
    assert (only.fact, only.now, told(only)) == ("capacity", 0, [(1, ["b"])])


def test_every_hard_rule_is_either_given_way_in_or_never():
    """A ban by law and a conflict of interest are nobody's to relax."""
    hard = {name for pair in PAIR_TYPES.values() for name, hard in pair.constraints.items() if hard}
    assert hard - REACHES.keys() == {"legal", "conflict"}
    assert can_give_way("need-offer")
    assert not can_give_way("startup-offer")
    assert relaxations([near_miss("sectors", {"sectors": {"1"}}, {"sectors": {"2"}})]) == []
