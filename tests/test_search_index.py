"""The life of an index: built beside, switched whole, written by one, read by many."""

import json
import os
import random
import shutil
import threading
from array import array
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from whoosh import index as whoosh_index

from search import Busy, Document, Index, IndexUnavailable, Query, places, whoosh_view
from search import index as index_module
from search.index import CURRENT, MANIFEST


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
def index(folder):
    index = Index(folder, refresh_seconds=0)
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


def test_a_position_alone_can_be_kept(index):
    index.update([], [], 99)
    assert index.position == 99
    assert Index(index.folder).position == 99
    assert len(index.keys()) == 5


def test_another_reader_sees_a_commit_at_its_next_look(index):
    reader = Index(index.folder, refresh_seconds=0)
    assert reader.search(Query("máy")).total == 5
    index.update([listing(6)], [], 11)
    assert reader.search(Query("máy")).total == 6


def test_a_reader_does_not_look_more_often_than_it_should(index):
    reader = Index(index.folder, refresh_seconds=3600)
    assert reader.search(Query("máy")).total == 5
    index.update([listing(6)], [], 11)
    assert reader.search(Query("máy")).total == 5


def test_many_updates_give_the_same_answers_as_one_rebuild(index, tmp_path):
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
    rebuilt = Index(tmp_path / "other")
    rebuilt.rebuild(kept.values(), position=0)
    for text in ("máy", "may", "kho lạnh", "", "bơm nhiet -mây", "may sya"):
        query = Query(text, facets=("kind", "place"), limit=100)
        assert index.search(query) == rebuilt.search(query)
    segments = list((index.folder / generations(index.folder)[-1]).glob("*.seg"))
    assert len(segments) < 20  # small ones are merged as they come


def test_readers_close_what_they_no_longer_need(index):
    reader = Index(index.folder, refresh_seconds=0)
    before = len(os.listdir("/proc/self/fd"))
    for position in range(60):
        index.update([listing(position)], [], position)
        reader.search(Query("máy"))
    assert len(os.listdir("/proc/self/fd")) < before + 100


def test_what_was_replaced_does_not_stay_for_ever(index):
    index.rebuild(listings(300), position=0)
    for position in range(0, 300, 20):
        again = [listing(number, version=1000) for number in range(position, position + 20)]
        index.update(again, [], position)
    reader = whoosh_index.open_dir(str(index.folder / current(index))).reader()
    assert reader.doc_count_all() < 500
    assert set(index.keys().values()) == {1000}
    assert index.search(Query("máy", limit=0)).total == 300


def test_only_one_may_write(index, monkeypatch):
    other = Index(index.folder)
    refused = []

    def write_meanwhile(value, *arguments):
        with pytest.raises(Busy):
            other.update([], [], 50)
        refused.append(True)
        return row_of(value, *arguments)

    row_of = index.engine.write.__globals__["Row"].of
    monkeypatch.setattr(index.engine.write.__globals__["Row"], "of", write_meanwhile)
    index.update([listing(8)], [], 11)
    assert refused
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


def test_the_old_index_answers_while_a_new_one_is_built(index):
    reader = Index(index.folder, refresh_seconds=0)

    def slowly():
        yield listing(100)
        assert reader.search(Query("máy")).total == 5
        index.update([listing(6)], [], 11)
        assert reader.search(Query("máy")).total == 6
        yield listing(101)

    index.rebuild(slowly(), position=10)
    assert reader.keys() == {"l100": 100, "l101": 101}
    assert index.position == 10  # the update of meanwhile is due again, and so never lost


def test_two_rebuilds_at_once_are_refused(index):
    def while_rebuilding():
        with pytest.raises(Busy):
            Index(index.folder).rebuild([], position=0)
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


def test_several_batches_are_one_index(index, monkeypatch):
    monkeypatch.setitem(index.engine.build.__globals__, "BUILD_BATCH", 7)
    index.rebuild(listings(21), position=3)
    assert len(index.keys()) == 21
    assert index.search(Query("máy", limit=0)).total == 21
    assert index.position == 3


def test_an_empty_collection_is_an_index_too(folder):
    index = Index(folder)
    index.rebuild([], position=4)
    assert index.needs_rebuild() is None
    assert index.position == 4
    assert index.search(Query("máy", facets=("kind",))).facets == {"kind": {}}
    assert index.search(Query("")).total == 0


