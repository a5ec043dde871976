"""The stretch of text that shows why something was found."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from search import highlight

BODY = (
    "Hợp tác xã đang phơi thủ công, hao hụt cao vào mùa mưa. "
    + "Đoạn giữa không nói gì về điều được hỏi. " * 10
    + "Cần máy sấy nhãn công suất 500 kg/mẻ, đạt TCVN 5603:2023. "
    + "Phần cuối kể về máy khác. " * 10
)


def shown(fragments):
    return "".join(text for text, _ in fragments)


def matches(fragments):
    return [text for text, is_match in fragments if is_match]


def test_words_match_without_their_accents():
    assert matches(highlight("Máy sấy nhãn lồng", "may nhan")) == ["Máy", "nhãn"]


def test_an_accent_typed_and_found_leaves_other_words_alone():
    assert matches(highlight("Có cố vấn", "cố vấn")) == ["cố vấn"]
    assert matches(highlight("Có vấn đề", "cố vấn")) == ["Có vấn"]
    assert matches(highlight("Có cố vấn", "co van")) == ["Có cố vấn"]


def test_neighbouring_matches_are_one_fragment():
    assert matches(highlight("Mua máy  sấy, nhãn", "may say nhan")) == ["máy  sấy", "nhãn"]


def test_the_window_holds_the_most_different_words():
    fragments = highlight(BODY, "máy sấy nhãn", width=80)
    assert "máy sấy nhãn" in shown(fragments)
    assert fragments[0] == ("…", False)
    assert fragments[-1] == ("…", False)


def test_without_a_match_the_beginning_is_shown():
    fragments = highlight(BODY, "drone", width=60)
    assert shown(fragments).startswith("Hợp tác xã")
    assert not matches(fragments)


def test_excluded_words_and_empty_queries_mark_nothing():
    assert not matches(highlight("Máy sấy nhãn", "-nhãn"))
    assert highlight("", "máy") == []
    assert highlight("Máy sấy", "") == [("Máy sấy", False)]


def test_codes_are_marked_as_written():
    assert matches(highlight("Tủ điện IP65 ngoài trời", "ip 65")) == ["IP65"]


def test_markup_is_left_to_the_page():
    assert shown(highlight("<b>máy</b> & sấy", "may")) == "<b>máy</b> & sấy"


TEXT = st.text(alphabet=st.sampled_from("máy sấy,. \n\u0301x9-"), max_size=400)


@given(TEXT, TEXT, st.integers(min_value=1, max_value=120))
def test_fragments_are_a_stretch_of_the_text(text, query, width):
    text = unicodedata.normalize("NFC", text)
    fragments = highlight(text, query, width)
    stretch = shown(fragments).removeprefix("…").removesuffix("…")
    assert stretch in text
    assert len(stretch) <= width
    assert all(fragment for fragment, _ in fragments)
