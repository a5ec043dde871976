"""Import: what a file may look like, what is said about a bad one, and all or nothing."""

import csv
import io
import zipfile

import openpyxl
import pytest
from sqlalchemy import func, select

from marketplace.domain.cleaning import clean
from marketplace.domain.vocabulary import KINDS
from marketplace.models import Audit, Import, Listing, Mail, Membership, Organisation, utcnow
from marketplace.services import background, disclosure, imports, vocabularies
from marketplace.services.imports import sheets, template
from marketplace.services.imports.encodings import decode
from marketplace.services.imports.workbook import UNZIPPED_MOST

GOOD = {
    "title_vi": "Cần máy sấy nhãn thay lò than",
    "summary_vi": "Hợp tác xã sấy 25 tấn nhãn mỗi vụ bằng lò than.",
    "sectors": "Kỹ thuật thực phẩm và đồ uống",
    "problem": "Hao 12%, muốn dưới 6%.\nCần mẻ 500 kg.",
    "budget_max": "400 triệu",
    "deadline": "30/06/2031",
    "contact_name": "Nguyễn Thị Hoa",
    "contact_phone": "0912 345 678",
}


def say(text):
    return text


def labels(*names, kind="need"):
    table = {f.name: f.label for f in imports.listed(kind)}
    return [table[name] for name in names]


