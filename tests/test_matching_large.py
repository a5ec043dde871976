"""A collection that counts as large: layers on disk, inverted lists, shortlists. The bounds above
which it does are lowered, so that some hundreds of records are many."""

import os
import subprocess
import sys
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.config import ROOT
from matching import ann, candidates, holdings, hybrid, stored, vectors
from matching import index as indexes
from matching.encoders import HashingEncoder
from matching.index import PassageIndex
from matching.passages import cut
from matching.ranker import Matcher
from matching.records import Record
from matching.storage import IndexRefused

ENCODER = HashingEncoder(64)
THINGS = ("máy sấy", "máy sàng", "kho lạnh", "lò hơi", "băng tải", "cảm biến", "nồi hấp", "khuôn")
GOODS = ("nhãn lồng", "hạt sen", "nghệ vàng", "gạo nếp", "mật ong", "đồng đúc", "sợi tái chế")
WAYS = ("bơm nhiệt", "vi sóng", "màng lọc", "enzym", "biến tần", "ozone", "khí sinh học")
MANY = 600


def record(number, kind=None, groups=("public",), key=None):
    """A listing about one of some hundred subjects, in words of its own."""
    draw = np.random.default_rng(number)
    thing, good, way = (str(draw.choice(words)) for words in (THINGS, GOODS, WAYS))
    return Record(
        key or f"r{number}",
        kind or ("offer", "need")[number % 2],
        {
            "title": f"{thing} {good} {way}".capitalize(),
            "problem": f"Cần {thing} cho {good}, mã {number}.",
            "solution": f"Dùng {way} để {thing} {good}, công suất {number % 9 + 1} tấn.",
        },
        groups=frozenset(groups),
    )


def put(index, *records):
    for each in records:
        index.upsert(each, ENCODER.encode_document([p.text for p in cut(each)]))
    return index


def empty():
    return PassageIndex(ENCODER.name, ENCODER.dimensions)


@pytest.fixture(scope="module", autouse=True)
def _small_bounds():
    """Everything above 150 rows is large; a search looks at few of it."""
    with pytest.MonkeyPatch.context() as patched:
        for module in (vectors, holdings, indexes):
            patched.setattr(module, "EXACT", 150)
        for module in (vectors, indexes):
            patched.setattr(module, "FEW", 40)
        for name, value in {"NEAR": 24, "WORDY": 16, "USUAL": 60}.items():
            patched.setattr(indexes, name, value)
        patched.setattr(ann, "PROBED", 12)
        patched.setattr(stored, "LOOSE_LEAST", 60)
        patched.setattr(stored, "LOOSE_MOST", 200)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory, _small_bounds):
    """600 records, a third of them for signed-in readers only."""
    groups = [("public",), ("public",), ("registered",)]
    folder = tmp_path_factory.mktemp("index")
    put(empty(), *(record(n, groups=groups[n % 3]) for n in range(MANY))).save(folder)
    return folder


@pytest.fixture
def large(folder):
    """As a reader finds them on disk."""
    return PassageIndex.load(folder)


def plainly(index, queries, **filters):
    """Keys by mean best cosine over all that pass, as a small index would order them."""
    found = index.candidates(**filters)
    order = np.argsort(-found.best(queries).mean(axis=1), kind="stable")
    return [index.keys[slot] for slot in found.slots[order]]


# --- Shortlists ----------------------------------------------------------------------------------
def test_rows_of_a_kind_lie_together_and_a_filter_is_few_slices(large):
    assert large.rows.lists is not None
    for kind in ("offer", "need"):
        assert len(large.candidates(kinds={kind}).spans.starts) == 1
    assert len(large.candidates(groups={"public"}).spans.starts) <= 2
    everything = large.candidates()
    assert len(everything) == MANY
    assert everything.vectors.shape == (3 * MANY, 64)


def test_a_search_looks_at_few_and_finds_what_looking_at_all_finds(large):
    hits = looked = 0
    for number in range(0, MANY, 12):
        queries = ENCODER.encode_query([record(number).parts["solution"]])
        found, usual = large.shortlist(queries, kinds={"offer"})
        assert usual is not None
        assert len(usual) == indexes.USUAL
        looked += len(found)
        ours = [each.key for each in large.nearest(queries, kinds={"offer"}, limit=5)]
        hits += len(set(ours) & set(plainly(large, queries, kinds={"offer"})[:5]))
    assert hits > 0.9 * 5 * 50
    assert looked < 50 * 60


