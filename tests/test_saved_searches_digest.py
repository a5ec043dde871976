"""Digests of saved searches: at their hour, once, with what everybody may read and nothing else.

The golden files in tests/digests are what a reader gets. After a change that is meant:

    UPDATE=1 .venv/bin/python -m pytest tests/test_saved_searches_digest.py

and read the difference before it is committed.
"""

import os
import re
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from conftest import words_of
from sqlalchemy import func, select

from marketplace.domain.saved_searches import last_digest
from marketplace.models import Audit, Change, Listing, Mail, SavedSearch, db, utcnow
from marketplace.services import background, saved_searches
from marketplace.services.accounts import actor_of
from marketplace.services.listings.numbers import LOCAL
from marketplace.services.saved_searches import digests
from marketplace.web import mailing

GOLDEN = Path(__file__).parent / "digests"
SUNDAY = datetime(2026, 11, 22, 12, tzinfo=LOCAL)
MONDAY = datetime(2026, 11, 23, 7, 1, tzinfo=LOCAL)


def transaction(**over):
    return {
        "now": utcnow,
        "reading": background.reading,
        "changing": background.changing,
        "commit": lambda: db.session.commit(),
    } | over


@pytest.fixture
def clock():
    with time_machine.travel(SUNDAY, tick=False) as travelled:
        yield travelled


@pytest.fixture
def keep(session, clock):
    def kept(user, text="", *, name="Máy chưng", frequency="daily", **filters):
        row = saved_searches.save(
            session, user, text, filters, name=name, frequency=frequency,
            after=session.scalar(select(func.max(Change.id))) or 0,
            actor=actor_of(user), now=utcnow(),
        )  # fmt: skip
        session.commit()
        return row.key

    return kept


@pytest.fixture
def work(session, clock):
    """Let the worker follow what arrived, at this moment; returns the mails it queued."""

    def worked(moment=MONDAY):
        clock.move_to(moment)
        watch = saved_searches.Watch()
        while watch.follow(session, **transaction()):
            pass
        last = session.scalar(select(func.max(Mail.id))) or 0
        saved_searches.send_due(session, **transaction())
        background.reading()
        return session.scalars(select(Mail).where(Mail.id > last).order_by(Mail.id)).all()

    return worked


# --- When ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("frequency", "now", "due"),
    [
        ("daily", "2026-11-23T07:00", "2026-11-23"),
        ("daily", "2026-11-23T06:59", "2026-11-22"),
        ("daily", "2026-11-23T23:00", "2026-11-23"),
        ("weekly", "2026-11-23T07:00", "2026-11-23"),
        ("weekly", "2026-11-23T06:59", "2026-11-16"),
        ("weekly", "2026-11-29T23:59", "2026-11-23"),
        ("weekly", "2026-01-01T12:00", "2025-12-29"),
    ],
)
def test_digests_are_due_at_seven_and_on_mondays(frequency, now, due):
    now = datetime.fromisoformat(now).replace(tzinfo=LOCAL)
    expected = datetime.fromisoformat(f"{due}T07:00").replace(tzinfo=LOCAL)
    assert last_digest(frequency, now) == expected


def test_a_daily_digest_comes_in_the_morning_and_a_weekly_one_on_monday(make, keep, work):
    users = {name: make.user() for name in ("daily", "weekly", "site")}
    for name, user in users.items():
        keep(user, "chưng", frequency=name)
    make.listing("offer", title_vi="Máy chưng dầu")
    addresses = {user.email: name for name, user in users.items()}
    told = {}
    for day in range(8):
        for hour in (6, 8):
            moment = datetime(2026, 11, 20, hour, tzinfo=LOCAL) + timedelta(days=day)
            if moment > SUNDAY:
                for mail in work(moment):
                    told.setdefault(addresses[mail.recipient], []).append(moment)
    first = datetime(2026, 11, 23, 8, tzinfo=LOCAL)
    assert told == {"daily": [first], "weekly": [first]}


def test_a_worker_that_was_away_tells_late_and_once(make, keep, work):
    keep(make.user(), "chưng")
    make.listing("offer", title_vi="Máy chưng dầu")
    assert len(work(MONDAY + timedelta(days=3, hours=5))) == 1
    assert work(MONDAY + timedelta(days=3, hours=6)) == []


def test_nothing_new_is_no_mail(make, keep, work):
    keep(make.user(), "chưng")
    make.listing("offer", title_vi="Máy xay")
    assert work() == []
    assert work(MONDAY + timedelta(days=7)) == []


