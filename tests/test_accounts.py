"""Signing up, proving an address, signing in; nothing tells a stranger who has an account."""

import re
import threading
from datetime import timedelta

import pytest
import time_machine
from factories import PASSWORD
from sqlalchemy import event, func, select

from marketplace.domain.actor import Actor
from marketplace.domain.errors import Invalid, InvalidForm
from marketplace.models import (
    Attempt,
    Audit,
    LoginSession,
    Mail,
    Membership,
    OneTimeLink,
    User,
    db,
    utcnow,
)
from marketplace.services import accounts
from marketplace.services.accounts import passwords

GOOD = "ba cay vai truoc ngo nha"
FORM = {
    "name": "Nguyễn Thị Hoa",
    "email": "Hoa@HTX.example",
    "phone": "0912 345 678",
    "password": GOOD,
    "hats": ["enterprise", "founder", "emperor"],
    "consent": "1",
}


def mails_to(session, address):
    session.rollback()
    return session.scalars(select(Mail).where(Mail.recipient == address).order_by(Mail.id)).all()


def path_in(mail):
    """The path of the link in a mail."""
    return re.search(r"http://localhost(/\S+)", mail.body).group(1)


# --- Signing up ---------------------------------------------------------------------------------
def test_signing_up_keeps_who_when_and_what_was_agreed_to(client, session):
    answer = client.post("/sign-up", data=FORM)
    assert answer.location == "/sign-up/check-mail"
    user = session.scalar(select(User))
    assert (user.email, user.name, user.phone) == ("hoa@htx.example", FORM["name"], "0912345678")
    assert user.hats == ["enterprise", "founder"]
    assert user.verified_at is None
    assert user.consent_version
    assert abs(user.consented_at - utcnow()) < timedelta(minutes=1)
    assert user.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    row = session.scalar(select(Audit).where(Audit.action == "account.sign_up"))
    assert row.facts == {"consent": user.consent_version}


def test_every_fault_is_said_at_once_and_what_was_typed_stays(client, session):
    page = client.post(
        "/sign-up",
        data={"name": " ", "email": "hoa@", "phone": "12", "password": "ngan", "hats": ["mentor"]},
    )
    assert page.status_code == 422
    for name in ("name", "email", "phone", "password", "consent"):
        assert f'href="#f-{name}"' in page.text, name
    assert 'value="hoa@"' in page.text
    assert re.search(r'value="mentor" checked', page.text)
    assert "ngan" not in re.sub(r"<head>.*</head>", "", page.text, flags=re.S)
    assert session.scalar(select(func.count(User.id))) == 0


@pytest.mark.parametrize("field", ["name", "email"])
def test_a_line_break_cannot_reach_a_mail_header(client, session, field):
    client.post("/sign-up", data=FORM | {field: FORM[field] + "\r\nBcc: all@htx.example"})
    for mail in session.scalars(select(Mail)):
        assert "\n" not in mail.subject + mail.recipient
        assert "all@htx.example" not in mail.recipient


def test_markup_emoji_and_decomposed_letters_in_a_name_are_only_text(client, session, make):
    client.post("/sign-up", data=FORM | {"name": "<script>alert(1)</script> Hòa 🌱"})
    user = session.scalar(select(User))
    assert user.name == "<script>alert(1)</script> Hòa 🌱"
    page = client.get(path_in(mails_to(session, user.email)[0]))
    assert "<script>alert(1)" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text


def test_a_known_address_gets_the_same_page_and_its_owner_a_mail(app, client, session, make):
    make.user(email="hoa@htx.example", name="Hoa thật")
    fresh = client.post("/sign-up", data=FORM | {"email": "moi@htx.example"})
    known = app.test_client().post("/sign-up", data=FORM)
    assert (known.status_code, known.location) == (fresh.status_code, fresh.location)
    assert [m.subject for m in mails_to(session, "hoa@htx.example")] == ["Bạn đã có tài khoản"]
    assert session.scalar(select(User.name).where(User.email == "hoa@htx.example")) == "Hoa thật"


def test_the_owner_of_an_address_is_not_pestered(app, session, make):
    make.user(email="hoa@htx.example")
    for _number in range(5):
        assert app.test_client().post("/sign-up", data=FORM).status_code == 302
    assert len(mails_to(session, "hoa@htx.example")) == 3