@pytest.mark.parametrize("groups", [{"public"}, {"registered"}])
def test_what_a_reader_may_not_see_is_never_on_the_shortlist(large, groups):
    queries = ENCODER.encode_query(["Máy sấy nhãn lồng bơm nhiệt"])
    words = large.lexical.score("Máy sấy nhãn lồng bơm nhiệt").scores
    found, usual = large.shortlist(queries, words, groups=groups)
    assert usual is not None
    for some in (found, usual):
        assert len(some)
        for slot in some.slots:
            assert large.record_at(slot).groups == groups


def test_a_filter_that_leaves_few_is_answered_from_all_of_them(large):
    put(large, *(record(9000 + n, kind="expert") for n in range(5)))
    queries = ENCODER.encode_query(["Máy sấy"])
    found, usual = large.shortlist(queries, kinds={"expert"})
    assert usual is None
    assert sorted(large.keys[slot] for slot in found.slots) == [f"r{9000 + n}" for n in range(5)]


def test_a_refusal_of_nearly_all_makes_it_look_further(large):
    queries = ENCODER.encode_query([record(0).parts["title"]])
    wanted = plainly(large, queries)[-3:]
    found = large.nearest(queries, accept=lambda key: key in wanted)
    assert sorted(each.key for each in found) == sorted(wanted)


def test_what_was_added_or_removed_since_the_lists_were_made_counts(large):
    new = record(7, key="new")
    queries = ENCODER.encode_query([new.parts["problem"]])
    assert "new" not in [each.key for each in large.nearest(queries)]
    put(large, new)
    assert "new" in [each.key for each in large.nearest(queries, limit=3)]
    large.remove("r7")
    assert "r7" not in [each.key for each in large.nearest(queries, limit=100)]


def test_words_bring_what_vectors_do_not(large):
    title = large.record("r101").title
    queries = -large.vectors("r101")[:1]  # the very opposite of what it means
    without, _ = large.shortlist(queries)
    assert "r101" not in [large.keys[slot] for slot in without.slots]
    found, _ = large.shortlist(queries, large.lexical.score(f"{title} mã 101").scores)
    assert "r101" in [large.keys[slot] for slot in found.slots]


def test_where_nothing_may_join_the_vectors_of_others_are_not_looked_at(large, monkeypatch):
    text = record(0).parts["title"]
    queries, finder = ENCODER.encode_query([text]), Matcher(ENCODER, large)
    heard = {f"r{number}": float(number % 7) for number in range(0, 80, 2)} | {"unknown": 3.0}
    bounds = {"near_enough": 0.5, "follows": 0.25, "follows_across": 0.02, "groups": {"public"}}
    with monkeypatch.context() as patched:
        patched.delattr(vectors.Vectors, "named")
        ranked = hybrid.rank(finder, text, queries, heard, most=0, **bounds)
    assert sorted(each.key for each in ranked) == sorted(heard)
    assert all(each.heard for each in ranked)
    assert ranked != [hybrid.Ranked(key, True) for key in heard]
    beside = hybrid.rank(finder, text, queries, heard, most=5, **bounds)
    assert {each.key for each in beside} > set(heard)


def test_of_what_was_heard_only_what_passes_the_filters_is_compared(large):
    slots = large.slots([f"r{number}" for number in range(20)])
    found, usual = large.heard(slots, kinds={"offer"}, groups={"public"})
    expected = [
        slot
        for slot in slots.tolist()
        if (each := large.record_at(slot)).kind == "offer" and "public" in each.groups
    ]
    assert expected
    assert sorted(found.slots.tolist()) == sorted(expected)
    assert (np.diff(large.first[found.slots]) > 0).all()
    assert len(usual) == min(indexes.USUAL, len(large.candidates(kinds={"offer"})))
    assert large.slots(["r3", "nowhere"]).tolist() == [large.slot("r3"), -1]


def test_a_few_records_far_apart_are_compared_like_all_of_them(large):
    everything, queries = large.candidates(), ENCODER.encode_query(["Máy sấy", "kho lạnh"])
    few = everything.at(np.array([3, 150, 400]))
    assert candidates.SCATTERED * len(few) < len(large)
    np.testing.assert_allclose(
        few.best(queries), everything.best(queries)[[3, 150, 400]], atol=1e-6
    )
    assert few.rows.tolist() == few.spans.numbers.tolist()


def test_finding_in_a_large_collection_is_finding_in_a_small_one(large, monkeypatch):
    def keys(text):
        hits = Matcher(ENCODER, large).search(text, kinds={"offer"}, limit=5)
        assert all(0 <= hit.score <= 1 for hit in hits)
        return [hit.key for hit in hits]

    texts = [record(number).parts["solution"] for number in range(0, 200, 8)]
    shortlisted = [keys(text) for text in texts]
    monkeypatch.setattr(indexes, "EXACT", 10**6)
    monkeypatch.setattr(vectors, "EXACT", 10**6)
    assert large.shortlist(ENCODER.encode_query(["Máy"]))[1] is None
    whole = [keys(text) for text in texts]
    assert (
        np.mean([len(set(a) & set(b)) / 5 for a, b in zip(shortlisted, whole, strict=True)]) > 0.9
    )
    assert np.mean([a[0] == b[0] for a, b in zip(shortlisted, whole, strict=True)]) > 0.9


