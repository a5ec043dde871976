"""Running the site: the sysadmin's people, the auditor's log, and what neither may do."""

import re
from datetime import timedelta

import pytest
from factories import PASSWORD
from sqlalchemy import func, select

from marketplace.domain.vocabulary import ROLES
from marketplace.models import Audit, Listing, Mail, User, utcnow
from marketplace.services import trail
from marketplace.web.deeds import DEEDS, deed, groups

OTHERS = [role for role in ROLES if role not in ("guest", "sysadmin")]


@pytest.fixture
def admin(make):
    return make.user(role="sysadmin", name="Chị Quản Trị")


def cells(page):
    """The rows of the page's table, as words."""
    body = re.search(r"<tbody>(.*)</tbody>", page, re.S)
    rows = re.findall(r"<tr>(.*?)</tr>", body.group(1), re.S) if body else []
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


# --- Who may ------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", OTHERS)
def test_nobody_else_administers(session, make, sign_in, role):
    client, target = sign_in(make.user(role=role)), make.user()
    for page in ("/admin/users", "/admin/users/invite", f"/admin/users/{target.key}"):
        assert client.get(page).status_code == 403
    for act in ("role", "disable", "enable", "end_sessions", "invite_again"):
        answer = client.post(
            f"/admin/users/{target.key}/{act}", data={"role": "sysadmin", "password": PASSWORD}
        )
        assert answer.status_code == 403, act
    values = {"name": "Ai Đó", "email": "a@b.example", "role": "lead", "password": PASSWORD}
    assert client.post("/admin/users/invite", data=values).status_code == 403
    session.rollback()
    assert (target.role, target.disabled_at) == ("member", None)
    assert session.scalar(select(func.count(Mail.id))) == 0


@pytest.mark.parametrize("role", [role for role in ROLES if role not in ("guest", "auditor")])
def test_only_the_auditor_reads_the_log(make, sign_in, role):
    assert sign_in(make.user(role=role)).get("/admin/audit").status_code == 403


@pytest.mark.parametrize("page", ["/admin/users", "/admin/users/x", "/admin/audit"])
def test_a_guest_is_asked_to_sign_in(client, page):
    assert client.get(page).location.startswith("/sign-in?next=")


@pytest.mark.parametrize("role", ["sysadmin", "auditor"])
def test_neither_reads_members_content(make, sign_in, role):
    owner = make.user()
    client = sign_in(make.user(role=role))
    for over in ({"state": "draft"}, {"visibility": "registered"}, {"visibility": "invitation"}):
        listing = make.listing("need", owner=owner, **over)
        assert client.get(f"/listings/{listing.ref}").status_code == 404, over
    assert client.get("/desk").status_code == 403


# --- People -------------------------------------------------------------------------------------
def test_the_list_finds_by_name_and_address_and_narrows(make, sign_in, admin):
    make.user(name="Đặng Thị Én", email="en@htx.example")
    make.user(name="Lê Văn Bưởi", email="buoi@so.example", role="curator")
    make.user(name="Lê Khóa", disabled_at=utcnow())
    make.user(name="Lê Mới", verified_at=None)
    client = sign_in(admin)

    def found(**query):
        return cells(client.get("/admin/users", query_string=query).text)

    assert len(found()) == 5
    assert "Đặng Thị Én" in found(q="đặng én")[0]
    assert "Lê Văn Bưởi" in found(q="BUOI@SO")[0]
    assert len(found(q="Lê")) == 3
    assert ["Bưởi" in row for row in found(role="curator")] == [True]
    assert ["Lê Khóa" in row for row in found(state="disabled")] == [True]
    assert ["Lê Mới" in row for row in found(state="unverified")] == [True]
    assert found(q="%") == found(q="_") == found(q="khong co ai") == []


def test_the_list_is_paged(make, sign_in, admin):
    for number in range(31):
        make.user(name=f"Người {number:02}")
    client = sign_in(admin)
    first, second = (cells(client.get(f"/admin/users?page={n}").text) for n in (1, 2))
    assert (len(first), len(second)) == (30, 2)
    assert not set(first) & set(second)


def test_no_page_of_people_holds_a_hash_or_token(make, sign_in, admin):
    client, user = sign_in(admin), make.user()
    for page in ("/admin/users", f"/admin/users/{user.key}"):
        text = client.get(page).text
        assert "argon2" not in text
        assert user.password_hash not in text


