from datetime import date

import pytest

from matching import constraints
from matching.constraints import FACTS, RULES, agreement, check, failed_hard
from matching.pairs import PAIR_TYPES, pair_types_of


def one(rule, a, b, hard=True):
    return RULES[rule].apply(a, b, hard)


@pytest.mark.parametrize(
    ("rule", "a", "b", "satisfied"),
    [
        ("readiness", {"trl_min": 7}, {"trl": 7}, True),
        ("readiness", {"trl_min": 7}, {"trl": 6}, False),
        ("readiness", {"trl_min": 7}, {}, None),
        ("readiness", {}, {"trl": 9}, None),
        ("investor_readiness", {"trl": 5}, {"trl_from": 4, "trl_to": 7}, True),
        ("investor_readiness", {"trl": 3}, {"trl_from": 4}, False),
        ("investor_readiness", {"trl": 9}, {"trl_to": 7}, False),
        ("budget", {"budget_max": 400}, {"price_min": 310, "price_max": 900}, True),
        ("budget", {"budget_max": 400}, {"price_min": 480}, True),
        ("budget", {"budget_max": 400}, {"price_min": 481}, False),
        ("budget", {"budget_max": 400}, {}, None),
        ("ticket", {"ask_amount": 2}, {"ticket_min": 1, "ticket_max": 3}, True),
        ("ticket", {"ask_amount": 5}, {"ticket_min": 1, "ticket_max": 3}, False),
        ("ticket", {"ask_amount": 1}, {"ticket_min": 2}, False),
        ("ticket", {"ask_amount": 1}, {"ticket_max": 2}, True),
        ("geography", {"province": "33"}, {"geography": {"33", "01"}}, True),
        ("geography", {"province": "33"}, {"geography": {"79"}}, False),
        ("geography", {"province": "33"}, {"geography": {"VN"}}, True),
        ("geography", {"province": "33"}, {"geography": set()}, True),
        ("geography", {}, {"geography": {"79"}}, None),
        ("geography", {"province": "33"}, {}, None),
        ("stage", {"stage": "pilot"}, {"stages": {"pilot", "revenue"}}, True),
        ("stage", {"stage": "idea"}, {"stages": {"growth"}}, False),
        ("capacity", {}, {"capacity": 1}, True),
        ("capacity", {}, {"capacity": 0}, False),
        ("capacity", {}, {}, None),
        ("legal", {}, {"legal": "restricted"}, True),
        ("legal", {}, {"legal": "prohibited"}, False),
        ("legal", {"legal": "prohibited"}, {}, False),
        ("legal", {}, {}, None),
        (
            "conflict",
            {"names": {"Công ty TNHH Nhãn Link"}},
            {"conflicts": "Vợ ở Nhãn Link."},
            False,
        ),
        ("conflict", {"names": {"HTX nhãn lồng"}}, {"conflicts": "cổ đông HTX Nhãn Lồng"}, False),
        ("conflict", {"names": {"Nhãn Link"}}, {"conflicts": "Cổ đông Nhãn Linka"}, True),
        ("conflict", {"names": {"Công ty A"}}, {"conflicts": "Không góp vốn ở a, b hay c"}, True),
        ("conflict", {"names": {"Nhãn Link"}}, {}, None),
        ("conflict", {}, {"conflicts": "Cổ đông Nhãn Link"}, None),
        ("sectors", {"sectors": {"211"}}, {"sectors": {"211", "203"}}, True),
        ("sectors", {"sectors": {"211"}}, {"sectors": {"203"}}, False),
        ("cooperation", {"cooperation": {"pilot"}}, {"cooperation": ["pilot"]}, True),
        ("instruments", {"instruments": {"loan"}}, {"instruments": {"equity"}}, False),
        ("languages", {"languages": {"vi"}}, {"languages": {"vi", "en"}}, True),
        ("help", {"help_wanted": {"capital"}}, {"functions": {"fundraising"}}, True),
        ("help", {"help_wanted": {"space"}}, {"functions": {"finance"}}, False),
        ("help", {"help_wanted": {"testing"}}, {"help_wanted": {"testing"}}, True),
        ("distance", {"province": "33"}, {"province": "33"}, True),
        ("distance", {"province": "33"}, {}, None),
    ],
)
def test_each_rule_says_yes_no_or_not_known(rule, a, b, satisfied):
    result = one(rule, a, b)
    assert result.satisfied is satisfied
    assert (result.score is None) == (satisfied is None)
    if satisfied is not None:
        assert 0 <= result.score <= 1


def test_distance_is_measured_on_the_globe():
    pho_hien, thai_binh = (20.6634, 106.068), (20.4463, 106.3366)
    here, there = ({"lat": lat, "lon": lon} for lat, lon in (pho_hien, thai_binh))
    result = one("distance", here, there)
    assert result.values["km"] == pytest.approx(37, abs=2)
    assert one("distance", here, here).score == 1
    far = {"lat": 10.8, "lon": 106.7}
    assert one("distance", here, far).satisfied is False