def test_it_waits_for_changes_that_have_not_been_compared(make, session, keep, work, clock):
    keep(make.user(), "chưng")
    make.listing("offer", title_vi="Máy chưng dầu")
    clock.move_to(MONDAY)
    assert saved_searches.send_due(session, **transaction()) == 0
    assert len(work()) == 1


# --- What ---------------------------------------------------------------------------------------
def arrive(make):
    """One of every sort, all with the word."""
    hidden = make.organisation(name="Công ty Tuyệt Đối Kín")
    make.listing("offer", ref="T1", title_vi="Máy chưng dầu <tràm> & sả", title_en="Still")
    make.listing("need", ref="T2", title_vi="Cần nồi chưng", organisation=hidden,
                 visibility="masked")  # fmt: skip
    make.listing("offer", ref="T3", title_vi="Chưng kín của thành viên", visibility="registered")
    make.listing("offer", ref="T4", title_vi="Chưng mời riêng", visibility="invitation")
    make.listing("offer", ref="T5", title_vi="Chưng đã rút", state="withdrawn")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_mail_is_this(make, keep, work, language):
    user = make.user(name="Nguyễn Thị Hoa", language=language)
    keep(user, "chưng", name="Chưng cất")
    keep(user, "", name="Nhu cầu", kind=["need"], frequency="weekly")
    keep(user, "blockchain", name="Không có gì")
    arrive(make)
    (mail,) = work()
    text = re.sub(r"/stop/\S+", "/stop/TOKEN", f"Subject: {mail.subject}\n\n{mail.body}")
    path = GOLDEN / f"digest-{language}.txt"
    if os.environ.get("UPDATE"):
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), "see the top of this file"


def test_nothing_that_is_not_public_stands_in_it(make, keep, work):
    keep(make.user(), "chưng")
    arrive(make)
    (mail,) = work()
    said = words_of(mail.body + mail.subject)
    for secret in ("Kín", "kín", "T3", "mời riêng", "T4", "đã rút", "T5"):
        assert secret not in said, secret
    assert "1 tin chỉ thành viên xem được" in mail.body
    assert "Cần nồi chưng" in mail.body


def test_who_may_not_find_members_listings_hears_nothing_of_them(make, keep, work):
    keep(make.user(role="auditor"), "chưng")
    make.listing("offer", title_vi="Chưng kín", visibility="registered")
    assert work() == []


@pytest.mark.parametrize("lost", [{"disabled_at": SUNDAY}, {"verified_at": None}])
def test_who_lost_access_gets_nothing(make, session, keep, work, lost):
    user = make.user()
    keep(user, "chưng")
    make.listing("offer", title_vi="Máy chưng dầu")
    for name, value in lost.items():
        setattr(user, name, value)
    make.save(user)
    assert work() == []


def test_what_was_hidden_between_match_and_mail_is_not_told_and_is_when_it_comes_back(
    make, session, keep, work
):
    keep(make.user(), "chưng")
    listing_id = make.listing("offer", title_vi="Máy chưng dầu").id
    assert work(SUNDAY) == []

    def set_state(state):
        row = session.get(Listing, listing_id)
        row.state = state
        make.save(row)

    set_state("on_hold")
    assert work(MONDAY) == []
    set_state("published")
    assert len(work(MONDAY + timedelta(days=1))) == 1
    assert work(MONDAY + timedelta(days=2)) == []


def test_many_are_counted_not_listed(make, keep, work):
    keep(make.user(), "chưng")
    for number in range(digests.TITLES + 5):
        make.listing("offer", title_vi=f"Máy chưng {number}")
    (mail,) = work()
    assert mail.body.count("/listings/") == digests.TITLES
    assert "Và 5 tin nữa." in mail.body
    assert str(digests.TITLES + 5) in mail.subject


def test_a_listing_two_searches_found_is_counted_once_in_the_subject(make, keep, work):
    user = make.user()
    keep(user, "chưng")
    keep(user, "", name="Mọi tin")
    make.listing("offer", title_vi="Máy chưng dầu")
    (mail,) = work()
    assert mail.subject.startswith("1 tin")


# --- Once ---------------------------------------------------------------------------------------
class Killed(BaseException):
    """As abrupt as a signal."""


def kill():
    raise Killed


