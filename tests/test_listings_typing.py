"""Typing a listing: drafts, autosave, bad input, and what must never be lost."""

import hashlib
import re
import unicodedata
from datetime import timedelta

import pytest
from factories import content
from sqlalchemy import func, select

from marketplace.domain.actor import Actor
from marketplace.domain.errors import InvalidForm, WrongState
from marketplace.domain.fields import BY_KIND, STAFF, fields, steps
from marketplace.models import Listing, ListingVersion, OneTimeLink, utcnow
from marketplace.services import listings
from marketplace.services.disclosure import values_of
from marketplace.services.listings import kept


def token_of(page) -> str:
    return re.search(r'name="csrf-token" content="([^"]+)"', page.text)[1]


def hidden(page, name) -> str:
    return re.search(rf'name="{name}" value="([^"]*)"', page.text)[1]


def actor_of(user, **over):
    return Actor(id=user.id, key=user.key, name=user.name, role=user.role, verified=True, **over)


def post(client, url, page, data=None, **more):
    return client.post(url, data={"csrf_token": token_of(page), **(data or {})}, **more)


def autosave(client, url, page, data):
    headers = {"X-Autosave": "1", "X-CSRFToken": token_of(page)}
    return client.post(url, data={"csrf_token": token_of(page), **data}, headers=headers)


@pytest.fixture
def owner(make):
    return make.user()


@pytest.fixture
def draft(session, owner):
    def typed(kind="need", **over):
        now = utcnow()
        listing = listings.create(session, kind, actor=actor_of(owner), now=now)
        raw = {
            name: str(value) if not isinstance(value, list) else value
            for name, value in content(kind, **over).items()
        }
        listings.save(session, listing, raw, actor=actor_of(owner), now=now)
        session.commit()
        return listing

    return typed


def test_the_reference_names_kind_province_day_and_number(session, owner):
    now = utcnow()
    first, second = (
        listings.create(session, "offer", actor=actor_of(owner), now=now) for _ in range(2)
    )
    assert re.fullmatch(r"TO33-\d{8}-001", first.ref)
    assert second.ref.endswith("-002")
    assert re.fullmatch(r"HY-[2-9A-Z]{4}-[2-9A-Z]{4}", first.tracking_code)
    assert not set(first.tracking_code[3:]) & set("01OIL")


@pytest.mark.parametrize("kind", BY_KIND)
def test_every_kind_opens_with_a_form_and_saves(kind, sign_in, owner, session):
    client = sign_in(owner)
    page = client.get(f"/listings/new/{kind}")
    assert page.status_code == 200
    raw = content(kind)
    first = [f.name for f in fields(kind, steps(kind)[0]) if f.level != STAFF]
    sent = {n: raw[n] for n in first} | {"draft_key": hidden(page, "draft_key")}
    answer = post(client, f"/listings/new/{kind}", page, sent)
    assert answer.status_code == 302, answer.text[:500]
    assert f"/edit/{steps(kind)[1]}" in answer.location
    listing = session.scalar(select(Listing))
    for step in (*steps(kind)[1:], "all"):
        assert client.get(f"/listings/{listing.ref}/edit/{step}").status_code == 200
    assert client.get(f"/listings/{listing.ref}/check").status_code == 200


def test_looking_at_the_form_writes_nothing(sign_in, owner, session):
    client = sign_in(owner)
    client.get("/listings/new")
    client.get("/listings/new/need")
    assert session.scalar(select(func.count()).select_from(Listing)) == 0


def test_an_empty_form_makes_no_draft(sign_in, owner, session):
    client = sign_in(owner)
    page = client.get("/listings/new/need")
    answer = post(client, "/listings/new/need", page, {"title_vi": "  "})
    assert answer.status_code == 422
    assert session.scalar(select(func.count()).select_from(Listing)) == 0


