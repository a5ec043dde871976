"""What is found, and what comes first, in a small collection written like the real one."""

import unicodedata

import pytest

from search import Document, Index, Query
from search.engines import available

ENGINES = available()


@pytest.fixture(scope="module", params=ENGINES.values(), ids=ENGINES)
def engine(request):
    return request.param


LISTINGS = {
    "say-nhan": (
        "Máy sấy nhãn bằng bơm nhiệt",
        "Thiết bị sấy long nhãn 500 kg/mẻ, vỏ tủ điện IP65, sản phẩm theo TCVN 5603:2023. "
        "Giữ màu cùi nhãn, giảm điện năng so với lò than.",
    ),
    "say-lua": (
        "Máy sấy lúa tầng sôi",
        "Sấy lúa mới gặt 10 tấn/giờ, dùng trấu làm nhiên liệu, kèm cân và hút bụi.",
    ),
    "kho-lanh": (
        "Kho lạnh bảo quản vải và nhãn tươi",
        "Kho lạnh 20 tấn, giữ quả nhãn tươi 30 ngày. Có thể dùng kết hợp với máy sấy.",
    ),
    "may-tre": (
        "Đan mây tre xuất khẩu",
        "Cơ sở cần máy chẻ mây, xử lý mốc cho hàng mây tre đan.",
    ),
    "may-mac": (
        "Phần mềm quản lý chuyền may",
        "Quản lý năng suất xưởng may mặc, đo thời gian từng công đoạn may.",
    ),
    "nuoc-thai": (
        "Xử lý nước thải làng nghề dệt nhuộm",
        "Hệ thống MBR 200 m³/ngày, thu hồi nước, giảm COD và độ màu.",
    ),
    "hoa": (
        "Trồng hoà hợp với thuỷ lợi",
        "Mô hình canh tác hoà với thuỷ lợi nội đồng của xã.",
    ),
    "iot": (
        "Smart irrigation with IoT sensors",
        "A drip irrigation controller for orchards, soil moisture sensors, LoRa network.",
    ),
    "khcn": (
        "Tư vấn R&D và KH&CN cho doanh nghiệp",
        "Chuyên gia hỗ trợ lập đề tài, công nghệ 4.0, bảo hộ sở hữu trí tuệ.",
    ),
    "giong": ("Nhân giống chuối tiêu hồng", "Nuôi cấy mô, nhân nhanh cây chuối giống sạch bệnh."),
    "nhan-mac": ("In nhãn mác truy xuất nguồn gốc", "Tem nhãn QR cho nông sản, in nhãn tại chỗ."),
}


@pytest.fixture(scope="module")
def index(tmp_path_factory, engine):
    index = Index(tmp_path_factory.mktemp("index"), engine)
    listings = [
        Document(key, "offer", "public", title, body) for key, (title, body) in LISTINGS.items()
    ]
    index.rebuild(listings, position=1)
    return index


@pytest.fixture
def found(index):
    return lambda text, **more: [hit.key for hit in index.search(Query(text, **more)).hits]


@pytest.mark.parametrize(
    "text", ["máy sấy nhãn", "may say nhan", "MÁY SẤY NHÃN", "may sấy nhãn", "máy sấy nhân"]
)
def test_the_listing_about_it_comes_first_however_it_is_typed(found, text):
    assert found(text)[0] == "say-nhan"


def test_decomposed_input_works(found):
    text = unicodedata.normalize("NFD", "máy sấy nhãn")
    assert found(text) == found("máy sấy nhãn")


@pytest.mark.parametrize(
    ("text", "first"),
    [("mây", "may-tre"), ("giữ màu", "say-nhan"), ("nhân", "giong"), ("nhãn mác", "nhan-mac")],
)
def test_an_accent_typed_is_preferred(found, text, first):
    assert found(text)[0] == first


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("nhãn", {"say-nhan", "kho-lanh", "nhan-mac"}),
        ("nhãn*", {"say-nhan", "kho-lanh", "nhan-mac"}),
        ("mây", {"may-tre"}),
        ("nhân giống", {"giong"}),
        ('"máy sấy"', {"say-nhan", "say-lua", "kho-lanh"}),
        ("may sấy", {"say-nhan", "say-lua", "kho-lanh"}),
    ],
)
def test_an_accent_typed_must_be_there(index, text, keys):
    results = index.search(Query(text))
    assert {hit.key for hit in results.hits} == keys
    assert not results.without_marks


def test_marks_are_dropped_only_when_nothing_else_is_found_and_that_is_said(index):
    results = index.search(Query("máy sấy nhân"))
    assert [hit.key for hit in results.hits] == ["say-nhan", "kho-lanh"]
    assert results.without_marks
    assert not index.search(Query("máy sấy nhân", filters={"kind": frozenset({"x"})})).without_marks


