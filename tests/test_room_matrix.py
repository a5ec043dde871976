"""Every step of a room, in every state of its deal, by everybody: what is written here happens,
nothing else. The expectation is a table of its own, not computed from permissions.RULES."""

from datetime import timedelta

import pytest
from deal_parties import cast_of
from test_deals_matrix import PEOPLE

from marketplace.domain.errors import DomainError
from marketplace.domain.permissions import allowed
from marketplace.domain.workflow import MATCH
from marketplace.models import Deal, RoomMeeting, RoomMessage, RoomTask, utcnow
from marketplace.services import room
from marketplace.services.attachments import Checked
from marketplace.services.room import meetings, messages, offers, papers, tasks, visibility

PDF = Checked("x.pdf", "application/pdf", b"%PDF-1.4 x")
TAKES = {
    "introduced", "in_contact", "negotiating", "agreement_claimed", "agreement_verified",
    "followed_6m", "followed_12m",
}  # fmt: skip
READS = TAKES | {"closed", "failed"}
A, B = {"party a"}, {"party b"}
PARTIES = A | B
# Called in by side A in every room here; "interested" has declared a stake, so the rule of four
# eyes keeps that curator out. The typist typed neither record.
CURATORS = {"curator", "second curator", "typist", "lead"}

# step -> who. Side A made the offer and proposed both meetings: one waits, one is agreed and over.
MAY = {
    "post": PARTIES | CURATORS,
    "offer": PARTIES,
    "accept": B,
    "refuse": B,
    "counter": B,
    "withdraw": A,
    "file": PARTIES | CURATORS,
    "propose": PARTIES,
    "agree": B,
    "decline": B,
    "cancel": A,
    "hold": PARTIES,
    "task": PARTIES,
    "done": PARTIES,
}


def prepared(make, state):
    cast = cast_of(make, "introduced")
    a, match, now = cast.users["party a"], cast.match, utcnow()
    by = {"side": "a", "deal": match.deal}
    for row in (
        RoomMessage(deal_id=match.deal.id, at=now, author_id=a.id, side="a", state="open",
                    said={"amount": 5, "terms": ""}),
        RoomMeeting(**by, proposed_by_id=a.id, starts_at=now + timedelta(days=2), minutes=60,
                    said={"where": "x", "agenda": ""}, changed_at=now),
        RoomMeeting(**by, proposed_by_id=a.id, starts_at=now - timedelta(days=2), minutes=60,
                    said={"where": "x", "agenda": ""}, changed_at=now, state="agreed"),
        RoomTask(**by, said={"text": "x"}, due_on=now.date(), made_by_id=a.id, made_at=now),
    ):  # fmt: skip
        make.save(row)
    match.deal.called_at, match.deal.called_side = now, "a"
    match.state = state
    make.save(match)
    return cast


def act(name, session, cast, actor, folder):
    match, now = cast.match, utcnow()
    common = {"actor": actor, "now": now}
    offer = session.query(RoomMessage).filter_by(state="open").one()
    waits, over = session.query(RoomMeeting).order_by(RoomMeeting.id)
    task = session.query(RoomTask).one()
    price = offers.Terms(7, "")
    plan = meetings.Plan(now + timedelta(days=1), 60, "x")
    if name == "offer":  # beside the one that waits there is no place
        offer.state, offer.answered_at = "refused", now
    deeds = {
        "post": lambda: messages.post(session, match, "x", **common),
        "offer": lambda: offers.make(session, match, price, **common),
        "accept": lambda: offers.answer(session, offer, "accept", **common),
        "refuse": lambda: offers.answer(session, offer, "refuse", **common),
        "counter": lambda: offers.answer(session, offer, "counter", terms=price, **common),
        "withdraw": lambda: offers.answer(session, offer, "withdraw", **common),
        "file": lambda: papers.add(session, match, PDF, folder=folder, **common),
        "propose": lambda: meetings.propose(session, match, plan, **common),
        "agree": lambda: meetings.answer(session, waits, "agree", **common),
        "decline": lambda: meetings.answer(session, waits, "decline", **common),
        "cancel": lambda: meetings.answer(session, waits, "cancel", **common),
        "hold": lambda: meetings.answer(session, over, "hold", **common),
        "task": lambda: tasks.add(session, match, "x", now.date() + timedelta(days=1), "a",
                                  **common),
        "done": lambda: tasks.done(session, task, **common),
    }  # fmt: skip
    assert deeds.keys() == MAY.keys()
    deeds[name]()


def tried(name, session, cast, person, folder) -> bool:
    """Whether the step happened; it is undone either way."""
    inner = session.begin_nested()
    try:
        act(name, session, cast, cast.actor(person), folder)
        return True
    except DomainError:
        return False
    finally:
        inner.rollback()
        session.expire_all()


@pytest.mark.parametrize("paused", [False, True], ids=["", "paused"])
@pytest.mark.parametrize("state", sorted(READS))
def test_who_may_do_what_in_a_room(session, make, tmp_path, state, paused):
    cast = prepared(make, state)
    if paused:
        cast.match.deal.paused_at, cast.match.deal.paused_side = utcnow(), "b"
        cast.match.deal.pause_reason = "busy"
        make.save(cast.match.deal)
    session.flush()
    open_ = state in TAKES and not paused
    wrong = [
        f"{person} {name}"
        for name, who in MAY.items()
        for person in PEOPLE
        if tried(name, session, cast, person, tmp_path / papers.FOLDER) != (open_ and person in who)
    ]
    assert not wrong


@pytest.mark.parametrize("called", [False, True], ids=["alone", "called in"])
@pytest.mark.parametrize("state", sorted(MATCH.states))
def test_who_reads_a_room_is_the_same_by_rule_and_by_query(session, make, state, called):
    cast = cast_of(make, state)
    match = cast.match
    if match.deal is None and state in READS:
        make.save(Deal(match_id=match.id, opened_at=utcnow(), moved_at=utcnow()))
        session.refresh(match)
    if match.deal is not None and called:
        match.deal.called_at, match.deal.called_side = utcnow(), "a"
        session.flush()
    expected = set()
    if state in READS:
        expected = PARTIES | (CURATORS if called else set())
    assert {p for p in PEOPLE if allowed("room.read", cast.actor(p), match)} == expected
    found = {
        p for p in PEOPLE if session.execute(visibility.rooms_of(cast.actor(p))).first() is not None
    }
    assert found == expected


def test_the_room_of_another_pair_stays_empty_to_a_party(session, make):
    ours, theirs = cast_of(make), cast_of(make)
    messages.post(session, theirs.match, "rieng", actor=theirs.actor("party a"), now=utcnow())
    assert room.of(session, ours.actor("party a"), theirs.match).messages == []
    assert room.unread(session, ours.actor("party b")) == {}
