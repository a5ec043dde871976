"""The room of a deal: what its parties say, offer, show and plan, and who is told what."""

from datetime import timedelta

import pytest
from deal_parties import cast_of
from icalendar import Calendar
from sqlalchemy import select

from marketplace.domain.errors import Conflict, Invalid, InvalidForm, NotFound
from marketplace.models import Audit, Mail, Notice, RoomFileVersion, RoomMessage, utcnow
from marketplace.services import files, room
from marketplace.services.attachments import Checked
from marketplace.services.deals import resting
from marketplace.services.room import meetings, messages, offers, papers, reading, tasks

NOW = utcnow()
PDF = Checked("bao-gia.pdf", "application/pdf", b"%PDF-1.4 bao gia")


@pytest.fixture
def cast(make):
    return cast_of(make)


def told(session, user):
    """Letters in the inbox of a user, by the page they lead to."""
    return [
        row.subject
        for row in session.scalars(select(Notice).where(Notice.user_id == user.id))
    ]  # fmt: skip


def plan(**over):
    values = {"starts_at": NOW + timedelta(days=3), "minutes": 60, "where": "Xưởng ở Phố Nối"}
    return meetings.Plan(**(values | over))


# --- Messages ------------------------------------------------------------------------------------
def test_what_one_side_says_the_other_reads_and_only_they(session, cast):
    a, b = cast.actor("party a"), cast.actor("party b")
    messages.post(session, cast.match, "Máng cấp liệu rộng 40 cm", actor=a, now=NOW)
    for actor in (a, b):
        assert [m.text for m in room.of(session, actor, cast.match).messages] == [
            "Máng cấp liệu rộng 40 cm"
        ]
    for name in ("member", "curator", "lead", "leader", "auditor", "sysadmin", "guest"):
        assert room.of(session, cast.actor(name), cast.match).messages == []


def test_ten_messages_are_one_piece_of_news_until_they_are_read(session, cast):
    a, b, user = cast.actor("party a"), cast.actor("party b"), cast.users["party b"]
    for number in range(10):
        messages.post(session, cast.match, f"tin {number}", actor=a, now=NOW)
    assert len(told(session, user)) == 1
    assert room.unread(session, b) == {cast.match.id: 10}
    assert room.unread(session, a) == {}
    reading.saw(session, b, cast.match, now=NOW)
    assert room.unread(session, b) == {}
    messages.post(session, cast.match, "nữa", actor=a, now=NOW + timedelta(hours=1))
    assert room.unread(session, b) == {cast.match.id: 1}
    assert len(told(session, user)) == 2


def test_nothing_said_offered_or_planned_is_in_a_letter_or_the_log(session, cast):
    a, secret = cast.actor("party a"), "BIMATRIENG"
    messages.post(session, cast.match, secret, actor=a, now=NOW)
    offers.make(session, cast.match, offers.Terms(350_000_000, secret), actor=a, now=NOW)
    meetings.propose(session, cast.match, plan(where=secret, agenda=secret), actor=a, now=NOW)
    tasks.add(session, cast.match, secret, (NOW + timedelta(days=40)).date(), "b", actor=a, now=NOW)
    session.commit()
    written = [row.body + row.subject for row in session.scalars(select(Mail))]
    assert written
    assert not any(secret in each or "350" in each for each in written)
    raw = session.connection().exec_driver_sql("select said from room_messages").scalars().all()
    assert len(raw) == 2
    assert not any(secret in each for each in raw)
    assert not any(secret in str(each) for each in session.scalars(select(Audit.facts)))


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 4001])
def test_nothing_and_too_much_are_refused(session, cast, text):
    with pytest.raises(Invalid):
        messages.post(session, cast.match, text, actor=cast.actor("party a"), now=NOW)


def test_a_curator_reads_and_speaks_while_called_in(session, cast):
    a, curator = cast.actor("party a"), cast.actor("curator")
    messages.post(session, cast.match, "trước", actor=a, now=NOW)
    resting.call_in(session, cast.match, actor=a, now=NOW)
    messages.post(session, cast.match, "Tôi giúp được gì?", actor=curator, now=NOW)
    assert [m.side for m in room.of(session, curator, cast.match).messages] == ["a", ""]
    resting.send_off(session, cast.match, actor=a, now=NOW)
    assert room.of(session, curator, cast.match).messages == []


