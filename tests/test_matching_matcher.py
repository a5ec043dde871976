"""The whole way: records in, explained pairs out. Everything here runs without a model but one."""

import json
from dataclasses import replace

import pytest

from matching import encoders, thresholds
from matching.cache import EmbeddingCache
from matching.encoders import HashingEncoder
from matching.explain import shared_terms
from matching.index import PassageIndex
from matching.ranker import Matcher
from matching.records import Record, Suggestion

FILLER = [
    ("loom", "Máy dệt đũi", "Dệt đũi thủ công chậm, sợi đứt nhiều.", "Khung dệt có mô tơ bước."),
    ("bronze", "Đúc đồng", "Khuôn đất nứt khi rót đồng.", "Mẫu sáp in ba chiều, nung khuôn gốm."),
    ("pond", "Cảm biến ao nuôi", "Cá chết đêm vì thiếu ôxy.", "Đầu dò ôxy báo qua điện thoại."),
    ("rice", "Giống lúa chịu mặn", "Ruộng ven biển nhiễm mặn.", "Giống lúa thuần chịu mặn."),
    ("herb", "Chiết cao dược liệu", "Hoạt chất hao khi cô đặc.", "Cô chân không nhiệt độ thấp."),
    ("tour", "Vé tham quan số", "Khách xếp hàng ở đền Mẫu.", "Vé mã hai chiều, đếm khách."),
    ("steel", "Soi lỗi ống thép", "Ống rỗ lọt tới khách.", "Thị giác máy soi mặt ống."),
    ("bean", "Ủ tương Bần", "Mốc tạp trong mùa nồm.", "Giống nấm mốc thuần, phòng ủ kiểm soát ẩm."),
]  # fmt: skip


def offer(key, title, problem, solution, **over):
    parts = {"title": title, "problem": problem, "solution": solution}
    return Record(
        key, "offer", parts, over.pop("facts", {}), **{"groups": frozenset({"public"}), **over}
    )


DRYER = offer(
    "dryer",
    "Máy sấy khay bơm nhiệt cho nhãn",
    "Lò than làm long nhãn sẫm màu, ám khói.",
    "Buồng sấy kín dùng bơm nhiệt, mẻ 500 kg nhãn tươi, đạt HACCP.",
    facts={"trl": 9, "price_min": 310_000_000, "sectors": {"211"}},
)
NEED = Record(
    "need",
    "need",
    {
        "title": "Cần sấy nhãn không khói than",
        "problem": "Lò than làm long nhãn sẫm màu, siêu thị chê ám khói. Mỗi mẻ 500 kg nhãn tươi.",
        "specifications": "Đạt HACCP.",
    },
    {"trl_min": 7, "budget_max": 400_000_000, "sectors": {"211"}},
    groups=frozenset({"public"}),
)


def build(tmp_path, *records, encoder=None):
    encoder = encoder or HashingEncoder()
    index = PassageIndex(encoder.name, encoder.dimensions)
    matcher = Matcher(encoder, index, EmbeddingCache(tmp_path / "e.sqlite"))
    matcher.add_all(records)
    return matcher


@pytest.fixture
def matcher(tmp_path):
    return build(tmp_path, NEED, DRYER, *(offer(*row) for row in FILLER))


def test_the_offer_that_answers_comes_first_with_its_reasons(matcher):
    best, second = matcher.match(NEED, "need-offer", limit=2)
    assert (best.a, best.b, best.pair_type) == ("need", "dryer", "need-offer")
    assert best.level in ("good", "strong")
    assert best.score > second.score
    assert best.model == matcher.encoder.name
    assert "ám khói" in best.shared_terms
    closest = best.passages[0]
    assert (closest.a.key, closest.b.key) == ("need", "dryer")
    assert 0 < closest.similarity <= 1
    assert {c.name: c.satisfied for c in best.constraints} == {
        "readiness": True,
        "budget": True,
        "sectors": True,
        "cooperation": None,
        "distance": None,
        "legal": None,
    }
    assert all(0 <= value <= 1 for value in (best.score, best.score_ab, best.score_ba))


