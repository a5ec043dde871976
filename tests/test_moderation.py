"""The desk: queue, decisions, reasons, four eyes, two moderators at once, revisions, flags."""

from datetime import timedelta

import pytest
from factories import content
from sqlalchemy import func, select

from marketplace.domain.actor import SYSTEM, Actor
from marketplace.domain.errors import Invalid, InvalidForm, TooMany, WrongState
from marketplace.domain.vocabulary import CHECKLIST
from marketplace.models import Audit, Change, Listing, Mail, Notice, utcnow
from marketplace.services import disclosure, listings
from marketplace.services.listings import review

ALL_CHECKS = list(CHECKLIST)
VAGUE = {"field": "problem", "reason": "vague", "note": "Nói rõ bao nhiêu tấn."}


def acting(user, **over):
    return Actor(id=user.id, key=user.key, name=user.name, role=user.role, verified=True, **over)


@pytest.fixture
def owner(make):
    return make.user()


@pytest.fixture
def curator(make):
    return make.user(role="curator")


@pytest.fixture
def lead(make):
    return make.user(role="lead")


@pytest.fixture
def waiting(make, owner):
    def one(kind="need", **over):
        values = {
            "state": "in_review",
            "submitted_at": utcnow(),
            "due_at": utcnow() + timedelta(days=3),
        } | over
        return make.listing(kind, owner=owner, **values)

    return one


@pytest.fixture
def live(make, owner):
    return make.listing("offer", owner=owner, title_vi="Bản đang đăng")


def changes(session, listing):
    query = select(func.count()).select_from(Change).where(Change.listing_id == listing.id)
    return session.scalar(query)


# --- Deciding -----------------------------------------------------------------------------------
def test_publishing_needs_every_check_that_concerns_the_listing(session, waiting, curator):
    listing = waiting()
    with pytest.raises(InvalidForm) as refusal:
        listings.advance(session, listing, "publish", actor=acting(curator), now=utcnow())
    assert len(refusal.value.errors) == len(review.checklist(listing))
    assert listing.state == "in_review"
    listings.advance(
        session, listing, "publish", actor=acting(curator), now=utcnow(), checklist=ALL_CHECKS
    )
    assert listing.state == "published"
    assert listing.live_version_id
    assert 364 <= (listing.valid_until - utcnow()).days <= 365


def test_a_masked_listing_is_checked_for_identity_and_an_open_one_is_not(waiting):
    assert "no_identity" in review.checklist(waiting(visibility="masked"))
    assert "no_identity" not in review.checklist(waiting())


@pytest.mark.parametrize(
    "reasons",
    [[], [{"field": "", "reason": "vague"}], [{"field": "no_such", "reason": "vague"}],
     [{"field": "problem", "reason": "no_such"}], [{"field": "problem", "reason": "other"}]],
)  # fmt: skip
def test_a_return_needs_a_reason_tied_to_a_field(session, waiting, curator, reasons):
    listing = waiting()
    with pytest.raises(Invalid):
        listings.advance(
            session, listing, "return", actor=acting(curator), now=utcnow(), reasons=reasons
        )
    assert listing.state == "in_review"


def test_a_rejection_may_rest_on_a_general_reason(session, waiting, curator):
    listing, now = waiting(), utcnow()
    with pytest.raises(Invalid):
        listings.advance(session, listing, "reject", actor=acting(curator), now=now)
    general = [{"field": "", "reason": "out_of_scope"}]
    listings.advance(session, listing, "reject", actor=acting(curator), now=now, reasons=general)
    assert listing.state == "rejected"


def test_the_owner_is_written_to_in_words_without_the_curators_note(session, waiting, curator):
    listing = waiting()
    listings.advance(
        session, listing, "return", actor=acting(curator), now=utcnow(), reasons=[VAGUE],
        note="Gọi tôi số 0912345678",
    )  # fmt: skip
    session.commit()
    mail = session.scalar(select(Mail))
    assert listing.ref in mail.subject
    assert "con số hoặc ví dụ cụ thể" in mail.body
    assert "0912345678" not in mail.body
    assert "bao nhiêu tấn" not in mail.body


def test_the_owner_reads_the_reasons_beside_the_fields(sign_in, waiting, curator, owner, session):
    listing = waiting()
    listings.advance(
        session, listing, "return", actor=acting(curator), now=utcnow(), reasons=[VAGUE]
    )
    session.commit()
    client = sign_in(owner)
    form = client.get(f"/listings/{listing.ref}/edit/problem")
    assert "Nói rõ bao nhiêu tấn." in form.text
    assert "Nói rõ bao nhiêu tấn." in client.get(f"/listings/{listing.ref}").text