def test_two_who_register_one_address_at_once_get_one_account(app, session):
    go = threading.Barrier(2)
    answers = []

    def register():
        go.wait()
        answers.append(app.test_client().post("/sign-up", data=FORM).status_code)

    threads = [threading.Thread(target=register) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [302, 302]
    session.rollback()
    assert session.scalar(select(func.count(User.id))) == 1


# --- Passwords ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "password",
    ["ngan qua", "matkhau123456", "Mật Khẩu 2026!!!", "aaaaaaaaaaaaaaa", "abcabcabcabcabc",
     "123456789012", "hungyen hungyen 26", "qwertyuiop12", "x" * 129, "P@ssw0rd passw0rd",
     "Football2026!", "!!f00tb@ll!!2026", "international", "JustinBieber", "q1w2e3r4t5y6"],
)  # fmt: skip
def test_guessable_passwords_are_refused(password):
    with pytest.raises(Invalid):
        accounts.check_password(password)


@pytest.mark.parametrize(
    "password",
    [GOOD, "nhãn lồng chín tháng bảy", "🌱🌾🐟🐃🦆🪷 ao làng", "x7#kQ9!mZ2$w", "ma ma ma con trau"],
)  # fmt: skip
def test_any_long_enough_sentence_is_taken_as_it_was_typed(password):
    assert accounts.check_password(password) == password
    assert passwords.matches(accounts.hash_password(password), password)


def test_a_password_made_of_the_person_is_refused():
    with pytest.raises(Invalid):
        accounts.check_password("nguyenthihoa 1980", "Nguyễn Thị Hoa", "hoa@htx.example")


def test_an_over_long_password_is_never_hashed(session, make, monkeypatch):
    user = make.user()
    monkeypatch.setattr(passwords, "_hasher", None)
    signed_in = accounts.sign_in(session, user.email, "x" * 10**6, address="1", now=utcnow())
    assert signed_in is None


def test_an_old_hash_is_made_anew_at_the_next_sign_in(session, make, client):
    user = make.user()
    before = user.password_hash
    client.post("/sign-in", data={"email": user.email, "password": PASSWORD})
    session.rollback()
    assert user.password_hash != before
    assert user.password_hash.startswith("$argon2id$v=19$m=19456")


def test_hashing_holds_no_transaction(session, make, client, monkeypatch):
    """A slow hash inside a write transaction would make every writer wait for it."""
    user, held = make.user(), []
    real = passwords._hasher

    class Watching:
        def verify(self, *args):
            held.append(db.session().in_transaction())
            return real.verify(*args)

        def hash(self, *args):
            held.append(db.session().in_transaction())
            return real.hash(*args)

        check_needs_rehash = staticmethod(real.check_needs_rehash)

    monkeypatch.setattr(passwords, "_hasher", Watching())
    client.post("/sign-in", data={"email": user.email, "password": PASSWORD})
    client.post("/me/security/password", data={"old": PASSWORD, "password": GOOD})
    client.post("/sign-up", data=FORM)
    assert held == [False] * 5  # verify and rehash, verify and hash, hash


# --- Proving the address ------------------------------------------------------------------------
def test_opening_the_link_shows_a_page_and_its_button_proves_the_address(client, session):
    client.post("/sign-up", data=FORM)
    link = path_in(mails_to(session, "hoa@htx.example")[0])
    assert client.get(link).status_code == 200
    assert session.scalar(select(User.verified_at)) is None
    assert client.post(link).location == "/me"
    session.rollback()
    assert session.scalar(select(User.verified_at)) is not None
    assert client.get("/me/profile").status_code == 200


def test_a_link_sent_to_somebody_else_does_not_sign_that_person_in(app, client, session):
    """Else a stranger could put a victim into an account whose password the stranger knows."""
    client.post("/sign-up", data=FORM)
    link = path_in(mails_to(session, "hoa@htx.example")[0])
    victim = app.test_client()
    assert victim.post(link).location == "/sign-in"
    assert victim.get("/me").status_code == 302


@pytest.mark.parametrize("how", ["used", "old", "unknown", "newer"])
def test_a_dead_link_says_what_to_do(client, session, how):
    client.post("/sign-up", data=FORM)
    link, later = path_in(mails_to(session, "hoa@htx.example")[0]), timedelta(0)
    if how == "used":
        client.post(link)
        client.post("/sign-out")
    elif how == "old":
        later = timedelta(days=2, minutes=1)
    elif how == "unknown":
        link = "/verify/" + "x" * 43
    else:
        user = session.scalar(select(User))
        accounts.send_verification(session, user, now=utcnow())
        session.commit()
    with time_machine.travel(utcnow() + later, tick=True):
        for answer in (client.get(link), client.post(link)):
            assert answer.status_code == 410
            assert "Gửi lại thư xác nhận" in answer.text
            assert 'href="/sign-in"' in answer.text


