"""Organisations: registered once, joined by asking, verified by four eyes, gone from on removal."""

import re
from datetime import timedelta

import pytest
from factories import actor as made_actor
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from marketplace.domain.errors import Invalid
from marketplace.models import Audit, Change, Mail, Membership, Notice, Organisation, utcnow
from marketplace.services import organisations
from marketplace.services.organisations.finding import ALIKE, core, likeness
from marketplace.services.organisations.registering import tax_code

FORM = {
    "name": "Hợp tác xã Nhãn lồng Phố Hiến",
    "type": "cooperative",
    "size": "small",
    "tax_code": "0100233488",
    "place": "Phường Phố Hiến",
    "address": "Số 12 đường Bãi Sậy",
    "website": "https://nhanlong.example",
}


def member(make, organisation, role="member", state="active", **over):
    user = make.user(**over)
    make.save(
        Membership(user_id=user.id, organisation_id=organisation.id, role=role, state=state,
                   created_at=utcnow())
    )  # fmt: skip
    return user


def state_of(session, user, organisation):
    session.rollback()
    row = organisations.membership_of(session, organisation, user.id)
    return (row.state, row.role) if row else None


def letters(session):
    session.rollback()
    return [(m.recipient, m.subject) for m in session.scalars(select(Mail).order_by(Mail.id))]


# --- Tax codes ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "type_", "kept"),
    [
        ("0100233488", "enterprise", "0100233488"),
        (" 01.00.233.488 ", "enterprise", "0100233488"),
        ("0314409058-002", "enterprise", "0314409058-002"),
        ("0314409058 002", "enterprise", "0314409058-002"),
        ("０１００２３３４８８", "enterprise", "0100233488"),  # full-width digits
        ("033199001234", "household", "033199001234"),
        ("0100233488", "household", "0100233488"),
        ("", "enterprise", None),
        (" - ", "enterprise", None),
    ],
)
def test_a_right_tax_code_is_kept_in_one_spelling(typed, type_, kept):
    assert tax_code(typed, type_) == kept


@pytest.mark.parametrize(
    ("typed", "type_"),
    [
        ("0100233480", "enterprise"),  # check digit
        ("01002334", "enterprise"),
        ("0100233488-000", "enterprise"),  # branches begin at 001
        ("0100233488-1", "enterprise"),
        ("không có", "enterprise"),
        ("033199001234", "enterprise"),  # a person's number is a household's only
        ("999199001234", "household"),  # no such province
        ("03319900123", "household"),
        ("=1+1", "enterprise"),
    ],
)
def test_a_wrong_tax_code_is_refused_with_what_would_be_right(typed, type_):
    with pytest.raises(Invalid) as refusal:
        tax_code(typed, type_)
    assert refusal.value.field == "tax_code"
    assert "chữ số" in refusal.value.message


@given(st.text(max_size=30))
def test_no_text_crashes_the_tax_code(text):
    for type_ in ("enterprise", "household"):
        try:
            kept = tax_code(text, type_)
        except Invalid:
            continue
        assert kept is None or len(kept) in (10, 12, 14)


# --- Names that sound the same ------------------------------------------------------------------
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hợp tác xã Nhãn lồng Phố Hiến", "HTX nhan long pho hien"),
        ("Công ty TNHH Cơ khí Dị Sử", "CÔNG TY CỔ PHẦN CƠ KHÍ DỊ SỬ"),
        ("Công ty CP Môi trường Đồng Chiêm", "Cty Môi trường Đồng Chiêm"),
        ("Trường Đại học Kỹ thuật Sông Hồng", "Đại học Kĩ thuật Sông Hồng"),
    ],
)
def test_the_same_organisation_in_other_words_is_alike(one, other):
    assert likeness(one, other) >= ALIKE
    assert likeness(other, one) == likeness(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Công ty TNHH Cơ khí Dị Sử", "Công ty TNHH Cơ khí Bạch Sam"),
        ("Hợp tác xã Nhãn lồng Phố Hiến", "Hợp tác xã Nghệ Chí Tân"),
        ("Viện Nghiên cứu Rau quả", "Viện Nghiên cứu Cơ điện"),
    ],
)
def test_neighbours_in_one_trade_are_not(one, other):
    assert likeness(one, other) < ALIKE


