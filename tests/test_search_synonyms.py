"""Abbreviations and other names: as good as what was typed, and worth a little less."""

import pytest

from search import Document, Index, Query, Synonyms, highlight
from search.engines import available
from search.query_language import understand

ENGINES = available()


@pytest.fixture(scope="module", params=ENGINES.values(), ids=ENGINES)
def engine(request):
    return request.param


TABLE = Synonyms(
    [
        {"HTX", "hợp tác xã"},
        {"KH&CN", "khoa học và công nghệ", "KHCN"},
        {"CN", "công nghệ"},
        {"CNTT", "công nghệ thông tin"},
        {"máy bơm", "bơm"},
        {"alone"},
        {"...", "nothing"},
    ]
)
LISTINGS = {
    "full": ("Hợp tác xã rau an toàn", "Cần kho lạnh."),
    "short": ("HTX nhãn lồng", "Cần kho lạnh, máy sấy."),
    "apart": ("Hợp đồng tác nghiệp", "Tại xã Tân Hưng."),
    "science": ("Đề tài khoa học và công nghệ cấp tỉnh", ""),
    "amp": ("Quỹ KH&CN", ""),
    "it": ("Đào tạo công nghệ thông tin", ""),
    "pump": ("Bơm chìm", ""),
}


def spelt(instead):
    words = " ".join(s for term in instead.words for s in term.accented)
    return words, " ".join(instead.by.accented)


def found_instead(text):
    return [spelt(each) for each in understand(text, TABLE).instead]


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("htx", [("htx", "hợp tác xã")]),
        ("HTX nông nghiệp", [("htx", "hợp tác xã")]),
        ("hợp tác xã", [("hợp tác xã", "htx")]),
        ("hop tac xa rau", [("hop tac xa", "htx")]),
        ("hợp tac xa", [("hợp tac xa", "htx")]),
        ("hộp tác xã", []),  # an accent typed is meant
        ("hợp tác", []),
        ('"hợp tác xã"', []),
        ("-htx máy", []),
        ('hợp "tác" xã', []),
        ("công nghệ thông tin", [("công nghệ thông tin", "cntt")]),  # the longest, not CN
        ("KH&CN", [("kh cn", "khcn"), ("kh cn", "khoa học và công nghệ")]),
        ("alone nothing", []),
    ],
)
def test_spellings_are_met_in_plain_words_only(text, instead):
    assert found_instead(text) == instead


def test_function_words_inside_a_spelling_are_not_required():
    (first, _) = understand("khoa học và công nghệ", TABLE).instead
    assert [term.accented for term in first.words] == [("khoa",), ("học",), ("công",), ("nghệ",)]


def test_a_table_is_known_by_its_content():
    same = Synonyms([["hợp tác xã", "HTX"], ["htx", "Hợp Tác Xã"]])
    assert same == Synonyms([{"HTX", "hợp tác xã"}])
    assert same.version == Synonyms([{"HTX", "hợp tác xã"}]).version
    assert same.version != TABLE.version
    assert Synonyms([]) == Synonyms.NONE == Synonyms([{"one"}])
    assert {same: 1}[Synonyms([{"HTX", "hợp tác xã"}])] == 1


@pytest.fixture
def found(tmp_path, engine):
    index = Index(tmp_path, engine)
    index.rebuild(
        [Document(key, "offer", "public", *texts) for key, texts in LISTINGS.items()], position=0
    )

    def found(text, synonyms=TABLE):
        return [hit.key for hit in index.search(Query(text, synonyms=synonyms)).hits]

    return found


def test_each_spelling_finds_the_other_and_itself_first(found):
    assert found("HTX") == ["short", "full"]
    assert found("hợp tác xã")[0] == "full"
    assert set(found("hợp tác xã")) == {"full", "short", "apart"}
    assert found("hop tac xa")[0] == "full"
    assert found("HTX", Synonyms.NONE) == ["short"]


def test_a_synonym_counts_for_all_the_words_it_stands_for(found):
    assert found("hợp tác xã nhãn") == ["short"]
    assert found("htx rau") == ["full"]


def test_a_synonym_stands_in_a_row(found):
    assert "apart" not in found("HTX")


def test_quotes_and_minus_mean_what_they_say(found):
    assert found('"HTX"') == ["short"]
    assert set(found("kho lạnh -HTX")) == {"full"}


def test_codes_have_synonyms(found):
    assert found("KH&CN") == ["amp", "science"]
    assert set(found("khoa học công nghệ")) == {"science"}


def test_most_words_count_synonyms_too(found):
    assert set(found("hợp tác xã blockchain")) == {"full", "short", "apart"}
    assert set(found("hợp tác xã blockchain", Synonyms.NONE)) == {"full", "apart"}


def test_a_spelling_may_hold_another(found):
    assert found("máy bơm") == ["pump"]


def test_synonyms_are_highlighted_where_they_stand_as_spelt():
    marked = highlight("Hợp tác xã rau, hợp đồng với xã", "HTX", synonyms=TABLE)
    assert [text for text, is_match in marked if is_match] == ["Hợp tác xã"]
    assert not any(is_match for _, is_match in highlight("Hợp tác xã", "HTX"))


def test_any_table_and_any_text_agree():
    table = Synonyms([{"", "\ud800", "a"}, {"x" * 500, "y"}, {f"s{n}" for n in range(100)}])
    assert len(understand("s1", table).instead) == 12
    understand("\ud800 s1 s2 ((", table)
