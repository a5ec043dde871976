"""Long texts: the page that answers is heard, the other nineteen do not drown it, and having many
pages is no advantage by itself."""

import numpy as np
import pytest
from scipy.stats import norm

from matching.encoders import HashingEncoder
from matching.evidence import picked
from matching.index import PassageIndex
from matching.ranker import Matcher
from matching.records import Passage, Record
from matching.similarity import HEARD, Said, both_ways, long_runs, similarities


def passages(*parts):
    return [Passage("x", part, "") for part in parts]


def test_only_parts_of_many_passages_are_long():
    parts = np.array(["summary", *["solution"] * (HEARD + 1), *["advantages"] * HEARD])
    assert long_runs(parts[1:] != parts[:-1]) == [slice(1, HEARD + 2)]
    assert long_runs(np.zeros(0, bool)) == []


def test_of_a_long_part_the_closest_passages_count():
    said = Said.of(passages("summary", *["solution"] * 5), {"summary": 1.0, "solution": 0.8}.get)
    assert said.heard(np.array([0.1, 0.9, 0.2, 0.8, 0.3, 0.7])).tolist() == [1, 0.8, 0, 0.8, 0, 0.8]
    rows = np.array([[0, 1, 2, 3, 4, 5], [0, 5, 4, 3, 2, 1]])
    assert (said.heard(rows) > 0).tolist() == [
        [True, False, False, True, True, True],
        [True, True, True, True, False, False],
    ]


def test_a_short_record_is_heard_whole():
    said = Said.of(passages("summary", "solution", "solution"), lambda part: 0.5)
    assert said.heard(np.array([0.1, 0.2, 0.3])).tolist() == [0.5, 0.5, 0.5]


def test_noise_added_to_a_long_part_does_not_lower_the_way_back():
    own = Said(np.ones(2))
    right, noise = np.full((2, 3), 0.9), np.full((2, 40), 0.5)
    short = both_ways(right, own, Said(np.ones(3)))
    long = both_ways(np.hstack([noise, right]), own, Said(np.ones(43), [slice(0, 43)]))
    assert long == pytest.approx(short)


def test_many_at_once_are_the_same_as_one_by_one():
    encoder = HashingEncoder()
    matcher = Matcher(encoder, PassageIndex(encoder.name, encoder.dimensions))
    words = np.random.default_rng(1)
    for number, length in enumerate((3, 900, 40)):
        text = ". ".join(f"tu{word} may{word % 7} say" for word in words.integers(0, 99, length))
        parts = {"title": f"Máy {number}", "solution": text, "advantages": "Nhanh"}
        matcher.add(Record(f"o{number}", "offer", parts))
    found = matcher.index.candidates(kinds={"offer"})
    assert found.long
    asking = Record("n", "need", {"title": "Cần máy sấy", "problem": "tu5 may5 say. " * 400})
    vectors, weigh = matcher.encode(asking), lambda part: {"title": 1.0}.get(part, 0.6)
    from matching.passages import cut

    own = Said.of(cut(asking), weigh)
    together = similarities(vectors, own, found, Said(found.weights(weigh), found.long))
    for place, slot in enumerate(found.slots):
        key = matcher.index.keys[slot]
        theirs = Said.of(matcher.index.passages(key), weigh)
        alone = both_ways(vectors @ matcher.index.vectors(key).T, own, theirs)
        assert [each[place] for each in together] == pytest.approx(alone, abs=1e-6)
    assert set(found.of_usual_length().slots) == {
        matcher.index.slot("o0"), matcher.index.slot("o2")
    }  # fmt: skip


def test_where_most_are_long_all_are_usual():
    encoder = HashingEncoder()
    matcher = Matcher(encoder, PassageIndex(encoder.name, encoder.dimensions))
    for number in range(3):
        parts = {"title": "Máy sấy", "solution": "Sấy nhãn bằng bơm nhiệt. " * 300}
        matcher.add(Record(f"o{number}", "offer", parts))
    found = matcher.index.candidates(kinds={"offer"})
    assert len(found.of_usual_length()) == 3


@pytest.mark.parametrize("tries", [1, 3, 8, 20])
def test_the_best_of_many_tries_is_worth_what_its_chance_says(tries):
    for value in (-1.0, 0.5, 2.0, 4.0):
        chance = 1 - norm.cdf(value) ** tries
        assert picked(value, tries) == pytest.approx(norm.isf(chance), abs=1e-6)
    assert picked(30.0, tries) == pytest.approx(30.0, abs=0.2)
    assert picked(60.0, tries) == 60.0
    assert -60 < picked(-9.0, tries) <= -9.0


def test_the_right_page_in_a_long_text_is_found_and_shown():
    encoder = HashingEncoder()
    matcher = Matcher(encoder, PassageIndex(encoder.name, encoder.dimensions))
    say = "Sấy long nhãn bằng bơm nhiệt, giữ màu, năng suất năm trăm kilôgam một mẻ."
    other = " ".join(
        f"Điều {number} của quy chế tài chính nội bộ về công tác phí." for number in range(300)
    )
    matcher.add(
        Record("right", "offer", {"title": "Thiết bị", "solution": f"{other} {say} {other}"})
    )
    for number in range(30):
        parts = {"title": f"Thiết bị {number}", "solution": f"Mô hình số {number} cho lớp học."}
        matcher.add(Record(f"o{number}", "offer", parts))
    need = Record(
        "need", "need", {"title": "Cần sấy long nhãn", "problem": "Sấy long nhãn bằng bơm nhiệt"}
    )
    best = matcher.match(need, "need-offer", 1)[0]
    assert best.b == "right"
    assert "bơm nhiệt" in best.passages[0].b.text
