"""Mentoring from the request to notes and marks, by the pages people press."""

from datetime import timedelta

import pytest
import time_machine
from mentoring_cast import GOAL, QUESTION, WHERE, Cast
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from marketplace.domain.errors import Conflict, Invalid, InvalidForm, WrongState
from marketplace.domain.mentoring import FEWEST_RATED, MOST_DECLINES, OPEN_PER_MEMBER
from marketplace.models import (
    Audit,
    Mail,
    MentoringSession,
    Mentorship,
    MentorSlot,
    MentorWish,
    Notice,
    db,
    utcnow,
)
from marketplace.services import mentoring
from marketplace.services.accounts import actor_of
from marketplace.services.matches import places
from marketplace.services.mentoring import conflicts, meetings, reading, slots, steps


@pytest.fixture
def cast(make):
    return Cast(make)


def text_of(answer):
    return answer.get_data(as_text=True)


def test_from_the_request_to_notes_and_marks_by_the_pages(session, cast, sign_in):
    founder, mentor = sign_in(cast.founder), sign_in(cast.mentors[0])
    desk = sign_in(cast.curator)
    page = text_of(founder.get(f"/mentoring/ask?mentor={cast.listings[0].ref}"))
    assert "Nguoi day nghe 2" in page
    founder.post("/mentoring/ask", data={
        "listing": cast.idea.ref, "goal": GOAL, "question1": QUESTION,
        "wish1": cast.listings[0].ref, "wish2": cast.listings[1].ref,
        "organisation": cast.company.key,
    })  # fmt: skip
    row = session.scalars(select(Mentorship)).one()
    key, at_desk = row.key, f"/desk/mentoring/{row.key}"
    assert GOAL in text_of(desk.get(at_desk))
    assert mentor.get(f"/mentoring/{key}").status_code == 404
    assert desk.post(f"{at_desk}/check").status_code == 302
    assert GOAL in text_of(mentor.get(f"/mentoring/{key}"))
    assert mentor.post(f"/mentoring/{key}/accept").status_code == 409  # no times yet
    day = (utcnow() + timedelta(days=4)).date().isoformat()
    given = mentor.post("/me/mentoring/times", data={
        "day": day, "start": "14:00", "end": "16:00", "minutes": "60", "mode": "online",
        "where": WHERE,
    })  # fmt: skip
    assert given.status_code == 302
    assert mentor.post(f"/mentoring/{key}/accept").status_code == 302
    page = text_of(founder.get(f"/mentoring/{key}"))
    assert "qzxwhere" not in page
    slot = session.scalars(select(MentorSlot).order_by(MentorSlot.starts_at)).first()
    assert founder.post(f"/mentoring/{key}/choose", data={"slot": slot.key}).status_code == 302
    for reader in (founder, mentor):
        assert "qzxwhere" in text_of(reader.get(f"/mentoring/{key}"))
    assert "qzxwhere" not in text_of(desk.get(at_desk))
    founder.post(f"/mentoring/{key}/brief", data={"brief": "Da ban 2 tan qzxbrief"})
    assert "qzxbrief" in text_of(mentor.get(f"/mentoring/{key}"))
    meeting = session.scalars(select(MentoringSession)).one()
    calendar = founder.get(f"/mentoring-meetings/{meeting.key}.ics")
    assert "qzxwhere" in text_of(calendar)
    assert founder.post(f"/mentoring/{key}/hold", data={"minutes_held": 60}).status_code == 409
    with time_machine.travel(slot.starts_at + timedelta(hours=1, minutes=5)):
        later_mentor, later_founder = sign_in(cast.mentors[0]), sign_in(cast.founder)
        later_mentor.post(f"/mentoring/{key}/hold", data={"minutes_held": 50})
        later_mentor.post(f"/mentoring/{key}/note", data={
            "notes": "Gui mau truoc qzxnotes", "private": "Gia cao qzxprivate",
            "item1": "Gui mau qzxitem", "due1": "2030-01-31",
        })  # fmt: skip
        page = text_of(later_founder.get(f"/mentoring/{key}"))
        assert "qzxnotes" in page
        assert "qzxitem" in page
        assert "qzxprivate" not in page
        assert "qzxprivate" in text_of(later_mentor.get(f"/mentoring/{key}"))
        later_founder.post(f"/mentoring/{key}/tick", data={
            "item": db.session.scalars(select(MentoringSession)).one().items[0].key
        })  # fmt: skip
        for reader, mark in ((later_founder, "5"), (later_mentor, "4")):
            form = {"meeting": meeting.key, "rating": mark, "words": "Ro rang qzxwords"}
            assert reader.post(f"/mentoring/{key}/rate", data=form).status_code == 302
        later_founder.post(f"/mentoring/{key}/close")
        desk_page = text_of(sign_in(cast.curator).get(at_desk))
        assert "qzxwords" in desk_page
        assert "Đã có ghi chú" in desk_page
        assert "qzxnotes" not in desk_page
    session.rollback()
    row = session.scalars(select(Mentorship)).one()
    held = row.sessions[0]
    assert row.state == "closed"
    assert (held.minutes_held, held.rating_founder, held.rating_mentor) == (50, 5, 4)
    assert held.items[0].done_at is not None