def test_autosave_again_and_again_and_the_button_make_one_draft(sign_in, owner, session):
    client = sign_in(owner)
    page = client.get("/listings/new/need")
    key = hidden(page, "draft_key")
    for title in ("Cần máy", "Cần máy sấy", "Cần máy sấy nhãn"):
        sent = {"draft_key": key, "title_vi": title}
        answer = autosave(client, "/listings/new/need", page, sent)
        assert answer.status_code == 200
        assert answer.json["saved_at"]
        assert answer.json["lock"] >= 1
    answer = post(client, "/listings/new/need", page, sent)
    assert answer.status_code == 302
    assert [row.title for row in session.scalars(select(Listing))] == ["Cần máy sấy nhãn"]


def test_ten_thousand_characters_in_a_title_are_refused_kindly_and_kept(
    sign_in, owner, draft, session
):
    listing = draft()
    client, url = sign_in(owner), f"/listings/{listing.ref}/edit/basics"
    page = client.get(url)
    answer = post(client, url, page, {"title_vi": "x" * 10_000, "summary_vi": "Tóm tắt mới"})
    assert answer.status_code == 422
    assert re.search(r'href="#f-title_vi">[^<:]+: [^<]*tối đa 120', answer.text)
    assert "<title>Lỗi: " in answer.text
    assert "x" * 10_000 in answer.text
    again = client.get(url)
    assert "x" * 10_000 in again.text
    assert "Tóm tắt mới" in again.text
    session.expire_all()
    with pytest.raises(InvalidForm):
        listings.submit(session, listing, actor=actor_of(owner), now=utcnow())


def test_emoji_and_decomposed_text_are_kept_composed(sign_in, owner, draft, session):
    listing = draft()
    client, url = sign_in(owner), f"/listings/{listing.ref}/edit/basics"
    title = unicodedata.normalize("NFD", "Máy sấy nhãn 🥭 cỡ nhỏ")
    page = client.get(url)
    post(client, url, page, {"title_vi": title, "summary_vi": "x"})
    session.expire_all()
    assert listing.title == unicodedata.normalize("NFC", title)


def test_a_script_tag_is_text(sign_in, owner, draft):
    listing = draft(title_vi="<script>alert(1)</script>")
    client = sign_in(owner)
    for path in ("edit/basics", "check", ""):
        page = client.get(f"/listings/{listing.ref}/{path}".rstrip("/"))
        assert "<script>alert" not in page.text
        assert "&lt;script&gt;alert" in page.text


def test_absurd_figures_are_refused_not_crashed_on(session, owner, draft):
    listing = draft("startup")
    raw = {"ask_amount": "9" * 1_000_000, "jobs": "9" * 5000, "founded": "99/99/9999"}
    faults = listings.save(session, listing, raw, actor=actor_of(owner), now=utcnow())
    assert set(faults) == set(raw)


def test_a_need_without_a_budget_can_be_sent(session, owner, draft):
    listing = draft(budget_min="", budget_max="")
    listings.submit(session, listing, actor=actor_of(owner), now=utcnow())
    assert listing.state == "in_review"


def test_all_gaps_are_named_at_once_with_links_to_their_boxes(sign_in, owner, draft):
    listing = draft(title_vi="", summary_vi="", contact_name="", sectors=[])
    client = sign_in(owner)
    page = client.get(f"/listings/{listing.ref}/check")
    answer = post(client, f"/listings/{listing.ref}/submit", page)
    assert answer.status_code == 422
    for name in ("title_vi", "summary_vi", "sectors", "contact_name"):
        assert f"#f-{name}" in answer.text


def test_a_form_writes_only_fields_the_actor_may_write(session, owner, draft):
    listing = draft("offer")
    raw = {
        "legal_status": "prohibited",
        "state": "published",
        "owner_user_id": "1",
        "title_vi": "Tên mới",
    }
    now, member = utcnow(), actor_of(owner)
    listings.save(session, listing, raw, actor=member, now=now, staff=True)
    levels = values_of(session, listing.working_version_id, {STAFF})
    assert levels.get("legal_status") is None
    assert listing.state == "draft"
    assert listing.owner_user_id == owner.id
    curator = Actor(id=owner.id, role="curator", verified=True)
    listings.save(session, listing, raw, actor=curator, now=now, staff=True)
    levels = values_of(session, listing.working_version_id, {STAFF})
    assert levels["legal_status"] == "prohibited"


