"""The second factor: forced on staff where real data is, offered to everybody, never replayed."""

import re
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import time_machine
from conftest import build
from factories import PASSWORD, Make
from sqlalchemy import select, text

from marketplace.domain.vocabulary import STAFF_ROLES
from marketplace.models import Audit, LoginSession, Mail, db, utcnow
from marketplace.services import accounts
from marketplace.services.accounts import second

# RFC 6238 appendix B: the SHA-1 seed "12345678901234567890", and the last six digits it gives.
SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
VECTORS = [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"),
           (2000000000, "279037"), (20000000000, "353130")]  # fmt: skip


@pytest.fixture
def real(tmp_path):
    """An installation that is no sample, with its factories."""
    app = build(tmp_path / "real", sample=False, smtp_url="smtp://127.0.0.1:9")
    with app.app_context():
        app.make = Make(db.session)
        yield app


@pytest.fixture(autouse=True)
def _folder(tmp_path):
    (tmp_path / "real").mkdir()


def enter(app, user, password=PASSWORD):
    client = app.test_client()
    client.post("/sign-in", data={"email": user.email, "password": password})
    return client


def enrol(client):
    """Set the second factor up through the pages; returns (secret, recovery codes)."""
    page = client.get("/second-factor").text
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page).group(1).replace(" ", "")
    code = pyotp.TOTP(secret).at(utcnow())
    done = client.post("/second-factor", data={"code": code})
    assert done.status_code == 200, done.text
    return secret, re.findall(r"<code>([A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4})</code>", done.text)


def now_code(secret, shift=0):
    return pyotp.TOTP(secret).at(utcnow(), counter_offset=shift)


