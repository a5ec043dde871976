"""A mentor's times, hours and certificates; what the centre counts."""

import io
from datetime import datetime, time, timedelta

import pytest
import time_machine
from icalendar import Calendar
from mentoring_cast import Cast
from pypdf import PdfReader
from sqlalchemy import func, select

from marketplace.domain.errors import Conflict, InvalidForm
from marketplace.domain.mentoring import MOST_SLOTS
from marketplace.models import MentoringCertificate, MentoringSession, MentorSlot, db, utcnow
from marketplace.services import sample_mentoring
from marketplace.services.accounts import actor_of
from marketplace.services.listings.numbers import LOCAL
from marketplace.services.mentoring import certificates, figures, meetings, slots


@pytest.fixture
def cast(make):
    return Cast(make)


def text_of(answer):
    return answer.get_data(as_text=True)


def held_in_one_year(cast, minutes=(45, 20)):
    """Meetings of the first mentor, all of one local year; returns when the last was over."""
    start = datetime(2030, 3, 4, 2, tzinfo=LOCAL)
    for n, each in enumerate(minutes):
        cast.founder = cast.make.user()
        now = start + timedelta(days=40 * n)
        row = cast.ask(cast.listings[0], now=now)
        cast.slot(cast.listings[0], now=now)
        cast.do(cast.steps.check, row, by=cast.curator, now=now)
        cast.do(cast.steps.accept, row, by=cast.mentors[0], now=now)
        slot = slots.free(db.session, row.mentor, now=now)[0]
        cast.do(meetings.choose, row, slot, by=cast.founder, now=now)
        later = slot.starts_at + timedelta(hours=2)
        cast.do(meetings.hold, row, each, by=cast.mentors[0], now=later)
    return later


