"""Near-duplicates: copied, cut, moved about, typed without accents; never merely of one subject."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching import duplicates
from matching.duplicates import COPIED, containment, find
from matching.encoders import HashingEncoder
from matching.finding import Finder
from matching.index import PassageIndex, text_of
from matching.passages import sentences
from matching.records import Record
from matching.text import strip_marks

DRYER = Record(
    "dryer",
    "offer",
    {
        "title": "Máy sấy nhãn bơm nhiệt 500 kg mỗi mẻ",
        "problem": "Sấy than khiến long nhãn sẫm màu và khê. Người sấy phải thức đêm trông lò. "
        "Mỗi vụ hao hụt mười hai phần trăm sản lượng của hợp tác xã.",
        "solution": "Bơm nhiệt tách ẩm ở 45 đến 55 độ, gió tuần hoàn kín trong buồng. "
        "Bộ điều khiển đo độ ẩm của quả và tự đổi chế độ. Máy chạy bằng điện ba pha.",
        "partner": "Tìm hợp tác xã hoặc cơ sở sấy từ mười tấn quả tươi mỗi vụ.",
    },
    groups=frozenset({"public"}),
)
OTHER_DRYER = Record(
    "other-dryer",
    "offer",
    {
        "title": "Lò sấy nhãn gián tiếp đốt viên trấu",
        "problem": "Củi ngày càng đắt, khói bám vào quả làm mất giá long nhãn xuất khẩu.",
        "solution": "Buồng đốt tách rời, ống trao đổi nhiệt bằng thép không gỉ, quạt đẩy khí "
        "nóng sạch qua khay. Trấu viên cấp tự động bằng vít tải có hẹn giờ.",
    },
    groups=frozenset({"public"}),
)
SECRET = replace(
    DRYER,
    key="secret",
    parts={**DRYER.parts, "title": "Bản mời riêng"},
    groups=frozenset({"invitation"}),
)


def rewritten(record, change, key="copy"):
    return replace(
        record, key=key, parts={name: change(text) for name, text in record.parts.items()}
    )


def moved(text):
    found = sentences(text)
    random.Random(7).shuffle(found)
    return " ".join(found)


COPIES = {
    "as it is": lambda text: text,
    "sentences moved": moved,
    "sentences dropped": lambda text: sentences(text)[0],
    "without accents": strip_marks,
    "in capitals": str.upper,
}


@pytest.fixture
def finder():
    encoder = HashingEncoder()
    made = Finder(encoder, PassageIndex(encoder.name, encoder.dimensions))
    made.add_all([DRYER, OTHER_DRYER])
    return made


def looked_for(finder, record, **over):
    return find(finder, record, finder.encode_unkept(record, duplicates.PASSAGES), **over)


@pytest.mark.parametrize("change", COPIES.values(), ids=COPIES)
def test_a_copy_is_found_whatever_was_done_to_it(finder, change):
    found = looked_for(finder, rewritten(DRYER, change))
    assert [(each.key, each.verdict) for each in found] == [("dryer", "copied")]


def test_a_new_title_does_not_hide_a_copy_and_the_copied_parts_are_named(finder):
    copy = replace(DRYER, key="copy", parts={**DRYER.parts, "title": "Heat-pump longan dryer"})
    (found,) = looked_for(finder, copy)
    assert found.key == "dryer"
    assert set(found.parts) == {"problem", "solution", "partner"}
    assert found.passages[0].a.key == "copy"
    assert found.passages[0].b.key == "dryer"


def test_another_machine_for_the_same_fruit_is_no_copy(finder):
    finder.remove("dryer")
    assert looked_for(finder, DRYER) == []


def test_a_record_is_not_its_own_copy_nor_one_of_those_passed_over(finder):
    assert looked_for(finder, DRYER) == []
    assert looked_for(finder, rewritten(DRYER, str.upper), but={"dryer"}) == []


def test_another_kind_is_another_thing(finder):
    assert looked_for(finder, replace(DRYER, key="copy", kind="need")) == []


def test_what_a_reader_may_not_find_is_not_compared(finder):
    finder.add(SECRET)
    copy = rewritten(DRYER, moved)
    assert {each.key for each in looked_for(finder, copy, groups={"public"})} == {"dryer"}
    assert {each.key for each in looked_for(finder, copy)} == {"dryer", "secret"}


def test_hidden_copies_do_not_push_a_visible_one_out(finder):
    for number in range(2 * duplicates.CANDIDATES):
        finder.add(replace(SECRET, key=f"secret-{number}"))
    (found,) = looked_for(finder, rewritten(DRYER, moved), groups={"public"})
    assert found.key == "dryer"


def test_a_few_shared_words_say_nothing():
    assert containment("máy sấy nhãn bơm nhiệt", "máy sấy nhãn bơm nhiệt") == 0
    assert find(
        Finder(HashingEncoder(), PassageIndex("hashing-256-1", 256)),
        DRYER,
        HashingEncoder().encode_document(["máy sấy"]),
    ) == []  # fmt: skip


def test_reworded_is_told_by_meaning_where_words_do_not(finder):
    assert duplicates.verdict(0.0, duplicates.REWORDED) == "reworded"
    assert duplicates.verdict(COPIED, 0.0) == "copied"
    assert duplicates.verdict(COPIED - 0.01, duplicates.REWORDED - 0.01) == ""


@given(st.text(max_size=400), st.text(max_size=400))
def test_containment_is_a_share_and_the_same_from_both_sides(one, other):
    share = containment(one, other)
    assert 0 <= share <= 1
    assert share == containment(other, one)


def test_containment_of_a_text_in_a_longer_one_is_whole():
    text = text_of(DRYER)
    assert containment(text, f"{text}\n{text_of(OTHER_DRYER)}") == 1
