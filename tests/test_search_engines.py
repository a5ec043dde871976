"""Two engines, one contract: the same documents for the same query, and a switch without a gap."""

import logging
import random
import subprocess
import sys
from pathlib import Path

import pytest

from search import Document, Index, IndexUnavailable, Query, Synonyms, engines
from search.engines import choose

pytest.importorskip("tantivy")

ROOT = Path(__file__).parent.parent
EVERYBODY = frozenset({"public", "registered"})
PHRASES = """
máy sấy nhãn lồng bơm nhiệt mây tre đan may mặc lúa gạo nghệ vàng kho lạnh nước thải xử lý hoà thuỷ
hòa nhân giống và của cho IP65 TCVN 5603:2023 500 kg/mẻ 1.500 m³ R&D KH&CN HTX hợp tác xã công nghệ
cao cảm biến IoT 4.0 soil moisture ế 日本語 ДОМ Ⅷ
"""
WORDS = PHRASES.split()
TABLE = Synonyms([{"HTX", "hợp tác xã"}, {"KH&CN", "khoa học và công nghệ"}, {"máy bơm", "bơm"}])
QUERIES = 300


def some_words(chance, most):
    return " ".join(chance.choice(WORDS) for _ in range(chance.randrange(1, most)))


def documents(chance, count):
    return [
        Document(
            key=f"k{number}",
            kind=chance.choice(["offer", "need"]),
            audience=chance.choice(["public", "public", "registered"]),
            title=some_words(chance, 6),
            body=some_words(chance, 40),
            facets={"place": (chance.choice("abc"),), "a.b c": tuple(chance.sample("xyz", 2))},
            sort={"published": f"2026-{chance.randrange(1, 13):02d}"}
            | ({"deadline": chance.randrange(-3, 3)} if chance.random() < 0.5 else {}),
            version=number,
        )
        for number in range(count)
    ]


def asked(chance):
    from search.analysis import fold

    pieces = []
    for _ in range(chance.randrange(0, 4)):
        piece = some_words(chance, 3)
        piece = fold(piece) if chance.random() < 0.3 else piece
        piece = chance.choice(["{}", "{}", "{}", '"{}"', "-{}", "{}zz"]).format(piece)
        pieces.append(piece)
    return Query(
        " ".join(pieces),
        filters={"kind": frozenset({"offer"})} if chance.random() < 0.3 else {},
        audiences=EVERYBODY if chance.random() < 0.3 else frozenset({"public"}),
        sort=chance.choice(["relevance", "relevance", "newest", "deadline", "title"]),
        facets=("kind", "place", "a.b c", "none"),
        limit=500,
        synonyms=TABLE if chance.random() < 0.5 else Synonyms.NONE,
    )


def test_both_engines_match_the_same_documents(tmp_path):
    chance = random.Random(20261123)
    collection = documents(chance, 150)
    both = []
    for name, engine in engines.available().items():
        index = Index(tmp_path / name, engine)
        index.rebuild(collection[:100], position=1)
        index.update(collection[100:], [f"k{number}" for number in range(0, 30, 7)], position=2)
        both.append(index)
    found = 0
    for _ in range(QUERIES):
        query = asked(chance)
        one, other = (index.search(query) for index in both)
        assert {hit.key for hit in one.hits} == {hit.key for hit in other.hits}, query
        assert (one.total, one.facets) == (other.total, other.facets), query
        assert (one.without_marks, one.corrected) == (other.without_marks, other.corrected), query
        scores = {hit.key: hit.score for hit in other.hits}
        assert [scores[hit.key] for hit in one.hits] == pytest.approx(
            [hit.score for hit in one.hits]
        ), query
        if query.sort != "relevance":
            assert [hit.key for hit in one.hits] == [hit.key for hit in other.hits], query
        found += bool(one.total)
    assert QUERIES / 3 < found < QUERIES