def test_many_matched_together_are_matched_as_one_by_one(large):
    matcher = Matcher(ENCODER, large)
    needs = [f"r{number}" for number in range(1, 40, 2)]

    def best(key):
        return [s.b for s in matcher.match(large.record(key), "need-offer", limit=5)]

    alone = [best(key) for key in needs]
    with matcher.together(needs, {"need-offer"}):
        assert len(matcher._together) == len(needs)
        together = [best(key) for key in needs]
    assert matcher._together == {}
    shared = [len(set(a) & set(b)) / 5 for a, b in zip(alone, together, strict=True)]
    assert np.mean(shared) > 0.9


def test_near_each_names_whom_blocked_products_find(large):
    near = large.near_each(["r1", "r3"], kinds={"offer"})
    assert set(near) == {"r1", "r3"}
    closest = plainly(large, large.vectors("r1")[:1], kinds={"offer"})[0]
    assert closest in [large.keys[slot] for slot in near["r1"]]
    assert {large.record_at(slot).kind for slot in near["r1"]} == {"offer"}
    assert large.near_each([], kinds={"offer"}) == {}


# --- Layers --------------------------------------------------------------------------------------
def new_bytes(folder):
    """What the current generation does not share with any other."""
    place = folder / PassageIndex.current(folder)
    return sum(f.stat().st_size for f in place.rglob("*") if f.is_file() and f.stat().st_nlink == 1)


def test_a_small_change_writes_little_and_the_rest_is_linked(large, tmp_path):
    large.save(tmp_path)
    whole = sum(f.stat().st_size for f in (tmp_path / large.generation).rglob("*") if f.is_file())
    put(large, record(5000))
    large.remove("r3")
    large.save(tmp_path)
    assert new_bytes(tmp_path) < whole / 10
    read = PassageIndex.load(tmp_path)
    assert "r5000" in read
    assert "r3" not in read
    assert len(read) == MANY


def test_where_files_cannot_be_linked_they_are_copied(large, tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError("no hard links here")

    monkeypatch.setattr(os, "link", refuse)
    put(large, record(5000)).save(tmp_path)
    assert "r5000" in PassageIndex.load(tmp_path)
    assert len(PassageIndex.load(tmp_path)) == MANY + 1


def test_an_index_whose_files_were_deleted_is_written_whole_from_the_map(large, tmp_path):
    large.save(tmp_path / "first")
    index = PassageIndex.load(tmp_path / "first")
    for file in (tmp_path / "first").rglob("*.*"):
        file.unlink()
    put(index, record(5000)).save(tmp_path / "second")
    read = PassageIndex.load(tmp_path / "second")
    assert len(read) == MANY + 1
    assert len(read.rows.lists) == len(index.rows.lists)


def test_a_reader_keeps_what_it_opened_while_newer_ones_are_written(large, tmp_path):
    large.save(tmp_path)
    large = PassageIndex.load(tmp_path)
    before = large.nearest(large.vectors("r1")[:1], limit=3)
    writer = PassageIndex.load(tmp_path)
    for number in range(6):
        writer.remove(f"r{number}")
        put(writer, record(5000 + number)).save(tmp_path)
    assert large.nearest(large.vectors("r1")[:1], limit=3) == before
    assert large.record("r2").key == "r2"
    assert PassageIndex.current(tmp_path) != large.generation


def test_layers_stay_few_and_are_grouped_again_in_time(tmp_path):
    index = put(empty(), *(record(n) for n in range(20)))
    grouped = 0
    for number in range(20, 180, 4):
        put(index, *(record(number + n) for n in range(4))).save(tmp_path)
        assert len(index._layers) <= 8
        grouped += len(index._layers) == 1
    assert 2 < grouped < 12
    read = PassageIndex.load(tmp_path)
    assert len(read) == 180
    assert read.rows.lists is not None
    assert len(read.rows.lists) <= len(read.rows)


def test_lists_are_learned_anew_when_the_rows_have_doubled_only(tmp_path):
    index = put(empty(), *(record(n) for n in range(100)))
    index.save(tmp_path)
    taught = index.rows.lists.taught_by
    put(index, *(record(n) for n in range(100, 180)))
    index.save(tmp_path)
    assert (index.rows.lists.taught_by, len(index.rows.lists)) == (taught, 540)
    put(index, *(record(n) for n in range(180, 400)))
    index.save(tmp_path)
    assert index.rows.lists.taught_by == 1200
    for number in range(380):
        index.remove(f"r{number}")
    assert index.rows.lists is None
    assert len(index) == 20


STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "add", "add", "remove", "save", "load"]), st.integers(0, 30)),
    max_size=60,
)


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_any_history_of_writing_saving_and_loading_equals_an_index_built_at_once(
    tmp_path_factory, steps
):
    folder, index, expected = tmp_path_factory.mktemp("index"), empty(), {}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(stored, "LOOSE_LEAST", 12)
        patched.setattr(stored, "LOOSE_MOST", 30)
        for step, number in steps:
            if step == "add":
                expected[f"k{number % 9}"] = record(number, key=f"k{number % 9}")
                put(index, expected[f"k{number % 9}"])
            elif step == "remove":
                there = expected.pop(f"k{number % 9}", None) is not None
                assert index.remove(f"k{number % 9}") == there
            else:
                index.save(folder)
                index = PassageIndex.load(folder) if step == "load" else index
    fresh = put(empty(), *expected.values())
    assert set(index) == set(fresh) == set(expected)
    for text in ("máy sấy nhãn lồng", "enzym", "công suất 3 tấn"):
        query = ENCODER.encode_query([text])
        ours = {each.key: each.score for each in index.nearest(query, limit=50)}
        theirs = {each.key: each.score for each in fresh.nearest(query, limit=50)}
        assert ours == pytest.approx(theirs, abs=1e-6)
        mine, other = index.lexical.score(text), fresh.lexical.score(text)
        assert [mine.scores[index.slot(key)] for key in expected] == pytest.approx(
            [other.scores[fresh.slot(key)] for key in expected], abs=1e-6
        )
    for key, each in expected.items():
        assert index.record(key).parts == each.parts
        assert index.passages(key) == cut(each)
        assert np.array_equal(index.vectors(key), fresh.vectors(key))
        first = index.first[index.slot(key)]
        assert index.passage_at(first) == cut(each)[0]