def test_two_words_mentioned_in_passing_do_not_beat_a_title(tmp_path, engine):
    index = Index(tmp_path, engine)
    rest = "một hai ba bốn năm sáu bảy tám chín mười"
    texts = {
        "a-fund": (f"Quỹ {rest}", f"Vốn cho sấy nhãn, sấy nhãn {rest}"),
        "b-dryer": ("Máy sấy cho nhãn lồng", f"Tủ gỗ {rest} {rest}"),
        **{f"c{number}": (f"Nhãn {rest}", f"sấy {rest}") for number in range(8)},
        **{f"d{number}": (f"Lúa {rest}", f"gặt {rest}") for number in range(30)},
    }
    documents = [Document(key, "offer", "public", *each) for key, each in texts.items()]
    index.rebuild(documents, position=0)
    assert index.search(Query("sấy nhãn")).hits[0].key == "b-dryer"


def test_without_accents_every_spelling_is_found(found):
    assert {"may-tre", "may-mac", "say-nhan"} <= set(found("may"))


@pytest.mark.parametrize("text", ["hoà thuỷ", "hòa thủy", "hoa thuy"])
def test_both_tone_places_find_both(found, text):
    assert found(text) == ["hoa"]


@pytest.mark.parametrize(
    "text", ["TCVN 5603:2023", "tcvn 5603", "IP65", "IP 65", "500 kg/mẻ", "500kg"]
)
def test_codes_and_units_are_found(found, text):
    assert found(text) == ["say-nhan"]


@pytest.mark.parametrize(
    ("text", "key"), [("m3/ngày", "nuoc-thai"), ("R&D", "khcn"), ("4.0", "khcn")]
)
def test_symbols_are_found(found, text, key):
    assert found(text) == [key]


def test_a_code_is_not_its_parts(found):
    assert found("IP20") == []


def test_english_is_found(found):
    assert found("soil moisture sensors for orchards") == ["iot"]


def test_the_same_word_weighs_more_in_a_title(tmp_path, engine):
    index = Index(tmp_path, engine)
    rest = "một hai ba bốn năm sáu bảy tám"
    index.rebuild(
        [
            Document("a-body", "offer", "public", rest, f"máy {rest}"),
            Document("b-title", "offer", "public", f"máy {rest}", rest),
        ],
        position=0,
    )
    assert [hit.key for hit in index.search(Query("máy")).hits] == ["b-title", "a-body"]


def test_all_words_are_required(found):
    assert set(found("máy sấy")) == {"say-nhan", "say-lua", "kho-lanh"}


def test_quotes_ask_for_neighbours(found):
    assert found('"nhan tuoi"') == ["kho-lanh"]
    assert found('"tuoi nhan"') == []


def test_minus_leaves_out(found):
    assert set(found("máy sấy -lúa")) == {"say-nhan", "kho-lanh"}
    assert "say-nhan" not in found("-nhãn")
    assert "say-lua" in found("-nhãn")


def test_an_accent_typed_behind_a_minus_spares_other_words(found):
    assert "say-nhan" in found("may -mây")
    assert "may-tre" not in found("may -mây")


def test_most_words_do_when_no_listing_has_all(found, index):
    assert found("máy sấy nhãn blockchain")[0] == "say-nhan"
    assert found("blockchain metaverse nhãn") == []
    assert index.search(Query("máy sấy")).corrected is None


def test_most_words_never_overrule_a_quote_or_a_minus(found):
    assert "say-nhan" not in found("máy sấy lúa blockchain -nhãn")
    assert found('máy sấy blockchain "nước thải"') == []


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("mya say nhan", "may say nhan"),
        ("máy sấyy nhãn", "máy sấy nhãn"),
        ("maysay nhan", "may say nhan"),
        ("kho lanhj", "kho lanh"),
        ("soil moistre sensors", "soil moisture sensors"),
    ],
)
def test_a_spelling_is_offered(index, typed, offered):
    assert index.search(Query(typed)).corrected == offered


@pytest.mark.parametrize("typed", ["máy sấy nhãn", "zzzzqqqq", "", "12345678", '"', "x"])
def test_no_spelling_is_offered_without_a_reason(index, typed):
    assert index.search(Query(typed)).corrected is None


def test_an_empty_text_browses_everything(found, index):
    assert set(found("")) == set(LISTINGS)
    assert index.search(Query("", facets=("kind",))).facets == {"kind": {"offer": len(LISTINGS)}}
    assert set(found(" !? ")) == set(LISTINGS)


def test_pages_neither_repeat_nor_lose_a_hit(index, found):
    pages = [found("may", offset=start, limit=2) for start in range(0, 10, 2)]
    assert [key for page in pages for key in page] == found("may")
    assert len(set(found("may"))) == len(found("may")) > 4
    assert index.search(Query("may", limit=0)).total == len(found("may"))


def test_equal_listings_are_ordered_by_key(tmp_path, engine):
    index = Index(tmp_path, engine)
    keys = ["b", "a", "d", "c"]
    index.rebuild([Document(key, "idea", "public", "Máy", "") for key in keys], position=0)
    assert [hit.key for hit in index.search(Query("máy")).hits] == sorted(keys)
    assert [hit.key for hit in index.search(Query("")).hits] == sorted(keys)
