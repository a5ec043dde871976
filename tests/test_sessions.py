"""Signed-in browsers: how long, how many, and how they end."""

import re
from datetime import timedelta

import pytest
import time_machine
from factories import PASSWORD
from sqlalchemy import select

from marketplace.models import LoginSession, utcnow
from marketplace.services import sessions
from marketplace.web.accounts.wording import device

NEW = "sau con ga trong san"


def signed_in_through_the_form(app, user, **headers):
    client = app.test_client()
    client.post("/sign-in", data={"email": user.email, "password": PASSWORD}, headers=headers)
    return client


def is_in(client):
    return client.get("/me/profile").status_code == 200


def token_of(client):
    with client.session_transaction() as cookie:
        return cookie.get("_user_id")


# --- Lifetimes ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("role", "idle", "absolute"),
    [("member", timedelta(hours=8), timedelta(days=7)),
     *((role, timedelta(minutes=30), timedelta(hours=12))
       for role in ("curator", "lead", "officer", "leader", "auditor", "sysadmin"))],
)  # fmt: skip
def test_sessions_idle_out_and_grow_old(make, sign_in, role, idle, absolute):
    user = make.user(role=role)
    client, start = sign_in(user), utcnow()
    assert is_in(client)
    with time_machine.travel(start + idle - timedelta(minutes=1), tick=False):
        assert is_in(client)  # and is in use again from now
    with time_machine.travel(start + 2 * idle - timedelta(minutes=2), tick=False):
        assert is_in(client)
    with time_machine.travel(start + 3 * idle, tick=False):
        assert not is_in(client)
    client, moment = sign_in(user), start
    while moment < start + absolute - idle:
        moment += idle / 2
        with time_machine.travel(moment, tick=False):
            assert is_in(client)
    with time_machine.travel(start + absolute + timedelta(minutes=1), tick=False):
        assert not is_in(client)


@pytest.mark.parametrize("shift", [timedelta(days=730), timedelta(days=-730), -timedelta(hours=1)])
def test_a_clock_that_jumps_ends_sessions_and_breaks_nothing(make, sign_in, shift):
    client = sign_in(make.user())
    with time_machine.travel(utcnow() + shift, tick=True):
        assert client.get("/me/profile").status_code == 302
        assert client.get("/").status_code == 200


def test_being_in_use_is_noted_once_a_minute(make, sign_in, session):
    client, start = sign_in(make.user()), utcnow()
    row = session.scalar(select(LoginSession))
    first = row.seen_at
    client.get("/me/profile")
    session.rollback()
    assert row.seen_at == first
    with time_machine.travel(start + timedelta(minutes=2), tick=False):
        client.get("/me/profile")
    session.rollback()
    assert row.seen_at > first


# --- Fixation, rotation -------------------------------------------------------------------------
def test_a_planted_cookie_is_worth_nothing_after_signing_in(app, make):
    """The attacker knows the cookie the victim signs in with."""
    user, victim, attacker = make.user(), app.test_client(), app.test_client()
    victim.get("/sign-in")
    planted = victim.get_cookie("session")
    attacker.set_cookie("session", planted.value if planted else "x")
    victim.post("/sign-in", data={"email": user.email, "password": PASSWORD})
    assert is_in(victim)
    assert not is_in(attacker)


def test_each_sign_in_gets_a_token_of_its_own_and_ends_the_one_before(app, make):
    user = make.user()
    client = signed_in_through_the_form(app, user)
    first, thief = token_of(client), app.test_client()
    with thief.session_transaction() as cookie:
        cookie["_user_id"] = first
    assert is_in(thief)
    client.post("/sign-in", data={"email": user.email, "password": PASSWORD})
    assert token_of(client) != first
    assert is_in(client)
    assert not is_in(thief)


@pytest.mark.parametrize("token", ["", "x", "1", "' or 1=1 --", "0" * 64, 1, None, ["a"]])
def test_a_made_up_token_is_nobodys(app, make, token):
    make.user()
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
    assert client.get("/me/profile").status_code == 302


def test_a_cookie_signed_with_another_key_is_nobodys(app, make, sign_in):
    client = sign_in(make.user())
    value = client.get_cookie("session").value
    client.set_cookie("session", value[:-2] + ("aa" if value[-2:] != "aa" else "bb"))
    assert client.get("/me/profile").status_code == 302


# --- Ending -------------------------------------------------------------------------------------
def test_signing_out_ends_the_session_itself_not_only_the_cookie(app, make):
    client = signed_in_through_the_form(app, make.user())
    kept = client.get_cookie("session").value
    assert client.post("/sign-out").status_code == 302
    client.set_cookie("session", kept)
    assert not is_in(client)