def test_a_need_nothing_answers_gets_weak_suggestions_only(matcher):
    stranger = Record("lost", "need", {"title": "Kính viễn vọng", "problem": "Soi sao chổi xa."})
    assert {s.level for s in matcher.match(stranger, "need-offer")} == {"weak"}


def test_an_empty_record_matches_nothing_and_breaks_nothing(matcher):
    empty = Record("empty", "need", {"title": " "})
    assert matcher.match(empty, "need-offer") == []
    lone = matcher.score(empty, DRYER, "need-offer")
    assert (lone.level, lone.score, lone.passages) == ("weak", 0, ())


def test_the_same_pair_is_found_from_the_answering_side(matcher):
    forth = matcher.match(NEED, "need-offer", limit=1)[0]
    back = matcher.match(DRYER, "need-offer", limit=1)[0]
    assert back == forth == matcher.score(NEED, DRYER, "need-offer")


def test_order_and_scores_agree_and_no_record_meets_itself(matcher):
    found = matcher.match(NEED, "need-offer", limit=50)
    assert [s.score for s in found] == sorted((s.score for s in found), reverse=True)
    assert len({s.b for s in found}) == len(found) == 9


def test_a_failed_hard_constraint_caps_the_level_and_is_offered_as_relaxable(matcher):
    unready = replace(DRYER, facts=DRYER.facts | {"trl": 2})
    whole = matcher.score(NEED, DRYER, "need-offer")
    capped = matcher.score(NEED, unready, "need-offer")
    assert whole.level != "weak"
    assert capped.level == "weak"
    matcher.add(unready)
    relaxed = matcher.relaxed(NEED, "need-offer")
    assert [(each.constraint, each.suggestion.b) for each in relaxed] == [("readiness", "dryer")]
    assert relaxed[0].level in ("good", "strong")


def test_soft_facts_shade_the_score(matcher):
    nearby = matcher.score(NEED, DRYER, "need-offer").score
    elsewhere = replace(DRYER, facts=DRYER.facts | {"sectors": {"601"}})
    assert matcher.score(NEED, elsewhere, "need-offer").score < nearby


def test_audience_and_accept_narrow_what_is_matched(matcher):
    assert matcher.match(NEED, "need-offer", groups={"registered"}) == []
    some = matcher.match(NEED, "need-offer", accept=lambda key: key != "dryer")
    assert "dryer" not in {s.b for s in some}


def test_a_kind_that_does_not_take_part_is_refused(matcher):
    with pytest.raises(ValueError, match="does not pair"):
        matcher.match(NEED, "startup-investor")


def test_a_suggestion_survives_json(matcher):
    suggestion = matcher.match(NEED, "need-offer", limit=1)[0]
    assert Suggestion.from_dict(json.loads(json.dumps(suggestion.to_dict()))) == suggestion
    plain = json.loads(json.dumps(NEED.to_dict()))
    restored = Record.from_dict(plain)
    assert matcher.score(restored, DRYER, "need-offer") == suggestion


def test_unchanged_passages_are_not_encoded_again(matcher):
    def refuse(_):
        raise AssertionError("encoded again")

    matcher.encoder.encode_document = refuse
    matcher.add(replace(DRYER, facts={"trl": 8}))
    assert matcher.index.record("dryer").facts == {"trl": 8}
    with pytest.raises(AssertionError, match="again"):
        matcher.add(replace(DRYER, parts={**DRYER.parts, "advantages": "Ít điện."}))


def test_search_finds_with_accents_without_and_within_the_audience(matcher):
    for text in ("máy sấy nhãn bơm nhiệt", "may say nhan bom nhiet"):
        hits = matcher.search(text, kinds={"offer"}, groups={"public"}, limit=3)
        assert hits[0].key == "dryer"
        assert hits[0].passage.key == "dryer"
        assert 0 < hits[0].score <= 1
    assert matcher.search("máy sấy", groups={"registered"}) == []
    assert matcher.search("  ") == []
    assert matcher.search("máy sấy", kinds={"mentor"}) == []


