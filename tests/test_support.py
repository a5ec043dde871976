"""Services of the centre: from the catalogue to a rated result, by the pages people press."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from marketplace.domain.actor import SYSTEM
from marketplace.domain.errors import Conflict
from marketplace.models import Mail, Notice, ServiceEvent, ServiceRequest, User, db, utcnow
from marketplace.services import support
from marketplace.services.accounts import actor_of
from marketplace.services.support import steps

SAID = "Xuong toi can do nhiet do lo say, qzxsecret"


@pytest.fixture
def cast(make):
    return {
        "asker": make.user(name="Bà Sâm"),
        "other": make.user(),
        "curator": make.user(role="curator", name="Anh Mạnh"),
        "lead": make.user(role="lead"),
        "leader": make.user(role="leader"),
    }


def text_of(answer):
    return answer.get_data(as_text=True)


def only(session):
    session.rollback()
    return session.scalars(select(ServiceRequest)).one()


def test_from_the_catalogue_to_a_rated_result(session, cast, sign_in):
    asker, desk = sign_in(cast["asker"]), sign_in(cast["curator"])
    assert "/services/measurement" in text_of(asker.get("/services"))
    asker.post("/services/measurement", data={"text": SAID})
    row = only(session)
    mine, theirs = f"/service-requests/{row.key}", f"/desk/services/{row.key}"
    curator = db.session.get(User, cast["curator"].id)

    def at_desk(act, **form):
        assert desk.post(f"{theirs}/{act}", data=form).status_code == 302, act

    def by_asker(step, **form):
        assert asker.post(f"{mine}/{step}", data=form).status_code == 302, step

    at_desk("triage", note="Da xem")
    at_desk("assign", curator=curator.key)
    at_desk("quote", amount="1,5 triệu", text="Do 3 diem")
    assert "Do 3 diem" in text_of(asker.get(mine))
    by_asker("agree")
    at_desk("start")
    at_desk("ask_client", note="Lo cao bao nhieu?")
    assert "Lo cao bao nhieu?" in text_of(asker.get(mine))
    by_asker("answer", note="Hai met")
    at_desk("deliver", result="Ket qua do")
    by_asker("send_back", note="Thieu diem ba")
    at_desk("deliver", result="Ket qua du ba diem")
    assert "Ket qua du ba diem" in text_of(asker.get(mine))
    by_asker("confirm")
    by_asker("rate", rating="4", words="Tot")
    row = only(session)
    assert (row.state, row.rating, row.rating_words) == ("rated", 4, "Tot")
    assert row.quote == {"amount": 1_500_000, "text": "Do 3 diem"}


# --- Asking ------------------------------------------------------------------------------------
def test_a_guest_signs_in_and_finds_what_was_typed(client, session, cast, make):
    from factories import PASSWORD

    answer = client.post("/services/advice", data={"text": SAID})
    assert answer.status_code == 302
    assert "/sign-in" in answer.location
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("service_text="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "qzxsecret" not in cookie
    asker = make.user()
    back = client.post(answer.location, data={"email": asker.email, "password": PASSWORD})
    assert back.location.endswith("/services/advice")
    assert SAID in text_of(client.get(back.location))
    sent = client.post("/services/advice", data={"text": SAID})
    assert "/service-requests/" in sent.location
    assert SAID not in text_of(client.get("/services/advice"))


@pytest.mark.parametrize("cookie", ["", "x", "gAAAAA" * 20])
def test_a_cookie_that_is_not_ours_says_nothing(client, cookie):
    client.set_cookie("service_text", cookie, path="/services")
    assert client.get("/services/advice").status_code == 200


@pytest.mark.parametrize("text", ["", "ngan", "x" * 2001])
def test_too_little_or_too_much_is_said_and_kept(session, cast, sign_in, text):
    answer = sign_in(cast["asker"]).post("/services/advice", data={"text": text})
    assert answer.status_code == 422
    assert text in text_of(answer)
    assert session.scalar(select(ServiceRequest.id)) is None


def test_nobody_asks_in_the_name_of_another_organisation_or_about_what_they_may_not_see(
    session, cast, make, sign_in
):
    theirs = make.organisation(cast["other"])
    hidden = make.listing("offer", owner=cast["other"], state="draft")
    shown = make.listing("offer", owner=cast["other"], state="published")
    asker = sign_in(cast["asker"])
    refused = asker.post("/services/advice", data={"text": SAID, "organisation": theirs.key})
    assert refused.status_code == 422
    asker.post("/services/advice", data={"text": SAID, "listing": hidden.ref})
    assert only(session).listing_id is None
    asker.post("/services/advice", data={"text": SAID, "listing": shown.ref})
    assert session.scalars(select(ServiceRequest.listing_id)).all() == [None, shown.id]


def test_five_at_once_are_enough(session, cast, catalogue):
    actor = actor_of(cast["asker"])
    for _number in range(5):
        support.request(session, catalogue, "advice", SAID, actor=actor, now=utcnow())
    with pytest.raises(Conflict):
        support.request(session, catalogue, "advice", SAID, actor=actor, now=utcnow())


def test_staff_ask_nothing_of_themselves(session, cast, sign_in):
    answer = sign_in(cast["curator"]).post("/services/advice", data={"text": SAID})
    assert answer.status_code == 403
    assert session.scalar(select(ServiceRequest.id)) is None


# --- Days --------------------------------------------------------------------------------------
@pytest.fixture
def catalogue(app):
    return support.catalogue.of(app.config["SETTINGS"].province.folder)


@pytest.fixture
def asked(session, cast, catalogue):
    def ask(now, code="measurement"):
        row = support.request(
            session, catalogue, code, SAID, actor=actor_of(cast["asker"]), now=now
        )
        session.commit()
        return row

    return ask


def local(*when):
    """A moment of the centre's clock, which is seven hours ahead."""
    return datetime(*when, tzinfo=UTC) - timedelta(hours=7)


