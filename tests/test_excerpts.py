"""What is shown of a passage: whole sentences, the ones that matter, and not many."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.web import wording
from marketplace.web.excerpts import MOST, excerpt

LONG = " ".join(
    f"Câu số {number} kể về một chuyện khác hẳn với câu trước nó." for number in range(30)
)


def test_a_short_text_is_said_whole():
    assert excerpt("Than khói. Cần sấy 500 kg.") == "Than khói. Cần sấy 500 kg."
    assert excerpt("") == ""
    assert excerpt(" \n ") == ""


def test_a_long_text_is_cut_at_sentence_ends_and_says_so():
    words = excerpt(LONG)
    assert words.endswith(". …")
    assert words.removesuffix(" …") in LONG
    assert len(words) <= MOST + 4


def test_the_sentences_with_the_shared_words_are_chosen():
    text = f"{LONG} Máy sấy bơm nhiệt giữ màu long nhãn. {LONG}"
    words = excerpt(text, ["bơm nhiệt", "long nhãn"])
    assert "Máy sấy bơm nhiệt giữ màu long nhãn." in words
    assert words.startswith("… ")
    assert words.endswith(" …")


def test_items_of_a_list_are_told_apart():
    assert excerpt("Không tắc xơ\nBớt than\nQCVN 40") == "Không tắc xơ; Bớt than; QCVN 40"
    assert excerpt("Làm tại xưởng.\nHai ca") == "Làm tại xưởng. Hai ca"


def test_an_opening_is_said_without_its_title_and_keywords():
    text = "Máy sấy nhãn 500 kg\nXưởng sấy than khói. Muốn giữ màu.\nlong nhãn\nbơm nhiệt"
    assert excerpt(text, opening=True) == "Xưởng sấy than khói. Muốn giữ màu."
    # With nothing else to say, a title says the most.
    assert excerpt("Máy sấy nhãn 500 kg", opening=True) == "Máy sấy nhãn 500 kg"
    assert excerpt("Máy sấy nhãn\nlong nhãn", opening=True) == "long nhãn"


def test_a_sentence_of_a_page_is_cut_between_words():
    words = excerpt("chữ " * 300)
    assert words.endswith("chữ…")
    assert len(words) <= MOST + 1
    assert excerpt("x" * 1000) == "x" * MOST + "…"


@pytest.mark.parametrize("opening", [True, False])
@given(text=st.text(alphabet="aé .;?!\n", max_size=900), term=st.text("aé", max_size=3))
def test_whatever_the_text_it_is_short_and_nobody_else_s(opening, text, term):
    words = excerpt(text, [term], opening=opening)
    assert len(words) <= MOST + 5
    assert "\n" not in words
    assert set(re.findall(r"[aé]+", words)) <= {
        piece[:n] for piece in re.findall(r"[aé]+", text) for n in range(len(piece) + 1)
    }


def test_an_explanation_shows_excerpts_of_its_three_closest_passages():
    side = {"key": "T1", "part": "summary", "text": f"Tên hồ sơ\n{LONG}"}
    other = {"key": "T2", "part": "problem", "text": "Sấy bằng than.\nKhói nhiều"}
    found = wording.passages({"passages": [{"a": side, "b": other}] * 5, "shared_terms": []})
    assert len(found) == 3
    left, right = found[0]
    assert "Tên hồ sơ" not in left
    assert len(left) <= MOST + 4
    assert right == "Sấy bằng than. Khói nhiều"


@pytest.mark.parametrize(("km", "words"), [
    (0, "cùng xã, phường"), (12, "cách khoảng 12 km"),
])  # fmt: skip
def test_a_distance_within_one_commune_is_no_number(app, km, words):
    rule = {
        "name": "distance", "satisfied": True, "hard": False, "sources": [], "values": {"km": km}
    }  # fmt: skip
    with app.test_request_context():
        assert wording.constraints({"constraints": [rule]}, levels={"public"})[0][2] == words
