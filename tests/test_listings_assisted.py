"""A staff member types for a farmer, who confirms without an account."""

import re
from datetime import timedelta

import pytest
from factories import content
from sqlalchemy import select

from marketplace.domain.actor import Actor
from marketplace.domain.errors import InvalidForm
from marketplace.models import Listing, Mail, OneTimeLink, utcnow
from marketplace.services import disclosure, listings
from marketplace.services.listings import handover


def acting(user):
    return Actor(id=user.id, key=user.key, name=user.name, role=user.role, verified=True)


@pytest.fixture
def typist(make):
    return make.user(role="curator")


@pytest.fixture
def handed_over(session, typist):
    def one(**over):
        now = utcnow()
        listing = listings.create(
            session, "need", actor=acting(typist), now=now, for_client=True, client_name="Bà Hoa"
        )
        raw = content("need", title_vi="Cần máy sấy cho bà Hoa", **over)
        assert listings.save(session, listing, raw, actor=acting(typist), now=now) == {}
        listings.advance(session, listing, "hand_over", actor=acting(typist), now=now)
        session.commit()
        return listing

    return one


def token_in_mail(session):
    return re.search(r"/confirm/(\S+)", session.scalar(select(Mail)).body)[1]


def test_the_listing_belongs_to_the_client_and_not_to_the_typist(session, handed_over, typist):
    listing = handed_over()
    assert listing.state == "client_validation"
    assert listing.owner_user_id is None
    assert listing.entered_by_id == typist.id


def test_the_client_gets_a_link_that_is_kept_as_a_hash_only(session, handed_over):
    handed_over()
    token = token_in_mail(session)
    mail = session.scalar(select(Mail))
    assert mail.recipient == "lienhe@san.example"
    assert "bà Hoa" not in mail.body
    assert token not in {row.token_hash for row in session.scalars(select(OneTimeLink))}


def test_the_client_reads_everything_and_confirms_without_an_account(client, session, handed_over):
    listing = handed_over(budget_max=300_000_000)
    url = f"/confirm/{token_in_mail(session)}"
    page = client.get(url)
    assert page.status_code == 200
    assert "Cần máy sấy cho bà Hoa" in page.text
    assert "300 triệu" in page.text
    answer = client.post(url, data={"answer": "confirm", "agreed": "1", "name": "Trần Thị Hoa"})
    assert answer.status_code == 302
    session.expire_all()
    assert session.get(Listing, listing.id).state == "published"
    link = session.scalar(select(OneTimeLink).where(OneTimeLink.purpose == handover.PURPOSE))
    assert link.payload["consent_version"] == handover.CONSENT_VERSION
    assert disclosure.view(session, Actor(), listing).title() == "Cần máy sấy cho bà Hoa"


@pytest.mark.parametrize(
    ("visibility", "opens"), [("public", True), ("registered", False), ("masked", True)]
)
def test_whoever_confirmed_by_mail_hears_that_it_stands(
    client, session, make, handed_over, typist, visibility, opens
):
    listing = handed_over(contact_email="baHoa@htx.example")
    listing.visibility = visibility
    make.save(listing)
    client.post(
        f"/confirm/{token_in_mail(session)}",
        data={"answer": "confirm", "agreed": "1", "name": "Trần Thị Hoa"},
    )
    told = session.execute(
        select(Mail.recipient, Mail.body).where(Mail.subject.contains("đã được đăng"))
    ).all()
    bodies = {recipient.lower(): body for recipient, body in told}
    assert set(bodies) == {typist.email, "bahoa@htx.example"}
    assert (f"/listings/{listing.ref}" in bodies["bahoa@htx.example"]) is opens


def test_without_an_address_only_the_typist_hears(client, session, make, typist):
    listing = make.listing("need", entered_by_id=typist.id, contact_email=None,
                           state="client_validation")  # fmt: skip
    listings.advance(session, listing, "confirm", actor=Actor(), now=utcnow())
    session.commit()
    assert session.scalars(select(Mail.recipient)).all() == [typist.email]


def test_confirming_twice_is_one_confirmation_and_no_error(client, session, handed_over):
    listing = handed_over()
    url = f"/confirm/{token_in_mail(session)}"
    sent = {"answer": "confirm", "agreed": "1", "name": "Trần Thị Hoa"}
    for _ in range(2):
        assert client.post(url, data=sent).status_code == 302
    page = client.get(url)
    assert "Bạn đã xác nhận" in page.text
    assert re.search(r"Xác nhận lúc \d\d:\d\d", page.text)
    assert "Cần máy sấy cho bà Hoa" not in page.text
    session.expire_all()
    events = listings.history(session, listing, Actor(role="curator", id=0))
    assert [e.step for e in events].count("confirm") == 1


