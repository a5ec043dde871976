"""Forgotten passwords, invitations, and the first administrator."""

import re
from datetime import timedelta

import pytest
import time_machine
from factories import PASSWORD
from sqlalchemy import func, select

from marketplace.models import Audit, Mail, User, utcnow
from marketplace.services import accounts

NEW = "sau con ga trong san"


def mails_to(session, address):
    session.rollback()
    return session.scalars(select(Mail).where(Mail.recipient == address).order_by(Mail.id)).all()


def path_in(mail):
    return re.search(r"http://localhost(/\S+)", mail.body).group(1)


def asked(client, session, user):
    """The path of a fresh reset link."""
    client.post("/reset", data={"email": user.email})
    return path_in(mails_to(session, user.email)[-1])


# --- Forgotten ----------------------------------------------------------------------------------
def test_a_mailed_link_sets_a_password_once(app, client, session, make):
    user = make.user()
    link = asked(client, session, user)
    assert user.email in client.get(link).text
    assert client.post(link, data={"password": NEW}).location == "/sign-in"
    values = {"email": user.email, "password": NEW}
    assert client.post("/sign-in", data=values).status_code == 302
    old = app.test_client().post("/sign-in", data=values | {"password": PASSWORD})
    assert old.status_code == 422
    again = app.test_client().post(link, data={"password": "mot hai ba con vit"})
    assert again.status_code == 410
    assert "Mật khẩu của bạn vừa được đổi" in mails_to(session, user.email)[-1].subject


def test_a_weak_password_is_refused_and_the_link_lives_on(client, session, make):
    link = asked(client, session, make.user())
    page = client.post(link, data={"password": "ngan"})
    assert page.status_code == 422
    assert "ít nhất 12 ký tự" in page.text
    assert client.post(link, data={"password": NEW}).status_code == 302


def test_setting_a_password_ends_every_session(client, session, make, sign_in):
    user = make.user()
    elsewhere = sign_in(user)
    assert elsewhere.get("/me").status_code == 200
    client.post(asked(client, session, user), data={"password": NEW})
    assert elsewhere.get("/me").location.startswith("/sign-in")


def test_the_link_does_not_sign_anybody_in(client, session, make):
    client.post(asked(client, session, make.user()), data={"password": NEW})
    assert client.get("/me").status_code == 302


@pytest.mark.parametrize("how", ["old", "newer", "password", "disabled", "clock"])
def test_links_die_with_time_a_newer_one_another_password_or_the_account(
    client, session, make, sign_in, how
):
    user = make.user()
    link, shift = asked(client, session, user), timedelta(0)
    if how == "old":
        shift = timedelta(minutes=61)
    elif how == "newer":
        asked(client, session, user)
    elif how == "password":
        sign_in(user).post("/me/security/password", data={"old": PASSWORD, "password": NEW})
    elif how == "disabled":
        user.disabled_at = utcnow()
        make.save(user)
    else:
        shift = timedelta(days=-365)
    with time_machine.travel(utcnow() + shift, tick=True):
        for answer in (client.get(link), client.post(link, data={"password": NEW})):
            assert answer.status_code == 410
            # The page offers the way to another link, in place.
            assert 'action="/reset"' in answer.text
            assert "Liên kết không dùng được nữa" in answer.text
    session.rollback()
    assert mails_to(session, user.email)[-1].subject == (
        "Mật khẩu của bạn vừa được đổi" if how == "password" else "Đặt lại mật khẩu"
    )


def test_unknown_disabled_and_known_addresses_get_the_same_page(app, session, make):
    known, disabled = make.user(), make.user(disabled_at=utcnow())
    token = re.compile(r"(csrf[-_]token\"[^>]*(?:content|value)=)\"[^\"]+")
    pages = [
        token.sub(r"\1", app.test_client().post("/reset", data={"email": email}).text)
        for email in (known.email, disabled.email, "ai@do.example")
    ]
    assert pages[0] == pages[1] == pages[2]
    assert len(mails_to(session, known.email)) == 1
    assert mails_to(session, disabled.email) == mails_to(session, "ai@do.example") == []
    assert session.scalar(select(func.count(User.id))) == 2


def test_known_and_unknown_addresses_are_limited_alike(app, session, make):
    user = make.user()
    for email in (user.email, "ai@do.example"):
        answers = [
            app.test_client().post("/reset", data={"email": email}).status_code for _n in range(6)
        ]
        assert answers == [200] * 5 + [429]
    assert len(mails_to(session, user.email)) == 5


def test_what_is_no_address_is_said_beside_the_box(client):
    page = client.post("/reset", data={"email": "hoa tai htx"})
    assert page.status_code == 422
    assert 'value="hoa tai htx"' in page.text


