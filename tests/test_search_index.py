"""The life of an index: built beside, switched whole, written by one, read by many."""

import json
import os
import random
import shutil
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search import Busy, Document, Index, IndexUnavailable, Query
from search import index as index_module
from search.engines import available
from search.index import CURRENT, MANIFEST

ENGINES = available()


@pytest.fixture(scope="module", params=ENGINES.values(), ids=ENGINES)
def engine(request):
    return request.param


def listing(number, **over):
    values = {
        "key": f"l{number}",
        "kind": "offer",
        "audience": "public",
        "title": f"Máy sấy số {number}",
        "body": "Sấy nhãn bằng bơm nhiệt",
        "facets": {"place": ("hy",)},
        "version": number,
    }
    return Document(**values | over)


def listings(count):
    return [listing(number) for number in range(count)]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "index"


@pytest.fixture
def index(folder, engine):
    index = Index(folder, engine, refresh_seconds=0)
    index.rebuild(listings(5), position=10)
    return index


def current(index):
    return (index.folder / CURRENT).read_text()


def generations(folder):
    return sorted(path.name for path in folder.glob("index-*"))


# -- updating


def test_an_update_adds_replaces_removes_and_keeps_its_position(index):
    index.update([listing(1, title="Kho lạnh", version=9), listing(7)], ["l2", "never"], 11)
    assert index.keys() == {"l0": 0, "l1": 9, "l3": 3, "l4": 4, "l7": 7}
    assert index.position == 11
    assert [hit.key for hit in index.search(Query("kho lạnh")).hits] == ["l1"]
    assert index.search(Query("", facets=("place",))).facets == {"place": {"hy": 5}}


def test_of_two_documents_with_one_key_the_later_counts(index):
    index.update([listing(1, version=8), listing(1, version=9)], [], 11)
    assert index.keys()["l1"] == 9
    assert index.search(Query("máy")).total == 5


def test_a_key_both_written_and_removed_is_removed(index):
    index.update([listing(1)], ["l1"], 11)
    assert set(index.keys()) == {"l0", "l2", "l3", "l4"}


def test_a_position_alone_can_be_kept(index, engine):
    index.update([], [], 99)
    assert index.position == 99
    assert Index(index.folder, engine).position == 99
    assert len(index.keys()) == 5


def test_another_reader_sees_a_commit_at_its_next_look(index, engine):
    reader = Index(index.folder, engine, refresh_seconds=0)
    assert reader.search(Query("máy")).total == 5
    index.update([listing(6)], [], 11)
    assert reader.search(Query("máy")).total == 6


def test_a_reader_does_not_look_more_often_than_it_should(index, engine):
    reader = Index(index.folder, engine, refresh_seconds=3600)
    assert reader.search(Query("máy")).total == 5
    index.update([listing(6)], [], 11)
    assert reader.search(Query("máy")).total == 5


def test_many_updates_give_the_same_answers_as_one_rebuild(index, tmp_path, engine):
    chance = random.Random(5)
    kept = {f"l{number}": listing(number) for number in range(5)}
    for position in range(60):
        changed = [
            listing(chance.randrange(30), title=chance.choice(["Máy sấy", "Kho lạnh", "Mây tre"]))
            for _ in range(chance.randrange(4))
        ]
        gone = [f"l{chance.randrange(30)}" for _ in range(chance.randrange(3))]
        index.update(changed, gone, position)
        kept |= {document.key: document for document in changed}
        kept = {key: document for key, document in kept.items() if key not in gone}
    rebuilt = Index(tmp_path / "other", engine)
    rebuilt.rebuild(kept.values(), position=0)
    for text in ("máy", "may", "kho lạnh", "", "bơm nhiet -mây", "may sya"):
        query = Query(text, facets=("kind", "place"), limit=100)
        assert index.search(query) == rebuilt.search(query)
    files = list((index.folder / generations(index.folder)[-1]).iterdir())
    assert len(files) < 120  # small segments are merged as they come