def test_the_desk_decides_and_goes_to_the_next(sign_in, waiting, curator, session):
    first, second = waiting(due_at=utcnow()), waiting(due_at=utcnow() + timedelta(days=1))
    client = sign_in(curator)
    queue = client.get("/desk/listings")
    assert queue.text.index(first.ref) < queue.text.index(second.ref)
    page = client.get(f"/desk/listings/{first.ref}")
    assert page.status_code == 200
    url = f"/desk/listings/{first.ref}/publish"
    version = first.working_version_id
    answer = client.post(url, data={"checklist": ALL_CHECKS, "version": version})
    assert answer.location.endswith(second.ref)
    session.expire_all()
    assert session.get(Listing, first.id).state == "published"


def test_several_reasons_for_several_fields_go_in_one_return(sign_in, waiting, curator, session):
    listing = waiting()
    answer = sign_in(curator).post(
        f"/desk/listings/{listing.ref}/return",
        data={
            "reason": ["problem:vague", "problem:evidence", "title_vi:advert"],
            "note-problem": "Bao nhiêu tấn?",
            "note-summary_vi": "Viết lại cho dễ hiểu",
        },
    )
    assert answer.status_code == 302
    session.expire_all()
    event = listings.last(session, session.get(Listing, listing.id), "return")
    assert [(r["field"], r["reason"]) for r in event.reasons] == [
        ("problem", "vague"), ("problem", "evidence"), ("title_vi", "advert"),
        ("summary_vi", "other"),
    ]  # fmt: skip
    assert event.reasons[0]["note"] == "Bao nhiêu tấn?"


def test_a_refused_decision_keeps_what_was_ticked_and_typed(sign_in, waiting, curator):
    listing = waiting()
    answer = sign_in(curator).post(
        f"/desk/listings/{listing.ref}/publish",
        data={"checklist": ["clear"], "note": "Lời nhắn dở", "note-problem": "Nhắc dở"},
    )
    assert answer.status_code == 422
    for kept in ("Lời nhắn dở", "Nhắc dở", "<title>Lỗi: "):
        assert kept in answer.text
    assert 'value="clear" checked' in answer.text


def test_of_two_moderators_at_once_the_second_is_told(sign_in, waiting, make, session):
    listing = waiting()
    one, two = (sign_in(make.user(role="curator")) for _ in range(2))
    publish, send_back = (f"/desk/listings/{listing.ref}/{s}" for s in ("publish", "return"))
    assert one.post(publish, data={"checklist": ALL_CHECKS}).status_code == 302
    late = two.post(send_back, data={"reason": "problem:vague"})
    assert late.status_code == 409
    assert "vừa xử lý hồ sơ này: Đã duyệt đăng" in late.text
    session.expire_all()
    assert session.get(Listing, listing.id).state == "published"


def test_a_decision_is_about_the_version_that_was_read(sign_in, waiting, curator):
    listing = waiting()
    answer = sign_in(curator).post(
        f"/desk/listings/{listing.ref}/publish",
        data={"checklist": ALL_CHECKS, "version": listing.working_version_id + 1},
    )
    assert answer.status_code == 409


def test_four_eyes_an_interested_curator_reads_but_does_not_decide(
    sign_in, make, waiting, curator, session
):
    organisation = make.organisation()
    make.interest(curator, organisation)
    listing = waiting(organisation=organisation)
    client = sign_in(curator)
    page = client.get(f"/desk/listings/{listing.ref}")
    assert page.status_code == 200
    assert "bốn mắt" in page.text
    answer = client.post(f"/desk/listings/{listing.ref}/publish", data={"checklist": ALL_CHECKS})
    assert answer.status_code == 403
    session.expire_all()
    assert session.get(Listing, listing.id).state == "in_review"


@pytest.mark.parametrize("role", ["member", "officer", "leader", "auditor", "sysadmin"])
def test_only_curators_have_a_desk(sign_in, make, waiting, role):
    listing = waiting()
    client = sign_in(make.user(role=role))
    assert client.get("/desk/listings").status_code == 403
    assert client.get(f"/desk/listings/{listing.ref}").status_code == 404