def test_postings_taken_by_the_block_are_those_taken_one_by_one(index, monkeypatch):
    monkeypatch.setitem(index.engine.build.__globals__, "BLOCK", 3)
    texts = ["máy sấy " * (n % 4) + "nhãn" for n in range(40)]
    index.rebuild([listing(n, body=text) for n, text in enumerate(texts)], position=0)
    index.update([listing(50)], ["l0", "l1", "l2", "l7", "l39"], 1)
    (folder,) = [path for path in index.folder.glob("index-*") if path.name == current(index)]
    for reader, _ in whoosh_index.open_dir(str(folder)).reader().leaf_readers():
        gone = set(reader.segment().deleted_docs())
        for token in (b"may", b"say", b"nhan"):
            if ("body", token) not in reader:
                continue
            slow = []
            matcher = reader.postings("body", token)
            while matcher.is_active():
                owner = matcher.id() << places.PLACE_BITS
                slow += [owner | at for at in array("I", matcher.value())]
                matcher.next()
            fast = places.read(reader.postings("body", token)).tolist()
            assert [at for at in fast if at >> places.PLACE_BITS not in gone] == slow


def test_a_full_cache_changes_no_answer(index, monkeypatch):
    index.update([listing(6, title="Kho lạnh")], ["l2"], 11)
    queries = [Query(text, facets=("kind",)) for text in ("máy sấy", "kho lanh", '"bơm nhiệt"')]
    expected = [index.search(query) for query in queries]
    monkeypatch.setattr(whoosh_view, "CACHE_BYTES", 0)
    assert [index.search(query) for query in [*queries, *queries]] == [*expected, *expected]


# -- nothing on disk is trusted


def assert_refused(folder):
    index = Index(folder)
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


def test_no_folder(folder):
    assert_refused(folder)


def test_an_empty_folder(folder):
    folder.mkdir()
    assert_refused(folder)


@pytest.mark.parametrize("content", ["", "../../etc", "index-", "index-1", "\x00\xff", "nothing"])
def test_a_current_file_that_names_nothing(index, content):
    (index.folder / CURRENT).write_bytes(content.encode("latin-1"))
    assert_refused(index.folder)


@pytest.mark.parametrize("change", [{"analyzer": 0}, {"engine": "other"}, {"layout": 99}])
def test_an_index_made_by_other_rules(index, change):
    (manifest,) = index.folder.glob(f"*/{MANIFEST}")
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | change))
    assert_refused(index.folder)


@pytest.mark.parametrize("pattern", ["*.toc", "*.seg", MANIFEST])
@pytest.mark.parametrize("damage", ["truncated", "emptied", "overwritten", "removed"])
def test_a_damaged_file(index, pattern, damage):
    for path in index.folder.glob(f"*/{pattern}"):
        content = path.read_bytes()
        path.unlink()
        if damage != "removed":
            half = len(content) // 2
            path.write_bytes(
                {"truncated": content[:half], "emptied": b"", "overwritten": b"\xa5" * half}[damage]
            )
    assert_refused(index.folder)


def test_damage_found_while_searching_is_told_to_whoever_rebuilds(index):
    (segment,) = index.folder.glob("*/*.seg")
    content = bytearray(segment.read_bytes())
    start = content.find(b"W3Bl")
    assert start > 0
    while start >= 0:  # the head of every posting list
        content[start : start + 4] = b"xxxx"
        start = content.find(b"W3Bl")
    segment.write_bytes(content)
    with pytest.raises(IndexUnavailable):
        Index(index.folder).search(Query("máy"))
    assert Index(index.folder).needs_rebuild()
    assert_refused(index.folder)


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_flipped_bytes_give_an_answer_or_a_refusal(index, data):
    (segment,) = index.folder.glob("*/*.seg")
    original = segment.read_bytes()
    content = bytearray(original)
    for _ in range(data.draw(st.integers(1, 20))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    copy = index.folder.parent / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(index.folder, copy)
    (damaged,) = copy.glob("*/*.seg")
    damaged.write_bytes(content)
    with suppress(IndexUnavailable):
        Index(copy).search(Query("máy sấy số 3", facets=("kind",)))


def test_a_reader_survives_the_loss_of_the_folder(index):
    reader = Index(index.folder, refresh_seconds=0)
    assert reader.search(Query("máy")).total == 5
    shutil.rmtree(index.folder)
    assert reader.search(Query("máy")).total == 5
    assert reader.search(Query("bơm nhiệt")).total == 5  # a word not looked up before
    assert reader.needs_rebuild()
    Index(index.folder).rebuild(listings(2), position=0)
    assert reader.search(Query("máy")).total == 2
    assert reader.needs_rebuild() is None


# -- all at once


def test_readers_never_fail_while_one_writes_and_rebuilds(index):
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

    shared = Index(index.folder, refresh_seconds=0)
    readers = [shared, shared, Index(index.folder, refresh_seconds=0)]
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