def test_places_take_old_names_and_money_takes_words(session, owner, draft):
    listing = draft()
    raw = {"place": "Phường Lam Sơn", "budget_max": "1,25 tỷ"}
    assert listings.save(session, listing, raw, actor=actor_of(owner), now=utcnow()) == {}
    values, typed = listings.contents(session, listing)
    assert values["place"] == "11983"
    assert values["budget_max"] == 1_250_000_000
    assert not typed


def test_a_window_opened_earlier_does_not_write_over_a_later_save(sign_in, owner, draft, session):
    listing = draft(title_vi="Bản gốc")
    client, url = sign_in(owner), f"/listings/{listing.ref}/edit/basics"
    one, two = client.get(url), client.get(url)
    sent = {"title_vi": "Của cửa sổ một", "summary_vi": "x", "version": hidden(one, "version")}
    assert autosave(client, url, one, sent).status_code == 200
    stale = sent | {"title_vi": "Của cửa sổ hai", "version": hidden(two, "version")}
    assert autosave(client, url, two, stale).status_code == 409
    answer = post(client, url, two, stale)
    assert answer.status_code == 409
    assert "Của cửa sổ một" in answer.text
    assert "Của cửa sổ hai" in answer.text
    session.expire_all()
    assert listing.title == "Của cửa sổ một"
    mine = stale | {"version": hidden(answer, "version")}
    assert post(client, url, two, mine).status_code == 302
    session.expire_all()
    assert listing.title == "Của cửa sổ hai"


def test_two_windows_on_different_pages_do_not_disturb_each_other(sign_in, owner, draft):
    listing = draft()
    client = sign_in(owner)
    basics, problem = (f"/listings/{listing.ref}/edit/{s}" for s in ("basics", "problem"))
    one, two = client.get(basics), client.get(problem)
    sent = {"title_vi": "Khác", "summary_vi": "x", "version": hidden(one, "version")}
    assert post(client, basics, one, sent).status_code == 302
    sent = {"problem": "Cũng khác", "version": hidden(two, "version")}
    assert post(client, problem, two, sent).status_code == 302


def test_the_button_pressed_twice_saves_once_without_a_conflict(sign_in, owner, draft):
    listing = draft()
    client, url = sign_in(owner), f"/listings/{listing.ref}/edit/problem"
    page = client.get(url)
    sent = {"problem": "Hao hụt 12%", "version": hidden(page, "version")}
    assert post(client, url, page, sent).status_code == 302
    assert post(client, url, page, sent).status_code == 302


def test_what_was_typed_when_the_session_ended_is_there_after_signing_in(
    app, sign_in, owner, draft, session
):
    listing = draft()
    client, url = sign_in(owner), f"/listings/{listing.ref}/edit/basics"
    page = client.get(url)
    with client.session_transaction() as cookie:
        del cookie["_user_id"]
    sent = {
        "title_vi": "Gõ lúc hết phiên",
        "summary_vi": "x",
        "writer": hidden(page, "writer"),
        "version": hidden(page, "version"),
    }
    answer = post(client, url, page, sent)
    assert answer.status_code == 302
    assert "/sign-in" in answer.location
    kept_url = re.search(r"next=([^&]+)", answer.location)[1].replace("%2F", "/")
    assert "hết phiên" not in answer.location
    back = sign_in(owner)
    restored = back.get(kept_url)
    assert "Gõ lúc hết phiên" in restored.text
    saved = post(back, url, restored, sent | {"kept": hidden(restored, "kept")})
    assert saved.status_code == 302
    session.expire_all()
    assert listing.title == "Gõ lúc hết phiên"
    assert back.get(kept_url).status_code == 410