def test_a_name_of_form_words_alone_is_still_a_name():
    assert core("Công ty Cổ phần Thương mại") != ""


# --- Registering --------------------------------------------------------------------------------
def test_whoever_registers_an_organisation_administers_it(session, make, sign_in):
    user = make.user()
    client = sign_in(user)
    answer = client.post("/organisations/new", data=FORM)
    organisation = session.scalar(select(Organisation))
    assert answer.location == f"/me/organisations/{organisation.key}"
    assert organisation.place != ""
    assert organisation.registered_by_id == user.id
    assert state_of(session, user, organisation) == ("active", "admin")
    assert client.get(answer.location).status_code == 200
    row = session.scalar(select(Audit).where(Audit.action == "organisation.create"))
    assert (row.subject_id, row.facts) == (organisation.key, {})


def test_all_faults_at_once_and_nothing_typed_is_lost(session, make, sign_in):
    bad = {"name": "", "type": "guild", "tax_code": "123", "place": "Xã Không Có",
           "website": "javascript:alert(1)", "address": "<b>Thôn Đoài</b>"}  # fmt: skip
    page = sign_in(make.user()).post("/organisations/new", data=bad)
    assert page.status_code == 422
    for name in ("name", "type", "tax_code", "place", "website"):
        assert f'href="#f-{name}"' in page.text, name
    assert "&lt;b&gt;Thôn Đoài&lt;/b&gt;" in page.text
    assert 'value="Xã Không Có"' in page.text
    assert session.scalar(select(func.count(Organisation.id))) == 0


def test_ten_thousand_characters_are_refused_with_their_number(make, sign_in):
    page = sign_in(make.user()).post("/organisations/new", data=FORM | {"name": "ạ" * 10_000})
    assert page.status_code == 422
    assert "tối đa 200" in page.text


def test_an_old_commune_name_leads_to_the_new_one(session, make, sign_in):
    sign_in(make.user()).post("/organisations/new", data=FORM | {"place": "Phường Lam Sơn"})
    assert session.scalar(select(Organisation.place)) != ""


def test_a_tax_code_is_registered_once(session, make, sign_in):
    make.organisation(name="Đơn vị đầu tiên", tax_code="0100233488")
    client = sign_in(make.user())
    for sure in ("", "1"):  # nobody can be sure past a tax code
        page = client.post("/organisations/new", data=FORM | {"tax_code": "0100 233 488",
                                                              "sure": sure})  # fmt: skip
        assert page.status_code == 409
        assert "Đơn vị đầu tiên" in page.text
        assert "Xin tham gia" in page.text
    assert session.scalar(select(func.count(Organisation.id))) == 1


def test_a_similar_name_is_offered_first_and_does_not_bar_the_way(session, make, sign_in):
    make.organisation(name="HTX Nhãn Lồng Phố Hiến")
    client = sign_in(make.user())
    page = client.post("/organisations/new", data=FORM)
    assert page.status_code == 409
    assert "HTX Nhãn Lồng Phố Hiến" in page.text
    assert f'value="{FORM["address"]}"' in page.text
    assert client.post("/organisations/new", data=FORM | {"sure": "1"}).status_code == 302
    assert session.scalar(select(func.count(Organisation.id))) == 2


@pytest.mark.parametrize(("over", "status"), [({"verified_at": None}, 403), ({}, 200)])
def test_only_people_with_a_proven_address_register(make, sign_in, over, status):
    assert sign_in(make.user(**over)).get("/organisations/new").status_code == status


