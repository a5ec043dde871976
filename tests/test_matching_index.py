import json
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.encoders import HashingEncoder
from matching.index import IndexRefused, PassageIndex
from matching.passages import cut
from matching.records import Record

ENCODER = HashingEncoder(64)


def record(key, text="Máy sấy nhãn bơm nhiệt.", kind="offer", groups=("public",), **parts):
    return Record(key, kind, {"title": text, **parts}, groups=frozenset(groups))


def put(index, *records):
    for each in records:
        index.upsert(each, ENCODER.encode_document([p.text for p in cut(each)]))
    return index


def empty():
    return PassageIndex(ENCODER.name, ENCODER.dimensions)


def ask(index, text, **filters):
    return index.nearest(ENCODER.encode_query([text]), **filters)


def test_the_record_that_says_the_same_is_nearest_and_shows_the_passage_that_does():
    index = put(
        empty(),
        record("dryer", problem="Than khói."),
        record("loom", "Máy dệt đũi.", solution="Chạy êm."),
    )
    first = ask(index, "Máy sấy nhãn bơm nhiệt.")[0]
    passage, cosine = first.passages[0]
    assert (first.key, passage.part) == ("dryer", "title")
    assert cosine == pytest.approx(first.score)
    assert cosine == pytest.approx(1, abs=1e-5)


def test_an_audience_is_filtered_inside_the_search():
    hidden = [record(f"hidden {n}", groups=("registered",)) for n in range(30)]
    index = put(empty(), *hidden, record("open", "Cảm biến mực nước."))
    found = ask(index, "Máy sấy nhãn bơm nhiệt.", groups={"public"}, limit=5)
    assert [each.key for each in found] == ["open"]
    assert ask(index, "Máy sấy nhãn", groups=set()) == []


def test_kinds_and_accept_narrow_the_search_before_the_limit():
    index = put(empty(), *(record(f"o{n}") for n in range(20)), record("n", kind="need"))
    assert [each.key for each in ask(index, "Máy sấy", kinds={"need"}, limit=3)] == ["n"]
    taken = ask(index, "Máy sấy", accept=lambda key: key == "o17", limit=3)
    assert [each.key for each in taken] == ["o17"]


def test_replacing_a_record_leaves_nothing_of_the_old_one():
    index = put(empty(), record("x", "Máy sấy nhãn."), record("x", "Máy dệt đũi."))
    assert len(index) == 1
    assert index.record("x").title == "Máy dệt đũi."
    assert ask(index, "Máy sấy nhãn.")[0].score < 0.9
    assert index.lexical.score("sấy").scores.max() == 0


def test_removed_records_are_not_found_and_removing_twice_is_told():
    index = put(empty(), record("x"), record("y", "Máy dệt."))
    assert index.remove("x")
    assert not index.remove("x")
    assert "x" not in index
    assert [each.key for each in ask(index, "Máy sấy nhãn")] == ["y"]


def test_vectors_must_fit_the_passages():
    with pytest.raises(ValueError, match="passages"):
        empty().upsert(record("x"), np.zeros((3, 64), np.float32))


def test_a_record_without_text_is_kept_and_never_found():
    index = put(empty(), Record("silent", "offer", {}), record("x"))
    assert "silent" in index
    assert [each.key for each in ask(index, "Máy")] == ["x"]
    assert index.passages("silent") == []


OPERATIONS = st.lists(
    st.tuples(st.booleans(), st.integers(0, 9), st.sampled_from("abcdefgh")), max_size=200
)


@settings(max_examples=30, deadline=None)
@given(OPERATIONS)
def test_any_history_of_writes_equals_an_index_built_at_once(operations):
    index, expected = empty(), {}
    for add, number, word in operations:
        key = f"k{number}"
        if add:
            expected[key] = record(key, f"{word} chung {number}", solution=f"{word} {word}.")
            put(index, expected[key])
        else:
            assert index.remove(key) == (expected.pop(key, None) is not None)
    fresh = put(empty(), *expected.values())
    for word in ("a", "b chung", "chung 3"):
        ours = {each.key: each.score for each in ask(index, word, limit=50)}
        theirs = {each.key: each.score for each in ask(fresh, word, limit=50)}
        assert ours == pytest.approx(theirs, abs=1e-6)
        by_key = {key: index.lexical.score(word).scores[index.slot(key)] for key in expected}
        assert by_key == pytest.approx(
            {key: fresh.lexical.score(word).scores[fresh.slot(key)] for key in expected}, abs=1e-6
        )


