"""What words are taken for, kinds and abbreviations; and where they are shown again."""

import re

import pytest

from marketplace.models import utcnow
from marketplace.services import synonyms


def text(response):
    assert response.status_code == 200
    return response.get_data(as_text=True)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("expert", ["chuyên gia", "chuyen gia sấy", "expert"]),
        ("mentor", ["cố vấn", "người hướng dẫn", "mentor sấy"]),
        ("investor", ["nhà đầu tư", "nha dau tu", "investor"]),
        ("support", ["tổ chức hỗ trợ", "support organisation"]),
        ("startup", ["doanh nghiệp khởi nghiệp", "dự án khởi nghiệp", "startup"]),
        ("idea", ["ý tưởng khởi nghiệp"]),
    ],
)
def test_what_a_kind_is_called_finds_its_records(make, client, index, kind, words):
    """Their own texts do not say it."""
    make.listing(kind, title_vi="Sấy nông sản", summary_vi="Hai mươi năm ở xưởng sấy.")
    make.listing("offer", title_vi="Máy sấy nông sản", summary_vi="Mỗi mẻ 500 kg.")
    index()
    for each in words:
        page = text(client.get("/find", query_string={"q": each}))
        assert "1 kết quả" in page, each
        assert f"kind={kind}" in page or f'data-kind="{kind}"' in page


def test_abbreviations_of_the_starting_list_find_what_is_spelt_out(session, make, client, index):
    synonyms.load(session, now=utcnow())
    session.commit()
    make.listing("offer", title_vi="Phòng thí nghiệm nước và năng lượng tái tạo")
    make.listing("offer", title_vi="Đổi mới sáng tạo với pin và dust collector")
    index()
    for typed in ("PTN", "ptn nước", "NLTT", "nltt nước", "PTN NLTT"):
        assert "Phòng thí nghiệm nước" in re.sub(
            "</?mark>", "", text(client.get("/find", query_string={"q": typed}))
        ), typed
    for typed in ("ĐMST", "DMST", "dmst pin"):
        page = text(client.get("/find", query_string={"q": typed}))
        assert "1 kết quả" in page, typed
        assert "Có phải bạn tìm" not in page


def test_the_header_repeats_the_words_of_a_search_and_no_other_page_s(make, client, index):
    make.organisation(name="Viện Sông Luộc")
    index()
    box = re.compile(r'id="q-nhanh"[^>]*value="([^"]*)"')
    assert box.search(text(client.get("/find?q=song+luoc"))).group(1) == "song luoc"
    assert box.search(text(client.get("/organisations?q=song+luoc"))).group(1) == ""
