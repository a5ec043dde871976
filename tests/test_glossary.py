"""Searches in English over listings in Vietnamese: words of the trades, found by what they mean."""

import pytest

from marketplace.domain.actor import GUEST
from marketplace.services import background, discovery
from marketplace.services.discovery import glosses
from search import Document, Query, Synonyms, analysis
from search.glossary import Glossary, singular, stem
from search.percolation import Percolator

SOME = Glossary(
    [
        ("rice", ["lúa", "gạo"]),
        ("rice husk", ["trấu", "vỏ trấu"]),
        ("peel", ["vỏ"]),
        ("peeling", ["bóc vỏ"]),
        ("leaf", ["lá"]),
        ("steriliser", ["nồi tiệt trùng"]),
        ("colour sorter", ["máy tách màu"]),
    ]
)


def meant(text, glossary=SOME):
    words, found, at = analysis.syllables(text), [], 0
    while at < len(words):
        at, meanings = glossary.meant(words, at) or (at + 1, (words[at].upper(),))
        found.append(meanings[0])
    return found


# --- Looking words up --------------------------------------------------------------------------
def test_the_longest_spelling_counts():
    assert meant("rice husk boiler") == ["trấu", "BOILER"]
    assert meant("rice boiler") == ["lúa", "BOILER"]


@pytest.mark.parametrize(
    ("typed", "meaning"),
    [
        ("rice husks", "trấu"),
        ("leaves", "lá"),
        ("peeled", "bóc vỏ"),
        ("peels", "vỏ"),
        ("color sorters", "máy tách màu"),
        ("sterilizers", "nồi tiệt trùng"),
    ],
)
def test_inflected_words_and_both_spellings_of_english_are_known(typed, meaning):
    assert meant(typed) == [meaning]


def test_a_word_that_only_looks_inflected_is_left_alone():
    assert [singular(word) for word in ("glass", "analysis", "gas", "bus")] == [
        "glass", "analysis", "gas", "bus",
    ]  # fmt: skip
    assert [stem(word) for word in ("spring", "seed", "string")] == ["spring", "seed", "string"]


def test_meanings_come_commonest_first():
    assert SOME.meant(["rice"], 0) == (1, ("lúa", "gạo"))
    assert SOME.meant(["steel"], 0) is None


def test_a_line_without_a_meaning_is_refused(tmp_path):
    path = tmp_path / "glossary.txt"
    path.write_text("# trades\n\nrice = lúa | gạo\nsteel =\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 4"):
        Glossary.read(path)


# --- The glossary of the site ------------------------------------------------------------------
def test_the_glossary_is_broad_and_every_headword_is_there_once():
    lines = glosses.GLOSSARY.read_text(encoding="utf-8").splitlines()
    heads = [line.partition(" = ")[0] for line in lines if line and not line.startswith("#")]
    assert len(heads) >= 2500
    assert len(set(heads)) == len(heads)
    assert all(head == head.lower() for head in heads)


def test_a_query_is_said_in_vietnamese_with_the_thing_first():
    assert glosses.gloss("rice husk boilers", Synonyms.NONE) == "lò hơi trấu"
    assert glosses.gloss("dryer for the longan", Synonyms.NONE) == "máy sấy nhãn"


@pytest.mark.parametrize(
    "text", ["zzzzqqqq", "flibber jabberwock", "may say nhan", "lò hơi", "can"]
)
def test_what_is_no_english_or_unknown_has_no_gloss(text):
    assert glosses.gloss(text, Synonyms.NONE) == ""
    assert glosses.meanings(text) == Synonyms.NONE


def test_the_longer_spelling_of_table_and_glossary_wins():
    table = Synonyms([{"rice husk boiler", "lò hơi đốt trấu"}])
    assert glosses.gloss("rice husk boiler", table) == "lò hơi đốt trấu"


def test_one_syllable_without_a_mark_is_no_meaning_for_full_text():
    """ "cam" is an orange, and what every sensor (cảm biến) begins with in texts without marks."""
    said = {spelling for group in glosses.meanings("fresh orange").groups for spelling in group}
    assert ("tươi",) in said
    assert ("cam",) not in said


# --- The find page -----------------------------------------------------------------------------
@pytest.fixture
def find(app, session):
    engines = app.extensions["engines"]

    def found(text, **options):
        session.rollback()
        while background.follow_search(engines):
            pass
        engines.search._looked = float("-inf")
        return discovery.find(session, engines, GUEST, Query(text), by_meaning=False, **options)

    return found


def test_an_english_query_finds_vietnamese_words(make, find):
    make.listing("offer", title_vi="Máy tách màu hạt")
    make.listing("offer", title_vi="Máy ép dầu lạc")
    make.listing("offer", title_vi="Cảm biến độ ẩm")
    assert [view.title() for view in find("colour sorters").views] == ["Máy tách màu hạt"]
    assert find("zzzzqqqq").total == 0


def test_what_was_found_by_its_meaning_is_marked(make, client, find):
    make.listing("offer", title_vi="Máy tách màu hạt")
    find("colour sorter")
    page = client.get("/find?q=colour+sorters").get_data(as_text=True)
    assert "<mark>Máy tách màu</mark>" in page


# --- Saved searches ----------------------------------------------------------------------------
def document(title):
    return Document("key", "offer", "public", title, "")


def test_a_saved_search_in_english_waits_for_vietnamese_words():
    waiting = Percolator({}, Synonyms([{"HTX", "hợp tác xã"}]))
    text = "colour sorters"
    waiting.put("english", Query(text, synonyms=glosses.meanings(text)))
    waiting.put("abbreviation", Query("HTX"))
    assert waiting.matches(document("Máy tách màu")) == ["english"]
    assert waiting.matches(document("Hợp tác xã")) == ["abbreviation"]


def test_two_tables_joined_know_what_each_knows():
    both = Synonyms([{"HTX", "hợp tác xã"}]).joined(Synonyms([{"htx", "cooperative"}]))
    assert both.others(["htx"], 0) == (1, (("cooperative",), ("hợp", "tác", "xã")))
    assert both != Synonyms([{"HTX", "hợp tác xã"}])
    assert Synonyms.NONE.joined(both) is both
    assert both.joined(Synonyms.NONE) is both