def test_a_private_note_stays_at_the_desk(sign_in, waiting, curator, owner):
    listing = waiting()
    desk = sign_in(curator)
    desk.post(f"/desk/listings/{listing.ref}/note", data={"text": "Nhớ gọi hỏi giá"})
    assert "Nhớ gọi hỏi giá" in desk.get(f"/desk/listings/{listing.ref}").text
    assert "Nhớ gọi hỏi giá" not in sign_in(owner).get(f"/listings/{listing.ref}").text


def test_staff_fields_are_filled_at_the_desk_and_shown_to_nobody_else(
    sign_in, waiting, curator, owner, session
):
    listing = waiting("offer", legal_status=None)
    desk = sign_in(curator)
    url = f"/desk/listings/{listing.ref}/staff"
    assert desk.post(url, data={"legal_status": "restricted"}).status_code == 302
    values = disclosure.values_of(session, listing.working_version_id, {"staff"})
    assert values["legal_status"] == "restricted"
    assert "Danh mục chuyển giao" not in sign_in(owner).get(f"/listings/{listing.ref}").text


# --- Revisions ----------------------------------------------------------------------------------
def test_editing_what_is_published_leaves_the_live_version_until_approved(
    session, live, owner, curator
):
    member, now = acting(owner), utcnow()
    before = changes(session, live)
    listings.advance(session, live, "revise", actor=member, now=now)
    listings.save(session, live, {"title_vi": "Bản mới"}, actor=member, now=now)
    listings.advance(session, live, "submit_revision", actor=member, now=now)
    session.commit()
    guest = disclosure.view(session, Actor(), live)
    assert guest.title() == "Bản đang đăng"
    assert live.title == "Bản đang đăng"
    assert changes(session, live) == before
    listings.advance(
        session, live, "approve_revision", actor=acting(curator), now=now, checklist=ALL_CHECKS
    )
    session.commit()
    assert disclosure.view(session, Actor(), live).title() == "Bản mới"
    assert live.title == "Bản mới"
    assert live.revision == "none"
    assert changes(session, live) == before + 1


def test_a_returned_revision_is_mended_and_a_discarded_one_is_gone(session, live, owner, curator):
    member, now = acting(owner), utcnow()
    listings.advance(session, live, "revise", actor=member, now=now)
    listings.advance(session, live, "submit_revision", actor=member, now=now)
    listings.advance(
        session, live, "return_revision", actor=acting(curator), now=now,
        reasons=[{"field": "title_vi", "reason": "advert"}],
    )  # fmt: skip
    assert live.state == "published"
    listings.save(session, live, {"title_vi": "Sửa lại"}, actor=member, now=now)
    listings.advance(session, live, "discard_revision", actor=member, now=now)
    session.commit()
    assert disclosure.view(session, Actor(), live).title() == "Bản đang đăng"
    with pytest.raises(WrongState):
        listings.save(session, live, {"title_vi": "Lén"}, actor=member, now=now)


def test_the_desk_sees_both_versions_word_by_word(sign_in, session, live, owner, curator):
    member, now = acting(owner), utcnow()
    listings.advance(session, live, "revise", actor=member, now=now)
    listings.save(session, live, {"title_vi": "Bản mới đăng"}, actor=member, now=now)
    listings.advance(session, live, "submit_revision", actor=member, now=now)
    session.commit()
    page = sign_in(curator).get(f"/desk/listings/{live.ref}")
    assert "<del>đang</del>" in page.text
    assert "<ins>mới</ins>" in page.text


def test_the_owner_revises_through_the_pages(sign_in, live, owner, session):
    client = sign_in(owner)
    answer = client.post(f"/listings/{live.ref}/revise")
    assert answer.status_code == 302
    url = f"/listings/{live.ref}/edit/basics"
    assert "Bản đang đăng" in client.get(url).text
    sent = {"title_vi": "Bản mới", "summary_vi": "x", "sectors": "211"}
    client.post(url, data=sent | {"transfer_object": "equipment"})
    assert client.post(f"/listings/{live.ref}/submit").status_code == 302
    session.expire_all()
    assert session.get(Listing, live.id).revision == "in_review"


