"""Finding: without accents, by facets with exact counts, only what the reader may see."""

import pytest

from marketplace.domain.actor import GUEST
from marketplace.models import Change, utcnow
from marketplace.services import background, discovery, indexing
from search.records import Query


def text(response):
    assert response.status_code == 200
    return response.get_data(as_text=True)


def test_words_typed_without_accents_find_the_listing(make, client, index):
    make.listing("offer", title_vi="Máy sấy nhãn bơm nhiệt")
    index()
    assert "bơm nhiệt" in text(client.get("/find?q=may+say+nhan"))


def test_dropping_the_accents_typed_is_said(make, client, index):
    make.listing("offer", title_vi="Máy sấy nhãn")
    index()
    said = "những tin khớp khi bỏ dấu"
    assert said in text(client.get("/find", query_string={"q": "nhẵn"}))
    assert said not in text(client.get("/find", query_string={"q": "nhãn"}))


def test_composed_and_decomposed_letters_find_the_same(make, client, index):
    make.listing("offer", title_vi="Hầm biogas phủ bạt")
    index()
    assert "biogas" in text(client.get("/find", query_string={"q": "hầm phủ bạt"}))


def test_facet_counts_are_those_of_all_matches(make, client, index):
    for _ in range(15):
        make.listing("offer", title_vi="Máy sấy nhãn")
    make.listing("need", title_vi="Cần máy sấy nhãn")
    index()
    page = text(client.get("/find?q=say+nhan"))
    assert "16 kết quả" in page
    assert '<span class="n">15</span>' in page


def test_the_address_holds_the_whole_search(make, client, index):
    make.listing("offer", title_vi="Máy sấy nhãn", sectors=["211"])
    make.listing("offer", title_vi="Máy sấy lúa", sectors=["401"])
    index()
    page = text(client.get("/find?q=may+say&kind=offer&sectors=401&sort=newest"))
    assert "Máy sấy lúa" in page.replace("<mark>", "").replace("</mark>", "")
    assert "1 kết quả" in page


def test_a_stranger_finds_neither_members_only_nor_withdrawn_nor_draft_listings(
    make, client, index
):
    make.listing("offer", title_vi="Bơm nhiệt kín", visibility="registered")
    make.listing("offer", title_vi="Bơm nhiệt rút", state="withdrawn")
    make.listing("offer", title_vi="Bơm nhiệt nháp", state="draft")
    make.listing("offer", title_vi="Bơm nhiệt mời", visibility="invitation")
    index()
    assert "0 kết quả" in text(client.get("/find?q=bom+nhiet"))


def test_a_verified_member_finds_members_only_listings(make, sign_in, index):
    make.listing("offer", title_vi="Bơm nhiệt kín", visibility="registered")
    index()
    assert "1 kết quả" in text(sign_in(make.user()).get("/find?q=bom+nhiet"))


def test_a_lagging_index_shows_nothing_it_should_not(make, session, client, index):
    listing = make.listing("offer", title_vi="Máy rút ngay")
    index()
    listing.state = "withdrawn"
    make.save(Change(listing_id=listing.id, at=utcnow()))
    assert listing.ref not in text(client.get("/find?q=rut+ngay"))


def test_the_name_behind_a_masked_listing_is_not_searchable(make, client, index):
    hidden = make.organisation(name="Công ty Tuyệt Đối Kín")
    make.listing("need", organisation=hidden, visibility="masked", title_vi="Cần lò sấy")
    index()
    assert "Cần lò sấy" not in text(client.get("/find?q=tuyet+doi+kin"))
    page = text(client.get("/find?q=lo+say&kind=need"))
    assert "1 kết quả" in page
    assert "Tuyệt Đối Kín" not in page
    assert "Giấu tên" in page


def test_a_result_without_matches_leads_somewhere(client, index):
    index()
    page = text(client.get("/find?q=khongcogiodau"))
    assert "Chưa có tin nào khớp" in page
    assert "/listings/new/need?title=khongcogiodau" in page


def test_words_searched_in_vain_stand_in_the_need_that_is_posted_instead(make, sign_in):
    member = sign_in(make.user())
    page = text(member.get("/listings/new/need?title=%3Cb%3Em%C3%A1y+l%E1%BB%8Dc"))
    assert "&lt;b&gt;máy lọc" in page
    assert "<b>máy" not in page