def test_a_saved_index_answers_the_same_and_can_be_written_to(tmp_path):
    index = put(empty(), *(record(f"o{n}", f"Máy số {n} sấy nhãn.") for n in range(80)))
    for n in range(70):
        index.remove(f"o{n}")
    name = index.save(tmp_path / "index", position=17)
    loaded = PassageIndex.load(tmp_path / "index", ENCODER.name)
    assert (loaded.generation, loaded.notes) == (name, {"position": 17})
    assert ask(loaded, "Máy số 75") == ask(index, "Máy số 75")
    assert np.array_equal(loaded.lexical.score("75").scores, index.lexical.score("75").scores)
    put(loaded, record("new", "Cảm biến mực nước."))
    assert ask(loaded, "Cảm biến mực nước.")[0].key == "new"
    assert ask(PassageIndex.load(tmp_path / "index"), "Cảm biến mực nước.")[0].key != "new"


def test_vectors_on_disk_are_mapped_not_read(tmp_path):
    put(empty(), record("x")).save(tmp_path)
    loaded = PassageIndex.load(tmp_path)
    assert isinstance(loaded.vectors("x").base, np.memmap | np.ndarray)
    assert not loaded.vectors("x").flags.writeable


@pytest.fixture
def saved(tmp_path):
    put(empty(), record("x")).save(tmp_path)
    return tmp_path


def test_another_encoder_is_refused(saved):
    with pytest.raises(IndexRefused, match="another"):
        PassageIndex.load(saved, "another model")


def test_another_format_is_refused(saved):
    path = saved / PassageIndex.current(saved) / "meta.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 0}))
    with pytest.raises(IndexRefused, match="format"):
        PassageIndex.load(saved)


def written(folder, name):
    """A file of the current generation, in whichever layer it lies."""
    (path,) = (folder / PassageIndex.current(folder)).rglob(name)
    return path


@pytest.mark.parametrize(
    "name", ["meta.json", "vectors.npy", "records.npy", "terms.npy", "slots.npy", "living.npy"]
)
@pytest.mark.parametrize("damage", ["missing", "garbled", "short"])
def test_a_damaged_index_is_refused(saved, name, damage):
    path = written(saved, name)
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(b"\x93NUMPY nonsense {" if damage == "garbled" else b"")
    with pytest.raises(IndexRefused):
        PassageIndex.load(saved)


def test_a_pickle_is_not_opened(saved):
    path = written(saved, "vectors.npy")
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(IndexRefused):
        PassageIndex.load(saved)


def test_a_pointer_never_leads_out_of_its_folder(saved):
    (saved / "CURRENT").write_text("../../etc")
    with pytest.raises(IndexRefused):
        PassageIndex.load(saved)


def test_no_index_is_refused(tmp_path):
    with pytest.raises(IndexRefused):
        PassageIndex.load(tmp_path / "nowhere")


def test_a_write_that_fails_leaves_the_old_generation_current(saved, monkeypatch):
    before = PassageIndex.current(saved)
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        put(empty(), record("y")).save(saved)
    monkeypatch.undo()
    assert PassageIndex.current(saved) == before
    assert "x" in PassageIndex.load(saved)
    assert put(empty(), record("y")).save(saved) > before


def test_old_generations_are_cleared_but_for_the_last(tmp_path):
    index = put(empty(), record("x"))
    names = [index.save(tmp_path) for _ in range(4)]
    kept = sorted(each.name for each in tmp_path.iterdir() if each.is_dir())
    assert kept == names[-2:]