@pytest.mark.parametrize("name", ["lists.faiss", "codes.npy", "vectors.npy", "living.npy"])
@pytest.mark.parametrize("left", [None, 0, 0.5, 0.99])
def test_a_damaged_layer_of_a_large_index_is_refused_and_a_new_one_takes_its_place(
    large, tmp_path, name, left
):
    put(large, record(5000)).save(tmp_path)
    put(large, record(5001)).save(tmp_path)
    path = next((tmp_path / large.generation).rglob(name))
    content = path.read_bytes()
    path.unlink()  # other generations share the file
    if left is not None:
        path.write_bytes(content[: int(left * len(content))])
    with pytest.raises(IndexRefused):
        PassageIndex.load(tmp_path)
    put(empty(), *(record(n) for n in range(60))).save(tmp_path)
    assert set(PassageIndex.load(tmp_path)) == {f"r{n}" for n in range(60)}


# --- Crashes -------------------------------------------------------------------------------------
WRITER = """
import sys
sys.path.insert(0, "tests")
from test_matching_large import PassageIndex, put, record, stored
stored.LOOSE_LEAST, stored.LOOSE_MOST = 60, 200
index = PassageIndex.load(sys.argv[1])
print("started", flush=True)
number = len(index)
while True:
    put(index, record(number)).save(sys.argv[1], number=number)
    number += 1
"""


def read(folder):
    """As the site reads: a generation replaced under its hands is refused, and looked at again."""
    for _attempt in range(100):
        with suppress(IndexRefused):
            return PassageIndex.load(folder)
    raise AssertionError("no generation could be read")


def test_a_killed_writer_leaves_a_whole_index_and_loses_nothing_it_saved(tmp_path):
    put(empty(), *(record(n) for n in range(30))).save(tmp_path, number=29)
    seen = [30]
    for saves in (1, 5):
        program = [sys.executable, "-c", WRITER, str(tmp_path)]
        writer = subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE)
        assert writer.stdout.readline() == b"started\n"
        start = seen[-1]
        while seen[-1] < start + saves:  # read on while it writes
            index = read(tmp_path)
            assert len(index) >= seen[-1]
            assert set(index) == {f"r{n}" for n in range(len(index))}
            assert index.notes == {"number": len(index) - 1}
            seen.append(len(index))
        writer.kill()
        writer.wait()
        writer.stdout.close()
        index = read(tmp_path)
        assert set(index) == {f"r{n}" for n in range(len(index))}
        assert len(index) >= seen[-1]
        seen.append(len(index))
    assert put(index, record(9999)).save(tmp_path) == PassageIndex.current(tmp_path)
