"""What only holds of tantivy: its files, its candidates, and the words kept beside it."""

import random

import pytest

from search import Document, Index, Query, sort_keys, tantivy_reader, tantivy_view
from search.index import CURRENT
from search.rows import Row
from search.tantivy_files import Meta

pytest.importorskip("tantivy")
from search.tantivy_engine import TantivyEngine
from search.word_file import NAME

ENGINE = TantivyEngine()
EVERYBODY = frozenset({"public", "registered"})


def listing(number, **over):
    values = {
        "key": f"l{number:03d}",
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
    return index.folder / (index.folder / CURRENT).read_text()


def test_what_a_killed_writer_left_among_the_words_is_written_over(index):
    words = current(index) / NAME
    length = words.stat().st_size
    with words.open("ab") as file:
        file.write(b"half a record")
    assert index.search(Query("máy")).total == 5
    index.update([listing(6)], [], 11)
    assert {hit.key for hit in index.search(Query("số 6")).hits} == {"l006"}
    assert words.stat().st_size > length
    assert Index(index.folder, ENGINE).needs_rebuild() is None


def test_pages_neither_repeat_nor_lose_a_hit_over_many_bands(index, monkeypatch):
    monkeypatch.setattr(tantivy_reader, "CONSIDERED", 7)
    chance = random.Random(3)
    index.rebuild(
        [listing(n, body="sấy " * chance.randrange(5) + "x " * n) for n in range(40)], position=0
    )
    whole = [hit.key for hit in index.search(Query("máy sấy", limit=100)).hits]
    assert len(set(whole)) == 40
    for size in (1, 3, 7, 10, 23):
        pages = [
            hit.key
            for start in range(0, 45, size)
            for hit in index.search(Query("máy sấy", offset=start, limit=size)).hits
        ]
        assert pages == whole


def test_much_that_is_dead_is_a_reason_to_build_anew(index, monkeypatch):
    monkeypatch.setattr(tantivy_view, "WORN", 3)
    index.update([listing(number, version=9) for number in range(4)], [], 11)
    assert index.needs_rebuild() is None or "dead" in index.needs_rebuild()
    monkeypatch.setattr(tantivy_view, "WORN_BYTES", 1)
    for position in range(12, 30):
        index.update([listing(0, version=position, body="sấy " * 500)], [], position)
    index.update([listing(0)], [], 30)
    assert "alive" in index.needs_rebuild()
    assert index.search(Query("máy")).total == 5
    index.rebuild(listings(5), position=30)
    assert index.needs_rebuild() is None


def test_small_segments_are_merged_and_the_dead_go(index):
    for position in range(60):
        index.update([listing(position % 5, version=position)], [], position)
    meta = Meta.read(current(index))
    assert meta.documents - meta.dead == 6  # five, and the one that keeps the position
    assert meta.documents < 60


def test_common_phrases_weigh_as_their_rarest_word_without_changing_what_is_found(
    index, monkeypatch
):
    exact = index.search(Query('máy sấy "bơm nhiệt"'))
    monkeypatch.setattr(tantivy_reader, "COUNTED", 0)
    index.update([], [], 11)
    rough = index.search(Query('máy sấy "bơm nhiệt"'))
    assert {hit.key for hit in rough.hits} == {hit.key for hit in exact.hits}


@pytest.mark.parametrize("name", ["newest", "deadline"])
def test_keys_to_sort_by_are_in_the_order_they_stand_for(name):
    values = [
        *(-1e300, -2, -1.5, 0, 0.5, 1, 3, 10**15),
        *("2025", "2026-01", "2026-01-01", "2026-01-01T10", "2026-1", "z", "é", "日"),
    ]
    field = {"newest": "published", "deadline": "deadline"}[name]
    made = [
        sort_keys.sort_keys(Row.of(listing(0, key=key, sort={field: value}), 0, 0))[name]
        for value in (values if name == "deadline" else reversed(values))
        for key in ("a", "ab", "b")
    ]
    lacking = sort_keys.sort_keys(Row.of(listing(0), 0, 0))[name]
    assert sorted(made) == made
    assert len(set(made)) == len(made)
    assert lacking > made[-1]


def test_hidden_documents_stand_in_no_list_a_public_reader_reads(index):
    index.update([listing(7, audience="registered", title="Plasma")], [], 11)
    view = index._latest(now=True)
    terms = dict(view.searcher.terms_with_prefix("text_public", ""))
    assert "plasma" not in terms
    assert index.search(Query("plasma", audiences=EVERYBODY)).total == 1
    index.update([listing(7, title="Plasma")], [], 12)
    assert index.search(Query("plasma")).total == 1
