"""What is kept secret in a listing, opened for one reader: asked, answered, signed, opened."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from fpdf import FPDF
from pypdf import PdfReader
from sqlalchemy import func, select

from marketplace.models import AccessRequest, AccessView, Audit, Mail, utcnow
from marketplace.services import attachments, confidential

PURPOSE = "So công suất với dây chuyền đang dùng trước khi thăm xưởng."
SECRET = "bi quyet say lanh 38 do"
NAME = "Trần Thị Lụa"


@pytest.fixture
def owner(make):
    return make.user(name="Nguyễn Văn Chủ")


@pytest.fixture
def asker(make):
    return make.user(name=NAME)


@pytest.fixture
def htx(make, asker):
    return make.organisation(asker, name="Hợp tác xã Nhãn Phố Hiến")


@pytest.fixture
def listing(make, owner, htx):
    ours = make.organisation(owner, name="Công ty Sấy Hưng Yên")
    return make.listing("offer", owner=owner, organisation=ours, know_how=SECRET)


def paper(text="Bản vẽ mật"):
    pdf = FPDF()
    pdf.set_font("Helvetica")
    for number in (1, 2):
        pdf.add_page()
        pdf.cell(text=f"ban ve mat {number}")
    return bytes(pdf.output())


@pytest.fixture
def file(session, listing, owner, app):
    from marketplace.services.accounts import actor_of

    row = attachments.add(
        session, listing, attachments.Checked("cong-thuc.pdf", "application/pdf", paper()),
        level="confidential", folder=app.config["SETTINGS"].instance / "files",
        actor=actor_of(owner), now=utcnow(),
    )  # fmt: skip
    session.commit()
    return row


@pytest.fixture
def people(sign_in, owner, asker):
    """Browsers of the two sides."""
    return {"owner": sign_in(owner), "asker": sign_in(asker)}


def only(session) -> AccessRequest:
    session.rollback()
    session.expire_all()
    return session.scalar(select(AccessRequest))


def asked(people, session, listing, what="fields"):
    answer = people["asker"].post(
        f"/listings/{listing.ref}/confidential", data={"what": what, "purpose": PURPOSE}
    )
    assert answer.status_code == 302, answer.text
    return only(session).key


def approved(people, session, listing, what="fields", **form):
    key = asked(people, session, listing, what)
    answer = people["owner"].post(f"/access/{key}/approve", data={"days": "10"} | form)
    assert answer.status_code == 302, answer.text
    return key


def signed(people, session, listing, what="fields", **form):
    key = approved(people, session, listing, what, **form)
    page = people["asker"].get(f"/access/{key}/promise").text
    shown = re.search(r'name="shown" value="(\w+)"', page)[1]
    answer = people["asker"].post(
        f"/access/{key}/promise", data={"name": NAME.lower(), "agreed": "1", "shown": shown}
    )
    assert answer.status_code == 302, answer.text
    return key


def letters(session):
    return list(session.scalars(select(Mail.subject).order_by(Mail.id)))


# --- From asking to reading -----------------------------------------------------------------------
def test_the_whole_way(people, session, listing, asker):
    page = people["asker"].get(f"/listings/{listing.ref}").text
    assert "Xin xem phần giữ kín" in page
    assert SECRET not in page
    key = signed(people, session, listing)
    row = only(session)
    assert row.state == "granted"
    assert row.expires_at - row.granted_at == timedelta(days=10)
    assert row.nda_sha256 == confidential.nda.digest(row.nda)
    assert row.accepted_name == NAME.lower()
    assert row.accepted_ip == "127.0.0.1"
    assert PURPOSE in row.nda
    assert NAME in row.nda
    assert "Công ty Sấy Hưng Yên" in row.nda
    opened = people["asker"].post(f"/access/{key}/open")
    assert opened.status_code == 200
    assert SECRET in opened.text
    assert opened.headers["Cache-Control"] == "private, no-store"
    assert f"{NAME} · Hợp tác xã Nhãn Phố Hiến · " in opened.text
    assert row.number in opened.text
    log = people["owner"].get(f"/access/{key}").text
    assert NAME in log
    assert "các mục giữ kín" in log
    assert session.scalar(select(func.count(AccessView.id))) == 1
    assert [s.split(" ")[0] for s in letters(session)] == ["Có", "Chủ", "Đã"]


def test_the_page_of_the_listing_itself_stays_closed(people, session, listing):
    signed(people, session, listing)
    assert SECRET not in people["asker"].get(f"/listings/{listing.ref}").text


def test_a_file_comes_with_the_readers_name_on_every_page(people, session, listing, file):
    key = signed(people, session, listing, file.key)
    answer = people["asker"].post(f"/access/{key}/open")
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    pages = PdfReader(BytesIO(answer.data)).pages
    assert len(pages) == 2
    for number, page in enumerate(pages, start=1):
        text = page.extract_text()
        assert f"ban ve mat {number}" in text
        assert NAME in text
        assert only(session).number in text
    assert people["asker"].get(f"/files/{file.key}").status_code == 404
    assert session.scalar(select(AccessView.what)) == file.key


def test_a_grant_for_a_file_opens_no_fields_and_the_other_way_round(people, session, listing, file):
    key = signed(people, session, listing, file.key)
    assert SECRET.encode() not in people["asker"].post(f"/access/{key}/open").data
    assert len(session.scalars(select(AccessRequest)).all()) == 1


def test_nothing_secret_is_in_mails_or_in_the_audit_trail(people, session, listing, file):
    key = signed(people, session, listing)
    people["asker"].post(f"/access/{key}/open")
    people["owner"].post(f"/access/{key}/revoke", data={"reason": "loi rieng tu"})
    session.rollback()
    text = " ".join(
        [*(m.subject + m.body for m in session.scalars(select(Mail))),
         *(str(a.facts) for a in session.scalars(select(Audit)))]
    )  # fmt: skip
    for secret in (SECRET, PURPOSE, "loi rieng tu", "cong-thuc", "127.0.0.1"):
        assert secret not in text
    assert len(letters(session)) == 4


# --- What the two sides may do --------------------------------------------------------------------
def test_the_owner_refuses_with_a_reason_only_the_asker_reads(
    people, session, listing, make, sign_in
):
    key = asked(people, session, listing)
    page = people["owner"].post(f"/access/{key}/deny", data={"reason": " "})
    assert page.status_code == 422
    people["owner"].post(f"/access/{key}/deny", data={"reason": "Chua den luc"})
    assert "Chua den luc" in people["asker"].get(f"/access/{key}").text
    curator = sign_in(make.user(role="curator"))
    assert "Chua den luc" not in curator.get("/desk/access").text
    assert people["asker"].post(f"/access/{key}/open").status_code == 403


def test_revoking_counts_at_once(people, session, listing):
    key = signed(people, session, listing)
    people["owner"].post(f"/access/{key}/revoke", data={"reason": ""})
    assert people["asker"].post(f"/access/{key}/open").status_code == 403
    assert session.scalar(select(func.count(AccessView.id))) == 0


@pytest.mark.parametrize("days", ["0", "31", "", "-3", "ba", "1e1"])
def test_days_are_one_to_thirty(people, session, listing, days):
    key = asked(people, session, listing)
    answer = people["owner"].post(f"/access/{key}/approve", data={"days": days})
    assert answer.status_code == 422
    assert only(session).state == "requested"


@pytest.mark.parametrize(
    ("form", "state"),
    [
        ({"agreed": "1"}, 422),
        ({"name": NAME}, 422),
        ({"name": "Người Khác", "agreed": "1"}, 422),
        ({"name": NAME, "agreed": "1", "shown": "0" * 64}, 409),
    ],
)
def test_who_does_not_sign_the_text_that_was_sent_signs_nothing(
    people, session, listing, form, state
):
    key = approved(people, session, listing)
    shown = confidential.nda.digest(only(session).nda)
    answer = people["asker"].post(f"/access/{key}/promise", data={"shown": shown} | form)
    assert answer.status_code == state
    assert only(session).state == "nda_sent"
    assert people["asker"].post(f"/access/{key}/open").status_code == 403


def test_the_copy_is_the_signed_text(people, session, listing):
    key = signed(people, session, listing)
    row = only(session)
    for side in ("asker", "owner"):
        answer = people[side].get(f"/access/{key}/promise.pdf")
        text = " ".join(page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages)
        assert row.nda_sha256 in text.replace("\n", "")
        assert row.number in text


def test_a_second_time_for_the_same_is_refused(people, session, listing):
    asked(people, session, listing)
    answer = people["asker"].post(
        f"/listings/{listing.ref}/confidential", data={"what": "fields", "purpose": PURPOSE}
    )
    assert answer.status_code == 409
    assert session.scalar(select(func.count(AccessRequest.id))) == 1


def test_a_short_purpose_is_asked_for_again_with_what_was_typed(people, session, listing):
    answer = people["asker"].post(
        f"/listings/{listing.ref}/confidential", data={"what": "fields", "purpose": "xem thử"}
    )
    assert answer.status_code == 422
    assert "xem thử" in answer.text
    assert only(session) is None
