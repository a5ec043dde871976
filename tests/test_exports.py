"""Export: the list a reader sees, with the fields they may see, in files people can open."""

import csv
import io
import json
from urllib.parse import urlencode

import openpyxl
import pytest
from sqlalchemy import func, select

from marketplace.domain.actor import GUEST
from marketplace.domain.fields import BY_KIND, fields
from marketplace.models import Audit, utcnow
from marketplace.services import disclosure, exports, indexing
from marketplace.services.accounts import actor_of
from marketplace.services.exports.columns import SHARED
from marketplace.services.exports.formats import safe
from marketplace.services.visibility import visible_to

FORMS = ("xlsx", "csv", "json")


@pytest.fixture
def index(app, session):
    """index(): bring the search index up to the database, as the worker does."""

    def built():
        indexing.rebuild_search(session, app.extensions["engines"].search)
        session.rollback()

    return built


@pytest.fixture
def curator(make):
    return make.user(role="curator")


def csv_rows(answer):
    text = answer.data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def refs(answer):
    return [each["ref"] for each in json.loads(answer.data)["listings"]]


def full(client, scope="mine", form="json"):
    return client.post(f"/export/listings.{form}?scope={scope}")


# --- What is in it ------------------------------------------------------------------------------
@pytest.mark.parametrize("form", FORMS)
def test_a_guest_exports_public_fields_of_published_listings_only(client, make, index, form):
    make.listing("need", title_vi="Cần máy sấy")
    make.listing("need", title_vi="Bản nháp", state="draft")
    make.listing("need", title_vi="Cho thành viên", visibility="registered")
    make.listing("need", title_vi="Chỉ khi mời", visibility="invitation")
    index()
    answer = client.get(f"/export/listings.{form}")
    if form == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(answer.data))
        text = str([[cell.value for cell in line] for page in book for line in page])
    else:
        text = answer.data.decode("utf-8-sig")
    assert "Cần máy sấy" in text
    for hidden in ("Bản nháp", "Cho thành viên", "Chỉ khi mời", "0912345678", "tried_before"):
        assert hidden not in text


def test_the_export_is_the_search_it_was_asked_from_on_all_its_pages(client, make, index):
    wanted = [make.listing("need", title_vi=f"Cần bơm nước số {n}") for n in range(15)]
    make.listing("need", title_vi="Cần máy sấy")
    make.listing("offer", title_vi="Bơm nước ly tâm")
    index()
    query = urlencode({"q": "bom nuoc", "kind": "need", "page": 2})
    answer = client.get(f"/export/listings.json?{query}")
    record = json.loads(answer.data)
    assert set(refs(answer)) == {each.ref for each in wanted}
    assert (record["count"], record["total"], record["complete"]) == (15, 15, True)
    assert record["query"] == {"kind": ["need"], "q": ["bom nuoc"]}


def test_more_than_the_most_is_said_to_be_cut(client, make, index, monkeypatch):
    monkeypatch.setattr("marketplace.services.exports.gathering.MOST", 2)
    for _ in range(3):
        make.listing("need")
    index()
    record = json.loads(client.get("/export/listings.json").data)
    assert (record["count"], record["total"], record["complete"]) == (2, 3, False)


def test_without_an_index_the_reader_is_told_to_come_back(client, make):
    make.listing("need")
    answer = client.get("/export/listings.csv")
    assert answer.status_code == 503
    assert "đang được dựng lại" in answer.text


def test_members_get_the_fields_for_members(client, sign_in, make, index):
    make.listing("offer", values={"owners": ["Công ty Một, 100%"]})
    index()
    assert "Công ty Một" in sign_in(make.user()).get("/export/listings.csv").text
    assert "Công ty Một" not in client.get("/export/listings.csv").text


def test_the_owner_of_a_masked_listing_stays_masked(client, sign_in, make, index, curator):
    organisation = make.organisation(owner := make.user(), name="HTX Ẩn Danh")
    make.listing("need", owner=owner, organisation=organisation, visibility="masked")
    index()
    for form in ("csv", "json"):
        assert "HTX Ẩn Danh" not in client.get(f"/export/listings.{form}").text
        assert "HTX Ẩn Danh" in sign_in(curator).get(f"/export/listings.{form}").text


def test_each_row_holds_the_fields_of_its_page_and_the_owner_of_its_card(
    session, make, app, curator
):
    owner, other = make.user(), make.user()
    organisation = make.organisation(owner)
    mine = make.listing("need", owner=owner, organisation=organisation)
    theirs = make.listing(
        "offer", owner=other, visibility="masked", organisation=make.organisation()
    )
    for kind in BY_KIND:
        make.listing(kind)
    make.match(mine, theirs, state="introduced")
    for user in (
        None,
        owner,
        other,
        curator,
        make.user(role="auditor"),
        make.user(role="sysadmin"),
    ):
        actor = actor_of(user) if user else GUEST
        seen = session.scalars(visible_to(actor)).all()
        rows = exports.gathering._exported(
            session, actor, seen, exports.gathering.ALL_LEVELS, lambda each: each.live_version_id
        )
        for row in rows:
            (card,) = disclosure.cards(session, actor, [row.listing])
            assert row.values == disclosure.view(session, actor, row.listing).values
            assert row.organisation == (card.organisation.name if card.organisation else "")