def test_a_kept_text_is_for_its_writer_alone(app, sign_in, owner, draft, make, session):
    listing = draft()
    client, url = sign_in(owner), f"/listings/{listing.ref}/edit/basics"
    page = client.get(url)
    with client.session_transaction() as cookie:
        del cookie["_user_id"]
    answer = post(client, url, page, {"title_vi": "Bí mật", "writer": hidden(page, "writer")})
    kept_url = re.search(r"next=([^&]+)", answer.location)[1].replace("%2F", "/")
    stranger = sign_in(make.user())
    assert stranger.get(kept_url).status_code == 410


def test_a_stranger_cannot_fill_the_store_of_kept_texts(client, session):
    page = client.get("/track")
    answer = post(client, "/listings/new/need", page, {"title_vi": "x", "writer": "forged.sign"})
    assert answer.status_code == 302
    assert session.scalar(select(func.count()).select_from(OneTimeLink)) == 0


def test_a_stale_token_saves_nothing_but_gives_the_text_back(app, sign_in, owner, draft, session):
    app.config["WTF_CSRF_ENABLED"] = True
    listing = draft(title_vi="Cũ")
    client, url = sign_in(owner), f"/listings/{listing.ref}/edit/basics"
    page = client.get(url)
    answer = client.post(
        url, data={"csrf_token": "old", "title_vi": "Mới gõ", "writer": hidden(page, "writer")}
    )
    assert answer.status_code == 400
    assert "Mới gõ" in answer.text
    session.expire_all()
    assert listing.title == "Cũ"
    assert post(client, url, answer, {"title_vi": "Mới gõ"}).status_code == 302


def test_sending_twice_and_the_back_button_lead_to_the_receipt(sign_in, owner, draft, session):
    listing = draft()
    client = sign_in(owner)
    page = client.get(f"/listings/{listing.ref}/check")
    url = f"/listings/{listing.ref}/submit"
    assert post(client, url, page).location.endswith("/receipt")
    assert post(client, url, page).location.endswith("/receipt")
    receipt = client.get(f"/listings/{listing.ref}/receipt")
    assert listing.tracking_code in receipt.text
    back = post(client, f"/listings/{listing.ref}/edit/basics", page, {"title_vi": "Sửa trộm"})
    assert back.status_code == 409
    assert "Sửa trộm" in back.text
    for path in ("check", "edit/basics"):
        assert client.get(f"/listings/{listing.ref}/{path}").location.endswith("/receipt")
    session.expire_all()
    assert listing.title != "Sửa trộm"
    events = listings.history(session, listing, actor_of(owner))
    assert [e.step for e in events].count("submit") == 1


def test_the_first_submission_is_stamped_and_a_later_edit_leaves_it(session, owner, draft):
    listing = draft("idea", secret="Công thức phối trộn")
    member, now = actor_of(owner), utcnow()
    listings.submit(session, listing, actor=member, now=now)
    session.commit()
    first = session.get(ListingVersion, listing.working_version_id)
    assert re.fullmatch(r"[0-9a-f]{64}", first.first_hash)
    reasons = [{"field": "title_vi", "reason": "vague"}]
    curator = Actor(id=None, role="curator", verified=True)
    listings.advance(session, listing, "return", actor=curator, now=now, reasons=reasons)
    listings.save(session, listing, {"secret": "Khác"}, actor=member, now=now)
    session.commit()
    assert listing.working_version_id != first.id
    assert values_of(session, first.id, {"confidential"})["secret"] == "Công thức phối trộn"


def test_the_stamp_can_be_checked_with_the_text_the_owner_downloads(sign_in, owner, draft, session):
    listing = draft("idea")
    listings.submit(session, listing, actor=actor_of(owner), now=utcnow())
    session.commit()
    text = sign_in(owner).get(f"/listings/{listing.ref}/stamp").data
    version = session.get(ListingVersion, listing.working_version_id)
    assert hashlib.sha256(text).hexdigest() == version.first_hash


def test_what_waits_at_the_desk_cannot_be_changed(session, owner, draft):
    listing = draft()
    member = actor_of(owner)
    listings.submit(session, listing, actor=member, now=utcnow())
    with pytest.raises(WrongState):
        listings.save(session, listing, {"title_vi": "x"}, actor=member, now=utcnow())