# --- Flags and lifetime -------------------------------------------------------------------------
def test_a_flag_hides_the_listing_until_the_lead_decides(sign_in, make, live, lead, session):
    member = make.user()
    answer = sign_in(member).post(
        f"/listings/{live.ref}/flag", data={"reason": "false", "note": "Không có máy này"}
    )
    assert answer.status_code == 302
    guest = sign_in(make.user())
    assert guest.get(f"/listings/{live.ref}").status_code == 404
    assert live.ref not in sign_in(make.user(role="curator")).get("/desk/listings").text
    desk = sign_in(lead)
    assert "Không có máy này" in desk.get(f"/desk/listings/{live.ref}").text
    assert desk.post(f"/desk/listings/{live.ref}/clear").status_code == 302
    assert guest.get(f"/listings/{live.ref}").status_code == 200


def test_who_flagged_and_why_is_not_the_owners_to_know(sign_in, make, live, owner, session):
    member = make.user(name="Người Tố Cáo")
    listings.flag(session, live, "false", "Lời tố cáo", actor=acting(member), now=utcnow())
    session.commit()
    page = sign_in(owner).get(f"/listings/{live.ref}")
    assert "Lời tố cáo" not in page.text
    assert "Một thành viên" in page.text
    assert "Người Tố Cáo" not in page.text


def test_nobody_flags_everything(session, make):
    member = acting(make.user())
    for _ in range(3):
        listings.flag(session, make.listing(), "advert", "", actor=member, now=utcnow())
    with pytest.raises(TooMany):
        listings.flag(session, make.listing(), "advert", "", actor=member, now=utcnow())


def test_a_flag_needs_a_reason_from_the_list(session, make, live):
    with pytest.raises(Invalid):
        listings.flag(session, live, "no_such", "", actor=acting(make.user()), now=utcnow())
    assert live.state == "published"


def test_a_listing_ends_on_its_day_after_one_reminder(session, make, owner):
    now = utcnow()
    ending = make.listing(owner=owner, valid_until=now + timedelta(days=10))
    ended = make.listing(owner=owner, valid_until=now - timedelta(hours=1))
    fresh = make.listing(owner=owner)
    assert listings.remind_expiring(session, now=now) == 1
    assert listings.remind_expiring(session, now=now) == 0
    assert listings.expire_due(session, now=now) == 1
    assert listings.expire_due(session, now=now) == 0
    session.commit()
    assert [row.state for row in (ending, ended, fresh)] == ["published", "expired", "published"]
    told = session.scalars(select(Notice.letter).order_by(Notice.id)).all()
    assert told == ["listing_expiring", "listing_expired"]
    assert len(session.scalars(select(Mail.subject)).all()) == 1  # what is past is no hurry


def test_a_listing_is_renewed_once_and_only_near_its_end(session, make, owner):
    now, member = utcnow(), acting(owner)
    early = make.listing(owner=owner)
    with pytest.raises(WrongState):
        listings.renew(session, early, actor=member, now=now)
    late = make.listing(owner=owner, valid_until=now + timedelta(days=5))
    listings.renew(session, late, actor=member, now=now)
    assert (late.valid_until - now).days == 370
    with pytest.raises(WrongState):
        listings.renew(session, late, actor=member, now=late.valid_until)


def test_two_years_after_the_end_it_is_put_away(session, make, owner):
    long_ago = utcnow() - timedelta(days=731)
    old = make.listing(owner=owner, state="expired", changed_at=long_ago)
    recent = make.listing(owner=owner, state="expired")
    assert listings.archive_due(session, now=utcnow()) == 1
    assert (old.state, recent.state) == ("archived", "expired")


def test_withdrawn_and_reopened_it_starts_anew_with_its_latest_text(session, live, owner, curator):
    member, now = acting(owner), utcnow()
    listings.advance(session, live, "revise", actor=member, now=now)
    listings.save(session, live, {"title_vi": "Viết dở"}, actor=member, now=now)
    listings.advance(session, live, "withdraw", actor=member, now=now)
    assert live.revision == "none"
    listings.advance(session, live, "reopen", actor=member, now=now)
    session.commit()
    assert live.state == "draft"
    assert live.live_version_id is None
    assert listings.contents(session, live)[0]["title_vi"] == "Viết dở"
    listings.submit(session, live, actor=member, now=now)
    listings.advance(session, live, "publish", actor=acting(curator), now=now, checklist=ALL_CHECKS)
    assert live.title == "Viết dở"


def test_code_may_publish_what_was_imported(session, make):
    user, now = acting(make.user()), utcnow()
    listing = listings.create(session, "need", actor=user, now=now, origin="imported")
    assert listings.save(session, listing, content("need"), actor=user, now=now) == {}
    listings.submit(session, listing, actor=user, now=now)
    listings.advance(session, listing, "publish", actor=SYSTEM, now=now, checklist=CHECKLIST)
    session.commit()
    assert listing.state == "published"
    assert changes(session, listing) == 1