def test_a_file_names_nobody_behind_a_mask_not_even_to_those_introduced(sign_in, make, index):
    asking, organisation = make.user(), make.organisation(name="HTX Ẩn Danh")
    need = make.listing("need", owner=asking)
    offer = make.listing("offer", organisation=organisation, visibility="masked")
    make.match(need, offer, state="introduced")
    index()
    party = sign_in(asking)
    assert "HTX Ẩn Danh" not in party.get("/export/listings.csv").text
    assert "HTX Ẩn Danh" not in full(party, "find", "csv").text
    assert "Người liên hệ" in full(party, "find", "csv").text


# --- Confidential parts -------------------------------------------------------------------------
def test_a_get_never_holds_confidential_fields_not_even_ones_own(sign_in, make):
    owner = make.user()
    make.listing("need", owner=owner, values={"budget_max": 123_456_789})
    answer = sign_in(owner).get("/export/listings.json?scope=mine")
    assert refs(answer)
    assert "123456789" not in answer.text
    assert "contact_name" not in answer.text


@pytest.mark.parametrize("form", FORMS)
def test_the_owner_may_ask_for_everything_and_it_leaves_an_audit_row(sign_in, make, session, form):
    owner = make.user()
    make.listing("need", owner=owner, values={"budget_max": 123_456_789}, title_vi="Việc kín")
    make.listing("need", owner=make.user(), title_vi="Của người khác")
    answer = full(sign_in(owner), form=form)
    assert answer.status_code == 200
    session.expire_all()
    row = session.scalar(select(Audit).where(Audit.action == "export.confidential"))
    assert (row.actor_id, row.facts["count"]) == (owner.id, 1)
    assert "Việc kín" not in str(row.facts)
    if form == "csv":
        (only,) = csv_rows(answer)
        assert only["Ngân sách đến (đồng)"] == "123456789"
        assert only["Bạn cần giải quyết việc gì"] == "Việc kín"


def test_drafts_are_among_ones_own_with_their_state(sign_in, make):
    owner = make.user()
    make.listing("need", owner=owner, state="draft", title_vi="Đang viết")
    (record,) = json.loads(full(sign_in(owner)).data)["listings"]
    assert (record["state"], record["fields"]["title_vi"]) == ("draft", "Đang viết")


def test_a_party_gets_the_contact_it_was_introduced_to(sign_in, make, index, app):
    asking, answering = make.user(), make.user()
    need = make.listing("need", owner=asking)
    offer = make.listing("offer", owner=answering, values={"contact_name": "Ông Bơm"})
    index()
    assert "Ông Bơm" not in full(sign_in(asking), scope="find").text
    make.match(need, offer, state="introduced")
    assert "Ông Bơm" in full(sign_in(asking), scope="find").text
    assert "Ông Bơm" not in full(sign_in(make.user()), scope="find").text


def test_the_desk_list_is_for_curators(sign_in, make, curator):
    waiting = make.listing("need", owner=make.user(), state="in_review", due_at=utcnow())
    assert refs(full(sign_in(curator), scope="desk")) == [waiting.ref]
    member = sign_in(make.user())
    assert member.get("/export/listings.json?scope=desk").status_code == 403
    assert full(member, scope="desk").status_code == 403


def test_a_guest_is_asked_to_sign_in_for_more(client):
    assert client.get("/export/listings.csv?scope=mine").status_code == 302
    assert client.post("/export/listings.csv?scope=find").status_code == 302


@pytest.mark.parametrize("path", ["/export/listings.exe", "/export/listings.csv?scope=all"])
def test_unknown_forms_and_lists_are_not_there(client, path):
    assert client.get(path).status_code == 404


def test_reading_exports_writes_nothing(client, make, index, session):
    make.listing("need")
    index()
    before = session.scalar(select(func.count(Audit.id)))
    client.get("/export/listings.xlsx")
    assert session.scalar(select(func.count(Audit.id))) == before


def test_too_many_exports_in_a_minute_are_braked(tmp_path):
    from conftest import build

    app = build(tmp_path, rate_limits=True)
    codes = [app.test_client().get("/export/listings.exe").status_code for _ in range(32)]
    assert codes[0] == 404
    assert codes[-1] == 429