# --- The arithmetic -----------------------------------------------------------------------------
@pytest.mark.parametrize(("seconds", "digits"), VECTORS)
def test_codes_are_those_of_the_standard(seconds, digits):
    at = datetime.fromtimestamp(seconds, UTC)
    assert second.step_of_code(SEED, digits, after=0, now=at) == seconds // 30
    assert second.step_of_code(SEED, digits, after=seconds // 30, now=at) is None
    assert second.step_of_code(SEED, digits[::-1] + "0", after=0, now=at) is None


def test_the_database_keeps_no_secret_that_can_be_read(real):
    user = real.make.user(totp_secret=SEED)
    kept = db.session.execute(text("select totp_secret from users")).scalar_one()
    assert SEED not in kept
    assert "sealed" in kept
    db.session.expire_all()
    assert user.totp_secret == SEED


def test_the_qr_code_holds_what_an_authenticator_reads():
    address = second.address_of(SEED, "hoa@htx.example", "Sàn Hưng Yên")
    assert address.startswith("otpauth://totp/S%C3%A0n%20H%C6%B0ng%20Y%C3%AAn:hoa%40htx.example?")
    assert f"secret={SEED}" in address
    assert address.endswith("issuer=S%C3%A0n%20H%C6%B0ng%20Y%C3%AAn")


# --- Who must -----------------------------------------------------------------------------------
@pytest.mark.parametrize("role", sorted(STAFF_ROLES))
def test_staff_reach_nothing_before_they_set_it_up(real, role):
    client = enter(real, real.make.user(role=role))
    for page in ("/", "/me", "/me/security", "/find", "/organisations", "/help"):
        assert client.get(page).location.startswith("/second-factor"), page
    assert client.post("/me/profile", data={"name": "Khác"}).location == "/second-factor"
    assert client.get("/second-factor").status_code == 200
    enrol(client)
    assert client.get("/me").status_code == 200


def test_every_route_stands_behind_it(real):
    """No route may be forgotten: each is asked for by somebody who has not shown it."""
    client = enter(real, real.make.user(role="lead"))
    for rule in real.url_map.iter_rules():
        if rule.endpoint.startswith("assets.") or rule.endpoint in ("accounts.sign_out", "static"):
            continue
        path = re.sub(r"<(?:[^:>]+:)?([^>]+)>", "x", rule.rule)
        if path == "/second-factor":
            continue
        method = client.get if "GET" in rule.methods else client.post
        answer = method(path)
        turned_away = answer.status_code == 302 and answer.location.startswith("/second-factor")
        assert turned_away or answer.status_code in (403, 404, 405), (path, answer.status_code)


def test_members_are_not_forced(real):
    assert enter(real, real.make.user()).get("/me").status_code == 200


def test_the_sample_mode_forces_nobody(app, make):
    assert enter(app, make.user(role="curator")).get("/desk").status_code == 200


def test_the_way_out_is_open(real):
    client = enter(real, real.make.user(role="curator"))
    assert client.post("/sign-out").location == "/"


def test_it_leads_on_to_the_page_that_was_asked_for(real):
    user = real.make.user(role="curator")
    secret, _codes = enrol(enter(real, user))
    client = enter(real, user)
    asked = client.get("/desk/organisations")
    assert asked.location == "/second-factor?next=/desk/organisations?"
    for target, leads_to in (("/desk/organisations", "/desk/organisations"), ("//evil", "/me")):
        client = enter(real, user)
        with time_machine.travel(utcnow() + timedelta(minutes=5 if "evil" in target else 2)):
            answer = client.post("/second-factor", data={"code": now_code(secret), "next": target})
        assert answer.location == leads_to


# --- Showing it ---------------------------------------------------------------------------------
def test_a_code_counts_once(real):
    user = real.make.user(role="curator")
    start = datetime.fromisoformat("2026-11-23T08:00:05+00:00")
    with time_machine.travel(start, tick=False):
        secret, _codes = enrol(enter(real, user))
        # The code it was set up with is spent; so is every earlier one.
        for shift in (0, -1):
            client = enter(real, user)
            assert (
                client.post("/second-factor", data={"code": now_code(secret, shift)}).status_code
                == 422
            )
    with time_machine.travel(start + timedelta(seconds=30), tick=False):
        code = now_code(secret)
        first, again = enter(real, user), enter(real, user)
        assert first.post("/second-factor", data={"code": code}).location == "/me"
        refused = again.post("/second-factor", data={"code": code})
        assert refused.status_code == 422
        assert "đã dùng" in refused.text


@pytest.mark.parametrize(("shift", "status"), [(-2, 422), (-1, 302), (0, 302), (1, 302), (2, 422)])
def test_a_clock_may_be_half_a_minute_off_and_no_more(real, shift, status):
    user = real.make.user(role="curator")
    start = datetime.fromisoformat("2026-11-23T08:00:05+00:00")
    with time_machine.travel(start, tick=False):
        secret, _codes = enrol(enter(real, user))
    with time_machine.travel(start + timedelta(hours=1), tick=False):
        client = enter(real, user)
        answer = client.post("/second-factor", data={"code": now_code(secret, shift)})
    assert answer.status_code == status


@pytest.mark.parametrize("code", ["", "000000", "abcdef", "٠١٢٣٤٥", "1" * 10_000, "🌱", "-1"])
def test_what_is_no_code_is_refused_kindly(real, code):
    client = enter(real, real.make.user(role="curator"))
    page = client.post("/second-factor", data={"code": code})
    assert page.status_code == 422
    assert "Mã chưa đúng" in page.text


def test_guessing_is_stopped_after_five(real):
    user = real.make.user(role="curator")
    secret, _codes = enrol(enter(real, user))
    client = enter(real, user)
    answers = [
        client.post("/second-factor", data={"code": f"{n:06}"}).status_code for n in range(6)
    ]
    assert answers == [422] * 5 + [429]
    with time_machine.travel(utcnow() + timedelta(minutes=2), tick=True):
        assert client.post("/second-factor", data={"code": now_code(secret)}).status_code == 429
    with time_machine.travel(utcnow() + timedelta(minutes=6), tick=True):
        assert client.post("/second-factor", data={"code": now_code(secret)}).status_code == 302


def test_guessing_for_a_day_is_stopped_after_fifty_though_the_owner_comes_and_goes(real):
    user = real.make.user(role="curator")
    secret, _codes = enrol(enter(real, user))
    start, hourly = utcnow() + timedelta(hours=1), []
    for hour in range(4):
        hourly.append(0)
        for minute in range(0, 60, 6):
            with time_machine.travel(start + timedelta(hours=hour, minutes=minute), tick=False):
                guesser = enter(real, user)
                for _number in range(5):
                    status = guesser.post("/second-factor", data={"code": "12345"}).status_code
                    hourly[-1] += status == 422
                owner = enter(real, user)
                owner.post("/second-factor", data={"code": now_code(secret)})
    assert hourly == [20, 20, 10, 0]


def test_an_open_browser_found_hours_later_needs_the_password_to_set_it_up(real):
    user = real.make.user()
    client, start = enter(real, user), utcnow()
    assert 'name="password"' not in client.get("/second-factor").text
    with time_machine.travel(start + timedelta(minutes=16), tick=False):
        page = client.get("/second-factor").text
        assert 'name="password"' in page
        secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page).group(1).replace(" ", "")
        code = {"code": now_code(secret)}
        for password in ({}, {"password": "sai roi"}):
            answer = client.post("/second-factor", data=code | password)
            assert answer.status_code == 422
            assert "#f-password" in answer.text
        db.session.rollback()
        assert not user.totp_secret
        assert client.post("/second-factor", data=code | {"password": PASSWORD}).status_code == 200
    db.session.rollback()
    assert user.totp_secret