@pytest.mark.parametrize(
    ("sent", "field"),
    [({"name": "Hoa"}, "agreed"), ({"agreed": "1"}, "name"), ({"answer": "correct"}, "note")],
)
def test_a_gap_is_named_and_nothing_is_published(client, session, handed_over, sent, field):
    listing = handed_over()
    answer = client.post(f"/confirm/{token_in_mail(session)}", data=sent)
    assert answer.status_code == 422
    assert f"#f-{field}" in answer.text
    session.expire_all()
    assert session.get(Listing, listing.id).state == "client_validation"


def test_the_client_may_ask_for_a_correction(client, sign_in, session, handed_over, typist):
    listing = handed_over()
    url = f"/confirm/{token_in_mail(session)}"
    answer = client.post(url, data={"answer": "correct", "note": "Sản lượng là 25 tấn"})
    assert answer.status_code == 302
    session.expire_all()
    assert session.get(Listing, listing.id).state == "draft"
    assert "Sản lượng là 25 tấn" in sign_in(typist).get(f"/listings/{listing.ref}").text
    again = client.post(url, data={"agreed": "1", "name": "Hoa"})
    assert "Đã gửi yêu cầu sửa" in again.text
    session.expire_all()
    assert session.get(Listing, listing.id).state == "draft"


def test_an_expired_link_is_explained_and_shows_nothing(client, session, handed_over):
    handed_over()
    link = session.scalar(select(OneTimeLink).where(OneTimeLink.purpose == handover.PURPOSE))
    url = f"/confirm/{token_in_mail(session)}"
    link.expires_at = utcnow() - timedelta(minutes=1)
    session.commit()
    page = client.get(url)
    assert page.status_code == 410
    assert "không dùng được nữa" in page.text
    assert "Cần máy sấy cho bà Hoa" not in page.text
    assert client.post(url, data={"agreed": "1", "name": "Hoa"}).status_code == 410


def test_an_invented_link_is_refused(client):
    assert client.get("/confirm/abc").status_code == 410


def test_the_printed_form_carries_every_value_and_a_working_code(
    sign_in, client, session, handed_over, typist
):
    listing = handed_over(budget_max=300_000_000, contact_email=None)
    assert session.scalar(select(Mail)) is None
    desk = sign_in(typist)
    sheet = desk.post(f"/listings/{listing.ref}/paper")
    assert sheet.status_code == 200
    for part in ("Cần máy sấy cho bà Hoa", "300 triệu", "ký, ghi rõ họ tên", "<svg", "đồng ý"):
        assert part in sheet.text
    assert "<script>" not in sheet.text
    assert "data:" not in sheet.text.split("<main")[1]


def test_the_signed_paper_is_recorded_by_another_curator(
    sign_in, session, handed_over, typist, make
):
    listing = handed_over()
    url = f"/listings/{listing.ref}/signed-paper"
    assert sign_in(typist).post(url, data={"name": "Hoa"}).status_code == 403
    other = sign_in(make.user(role="curator"))
    assert other.post(url, data={"name": ""}).status_code == 422
    assert other.post(url, data={"name": "Trần Thị Hoa"}).status_code == 302
    session.expire_all()
    assert session.get(Listing, listing.id).state == "published"


def test_a_client_nobody_can_reach_is_not_handed_over(session, typist):
    now = utcnow()
    listing = listings.create(session, "need", actor=acting(typist), now=now, for_client=True)
    raw = content("need", contact_email=None, contact_phone=None)
    listings.save(session, listing, raw, actor=acting(typist), now=now)
    with pytest.raises(InvalidForm) as refusal:
        listings.advance(session, listing, "hand_over", actor=acting(typist), now=now)
    assert set(refusal.value.errors) == {"contact_phone"}


def test_staff_types_through_the_pages(sign_in, typist, session):
    desk = sign_in(typist)
    assert desk.get("/listings/new?client=1").status_code == 200
    assert desk.get("/listings/new/need?client=1").status_code == 200
    sent = {"for_client": "1", "title_vi": "Cần máy", "summary_vi": "x"}
    missing = desk.post("/listings/new/need", data=sent)
    assert missing.status_code == 422
    assert desk.post("/listings/new/need", data=sent | {"client_name": "Bà Hoa"}).status_code == 302
    listing = session.scalar(select(Listing))
    assert (listing.client_name, listing.owner_user_id) == ("Bà Hoa", None)
    check = desk.get(f"/listings/{listing.ref}/check")
    assert "Gửi chủ hồ sơ xác nhận" in check.text


def test_a_member_cannot_type_for_others(sign_in, make, session):
    client = sign_in(make.user())
    sent = {"for_client": "1", "client_name": "Bà Hoa", "title_vi": "Cần máy"}
    assert client.post("/listings/new/need", data=sent).status_code == 403
    assert session.scalar(select(Listing)) is None
