"""Rows of vectors, exact and through inverted lists; and the postings of words, in layers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.mixture import DIMENSIONS, Mixture
from matching import postings, vectors
from matching.ann import InvertedLists
from matching.postings import Postings
from matching.vectors import Rows, Vectors

SIZE = 6_000


@pytest.fixture(scope="module")
def mixture():
    drawn = Mixture(SIZE)
    return np.concatenate(list(drawn.blocks())), drawn.queries(50)


@pytest.fixture
def large(monkeypatch, mixture):
    """Vectors that count as many, with lists of all but the last 500."""
    monkeypatch.setattr(vectors, "EXACT", 300)
    whole, _ = mixture
    held = Vectors(DIMENSIONS, [whole[:-500]])
    held.learn()
    held.append(whole[-500:])
    return held


def recall(held, whole, queries, allowed=None):
    """Of the true ten nearest of each query, how many are found."""
    rows = None
    if allowed is not None:
        numbers = np.flatnonzero(allowed)
        rows = Rows(numbers, numbers + 1)
    _, found = held.nearest(queries, 10, rows)
    hits = 0
    for query, line in zip(queries, found, strict=True):
        products = whole @ query
        if allowed is not None:
            products[~allowed] = -np.inf
            assert allowed[line[line >= 0]].all()
        hits += len(set(np.argsort(-products)[:10].tolist()) & set(line.tolist()))
    return hits / (10 * len(queries))


# --- Rows -------------------------------------------------------------------------------------
@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.booleans(), min_size=1, max_size=400),
    st.lists(st.integers(0, 400), max_size=4),
    st.integers(1, 200),
)
def test_any_rows_of_any_blocks_are_the_rows_asked_for(mask, cuts, slice_length):
    mask = np.array(mask)
    whole = np.random.default_rng(0).standard_normal((len(mask), 4)).astype(np.float32)
    cuts = sorted(min(cut, len(mask)) for cut in cuts)
    held = Vectors(4, np.split(whole, cuts)[:-1])
    held.append(np.split(whole, cuts)[-1])
    numbers = np.flatnonzero(mask)
    rows = Rows(numbers, numbers + 1)
    assert len(rows) == len(numbers)
    assert np.array_equal(rows.numbers, numbers)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(vectors, "SLICE", slice_length)
        assert np.array_equal(held.take(rows), whole[mask])
        assert held.products(rows, whole[:2]) == pytest.approx(whole[mask] @ whole[:2].T)
    assert np.array_equal(np.unpackbits(rows.bits(len(mask)), bitorder="little")[: len(mask)], mask)
    assert np.array_equal(held.gathered(numbers[::-1]), whole[mask][::-1])


def test_rows_that_touch_are_one_run():
    rows = Rows(np.array([2, 5, 9, 9]), np.array([5, 7, 9, 12]))
    assert (rows.starts.tolist(), rows.stops.tolist()) == ([2, 9], [7, 12])
    assert rows.within(6, 10).numbers.tolist() == [6, 9]


def test_few_rows_are_searched_exactly_best_first(mixture):
    whole, queries = mixture
    held = Vectors(DIMENSIONS, [whole[:1000]])
    held.append(whole[1000:])
    assert recall(held, whole, queries) == 1
    products, rows = held.nearest(queries[:1], 10)
    assert (np.diff(products[0]) <= 0).all()
    assert products[0] == pytest.approx(whole[rows[0]] @ queries[0], abs=1e-5)


def test_where_there_are_fewer_than_wanted_the_rest_is_empty():
    products, rows = Vectors(4, [np.eye(4, dtype=np.float32)]).nearest(np.eye(4)[:1], 6)
    assert rows[0].tolist()[:1] == [0]
    assert rows[0].tolist()[4:] == [-1, -1]
    assert np.isneginf(products[0, 4:]).all()


# --- Inverted lists -----------------------------------------------------------------------------
def test_many_rows_are_found_through_the_lists(large, mixture, monkeypatch):
    monkeypatch.setattr("matching.ann.PROBED", 40)  # of some 140 lists
    whole, queries = mixture
    assert recall(large, whole, queries) > 0.95


@pytest.mark.parametrize("share", [0.5, 0.1, 0.02])
def test_a_filter_holds_inside_the_lists(large, mixture, share):
    whole, queries = mixture
    allowed = np.random.default_rng(1).random(len(whole)) < share
    assert recall(large, whole, queries, allowed) > 0.95


def test_rows_the_lists_do_not_know_yet_are_found(large, mixture):
    whole, _ = mixture
    _, rows = large.nearest(whole[-500::50], 1)
    assert rows[:, 0].tolist() == list(range(SIZE - 500, SIZE, 50))


def test_very_many_queries_are_answered_exactly(large, mixture):
    whole, queries = mixture
    numbers = np.flatnonzero(np.arange(SIZE) % 3 == 0)
    products, rows = large.nearest_to_each(queries, 10, Rows(numbers, numbers + 1))
    expected = np.sort(queries @ whole[numbers].T, axis=1)[:, :-11:-1]
    assert products == pytest.approx(expected, abs=1e-5)
    assert (rows % 3 == 0).all()


def test_renumbered_lists_find_what_is_left_under_its_new_number(mixture, tmp_path):
    whole, queries = mixture
    lists = InvertedLists.learn(whole)
    kept = np.random.default_rng(2).permutation(SIZE)[:4000]
    numbers = np.full(SIZE, -1)
    numbers[kept] = np.arange(len(kept))
    some = lists.renumbered(numbers)
    some.add(whole[:10])
    assert (len(lists), len(some)) == (SIZE, 4010)
    left = np.concatenate([whole[kept], whole[:10]])
    for row in (3, 700, 4009):
        (near,) = some.nearest(left[[row]], 5)
        assert (left[near] @ left[row]).max() == pytest.approx(1, abs=1e-5)
    some.save(tmp_path / "lists")
    loaded = InvertedLists.load(tmp_path / "lists", some.taught_by)
    for one, other in zip(loaded.nearest(queries, 20), some.nearest(queries, 20), strict=True):
        assert np.array_equal(one, other)
    assert len(loaded.renumbered(np.arange(4010))) == 4010


@pytest.mark.parametrize("content", [b"", b"nonsense", None])
def test_a_file_that_holds_no_lists_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "lists").write_bytes(content)
    with pytest.raises(ValueError, match="lists"):
        InvertedLists.load(tmp_path / "lists", 1)


def test_lists_of_another_sort_are_refused(tmp_path, mixture):
    import faiss

    flat = faiss.IndexFlatIP(4)
    faiss.write_index(flat, str(tmp_path / "lists"))
    with pytest.raises(ValueError, match="something else"):
        InvertedLists.load(tmp_path / "lists", 1)


# --- Postings ------------------------------------------------------------------------------------
TEXTS = st.lists(st.dictionaries(st.integers(1, 30), st.integers(1, 9), max_size=8), max_size=60)


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.integers(1, 20), st.sets(st.integers(0, 59)), st.booleans())
def test_any_layers_hold_what_was_put_in(texts, recent, gone, compacted):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(postings, "RECENT", recent)
        held = Postings()
        for slot, terms in enumerate(texts):
            held.add(slot, terms)
    gone = {slot for slot in gone if slot < len(texts)}
    for slot in gone:
        held.lose(texts[slot])
    living = [slot for slot in range(len(texts)) if slot not in gone]
    renumbered = {slot: slot for slot in range(len(texts))}
    if compacted:
        numbers = np.full(len(texts), -1)
        numbers[living] = np.arange(len(living))
        held.compact(numbers)
        renumbered = {slot: int(numbers[slot]) for slot in living}
        assert len(held.layers) == 1
    for term in range(32):
        slots, counts, frequency = held.of(term)
        expected = {
            renumbered[slot]: terms[term]
            for slot, terms in enumerate(texts)
            if term in terms and slot in renumbered
        }
        assert dict(zip(slots.tolist(), counts.tolist(), strict=True)) == expected
        assert slots.tolist() == sorted(slots.tolist())
        assert frequency == sum(term in texts[slot] for slot in living)


def test_layers_stay_few_however_often_they_are_settled():
    held = Postings()
    for slot in range(500):
        held.add(slot, dict.fromkeys(range(slot % 7 + 1), 1))
        held.settle()
    assert len(held.layers) < 10
    assert len(held.of(0)[0]) == 500
