"""The pages of a room, as a phone without scripts presses them."""

import io
import re
from datetime import timedelta

import pytest
from deal_parties import cast_of
from sqlalchemy import select

from marketplace.models import RoomFileVersion, RoomMeeting, RoomMessage, RoomTask, utcnow
from marketplace.services.deals import resting

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"
UNREAD = '<span class="visually-hidden"> chưa đọc</span>'
TABS = ("", "/files", "/meetings", "/tasks")


@pytest.fixture
def cast(make):
    return cast_of(make)


def address(cast, tail=""):
    return f"/rooms/{cast.match.key}{tail}"


def text_of(answer):
    return answer.get_data(as_text=True)


def test_every_tab_opens_for_the_parties_and_for_nobody_else(cast, sign_in, client):
    parties = [sign_in(cast.users[name]) for name in ("party a", "party b")]
    others = {name: sign_in(cast.users[name]) for name in ("member", "auditor", "leader")}
    curator = sign_in(cast.users["curator"])
    for tab in TABS:
        page = address(cast, tab)
        assert [each.get(page).status_code for each in parties] == [200, 200]
        assert {name: each.get(page).status_code for name, each in others.items()} == (
            dict.fromkeys(others, 404)
        )
        assert client.get(page).status_code in (302, 401, 404)
        uninvited = curator.get(page)
        assert (uninvited.status_code, uninvited.location) == (302, f"/deals/{cast.match.key}")


def test_a_message_is_unread_until_the_page_was_open(session, cast, sign_in):
    a, b = sign_in(cast.users["party a"]), sign_in(cast.users["party b"])
    assert a.post(address(cast, "/messages"), data={"text": "may nao"}).status_code == 302
    assert UNREAD in text_of(b.get(address(cast, "/tasks")))
    first = text_of(b.get(address(cast)))
    assert "may nao" in first
    assert UNREAD in first
    assert UNREAD not in text_of(b.get(address(cast, "/tasks")))


def test_what_was_typed_survives_a_refusal_on_every_tab(cast, sign_in):
    a = sign_in(cast.users["party a"])
    for tail, data in (
        ("/messages", {"text": "giu lai " * 600}),
        ("/offers", {"amount": "nhiều lắm", "terms": "giu lai"}),
        ("/files", {"title": "giu lai"}),
        ("/meetings", {"day": "hôm nào", "time": "25:00", "where": "giu lai"}),
        ("/tasks", {"task": "giu lai", "due_on": "1/1/2020", "whose": "a"}),
    ):
        answer = a.post(address(cast, tail), data=data)
        assert answer.status_code == 422, tail
        assert "giu lai" in text_of(answer), tail
        assert 'aria-invalid="true"' in text_of(answer) or "error" in text_of(answer), tail


def test_an_offer_is_made_countered_and_accepted_on_the_page(session, cast, sign_in):
    a, b = sign_in(cast.users["party a"]), sign_in(cast.users["party b"])
    assert a.post(address(cast, "/offers"), data={"amount": "350 triệu"}).status_code == 302
    key = session.scalar(select(RoomMessage.key))
    assert a.post(f"/room-offers/{key}/accept").status_code == 403
    assert "/accept" in text_of(b.get(address(cast)))
    assert b.post(f"/room-offers/{key}/counter", data={"amount": "x"}).status_code == 422
    assert b.post(f"/room-offers/{key}/counter", data={"amount": "300 triệu"}).status_code == 302
    newer = session.scalar(select(RoomMessage.key).where(RoomMessage.state == "open"))
    assert a.post(f"/room-offers/{newer}/accept").status_code == 302
    assert a.post(f"/room-offers/{newer}/accept").status_code == 409
    states = session.scalars(select(RoomMessage.state).order_by(RoomMessage.id)).all()
    assert states == ["countered", "accepted"]


def send(client, path, name="bao-gia.pdf", content=PDF, **data):
    return client.post(
        path, data=data | {"file": (io.BytesIO(content), name)},
        content_type="multipart/form-data",
    )  # fmt: skip


def test_a_file_is_sent_and_saved_isolated_by_the_parties_only(session, cast, sign_in, client):
    a, b = sign_in(cast.users["party a"]), sign_in(cast.users["party b"])
    assert send(a, address(cast, "/files"), title="Du thao").status_code == 302
    assert send(a, address(cast, "/files"), content=b"MZ nope").status_code == 422
    page = text_of(b.get(address(cast, "/files")))
    file = re.search(r"/room-files/([^/\"]+)/versions", page)[1]
    assert send(b, f"/room-files/{file}/versions").status_code == 302
    assert session.scalars(select(RoomFileVersion.number)).all() == [1, 2]
    key = session.scalar(select(RoomFileVersion.key))
    got = b.get(f"/room-files/{key}")
    assert got.data == PDF
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in got.headers["Content-Security-Policy"]
    assert "no-store" in got.headers["Cache-Control"]
    for name in ("member", "curator", "lead", "auditor"):
        assert sign_in(cast.users[name]).get(f"/room-files/{key}").status_code == 404
    assert client.get(f"/room-files/{key}").status_code in (302, 401, 404)


def test_a_meeting_is_proposed_taken_and_saved_to_a_calendar(session, cast, sign_in):
    a, b = sign_in(cast.users["party a"]), sign_in(cast.users["party b"])
    day = (utcnow() + timedelta(days=4)).date()
    data = {"day": day.isoformat(), "time": "14:30", "minutes": "60", "where": "Xuong Pho Noi"}
    assert a.post(address(cast, "/meetings"), data=data).status_code == 302
    row = session.scalar(select(RoomMeeting))
    key = row.key
    assert (row.starts_at.hour, row.starts_at.minute) == (7, 30)  # 14:30 here, in UTC
    assert b.post(f"/room-meetings/{key}/agree").status_code == 302
    got = b.get(f"/room-meetings/{key}.ics")
    assert got.mimetype == "text/calendar"
    assert b"DTSTART;TZID=Asia/Ho_Chi_Minh" in got.data
    assert sign_in(cast.users["member"]).get(f"/room-meetings/{key}.ics").status_code == 404


def test_a_task_is_done_and_opened_again(session, cast, sign_in):
    a, b = sign_in(cast.users["party a"]), sign_in(cast.users["party b"])
    due = (utcnow() + timedelta(days=9)).date().isoformat()
    data = {"task": "gui so do", "due_on": due, "whose": "b"}
    assert a.post(address(cast, "/tasks"), data=data).status_code == 302
    key = session.scalar(select(RoomTask.key))
    assert b.post(f"/room-tasks/{key}/done").status_code == 302
    assert b.post(f"/room-tasks/{key}/done").status_code == 409
    assert b.post(f"/room-tasks/{key}/again").status_code == 302
    assert session.scalar(select(RoomTask.done_at)) is None


def test_a_resting_room_is_read_and_takes_nothing(session, cast, sign_in):
    a = sign_in(cast.users["party a"])
    a.post(address(cast, "/messages"), data={"text": "truoc khi nghi"})
    match = session.merge(cast.match)
    resting.pause(session, match, "busy", actor=cast.actor("party b"), now=utcnow())
    session.commit()
    page = text_of(a.get(address(cast)))
    assert "truoc khi nghi" in page
    assert 'name="text"' not in page
    assert a.post(address(cast, "/messages"), data={"text": "nua"}).status_code == 403