# --- Asking ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"goal": "ngan"}, "goal"), ({"goal": "x" * 1501}, "goal"),
        ({"question1": ""}, "question1"), ({"question1": "x" * 301}, "question1"),
        ({"wish1": "T9999999"}, "wish1"),
        ({"organisation": "nothing"}, "organisation"), ({"listing": "T9999999"}, "listing"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_the_field_and_kept(session, cast, sign_in, wrong, field):
    form = {"goal": GOAL, "question1": QUESTION, "wish1": cast.listings[0].ref} | wrong
    answer = sign_in(cast.founder).post("/mentoring/ask", data=form)
    page = text_of(answer)
    assert answer.status_code == 422
    assert f"#f-{field}" in page
    assert "field-bad" in page
    assert form["question1"] in page
    assert session.scalar(select(Mentorship.id)) is None


def test_nobody_wishes_for_one_twice_nor_for_their_own_house(cast, make):
    with pytest.raises(InvalidForm):
        cast.ask(cast.listings[0], cast.listings[0])
    own = make.listing("mentor", owner=cast.founder)
    colleague = make.user()
    make.save(make_member(colleague, cast.company))
    theirs = make.listing("mentor", owner=colleague)
    for listing in (own, theirs):
        with pytest.raises(InvalidForm):
            cast.ask(listing)
    assert not {own.id, theirs.id} & {
        each.id for each in mentoring.asking.mentors(db.session, actor_of(cast.founder))
    }


def make_member(user, organisation):
    from marketplace.models import Membership

    return Membership(
        user_id=user.id, organisation_id=organisation.id, role="member", state="active",
        created_at=utcnow(),
    )  # fmt: skip


def test_a_mentor_who_joined_the_askers_house_since_is_not_asked(session, cast, make):
    row = cast.ask(cast.listings[0], cast.listings[1])
    make.save(make_member(cast.mentors[0], cast.company))
    session.expire_all()
    cast.do(steps.check, row, by=cast.curator)
    assert [(wish.answer, wish.reason) for wish in row.wishes] == [
        ("skipped", "own"),
        ("asked", ""),
    ]


def test_no_more_open_requests_than_the_limit(cast):
    for _n in range(OPEN_PER_MEMBER):
        cast.ask(cast.listings[0])
    with pytest.raises(Conflict):
        cast.ask(cast.listings[1])


def test_the_matchers_suggestions_come_first_with_their_reasons(session, cast, make, sign_in):
    make.match(cast.idea, cast.listings[2], state="suggested")
    page = text_of(sign_in(cast.founder).get(f"/mentoring/ask?listing={cast.idea.ref}"))
    assert "Sàn gợi ý cho hồ sơ của bạn" in page
    options = page[page.index('name="wish1"') :]
    assert options.index("Nguoi day nghe 2") < options.index("Nguoi day nghe 0")


# --- Wishes ------------------------------------------------------------------------------------
def test_a_no_asks_the_next_and_the_founder_never_reads_why(session, cast, sign_in):
    row = cast.ask(*cast.listings)
    cast.do(steps.check, row, by=cast.curator)
    for n in (0, 1):
        assert row.mentor is cast.listings[n]
        cast.do(steps.decline, row, "too_early", by=cast.mentors[n])
    assert (row.state, row.mentor) == ("offered", cast.listings[2])
    page = text_of(sign_in(cast.founder).get(f"/mentoring/{row.key}"))
    assert "không nhận được lúc này" in page
    assert "Còn quá sớm" not in page
    assert "Còn quá sớm" in text_of(sign_in(cast.curator).get(f"/desk/mentoring/{row.key}"))
    assert sign_in(cast.mentors[0]).get(f"/mentoring/{row.key}").status_code == 404
    last = text_of(sign_in(cast.mentors[2]).get(f"/mentoring/{row.key}"))
    assert "Cố vấn không nhận được lúc này" not in last  # who else was asked is not theirs to know
    cast.do(steps.decline, row, "busy", by=cast.mentors[2])
    assert (row.state, row.mentor) == ("pending_manual", None)


def test_after_five_noes_only_the_centre_asks(session, make):
    cast = Cast(make, mentors=7)
    row = cast.ask(*cast.listings[:3])
    cast.do(steps.check, row, by=cast.curator)
    for listing in cast.listings[:MOST_DECLINES]:
        if row.state == "pending_manual":
            cast.do(steps.assign, row, listing, by=cast.curator)
        cast.do(steps.decline, row, "busy", by=listing.owner_user)
    assert row.state == "pending_manual"
    session.add(MentorWish(mentorship=row, rank=6, mentor=cast.listings[5]))
    session.add(Audit(at=utcnow(), actor_role="system", action="test.setup"))
    session.commit()
    cast.do(steps.assign, row, cast.listings[6], by=cast.curator)
    assert row.mentor is cast.listings[6]  # the sixth wish of the founder's is not asked by itself


def test_a_full_mentor_is_not_asked_and_one_mentored_takes_a_place(session, cast, make):
    listing = make.listing("mentor", owner=make.user(), capacity=1)
    rows = [cast.ask(listing, cast.listings[0]) for _n in range(2)]
    cast.do(steps.check, rows[0], by=cast.curator)
    assert places.of(db.session, [listing])[listing.id].taken == 1
    cast.do(steps.check, rows[1], by=cast.curator)
    assert rows[1].mentor is cast.listings[0]
    assert (rows[1].wishes[0].answer, rows[1].wishes[0].reason) == ("skipped", "full")
    other = cast.ask()
    cast.do(steps.check, other, by=cast.curator)
    with pytest.raises(Invalid):
        cast.do(steps.assign, other, listing, by=cast.curator)


def test_a_match_and_the_mentorship_of_the_same_two_take_one_place(session, cast, make):
    listing = make.listing("mentor", owner=make.user(), capacity=1)
    make.match(cast.idea, listing, state="introduced")
    row = cast.ask(listing, listing=cast.idea)
    cast.do(steps.check, row, by=cast.curator)
    assert row.state == "offered"
    assert places.of(db.session, [listing])[listing.id].taken == 1


def test_a_silent_mentor_is_passed_over_only_after_the_days(session, cast):
    row = cast.ask(*cast.listings[:2])
    cast.do(steps.check, row, by=cast.curator)
    with pytest.raises(Conflict):
        cast.do(steps.pass_on, row, by=cast.curator)
    db.session.rollback()
    late = row.due_at + timedelta(minutes=1)
    assert mentoring.remind_due(db.session, now=late) == 1
    assert mentoring.remind_due(db.session, now=late) == 0
    assert letters(session, cast.mentors[0])[-1] == "mentoring_reminder"
    cast.do(steps.pass_on, row, by=cast.curator, now=late)
    assert row.mentor is cast.listings[1]


def test_the_desk_is_warned_of_declared_conflicts(session, cast, make, sign_in):
    listing = make.listing(
        "mentor", owner=make.user(), conflicts=f"Co dong cua {cast.company.name.upper()}."
    )
    row = cast.ask(listing)
    assert conflicts.of(db.session, row, listing).names == (cast.company.name,)
    assert "đã khai xung đột" in text_of(sign_in(cast.curator).get(f"/desk/mentoring/{row.key}"))
    assert "Co dong" not in text_of(sign_in(cast.founder).get(f"/mentoring/{row.key}"))


# --- Times and meetings ------------------------------------------------------------------------
def test_one_time_is_never_two_meetings_whatever_the_code_believes(session, cast):
    row, meeting = cast.scheduled()
    session.add(
        MentoringSession(
            mentorship=row, mentor=row.mentor, slot_id=meeting.slot_id, starts_at=utcnow(),
            minutes=60, mode="online", changed_at=utcnow(),
        )
    )  # fmt: skip
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()


def test_who_comes_second_in_the_same_instant_gets_a_conflict(session, cast, monkeypatch):
    _row, meeting = cast.scheduled()
    slot = meeting.slot
    second = cast.ask(cast.listings[0], by=cast.make.user())
    cast.do(steps.check, second, by=cast.curator)
    cast.slot(cast.listings[0], days=5)
    cast.do(steps.accept, second, by=cast.mentors[0])
    monkeypatch.setattr(slots, "free", lambda *_a, **_k: [slot])  # as it was a moment ago
    with pytest.raises(Conflict):
        meetings.choose(
            db.session, second, slot, actor=actor_of(second.asker), now=utcnow()
        )  # fmt: skip
    session.rollback()


def test_times_of_one_mentor_never_overlap_even_over_two_listings(session, cast, make):
    again = make.listing("mentor", owner=cast.mentors[0])
    cast.slot(cast.listings[0], minutes=60, hours=2)
    for listing in (cast.listings[0], again):
        with pytest.raises(InvalidForm):
            cast.slot(listing, minutes=30)
    session.rollback()


def test_a_founder_is_not_in_two_places(session, cast):
    cast.scheduled(cast.listings[0])
    row = cast.accepted(cast.listings[1])
    with pytest.raises(Invalid):
        cast.do(meetings.choose, row, slots.free(db.session, row.mentor, now=utcnow())[0],
                by=cast.founder)  # fmt: skip
    session.rollback()


def test_hours_a_month_bound_what_can_be_chosen(session, cast, make):
    listing = make.listing("mentor", owner=make.user(), hours_month=1)
    now = utcnow().replace(day=1) + timedelta(days=40)
    now = now.replace(day=2, hour=1)
    first, second = cast.slot(listing, days=3, hours=2, now=now)
    row = cast.ask(listing)
    cast.do(steps.check, row, by=cast.curator, now=now)
    cast.do(steps.accept, row, by=listing.owner_user, now=now)
    assert len(slots.free(db.session, listing, now=now)) == 2
    cast.do(meetings.choose, row, first, by=cast.founder, now=now)
    assert slots.free(db.session, listing, now=now) == []
    assert slots.minutes_left(db.session, listing, second.starts_at) == 0


def test_a_founders_other_time_frees_it_and_a_mentors_takes_it_away(session, cast):
    row, meeting = cast.scheduled()
    slot, number = meeting.slot, meeting.sequence
    cast.do(meetings.other_slot, row, "Om", by=cast.founder)
    assert slot in slots.free(db.session, row.mentor, now=utcnow())
    cast.do(meetings.choose, row, slot, by=cast.founder)
    assert (row.sessions, meeting.sequence) == ([meeting], number + 2)
    cast.do(meetings.other_slot, row, "Ban", by=cast.mentors[0])
    assert slots.free(db.session, row.mentor, now=utcnow()) == []
    assert letters(session, cast.founder)[-1] == "mentoring_moved"


def test_giving_up_frees_the_time_and_tells_the_mentor(session, cast):
    row, meeting = cast.scheduled()
    slot = meeting.slot
    cast.do(steps.cancel, row, by=cast.founder)
    assert (meeting.state, meeting.slot_id) == ("cancelled", None)
    assert slot in slots.free(db.session, slot.mentor, now=utcnow())
    assert letters(session, cast.mentors[0])[-1] == "mentoring_ended"


def test_only_the_founder_can_say_that_a_meeting_was_none(session, cast):
    row, meeting, later = cast.held()
    with pytest.raises(WrongState):
        meetings.miss(
            db.session, row, "founder", actor=actor_of(cast.mentors[0]), now=later
        )  # fmt: skip
    session.rollback()
    cast.do(meetings.miss, row, "mentor", by=cast.founder, now=later)
    assert (row.state, meeting.state, meeting.minutes_held) == ("no_show", "no_show", None)


def test_my_work_says_what_waits_for_whom(session, cast, sign_in):
    row = cast.ask(cast.listings[0])
    cast.do(steps.check, row, by=cast.curator)
    link = f"/mentoring/{row.key}"
    assert link in text_of(sign_in(cast.mentors[0]).get("/me"))
    assert link not in text_of(sign_in(cast.founder).get("/me"))
    cast.slot(cast.listings[0])
    cast.do(steps.accept, row, by=cast.mentors[0])
    assert link in text_of(sign_in(cast.founder).get("/me"))
    assert link not in text_of(sign_in(cast.mentors[0]).get("/me"))


@pytest.mark.parametrize("over", [{"state": "withdrawn"}, {"owner_user_id": None}])
def test_days_later_a_yes_asks_whether_the_mentor_is_still_there(session, cast, over):
    row = cast.ask(cast.listings[0])
    cast.do(steps.check, row, by=cast.curator)
    for name, value in over.items():
        setattr(cast.listings[0], name, value)
    session.flush()
    session.expire_all()
    with pytest.raises(Conflict, match="không còn đăng"):
        cast.do(steps.accept, row, by=cast.mentors[0])


def test_what_was_said_of_times_to_one_mentor_is_not_told_the_next(session, cast):
    row = cast.ask(cast.listings[0], cast.listings[1])
    cast.do(steps.check, row, by=cast.curator)
    row.said = row.said | {"times": "chi sang thu bay"}
    cast.do(steps.decline, row, "busy", by=cast.mentors[0])
    assert row.mentor is cast.listings[1]
    assert "times" not in row.said


def test_a_mentor_asked_again_reads_nothing_of_the_one_before(session, cast, sign_in):
    row, _meeting = cast.scheduled()
    cast.do(meetings.brief, row, "Rieng cho nguoi dau qzxbrief", by=cast.founder)
    cast.do(meetings.other_slot, row, "Ban qzxnote", by=cast.mentors[0])
    row.wishes.append(MentorWish(rank=2, mentor=cast.listings[1]))
    cast.do(steps.decline, row, "busy", by=cast.mentors[0])
    page = text_of(sign_in(cast.mentors[1]).get(f"/mentoring/{row.key}"))
    assert GOAL in page
    assert "qzxbrief" not in page
    assert "qzxnote" not in page


def test_a_day_nobody_can_read_is_said_and_the_notes_are_kept(session, cast, sign_in):
    row, _meeting, _later = cast.held()
    session.commit()
    client, path = sign_in(cast.mentors[0]), f"/mentoring/{row.key}/note"
    form = {"notes": "Ghi chú dài qzxlong", "item1": "Gọi siêu thị", "due1": "31/02/2027"}
    answer = client.post(path, data=form)
    assert answer.status_code == 422
    assert "Hãy ghi ngày, ví dụ" in text_of(answer)
    assert "qzxlong" in text_of(answer)
    # Nor when the request has changed meanwhile.
    answer = client.post(path, data=form | {"due1": "", "lock": "999"})
    assert answer.status_code == 409
    assert "qzxlong" in text_of(answer)


# --- Letters and time --------------------------------------------------------------------------
def letters(session, user):
    return list(
        session.scalars(select(Notice.letter).where(Notice.user == user).order_by(Notice.id))
    )


def test_both_are_reminded_a_day_before_once(session, cast):
    row, meeting = cast.scheduled()
    before = meeting.starts_at - timedelta(days=1, minutes=1)
    assert mentoring.remind_meetings(db.session, now=before) == 0
    assert mentoring.remind_meetings(db.session, now=before + timedelta(minutes=2)) == 1
    assert mentoring.remind_meetings(db.session, now=before + timedelta(minutes=3)) == 0
    for user in (cast.founder, row.mentor.owner_user):
        assert letters(session, user)[-1] == "mentoring_soon"


def test_nothing_said_leaves_by_mail(session, cast):
    row, _meeting, later = cast.held()
    cast.do(meetings.note, row, "Ghi qzxnotes", "Rieng qzxprivate", [("Lam qzxitem", None)],
            by=cast.mentors[0], now=later)  # fmt: skip
    told = [*session.scalars(select(Mail.subject + Mail.body)),
            *session.scalars(select(Notice.subject + Notice.body))]  # fmt: skip
    assert any("CV0000" in each for each in told)
    assert not [each for each in told if "qzx" in each or "hop.example" in each]


def test_what_was_said_is_sealed_on_the_disk(session, cast):
    row, _meeting, later = cast.held()
    cast.do(meetings.note, row, "Ghi qzxnotes", "Rieng qzxprivate", [("Lam qzxitem", None)],
            by=cast.mentors[0], now=later)  # fmt: skip
    for table in ("mentorships", "mentor_slots", "mentoring_sessions", "mentoring_items",
                  "mentoring_events", "audit"):  # fmt: skip
        rows = session.connection().exec_driver_sql(f"select * from {table}").all()  # noqa: S608
        assert rows
        assert "qzx" not in str(rows)


def test_what_is_over_is_closed_by_itself(session, cast):
    row, _meeting, later = cast.held()
    cast.do(meetings.note, row, "Ghi", "", [], by=cast.mentors[0], now=later)
    assert mentoring.close_due(db.session, now=row.due_at - timedelta(minutes=1)) == 0
    assert mentoring.close_due(db.session, now=row.due_at) == 1
    assert row.state == "closed"
    assert places.of(db.session, [row.mentor])[row.mentor_id].taken == 0


# --- Marks -------------------------------------------------------------------------------------
def test_a_mean_is_shown_from_three_marks_on(session, make, sign_in):
    cast = Cast(make, mentors=1)
    listing = cast.listings[0]
    for n in range(FEWEST_RATED):
        said = reading.rating_of(db.session, listing)
        assert (said.mean, said.count) == (None, n)
        page = text_of(sign_in(cast.curator).get(f"/listings/{listing.ref}"))
        assert "trên 5" not in page
        cast.founder = cast.make.user()
        row, meeting, later = cast.held(listing, minutes=5, days=3 + n)
        cast.do(meetings.rate, row, meeting.key, str(3 + n), "", by=cast.founder, now=later)
        with pytest.raises(Conflict):
            meetings.rate(db.session, row, meeting.key, "1", "", actor=actor_of(cast.founder),
                          now=later)  # fmt: skip
        session.rollback()
    assert reading.rating_of(db.session, listing).mean == 4
    assert "4 trên 5 (3 người chấm)" in text_of(
        sign_in(cast.curator).get(f"/listings/{listing.ref}")
    )
