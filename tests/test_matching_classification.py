"""What a text suggests: subjects, readiness by its own phrases, keywords it uses."""

import numpy as np
import pytest

from matching import classification
from matching.classification import (
    NEIGHBOURS,
    Concepts,
    cues,
    keywords,
    level_of,
    neighbours,
    readiness,
    subjects,
)
from matching.encoders import HashingEncoder
from matching.finding import Finder
from matching.index import PassageIndex
from matching.records import Record

WORDS = {
    "food": "kỹ thuật thực phẩm, sấy, chế biến nông sản",
    "water": "kỹ thuật môi trường, nước thải, xử lý nước",
    "cloth": "dệt may, nhuộm vải",
}
TEXTS = {
    "food": "sấy long nhãn chế biến nông sản bằng bơm nhiệt",
    "water": "xử lý nước thải làng nghề bằng bể lọc sinh học",
}


def record(key, sector="food", trl=9, group="public", text=None):
    return Record(
        key,
        "offer",
        {"title": text or TEXTS[sector]},
        {"sectors": {sector}, "trl": trl},
        groups=frozenset({group}),
    )


@pytest.fixture
def finder():
    encoder = HashingEncoder()
    made = Finder(encoder, PassageIndex(encoder.name, encoder.dimensions))
    for number in range(15):
        made.add(record(f"food-{number}", text=f"{TEXTS['food']} loại {number}"))
        made.add(record(f"water-{number}", "water", 7, text=f"{TEXTS['water']} cỡ {number}"))
    return made


def vectors(text):
    return HashingEncoder().encode_document([text])


# --- Subjects ------------------------------------------------------------------------------------
@pytest.mark.parametrize("code", TEXTS)
def test_the_subject_of_likely_records_comes_first(finder, code):
    found = subjects(finder, Concepts.of(finder, WORDS), vectors(f"{TEXTS[code]} mới"))
    assert found[0].value == code
    assert found[0].level == "high"


def test_without_records_the_vocabulary_itself_is_asked(finder):
    for key in list(finder.index):
        finder.remove(key)
    many = WORDS | {f"other-{number}": f"chuyện khác hẳn thứ {number}" for number in range(20)}
    found = subjects(finder, Concepts.of(finder, many), vectors("nước thải, xử lý nước làng nghề"))
    assert found[0].value == "water"
    assert {each.level for each in found} <= {"medium", "low"}
    assert found[0].probability >= 0.65
    assert len(finder.index) == 0


def test_nothing_typed_suggests_nothing(finder):
    assert subjects(finder, Concepts.of(finder, WORDS), np.zeros((0, 256), np.float32)) == []


def test_records_a_reader_may_not_find_do_not_vote(finder):
    for number in range(30):
        finder.add(record(f"secret-{number}", "water", group="invitation", text=TEXTS["food"]))
    found = subjects(finder, Concepts.of(finder, WORDS), vectors(TEXTS["food"]), groups={"public"})
    assert found[0].value == "food"
    near = neighbours(finder, vectors(TEXTS["food"]), fact="sectors", groups={"public"})
    assert {each.record.facts["sectors"].copy().pop() for each in near} == {"food"}


def test_neighbours_share_one_weight_and_leave_out_whom_they_are_told(finder):
    near = neighbours(finder, vectors(TEXTS["food"]), fact="sectors", but={"food-3"})
    assert len(near) == NEIGHBOURS
    assert sum(each.weight for each in near) == pytest.approx(1)
    assert "food-3" not in {each.record.key for each in near}


# --- Readiness -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("Đã bán 20 máy cho các hợp tác xã", "9"),
        ("Da ban 20 may cho hop tac xa o tinh", "9"),
        ("The system is installed in two factories", "9"),
        ("Có phiếu thử nghiệm của Quatest 1", "8"),
        ("Đang thử ở một trại bò", "7"),
        ("Mới chạy được trong phòng thí nghiệm", "4"),
        ("Có proof of concept", "3"),
    ],
)
def test_phrases_tell_readiness_and_are_shown(text, level):
    found = readiness(text, [])
    assert found[0].value == level
    assert found[0].because


@pytest.mark.parametrize(
    "text", ["Chưa thử nghiệm tại đâu cả", "Không có doanh thu", "Not yet sold"]
)
def test_what_is_denied_is_not_said(text):
    assert cues(text) == {}


def test_a_text_without_a_phrase_is_not_guessed_at(finder):
    near = neighbours(finder, vectors(TEXTS["food"]), fact="trl")
    assert readiness("Máy sấy long nhãn", near) == []


def test_neighbours_decide_between_two_phrases(finder):
    text = "Nguyên mẫu chạy thử, sau đó đã bán"
    near = neighbours(finder, vectors(TEXTS["food"]), fact="trl")
    assert readiness(text, near)[0].value == "9"
    near = neighbours(finder, vectors(TEXTS["water"]), fact="trl")
    assert readiness(text, near)[0].value == "7"


# --- Keywords ------------------------------------------------------------------------------------
def test_keywords_are_the_texts_own_words_those_others_carry_first(finder):
    text = Record(
        "new", "offer",
        {
            "title": "Bể lọc sinh học màng MBBR cho làng nghề",
            "summary": "Bể lọc sinh học dùng giá thể MBBR, do ông Nguyễn Văn Bình thiết kế.",
        },
    )  # fmt: skip
    found = [each.value for each in keywords(finder, text, {"lọc sinh học", "chất nổ"})]
    assert found[0] == "lọc sinh học"
    assert "chất nổ" not in found
    assert not any("Nguyễn" in word for word in found)
    assert "lọc sinh học" not in [
        each.value for each in keywords(finder, text, {"lọc sinh học"}, but=["Lọc sinh học"])
    ]


@pytest.mark.parametrize(
    ("chance", "level"), [(0.9, "high"), (0.65, "high"), (0.4, "medium"), (0.2, "low"), (0.1, "")]
)
def test_how_sure_is_said_in_three_words_or_not_at_all(chance, level):
    assert level_of(chance) == level


def test_every_cue_is_found_in_a_text_that_has_it():
    for level, phrases in classification.CUES.items():
        for phrase in phrases:
            assert phrase in cues(f"Công nghệ này {phrase} rồi.").get(level, ()), phrase