def test_readers_close_what_they_no_longer_need(index, engine):
    reader = Index(index.folder, engine, refresh_seconds=0)
    before = len(os.listdir("/proc/self/fd"))
    for position in range(60):
        index.update([listing(position)], [], position)
        reader.search(Query("máy"))
    assert len(os.listdir("/proc/self/fd")) < before + 100


def test_only_one_may_write(index, engine):
    def while_writing():
        with pytest.raises(Busy):
            Index(index.folder, engine).update([], [], 50)
        yield listing(8)

    index.update(while_writing(), [], 11)
    assert "l8" in index.keys()  # noqa: SIM118
    assert index.position == 11


def test_a_failed_update_changes_nothing_and_frees_the_lock(index):
    with pytest.raises(AttributeError):
        index.update([listing(6), "not a document"], ["l1"], 11)
    with pytest.raises(UnicodeEncodeError):
        index.update([listing(6)], ["l1", "\ud800"], 11)
    assert index.position == 10
    assert len(index.keys()) == 5
    index.update([listing(6)], [], 12)
    assert index.position == 12


# -- rebuilding


def test_a_rebuild_replaces_everything_and_reports_progress(index):
    seen = []
    index.rebuild(listings(3), position=20, progress=seen.append)
    assert seen == [1, 2, 3]
    assert index.keys() == {"l0": 0, "l1": 1, "l2": 2}
    assert index.position == 20


def test_the_old_index_answers_while_a_new_one_is_built(index, engine):
    reader = Index(index.folder, engine, refresh_seconds=0)

    def slowly():
        yield listing(100)
        assert reader.search(Query("máy")).total == 5
        index.update([listing(6)], [], 11)
        assert reader.search(Query("máy")).total == 6
        yield listing(101)

    index.rebuild(slowly(), position=10)
    assert reader.keys() == {"l100": 100, "l101": 101}
    assert index.position == 10  # the update of meanwhile is due again, and so never lost


def test_two_rebuilds_at_once_are_refused(index, engine):
    def while_rebuilding():
        with pytest.raises(Busy):
            Index(index.folder, engine).rebuild([], position=0)
        yield listing(1)

    index.rebuild(while_rebuilding(), position=1)
    assert list(index.keys()) == ["l1"]


def test_a_failed_rebuild_leaves_the_old_index(index):
    def broken():
        yield listing(1)
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError):
        index.rebuild(broken(), position=20)
    assert index.position == 10
    assert len(generations(index.folder)) == 1


def test_old_generations_go_once_readers_had_time_to_move(index, monkeypatch):
    index.rebuild(listings(2), position=20)
    assert len(generations(index.folder)) == 2
    monkeypatch.setattr(index_module, "KEEP_OLD_SECONDS", -1)
    index.update([], [], 21)
    assert len(generations(index.folder)) == 1
    assert len(index.keys()) == 2


def test_what_a_killed_rebuild_left_is_cleared(index):
    (index.folder / "index-999999999999999").mkdir()
    index.rebuild(listings(1), position=1)
    assert "index-999999999999999" not in generations(index.folder)


def test_an_empty_collection_is_an_index_too(folder, engine):
    index = Index(folder, engine)
    index.rebuild([], position=4)
    assert index.needs_rebuild() is None
    assert index.position == 4
    assert index.search(Query("máy", facets=("kind",))).facets == {"kind": {}}
    assert index.search(Query("")).total == 0


# -- nothing on disk is trusted


def assert_refused(folder, engine):
    index = Index(folder, engine)
    assert index.needs_rebuild()
    with pytest.raises(IndexUnavailable):
        index.search(Query("máy"))
    with pytest.raises(IndexUnavailable):
        index.update([listing(1)], [], 1)
    with pytest.raises(IndexUnavailable):
        index.position  # noqa: B018
    index.rebuild(listings(2), position=1)
    assert index.needs_rebuild() is None
    assert index.search(Query("máy")).total == 2