@pytest.mark.parametrize(
    "query",
    ["?q=%00", "?q=" + "a" * 5000, "?page=-3", "?page=99999999", "?sort=drop", "?kind=%27or",
     "?q=%22%22%22", "?q=((*", "?sectors=" + "9" * 300, "?q=%F0%9F%8D%83"],
)  # fmt: skip
def test_nothing_in_the_address_breaks_the_page(client, index, query):
    index()
    assert client.get("/find" + query).status_code == 200


@pytest.mark.parametrize("facet", indexing.FACETS)
def test_a_filter_nobody_knows_is_dropped_with_a_word_and_not_repeated(make, client, index, facet):
    make.listing("offer", title_vi="Máy sấy nhãn")
    index()
    page = text(client.get("/find", query_string={facet: "Gọi ngay 0900"}))
    assert "bộ lọc mà sàn không biết" in page
    assert "Gọi ngay 0900" not in page
    assert "1 kết quả" in page
    assert "bộ lọc mà sàn không biết" not in text(client.get("/find?kind=offer&readiness=7-9"))


def test_without_an_index_the_page_says_so_and_goes_on(make, client):
    make.listing("offer")
    assert "đang được dựng lại" in text(client.get("/find?q=may"))


def test_the_index_may_be_deleted_and_is_built_anew(app, make, client, index, session):
    make.listing("offer", title_vi="Máy sấy nhãn")
    index()
    import shutil

    shutil.rmtree(app.extensions["engines"].folder / "search")
    index()
    assert "1 kết quả" in text(client.get("/find?q=say+nhan"))


def test_rebuilding_by_command_gives_the_same_listings(app, make, index, session):
    for _ in range(3):
        make.listing("offer")
    index()
    before = dict(app.extensions["engines"].search.keys())
    session.rollback()
    result = app.test_cli_runner().invoke(args=["index", "--rebuild"])
    assert result.exit_code == 0, result.output
    assert dict(app.extensions["engines"].search.keys()) == before
    assert len(before) == indexing.count(session)


SUBJECTS = [
    "Máy sấy long nhãn bằng bơm nhiệt", "Xử lý nước thải làng nghề dệt nhuộm",
    "Nhà kính trồng rau thủy canh", "Giống lúa chịu mặn năng suất cao",
    "Phần mềm kế toán hợp tác xã", "Đúc đồng chân dung bằng khuôn cát",
]  # fmt: skip


# --- One list by words and meaning ---------------------------------------------------------------
@pytest.fixture
def subjects(app, make, session, index):
    for title in SUBJECTS:
        make.listing("offer", title_vi=title, summary_vi=f"{title}: kể rõ hơn về {title.lower()}.")
    engines = app.extensions["engines"]
    engines.encoder()
    while background.follow_matches(engines, "hung_yen"):
        pass
    index()
    background.reading()
    return lambda text, **over: discovery.find(
        session, engines, GUEST, Query(text=text, **over), as_typed=True
    )


def test_what_has_the_words_is_never_lost_and_counted_alone(subjects):
    found = subjects("máy sấy long nhãn bơm nhiệt")
    assert found.views[0].title() == SUBJECTS[0]
    assert found.total == 1
    assert len(found.views) == found.total + found.by_meaning
    assert 0 not in found.near


@pytest.mark.parametrize("text", ["asdfgh qwerty", "bitcoin blockchain", "x", "12 345", "... !"])
def test_nothing_is_near_to_nothing(subjects, text):
    assert not subjects(text).by_meaning


def test_every_page_together_holds_each_result_once(subjects, make, index):
    for number in range(30):
        make.listing("offer", title_vi=f"Máy sấy số {number}")
    index()
    background.reading()
    whole = subjects("máy sấy", limit=100)
    pages = [subjects("máy sấy", offset=at, limit=10) for at in range(0, 50, 10)]
    assert [v.ref for page in pages for v in page.views] == [v.ref for v in whole.views]
    assert len({v.ref for v in whole.views}) == len(whole.views) == whole.total + whole.by_meaning


def test_filters_hold_for_what_is_near_as_well(subjects):
    found = subjects("máy sấy long nhãn bơm nhiệt", filters={"sectors": frozenset({"401"})})
    assert found.views == []


def test_another_order_than_relevance_lists_what_has_the_words_only(subjects):
    assert subjects("máy sấy long nhãn", sort="title").by_meaning == 0


def test_a_query_is_encoded_once(subjects, app):
    engines = app.extensions["engines"]
    subjects("máy sấy")
    held = len(engines.asked)
    subjects("máy sấy")
    assert len(engines.asked) == held > 0
    engines.asked.most = 2
    for number in range(5):
        subjects(f"máy sấy {number}")
    assert len(engines.asked) == 2