def test_registering_is_limited(make, sign_in):
    client = sign_in(make.user())
    answers = [
        client.post(
            "/organisations/new",
            data={"name": f"Đơn vị {word}", "type": "enterprise"},
        ).status_code
        for word in (
            "mây",
            "núi",
            "sông",
            "biển",
            "rừng",
            "hồ",
            "đảo",
            "suối",
            "gió",
            "trăng",
            "sao",
        )
    ]
    assert answers == [302] * 10 + [429]


# --- The public page ----------------------------------------------------------------------------
def test_the_page_names_what_the_reader_may_see_and_never_a_masked_listing(
    session, make, sign_in, client
):
    organisation = make.organisation(name="Đơn vị có tin")
    owner = member(make, organisation)
    for visibility in ("public", "registered", "masked", "invitation"):
        make.listing("offer", organisation=organisation, visibility=visibility,
                     title_vi=f"Tin {visibility}")  # fmt: skip
    for state in ("draft", "in_review", "withdrawn"):
        make.listing("offer", organisation=organisation, state=state, title_vi=f"Tin {state}")
    readers = {
        "guest": (client, {"public"}),
        "member": (sign_in(make.user()), {"public", "registered"}),
        "owner": (sign_in(owner), {"public", "registered"}),
        "curator": (sign_in(make.user(role="curator")), {"public", "registered"}),
    }
    for name, (reader, expected) in readers.items():
        page = reader.get(f"/organisations/{organisation.key}").text
        assert set(re.findall(r"Tin (\w+)<", page)) == expected, name


def test_the_page_holds_nobodys_name_and_no_personal_number(make, client):
    organisation = make.organisation(name="Hộ bà Bảy", type="household", tax_code="033199001234")
    user = member(make, organisation, name="Người Không Được Nêu")
    page = client.get(f"/organisations/{organisation.key}").text
    assert "033199001234" not in page
    assert user.name not in page
    assert user.email not in page
    assert client.get("/organisations?q=033199001234").text.count("Hộ bà Bảy") == 0


def test_a_bodys_own_tax_code_is_public_and_finds_it(make, client):
    organisation = make.organisation(name="Công ty Mã Số", tax_code="0314409058-002")
    assert "0314409058-002" in client.get(f"/organisations/{organisation.key}").text
    assert "Công ty Mã Số" in client.get("/organisations?q=0314409058002").text


def test_the_directory_finds_without_marks_and_puts_the_verified_first(make, client):
    make.organisation(name="An Nhãn Lồng")
    make.organisation(name="Xóm Nhãn Lồng", verified_at=utcnow())
    page = client.get("/organisations?q=nhan+long").text
    assert page.index("Xóm Nhãn Lồng") < page.index("An Nhãn Lồng")
    assert "Chưa có đơn vị nào như vậy" in client.get("/organisations?q=khong+co+dau").text


@pytest.mark.parametrize("page", ["0", "-3", "x", "99999999999999999999", ""])
def test_an_odd_page_number_is_no_error(make, client, page):
    organisation = make.organisation()
    assert client.get(f"/organisations?page={page}").status_code == 200
    assert client.get(f"/organisations/{organisation.key}?page={page}").status_code == 200


def test_an_unknown_organisation_is_not_found(client, make, sign_in):
    assert client.get("/organisations/khongco").status_code == 404
    assert sign_in(make.user()).get("/me/organisations/khongco").status_code == 404