def test_the_like_of_a_record_is_found_but_not_itself(matcher):
    twin = replace(DRYER, key="twin")
    matcher.add(twin)
    hits = matcher.similar("dryer", kinds={"offer"}, limit=3)
    assert hits[0].key == "twin"
    assert "dryer" not in {hit.key for hit in hits}
    assert len(matcher.similar("dryer", limit=99)) == len(matcher.index) - 1
    with pytest.raises(KeyError):
        matcher.similar("nobody")


def test_a_removed_record_is_suggested_no_more(matcher):
    assert matcher.remove("dryer")
    assert "dryer" not in {s.b for s in matcher.match(NEED, "need-offer")}


def test_a_site_with_one_offer_can_still_match_it(tmp_path):
    lonely = build(tmp_path, NEED, DRYER)
    assert [s.b for s in lonely.match(NEED, "need-offer")] == ["dryer"]
    assert build(tmp_path).match(NEED, "need-offer") == []


def test_an_index_of_another_model_is_refused():
    encoder = HashingEncoder()
    with pytest.raises(ValueError, match="another"):
        Matcher(encoder, PassageIndex("another", encoder.dimensions))


def test_a_matcher_from_disk_says_the_same(matcher, tmp_path):
    matcher.index.save(tmp_path / "index")
    index = PassageIndex.load(tmp_path / "index", matcher.encoder.name)
    again = Matcher(matcher.encoder, index, matcher.cache, calibration=matcher.calibration)
    assert again.match(NEED, "need-offer", limit=3) == matcher.match(NEED, "need-offer", limit=3)


def test_levels_are_cut_where_the_table_says():
    calibration = thresholds.BY_MODEL[thresholds.BUNDLED]
    assert 0 < calibration.good < calibration.strong < 1
    assert calibration.level(calibration.good) == "good"
    assert calibration.level(calibration.good - 0.001) == "weak"
    assert calibration.level(calibration.strong) == "strong"
    rising = [calibration.probability("offer", e) for e in (-3, 0, 3, 6, 9)]
    assert rising == sorted(rising)
    assert calibration.probability("offer", 3, 0.4) > calibration.probability("offer", 3, -0.4)


@pytest.mark.parametrize(
    ("a", "b", "shown", "hidden"),
    [
        ("Máy sấy bơm nhiệt cho nhãn", "dùng BƠM NHIỆT sấy nhãn và vải", "BƠM NHIỆT", "và"),
        ("đạt VietGAP và HACCP", "chứng nhận VietGAP", "VietGAP", "HACCP"),
        ("the membrane bioreactor", "a membrane bioreactor of steel", "membrane bioreactor", "of"),
        ("500 kg mỗi mẻ", "500 kg mỗi mẻ", "500 kg", "500"),
    ],
)  # fmt: skip
def test_shared_terms_are_whole_words_as_written_without_little_words(a, b, shown, hidden):
    terms = shared_terms(a, b)
    assert any(shown in term for term in terms), terms
    assert hidden not in terms


def test_strangers_share_no_terms():
    assert shared_terms("Máy sấy nhãn", "Wastewater treatment") == ()
    assert shared_terms("", "") == ()


@pytest.mark.model
def test_the_bundled_model_matches_across_languages(tmp_path):
    english = [
        offer(
            "dryer in English",
            "Heat-pump cabinet dryer for longan",
            "Coal kilns darken the fruit and leave smoke.",
            "Closed chamber, 500 kg of fresh longan per batch, no smoke.",
            language="en",
        ),
        offer(
            "reactor in English",
            "Membrane bioreactor for dye houses",
            "Waste water of a dye house is dark and warm.",
            "Aerated tank with flat membranes, sludge pressed every week.",
            language="en",
        ),
        offer(
            "vision in English",
            "Camera inspection of steel tube",
            "Pits and weld defects reach the customer.",
            "Four line-scan cameras and a trained classifier mark every defect.",
            language="en",
        ),
    ]
    matcher = build(tmp_path, NEED, *english, encoder=encoders.load())
    assert matcher.match(NEED, "need-offer", limit=1)[0].b == "dryer in English"
    assert matcher.search("máy sấy nhãn", {"offer"}, limit=1)[0].key == "dryer in English"
    back = matcher.search("dryer without coal smoke", {"need"}, limit=1)
    assert back[0].key == "need"