def test_a_spelling_that_finds_all_stands_in_for_one_that_finds_nothing(make, client, index):
    make.listing("offer", title_vi="Máy sấy nhãn")
    index()
    page = text(client.get("/find", query_string={"q": "sayy"}))
    assert "Đang hiện kết quả cho" in page
    assert "1 kết quả" in page
    page = text(client.get("/find", query_string={"q": "sayy", "as_typed": "1"}))
    assert "Có phải bạn tìm" in page
    assert "0 kết quả" in page


# --- Ways out of nothing -------------------------------------------------------------------------
def test_each_filter_and_word_in_the_way_is_named_with_what_its_going_brings(make, client, index):
    make.listing("offer", title_vi="Máy sấy nhãn", sectors=["211"])
    make.listing("offer", title_vi="Máy sấy lúa", sectors=["211"])
    index()
    page = text(client.get("/find?q=may+say&kind=need"))
    assert "Bỏ bộ lọc Loại hồ sơ</a>: 2 kết quả" in page
    page = text(client.get("/find?q=sấy+blockchain"))
    assert "Không có “blockchain”</a>: 2 kết quả" in page


# --- Sources -------------------------------------------------------------------------------------
def test_an_organisation_is_found_with_its_kind_and_source(make, client, index):
    organisation = make.organisation(name="Viện Cơ điện Sông Luộc")
    index()
    page = text(client.get("/find?q=co+dien+song+luoc"))
    assert f"/organisations/{organisation.key}" in page
    assert "Danh bạ đơn vị" in page
    assert "1 kết quả" in text(client.get("/find?q=song+luoc&kind=organisation"))


def test_an_organisation_renamed_is_found_by_its_new_name_through_the_outbox(
    make, session, client, index
):
    organisation = make.organisation(name="Viện Tên Cũ Kỹ")
    index()
    organisation = session.merge(organisation)
    organisation.name = "Viện Sông Luộc"
    make.save(organisation)
    index()
    assert "1 kết quả" in text(client.get("/find?q=song+luoc"))
    assert f"/organisations/{organisation.key}" not in text(client.get("/find?q=ten+cu+ky"))


def test_a_row_of_the_register_is_all_a_new_source_needs(make, client, index, monkeypatch):
    """People who signed up, say: found, counted, linked and followed by one row."""
    from sqlalchemy import select

    from marketplace.models import User
    from search.records import Document

    people = indexing.Source(
        name="person",
        words="Người",
        model=User,
        kinds={"person": ("Người", "Người")},
        rows=lambda: select(User),
        key=lambda row: f"person:{row.id}",
        documents=lambda session, rows: [
            Document(f"person:{row.id}", "person", "public", row.name, "") for row in rows
        ],
        views=lambda session, actor, keys: {
            f"person:{row.id}": indexing.Card(row.key, "person", row, {"title": row.name})
            for row in session.scalars(select(User))
            if f"person:{row.id}" in keys
        },
        link=("organisations.show", "key"),
    )
    monkeypatch.setattr(indexing.sources, "SOURCES", (*indexing.SOURCES, people))
    User.is_sample = False
    try:
        person = make.user(name="Nguyễn Văn Hoàn Toàn Mới")
        index()
        page = text(client.get("/find?q=hoan+toan+moi&kind=person"))
    finally:
        del User.is_sample
    assert "1 kết quả" in page
    assert f"/organisations/{person.key}" in page
    assert '<span class="n">1</span>' in page


# --- Nothing breaks the page ---------------------------------------------------------------------
ODD = [
    "", " ", "\x00", "\ufeff", "\ud800", "a\u0301" * 300, "((*", '"', '"" -', "-", "AND OR NOT",
    "[a TO z]", "%", "\u202e", "😀" * 100, "' OR 1=1 --", "<script>", "{{7*7}}", "\\", "x" * 4000,
]  # fmt: skip


@pytest.mark.parametrize("name", ["q", "kind", "sectors", "sort", "page", "as_typed"])
def test_no_input_gives_an_error_page(subjects, client, name):
    for odd in ODD:
        written = odd.encode("utf-8", "surrogatepass")
        for path in ("/find", "/find/complete"):
            answer = client.get(path, query_string={name: written, "q": written})
            assert answer.status_code in (200, 400), (path, odd)