def test_days_are_counted_over_tet(session, cast, asked):
    """Tết 2027 is on Saturday 6 February; the centre is closed from Thursday the 4th to
    Wednesday the 10th."""
    row = asked(local(2027, 2, 3, 10))
    assert row.due_at == local(2027, 2, 12, 17)  # Thursday the 11th, Friday the 12th


def test_the_clock_stands_still_while_the_asker_is_asked(session, cast, asked):
    desk, asker = actor_of(cast["curator"]), actor_of(cast["asker"])
    row = asked(local(2026, 3, 2, 9))  # a Monday
    steps.triage(session, row, actor=desk, now=local(2026, 3, 2, 10))
    steps.assign(session, row, cast["curator"], actor=desk, now=local(2026, 3, 2, 11))
    steps.start(session, row, actor=desk, now=local(2026, 3, 2, 12))
    assert row.due_at == local(2026, 3, 16, 17)  # ten working days
    steps.ask_client(session, row, "Mau nao?", actor=desk, now=local(2026, 3, 5, 9))
    assert row.days_left == 7
    steps.answer(session, row, "Mau A", actor=asker, now=local(2026, 3, 30, 9))
    assert row.due_at == local(2026, 4, 8, 17)  # seven working days after the answer
    assert row.days_left is None
    session.commit()


def test_what_is_late_comes_before_the_lead_once_for_each_state(session, cast, asked):
    row = asked(local(2026, 3, 2, 9))
    assert support.escalate_due(session, now=row.due_at - timedelta(seconds=1)) == 0
    assert support.escalate_due(session, now=row.due_at) == 1
    assert support.escalate_due(session, now=row.due_at + timedelta(days=9)) == 0
    session.commit()
    late = session.scalars(select(Notice).where(Notice.letter == "service_late")).all()
    assert [notice.user_id for notice in late] == [cast["lead"].id]
    found = support.queue(
        session, "late", actor=actor_of(cast["lead"]), now=row.due_at + timedelta(days=1)
    )
    assert found == [row]
    desk, then = actor_of(cast["curator"]), row.due_at + timedelta(days=1)
    steps.triage(session, row, actor=desk, now=then)
    assert support.escalate_due(session, now=row.due_at + timedelta(days=1)) == 1
    events = session.scalars(select(ServiceEvent.late).where(ServiceEvent.step == "triage")).all()
    assert events == [True]
    session.commit()


def delivered(session, cast, row, at):
    desk = actor_of(cast["curator"])
    steps.triage(session, row, actor=desk, now=at)
    steps.assign(session, row, cast["curator"], actor=desk, now=at)
    steps.start(session, row, actor=desk, now=at)
    steps.deliver(session, row, "Ket qua", actor=desk, now=at)
    session.commit()


def test_what_was_delivered_counts_as_received_after_fourteen_days(session, cast, asked):
    at = local(2026, 3, 2, 9)
    row = asked(at)
    delivered(session, cast, row, at)
    assert support.confirm_due(session, now=at + timedelta(days=14, seconds=-1)) == 0
    assert support.confirm_due(session, now=at + timedelta(days=14)) == 1
    session.commit()
    assert row.state == "confirmed"
    last = support.history(session, row, private=False)[-1]
    assert (last.step, last.actor_id) == ("confirm", SYSTEM.id)


