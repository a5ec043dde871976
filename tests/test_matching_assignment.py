"""Proposals of a period: within every limit, never worse than best-first, newcomers seen."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.assignment import Limits, Pair, assign, greedy, reciprocal, tradeoff

MENTORS = ("m1", "m2", "m3", "m4")
STARTUPS = ("s1", "s2", "s3", "s4", "s5", "s6")
scores = st.integers(1, 100).map(lambda each: each / 100)
pairs = st.dictionaries(
    st.tuples(st.sampled_from(STARTUPS), st.sampled_from(MENTORS)), scores, max_size=24
).map(lambda found: [Pair(a, b, score) for (a, b), score in found.items()])
limits = st.builds(
    Limits,
    places=st.dictionaries(st.sampled_from(MENTORS), st.integers(0, 4)),
    limit=st.none() | st.integers(1, 4),
    each=st.integers(1, 3),
    earlier=st.dictionaries(st.sampled_from(STARTUPS), st.integers(0, 2), max_size=2),
    newcomers=st.sets(st.sampled_from(MENTORS), max_size=3),
)
few = settings(max_examples=60, deadline=None)


@few
@given(pairs, limits)
def test_every_limit_is_kept(pairs, limits):
    found = assign(pairs, limits)
    of_b = Counter(pair.b for pair in found.chosen)
    assert of_b == found.loads
    for b, load in of_b.items():
        assert load <= limits.places[b]
        assert limits.limit is None or load <= limits.limit
    for a, count in Counter(pair.a for pair in found.chosen).items():
        assert count + limits.earlier.get(a, 0) <= limits.each
    assert len(set(found.chosen)) == len(found.chosen)
    assert set(found.chosen) <= set(pairs)
    assert found.total == pytest.approx(sum(pair.score for pair in found.chosen))


@few
@given(pairs, limits)
def test_never_worse_than_best_first_under_the_same_limits(pairs, limits):
    best, usual = assign(pairs, limits), greedy(pairs, limits)
    assert len(best.seen) >= len(usual.seen)
    if len(best.seen) == len(usual.seen):
        assert best.total >= usual.total - 1e-6
    free = replace(limits, newcomers=frozenset())
    assert assign(pairs, free).total >= greedy(pairs, free).total - 1e-6


@few
@given(pairs, limits, st.randoms(use_true_random=False))
def test_the_order_of_the_pairs_changes_nothing(pairs, limits, random):
    shuffled = list(pairs)
    random.shuffle(shuffled)
    assert assign(shuffled, limits) == assign(pairs, limits)


@few
@given(pairs, limits, st.sampled_from(MENTORS))
def test_a_newcomer_whom_somebody_suits_is_seen(pairs, limits, newcomer):
    """Alone among newcomers, with a place and an asking side that may still be asked."""
    limits = replace(limits, newcomers={newcomer})
    suited = any(
        pair.b == newcomer and limits.asks(pair.a) and limits.takes(newcomer) for pair in pairs
    )
    assert (newcomer in assign(pairs, limits).seen) == suited


@few
@given(pairs, limits)
def test_a_higher_limit_never_costs_and_brings_ever_less(pairs, limits):
    curve = tradeoff(pairs, limits)
    totals = [total for _limit, total in curve]
    gains = [after - before for before, after in pairwise(totals)]
    assert all(gain >= -1e-6 for gain in gains)
    assert all(later <= earlier + 1e-6 for earlier, later in pairwise(gains))
    unlimited = assign(pairs, replace(limits, limit=None)).total
    assert (totals[-1] if totals else 0) == pytest.approx(unlimited)
    assert [limit for limit, _total in curve] == list(range(1, len(curve) + 1))


def test_together_beats_best_first():
    """m1 suits both; only s1 has somebody else. Best first takes s1-m1 and leaves s2 alone."""
    found = [Pair("s1", "m1", 0.9), Pair("s1", "m2", 0.8), Pair("s2", "m1", 0.7)]
    one_place = Limits({"m1": 1, "m2": 1})
    assert greedy(found, one_place).total == pytest.approx(0.9)
    assert [(pair.a, pair.b) for pair in assign(found, one_place).chosen] == [
        ("s1", "m2"),
        ("s2", "m1"),
    ]


def test_nobody_is_proposed_twice_to_the_same_though_both_have_room():
    found = [Pair("s1", "m1", 0.9), Pair("s1", "m1", 0.8)]
    assert assign(found, Limits({"m1": 3}, each=3)).chosen == (Pair("s1", "m1", 0.9),)


def test_what_was_proposed_earlier_in_the_period_counts():
    found = [Pair("s1", "m1", 0.9), Pair("s2", "m1", 0.8)]
    assert assign(found, Limits({"m1": 5}, limit=2, earlier={"m1": 1})).loads == {"m1": 1}
    assert assign(found, Limits({"m1": 5}, limit=2, earlier={"m1": 7})).chosen == ()
    assert assign(found, Limits({"m1": 5}, earlier={"s1": 1})).chosen == (Pair("s2", "m1", 0.8),)


def test_a_newcomer_is_seen_at_the_price_of_a_better_pair():
    found = [Pair("s1", "known", 0.9), Pair("s1", "new", 0.4)]
    places = {"known": 3, "new": 3}
    assert assign(found, Limits(places)).chosen[0].b == "known"
    seen = assign(found, Limits(places, newcomers={"new"}))
    assert seen.chosen == (Pair("s1", "new", 0.4),)
    assert seen.seen == {"new"}


def test_nothing_to_assign():
    assert assign([], Limits({})).total == 0
    assert assign([Pair("s1", "m1", 0.0)], Limits({"m1": 1})).chosen == ()
    assert tradeoff([], Limits({})) == ()
    assert assign([Pair("s1", "full", 0.9)], Limits({"full": 0})).largest == 0


@pytest.mark.parametrize(
    ("forth", "back", "both"), [(0.9, 0.9, 0.9), (0.9, 0.1, 0.18), (0.0, 0.9, 0.0), (0, 0, 0)]
)
def test_a_reciprocal_score_is_high_only_when_both_directions_are(forth, back, both):
    assert reciprocal(forth, back) == pytest.approx(both)
    assert reciprocal(back, forth) == pytest.approx(both)


def test_higher_limits_are_tried_by_quarters():
    found = [Pair(f"s{number}", "popular", 0.5) for number in range(40)]
    curve = tradeoff(found, Limits({"popular": 40}))
    tried = [limit for limit, _total in curve]
    assert tried[:8] == list(range(1, 9))
    assert len(tried) <= 16
    assert curve[-1][1] == pytest.approx(20)
