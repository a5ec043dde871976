import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.passages import MAX_CHARACTERS, cut, encoding_text, sentences, split
from matching.records import Record
from matching.text import bigrams, clean, fold, guess_language, syllables


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Máy sấy Đông Tảo", "may say dong tao"),
        ("ĐƯỜNG QUỐC LỘ", "duong quoc lo"),
        ("TCVN 5603:2023", "tcvn 5603:2023"),
        ("", ""),
    ],
)
def test_folding_leaves_what_a_keyboard_without_accents_types(text, folded):
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_is_folding_once_and_composed_or_decomposed_is_the_same(text):
    once = fold(text)
    assert fold(once) == once
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


def test_syllables_keep_accents_and_numbers_with_their_decimals():
    assert syllables("Sấy 3,5 kg/mẻ, IoT 4.0") == ["sấy", "3,5", "kg", "mẻ", "iot", "4.0"]
    assert bigrams(["máy", "sấy", "nhãn"]) == ["máy_sấy", "sấy_nhãn"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Cần máy sấy nhãn cho hợp tác xã", "vi"),
        ("can may say nhan cho hop tac xa va nguoi dan", "vi"),
        ("We are looking for a dryer that works in the rain", "en"),
        ("Wastewater treatment membrane bioreactor", "en"),
        ("HACCP 500 kg", ""),
        ("", ""),
    ],
)
def test_the_language_of_a_text_is_told_by_its_letters_and_little_words(text, language):
    assert guess_language(text) == language


@given(st.text(alphabet=st.characters(codec=None), max_size=80))
def test_cleaned_text_can_be_written_anywhere(text):
    cleaned = clean(text)
    assert "\x00" not in cleaned
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned


def test_a_number_with_a_point_does_not_end_a_sentence():
    assert sentences("Công suất 3.5 tấn. Điện 3 pha.\nGiá rẻ") == [
        "Công suất 3.5 tấn.",
        "Điện 3 pha.",
        "Giá rẻ",
    ]


@given(st.text(alphabet="ab. \n", max_size=400), st.integers(5, 60))
def test_passages_are_short_enough_and_lose_no_word(text, longest):
    passages = split(text, longest)
    assert all(0 < len(passage) <= longest for passage in passages)
    assert "".join("".join(passages).split()) == "".join(text.split())


@given(st.text(alphabet="ab. \n", max_size=400), st.integers(5, 60))
def test_lines_are_kept_for_people_and_change_nothing_else(text, longest):
    kept = split(text, longest, keep_lines=True)
    assert [passage.replace("\n", " ") for passage in kept] == split(text, longest)
    assert all(line in text for passage in kept for line in passage.split("\n") if "  " not in text)


def test_passages_of_one_text_are_of_like_length():
    text = " ".join(f"Câu số {number} nói về máy sấy." for number in range(40))
    lengths = [len(passage) for passage in split(text)]
    assert len(lengths) == -(-len(text) // MAX_CHARACTERS)
    assert max(lengths) < 1.5 * min(lengths)


def test_a_record_opens_with_title_and_summary_and_each_passage_is_read_under_its_title():
    record = Record(
        "n1",
        "need",
        {"title": "Máy sấy nhãn", "problem": "Than khói.", "summary": "Cần sấy 500 kg."},
    )
    opening, problem = cut(record)
    assert opening.text == "Máy sấy nhãn\nCần sấy 500 kg."
    assert (problem.part, problem.text) == ("problem", "Than khói.")
    assert encoding_text(opening, record.parts) == "Máy sấy nhãn Cần sấy 500 kg."
    assert encoding_text(problem, record.parts) == "Máy sấy nhãn\nThan khói."


def test_a_record_without_text_has_no_passage():
    assert cut(Record("x", "need", {"title": "  ", "problem": ""})) == []