def test_no_folder(folder, engine):
    assert_refused(folder, engine)


def test_an_empty_folder(folder, engine):
    folder.mkdir()
    assert_refused(folder, engine)


@pytest.mark.parametrize("content", ["", "../../etc", "index-", "index-1", "\x00\xff", "nothing"])
def test_a_current_file_that_names_nothing(index, content, engine):
    (index.folder / CURRENT).write_bytes(content.encode("latin-1"))
    assert_refused(index.folder, engine)


@pytest.mark.parametrize("change", [{"analyzer": 0}, {"engine": "other"}, {"layout": 99}])
def test_an_index_made_by_other_rules(index, change, engine):
    (manifest,) = index.folder.glob(f"*/{MANIFEST}")
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | change))
    assert_refused(index.folder, engine)


FILES = {
    "whoosh": ("*.toc", "*.seg", MANIFEST),
    "tantivy": ("meta.json", "*.idx", "*.term", "*.fast", "words", MANIFEST),
}


@pytest.mark.parametrize("damage", ["truncated", "emptied", "overwritten", "removed"])
def test_a_damaged_file(folder, engine, damage):
    for pattern in FILES[engine.name]:
        index = Index(folder, engine)
        index.rebuild(listings(5), position=10)
        (found,) = (folder / current(index)).glob(pattern)
        content = found.read_bytes()
        found.unlink()
        half = len(content) // 2
        if damage != "removed":
            found.write_bytes(
                {"truncated": content[:half], "emptied": b"", "overwritten": b"\xa5" * half}[damage]
            )
        assert_refused(folder, engine)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_flipped_bytes_give_an_answer_or_a_refusal(index, data, engine):
    files = [path for p in FILES[engine.name] for path in index.folder.glob(f"*/{p}")]
    segment = data.draw(st.sampled_from(sorted(files)))
    content = bytearray(segment.read_bytes())
    for _ in range(data.draw(st.integers(1, 20))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    copy = Path(tempfile.mkdtemp(dir=index.folder.parent)) / "copy"
    shutil.copytree(index.folder, copy)
    (copy / segment.relative_to(index.folder)).write_bytes(content)
    with suppress(IndexUnavailable):
        Index(copy, engine).search(Query("máy sấy số 3", facets=("kind",)))


def test_a_reader_survives_the_loss_of_the_folder(index, engine):
    reader = Index(index.folder, engine, refresh_seconds=0)
    assert reader.search(Query("máy")).total == 5
    shutil.rmtree(index.folder)
    assert reader.search(Query("máy")).total == 5
    assert reader.search(Query("bơm nhiệt")).total == 5  # a word not looked up before
    assert reader.needs_rebuild()
    Index(index.folder, engine).rebuild(listings(2), position=0)
    assert reader.search(Query("máy")).total == 2
    assert reader.needs_rebuild() is None


# -- all at once


def test_readers_never_fail_while_one_writes_and_rebuilds(index, engine):
    failures, totals = [], []
    stop = threading.Event()

    def read(reader):
        while not stop.is_set():
            try:
                results = reader.search(Query("máy sấy", facets=("place",), limit=1000))
                assert results.total == len(results.hits) == results.facets["place"]["hy"]
                totals.append(results.total)
            except Exception as error:
                failures.append(error)

    shared = Index(index.folder, engine, refresh_seconds=0)
    readers = [shared, shared, Index(index.folder, engine, refresh_seconds=0)]
    threads = [threading.Thread(target=read, args=[reader]) for reader in readers]
    for thread in threads:
        thread.start()
    for position in range(8):
        index.update([listing(100 + position)], [], position)
        if position % 4 == 3:
            index.rebuild(listings(5 + position), position)
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures
    assert len(set(totals)) > 2
