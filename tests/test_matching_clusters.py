"""Groups of needs, their names, and the map: the same at every run, and right where it is known
what is right."""

import numpy as np
import pytest

from matching import clusters
from matching.cache import EmbeddingCache
from matching.encoders import HashingEncoder
from matching.index import PassageIndex
from matching.ranker import Matcher
from matching.records import Record

DRYING = [
    "Sấy nhãn bằng lò than khói ám, cần máy sấy bơm nhiệt giữ màu long nhãn",
    "Long nhãn sẫm màu vì lò than, hợp tác xã tìm máy sấy bơm nhiệt",
    "Cần máy sấy bơm nhiệt cho vụ nhãn, bỏ lò than, long nhãn vàng đều",
]
WATER = [
    "Nước thải xưởng nhuộm có màu, cần bể lọc sinh học đạt QCVN",
    "Xưởng nhuộm vải bị phạt vì nước thải, tìm bể lọc sinh học",
    "Bể lọc sinh học cho nước thải làng nghề dệt nhuộm",
]
ALONE = ["Gà Đông Tảo ấp trứng nở kém, cần quy trình ấp"]
# What the rest of an exchange is about: without it nobody can tell what is near by chance.
NOISE = [
    "Đo độ mặn cửa sông báo qua điện thoại",
    "Lịch tưới lúa theo cảm biến đồng ruộng",
    "Hồ sơ bệnh án trạm y tế điện tử",
    "Khuôn gạch nung tiết kiệm củi",
    "Truy xuất nguồn gốc mật ong hoa",
    "Robot hàn khung xe kéo",
    "Cân băng tải tự động cho kho thóc",
    "Chế phẩm vi sinh ủ rơm rạ tại chỗ",
    "Khuếch tán tinh dầu quế làm nến",
    "Bản đồ số di tích đình chùa",
    "Phân loại trứng vịt bằng hình ảnh",
    "Vá lưới đánh cá bằng sợi mới",
]
OFFERS = {"o-dry": "Máy sấy bơm nhiệt cho long nhãn", "o-water": "Bể lọc sinh học nước thải nhuộm"}


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    encoder = HashingEncoder()
    index = PassageIndex(encoder.name, encoder.dimensions)
    cache = EmbeddingCache(tmp_path_factory.mktemp("cache") / "e.sqlite")
    matcher = Matcher(encoder, index, cache)
    needs = {f"n{at}": text for at, text in enumerate(DRYING + WATER + ALONE)}
    matcher.add_all(
        [Record(key, "need", {"title": text[:40], "problem": text}) for key, text in needs.items()]
        + [Record(f"z{at}", "need", {"title": text}) for at, text in enumerate(NOISE)]
        + [Record(key, "offer", {"title": text, "solution": text}) for key, text in OFFERS.items()]
    )
    return index


NEEDS = [f"n{at}" for at in range(7)]
OTHERS = [f"z{at}" for at in range(len(NOISE))]


def test_the_like_are_grouped_and_the_lone_one_stays_alone(index):
    found = clusters.survey(index, NEEDS, list(OFFERS), OTHERS)
    assert [set(each.keys) for each in found.groups] == [
        {"n0", "n1", "n2"},
        {"n3", "n4", "n5"},
        {"n6"},
    ]
    assert 0 < found.silhouette <= 1


def test_a_group_is_named_by_what_its_members_share_and_others_do_not(index):
    drying, water, alone = clusters.survey(index, NEEDS, list(OFFERS), OTHERS).groups
    assert {"bơm nhiệt", "long nhãn"} & {term.lower() for term in drying.terms}
    assert any("nước thải" in term.lower() or "sinh học" in term.lower() for term in water.terms)
    assert not {term.lower() for term in drying.terms} & {term.lower() for term in water.terms}
    assert alone.terms
    text = " ".join(ALONE).lower()
    assert all(term.lower() in text for term in alone.terms)


def test_the_closest_answer_of_a_group_is_told(index):
    drying, water, _alone = clusters.survey(index, NEEDS, list(OFFERS), OTHERS).groups
    assert drying.nearest[0][0] == "o-dry"
    assert water.nearest[0][0] == "o-water"


def test_order_of_the_question_does_not_change_the_groups(index):
    one = clusters.survey(index, NEEDS, list(OFFERS), OTHERS)
    other = clusters.survey(index, NEEDS[::-1], list(OFFERS)[::-1], OTHERS[::-1])
    assert {(each.terms, frozenset(each.keys)) for each in one.groups} == {
        (each.terms, frozenset(each.keys)) for each in other.groups
    }
    assert clusters.survey(index, NEEDS, list(OFFERS), OTHERS) == one


def test_every_record_has_a_place_on_the_map(index):
    found = clusters.survey(index, NEEDS[:3], list(OFFERS), [*NEEDS[3:], "n0", "nobody"])
    assert [each.key for each in found.points] == [*NEEDS[:3], *OFFERS, *NEEDS[3:]]
    assert all(0 <= each.x <= 1 and 0 <= each.y <= 1 for each in found.points)
    assert [each.group for each in found.points[3:]] == [-1] * 6
    at = {each.key: np.array([each.x, each.y]) for each in found.points}
    assert np.linalg.norm(at["n0"] - at["n1"]) < np.linalg.norm(at["n0"] - at["n4"])


@pytest.mark.parametrize("count", range(4))
def test_few_records_make_a_small_map(index, count):
    found = clusters.survey(index, NEEDS[:count])
    assert len(found.points) == count
    assert sum(len(each.keys) for each in found.groups) == count


def test_a_map_survives_being_written(index):
    found = clusters.survey(index, NEEDS, list(OFFERS), OTHERS)
    assert clusters.Map.from_dict(found.to_dict()) == found
    with pytest.raises((KeyError, TypeError)):
        clusters.Map.from_dict({"points": [{"key": "x"}], "groups": [], "silhouette": 0})


def test_the_silhouette_is_that_of_the_textbook():
    """Two pairs, 1 apart inside and 4 apart between: (4 - 1) / 4 for each."""
    apart = np.array([[0, 1, 4, 4], [1, 0, 4, 4], [4, 4, 0, 1], [4, 4, 1, 0]], float)
    assert clusters.silhouette(apart, np.array([1, 1, 2, 2])) == pytest.approx(0.75)
    assert clusters.silhouette(apart, np.array([1, 1, 1, 1])) == 0


def test_the_map_does_not_turn_over_when_one_record_leaves(index):
    whole = clusters.survey(index, NEEDS, list(OFFERS), OTHERS)
    less = clusters.survey(index, NEEDS[:-1], list(OFFERS), OTHERS)
    kept = {each.key: each for each in less.points}
    moved = [
        abs(each.x - kept[each.key].x) + abs(each.y - kept[each.key].y)
        for each in whole.points
        if each.key in kept
    ]
    assert max(moved) < 1  # a mirrored map moves its edges by the whole width