# --- Offers --------------------------------------------------------------------------------------
def test_an_offer_countered_and_accepted_keeps_both(session, cast):
    a, b = cast.actor("party a"), cast.actor("party b")
    first = offers.make(session, cast.match, offers.Terms(5 * 10**8, ""), actor=b, now=NOW)
    assert cast.match.state == "negotiating"
    second = offers.answer(
        session, first, "counter", actor=a, now=NOW, terms=offers.Terms(4 * 10**8, "60 ngày")
    )
    offers.answer(session, second, "accept", actor=b, now=NOW)
    rows = session.scalars(select(RoomMessage).order_by(RoomMessage.id)).all()
    assert [(r.state, r.said["amount"], r.answers_id) for r in rows] == [
        ("countered", 5 * 10**8, None),
        ("accepted", 4 * 10**8, first.id),
    ]


def test_a_counter_without_terms_leaves_the_offer_waiting(session, cast):
    a, b = cast.actor("party a"), cast.actor("party b")
    row = offers.make(session, cast.match, offers.Terms(10**8, ""), actor=b, now=NOW)
    with pytest.raises(InvalidForm):
        offers.answer(session, row, "counter", actor=a, now=NOW, terms=offers.Terms(None, ""))
    assert row.state == "open"


def test_one_offer_at_a_time_waits(session, cast):
    a = cast.actor("party a")
    offers.make(session, cast.match, offers.Terms(None, "đổi máy"), actor=a, now=NOW)
    with pytest.raises(Conflict):
        offers.make(session, cast.match, offers.Terms(None, "khác"), actor=a, now=NOW)


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (offers.Terms(None, ""), "terms"),
        (offers.Terms(0, ""), "amount"),
        (offers.Terms(10**15, ""), "amount"),
        (offers.Terms(None, "x", wrong_amount=True), "amount"),
    ],
)
def test_an_offer_says_something_sensible(session, cast, terms, field):
    with pytest.raises(InvalidForm) as error:
        offers.make(session, cast.match, terms, actor=cast.actor("party a"), now=NOW)
    assert set(error.value.errors) == {field}


# --- Files ---------------------------------------------------------------------------------------
def test_every_version_of_a_file_stays_and_is_sealed_on_disk(session, cast, tmp_path):
    a, b = cast.actor("party a"), cast.actor("party b")
    options = {"folder": tmp_path, "now": NOW}
    one = papers.add(session, cast.match, PDF, actor=a, name="Dự thảo", **options)
    newer = Checked("v2.pdf", "application/pdf", b"%PDF-1.4 moi")
    two = papers.add(session, cast.match, newer, actor=b, file=one.file, **options)
    assert (one.number, two.number, one.file.name) == (1, 2, "Dự thảo")
    assert papers.content(one, tmp_path) == PDF.content
    assert papers.content(two, tmp_path) == newer.content
    assert PDF.content not in (tmp_path / one.key).read_bytes()
    assert reading.find_version(session, b, one.key) is one
    with pytest.raises(NotFound):
        reading.find_version(session, cast.actor("curator"), one.key)


def test_a_sweep_removes_what_no_row_names_and_nothing_else(session, cast, tmp_path):
    folder = tmp_path / papers.FOLDER
    a = cast.actor("party a")
    row = papers.add(session, cast.match, PDF, actor=a, folder=folder, now=NOW)
    files.write(folder, "lac", b"x")
    assert papers.sweep(session, folder, now=NOW + timedelta(days=2)) == 1
    assert papers.content(row, folder) == PDF.content


def test_a_room_takes_so_many_files(session, cast, tmp_path, monkeypatch):
    monkeypatch.setattr(papers, "MOST", 1)
    a = cast.actor("party a")
    papers.add(session, cast.match, PDF, actor=a, folder=tmp_path, now=NOW)
    with pytest.raises(Invalid):
        papers.add(session, cast.match, PDF, actor=a, folder=tmp_path, now=NOW)
    assert len(session.scalars(select(RoomFileVersion)).all()) == 1


# --- Meetings ------------------------------------------------------------------------------------
def test_a_meeting_that_was_held_is_a_milestone_the_other_side_confirms(session, cast):
    a, b = cast.actor("party a"), cast.actor("party b")
    row = meetings.propose(session, cast.match, plan(), actor=a, now=NOW)
    meetings.answer(session, row, "agree", actor=b, now=NOW)
    assert meetings.open_steps(row, "a", NOW) == ["cancel"]
    after = row.starts_at + timedelta(hours=2)
    meetings.answer(session, row, "hold", actor=a, now=after)
    (milestone,) = cast.match.deal.milestones
    assert (milestone.kind, milestone.noted_side, milestone.state) == ("meeting", "a", "noted")