def test_killed_between_match_and_mail_it_tells_once(make, session, keep, work, clock):
    keep(make.user(), "chưng")
    make.listing("offer", title_vi="Máy chưng dầu")
    clock.move_to(MONDAY)
    watch = saved_searches.Watch()
    while watch.follow(session, **transaction()):
        pass
    for last in range(2):  # when it has passed over those with nothing new, and with the mail made
        commits = iter([db.session.commit] * last + [kill] * 3)
        with suppress(Killed):
            saved_searches.send_due(session, **transaction(commit=lambda c=commits: next(c)()))
        background.reading()
        assert session.scalar(select(func.count(Mail.id))) == 0
    assert len(work()) == 1
    assert work() == []
    assert work(MONDAY + timedelta(days=1)) == []


def test_a_digest_that_cannot_be_written_holds_up_nobody(make, session, keep, work, monkeypatch):
    bad, good = make.user(), make.user()
    keep(bad, "chưng")
    keep(good, "chưng")
    make.listing("offer", title_vi="Máy chưng dầu")
    number, told = bad.id, digests.tell

    def broken(session, user, *, now):
        if user.id == number:
            raise RuntimeError
        return told(session, user, now=now)

    monkeypatch.setattr(digests, "tell", broken)
    assert [mail.recipient for mail in work()] == [good.email]
    monkeypatch.undo()
    assert [mail.recipient for mail in work(MONDAY + timedelta(days=1))] == [bad.email]


def test_a_mail_leaves_its_audit_row(make, session, keep, work):
    user = make.user()
    keep(user, "chưng")
    make.listing("offer", title_vi="Máy chưng dầu")
    work()
    row = session.scalar(select(Audit).where(Audit.action == "search.digest"))
    assert (row.actor_role, row.subject_id, row.facts) == ("system", user.key, {"count": 1})


# --- No more of them ----------------------------------------------------------------------------
@pytest.fixture
def links(make, keep, work):
    """(mail, the link that ends one search's, the link that ends all, keys of both searches)"""
    user = make.user()
    keys = [keep(user, "chưng", name="Một"), keep(user, "", name="Hai")]
    make.listing("offer", title_vi="Máy chưng dầu")
    (mail,) = work()
    one, _two, everything = re.findall(r"/stop/\S+", mail.body)
    return mail, one, everything, keys


def frequencies(session):
    session.rollback()
    return [row.frequency for row in session.scalars(select(SavedSearch).order_by(SavedSearch.id))]


def test_opening_the_link_changes_nothing_and_pressing_the_button_ends_one(links, client, session):
    _mail, one, _everything, _keys = links
    page = client.get(one)
    assert page.status_code == 200
    assert "Một" in page.text
    assert "Hai" not in words_of(page.text)
    assert frequencies(session) == ["daily", "daily"]
    assert client.post(one).status_code == 200
    assert frequencies(session) == ["site", "daily"]
    assert "Xong" in client.get(one).text
    assert client.post(one).status_code == 200


def test_a_mail_program_ends_all_with_one_press_without_a_token_of_ours(app, links, session):
    mail, _one, everything, _keys = links
    message = mailing.message_of(mail, "san@so.example", "Sàn", "san.example")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = message["List-Unsubscribe"].strip("<>")
    assert address == f"http://localhost{everything}"
    app.config["WTF_CSRF_ENABLED"] = True
    answer = app.test_client().post(everything, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert frequencies(session) == ["site", "site"]
    row = session.scalars(select(Audit).order_by(Audit.id.desc())).first()
    assert (row.action, row.facts) == ("search.stop", {"channel": "link"})


def test_a_link_nobody_gave_out_ends_nothing(links, client, session, make, keep):
    _mail, one, everything, keys = links
    row = session.scalar(select(SavedSearch))
    feed = saved_searches.feed_path(row).removesuffix(".atom").removeprefix("/feed/")
    for token in ("x", keys[0], one[6:-1], everything[6:] + "x", feed, "a.b", "%00"):
        for answer in (client.get(f"/stop/{token}"), client.post(f"/stop/{token}")):
            assert answer.status_code in (400, 404), token
    assert frequencies(session) == ["daily", "daily"]


def test_the_link_to_a_deleted_search_leads_nowhere(links, client, session):
    _mail, one, everything, keys = links
    row = saved_searches.by_key(session, keys[0])
    saved_searches.delete(session, row, actor=actor_of(row.user), now=utcnow())
    session.commit()
    assert client.post(one).status_code == 400
    assert client.post(everything).status_code == 200
    assert frequencies(session) == ["site"]


def test_a_mail_without_such_a_page_has_no_such_header(session):
    row = Mail(key="k", recipient="a@b.example", subject="x", body="y", created_at=utcnow(),
               language="vi", unsubscribe="")  # fmt: skip
    assert mailing.message_of(row, "a@b.example", "", "h")["List-Unsubscribe"] is None