def test_a_link_is_bound_to_its_purpose(client, session):
    client.post("/sign-up", data=FORM)
    token = path_in(mails_to(session, "hoa@htx.example")[0]).removeprefix("/verify/")
    for other in ("/reset/", "/invite/", "/verify-email/"):
        assert client.get(other + token).status_code == 410
    rows = session.scalars(select(OneTimeLink)).all()
    assert all(token not in row.token_hash for row in rows)


def test_the_verification_mail_can_be_asked_for_again_but_not_without_end(sign_in, session, make):
    user = make.user(verified_at=None)
    client = sign_in(user)
    assert [client.post("/verify").status_code for _number in range(6)] == [302] * 5 + [429]
    assert len(mails_to(session, user.email)) == 5


# --- Signing in ---------------------------------------------------------------------------------
def test_signing_in_goes_on_to_the_page_that_asked_for_it(client, make):
    user = make.user()
    asked = client.get("/me/profile")
    assert asked.location == "/sign-in?next=/me/profile?"
    answer = client.post(
        "/sign-in", data={"email": user.email, "password": PASSWORD, "next": "/me/profile"}
    )
    assert answer.location == "/me/profile"


def test_the_address_may_be_typed_with_capitals_and_spaces(client, make):
    make.user(email="hoa@htx.example")
    answer = client.post("/sign-in", data={"email": " Hoa@HTX.example ", "password": PASSWORD})
    assert answer.status_code == 302


def test_a_wrong_password_is_said_kindly_and_the_address_stays(client, make):
    user = make.user()
    page = client.post("/sign-in", data={"email": user.email, "password": "sai mat khau roi"})
    assert page.status_code == 422
    assert "Địa chỉ thư hoặc mật khẩu chưa đúng." in page.text
    assert f'value="{user.email}"' in page.text
    assert "sai mat khau roi" not in page.text


def strip(page, address):
    """The page without the address typed and the form's token, which is new each time."""
    token = re.search(r'name="csrf-token" content="([^"]+)"', page).group(1)
    return page.replace(address, "").replace(token, "")


def test_an_unknown_address_reads_like_a_wrong_password(app, make):
    user = make.user()
    known, unknown = (
        app.test_client().post("/sign-in", data={"email": email, "password": "sai mat khau roi"})
        for email in (user.email, "ai@do.example")
    )
    assert known.status_code == unknown.status_code
    assert strip(known.text, user.email) == strip(unknown.text, "ai@do.example")


def work_of(app, act):
    """(hashes computed, SQL statements sent) while `act` runs: what its time is made of."""
    hashes, statements = [], []

    def count(connection, cursor, statement, *rest):
        statements.append(statement.split()[0])

    real = passwords._hasher.verify

    class Counting:
        def verify(self, *args):
            hashes.append(1)
            return real(*args)

        hash = staticmethod(passwords._hasher.hash)
        check_needs_rehash = staticmethod(passwords._hasher.check_needs_rehash)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", Counting())
        event.listen(db.engine, "before_cursor_execute", count)
        try:
            act()
        finally:
            event.remove(db.engine, "before_cursor_execute", count)
    return len(hashes), statements


@pytest.mark.parametrize("path", ["/sign-in", "/reset"])
def test_an_unknown_address_costs_the_same_work(app, make, path):
    user = make.user(password_hash=accounts.hash_password("mot mat khau that dai"))

    def attempt(email):
        client = app.test_client()
        return lambda: client.post(path, data={"email": email, "password": "sai mat khau roi"})

    attempt("lan@dau.example")()  # the first request also loads the vocabulary
    hashed, sent = work_of(app, attempt(user.email))
    hashed_unknown, sent_unknown = work_of(app, attempt("ai@do.example"))
    assert hashed == hashed_unknown == (1 if path == "/sign-in" else 0)
    assert [s for s in sent if s not in ("ROLLBACK", "RELEASE")] == [
        s for s in sent_unknown if s not in ("ROLLBACK", "RELEASE")
    ]


def test_the_hash_nobody_has_costs_as_much_as_a_real_one():
    assert not passwords.outdated(passwords.NOBODY)