# --- Times -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"day": None}, "day"), ({"start": None}, "start"), ({"end": None}, "end"),
        ({"minutes": 37}, "minutes"), ({"mode": "fax"}, "mode"), ({"where": " "}, "where"),
        ({"where": "x" * 301}, "where"), ({"end": time(8)}, "end"), ({"end": time(9, 30)}, "end"),
        ({"end": time(23, 59), "minutes": 30}, "end"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_times_is_said_at_its_field(session, cast, wrong, field):
    now = utcnow()
    day = (now + timedelta(days=5)).astimezone(LOCAL).date()
    values = {"day": day, "start": time(9), "end": time(11), "minutes": 60, "mode": "online",
              "where": "o do"} | wrong  # fmt: skip
    with pytest.raises(InvalidForm) as refusal:
        slots.give(session, cast.listings[0], slots.Offer(**values),
                   actor=actor_of(cast.mentors[0]), now=now)  # fmt: skip
    assert set(refusal.value.errors) == {field}
    assert session.scalar(select(func.count(MentorSlot.id))) == 0


def test_nobody_is_booked_for_today(session, cast):
    now = datetime(2030, 3, 4, 8, tzinfo=LOCAL)
    offer = slots.Offer(now.date() + timedelta(days=1), time(7), time(8), 60, "online", "o do")
    with pytest.raises(InvalidForm):
        slots.give(session, cast.listings[0], offer, actor=actor_of(cast.mentors[0]), now=now)
    made = cast.slot(cast.listings[0], days=3, now=now)
    assert slots.free(session, cast.listings[0], now=made[0].starts_at - timedelta(hours=25))
    assert not slots.free(session, cast.listings[0], now=made[0].starts_at - timedelta(hours=23))


def test_a_day_of_times_is_cut_into_meetings_and_taken_back_one_by_one(session, cast, sign_in):
    mentor = sign_in(cast.mentors[0])
    day = (utcnow() + timedelta(days=5)).date().isoformat()
    form = {"day": day, "start": "08:00", "end": "11:10", "minutes": "45", "mode": "in_person",
            "where": "Tang 2"}  # fmt: skip
    assert mentor.post("/me/mentoring/times", data=form).status_code == 302
    rows = session.scalars(select(MentorSlot).order_by(MentorSlot.starts_at)).all()
    assert [row.starts_at.astimezone(LOCAL).strftime("%H:%M") for row in rows] == [
        "08:00", "08:45", "09:30", "10:15"
    ]  # fmt: skip
    key = rows[0].key
    stranger = sign_in(cast.mentors[1])
    assert stranger.post(f"/me/mentoring/times/{key}/withdraw").status_code == 404
    assert mentor.post(f"/me/mentoring/times/{key}/withdraw").status_code == 302
    session.rollback()
    assert len(slots.free(session, cast.listings[0], now=utcnow())) == 3
    # Given again it is the same time, not a second one; what was typed wrongly stays.
    again = form | {"end": "08:45"}
    assert mentor.post("/me/mentoring/times", data=again).status_code == 302
    wrong = mentor.post("/me/mentoring/times", data=form | {"where": "Tang 9"})
    assert wrong.status_code == 422
    assert "Tang 9" in text_of(wrong)
    assert session.scalar(select(func.count(MentorSlot.id))) == 4


def test_who_is_no_mentor_gives_no_times(session, cast, sign_in):
    founder = sign_in(cast.founder)
    assert "chưa có hồ sơ cố vấn" in text_of(founder.get("/me/mentoring/times"))
    form = {"listing": cast.listings[0].ref, "day": "2030-01-01"}
    assert founder.post("/me/mentoring/times", data=form).status_code == 404


def test_a_chosen_time_is_not_taken_back(session, cast):
    _row, meeting = cast.scheduled()
    with pytest.raises(Conflict):
        slots.withdraw(session, meeting.slot, actor=actor_of(cast.mentors[0]), now=utcnow())


def test_times_to_come_are_bounded(session, cast):
    now = utcnow()
    for n in range(MOST_SLOTS // 24):
        day = (now + timedelta(days=3 + n)).astimezone(LOCAL).date()
        offer = slots.Offer(day, time(8), time(20), 30, "online", "o do")
        slots.give(session, cast.listings[0], offer, actor=actor_of(cast.mentors[0]), now=now)
    with pytest.raises(Conflict):
        cast.slot(cast.listings[0], days=60, now=now)


def test_the_calendar_file_is_changed_by_the_next_one(session, cast, sign_in):
    row, meeting = cast.scheduled()
    founder = sign_in(cast.founder)
    first = Calendar.from_ical(founder.get(f"/mentoring-meetings/{meeting.key}.ics").data)
    event = first.walk("VEVENT")[0]
    assert event["STATUS"] == "CONFIRMED"
    assert event.decoded("DTSTART") == meeting.starts_at
    cast.do(meetings.other_slot, row, "ban", by=cast.founder)
    second = Calendar.from_ical(founder.get(f"/mentoring-meetings/{meeting.key}.ics").data)
    gone = second.walk("VEVENT")[0]
    assert (gone["UID"], gone["STATUS"]) == (event["UID"], "CANCELLED")
    assert gone["SEQUENCE"] > event["SEQUENCE"]
    assert not gone.get("LOCATION")
    stranger = sign_in(cast.mentors[1])
    assert stranger.get(f"/mentoring-meetings/{meeting.key}.ics").status_code == 404
    desk = sign_in(cast.curator)
    assert desk.get(f"/mentoring-meetings/{meeting.key}.ics").status_code == 403


# --- Certificates ------------------------------------------------------------------------------
def test_hours_are_the_sum_of_held_meetings_each_counted_once(session, cast):
    later = held_in_one_year(cast)
    mentor = actor_of(cast.mentors[0])
    row = certificates.make(session, 2030, actor=mentor, now=later)
    assert (row.minutes, row.sessions, row.ordinal) == (65, 2, 1)
    assert certificates.holds(session, row)
    second = certificates.make(session, 2030, actor=mentor, now=later)
    assert (second.minutes, second.ordinal) == (65, 2)
    session.expire_all()
    assert (certificates.holds(session, row), certificates.holds(session, second)) == (False, True)
    with pytest.raises(Conflict):
        certificates.make(session, 2031, actor=mentor, now=later)
    with pytest.raises(Conflict):
        certificates.make(session, 2030, actor=actor_of(cast.founder), now=later)


def test_a_meeting_called_none_or_a_figure_changed_ends_a_certificate(session, cast):
    later = held_in_one_year(cast)
    row = certificates.make(session, 2030, actor=actor_of(cast.mentors[0]), now=later)
    row.minutes += 60
    assert not certificates.holds(session, row)
    row.minutes -= 60
    assert certificates.holds(session, row)
    last = session.scalars(select(MentoringSession).order_by(MentoringSession.id)).all()[-1]
    meetings.miss(session, last.mentorship, "mentor", actor=actor_of(cast.founder), now=later)
    assert not certificates.holds(session, row)


def test_the_paper_says_it_and_a_guest_can_check_it(session, cast, sign_in, client):
    row, _meeting, later = cast.held()
    with time_machine.travel(later):
        _prove_the_paper(session, cast, sign_in, client, row)


def _prove_the_paper(session, cast, sign_in, client, row):
    year = row.sessions[0].starts_at.astimezone(LOCAL).year
    mentor = sign_in(cast.mentors[0])
    assert mentor.post(f"/me/mentoring/hours?year={year}").status_code == 302
    made = session.scalars(select(MentoringCertificate)).one()
    paper = mentor.get(f"/me/mentoring/certificates/{made.key}.pdf")
    assert paper.mimetype == "application/pdf"
    words = PdfReader(io.BytesIO(paper.data)).pages[0].extract_text()
    for said in (made.number, made.name, "45 phút", made.seal[:16]):
        assert said in words
    again = mentor.get(f"/me/mentoring/certificates/{made.key}.pdf")
    assert again.data == paper.data
    page = text_of(client.get(f"/certificates/mentoring/{made.key}"))
    for said in (made.number, made.name, "45 phút", "còn giá trị"):
        assert said in page
    for hidden in (cast.founder.name, cast.mentors[0].email, row.number):
        assert hidden not in page
    assert client.get("/certificates/mentoring/unknown").status_code == 404
    other = sign_in(cast.mentors[1])
    assert other.get(f"/me/mentoring/certificates/{made.key}.pdf").status_code == 404


# --- Sums --------------------------------------------------------------------------------------
def test_sums_of_a_period(session, cast, sign_in):
    later = held_in_one_year(cast, (45, 20, 60))
    rows = session.scalars(select(MentoringSession).order_by(MentoringSession.id)).all()
    for mark, meeting in zip((5, 4), rows, strict=False):
        meeting.rating_founder = mark
    session.flush()
    meetings.miss(session, rows[2].mentorship, "mentor", actor=actor_of(cast.founder), now=later)
    said = figures.sums(session, *figures.period(2030))
    assert (said.requests, said.held, said.minutes, said.mentors) == (3, 2, 65, 1)
    assert said.missed == pytest.approx(1 / 3)
    assert said.rating is None  # of two
    nothing = figures.sums(session, *figures.period(2029))
    assert (nothing.held, nothing.missed, nothing.rating) == (0, None, None)
    quarters = [figures.sums(session, *figures.period(2030, n)).held for n in (1, 2, 3, 4)]
    assert sum(quarters) == 2
    session.rollback()
    for user, status in ((cast.lead, 200), (cast.curator, 403)):
        assert sign_in(user).get("/desk/mentoring/figures").status_code == status
    assert "Số liệu cố vấn" in text_of(sign_in(cast.lead).get("/desk/mentoring"))


def test_the_sample_plays_three_founders_once(session, make):
    make.user(email="covan@san.example", name="Cố vấn")
    from marketplace.services import accounts

    owner = accounts.by_email(session, "covan@san.example")
    make.listing("mentor", owner=owner, capacity=3, hours_month=8)
    make.user(role="curator")
    for email in ("phaongao@san.example", "khoinghiep@san.example"):
        make.listing("startup", owner=make.user(email=email))
    now = utcnow()
    assert sample_mentoring.play(session, now=now) == 3
    assert sample_mentoring.play(session, now=now) == 0
    states = session.scalars(select(MentoringSession.state)).all()
    assert sorted(states) == ["held", "scheduled"]