def test_signing_out_twice_is_no_error(client):
    assert client.post("/sign-out").status_code == 302


def test_the_list_names_each_browser_and_ends_one(app, make, session):
    user = make.user()
    phone = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36"
    here = signed_in_through_the_form(app, user)
    there = signed_in_through_the_form(app, user, **{"User-Agent": phone})
    page = here.get("/me/security").text
    assert "Chrome, Android" in page
    assert page.count("Kết thúc phiên này") == 1
    key = re.search(r'name="key" value="([^"]{10,})"', page).group(1)
    assert here.post("/me/security/end", data={"key": key}).status_code == 302
    assert is_in(here)
    assert not is_in(there)


def test_nobody_ends_anothers_session(make, sign_in, session):
    owner, other = make.user(), make.user()
    theirs, mine = sign_in(owner), sign_in(other)
    key = session.scalar(select(LoginSession.key).where(LoginSession.user_id == owner.id))
    mine.post("/me/security/end", data={"key": key})
    assert is_in(theirs)


def test_signing_out_elsewhere_and_everywhere(make, sign_in):
    user = make.user()
    here, there = sign_in(user), sign_in(user)
    here.post("/me/security/end", data={"key": "others"})
    assert (is_in(here), is_in(there)) == (True, False)
    there = sign_in(user)
    assert here.post("/me/security/end", data={"key": "all"}).location == "/sign-in"
    assert (is_in(here), is_in(there)) == (False, False)


def test_a_new_password_ends_all_others_and_renews_this_one(make, sign_in, app):
    user = make.user()
    here, there = sign_in(user), sign_in(user)
    before = token_of(here)
    answer = here.post("/me/security/password", data={"old": PASSWORD, "password": NEW})
    assert answer.status_code == 302
    assert (is_in(here), is_in(there)) == (True, False)
    assert token_of(here) != before
    signed = app.test_client().post("/sign-in", data={"email": user.email, "password": NEW})
    assert signed.status_code == 302


def test_a_refused_new_password_ends_nothing(make, sign_in):
    user = make.user()
    here, there = sign_in(user), sign_in(user)
    for values in ({"old": "sai roi", "password": NEW}, {"old": PASSWORD, "password": "ngan"}):
        assert here.post("/me/security/password", data=values).status_code == 422
    assert is_in(here)
    assert is_in(there)


def test_guessing_the_password_behind_an_open_session_is_stopped(make, sign_in):
    client = sign_in(make.user())
    answers = [
        client.post("/me/security/password", data={"old": f"doan {n}", "password": NEW}).status_code
        for n in range(11)
    ]
    assert answers == [422] * 10 + [429]


def test_a_disabled_person_is_out_at_once(make, sign_in, session):
    user = make.user()
    client = sign_in(user)
    user.disabled_at = utcnow()
    make.save(user)
    assert not is_in(client)


def test_a_session_that_ends_while_typing_leads_back_to_the_form(app, make, sign_in, session):
    """What was typed is not lost: signing in again in another tab keeps the form's token."""
    user = make.user()
    client = sign_in(user)
    sessions.end(session, user.id, now=utcnow())
    session.commit()
    answer = client.post("/me/profile", data={"name": "Hoa"})
    assert answer.location == "/sign-in?next=/me"


def test_form_tokens_survive_signing_in_again(tmp_path, make, app):
    app.config["WTF_CSRF_ENABLED"] = True
    user, client = make.user(), app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in").text).group(1)
    values = {"email": user.email, "password": PASSWORD, "csrf_token": token}
    assert client.post("/sign-in", data=values).status_code == 302
    saved = client.post("/me/profile", data={"name": "Hoa Hoa", "csrf_token": token})
    assert saved.status_code == 302
    client.post("/sign-out", data={"csrf_token": token})
    client.get("/sign-in")
    refused = client.post("/sign-in", data=values)
    assert refused.status_code == 400  # after signing out nothing of before is good


# --- Cookies ------------------------------------------------------------------------------------
def test_the_cookie_cannot_be_read_by_scripts_nor_sent_from_elsewhere(app, make):
    user, client = make.user(), app.test_client()
    answer = client.post("/sign-in", data={"email": user.email, "password": PASSWORD})
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("session="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Domain" not in cookie


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) Mobile Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/126.0 Safari/537.36 Edg/126.0", "Edge, Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0", "Firefox, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) coc_coc_browser/126 Chrome/120", "Cốc Cốc, Windows"),
        ("curl/8.0", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_browsers_are_called_as_people_call_them(agent, name):
    assert device(agent) == name