# --- Joining ------------------------------------------------------------------------------------
def test_asking_to_join_goes_to_the_administrators_and_is_answered_once(session, make, sign_in):
    organisation = make.organisation()
    boss, asker = member(make, organisation, "admin"), make.user()
    client = sign_in(asker)
    for _number in range(2):  # the button twice, the back button
        assert client.post(f"/organisations/{organisation.key}/join").status_code == 302
    assert [to for to, _subject in letters(session)] == [boss.email]
    assert state_of(session, asker, organisation) == ("asked", "member")
    admin = sign_in(boss)
    assert asker.email in admin.get("/me/organisations").text
    move = f"/me/organisations/{organisation.key}/members/{asker.key}"
    assert admin.post(move, data={"move": "admit"}).status_code == 302
    assert state_of(session, asker, organisation) == ("active", "member")
    assert letters(session)[-1][0] == asker.email
    again = admin.post(move, data={"move": "refuse"}, follow_redirects=True)
    assert "đã được trả lời" in again.text
    assert state_of(session, asker, organisation) == ("active", "member")


def test_a_request_that_waits_shows_nothing_of_the_organisation(session, make, sign_in):
    organisation = make.organisation()
    member(make, organisation, "admin")
    draft = make.listing("need", organisation=organisation, state="draft")
    client = sign_in(member(make, organisation, state="asked"))
    assert client.get(f"/me/organisations/{organisation.key}").status_code == 403
    assert client.get(f"/listings/{draft.ref}").status_code == 404


def test_a_refused_person_may_ask_again_within_limits(session, make, sign_in):
    organisation = make.organisation()
    boss, asker = member(make, organisation, "admin"), make.user()
    client, admin = sign_in(asker), sign_in(boss)
    key, move = organisation.key, f"/me/organisations/{organisation.key}/members/{asker.key}"
    answers = []
    for _number in range(11):
        answers.append(client.post(f"/organisations/{key}/join").status_code)
        admin.post(move, data={"move": "refuse"})
    assert answers == [302] * 10 + [429]


def test_a_request_can_be_taken_back(session, make, sign_in):
    organisation, asker = make.organisation(), make.user()
    client = sign_in(asker)
    client.post(f"/organisations/{organisation.key}/join")
    assert client.post(f"/organisations/{organisation.key}/take-back").status_code == 302
    assert state_of(session, asker, organisation) == ("ended", "member")
    assert client.post(f"/organisations/{organisation.key}/take-back").status_code == 409


def test_where_nobody_administers_a_curator_answers(session, make, sign_in):
    organisation = make.organisation()
    curator, asker = make.user(role="curator"), make.user()
    sign_in(asker).post(f"/organisations/{organisation.key}/join")
    assert letters(session)[0][0] == curator.email
    desk = sign_in(curator)
    assert asker.name in desk.get("/desk/organisations").text
    move = f"/me/organisations/{organisation.key}/members/{asker.key}"
    answer = desk.post(move, data={"move": "admit", "back": "desk"})
    assert answer.location == "/desk/organisations"
    assert state_of(session, asker, organisation) == ("active", "member")


def test_nobody_admits_himself_not_even_a_curator(session, make, sign_in):
    organisation, curator = make.organisation(), make.user(role="curator")
    client = sign_in(curator)
    client.post(f"/organisations/{organisation.key}/join")
    move = f"/me/organisations/{organisation.key}/members/{curator.key}"
    assert client.post(move, data={"move": "admit"}).status_code == 403
    assert state_of(session, curator, organisation) == ("asked", "member")


@pytest.mark.parametrize("move", ["admit", "refuse", "remove", "make_admin", "make_member"])
def test_a_plain_member_and_another_organisations_admin_move_nobody(session, make, sign_in, move):
    ours, theirs = make.organisation(), make.organisation()
    member(make, ours, "admin")
    colleague, asker = member(make, ours), member(make, ours, state="asked")
    for user in (member(make, ours), member(make, theirs, "admin")):
        client = sign_in(user)
        for target in (colleague, asker):
            path = f"/me/organisations/{ours.key}/members/{target.key}"
            assert client.post(path, data={"move": move}).status_code == 403
    assert state_of(session, colleague, ours) == ("active", "member")
    assert state_of(session, asker, ours) == ("asked", "member")