def test_readiness_loses_a_third_a_level():
    scores = [one("readiness", {"trl_min": 7}, {"trl": trl}).score for trl in (8, 7, 6, 5, 4, 1)]
    assert scores == pytest.approx([1, 1, 2 / 3, 1 / 3, 0, 0])


def test_half_the_help_wanted_met_is_half_a_score():
    result = one("help", {"help_wanted": {"capital", "space"}}, {"functions": {"finance"}})
    assert result.score == 0.5
    assert result.values == {"met": ["capital"], "wanted": ["capital", "space"]}


@pytest.mark.parametrize("junk", ["", "khoảng 300 triệu", None, True, [], {}])
def test_a_fact_that_is_not_a_number_is_not_known(junk):
    assert one("budget", {"budget_max": junk}, {"price_min": 5}).satisfied is None


def test_a_result_names_every_fact_it_read_so_a_page_may_hide_it():
    for rule in RULES.values():
        assert set(rule.of_a) | set(rule.of_b) <= FACTS.keys()
    assert {"budget_max", "price_min"} <= set(one("budget", {}, {}).sources)

    class Watched(dict):
        read: set = set()

        def get(self, name, default=None):
            self.read.add(name)
            return super().get(name, default)

        def __contains__(self, name):
            self.read.add(name)
            return super().__contains__(name)

        def __getitem__(self, name):
            self.read.add(name)
            return super().__getitem__(name)

    full = dict.fromkeys(FACTS, 5) | {
        name: {"x"} for name in ("geography", "stages", "sectors", "cooperation", "instruments")
    }
    full |= {
        "names": {"Nhãn Link"},
        "functions": {"ip"},
        "help_wanted": {"ip"},
        "languages": {"vi"},
    }
    full["deadline"] = date(2027, 1, 1)
    for rule in RULES.values():
        Watched.read = set()
        rule.check(Watched(full), Watched(full))
        assert Watched.read <= set(rule.of_a) | set(rule.of_b), rule.name


def test_that_nothing_forbids_a_pair_is_no_reason_for_it():
    table = {"legal": True, "conflict": True}
    facts = {"names": {"Nhãn Link"}}, {"legal": "none", "conflicts": "Công ty khác hẳn"}
    assert [each.satisfied for each in check(*facts, table)] == [True, True]
    assert agreement(check(*facts, table)) == 0


def test_facts_add_up_around_nothing_known():
    table = {"readiness": True, "budget": True, "sectors": False}
    assert agreement(check({}, {}, table)) == 0
    good = check({"trl_min": 5, "sectors": {"1"}}, {"trl": 6, "sectors": {"1"}}, table)
    bad = check({"trl_min": 9, "sectors": {"1"}}, {"trl": 1, "sectors": {"2"}}, table)
    assert 0 < agreement(good) <= 0.5
    assert -0.5 <= agreement(bad) < 0
    assert failed_hard(good) == []
    assert failed_hard(bad) == ["readiness"]


def test_more_agreeing_facts_weigh_more_than_one():
    few = check({"trl_min": 5}, {"trl": 6}, {"readiness": True})
    many = check(
        {"trl_min": 5, "sectors": {"1"}, "cooperation": {"pilot"}},
        {"trl": 6, "sectors": {"1"}, "cooperation": {"pilot"}},
        {"readiness": True, "sectors": False, "cooperation": False},
    )
    assert agreement(many) > agreement(few)


def test_every_pair_type_uses_rules_that_exist_and_knows_its_sides():
    kinds = {"offer", "need", "idea", "startup", "mentor", "expert", "investor", "support"}
    assert len(PAIR_TYPES) == 9
    for pair in PAIR_TYPES.values():
        assert pair.constraints.keys() <= RULES.keys()
        assert {pair.a, pair.b} <= kinds
        assert pair.sides(pair.a) == ("a", pair.b)
        assert pair.sides(pair.b) == ("b", pair.a)
        with pytest.raises(ValueError, match="does not pair"):
            pair.sides("document")
    assert {pair.name for pair in pair_types_of("offer")} == {
        "need-offer",
        "startup-offer",
        "offer-investor",
    }


def test_codes_met_are_codes_of_help():
    meeting = set().union(*constraints.HELP_MEETS.values())
    assert "mentor" in constraints.HELP_MEETS
    assert meeting.isdisjoint({"", None})


@pytest.mark.parametrize(
    ("rule", "a", "sums"),
    [
        ("budget", {"budget_max": 300}, [{"price_min": price} for price in range(100, 900, 7)]),
        ("ticket", {"ask_amount": 50}, [{"ticket_min": each} for each in range(1, 200, 3)]),
        ("ticket", {"ask_amount": 50}, [{"ticket_max": each} for each in range(1, 200, 3)]),
    ],
)
def test_a_rule_over_money_never_tells_how_far_apart_the_sums_are(rule, a, sums):
    assert {one(rule, a, b).score for b in sums} == {0.0, 1.0}
