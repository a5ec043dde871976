"""Which spelling is offered: by keys, by marks, by what stands beside; and what never is."""

import pytest

from search import Document, Index, Query, Synonyms, slips
from search.engines import available

ENGINES = available()
TABLE = Synonyms([{"ĐMST", "đổi mới sáng tạo"}, {"PTN", "phòng thí nghiệm"}, {"NLTT", "gió"}])

TEXTS = [
    *["Xử lý nước thải làng nghề thì cần bể lắng"] * 2,
    *["Nước trong thì tốt, đất khô thì kém, giờ thì ít"] * 6,
    "Cuộc thi đổi mới sáng tạo cấp tỉnh, giải thưởng cho dust collector",
    "Phòng thí nghiệm kiểm nghiệm pin theo TCVN 5603",
    "Máy sấy nhãn 500 kg và máy may công nghiệp",
    "Máy say cà phê, máy sát gạo",
    "Rau sạch và rau mầm",
]  # fmt: skip


@pytest.fixture(scope="module", params=ENGINES.values(), ids=ENGINES)
def offered(request, tmp_path_factory):
    """offered(typed): the text offered instead, or None."""
    index = Index(tmp_path_factory.mktemp("spelling"), engine=request.param)
    index.rebuild(
        [Document(f"k{n}", "offer", "public", "", text) for n, text in enumerate(TEXTS)], 0
    )
    return lambda typed: index.search(Query(typed, synonyms=TABLE)).corrected


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        # Letters that changed places, although "thì" is the commoner word and one letter shorter.
        ("nước thỉa", "nước thải"),
        ("nuoc thia", "nuoc thai"),
        # The neighbouring key, and the marks as they were typed: not máy say, máy may.
        ("máy sấu nhãn", "máy sấy nhãn"),
        ("máy sấu 500 kg", "máy sấy 500 kg"),  # a word before a number is no code
        # What stands beside the same word: "rau", not the commoner "may" or "tau".
        ("rsu mầm", "rau mầm"),
        # A word without any mark stays without.
        ("cuộc tho", "cuộc thi"),
    ],
)
def test_the_likeliest_slip_is_mended(offered, typed, meant):
    assert offered(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "ĐMST kiểm nghiệm",  # not "dust": the table knows it
        "đmst nhãn",
        "PTN mầm",  # not "pin"
        "nltt",  # known to the table, and in no text
        "TCVM 5603 nhãn",  # a code is as it was written
        "tcvm 5603 nhãn",
        "IQ65 nhãn",
        "máy XQT nhãn",  # an abbreviation nobody knows
    ],
)
def test_what_is_no_slip_is_left_alone(offered, typed):
    first = typed.split()[1 if typed.startswith("máy") else 0]
    assert first in (offered(typed) or typed)


def test_signs_are_told_from_words_by_how_they_are_written():
    assert slips.signs("lắp PLC theo tcvn 5603 và IP65, ổ 3 pha") == {"plc", "tcvn", "ip"}
    assert slips.signs("MÁY SẤY NHÃN CÓ PLC") == {"plc"}
    assert slips.signs("máy sấy nhãn") == frozenset()


@pytest.mark.parametrize(
    ("typed", "likelier", "than"),
    [
        ("thia", "thai", "thi"),  # swapped, left over
        ("saay", "say", "sway"),  # doubled, another letter
        ("lanhj", "lanh", "lanha"),  # a tone key of Telex that stayed
        ("nhsn", "nhan", "nhin"),  # s lies beside a
        ("mua", "mia", "lua"),  # first letters are seldom wrong
    ],
)
def test_some_slips_are_likelier_than_others(typed, likelier, than):
    assert slips.of_keys(typed, (likelier,)) < slips.of_keys(typed, (than,))


def test_marks_speak_for_the_spelling_that_has_them():
    assert slips.of_marks("thỉa", "thải") == 0
    assert slips.of_marks("thỉa", "thì") > 0
    assert slips.of_marks("sấu", "sấy") < slips.of_marks("sấu", "sậy") < slips.of_marks("sấu", "sà")
    assert slips.of_marks("đô", "dô") > slips.of_marks("đô", "đô") == 0
