"""What only holds of Whoosh: how its own files are read, written and damaged."""

from array import array

import pytest
from whoosh import index as whoosh_index

from search import Document, Index, IndexUnavailable, Query, places, whoosh_view
from search.index import CURRENT
from search.whoosh_engine import WhooshEngine

ENGINE = WhooshEngine()


def listing(number, **over):
    values = {
        "key": f"l{number}",
        "kind": "offer",
        "audience": "public",
        "title": f"Máy sấy số {number}",
        "body": "Sấy nhãn bằng bơm nhiệt",
        "version": number,
    }
    return Document(**values | over)


def listings(count):
    return [listing(number) for number in range(count)]


@pytest.fixture
def index(tmp_path):
    index = Index(tmp_path / "index", ENGINE, refresh_seconds=0)
    index.rebuild(listings(5), position=10)
    return index


def current(index):
    return (index.folder / CURRENT).read_text()


def test_what_was_replaced_does_not_stay_for_ever(index):
    index.rebuild(listings(300), position=0)
    for position in range(0, 300, 20):
        again = [listing(number, version=1000) for number in range(position, position + 20)]
        index.update(again, [], position)
    reader = whoosh_index.open_dir(str(index.folder / current(index))).reader()
    assert reader.doc_count_all() < 500
    assert set(index.keys().values()) == {1000}
    assert index.search(Query("máy", limit=0)).total == 300


def test_several_batches_are_one_index(index, monkeypatch):
    monkeypatch.setitem(index.engine.build.__globals__, "BUILD_BATCH", 7)
    index.rebuild(listings(21), position=3)
    assert len(index.keys()) == 21
    assert index.search(Query("máy", limit=0)).total == 21
    assert index.position == 3


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
        Index(index.folder, ENGINE).search(Query("máy"))
    assert Index(index.folder, ENGINE).needs_rebuild()