def test_a_stranger_neither_sees_nor_edits_a_draft(sign_in, make, draft):
    listing = draft()
    stranger = sign_in(make.user())
    for path in ("", "/edit/basics", "/check", "/receipt", "/files", "/stamp"):
        assert stranger.get(f"/listings/{listing.ref}{path}").status_code == 404
    page = stranger.get("/track")
    for path in ("/edit/basics", "/submit", "/withdraw", "/files", "/options"):
        answer = post(stranger, f"/listings/{listing.ref}{path}", page)
        assert answer.status_code == 404


def test_what_the_profile_knows_is_not_asked_again(sign_in, make, session):
    user = make.user(name="Nguyễn Thị Hoa", phone="0912345678")
    make.organisation(user, place="11953")
    client = sign_in(user)
    page = client.get("/listings/new/need")
    assert "Phường Phố Hiến" in page.text
    post(client, "/listings/new/need", page, {"title_vi": "Cần máy", "summary_vi": "x"})
    listing = session.scalar(select(Listing))
    contact = client.get(f"/listings/{listing.ref}/edit/contact")
    assert "Nguyễn Thị Hoa" in contact.text
    assert user.email in contact.text


def test_kept_rows_go_with_their_expiry(session, owner):
    now = utcnow()
    kept.keep(session, owner.id, {"form": {}}, now=now - timedelta(days=2))
    for _ in range(8):
        kept.keep(session, owner.id, {"form": {}}, now=now)
    session.commit()
    count = session.scalar(select(func.count()).select_from(OneTimeLink))
    assert count == kept.KEPT_EACH


def test_ones_own_listings_say_who_has_them_and_what_comes_next(sign_in, owner, draft, make):
    waiting = draft(title_vi="Bản đang gõ")
    sent = make.listing("need", owner=owner, state="in_review", title_vi="Đã gửi", due_at=utcnow())
    page = sign_in(owner).get("/me/listings")
    assert page.status_code == 200
    for words in ("Bản đang gõ", "Viết tiếp", "Đã gửi", "Cán bộ sàn", "Xem giấy hẹn"):
        assert words in page.text
    assert f"/listings/{waiting.ref}/check" in page.text
    assert f"/listings/{sent.ref}/receipt" in page.text


def test_many_listings_come_page_by_page(sign_in, owner, make):
    for _ in range(31):
        make.listing("need", owner=owner)
    client = sign_in(owner)
    assert client.get("/me/listings").text.count('class="listing-title"') == 10
    assert client.get("/me/listings?group=live").text.count('class="listing-title"') == 30
    assert client.get("/me/listings?group=live&page=2").text.count('class="listing-title"') == 1


def test_a_guest_is_asked_to_sign_in_whether_the_draft_exists_or_not(client, draft):
    listing = draft()
    page = client.get("/track")
    for ref in (listing.ref, "TR33-20260101-999"):
        for path in ("edit/basics", "check", "receipt"):
            assert "/sign-in" in client.get(f"/listings/{ref}/{path}").location
        for path in ("edit/basics", "submit"):
            assert "/sign-in" in post(client, f"/listings/{ref}/{path}", page).location


def test_what_is_wrong_with_a_filled_field_is_told_on_its_page(sign_in, owner, draft, session):
    listing = draft(budget_min="1000000", budget_max="2000000")
    client, url = sign_in(owner), f"/listings/{listing.ref}/edit/terms"
    page = client.get(url)
    sent = {"deadline": "2020-01-31", "budget_min": "900 triệu", "budget_max": "100 triệu"}
    answer = post(client, url, page, sent)
    assert answer.status_code == 422
    assert "Ngày này đã qua" in answer.text
    assert "phải lớn hơn hoặc bằng" in answer.text
    session.expire_all()
    values, _typed = listings.contents(session, listing)
    assert values["deadline"] == "2020-01-31"  # told, and kept as well
    empty = dict.fromkeys(sent, "") | {"version": hidden(answer, "version")}
    assert post(client, url, answer, empty).status_code == 302