@pytest.mark.parametrize("role", [role for role in ROLES if role != "guest"])
def test_a_role_is_given_and_the_person_signs_in_anew(session, make, sign_in, admin, role):
    person = make.user(role="officer" if role != "officer" else "member")
    before, theirs, client = person.role, sign_in(person), sign_in(admin)
    answer = client.post(
        f"/admin/users/{person.key}/role", data={"role": role, "password": PASSWORD}
    )
    assert answer.status_code == 302
    session.rollback()
    assert person.role == role
    assert theirs.get("/me").status_code == 302
    row = session.scalar(select(Audit).where(Audit.action == "user.set_role"))
    assert (row.subject_id, row.actor_id) == (person.key, admin.id)
    assert row.facts == {"before": before, "after": role}


@pytest.mark.parametrize(
    ("values", "field"),
    [({"role": "curator", "password": "sai roi"}, "password"),
     ({"role": "guest", "password": PASSWORD}, "role"),
     ({"role": "king", "password": PASSWORD}, "role"),
     ({"password": PASSWORD}, "role")],
)  # fmt: skip
def test_a_role_needs_the_admins_password_and_must_exist(
    session, make, sign_in, admin, values, field
):
    person = make.user()
    page = sign_in(admin).post(f"/admin/users/{person.key}/role", data=values)
    assert page.status_code == 422
    assert f'href="#f-{field}"' in page.text
    session.rollback()
    assert person.role == "member"


def test_nobody_administers_himself(session, sign_in, admin):
    client = sign_in(admin)
    assert "Đây là tài khoản của bạn" in client.get(f"/admin/users/{admin.key}").text
    for act in ("role", "disable", "enable", "end_sessions"):
        answer = client.post(
            f"/admin/users/{admin.key}/{act}", data={"role": "member", "password": PASSWORD}
        )
        assert answer.status_code == 403, act
    session.rollback()
    assert (admin.role, admin.disabled_at) == ("sysadmin", None)
    assert client.get("/admin/users").status_code == 200


def test_two_administrators_who_shut_each_other_out_leave_one(session, make, sign_in, admin):
    second = make.user(role="sysadmin")
    one, other = sign_in(admin), sign_in(second)
    assert one.post(f"/admin/users/{second.key}/disable").status_code == 302
    assert other.post(f"/admin/users/{admin.key}/disable").location.startswith("/sign-in")
    left = select(func.count(User.id)).where(User.role == "sysadmin", User.disabled_at.is_(None))
    session.rollback()
    assert session.scalar(left) == 1


def test_shutting_out_works_at_once_and_can_be_undone(app, session, make, sign_in, admin):
    person = make.user()
    theirs, client = sign_in(person), sign_in(admin)
    assert client.post(f"/admin/users/{person.key}/disable").status_code == 302
    assert theirs.get("/me").status_code == 302
    values = {"email": person.email, "password": PASSWORD}
    assert app.test_client().post("/sign-in", data=values).status_code == 403
    client.post(f"/admin/users/{person.key}/disable")  # the button twice
    assert client.post(f"/admin/users/{person.key}/enable").status_code == 302
    assert app.test_client().post("/sign-in", data=values).status_code == 302
    actions = session.scalars(select(Audit.action).where(Audit.action.startswith("user."))).all()
    assert actions == ["user.disable", "user.enable"]


def test_signing_somebody_out_everywhere(make, sign_in, admin):
    person = make.user()
    browsers = [sign_in(person), sign_in(person)]
    sign_in(admin).post(f"/admin/users/{person.key}/end_sessions")
    assert [browser.get("/me").status_code for browser in browsers] == [302, 302]


def test_an_act_or_person_that_does_not_exist_is_not_found(make, sign_in, admin):
    client, person = sign_in(admin), make.user()
    assert client.post(f"/admin/users/{person.key}/delete").status_code == 404
    assert client.post("/admin/users/nobody/disable").status_code == 404
    assert client.get("/admin/users/nobody").status_code == 404


def test_an_invitation_needs_a_name_an_address_a_staff_role_and_a_password(
    session, make, sign_in, admin
):
    taken = make.user()
    client = sign_in(admin)
    right = {"password": PASSWORD, "name": "Ai Đó", "email": "x@y.example", "role": "lead"}
    for wrong, fields in (
        (dict.fromkeys(("name", "email", "role"), ""), {"name", "email", "role"}),
        ({"email": taken.email}, {"email"}),
        ({"role": "member"}, {"role"}),
        ({"password": "sai"}, {"password"}),
    ):
        page = client.post("/admin/users/invite", data=right | wrong)
        assert page.status_code == 422
        assert set(re.findall(r'href="#f-(\w+)"', page.text)) == fields
    assert session.scalar(select(func.count(User.id))) == 2