# --- Removing and leaving -----------------------------------------------------------------------
def test_who_is_removed_sees_nothing_more_from_that_moment(session, make, sign_in):
    organisation = make.organisation()
    boss, leaver = member(make, organisation, "admin"), member(make, organisation)
    mine = make.listing("need", owner=leaver, organisation=organisation, state="draft")
    theirs = make.listing("need", organisation=organisation, state="draft")
    other = make.listing("offer")
    known = make.match(
        make.listing("need", owner=leaver, organisation=organisation), other,
        state="proposed_to_first", known_to_first=True,
    )  # fmt: skip
    client = sign_in(leaver)
    pages = [f"/listings/{mine.ref}", f"/listings/{theirs.ref}", f"/matches/{known.key}",
             f"/me/organisations/{organisation.key}"]  # fmt: skip
    assert [client.get(page).status_code for page in pages] == [200] * 4
    path = f"/me/organisations/{organisation.key}/members/{leaver.key}"
    assert sign_in(boss).post(path, data={"move": "remove"}).status_code == 302
    # The same open session, the next request.
    assert [client.get(page).status_code for page in pages] == [404, 404, 404, 403]
    session.rollback()
    assert mine.owner_user_id == boss.id
    assert letters(session)[-1][0] == leaver.email
    row = session.scalar(select(Audit).where(Audit.action == "organisation.remove"))
    assert row.facts == {"user": leaver.key, "listings_handed_over": 2}


def test_a_mentor_who_leaves_takes_the_profile_along(session, make, sign_in):
    """Notes, briefs and hours of mentoring hang on it: no administrator inherits them."""
    organisation = make.organisation()
    boss, leaver = member(make, organisation, "admin"), member(make, organisation)
    profile = make.listing("mentor", owner=leaver, organisation=organisation)
    path = f"/me/organisations/{organisation.key}/members/{leaver.key}"
    assert sign_in(boss).post(path, data={"move": "remove"}).status_code == 302
    session.rollback()
    assert (profile.owner_user_id, profile.organisation_id) == (leaver.id, None)
    assert session.scalar(select(Change).where(Change.listing_id == profile.id))


def test_what_a_person_registered_privately_stays_his(session, make, sign_in):
    organisation = make.organisation()
    member(make, organisation, "admin")
    leaver = member(make, organisation)
    private = make.listing("idea", owner=leaver)
    sign_in(leaver).post(f"/me/organisations/{organisation.key}/leave")
    session.rollback()
    assert state_of(session, leaver, organisation) == ("ended", "member")
    assert private.owner_user_id == leaver.id


@pytest.mark.parametrize("other_admin", ["none", "disabled"])
def test_the_last_administrator_stays_until_another_is_named(session, make, sign_in, other_admin):
    organisation = make.organisation()
    last, colleague = member(make, organisation, "admin"), member(make, organisation)
    if other_admin == "disabled":
        member(make, organisation, "admin", disabled_at=utcnow())
    client = sign_in(last)
    leave = f"/me/organisations/{organisation.key}/leave"
    assert "ít nhất một người quản trị" in client.post(leave, follow_redirects=True).text
    assert state_of(session, last, organisation) == ("active", "admin")
    path = f"/me/organisations/{organisation.key}/members/{colleague.key}"
    client.post(path, data={"move": "make_admin"})
    assert state_of(session, colleague, organisation) == ("active", "admin")
    assert client.post(leave).location == "/me/organisations"
    assert state_of(session, last, organisation) == ("ended", "member")


def test_a_curator_cannot_take_the_last_administrator_away_either(session, make, sign_in):
    organisation = make.organisation()
    last = member(make, organisation, "admin")
    client = sign_in(make.user(role="curator"))
    path = f"/me/organisations/{organisation.key}/members/{last.key}"
    for move in ("remove", "make_member"):
        client.post(path, data={"move": move})
        assert state_of(session, last, organisation) == ("active", "admin")


