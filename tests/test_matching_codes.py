"""Vectors in bytes: what they name holds the truly nearest, wherever the rows lie."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from benchmarks.mixture import DIMENSIONS, Mixture
from matching import vectors
from matching.codes import Codes
from matching.vectors import Rows, Vectors

SIZE = 6_000


@pytest.fixture(scope="module")
def mixture():
    drawn = Mixture(SIZE)
    return np.concatenate(list(drawn.blocks())), drawn.queries(50)


@pytest.fixture(scope="module")
def codes(mixture):
    return Codes.of(mixture[0])


def nearest(whole, query, count):
    return set(np.argsort(-(whole @ query))[:count].tolist())


def test_a_byte_is_a_value_rounded(mixture, codes):
    whole, _ = mixture
    values = (codes.held.astype(float) - 128) * codes.reach / 127
    assert np.abs(values - whole).max() <= codes.reach / 127 / 2 * 1.001


def test_the_nearest_are_among_few_more(mixture, codes):
    whole, queries = mixture
    for query in queries:
        found = codes.nearest(query, 40, [codes.held])
        assert len(set(found.tolist())) == 40
        assert nearest(whole, query, 10) <= set(found.tolist())


def test_places_are_counted_through_the_pieces(mixture, codes):
    _, queries = mixture
    pieces = np.split(codes.held, [100, 100, 2500])
    for query in queries[:10]:
        at_once = set(codes.nearest(query, 40, [codes.held]).tolist())
        assert set(codes.nearest(query, 40, pieces).tolist()) == at_once


def test_where_there_are_fewer_than_asked_for_all_are_named(mixture, codes):
    _, queries = mixture
    found = codes.nearest(queries[0], 40, [codes.held[:3], codes.held[3:7]])
    assert sorted(found.tolist()) == list(range(7))
    assert len(codes.nearest(queries[0], 40, [])) == 0


def test_threads_do_not_mix_up_their_queries(mixture, codes):
    _, queries = mixture
    alone = [set(codes.nearest(query, 20, [codes.held]).tolist()) for query in queries]
    with ThreadPoolExecutor(4) as pool:
        asked = [*queries] * 8
        found = pool.map(lambda query: codes.nearest(query, 20, [codes.held]), asked)
        assert [set(each.tolist()) for each in found] == alone * 8


def test_a_value_beyond_reach_counts_as_the_largest():
    held = np.zeros((2, 16), np.float32)
    held[0, 0] = held[1, 1] = 0.1
    query = np.zeros(16, np.float32)
    query[1] = 1.0
    codes = Codes.of(held)
    assert codes.nearest(query, 1, [codes.held]).tolist() == [1]
    assert codes.nearest(-query, 1, [codes.held]).tolist() == [0]


def test_codes_read_from_a_file_do_the_same(mixture, codes, tmp_path):
    _, queries = mixture
    np.save(tmp_path / "codes.npy", codes.held)
    mapped = Codes(np.load(tmp_path / "codes.npy", mmap_mode="r").view(np.ndarray), codes.reach)
    ours = codes.nearest(queries[0], 40, [codes.held])
    assert mapped.nearest(queries[0], 40, [mapped.held]).tolist() == ours.tolist()


@pytest.mark.parametrize(
    "damaged",
    [np.zeros((2, 4), np.int8), np.zeros(4, np.uint8)],
)
def test_what_are_no_codes_is_refused(damaged):
    with pytest.raises(ValueError, match="codes"):
        Codes(damaged, 1.0)
    with pytest.raises(ValueError, match="codes"):
        Codes(np.zeros((2, 4), np.uint8), 0.0)


@pytest.mark.parametrize("lie", ["side by side", "in two runs", "scattered", "with late ones"])
def test_a_filtered_search_misses_nothing(mixture, monkeypatch, lie):
    monkeypatch.setattr(vectors, "EXACT", 3_000)
    monkeypatch.setattr(vectors, "FEW", 50)
    whole, queries = mixture
    held = Vectors(DIMENSIONS, [whole[:-500]])
    held.learn()
    held.append(whole[-500:])
    numbers = {
        "side by side": np.arange(1000, 2500),
        "in two runs": np.append(np.arange(1000), np.arange(3000, 3900)),
        "scattered": np.flatnonzero(np.random.default_rng(2).random(SIZE - 500) < 0.1),
        "with late ones": np.arange(SIZE - 1200, SIZE),
    }[lie]
    _, found = held.nearest(queries, 10, Rows(numbers, numbers + 1))
    for query, line in zip(queries, found, strict=True):
        best = numbers[np.argsort(-(whole[numbers] @ query))[:10]]
        assert line.tolist() == best.tolist()