# --- Files that open well -----------------------------------------------------------------------
def test_csv_opens_in_excel_with_accents_and_columns(client, make, index):
    make.listing("need", title_vi="Cần máy sấy; giữ màu", values={"must_have": ["Một", "Hai"]})
    index()
    answer = client.get("/export/listings.csv?kind=need")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert answer.data.split(b"\r\n")[0].count(b";") > 10
    (row,) = csv_rows(answer)
    assert row["Bạn cần giải quyết việc gì"] == "Cần máy sấy; giữ màu"
    assert row["Yêu cầu bắt buộc"] == "Một\nHai"
    assert row["Lĩnh vực khoa học và công nghệ"] == "Kỹ thuật thực phẩm và đồ uống"


@pytest.mark.parametrize("text", ["=1+1", "+84912", "-5", "@cmd", "\t=1", "\r=1"])
def test_what_a_spreadsheet_would_run_is_escaped(text):
    assert safe(text) == "'" + text


def test_a_formula_typed_into_a_title_stays_text(client, make, index):
    make.listing("need", title_vi="=HYPERLINK(1)")
    index()
    (row,) = csv_rows(client.get("/export/listings.csv?kind=need"))
    assert row["Bạn cần giải quyết việc gì"] == "'=HYPERLINK(1)"
    page = openpyxl.load_workbook(
        io.BytesIO(client.get("/export/listings.xlsx?kind=need").data)
    ).worksheets[0]
    cell = next(cell for cell in page[2] if cell.value == "=HYPERLINK(1)")
    assert cell.data_type == "s"


def test_the_workbook_freezes_its_header_filters_and_keeps_numbers(sign_in, make):
    owner = make.user()
    make.listing("need", owner=owner, values={"budget_max": 400_000_000, "deadline": "2031-06-30"})
    book = openpyxl.load_workbook(io.BytesIO(full(sign_in(owner), form="xlsx").data))
    page = book.worksheets[0]
    head = {cell.value: cell.column for cell in page[1]}
    money = page.cell(row=2, column=head["Ngân sách đến (đồng)"])
    assert (page.freeze_panes, page.auto_filter.ref is not None) == ("B2", True)
    assert (money.value, money.number_format) == (400_000_000, '#,##0 "₫"')
    assert page.cell(row=2, column=head["Cần xong trước ngày"]).is_date
    about = {line[0].value: line[1].value for line in book["Nguồn"]}
    assert "không chuyển tiếp" in about["Điều kiện dùng"]


def test_json_names_are_stable_and_it_says_when_from_where_and_on_what_terms(client, make, index):
    make.listing("need")
    index()
    record = json.loads(client.get("/export/listings.json").data)
    assert list(record) == [
        "format", "version", "exchange", "licence", "list", "query", "levels", "exported_at",
        "count", "total", "complete", "listings",
    ]  # fmt: skip
    (listing,) = record["listings"]
    assert list(listing) == [
        "ref", "kind", "url", "language", "organisation", "published_at", "changed_at",
        "valid_until", "fields",
    ]  # fmt: skip
    assert listing["fields"]["sectors"] == [
        {"code": "211", "label": "Kỹ thuật thực phẩm và đồ uống"}
    ]
    assert record["levels"] == ["public", "registered"]
    assert "ghi rõ nguồn" in record["licence"]


def test_a_list_of_several_kinds_names_shared_columns_neutrally(client, make, index):
    for kind in BY_KIND:
        make.listing(kind)
    index()
    rows = csv_rows(client.get("/export/listings.csv"))
    assert len(rows) == len(BY_KIND)
    assert all(row["Tên hồ sơ"] for row in rows)


def test_every_field_that_kinds_label_differently_has_a_shared_label():
    labels = {}
    for kind in BY_KIND:
        for f in fields(kind):
            labels.setdefault(f.name, set()).add(f.label)
    assert {name for name, said in labels.items() if len(said) > 1} == set(SHARED)


def test_an_empty_list_is_an_empty_table_not_an_error(client, index):
    index()
    for form in FORMS:
        assert client.get(f"/export/listings.{form}").status_code == 200


def test_what_was_exported_can_be_imported_again(sign_in, make, session):
    from marketplace.services import imports
    from marketplace.services.imports.receiving import read

    owner = make.user()
    make.listing("need", owner=owner, title_vi="Cần máy sấy")
    content = full(sign_in(owner), form="csv").data
    headings = imports.Headings("need")
    columns, _unknown = headings.match(read("a.csv", content, headings).header)
    assert {"title_vi", "summary_vi", "sectors", "problem", "contact_name"} <= set(columns)


def test_the_page_offers_each_reader_the_lists_they_may_have(client, sign_in, make, curator):
    assert "Hồ sơ của tôi" not in client.get("/export").text
    assert "Hồ sơ của tôi" in sign_in(make.user()).get("/export").text
    assert "Hồ sơ chờ xét duyệt" in sign_in(curator).get("/export").text