def test_ten_failures_close_one_account_and_no_other(app, make, session):
    victim, bystander = make.user(), make.user()

    def attempt(user, password, address="10.0.0.1"):
        return app.test_client().post(
            "/sign-in",
            data={"email": user.email, "password": password},
            environ_overrides={"REMOTE_ADDR": address},
        )

    answers = [attempt(victim, "sai mat khau", f"10.0.0.{n}").status_code for n in range(12)]
    assert answers == [422] * 10 + [429] * 2
    # Even the right password fails now, from anywhere, and the page says how long to wait.
    closed = attempt(victim, PASSWORD, "10.9.9.9")
    assert closed.status_code == 429
    assert re.search(r"sau [1-5] phút", closed.text)
    assert attempt(bystander, PASSWORD, "10.9.9.9").status_code == 302
    with time_machine.travel(utcnow() + timedelta(minutes=6), tick=True):
        assert attempt(victim, PASSWORD).status_code == 302


def test_one_network_address_cannot_try_everybody(app, make):
    users = [make.user() for _number in range(31)]
    answers = [
        app.test_client()
        .post("/sign-in", data={"email": user.email, "password": "sai mat khau"},
              headers={"X-Forwarded-For": f"1.2.3.{n}"})
        .status_code
        for n, user in enumerate(users)
    ]  # fmt: skip
    assert answers == [422] * 30 + [429]


def test_a_success_forgets_the_failures_before_it(client, make, session):
    user = make.user()
    for _number in range(9):
        client.post("/sign-in", data={"email": user.email, "password": "sai mat khau"})
    client.post("/sign-in", data={"email": user.email, "password": PASSWORD})
    session.rollback()
    left = session.scalar(select(func.count(Attempt.id)).where(Attempt.action == "sign_in.account"))
    assert left == 0


def test_failures_are_in_the_log_without_the_address_that_was_typed(client, make, session):
    user = make.user()
    for email in (user.email, "ai@do.example"):
        client.post("/sign-in", data={"email": email, "password": "sai mat khau"})
    rows = session.scalars(select(Audit).where(Audit.action == "account.sign_in_refused")).all()
    assert [row.subject_id for row in rows] == [user.key, ""]
    assert all(row.actor_id is None and not row.facts for row in rows)


def test_a_disabled_account_is_told_only_to_who_knows_its_password(app, make):
    user = make.user(disabled_at=utcnow())
    stranger = app.test_client().post("/sign-in", data={"email": user.email, "password": "x" * 15})
    assert "bị khóa" not in stranger.text
    assert stranger.status_code == 422
    owner = app.test_client().post("/sign-in", data={"email": user.email, "password": PASSWORD})
    assert owner.status_code == 403
    assert "bị khóa" in owner.text
    assert owner.headers.getlist("Set-Cookie") == [] or "_user_id" not in str(owner.headers)


ELSEWHERE = [
    "https://evil.example", "//evil.example", "///evil.example", "////evil.example",
    "/\\evil.example", "\\\\evil.example", "/\\/evil.example", "http:evil.example",
    "https:/evil.example", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x",
    "vbscript:x", "//evil%2eexample", "/\t/evil.example", "/\n/evil.example", "/\r\n/evil.example",
    "\t//evil.example", " //evil.example", "%2f%2fevil.example", "//[evil", "https://[evil",
    "//evil.example@localhost/", "http://localhost@evil.example/", "//localhost.evil.example",
    "evil.example", "?next=//evil", "#//evil.example", ".evil.example", "/x\\..\\..//evil",
    "//\u3002evil.example", "ftp://evil.example", "/\x00/evil.example", "https://evil.example/me",
    "//evil.example/%2e%2e", "", "mailto:a@evil.example",
]  # fmt: skip


@pytest.mark.parametrize("target", ELSEWHERE)
def test_signing_in_never_leads_elsewhere(client, make, target):
    user = make.user()
    answer = client.post(
        "/sign-in", data={"email": user.email, "password": PASSWORD, "next": target}
    )
    assert answer.status_code == 302
    assert answer.location == "/me"
    assert client.get("/sign-in", query_string={"next": target}).location == "/me"


# --- One's own data -----------------------------------------------------------------------------
def test_the_profile_is_saved_and_bad_values_are_kept_for_mending(sign_in, session, make):
    user = make.user()
    client = sign_in(user)
    bad = client.post("/me/profile", data={"name": "Hoa", "phone": "abc", "language": "en"})
    assert bad.status_code == 422
    assert 'value="abc"' in bad.text
    answer = client.post(
        "/me/profile",
        data={"name": "Hoa Mới", "phone": "", "hats": ["mentor"], "language": "en", "role": "lead"},
    )
    assert answer.status_code == 302
    session.rollback()
    assert (user.name, user.phone, user.hats, user.language) == ("Hoa Mới", "", ["mentor"], "en")
    assert user.role == "member"  # a field nobody offered changes nothing


