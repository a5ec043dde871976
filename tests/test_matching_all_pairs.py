import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from matching import all_pairs
from matching.all_pairs import nearest_to_each


def by_sorting(asking, answering, count):
    """The same by sorting everything: of equal products the first row wins."""
    products = asking @ answering.T
    order = np.argsort(-products, axis=1, kind="stable")[:, :count]
    return np.take_along_axis(products, order, 1), order


def unit(rows, seed=0):
    drawn = np.random.default_rng(seed).standard_normal((rows, 16)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


@pytest.mark.parametrize("answers", [1, 9, 63, 64, 500, 4096, 4100, 9001])
@pytest.mark.parametrize("count", [1, 10, 40])
def test_it_finds_what_sorting_everything_finds(answers, count):
    asking, answering = unit(300), unit(answers, seed=1)
    products, rows = nearest_to_each(asking, answering, count)
    expected, order = by_sorting(asking, answering, count)
    found = min(count, answers)
    assert products[:, :found] == pytest.approx(expected, abs=1e-6)
    assert (rows[:, :found] == order).mean() > 0.999  # but for rounding between two block sizes
    assert (rows[:, found:] == -1).all()
    assert np.isneginf(products[:, found:]).all()


def test_pieces_are_numbered_through():
    asking, answering = unit(40), unit(5000, seed=1)
    pieces = [answering[:700], answering[700:701], answering[701:701], answering[701:]]
    products, rows = nearest_to_each(asking, pieces, 10)
    expected, order = by_sorting(asking, answering, 10)
    assert products == pytest.approx(expected, abs=1e-6)
    assert np.array_equal(rows, order)


# Few distinct whole numbers: ties everywhere, and products without rounding.
NUMBERS = st.integers(-2, 2).map(float)


@settings(max_examples=60, deadline=None)
@given(
    arrays.arrays(np.float32, st.tuples(st.integers(1, 20), st.just(3)), elements=NUMBERS),
    arrays.arrays(np.float32, st.tuples(st.integers(1, 400), st.just(3)), elements=NUMBERS),
    st.integers(1, 12),
)
def test_products_are_right_whatever_the_ties(asking, answering, count):
    products, rows = nearest_to_each(asking, answering, count)
    expected, _ = by_sorting(asking, answering, count)
    found = expected.shape[1]
    assert np.array_equal(products[:, :found], expected)
    for line, given_rows in enumerate(rows[:, :found]):
        assert len(set(given_rows.tolist())) == found
        assert np.array_equal(answering[given_rows] @ asking[line], products[line, :found])


def test_nearly_nothing_is_looked_at_twice(monkeypatch):
    """The point of the bound: of a block, little more than `count` scores a row are sorted."""
    sorted_over = []
    merge = all_pairs.Best._merge

    def counting(self, asked, columns, products):
        sorted_over.append(len(asked))
        merge(self, asked, columns, products)

    monkeypatch.setattr(all_pairs.Best, "_merge", counting)
    nearest_to_each(unit(256), unit(8 * 4096, seed=1), 10)
    assert sum(sorted_over) < 256 * 10 * 8
    assert sorted_over[-1] < sorted_over[0]


def test_no_answers_and_nobody_asking():
    products, rows = nearest_to_each(unit(2), np.zeros((0, 16), np.float32), 3)
    assert np.isneginf(products).all()
    assert (rows == -1).all()
    assert nearest_to_each(np.zeros((0, 16), np.float32), unit(5), 3)[0].shape == (0, 3)


def test_progress_tells_how_many_are_done():
    told = []
    nearest_to_each(unit(2100), unit(50), 3, progress=lambda *at: told.append(at))
    assert told == [(1024, 2100), (2048, 2100), (2100, 2100)]