def test_the_token_stands_in_no_log_row(client, session, make):
    link = asked(client, session, make.user())
    client.post(link, data={"password": NEW})
    token = link.rsplit("/", 1)[1]
    for row in session.scalars(select(Audit)):
        assert token not in f"{row.subject_id} {row.facts}"


# --- Invitations --------------------------------------------------------------------------------
def invited(sign_in, session, make, role="curator"):
    admin = make.user(role="sysadmin")
    client = sign_in(admin)
    values = {"name": "Trần Văn Kết", "email": "ket@so.example", "role": role}
    answer = client.post("/admin/users/invite", data=values | {"password": PASSWORD})
    assert answer.status_code == 302
    return client, path_in(mails_to(session, "ket@so.example")[-1])


def test_who_is_invited_chooses_a_password_and_works(app, sign_in, session, make):
    _admin, link = invited(sign_in, session, make)
    guest = app.test_client()
    assert "cán bộ kết nối" in guest.get(link).text
    values = {"email": "ket@so.example", "password": NEW}
    before = guest.post("/sign-in", data=values)
    assert before.status_code == 422
    assert guest.post(link, data={"password": NEW}).location == "/sign-in"
    assert guest.post("/sign-in", data=values).status_code == 302
    assert guest.get("/desk").status_code == 200
    assert guest.post(link, data={"password": NEW}).status_code == 410


def test_an_expired_invitation_is_renewed_by_the_person_alone(app, sign_in, session, make):
    _admin, link = invited(sign_in, session, make)
    guest = app.test_client()
    with time_machine.travel(utcnow() + timedelta(days=4), tick=True):
        assert "gửi liên kết mới" in guest.get(link).text
        guest.post("/reset", data={"email": "ket@so.example"})
        fresh = path_in(mails_to(session, "ket@so.example")[-1])
        assert fresh.startswith("/reset/")
        assert guest.post(fresh, data={"password": NEW}).status_code == 302


def test_inviting_again_kills_the_link_before(sign_in, session, make):
    admin, link = invited(sign_in, session, make)
    key = session.scalar(select(User.key).where(User.email == "ket@so.example"))
    assert admin.post(f"/admin/users/{key}/invite_again").status_code == 302
    assert admin.get(link).status_code == 410
    fresh = path_in(mails_to(session, "ket@so.example")[-1])
    assert admin.post(fresh, data={"password": NEW}).status_code == 302


def test_who_has_a_password_is_not_invited_again(sign_in, make):
    admin, member = make.user(role="sysadmin"), make.user()
    key = member.key
    assert sign_in(admin).post(f"/admin/users/{key}/invite_again").status_code == 409


# --- The first administrator --------------------------------------------------------------------
def run(app, *words):
    return app.test_cli_runner().invoke(args=["accounts", *words])


def test_the_command_makes_a_sysadmin_without_a_password(app, client, session):
    done = run(app, "create-admin", "Admin@So.example", "--name", "Chị Quản")
    assert done.exit_code == 0
    session.rollback()
    user = session.scalar(select(User))
    assert (user.email, user.name, user.role) == ("admin@so.example", "Chị Quản", "sysadmin")
    for password in ("!", "", PASSWORD):
        page = client.post("/sign-in", data={"email": user.email, "password": password})
        assert page.status_code == 422
    link = re.search(r"http://localhost(/\S+)", done.output).group(1)
    assert client.post(link, data={"password": NEW}).status_code == 302
    client.post("/sign-in", data={"email": "admin@so.example", "password": NEW})
    assert client.get("/admin/users").status_code == 200


@pytest.mark.parametrize("email", ["khong phai thu", "a@b", "x@y.z\r\nBcc: a@b.c d"])
def test_the_command_says_what_is_wrong_with_an_address(app, session, email):
    done = run(app, "create-admin", email)
    assert done.exit_code == 1
    assert "Địa chỉ thư chưa đúng" in done.output
    assert "Traceback" not in done.output
    assert session.scalar(select(func.count(User.id))) == 0


def test_the_command_changes_nobody_who_is_there(app, session, make):
    user = make.user()
    done = run(app, "create-admin", user.email)
    assert done.exit_code == 1
    assert "đã có tài khoản" in done.output
    session.rollback()
    assert user.role == "member"


def test_a_fresh_installation_has_nobody(session):
    assert session.scalar(select(func.count(User.id))) == 0


def test_create_admin_leaves_an_audit_row(session):
    user, _token = accounts.create_admin(session, "a@so.example", "Quản trị", now=utcnow())
    session.commit()
    row = session.scalar(select(Audit))
    assert (row.action, row.subject_id) == ("account.create_admin", user.key)