def test_the_session_gets_a_new_token_with_it(real):
    user = real.make.user(role="curator")
    client, thief = enter(real, user), real.test_client()
    with client.session_transaction() as cookie:
        before = cookie["_user_id"]
    with thief.session_transaction() as cookie:
        cookie["_user_id"] = before
    enrol(client)
    assert client.get("/me").status_code == 200
    assert thief.get("/me").location.startswith("/sign-in")


def test_setting_it_up_ends_the_other_sessions(real):
    user = real.make.user(role="curator")
    other, client = enter(real, user), enter(real, user)
    enrol(client)
    assert other.get("/me").location.startswith("/sign-in")


def test_a_reset_by_mail_does_not_skip_it(real):
    user = real.make.user(role="curator")
    enrol(enter(real, user))
    token = accounts.recovery.links.issue(db.session, "reset", user=user, now=utcnow())
    db.session.commit()
    real.test_client().post(f"/reset/{token}", data={"password": "sau con ga trong san"})
    client = enter(real, user, "sau con ga trong san")
    assert client.get("/desk").location.startswith("/second-factor")
    assert "sáu chữ số đang hiện" in client.get("/second-factor").text  # shown, not set up anew


def test_a_new_password_keeps_the_session_that_showed_it(real):
    user = real.make.user(role="curator")
    client = enter(real, user)
    enrol(client)
    client.post("/me/security/password", data={"old": PASSWORD, "password": "sau con ga trong san"})
    assert client.get("/desk").status_code == 200


# --- Losing it ----------------------------------------------------------------------------------
def test_a_recovery_code_lets_in_once_and_is_reported(real):
    user = real.make.user(role="curator")
    _secret, codes = enrol(enter(real, user))
    assert len(set(codes)) == second.RECOVERY_CODES
    assert not set(codes) & set(user.recovery_codes)  # hashes only
    client = enter(real, user)
    typed = codes[3].lower().replace("-", " ")
    assert client.post("/second-factor", data={"code": typed}).status_code == 302
    db.session.rollback()
    assert len(user.recovery_codes) == second.RECOVERY_CODES - 1
    mail = db.session.scalars(select(Mail).order_by(Mail.id.desc())).first()
    assert "còn 9 mã" in mail.body
    again = enter(real, user)
    assert again.post("/second-factor", data={"code": codes[3]}).status_code == 422


def test_a_member_ends_it_with_the_password_and_staff_cannot(real):
    member, curator = real.make.user(), real.make.user(role="curator")
    client = enter(real, member)
    enrol(client)
    path = "/me/security/second-factor/end"
    client.post(path, data={"second_password": "sai roi"})
    db.session.rollback()
    assert member.totp_secret
    assert client.post(path, data={"second_password": PASSWORD}).location == "/sign-in"
    db.session.rollback()
    assert not member.totp_secret
    assert enter(real, member).get("/me").status_code == 200
    staff = enter(real, curator)
    enrol(staff)
    assert staff.post(path, data={"second_password": PASSWORD}).status_code == 403


def test_a_sysadmin_ends_it_for_a_lost_phone_and_it_is_logged(real):
    admin, curator = real.make.user(role="sysadmin"), real.make.user(role="curator")
    theirs, client = enter(real, curator), enter(real, admin)
    enrol(theirs)
    enrol(client)
    door = f"/admin/users/{curator.key}/end_second"
    guessed = client.post(door, data={"second_password": "sai roi"})
    assert guessed.status_code == 422
    assert "Mật khẩu hiện tại chưa đúng" in guessed.text
    db.session.rollback()
    assert curator.totp_secret
    assert client.post(door, data={"second_password": PASSWORD}).status_code == 302
    assert theirs.get("/desk").location.startswith("/sign-in")
    assert client.post(f"/admin/users/{admin.key}/end_second").status_code == 403
    db.session.rollback()
    row = db.session.scalar(select(Audit).where(Audit.action == "account.end_second"))
    assert (row.actor_id, row.subject_id) == (admin.id, curator.key)
    fresh = enter(real, curator)
    assert "quét mã này" in fresh.get("/second-factor").text


def test_no_log_row_and_no_mail_holds_a_code_or_secret(real):
    user = real.make.user(role="curator")
    client = enter(real, user)
    secret, codes = enrol(client)
    kept = " ".join(str(row.facts) for row in db.session.scalars(select(Audit)))
    kept += " ".join(row.body for row in db.session.scalars(select(Mail)))
    kept += " ".join(row.token_hash for row in db.session.scalars(select(LoginSession)))
    assert not [each for each in (secret, *codes) if each in kept]