def test_an_administrator_becomes_a_member_again(session, make, sign_in):
    organisation = make.organisation()
    boss, second = member(make, organisation, "admin"), member(make, organisation, "admin")
    path = f"/me/organisations/{organisation.key}/members/{second.key}"
    client, demoted = sign_in(boss), sign_in(second)
    client.post(path, data={"move": "make_member"})
    assert state_of(session, second, organisation) == ("active", "member")
    assert demoted.get(f"/me/organisations/{organisation.key}/edit").status_code == 403


@pytest.mark.parametrize("move", ["", "explode", "admit "])
def test_a_move_that_is_none_is_not_found(make, sign_in, move):
    organisation = make.organisation()
    boss, colleague = member(make, organisation, "admin"), member(make, organisation)
    path = f"/me/organisations/{organisation.key}/members/{colleague.key}"
    assert sign_in(boss).post(path, data={"move": move}).status_code == 404


# --- Editing ------------------------------------------------------------------------------------
def edited(client, organisation, **over):
    values = {"name": organisation.name, "type": organisation.type,
              "tax_code": organisation.tax_code or ""}  # fmt: skip
    return client.post(f"/me/organisations/{organisation.key}/edit", data=values | over)


def test_a_new_name_reaches_the_indexes_and_ends_the_verification(session, make, sign_in):
    organisation = make.organisation(verified_at=utcnow(), tax_code="0100233488")
    boss = member(make, organisation, "admin")
    published = make.listing("offer", organisation=organisation)
    draft = make.listing("offer", organisation=organisation, state="draft")
    before = set(session.scalars(select(Change.id)))
    client = sign_in(boss)
    assert edited(client, organisation, name="Tên hoàn toàn mới").status_code == 302
    session.rollback()
    assert organisation.name == "Tên hoàn toàn mới"
    assert organisation.verified_at is None
    changed = select(Change.source, Change.listing_id).where(Change.id.not_in(before))
    followed = {tuple(row) for row in session.execute(changed)}
    assert followed == {("organisation", None), ("listing", published.id)}
    assert draft.id != published.id


def test_another_address_leaves_the_verification(session, make, sign_in):
    organisation = make.organisation(verified_at=utcnow())
    client = sign_in(member(make, organisation, "admin"))
    assert edited(client, organisation, address="Đường mới").status_code == 302
    session.rollback()
    assert (organisation.address, organisation.verified_at is None) == ("Đường mới", False)


def test_the_form_for_editing_holds_what_is_known(make, sign_in):
    organisation = make.organisation(place="11953", tax_code="0100233488", address="Thôn Đoài")
    page = sign_in(member(make, organisation, "admin")).get(
        f"/me/organisations/{organisation.key}/edit"
    )
    assert 'value="0100233488"' in page.text
    assert 'value="Thôn Đoài"' in page.text
    assert 'value="11953"' not in page.text  # the commune's name, not its code


def test_a_tax_code_cannot_be_taken_over_by_editing(session, make, sign_in):
    make.organisation(name="Chủ cũ", tax_code="0100233488")
    organisation = make.organisation()
    client = sign_in(member(make, organisation, "admin"))
    page = edited(client, organisation, tax_code="0100233488")
    assert page.status_code == 409
    assert "Chủ cũ" in page.text
    session.rollback()
    assert organisation.tax_code is None


def test_members_see_their_colleagues_and_strangers_do_not(make, sign_in, client):
    organisation = make.organisation()
    boss, colleague = member(make, organisation, "admin"), member(make, organisation)
    path = f"/me/organisations/{organisation.key}"
    assert boss.name in sign_in(colleague).get(path).text
    assert sign_in(make.user()).get(path).status_code == 403
    assert client.get(path).status_code == 302