# --- Who looks at it ----------------------------------------------------------------------------
def take(client, listing, user=None, **form):
    return client.post(
        f"/desk/listings/{listing.ref}/assign", data={"reviewer": user.key if user else ""} | form
    )


def audited(session, action):
    query = select(func.count()).select_from(Audit).where(Audit.action == action)
    return session.scalar(query)


def test_one_press_takes_a_listing_and_another_gives_it_back(sign_in, waiting, curator, session):
    listing, desk = waiting(), sign_in(curator)
    assert "Hồ sơ này chưa ai nhận" in desk.get(f"/desk/listings/{listing.ref}").text
    assert take(desk, listing, curator).location.endswith(listing.ref)
    session.expire_all()
    assert session.get(Listing, listing.id).reviewer_id == curator.id
    assert "Bạn đang xét hồ sơ này" in desk.get(f"/desk/listings/{listing.ref}").text
    take(desk, listing)
    session.expire_all()
    assert session.get(Listing, listing.id).reviewer_id is None
    assert (audited(session, "listing.assign"), audited(session, "listing.release")) == (1, 1)


def test_taking_twice_is_taking_once(session, waiting, curator):
    listing = waiting()
    for _press in range(2):
        review.assign(session, listing, acting(curator), actor=acting(curator), now=utcnow())
    session.commit()
    assert audited(session, "listing.assign") == 1


def test_a_lead_gives_it_to_a_colleague_by_name(sign_in, make, waiting, curator, lead):
    listing, desk = waiting(), sign_in(lead)
    away = make.user(role="curator", name="Người Đã Nghỉ", disabled_at=utcnow())
    page = desk.get(f"/desk/listings/{listing.ref}").text
    assert f'<option value="{curator.key}">{curator.name}</option>' in page
    assert away.name not in page
    assert take(desk, listing, away).status_code == 404
    take(desk, listing, curator)
    page = desk.get(f"/desk/listings/{listing.ref}").text
    assert f"{curator.name} đang xét hồ sơ này" in page
    assert "Giao xét duyệt" in page


def test_the_queue_says_who_has_what_and_is_narrowed_by_it(sign_in, waiting, curator, lead):
    mine, hers, free = waiting(), waiting(), waiting("offer")
    desk = sign_in(curator)
    take(desk, mine, curator)
    take(desk, hers, lead)
    page = desk.get("/desk/listings").text
    assert lead.name in page
    assert all(each.ref in page for each in (mine, hers, free))
    for whose, there, gone in (
        ("mine", (mine,), (hers, free)),
        ("nobody", (free,), (mine, hers)),
        ("nobody&kind=need", (), (mine, hers, free)),
        ("unheard-of", (mine, hers, free), ()),
    ):
        page = desk.get(f"/desk/listings?whose={whose}").text
        assert all(each.ref in page for each in there), whose
        assert not any(each.ref in page for each in gone), whose


def test_the_next_one_is_of_the_same_part_of_the_queue(sign_in, waiting, curator):
    soon = utcnow()
    first, other, last = (waiting(due_at=soon + timedelta(hours=n)) for n in range(3))
    desk = sign_in(curator)
    for listing in (first, last):
        answer = take(desk, listing, curator, go="queue")
        assert answer.location.endswith("/desk/listings")
    page = desk.get(f"/desk/listings/{first.ref}?whose=mine").text
    assert f"/desk/listings/{last.ref}?whose=mine" in page
    assert f"/desk/listings/{other.ref}?" not in page
    url = f"/desk/listings/{first.ref}/publish?whose=mine"
    answer = desk.post(url, data={"checklist": ALL_CHECKS})
    assert answer.location.endswith(f"{last.ref}?whose=mine")


def test_taking_is_no_lock_and_who_decides_meanwhile_is_told(sign_in, waiting, curator, lead):
    listing = waiting()
    take(sign_in(curator), listing, curator)
    desk = sign_in(lead)
    assert "Bạn vẫn quyết định được" in desk.get(f"/desk/listings/{listing.ref}").text
    url = f"/desk/listings/{listing.ref}/publish"
    answer = desk.post(url, data={"checklist": ALL_CHECKS}, follow_redirects=True)
    assert answer.status_code == 200
    assert f"{curator.name} đang xét hồ sơ này; hãy báo" in answer.text


