"""Text to tokens: the same word typed in any way becomes the same token."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import analysis
from search.collation import order
from search.query_language import Term, understand

ANYTHING = st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=200)


def folded(text):
    return [analysis.folded(syllable) for syllable in analysis.syllables(text)]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Máy sấy NHÃN", "may say nhan"),
        ("Đồng Nai, đường đỏ", "dong nai duong do"),
        ("Ðồng (chữ Eth của phông cũ)", "dong chu eth cua phong cu"),
        ("TCVN 5603:2023", "tcvn 5603 2023"),
        ("500 kg/mẻ", "500 kg me"),
        ("IP65 IP-65 IP 65", "ip 65 ip 65 ip 65"),
        ("1.500 kg, 1.500.000đ, 1,5 tấn, 2.5 m", "1500 kg 1500000 d 1.5 tan 2.5 m"),
        ("m³/ngày và CO₂", "m 3 ngay va co 2"),
        ("KH&CN R&D", "kh cn r d"),
        ("kỹ thuật, kĩ thuật; vật lý, vật lí", "ki thuat ki thuat vat li vat li"),
        ("công ty quy trình", "cong ti qui trinh"),
        ("IoT/AI 4.0", "iot ai 4.0"),
        ("４００ Ｖ", "400 v"),
        ("ma\u00ady s\u1ea5\u200by", "may say"),
        ("a_b", "a b"),
        ("🚜 ... !?", ""),
    ],
)
def test_text_becomes_these_folded_tokens(text, tokens):
    assert folded(text) == tokens.split()


@pytest.mark.parametrize(
    ("old", "new"),
    [("hoà", "hòa"), ("thuỷ", "thủy"), ("khoẻ", "khỏe"), ("uỷ", "ủy"), ("loá", "lóa")],
)
def test_old_and_new_tone_places_are_one_accented_token(old, new):
    assert analysis.syllables(old) == analysis.syllables(new) == [new]


@pytest.mark.parametrize("word", ["hoàn", "hoạt", "thuyền", "quỳnh", "toán"])
def test_tones_inside_closed_syllables_stay(word):
    assert analysis.syllables(word) == [word]


def test_the_u_after_q_is_not_a_vowel():
    assert analysis.syllables("quý quí") == ["quí", "quí"]


def test_accented_keeps_only_what_shows_an_accent():
    assert analysis.accented(analysis.syllables("máy say đo IP65")) == ["máy", "đo"]


def test_pairs_are_neighbours():
    assert analysis.pairs(folded("Máy sấy nhãn")) == ["may_say", "say_nhan"]


def test_endless_words_are_cut_to_what_an_index_can_hold():
    (token,) = analysis.syllables("ế" * 10_000)
    assert len(token) == analysis.LONGEST_TOKEN
    assert all(len(t) <= analysis.LONGEST_TOKEN for t in analysis.syllables("7" * 500))


@given(ANYTHING)
def test_composed_and_decomposed_text_give_the_same_tokens(text):
    forms = [analysis.syllables(unicodedata.normalize(form, text)) for form in ("NFC", "NFD")]
    assert forms[0] == forms[1]


@given(ANYTHING)
def test_tokens_are_clean_and_stand_where_they_say(text):
    composed = analysis.nfc(text)
    for token in analysis.tokens(text):
        assert token.text
        assert len(token.folded) <= analysis.LONGEST_TOKEN
        assert not any(character.isspace() for character in token.text)
        assert composed[token.start : token.end].strip() == composed[token.start : token.end]
        token.folded.encode()


def test_titles_sort_as_in_a_vietnamese_dictionary():
    titles = "9 10 a à ă â ca cà cả cã cá cạ các cam cân chanh da đa em ê"
    assert " ".join(sorted(set(titles.split()), key=order)) == titles


def test_the_tone_of_an_early_syllable_outweighs_a_later_letter():
    assert sorted(["cá bạc", "ca dao"], key=order) == ["ca dao", "cá bạc"]


# -- what a query text means


def words(terms):
    return [" ".join(term.folded) for term in terms]


def test_plain_words_quotes_and_minus():
    wanted = understand('máy "lò hơi" -chè -"than đá" sấy')
    assert words(wanted.words) == ["may", "say"]
    assert words(wanted.phrases) == ["lo hoi"]
    assert words(wanted.excluded) == ["che", "than da"]


@pytest.mark.parametrize("quoted", ['"lò hơi"', "“lò hơi”", "«lò hơi»", "„lò hơi“"])
def test_any_quotation_marks_do(quoted):
    assert words(understand(quoted).phrases) == ["lo hoi"]


def test_codes_stay_together_and_lists_do_not():
    wanted = understand("TCVN 5603:2023 IP65 500kg R&D nhãn/vải, bền-đẹp a,b")
    assert words(wanted.words) == [
        *("tcvn", "5603 2023", "ip 65", "500 kg", "r d"),
        *("nhan", "vai", "ben", "dep", "a", "b"),
    ]


@pytest.mark.parametrize(
    "text", ["máy OR sấy", "máy AND (sấy", "title:máy*^2", '"máy', "máy ~ [", "-"]
)
def test_operators_of_other_languages_are_text(text):
    wanted = understand(text)
    assert not wanted.phrases
    assert not wanted.excluded


def test_function_words_are_optional_only_where_accents_tell_them_apart():
    assert words(understand("máy sấy cho nhãn").optional) == ["cho"]
    assert not understand("may say cho nhan").optional
    assert words(understand("của và").words) == ["cua", "va"]


def test_neighbours_do_not_reach_across_a_phrase():
    assert words(understand('máy sấy "lò hơi" chè').neighbours) == ["may say"]


@given(ANYTHING)
def test_every_text_is_a_query(text):
    wanted = understand(text)
    terms = (*wanted.words, *wanted.phrases, *wanted.excluded)
    assert all(isinstance(term, Term) and term.folded for term in terms)
    assert len(terms) <= 3 * 32