# --- Verifying ----------------------------------------------------------------------------------
def test_a_curator_verifies_and_everybody_sees_by_whom_and_when(session, make, sign_in, client):
    organisation = make.organisation(tax_code="0100233488")
    boss, curator = member(make, organisation, "admin"), make.user(role="curator")
    desk = sign_in(curator)
    assert organisation.name in desk.get("/desk/organisations").text
    path = f"/organisations/{organisation.key}"
    assert "Chưa xác minh" in client.get(path).text
    assert desk.post(f"{path}/verify", data={"basis": "register"}).status_code == 302
    page = re.sub(r"\s+", " ", client.get(path).text)
    assert re.search(r"Đã xác minh \d\d/\d\d/\d{4} bởi Trung tâm", page)
    assert curator.name not in page
    told = session.scalars(select(Notice).order_by(Notice.id.desc())).first()
    assert (told.user_id, told.letter) == (boss.id, "organisation_verified")
    row = session.scalar(select(Audit).where(Audit.action == "organisation.verify"))
    assert row.facts == {"basis": "register"}
    desk.get(path)  # where the answer to the button is said
    assert organisation.name not in desk.get("/desk/organisations").text
    # Somebody else pressed the button a moment later.
    late = sign_in(make.user(role="lead")).post(f"{path}/verify", data={"basis": "visit"},
                                                follow_redirects=True)  # fmt: skip
    assert "đã được xác minh" in late.text
    assert desk.post(f"{path}/unverify").status_code == 302
    assert "Chưa xác minh" in client.get(path).text


def test_verifying_needs_a_basis(session, make, sign_in):
    organisation = make.organisation()
    client = sign_in(make.user(role="curator"))
    answer = client.post(f"/organisations/{organisation.key}/verify", data={"basis": "trust me"},
                         follow_redirects=True)  # fmt: skip
    assert "Hãy chọn cách bạn đã kiểm tra." in answer.text
    session.rollback()
    assert organisation.verified_at is None


@pytest.mark.parametrize("tie", ["registered", "member", "interest"])
def test_four_eyes(session, make, sign_in, tie):
    curator = make.user(role="curator")
    organisation = make.organisation(registered_by_id=curator.id if tie == "registered" else None)
    if tie == "member":
        make.save(Membership(user_id=curator.id, organisation_id=organisation.id, role="member",
                             state="active", created_at=utcnow()))  # fmt: skip
    if tie == "interest":
        make.interest(curator, organisation)
    client = sign_in(curator)
    path = f"/organisations/{organisation.key}"
    assert client.post(f"{path}/verify", data={"basis": "register"}).status_code == 403
    assert client.post(f"{path}/unverify").status_code == 403
    assert "một cán bộ khác xác minh" in client.get(path).text
    session.rollback()
    assert organisation.verified_at is None


@pytest.mark.parametrize("role", ["member", "officer", "leader", "auditor", "sysadmin"])
def test_nobody_but_curators_verifies(make, sign_in, role):
    organisation = make.organisation()
    client = sign_in(make.user(role=role))
    assert client.post(f"/organisations/{organisation.key}/verify").status_code == 403
    assert client.get("/desk/organisations").status_code == 403


def test_those_waiting_longest_come_first_and_samples_last(session, make):
    now = utcnow()
    sample = make.organisation(is_sample=True, created_at=now - timedelta(days=9))
    young = make.organisation(created_at=now - timedelta(days=1))
    old = make.organisation(created_at=now - timedelta(days=5))
    make.organisation(verified_at=now)
    waiting, total = organisations.to_verify(session)
    assert ([each.id for each in waiting], total) == ([old.id, young.id, sample.id], 3)


def test_the_service_knows_no_request(session, make):
    """Services take the session and the actor; they work in a worker as in a page."""
    user, organisation = make.user(), make.organisation()
    row = organisations.ask_to_join(
        session, organisation, actor=made_actor(id=user.id, key=user.key, name="x"), now=utcnow()
    )
    session.commit()
    assert row.state == "asked"