def test_the_owner_learns_of_the_exchange_only(sign_in, waiting, make, owner):
    reader = make.user(role="curator", name="Cán Bộ Kín Tiếng")
    listing = waiting()
    take(sign_in(reader), listing, reader)
    mine = sign_in(owner)
    for address in (f"/listings/{listing.ref}", "/me/listings", f"/track/{listing.tracking_code}"):
        page = mine.get(address).text
        assert "Cán Bộ Kín Tiếng" not in page, address
        assert "Giao xét duyệt" not in page, address
    assert "Cán bộ sàn" in mine.get(f"/track/{listing.tracking_code}").text


@pytest.mark.parametrize(("step", "more"), [
    ("publish", {"checklist": ALL_CHECKS}), ("return", {"reasons": [VAGUE]}), ("withdraw", {}),
])  # fmt: skip
def test_what_leaves_the_desk_is_nobodys(session, waiting, curator, owner, step, more):
    listing, desk = waiting(), acting(curator)
    review.assign(session, listing, desk, actor=desk, now=utcnow())
    actor = acting(owner) if step == "withdraw" else desk
    listings.advance(session, listing, step, actor=actor, now=utcnow(), **more)
    assert listing.reviewer_id is None
    with pytest.raises(WrongState):
        review.assign(session, listing, desk, actor=desk, now=utcnow())


def test_what_is_flagged_meanwhile_waits_for_another_hand(
    session, make, live, owner, curator, lead
):
    listings.advance(session, live, "revise", actor=acting(owner), now=utcnow())
    listings.advance(session, live, "submit_revision", actor=acting(owner), now=utcnow())
    review.assign(session, live, acting(curator), actor=acting(lead), now=utcnow())
    listings.flag(session, live, "false", "", actor=acting(make.user()), now=utcnow())
    assert live.reviewer_id is None
    with pytest.raises(Invalid):
        review.assign(session, live, acting(curator), actor=acting(curator), now=utcnow())
    review.assign(session, live, acting(lead), actor=acting(curator), now=utcnow())
    assert live.reviewer_id == lead.id


def test_a_revision_in_review_keeps_its_reader_when_the_listing_is_renewed(
    session, make, owner, curator
):
    ending = make.listing(owner=owner, valid_until=utcnow() + timedelta(days=5))
    listings.advance(session, ending, "revise", actor=acting(owner), now=utcnow())
    listings.advance(session, ending, "submit_revision", actor=acting(owner), now=utcnow())
    review.assign(session, ending, acting(curator), actor=acting(curator), now=utcnow())
    listings.renew(session, ending, actor=acting(owner), now=utcnow())
    assert ending.reviewer_id == curator.id
    listings.advance(session, ending, "discard_revision", actor=acting(owner), now=utcnow())
    assert ending.reviewer_id is None


def test_four_eyes_who_may_not_decide_is_not_given_it(sign_in, make, waiting, curator, session):
    organisation = make.organisation()
    make.interest(curator, organisation)
    listing = waiting(organisation=organisation)
    desk = sign_in(curator)
    answer = take(desk, listing, curator)
    assert answer.status_code == 422
    assert "không được quyết định về hồ sơ này" in answer.text
    colleague = make.user(role="curator")
    assert take(desk, listing, colleague).status_code == 302
    assert take(desk, listing, make.user()).status_code == 422
    session.expire_all()
    assert session.get(Listing, listing.id).reviewer_id == colleague.id


@pytest.mark.parametrize("role", ["member", "officer", "leader", "auditor", "sysadmin"])
def test_only_the_desk_assigns(sign_in, make, waiting, role):
    listing, user = waiting(), make.user(role=role)
    assert take(sign_in(user), listing, user).status_code == 404


def test_a_curator_s_first_page_says_how_many_he_has_taken(sign_in, waiting, curator):
    listing, desk = waiting(), sign_in(curator)
    assert "0 hồ sơ tôi đang xét" in desk.get("/me").text
    take(desk, listing, curator)
    assert "1 hồ sơ tôi đang xét" in desk.get("/me").text


def test_the_desk_leads_to_organisations_and_files(sign_in, make, curator):
    make.organisation()
    make.organisation(verified_at=utcnow())
    page = sign_in(curator).get("/desk").text
    assert '<a href="/desk/organisations" aria-label="1 đơn vị chờ xác minh">' in page
    assert 'href="/export"' in page