def csv_of(*rows, delimiter=";", encoding="utf-8", header=None):
    """A CSV of needs: rows are GOOD with changes; `header` replaces the labels."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(header or labels(*GOOD))
    for number, row in enumerate(rows, start=1):
        values = GOOD | {"title_vi": f"{GOOD['title_vi']} số {number}"} | row
        writer.writerow([values[name] for name in GOOD])
    return windows_1258(out.getvalue()) if encoding == "cp1258" else out.getvalue().encode(encoding)


def windows_1258(text):
    """As old Excel saves Vietnamese: the tone is a combining mark after the vowel."""
    import unicodedata

    tones = "\u0300\u0301\u0303\u0309\u0323"
    out = b""
    for letter in text:
        try:
            out += letter.encode("cp1258")
        except UnicodeEncodeError:
            marks = unicodedata.normalize("NFD", letter)
            tone = next(mark for mark in marks if mark in tones)
            base = unicodedata.normalize("NFC", "".join(m for m in marks if m != tone))
            out += (base + tone).encode("cp1258")
    return out


def xlsx_of(*rows, header=None, before=()):
    book = openpyxl.Workbook()
    page = book.active
    for line in before:
        page.append(line)
    page.append(header or labels(*GOOD))
    for number, row in enumerate(rows, start=1):
        values = GOOD | {"title_vi": f"{GOOD['title_vi']} số {number}"} | row
        page.append([values[name] for name in GOOD])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.fixture
def member(make):
    user = make.user()
    make.organisation(user, name="HTX Nhãn lồng")
    return user


@pytest.fixture
def browser(app, sign_in, member):
    app.config["WTF_CSRF_ENABLED"] = False
    return sign_in(member)


@pytest.fixture
def folder(app):
    return app.config["SETTINGS"].instance / "imports"


@pytest.fixture
def upload(browser, session):
    """upload(content, "tep.csv") -> (response, the import's row or None)."""

    def sent(content, name="nhu-cau.csv", kind="need", **form):
        answer = browser.post(
            f"/import/new/{kind}", data={"file": (io.BytesIO(content), name), **form}
        )
        session.expire_all()
        key = (answer.location or "").rsplit("/", 1)[-1]
        return answer, session.scalar(select(Import).where(Import.key == key))

    return sent


@pytest.fixture
def refused(upload, session):
    """refused(content, "tep.csv") -> the words of the page that refuses the whole file."""

    def words(content, name="tep.csv", kind="need"):
        answer, row = upload(content, name, kind)
        assert answer.status_code == 422
        assert row is None
        assert session.scalar(select(func.count(Import.id))) == 0
        return answer.text

    return words


def faults(row):
    return {(fault["row"], fault["field"]): fault["message"] for fault in row.errors}


# --- Templates ----------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_a_template_is_read_back_column_for_column(browser, session, kind, form):
    content = browser.get(f"/import/template/{kind}.{form}").data
    from marketplace.services.imports.receiving import read

    headings = imports.Headings(kind)
    sheet = read(f"mau.{form}", content, headings)
    columns, unknown = headings.match(sheet.header)
    assert columns == [f.name for f in imports.listed(kind)]
    assert unknown == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_example_of_a_template_is_acceptable(session, kind):
    words = vocabularies.current(session)
    for f in imports.listed(kind):
        assert clean(f, template.example(f, words), words) is not None


def test_every_word_of_a_drop_down_is_understood(session):
    words = vocabularies.current(session)
    for kind in KINDS:
        for f in imports.listed(kind):
            scheme = f.scheme or ("place" if f.type == "place" else "")
            for locale in ("vi", "en"):
                codes = [words.code_of(scheme, text) for text in template.terms(f, words, locale)]
                assert codes == list(words.terms(scheme)), (kind, f.name, locale)


def test_the_workbook_says_what_is_required_who_reads_it_and_what_may_be_chosen(browser):
    book = openpyxl.load_workbook(io.BytesIO(browser.get("/import/template/need.xlsx").data))
    page = book["Dữ liệu"]
    header = {cell.value: cell.column_letter for cell in page[2]}
    assert "Tóm tắt *" in header
    assert page[f"{header['Ngân sách đến (đồng)']}1"].value == "Bảo mật"
    place = header["Xã, phường"]
    assert any(place in str(rule.sqref) for rule in page.data_validations.dataValidation)
    assert {"Hướng dẫn", "Danh mục"} <= set(book.sheetnames)


def test_the_example_row_is_never_brought_in(browser, upload):
    content = browser.get("/import/template/need.csv").data
    _answer, row = upload(content)
    assert row.state == "refused"
    assert "chưa có hồ sơ nào" in row.errors[0]["message"]
    assert "ví dụ" in row.warnings[0]["message"]


# --- Reading what people really have ------------------------------------------------------------
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1258"])
def test_any_delimiter_and_encoding_gives_the_same_words(upload, delimiter, encoding):
    answer, row = upload(csv_of({}, {}, delimiter=delimiter, encoding=encoding))
    assert answer.status_code == 303
    assert (row.state, row.rows_total, row.errors) == ("checked", 2, [])
    assert row.reading["delimiter"] == delimiter


def test_windows_1258_is_said_and_shown_and_must_be_confirmed(browser, upload, session):
    _answer, row = upload(csv_of({}, encoding="cp1258"))
    page = browser.get(f"/import/{row.key}").text
    assert "Windows-1258" in page
    assert GOOD["title_vi"] in page
    assert browser.post(f"/import/{row.key}/start", data={"then": "draft"}).status_code == 422
    browser.post(f"/import/{row.key}/start", data={"then": "draft", "confirm-encoding": "1"})
    assert session.scalar(select(Listing.title)) == GOOD["title_vi"] + " số 1"


def test_decomposed_letters_are_put_together():
    import unicodedata

    text = unicodedata.normalize("NFD", "Cần máy sấy nhãn")
    assert decode(text.encode())[0] == "Cần máy sấy nhãn"
    assert decode(windows_1258("Cần máy sấy nhãn, giữ được màu"))[0] == (
        "Cần máy sấy nhãn, giữ được màu"
    )


@pytest.mark.parametrize(
    "header",
    [
        list(GOOD),  # field names
        [label.upper() for label in labels(*GOOD)],
        [vocabularies.fold(label) for label in labels(*GOOD)],
        [f"{label} (bắt buộc)" for label in labels(*GOOD)],
        [f" {label} * " for label in labels(*GOOD)],
    ],
)
def test_columns_are_known_by_label_or_name_with_or_without_marks(upload, header):
    _answer, row = upload(csv_of({}, header=header))
    assert (row.state, row.errors) == ("checked", [])


def test_a_title_above_the_header_does_not_matter(upload):
    _answer, row = upload(xlsx_of({}, before=[["Nhu cầu năm 2026"], []]), "a.xlsx")
    assert (row.state, row.rows_total) == ("checked", 1)


def test_excel_numbers_dates_and_yes_are_read_as_people_mean_them(upload, browser, session, member):
    from datetime import datetime

    content = xlsx_of({"budget_max": 400_000_000, "deadline": datetime(2031, 6, 30)})
    _answer, row = upload(content, "a.xlsx")
    browser.post(f"/import/{row.key}/start", data={"then": "draft"})
    listing = session.scalar(select(Listing))
    from marketplace.services.accounts import actor_of

    values = disclosure.view(session, actor_of(member), listing, working=True).values
    assert values["budget_max"] == 400_000_000
    assert values["deadline"] == "2031-06-30"


# --- Whole files that cannot be taken -----------------------------------------------------------
def test_a_missing_required_column_is_named(refused):
    header = [*labels(*GOOD)]
    header[header.index("Tóm tắt")] = "Ghi chú"
    assert "Thiếu cột bắt buộc “Tóm tắt”" in refused(csv_of({}, header=header))


def test_a_column_that_appears_twice_is_named_with_both_places(refused):
    header = labels(*GOOD)
    header[4] = header[3]
    page = refused(csv_of({}, header=header))
    assert "xuất hiện 2 lần (D, E)" in page


def test_an_unknown_column_is_said_to_be_left_out_and_the_nearest_offered(upload, browser):
    header = labels(*GOOD)
    header[4] = "Ngân sách đên (đòng"
    header[5] = "Ghi chú riêng"
    _answer, row = upload(csv_of({}, header=header))
    page = browser.get(f"/import/{row.key}").text
    assert row.state == "checked"
    assert "Cột F “Ghi chú riêng”" in page


def test_a_file_of_another_kind_is_told_apart(refused):
    page = refused("màu;mùi\nđỏ;thơm\n".encode())
    assert "Không thấy dòng tiêu đề" in page


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "a.csv", "trống"),
        (b"   \n\n", "a.csv", "trống"),
        (b"%PDF-1.7\0\0\1\2binary", "a.xlsx", "không phải bảng tính"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "a.xls", "Excel cũ"),
        (b"PK\x03\x04 broken", "a.xlsx", "bị hỏng"),
        (b"<html><table></table></html>", "a.xls", "trang web"),
        ('Tên;"Tóm tắt\n'.encode() + b"x" * 200_000, "a.csv", "nháy kép"),
        (b"anything", "a.xlsm", "macro"),
    ],
)
def test_what_is_no_table_is_refused_in_words_about_it(refused, content, name, words):
    assert words.lower() in refused(content, name).lower()