def test_a_new_address_counts_when_its_link_is_opened(app, sign_in, session, make):
    user = make.user()
    old, client = user.email, sign_in(user)
    values = {"email": "Moi@HTX.example", "email_password": PASSWORD}
    assert client.post("/me/security/email", data=values).status_code == 302
    session.rollback()
    assert user.email == old
    link = path_in(mails_to(session, "moi@htx.example")[0])
    assert client.get(link).status_code == 200
    assert client.post(link).location == "/sign-in"
    session.rollback()
    assert user.email == "moi@htx.example"
    assert client.get("/me").status_code == 302  # every session ended
    assert mails_to(session, old)[0].subject == "Địa chỉ thư của tài khoản đã đổi"
    assert app.test_client().post(link).status_code == 410
    again = app.test_client().post("/sign-in", data={"email": old, "password": PASSWORD})
    assert again.status_code == 422


def test_a_new_address_needs_the_password(sign_in, session, make):
    user = make.user()
    client = sign_in(user)
    for _number in range(10):
        page = client.post(
            "/me/security/email", data={"email": "moi@htx.example", "email_password": "sai roi"}
        )
        assert page.status_code == 422
    assert 'value="moi@htx.example"' in page.text
    # Who guesses behind somebody's open session is stopped, also with the right password.
    values = {"email": "moi@htx.example", "email_password": PASSWORD}
    assert client.post("/me/security/email", data=values).status_code == 429
    assert mails_to(session, "moi@htx.example") == []


def test_somebodys_address_cannot_be_taken_nor_found_out(sign_in, session, make):
    other, user = make.user(email="khac@htx.example"), make.user()
    client = sign_in(user)
    answers = [
        client.post("/me/security/email", data={"email": email, "email_password": PASSWORD})
        for email in (other.email, "chua-ai@htx.example")
    ]
    assert [(a.status_code, a.location) for a in answers] == [(302, "/me/security")] * 2
    assert "/verify-email/" not in mails_to(session, "khac@htx.example")[0].body


def test_an_address_taken_meanwhile_stays_with_its_owner(sign_in, session, make):
    user = make.user()
    old, client = user.email, sign_in(user)
    client.post("/me/security/email", data={"email": "moi@htx.example", "email_password": PASSWORD})
    link = path_in(mails_to(session, "moi@htx.example")[0])
    make.user(email="moi@htx.example")
    assert client.post(link).status_code == 409
    session.rollback()
    assert user.email == old


# --- The service alone --------------------------------------------------------------------------
def test_sign_up_reports_all_problems_as_one(session):
    with pytest.raises(InvalidForm) as refusal:
        accounts.sign_up(session, {}, address="1", now=utcnow())
    assert set(refusal.value.errors) == {"name", "email", "password", "consent"}


def test_signing_up_is_limited_by_network_address(app, session):
    answers = [
        app.test_client().post("/sign-up", data=FORM | {"email": f"a{n}@htx.example"}).status_code
        for n in range(11)
    ]
    assert answers == [302] * 10 + [429]


def test_no_session_row_keeps_its_token(client, session, make):
    user = make.user()
    client.post("/sign-in", data={"email": user.email, "password": PASSWORD})
    with client.session_transaction() as cookie:
        token = cookie["_user_id"]
    row = session.scalar(select(LoginSession))
    assert len(token) >= 43
    assert token not in (row.token_hash, row.key)


# --- Who acts -----------------------------------------------------------------------------------
def test_who_acts_is_everything_the_rules_may_ask_about(session, make):
    user = make.user(role="curator", hats=["mentor"])
    led, left = make.organisation(user), make.organisation(user)
    joined, watched = make.organisation(), make.organisation()
    make.save(
        Membership(user_id=user.id, organisation_id=joined.id, role="member", state="active",
                   created_at=utcnow())
    )  # fmt: skip
    ended = session.scalar(select(Membership).where(Membership.organisation_id == left.id))
    ended.state = "ended"
    make.save(ended)
    make.interest(user, watched)
    assert accounts.actor_of(user) == Actor(
        id=user.id,
        key=user.key,
        name=user.name,
        role="curator",
        hats=frozenset({"mentor"}),
        organisations=frozenset({led.id, joined.id}),
        admin_of=frozenset({led.id}),
        interests=frozenset({watched.id}),
        verified=True,
    )
    assert not accounts.actor_of(make.user(verified_at=None)).verified


def test_who_asks_for_a_reset_is_nobody_known(client, session, make):
    client.post("/reset", data={"email": make.user().email})
    row = session.scalar(select(Audit).where(Audit.action == "account.request_reset"))
    assert (row.actor_id, row.actor_role) == (None, "guest")