def test_both_are_reminded_of_a_meeting_once_the_day_before(session, cast):
    a, b = cast.actor("party a"), cast.actor("party b")
    row = meetings.propose(session, cast.match, plan(), actor=a, now=NOW)
    meetings.answer(session, row, "agree", actor=b, now=NOW)
    assert room.remind_meetings(session, now=row.starts_at - timedelta(hours=25)) == 0
    before = len(told(session, cast.users["party a"]))
    assert room.remind_meetings(session, now=row.starts_at - timedelta(hours=23)) == 1
    assert room.remind_meetings(session, now=row.starts_at - timedelta(hours=22)) == 0
    assert len(told(session, cast.users["party a"])) == before + 1


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"starts_at": None}, "day"),
        ({"starts_at": NOW - timedelta(hours=1)}, "day"),
        ({"starts_at": NOW + timedelta(days=400)}, "day"),
        ({"minutes": 7}, "minutes"),
        ({"where": " "}, "where"),
        ({"agenda": "x" * 1001}, "agenda"),
    ],
)
def test_a_meeting_has_a_time_a_length_and_a_place(session, cast, over, field):
    with pytest.raises(InvalidForm) as error:
        meetings.propose(session, cast.match, plan(**over), actor=cast.actor("party a"), now=NOW)
    assert set(error.value.errors) == {field}


def test_the_calendar_file_says_when_in_vietnamese_time(session, cast):
    a, b = cast.actor("party a"), cast.actor("party b")
    starts = NOW.replace(hour=7, minute=30, second=0, microsecond=0) + timedelta(days=3)
    row = meetings.propose(
        session, cast.match, plan(starts_at=starts, agenda="Chốt giá\nxem máy"), actor=a, now=NOW
    )
    uids = set()
    for step, method, status in (
        (None, "PUBLISH", "TENTATIVE"),
        ("agree", "PUBLISH", "CONFIRMED"),
        ("cancel", "CANCEL", "CANCELLED"),
    ):
        before = row.sequence
        if step:
            meetings.answer(session, row, step, actor=b, now=NOW)
            assert row.sequence == before + 1
        calendar = Calendar.from_ical(
            room.calendars.file(
                row, title="Gặp", link="https://so.example/rooms/x", host="so.example",
                name="Sàn", mail="san@so.example",
            )
        )  # fmt: skip
        (event,) = calendar.walk("VEVENT")
        (zone,) = calendar.walk("VTIMEZONE")
        assert zone["TZID"] == "Asia/Ho_Chi_Minh"
        assert event["DTSTART"].params["TZID"] == "Asia/Ho_Chi_Minh"
        assert event.decoded("dtstart") == starts
        assert event.decoded("dtend") - event.decoded("dtstart") == timedelta(minutes=60)
        assert str(event["LOCATION"]) == "Xưởng ở Phố Nối"
        assert (str(calendar["METHOD"]), str(event["STATUS"])) == (method, status)
        assert event["SEQUENCE"] == row.sequence
        uids.add(str(event["UID"]))
    assert uids == {f"{row.key}@so.example"}


# --- Tasks ---------------------------------------------------------------------------------------
def test_who_has_something_to_do_is_reminded_once(session, cast):
    a, b = cast.actor("party a"), cast.actor("party b")
    due = (NOW + timedelta(days=5)).date()
    rows = [tasks.add(session, cast.match, f"việc {n}", due, "b", actor=a, now=NOW) for n in (1, 2)]
    assert room.remind_tasks(session, now=NOW) == 0
    count = len(told(session, cast.users["party b"]))
    assert room.remind_tasks(session, now=NOW + timedelta(days=5)) == 2
    assert room.remind_tasks(session, now=NOW + timedelta(days=6)) == 0
    assert len(told(session, cast.users["party b"])) == count + 1  # one letter for the two
    tasks.done(session, rows[0], actor=b, now=NOW)
    assert [each.key for each in room.of(session, a, cast.match).todo] == [rows[1].key]


def test_a_resting_deal_reminds_nobody(session, cast):
    a, b = cast.actor("party a"), cast.actor("party b")
    row = meetings.propose(session, cast.match, plan(), actor=a, now=NOW)
    meetings.answer(session, row, "agree", actor=b, now=NOW)
    tasks.add(session, cast.match, "gửi số đo", NOW.date() + timedelta(days=1), "b", actor=a,
              now=NOW)  # fmt: skip
    resting.pause(session, cast.match, "busy", actor=a, now=NOW)
    later = row.starts_at - timedelta(hours=5)
    assert room.remind_meetings(session, now=later) == room.remind_tasks(session, now=later) == 0


def test_a_task_has_words_a_day_and_somebody_to_do_it(session, cast):
    with pytest.raises(InvalidForm) as error:
        tasks.add(session, cast.match, "", None, "c", actor=cast.actor("party a"), now=NOW)
    assert set(error.value.errors) == {"task", "due_on", "whose"}