def test_no_file_at_all_is_said(browser):
    answer = browser.post("/import/new/need", data={})
    assert answer.status_code == 422
    assert "Hãy chọn tệp" in answer.text


def zipped(**parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return out.getvalue()


def test_a_program_inside_a_workbook_is_refused(refused):
    content = zipped(xl__workbook_xml="<workbook/>", xl__vbaProject_bin="x")
    assert "macro" in refused(content, "a.xlsx")


def test_a_zip_bomb_is_not_unpacked(refused):
    content = zipped(xl__workbook_xml=b" " * (UNZIPPED_MOST + 1))
    assert len(content) < 100_000
    assert "bung ra quá lớn" in refused(content, "a.xlsx")


def test_a_document_that_is_no_workbook_is_refused(refused):
    assert "không phải bảng tính Excel" in refused(zipped(word__document_xml="<w/>"), "a.docx")


def test_an_exploding_document_type_is_refused(refused):
    content = zipped(xl__workbook_xml="<!DOCTYPE lolz [<!ENTITY lol 'lol'>]><workbook/>")
    assert "không phải bảng tính" in refused(content, "a.xlsx")


def test_too_many_rows_are_refused_with_the_limit(refused):
    rows = [{}] * (sheets.ROWS_MOST + 1)
    assert f"hơn {sheets.ROWS_MOST} dòng" in refused(csv_of(*rows))


def test_a_forty_megabyte_file_is_refused_with_the_limit(browser, session):
    answer = browser.post(
        "/import/new/need", data={"file": (io.BytesIO(b"x" * 40_000_000), "to.csv")}
    )
    assert answer.status_code == 413
    assert "10 MB" in answer.text


# --- Row by row ---------------------------------------------------------------------------------
def test_every_bad_cell_is_named_with_row_column_and_what_was_typed(upload, browser):
    _answer, row = upload(
        csv_of(
            {},
            {"summary_vi": "", "budget_max": "rất nhiều"},
            {"sectors": "Thực phẩm và đồ uốn", "deadline": "hôm qua"},
            {"title_vi": "x" * 10_000},
            {"contact_phone": "12"},
        )
    )
    assert row.state == "refused"
    assert set(faults(row)) == {
        (3, "summary_vi"), (3, "budget_max"), (4, "sectors"), (4, "deadline"), (5, "title_vi"),
        (6, "contact_phone"),
    }  # fmt: skip
    page = browser.get(f"/import/{row.key}").text
    for words in ("Dòng 3, cột E", "rất nhiều", "Chưa hiểu số tiền", "Mục này cần điền",
                  "Có phải: Kỹ thuật thực phẩm và đồ uống", "tối đa 120"):  # fmt: skip
        assert words in page


def test_the_past_and_upside_down_ranges_are_errors_too(upload):
    header = labels(*[*GOOD, "budget_min"])
    content = csv_of({}, header=header).decode().rstrip("\r\n") + ";900 triệu\r\n"
    _answer, row = upload(content.encode())
    assert (2, "budget_max") in faults(row)
    _answer, row = upload(csv_of({"deadline": "01/01/2020"}))
    assert "đã qua" in faults(row)[2, "deadline"]


def test_a_formula_is_refused_in_csv_and_in_excel(upload):
    for content, name in (
        (csv_of({"problem": "=SUM(A1:A9)"}), "a.csv"),
        (xlsx_of({"problem": "=HYPERLINK(1)"}), "a.xlsx"),
    ):
        _answer, row = upload(content, name)
        assert "công thức" in faults(row)[2, "problem"]


def test_a_cell_our_own_export_escaped_is_read_as_it_was(upload, browser, session):
    _answer, row = upload(csv_of({"contact_phone": "'+84 912 345 678"}))
    assert row.state == "checked"


def test_a_row_longer_than_the_header_is_told(upload):
    content = csv_of({}) + b"\r\n" + b";".join([b"a"] * 12)
    _answer, row = upload(content)
    assert "nhiều ô hơn" in faults(row)[4, ""]


def test_script_and_emoji_are_plain_text(upload, browser):
    _answer, row = upload(
        csv_of({"title_vi": "<script>alert(1)</script> 🌾", "budget_max": "x<b>"})
    )
    page = browser.get(f"/import/{row.key}").text
    assert "<b>" not in page.split("<main")[1].split("</main")[0].replace("<b>Ví", "")
    assert "x&lt;b&gt;" in page


def test_the_marked_copy_colours_bad_cells_and_leaves_good_rows(upload, browser):
    for content, name in (
        (csv_of({}, {"budget_max": "=1+1"}), "a.csv"),
        (xlsx_of({}, {"budget_max": "nhiều"}), "a.xlsx"),
    ):
        _answer, row = upload(content, name)
        answer = browser.get(f"/import/{row.key}/marked.xlsx")
        page = openpyxl.load_workbook(io.BytesIO(answer.data)).active
        assert page["E3"].fill.fgColor.rgb == "FFF4B8B8"
        assert page["E3"].comment is not None
        assert page["E3"].data_type == "s"
        assert page["E2"].fill.fill_type is None
        assert page["E2"].comment is None
        assert page["A2"].value == GOOD["title_vi"] + " số 1"


# --- All or nothing -----------------------------------------------------------------------------
def test_one_bad_row_keeps_the_whole_file_out(upload, browser, session):
    _answer, row = upload(csv_of({}, {"summary_vi": ""}))
    browser.post(f"/import/{row.key}/start", data={"then": "submit"})
    assert session.scalar(select(func.count(Listing.id))) == 0


@pytest.mark.parametrize(("then", "state"), [("draft", "draft"), ("submit", "in_review")])
def test_a_good_file_becomes_what_the_importer_chose(upload, browser, session, member, then, state):
    key = session.scalar(select(Organisation.key))
    _answer, row = upload(csv_of({}, {}), organisation=key, language="en", visibility="masked")
    browser.post(f"/import/{row.key}/start", data={"then": then})
    session.expire_all()
    made = session.scalars(select(Listing)).all()
    assert row.state == "done"
    assert {each.ref for each in made} == set(row.refs)
    assert {(e.state, e.origin, e.language, e.visibility) for e in made} == {
        (state, "imported", "en", "masked")
    }
    assert {each.organisation.name for each in made} == {"HTX Nhãn lồng"}
    assert {each.owner_user_id for each in made} == {member.id}


def test_a_failure_in_the_middle_leaves_nothing_behind(upload, browser, session, app, monkeypatch):
    from marketplace.services import listings

    _answer, row = upload(csv_of({}, {}, {}))
    made = listings.create
    calls = []

    def breaks(*args, **more):
        calls.append(1)
        if len(calls) == 3:
            raise OSError("disk full")
        return made(*args, **more)

    monkeypatch.setattr(listings, "create", breaks)
    with pytest.raises(OSError, match="disk full"):
        browser.post(f"/import/{row.key}/start", data={"then": "submit"})
    session.rollback()
    session.expire_all()
    assert session.scalar(select(func.count(Listing.id))) == 0
    assert row.state == "checked"


def test_the_button_pressed_twice_brings_in_once(upload, browser, session):
    _answer, row = upload(csv_of({}))
    for _ in range(2):
        answer = browser.post(f"/import/{row.key}/start", data={"then": "draft"})
        assert answer.status_code == 303
    assert session.scalar(select(func.count(Listing.id))) == 1
    assert "đã được xử lý rồi" in browser.get(answer.location).text


def test_the_same_file_again_is_noticed_and_must_be_confirmed(upload, browser, session):
    content = csv_of({})
    _answer, first = upload(content)
    browser.post(f"/import/{first.key}/start", data={"then": "draft"})
    _answer, second = upload(content)
    page = browser.get(f"/import/{second.key}").text
    assert "đã được đưa vào lúc" in page
    assert "trùng tên" in page
    assert browser.post(f"/import/{second.key}/start", data={"then": "draft"}).status_code == 422
    browser.post(f"/import/{second.key}/start", data={"then": "draft", "confirm-again": "1"})
    assert session.scalar(select(func.count(Listing.id))) == 2


def test_two_rows_with_one_title_are_warned_about(upload):
    _answer, row = upload(csv_of({"title_vi": "Cần bơm"}, {"title_vi": "CAN BOM"}))
    assert row.state == "checked"
    assert row.warnings[0]["values"] == {"row": 2}


def test_what_was_imported_has_its_audit_rows(upload, browser, session):
    _answer, row = upload(csv_of({}))
    browser.post(f"/import/{row.key}/start", data={"then": "submit"})
    actions = session.scalars(select(Audit.action)).all()
    assert {"import.receive", "import.accept", "import.start", "import.finish",
            "listing.create", "listing.submit"} <= set(actions)  # fmt: skip
    facts = str(session.scalars(select(Audit.facts)).all())
    assert "Hoa" not in facts
    assert "nhãn" not in facts


# --- Who ----------------------------------------------------------------------------------------
def test_a_guest_is_asked_to_sign_in(client):
    assert client.get("/import").status_code == 302


def test_a_member_cannot_import_for_somebody_elses_organisation(upload, make, session):
    other = make.organisation(make.user())
    answer, row = upload(csv_of({}), organisation=other.key)
    assert answer.status_code == 422
    assert row is None
    assert "không thuộc đơn vị này" in answer.text


def test_a_curator_imports_for_an_organisation_and_asks_it_to_confirm(app, sign_in, make, session):
    app.config["WTF_CSRF_ENABLED"] = False
    curator, organisation = make.user(role="curator"), make.organisation()
    desk = sign_in(curator)
    file = (io.BytesIO(csv_of({}, {"contact_phone": ""})), "a.csv")
    answer = desk.post("/import/new/need", data={"file": file, "organisation": organisation.key})
    row = session.scalar(select(Import))
    assert answer.status_code == 303
    assert "để chủ hồ sơ xác nhận" in faults(row)[3, "contact_phone"]

    file = (io.BytesIO(csv_of({})), "a.csv")
    answer = desk.post("/import/new/need", data={"file": file, "organisation": organisation.key})
    assert desk.post(f"{answer.location}/start", data={"then": "submit"}).status_code == 422
    desk.post(f"{answer.location}/start", data={"then": "hand_over"})
    listing = session.scalar(select(Listing))
    assert (listing.state, listing.entered_by_id) == ("client_validation", curator.id)
    assert (listing.owner_user_id, listing.organisation_id) == (None, organisation.id)


def test_a_curator_must_say_for_whom(app, sign_in, make):
    app.config["WTF_CSRF_ENABLED"] = False
    desk = sign_in(make.user(role="curator"))
    answer = desk.post("/import/new/need", data={"file": (io.BytesIO(csv_of({})), "a.csv")})
    assert answer.status_code == 422
    assert "Hãy chọn đơn vị" in answer.text


def test_all_that_is_wrong_is_told_at_once_and_that_the_file_must_be_chosen_again(sign_in, make):
    desk = sign_in(make.user(role="curator"))
    header = [*labels(*GOOD)]
    header[header.index("Tóm tắt")] = "Ghi chú"
    file = (io.BytesIO(csv_of({}, header=header)), "vụ nhãn.csv")
    page = desk.post("/import/new/need", data={"file": file}).text
    assert "Hãy chọn đơn vị" in page
    assert "Thiếu cột bắt buộc “Tóm tắt”" in page
    assert "Hãy chọn lại tệp “vụ nhãn.csv”" in page
    assert "Hãy chọn lại tệp" not in desk.post("/import/new/need").text


def test_headings_without_a_row_are_no_listing(refused):
    page = refused((";".join(labels(*GOOD)) + "\n").encode())
    assert "Tệp chỉ có dòng tiêu đề, chưa có hồ sơ nào" in page


def test_an_import_is_its_importers_alone(upload, sign_in, make):
    _answer, row = upload(csv_of({}, {"budget_max": "bí mật"}))
    stranger = sign_in(make.user(role="curator"))
    for path in (f"/import/{row.key}", f"/import/{row.key}/marked.xlsx"):
        assert stranger.get(path).status_code == 404
    assert stranger.post(f"/import/{row.key}/start", data={"then": "draft"}).status_code == 404


# --- Large files go through the worker ----------------------------------------------------------
@pytest.fixture
def large(monkeypatch):
    monkeypatch.setattr("marketplace.services.imports.jobs.ROWS_AT_ONCE", 2)
    monkeypatch.setattr("marketplace.services.imports.jobs.MADE_AT_ONCE", 2)


def test_a_large_file_is_checked_and_brought_in_by_the_worker(
    large, upload, browser, session, folder
):
    answer, row = upload(csv_of({}, {}, {}))
    page = browser.get(answer.location).text
    assert row.state == "waiting"
    assert 'data-hx-trigger="every 2s"' in page
    assert background.follow_imports(folder) == 1
    session.expire_all()
    assert row.state == "checked"
    assert "every 2s" not in browser.get(answer.location).text
    browser.post(f"/import/{row.key}/start", data={"then": "submit"})
    session.expire_all()
    assert row.state == "importing"
    assert background.follow_imports(folder) == 1
    session.expire_all()
    assert (row.state, row.rows_done) == ("done", 3)
    assert background.follow_imports(folder) == 0
    subjects = session.scalars(select(Mail.subject)).all()
    assert len(subjects) == 2


def test_the_worker_brings_nothing_in_for_somebody_who_left_the_organisation(
    large, upload, browser, session, folder, member, make
):
    key = session.scalar(select(Organisation.key))
    _answer, row = upload(csv_of({}, {}, {}), organisation=key)
    background.follow_imports(folder)
    browser.post(f"/import/{row.key}/start", data={"then": "submit"})
    session.expire_all()
    membership = session.scalar(select(Membership).where(Membership.user_id == member.id))
    membership.state = "ended"
    make.save(membership)
    background.follow_imports(folder)
    session.expire_all()
    assert row.state == "refused"
    assert session.scalar(select(func.count(Listing.id))) == 0


def test_a_task_that_fails_is_refused_and_not_tried_for_ever(
    large, upload, session, folder, monkeypatch
):
    _answer, row = upload(csv_of({}, {}, {}))
    monkeypatch.setattr(
        "marketplace.services.imports.jobs.check", lambda *a, **k: (_ for _ in ()).throw(KeyError)
    )
    with pytest.raises(KeyError):
        background.follow_imports(folder)
    session.expire_all()
    assert row.state == "refused"
    assert background.follow_imports(folder) == 0


def test_old_files_are_swept_away_and_their_pages_stay(
    upload, browser, session, folder, monkeypatch
):
    from datetime import timedelta

    _answer, row = upload(csv_of({"summary_vi": ""}))
    row.created_at = utcnow() - timedelta(days=imports.KEEP_DAYS + 1)
    session.add(Audit(at=utcnow(), actor_role="system", action="test.setup"))
    session.commit()
    assert background.sweep(imports.sweep, folder) == 1
    assert list(folder.iterdir()) == []
    assert browser.get(f"/import/{row.key}").status_code == 200
    assert browser.get(f"/import/{row.key}/marked.xlsx").status_code == 404


# --- The benchmark that feeds real text through all of it -----------------------------------------
def test_real_text_goes_into_the_form_whole_and_nothing_twice():
    from benchmarks.real_input import row

    text = "OBJECTIVE: Dry fruit quickly. " + " ".join(f"Sentence number {n}." for n in range(150))
    values = row("need", "t0", text).values
    assert values["title_vi"] == "Dry fruit quickly."
    parts = (values[name] for name in ("summary_vi", "problem", "current_technology"))
    assert " ".join(filter(None, parts)) == text
    assert len(values["summary_vi"]) <= 500


def test_what_does_not_fit_is_counted_not_hidden():
    from benchmarks.real_input import row

    assert row("need", "t0", "x" * 6000).left_over == 500


def test_recall_counts_right_offers_shown_early_enough():
    from benchmarks.real_input import measured

    numbers = measured({"a": ["1", "2"], "b": ["9"] * 4 + ["3"]}, {"a": {"1", "5"}, "b": {"3"}})
    assert (numbers["recall1"], numbers["recall5"]) == (0.25, 0.75)
    assert (numbers["found1"], numbers["found5"]) == (0.5, 1.0)


def test_the_whole_benchmark_runs_on_a_small_set(tmp_path, monkeypatch):
    from benchmarks import real_input
    from matching import encoders
    from matching.evaluation import EvaluationSet

    monkeypatch.setattr(encoders, "load", lambda name=None: encoders.HashingEncoder())
    given = EvaluationSet(
        "small",
        {"t0": "OBJECTIVE: Dry longan fruit with a heat pump. It must save power."},
        {
            "a0": "A heat pump dryer for longan fruit. It saves power. BENEFIT: sweeter fruit.",
            "a1": "Radar antennas made of ceramic composites. They stand heat.",
        },
        {"t0": {"a0": 1.0}},
    )
    result = real_input.run(given, tmp_path, None)
    assert (result["published"], result["recall1"]) == (3, 1.0)
    assert [each["stage"] for each in result["stages"]][-1] == "read queues"
    assert "@10" in real_input.table(result)