# --- The log ------------------------------------------------------------------------------------
@pytest.fixture
def log(make):
    """A little history: ten acts of two people on two records, over ten days."""
    first, second = make.user(name="Trần Ghi"), make.user(name="Phạm Sửa", role="curator")
    now = utcnow()
    rows = [
        Audit(
            at=now - timedelta(days=number),
            actor_id=(first, second)[number % 2].id,
            actor_role=(first, second)[number % 2].role,
            action=("listing.submit", "listing.publish", "match.keep")[number % 3],
            subject_type="listing",
            subject_id=f"TO-{number % 2}",
            facts={"before": "draft", "number": number},
        )
        for number in range(10)
    ]
    make.save(*rows)
    return first, second


@pytest.fixture
def read(log, make, sign_in):
    client = sign_in(make.user(role="auditor", name="Kiểm Soát"))

    def rows(**query):
        page = client.get("/admin/audit", query_string=query)
        assert page.status_code == 200
        return cells(page.text)

    rows.client = client
    return rows


def test_the_log_is_narrowed_by_action_noun_person_record_and_day(read, log):
    day = (utcnow() + timedelta(hours=7)).date()
    assert len(read(action="listing.publish")) == 3
    assert len(read(action="listing.")) == 7
    assert len(read(actor="Trần")) == 5
    assert len(read(actor=log[1].key)) == 5
    assert len(read(subject="TO-1")) == 5
    assert len(read(action="match.keep", subject="TO-0")) == 2
    week_ago, yesterday = day - timedelta(days=7), day - timedelta(days=1)
    span = {"from": week_ago.strftime("%d/%m/%Y"), "to": yesterday.isoformat()}
    assert len(read(subject="TO-0", **span)) + len(read(subject="TO-1", **span)) == 7
    assert read(action="listing.%") == read(actor="%") == []


def test_a_day_that_is_none_is_said_and_the_list_stays(read):
    page = read.client.get("/admin/audit", query_string={"from": "hôm qua"})
    assert 'href="#f-from"' in page.text
    assert len(cells(page.text)) > 5


def test_the_log_says_in_words_who_did_what(read):
    row = read(action="listing.publish")[0]
    assert "Trần Ghi" in row or "Phạm Sửa" in row
    assert "listing.publish" in row
    assert "trước đó: Bản nháp" in row


def test_a_match_is_named_by_the_numbers_of_its_listings(make, read):
    match = make.match(make.listing("need"), make.listing("offer"))
    key, pair = match.key, f"{match.a.ref} – {match.b.ref}"
    make.save(
        Audit(at=utcnow(), actor_role="system", action="match.keep", subject_type="match",
              subject_id=key, facts={"before": "suggested"})
    )  # fmt: skip
    row = read(subject=key)[0]
    assert pair in row
    assert key in row
    assert "suggested" not in row


def test_the_log_is_paged_the_latest_first(make, read):
    make.save(
        *(Audit(at=utcnow(), actor_role="system", action="worker.clock", facts={"moved": n})
          for n in range(120))
    )  # fmt: skip
    first, third = (read(action="worker.clock", page=n) for n in (1, 3))
    assert (len(first), len(third)) == (trail.PAGE, 20)
    assert "số việc: 119" in first[0]
    assert "Hệ thống" in first[0]


def test_the_log_names_people_without_their_addresses(session, make, sign_in, admin):
    person = make.user(name="Được Nêu Tên")
    sign_in(admin).post(f"/admin/users/{person.key}/disable")
    page = sign_in(make.user(role="auditor")).get("/admin/audit?action=user.").text
    assert "Được Nêu Tên" in page
    assert person.email not in page
    assert admin.email not in page


def test_markup_in_a_fact_is_only_text(make, sign_in):
    make.save(
        Audit(at=utcnow(), actor_role="system", action="x.y", facts={"a": "<script>alert(1)"})
    )
    page = sign_in(make.user(role="auditor")).get("/admin/audit").text
    assert "<script>alert(1)" not in page


def test_reading_the_log_changes_nothing(session, read):
    before = session.scalar(select(func.count(Audit.id)))
    read()
    session.rollback()
    assert session.scalar(select(func.count(Audit.id))) == before
    assert read.client.post("/admin/audit").status_code == 405
    assert session.scalar(select(func.count(Listing.id))) == 0


def recorded_actions():
    """Every action the code records by a plain name."""
    from marketplace.config import ROOT

    for path in (ROOT / "marketplace").rglob("*.py"):
        for call in re.findall(r"audit\.record\((.*?)\)", path.read_text(encoding="utf-8"), re.S):
            yield from re.findall(r'"([a-z]+\.[a-z_]+)"', call)


def test_every_action_has_words_and_stands_in_the_filter(app):
    with app.test_request_context("/"):
        offered = {action for _noun, actions in groups() for action, _words in actions}
        for action in set(recorded_actions()):
            assert deed(action) != action, action
            assert action in offered or f"{action.split('.')[0]}." in offered, action
        assert all(deed(action) for action in DEEDS)
