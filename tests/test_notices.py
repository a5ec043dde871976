"""What people are told: once, on the site always, by mail as they chose."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from marketplace.domain.notices import (
    CHOICES,
    LETTERS,
    QUIET,
    TOPICS,
    choice_of,
    next_digest,
    not_quiet,
)
from marketplace.models import Audit, Mail, Notice, User, utcnow
from marketplace.models.base import writing
from marketplace.services import mails, notices, outbox, sending
from marketplace.services.listings.numbers import LOCAL
from marketplace.services.notices.digests import tell

# A Wednesday, ten in the morning in Vietnam.
NOW = datetime(2026, 3, 4, 3, tzinfo=UTC)
MONDAY = datetime(2026, 3, 9, 7, tzinfo=LOCAL)
TOMORROW = datetime(2026, 3, 5, 7, tzinfo=LOCAL)
NEWS, WAITS, ALARM, KEY = "match_closed", "match_proposed", "password_changed", "reset"
FACTS = {"title": "Máy sấy", "due": NOW, "path": "/matches/x"}


def told(session, user, letter, now=NOW):
    """(the mail of its own or None, the notice or None) of one letter."""
    row = mails.send(session, letter, user, now=now, **FACTS)
    session.flush()
    return row, session.scalar(
        select(Notice).where(Notice.user_id == user.id).order_by(Notice.id.desc())
    )


# choice, letter -> (mailed at once, when a digest tells of it)
EXPECTED = {
    ("weekly", NEWS): (False, MONDAY), ("weekly", WAITS): (True, None),
    ("daily", NEWS): (False, TOMORROW), ("daily", WAITS): (True, None),
    ("now", NEWS): (True, None), ("now", WAITS): (True, None),
    ("site", NEWS): (False, None), ("site", WAITS): (False, None),
}  # fmt: skip


@pytest.mark.parametrize(("choice", "letter"), EXPECTED)
def test_each_choice_does_what_it_says(session, make, choice, letter):
    user = make.user(notice_settings={"match": choice})
    mail, notice = told(session, user, letter)
    mailed, due = EXPECTED[choice, letter]
    assert (mail is not None, notice.due_at) == (mailed, due)
    assert notice.subject.startswith(("Có đề xuất", "Kết nối cho"))
    assert notice.read_at is None


def test_who_chose_nothing_gets_what_waits_at_once_and_the_rest_on_mondays(session, make):
    user = make.user()
    assert [choice_of({}, topic) for topic in TOPICS] == ["weekly"] * len(TOPICS)
    assert told(session, user, WAITS)[0] is not None
    mail, notice = told(session, user, NEWS)
    assert (mail, notice.due_at) == (None, MONDAY)


def test_what_concerns_the_account_is_always_mailed_and_a_key_stands_in_no_inbox(session, make):
    user = make.user(notice_settings=dict.fromkeys(TOPICS, "site"))
    mail, notice = told(session, user, ALARM)
    assert mail is not None
    assert mail.unsubscribe == ""
    assert notice.letter == ALARM
    assert told(session, user, KEY)[0] is not None
    assert session.scalars(select(Notice.letter)).all() == [ALARM]


@pytest.mark.parametrize("letter", sorted(LETTERS))
def test_a_letter_with_a_signed_way_in_is_never_shown(letter):
    secret = {"verify", "reset", "change_email", "invite"}
    assert not (LETTERS[letter].shown and letter in secret)


# --- Hours --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("hour", "minute", "leaves"),
    [(6, 59, (4, 7)), (7, 0, (4, 7)), (12, 0, (4, 12)), (20, 59, (4, 20)), (21, 0, (5, 7)),
     (23, 30, (5, 7)), (0, 0, (4, 7))],
)  # fmt: skip
def test_no_mail_leaves_in_quiet_hours(hour, minute, leaves):
    found = not_quiet(QUIET, datetime(2026, 3, 4, hour, minute, tzinfo=LOCAL))
    assert (found.day, found.hour) == leaves


def test_quiet_hours_may_lie_in_the_day_or_nowhere():
    noon = datetime(2026, 3, 4, 12, 30, tzinfo=LOCAL)
    assert not_quiet((11, 14), noon).hour == 14
    assert not_quiet((14, 11), noon.replace(hour=13)).hour == 13
    assert not_quiet((5, 5), noon) == noon


def test_a_mail_of_the_night_waits_for_the_morning_but_an_alarm_does_not(session, make):
    night = datetime(2026, 3, 4, 23, tzinfo=LOCAL)
    user = make.user()
    assert told(session, user, WAITS, night)[0].run_after == TOMORROW
    assert told(session, user, ALARM, night)[0].run_after == night
    user.notice_settings = {"quiet": [0, 0]}
    assert told(session, user, WAITS, night)[0].run_after == night


@pytest.mark.parametrize("days", range(14))
@pytest.mark.parametrize("hour", [0, 6, 7, 23])
def test_a_digest_is_always_ahead_and_on_its_day(days, hour):
    now = datetime(2026, 3, 4, hour, tzinfo=LOCAL) + timedelta(days=days)
    weekly, daily = next_digest("weekly", now), next_digest("daily", now)
    assert now < daily <= weekly <= now + timedelta(days=7)
    assert (weekly.weekday(), weekly.hour, daily.hour) == (0, 7, 7)
    assert daily - now <= timedelta(days=1)


# --- Digests ------------------------------------------------------------------------------------
def run(session, now):
    """One round of the worker."""
    return notices.send_due(
        session,
        now=lambda: now,
        reading=lambda: (session.rollback(), writing.set(True)),
        changing=lambda: (session.rollback(), writing.set(True)),
        commit=session.commit,
    )


def test_one_mail_tells_of_everything_unread_once(session, make):
    user, other = make.user(name="Hoa"), make.user(name="Bình", language="en")
    for title in ("Máy sấy", "Máy ép"):
        mails.send(session, NEWS, user, now=NOW, title=title, path="/matches/x")
    mails.send(session, NEWS, other, now=NOW, title="Lò hơi", path="/matches/y")
    session.commit()
    assert run(session, MONDAY - timedelta(minutes=1)) == 0
    assert run(session, MONDAY) == 2
    assert run(session, MONDAY + timedelta(days=30)) == 0
    first, second = session.scalars(select(Mail).order_by(Mail.id)).all()
    assert first.recipient == user.email
    assert first.subject.startswith("2 tin")
    assert "Máy sấy" in first.body
    assert "Máy ép" in first.body
    assert "Lò hơi" not in first.body
    assert "http://localhost/en/matches/y" in second.body
    assert "/stop-letters/" in first.unsubscribe
    audit = session.scalars(select(Audit).where(Audit.action == "mail.digest")).all()
    assert [row.facts["count"] for row in audit] == [2, 1]


def test_what_was_read_on_the_site_is_not_mailed(session, make):
    user = make.user()
    _mail, notice = told(session, user, NEWS)
    notice.read_at = NOW
    session.commit()
    assert run(session, MONDAY) == 0
    assert session.scalar(select(Mail.id)) is None
    assert session.get(Notice, notice.id).told_at == MONDAY


@pytest.mark.parametrize("gone", ["disabled_at", "verified_at"])
def test_who_may_not_be_written_to_is_not(session, make, gone):
    user = make.user()
    told(session, user, NEWS)
    setattr(user, gone, NOW if gone == "disabled_at" else None)
    make.save(user)
    assert run(session, MONDAY) == 0


def test_a_digest_and_its_note_are_one_transaction(session, make, monkeypatch):
    user = make.user()
    told(session, user, NEWS)
    session.commit()
    tell(session, session.get(User, user.id), now=MONDAY)
    session.rollback()  # the machine stopped before the commit
    assert run(session, MONDAY) == 1


# --- The inbox ----------------------------------------------------------------------------------
@pytest.fixture
def hoa(session, make):
    user = make.user(name="Hoa")
    told(session, user, NEWS)
    told(session, user, WAITS)
    session.commit()
    return user


def test_the_inbox_shows_ones_own_and_counts_what_is_unread(session, make, sign_in, hoa):
    page = sign_in(hoa).get("/me/notices").text
    assert page.index("Có đề xuất kết nối") < page.index("chưa thành")  # the latest first
    assert '<span class="count">2' in page
    other = sign_in(make.user()).get("/me/notices").text
    assert "Có đề xuất kết nối" not in other
    assert '<span class="count">' not in other


def test_opening_one_marks_it_and_leads_to_its_page(session, sign_in, hoa):
    client = sign_in(hoa)
    key = session.scalar(select(Notice.key).where(Notice.letter == WAITS))
    answer = client.post(f"/me/notices/{key}")
    assert (answer.status_code, answer.location) == (303, "/matches/x")
    assert client.post(f"/en/me/notices/{key}").location == "/en/matches/x"
    page = client.get("/me/notices?unread=1").text
    assert "Có đề xuất kết nối" not in page
    assert "chưa thành" in page
    client.post("/me/notices")
    assert "Không còn tin nào chưa đọc" in client.get("/me/notices?unread=1").text


def test_nobody_opens_somebody_elses(session, make, sign_in, hoa):
    key = session.scalar(select(Notice.key))
    assert sign_in(make.user()).post(f"/me/notices/{key}").status_code == 404
    assert session.scalar(select(Notice.read_at).where(Notice.key == key)) is None


# --- Choosing -----------------------------------------------------------------------------------
GOOD = dict.fromkeys(TOPICS, "daily") | {"quiet_from": "22", "quiet_to": "6"}


def test_choices_are_kept_and_move_what_waits(session, sign_in, hoa):
    client = sign_in(hoa)
    assert client.post("/me/notices/choices", data=GOOD).status_code == 302
    settings = session.get(User, hoa.id).notice_settings
    assert settings == dict.fromkeys(TOPICS, "daily") | {"quiet": [22, 6]}
    waiting = session.scalar(select(Notice.due_at).where(Notice.letter == NEWS))
    assert waiting.astimezone(LOCAL) == next_digest("daily", utcnow().astimezone(LOCAL))
    page = client.get("/me/notices/choices").text
    assert (
        page.count('value="daily" checked') == len(TOPICS) - 1
    )  # the staff's own topic is not asked
    assert '<option value="22" selected>' in page


@pytest.mark.parametrize(
    ("field", "value"),
    [("match", "often"), ("match", ""), ("quiet_from", "24"), ("quiet_to", "-1"),
     ("quiet_from", "x"), ("quiet_to", "²")],
)  # fmt: skip
def test_a_wrong_choice_is_said_beside_it_and_changes_nothing(session, sign_in, hoa, field, value):
    answer = sign_in(hoa).post("/me/notices/choices", data=GOOD | {field: value})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert session.get(User, hoa.id).notice_settings == {}


def test_one_press_in_a_mail_ends_mails_like_it(session, client, make):
    user = make.user()
    mail, _notice = told(session, user, WAITS)
    told(session, user, NEWS)
    session.commit()
    path = mail.unsubscribe.removeprefix("http://localhost")
    assert "Kết nối và giao dịch" in client.get(path).text
    assert session.get(User, user.id).notice_settings == {}  # looking changes nothing
    answer = client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert session.get(User, user.id).notice_settings == {"match": "site"}
    assert session.scalar(select(Notice.due_at).where(Notice.letter == NEWS)) is None
    assert told(session, session.get(User, user.id), WAITS)[0] is None
    assert told(session, session.get(User, user.id), "listing_published")[0] is not None


@pytest.mark.parametrize("token", ["x", "WyJhIiwibWF0Y2giXQ.bad", "é"])
def test_a_made_up_link_ends_nothing(client, token):
    assert client.get(f"/stop-letters/{token}").status_code == 400
    assert client.post(f"/stop-letters/{token}").status_code == 400


# --- Mail nobody takes --------------------------------------------------------------------------
def test_mail_given_up_is_shown_to_the_sysadmin_and_sent_again_on_request(session, make, sign_in):
    row = outbox.mail(session, "sai@khong.example", "Tên máy sấy", "Nội dung", now=NOW)
    row.refusals, row.error = sending.REFUSALS, "SMTPRecipientsRefused"
    session.commit()
    assert sending.send_waiting(lambda mail: None) == 0
    client = sign_in(make.user(role="sysadmin"))
    page = client.get("/admin/mails").text
    assert "sai@khong.example" in page
    assert "Tên máy sấy" not in page  # he runs the machine and reads no content
    assert sign_in(make.user(role="lead")).get("/admin/mails").status_code == 403
    client.post(f"/admin/mails/{row.key}")
    assert sending.send_waiting(lambda mail: None) == 1
    assert client.post(f"/admin/mails/{row.key}").status_code == 404


def test_every_choice_has_words_and_the_default_is_the_weekly_one():
    assert next(iter(CHOICES)) == "weekly"
    assert all(CHOICES.values())