@pytest.mark.parametrize(
    ("setting", "size", "current", "expected"),
    [
        ("auto", 0, None, "whoosh"),
        ("auto", engines.TOO_MANY, None, "whoosh"),
        ("auto", engines.TOO_MANY + 1, None, "tantivy"),
        ("auto", engines.TOO_MANY + 1, "whoosh", "tantivy"),
        ("auto", engines.TOO_MANY, "whoosh", "whoosh"),
        ("auto", engines.FEW_AGAIN + 1, "tantivy", "tantivy"),
        ("auto", engines.FEW_AGAIN, "tantivy", "whoosh"),
        ("whoosh", 10**6, "tantivy", "whoosh"),
        ("tantivy", 0, None, "tantivy"),
    ],
)
def test_the_size_chooses_the_engine(setting, size, current, expected):
    assert choose(setting, size, current).name == expected


def test_an_unknown_engine_is_refused_at_once(tmp_path):
    with pytest.raises(ValueError, match="sphinx"):
        Index(tmp_path, setting="sphinx")


def test_the_setting_of_the_site_is_one_of_the_library():
    from marketplace.config import SEARCH_ENGINES

    assert SEARCH_ENGINES == engines.SETTINGS


@pytest.fixture
def few(monkeypatch):
    """Ten documents are many, and six are few again."""
    monkeypatch.setattr(engines, "TOO_MANY", 10)
    monkeypatch.setattr(engines, "FEW_AGAIN", 6)


def listings(count):
    return [
        Document(f"l{n}", "offer", "public", f"Máy sấy {n}", "", version=n) for n in range(count)
    ]


def test_a_collection_that_grows_moves_while_the_old_index_answers(tmp_path, few):
    index = Index(tmp_path, refresh_seconds=0)
    reader = Index(tmp_path, refresh_seconds=0)
    index.rebuild(listings(9), position=1)
    assert (index.engine.name, index.needs_rebuild()) == ("whoosh", None)
    index.update(listings(12), [], 2)
    assert "better kept by tantivy" in index.needs_rebuild()
    assert reader.search(Query("máy")).total == 12
    index.rebuild(listings(12), position=2)
    assert (index.engine.name, index.needs_rebuild()) == ("tantivy", None)
    assert reader.search(Query("máy")).total == 12
    index.update([], [f"l{n}" for n in range(4)], 3)
    assert index.needs_rebuild() is None  # eight are still not few again
    index.update([], ["l4", "l5"], 4)
    assert "better kept by whoosh" in index.needs_rebuild()
    index.rebuild(listings(6), position=4)
    assert (index.engine.name, index.needs_rebuild()) == ("whoosh", None)


def test_a_changed_setting_is_a_rebuild_while_the_old_index_answers(tmp_path):
    Index(tmp_path, setting="whoosh").rebuild(listings(3), position=1)
    index = Index(tmp_path, setting="tantivy")
    assert "better kept by tantivy" in index.needs_rebuild()
    assert index.search(Query("máy")).total == 3
    index.rebuild(listings(3), position=1)
    assert (index.engine.name, index.needs_rebuild()) == ("tantivy", None)


def test_without_the_package_whoosh_keeps_everything(tmp_path, few, monkeypatch, caplog):
    Index(tmp_path, setting="tantivy").rebuild(listings(3), position=1)
    monkeypatch.setitem(sys.modules, "search.tantivy_engine", None)
    engines.available.cache_clear()
    try:
        with caplog.at_level(logging.WARNING):
            index = Index(tmp_path)
            assert choose("tantivy", 100).name == "whoosh"
            with pytest.raises(IndexUnavailable, match="other rules"):
                index.search(Query("máy"))
            index.rebuild(listings(20), position=2)
            assert (index.engine.name, index.needs_rebuild()) == ("whoosh", None)
        assert len([r for r in caplog.records if "Whoosh keeps everything" in r.message]) == 1
    finally:
        engines.available.cache_clear()


def test_the_library_runs_where_tantivy_cannot_be_imported():
    program = (
        "import sys; sys.modules['tantivy'] = None\n"
        "from search import engines\n"
        "assert set(engines.available()) == {'whoosh'}"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)