def test_a_silent_asker_is_reminded_once_and_only_then_given_up(session, cast, asked):
    desk, at = actor_of(cast["curator"]), local(2026, 3, 2, 9)
    row = asked(at)
    steps.triage(session, row, actor=desk, now=at)
    steps.assign(session, row, cast["curator"], actor=desk, now=at)
    steps.quote(session, row, "0", "Mien phi", actor=desk, now=at)
    with pytest.raises(Conflict):
        steps.give_up(session, row, actor=desk, now=at)
    due = row.due_at
    assert support.remind_due(session, now=due - timedelta(seconds=1)) == 0
    assert support.remind_due(session, now=due) == 1
    assert support.remind_due(session, now=due + timedelta(days=5)) == 0
    steps.give_up(session, row, actor=desk, now=due)
    session.commit()
    assert (row.state, row.reason) == ("cancelled", "no_answer")


# --- What leaves the site ------------------------------------------------------------------------
def test_no_letter_carries_a_word_that_was_said(session, cast, asked):
    at = local(2026, 3, 2, 9)
    for user in cast.values():
        user.notice_settings = {"service": "now", "work": "now"}
    row = asked(at)
    delivered(session, cast, row, at)
    steps.send_back(session, row, "qzxsecret", actor=actor_of(cast["asker"]), now=at)
    session.commit()
    told = [mail.subject + mail.body for mail in session.scalars(select(Mail))]
    told += [notice.subject + notice.body for notice in session.scalars(select(Notice))]
    assert len(told) > 6
    assert all(row.number in each for each in told)
    assert not any("qzxsecret" in each or "Ket qua" in each for each in told)


def test_the_texts_are_sealed_on_the_disk(session, cast, asked):
    asked(local(2026, 3, 2, 9))
    table = ServiceRequest.__table__
    raw = session.connection().exec_driver_sql(f"select text, quote from {table.name}").one()  # noqa: S608
    assert "qzxsecret" not in str(raw)
    assert "sealed" in str(raw[0])
    assert "sealed" in str(raw[1])


# --- Figures -------------------------------------------------------------------------------------
def test_sums_count_states_days_and_show_no_single_rating(session, cast, asked):
    at, asker = local(2026, 3, 2, 9), actor_of(cast["asker"])
    for number, rating in enumerate((5, 4, 3)):
        row = asked(at)
        delivered(session, cast, row, at + timedelta(days=1 + number))
        steps.confirm(session, row, actor=asker, now=at + timedelta(days=5))
        period = (local(2026, 1, 1), local(2027, 1, 1))
        if number == 2:
            assert support.figures.rating(session, *period) is None  # two so far
        steps.rate(session, row, str(rating), "", actor=asker, now=at + timedelta(days=6))
        session.commit()
    (of_service,) = support.figures.by_service(session, *period)
    assert (of_service.service, of_service.total, of_service.rating) == ("measurement", 3, 4)
    first, *_others = support.figures.by_step(session, *period)
    # Looked at after one, two and three working days; two were promised.
    assert (first.state, first.count, first.days) == ("new", 3, 2)
    assert first.in_time == pytest.approx(2 / 3)
    assert support.figures.by_service(session, local(2025, 1, 1), local(2026, 1, 1)) == []


def test_the_leader_reads_sums_and_no_request(cast, asked, sign_in, session):
    row, leader = asked(utcnow()), sign_in(cast["leader"])
    key = row.key
    page = leader.get("/desk/services/figures")
    assert page.status_code == 200
    assert "qzxsecret" not in text_of(page)
    assert leader.get("/desk/services").status_code == 403
    assert leader.get(f"/desk/services/{key}").status_code == 404
    assert leader.get(f"/service-requests/{key}").status_code == 404
    for odd in ("year=x", "year=99999", "quarter=9", "year=-1&quarter=4"):
        assert leader.get(f"/desk/services/figures?{odd}").status_code == 200


# --- The catalogue -------------------------------------------------------------------------------
def test_every_service_is_said_in_both_languages(client, catalogue):
    assert len(catalogue.services) == 7
    for code, service in catalogue.services.items():
        for prefix, language in (("", "vi"), ("/en", "en")):
            page = text_of(client.get(f"{prefix}/services/{code}"))
            said = service.said(language)
            assert all(line.split(",")[0] in page for line in (said["name"], *said["bring"]))
    assert client.get("/services/unknown").status_code == 404


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("new = 2", "new = 3"), ("triaged = 1", "triaged = 0"), ("agreed = 1, ", ""),
        ('who = "', 'whom = "'), ('code = "standards"', 'code = "advice"'),
    ],
)  # fmt: skip
def test_a_catalogue_that_promises_nothing_is_refused(app, tmp_path, old, new):
    text = (app.config["SETTINGS"].province.folder / "services.toml").read_text("utf-8")
    assert old in text
    (tmp_path / "services.toml").write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(ValueError, match=r"services\.toml"):
        support.catalogue.of(tmp_path)
