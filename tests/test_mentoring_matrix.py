"""Every state of a mentorship, every person, every step: what is not allowed changes nothing, and
check and query agree on who knows of it."""

from datetime import timedelta

import pytest
from conftest import CONTENT_KEY, browser_of, build, token_of
from factories import Make
from sqlalchemy import delete, select

from marketplace.domain.actor import GUEST
from marketplace.domain.mentoring import MENTORING, TAKES_PLACE
from marketplace.domain.permissions import allowed
from marketplace.models import (
    Audit,
    MentoringEvent,
    MentoringItem,
    MentoringSession,
    Mentorship,
    MentorSlot,
    MentorWish,
    User,
    db,
    sealing,
    utcnow,
)
from marketplace.services import mentoring
from marketplace.services.accounts import actor_of

DESK = {"curator", "lead"}
BY_DESK = {"check", "refuse", "assign", "pass_on"}
BOTH = {"asker", "mentor"}
# act -> who; what is no step of the table has the states it is open in below.
WHO = {
    **{act: {"mentor"} for act in ("accept", "decline", "note")},
    **{act: {"asker"} for act in ("choose", "more_times", "brief", "tick", "again", "cancel")},
    **dict.fromkeys(("other_slot", "hold", "miss", "rate", "close"), BOTH),
    **dict.fromkeys(sorted(BY_DESK), DESK),
}
BESIDE = {"more_times": {"accepted"}, "brief": {"scheduled"}, "tick": set(MENTORING.states),
          "rate": set(MENTORING.states)}  # fmt: skip
BEFORE = {"other_slot", "brief"}  # a meeting to come; the others, where there is one: begun
# "offer" and "pend" are the exchange's own: what follows a yes of the desk or a mentor's no.
AFTER = {"check": {"offered"}, "assign": {"offered"}, "pass_on": {"offered", "pending_manual"},
         "decline": {"offered", "pending_manual"}}  # fmt: skip
SECRET, INSIDE, OWN = "loi xin rieng qzxgoal", "giua hai nguoi qzxnotes", "chi cua toi qzxprivate"
PEOPLE = [
    "guest", "asker", "asker's colleague", "mentor", "mentor's colleague", "other mentor", "member",
    "unverified member", "curator", "lead", "leader", "officer", "auditor", "sysadmin",
]  # fmt: skip
FORM = {
    "note": "mot loi", "reason": "too_vague", "brief": "tom tat", "minutes_held": "30",
    "absent": "mentor", "notes": "ghi chu", "rating": "4",
}  # fmt: skip


class Stage:
    """One mentorship, put into any state, and a browser for each person."""

    def __init__(self, folder):
        self.app = build(folder)
        with self.app.app_context():
            make = Make(db.session)
            people = {
                name: make.user(**over)
                for name, over in {
                    "asker": {}, "asker's colleague": {}, "mentor": {}, "mentor's colleague": {},
                    "other mentor": {}, "member": {}, "unverified member": {"verified_at": None},
                    "curator": {"role": "curator"}, "lead": {"role": "lead"},
                    "leader": {"role": "leader"}, "officer": {"role": "officer"},
                    "auditor": {"role": "auditor"}, "sysadmin": {"role": "sysadmin"},
                }.items()
            }  # fmt: skip
            make.organisation(people["asker"], people["asker's colleague"])
            house = make.organisation(people["mentor"], people["mentor's colleague"])
            first = make.listing("mentor", owner=people["mentor"], organisation=house, capacity=40)
            others = [
                make.listing("mentor", owner=people["other mentor"], capacity=40),
                make.listing("mentor", owner=make.user(), capacity=40),
            ]
            self.second_id, self.third_ref = others[0].id, others[1].ref
            row = Mentorship(
                asker=people["asker"], said={"goal": SECRET, "questions": ["?"]},
                requested_at=utcnow(), changed_at=utcnow(),
            )  # fmt: skip
            make.save(row)
            self.id, self.key, self.mentor_id = row.id, row.key, first.id
            self.ids = {name: user.id for name, user in people.items()}
            tokens = {name: token_of(user) for name, user in people.items()}
            db.session.commit()
            self.clients = {name: browser_of(self.app, token) for name, token in tokens.items()}
            self.clients["guest"] = self.app.test_client()

    def put(self, state, *, begun=True):
        """The mentorship in the state, with a meeting where the state has one."""
        db.session.rollback()
        now = utcnow()
        for table in (MentoringItem, MentoringSession, MentorSlot, MentorWish, MentoringEvent):
            db.session.execute(delete(table))
        taken = state in TAKES_PLACE
        db.session.execute(
            Mentorship.__table__.update().values(
                state=state, mentor_id=self.mentor_id if taken else None, reason="",
                due_at=now - timedelta(days=1), reminded_at=now,
            )
        )  # fmt: skip
        answer = "asked" if state == "offered" else "accepted" if taken else ""
        db.session.add_all(
            (
                MentorWish(mentorship_id=self.id, rank=1, mentor_id=self.mentor_id, answer=answer),
                MentorWish(mentorship_id=self.id, rank=2, mentor_id=self.second_id),
                MentorSlot(
                    mentor_id=self.mentor_id, starts_at=now + timedelta(days=9), minutes=30,
                    mode="online", said={"where": "o do"}, key="free",
                ),
            )
        )  # fmt: skip
        meeting = {"scheduled": "scheduled", "held": "held", "noted": "held",
                   "no_show": "no_show", "closed": "held"}.get(state)  # fmt: skip
        if meeting:
            starts = now - timedelta(hours=2) if begun else now + timedelta(days=2)
            slot = MentorSlot(
                mentor_id=self.mentor_id, starts_at=starts, minutes=30, mode="online",
                said={"where": "o do"}, key="taken",
            )  # fmt: skip
            row = MentoringSession(
                mentorship_id=self.id, mentor_id=self.mentor_id, slot=slot, state=meeting,
                starts_at=starts, minutes=30, mode="online", changed_at=now, key="meeting",
                said={"where": "o do", "notes": INSIDE, "private": OWN},
                minutes_held=30 if meeting == "held" else None,
                absent="mentor" if meeting == "no_show" else "",
                items=[MentoringItem(key="item", said={"text": "viec"})],
            )  # fmt: skip
            db.session.add(row)
        db.session.add(Audit(at=now, actor_role="system", action="test.setup"))
        db.session.commit()

    def standing(self):
        """Everything of it, as it lies in the tables."""
        db.session.rollback()
        return [
            db.session.execute(select(table.__table__)).all()
            for table in (Mentorship, MentorWish, MentoringSession, MentoringItem, MentoringEvent)
        ]

    def state(self):
        db.session.rollback()
        return db.session.scalar(select(Mentorship.state).where(Mentorship.id == self.id))

    def take(self, person, act, **over):
        where = "/desk/mentoring" if act in BY_DESK else "/mentoring"
        form = FORM | {"mentor": self.third_ref, "slot": "free", "meeting": "meeting",
                       "item": "item"}  # fmt: skip
        if act == "decline":
            form["reason"] = "busy"
        return self.clients[person].post(f"{where}/{self.key}/{act}", data=form | over)


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    stage = Stage(tmp_path_factory.mktemp("matrix"))
    sealing.use([CONTENT_KEY])
    with stage.app.app_context():
        yield stage


def open_to(person, act, state):
    """The states the act may lead to for somebody it is for; none where it is closed."""
    if act in BESIDE:
        has_meeting = state in ("held", "noted", "closed")
        if act in ("tick", "rate") and not (has_meeting or (act == "tick" and state in
                                            ("scheduled", "no_show"))):  # fmt: skip
            return set()
        return {state} if state in BESIDE[act] else set()
    step = MENTORING.steps[act]
    if state not in step.from_:
        return set()
    if act == "miss" and state != "scheduled" and person != "asker":
        return set()
    return AFTER.get(act, {step.to})


@pytest.mark.parametrize("act", WHO)
@pytest.mark.parametrize("person", ["asker", "mentor", "curator", "lead"])
def test_a_step_is_taken_by_whom_it_is_for_from_where_it_is_open(stage, person, act):
    for state in MENTORING.states:
        stage.put(state, begun=act not in BEFORE)
        before = stage.standing()
        answer = stage.take(person, act)
        what = (person, act, state, answer.status_code)
        to = open_to(person, act, state) if person in WHO[act] else set()
        knows = person != "mentor" or state in TAKES_PLACE
        if to and knows:
            assert answer.status_code == 302, what
            assert stage.state() in to, what
            assert stage.standing() != before, what
            continue
        assert stage.standing() == before, what
        if person in WHO[act] and knows:
            assert answer.status_code in (404, 409), what
        else:
            assert answer.status_code in (403, 404), what


@pytest.mark.parametrize("person", [each for each in PEOPLE if each not in BOTH | DESK])
def test_nobody_else_takes_any_step(stage, person):
    for state in MENTORING.states:
        stage.put(state)
        before = stage.standing()
        for act in WHO:
            answer = stage.take(person, act)
            what = (person, act, state, answer.status_code)
            refused = {302, 401, 404} if person == "guest" else {403, 404}
            assert answer.status_code in refused, what
            assert SECRET.encode() not in answer.data, what
        assert stage.standing() == before, (person, state)


@pytest.mark.parametrize("person", PEOPLE)
def test_only_those_concerned_read_it_and_of_the_meeting_only_the_two(stage, person):
    for state in MENTORING.states:
        stage.put(state)
        two = {"asker"} | ({"mentor"} if state in TAKES_PLACE else set())
        pages = [
            stage.clients[person].get(f"/{path}/{stage.key}", follow_redirects=True)
            for path in ("mentoring", "desk/mentoring")
        ]
        texts = [page.get_data(as_text=True) for page in pages]
        knows = person in two | DESK
        met = state in ("held", "noted", "no_show", "closed")
        assert (SECRET in texts[0]) == knows, (person, state)
        assert (SECRET in texts[1]) == (person in DESK), (person, state)
        assert any(INSIDE in text for text in texts) == (
            person in two and (met or state == "scheduled")
        ), (person, state)
        assert any(OWN in text for text in texts) == (
            person == "mentor" and person in two and (met or state == "scheduled")
        ), (person, state)


@pytest.mark.parametrize("person", PEOPLE)
def test_the_list_and_the_rule_agree(stage, person):
    for state in ("requested", "offered", "noted"):
        stage.put(state)
        user = db.session.get(User, stage.ids[person]) if person != "guest" else None
        actor = actor_of(user) if user else GUEST
        row = mentoring.by_key(db.session, stage.key)
        listed = db.session.scalars(mentoring.visible_to(actor)).all()
        assert (row in listed) == allowed("mentoring.view", actor, row)


@pytest.mark.parametrize(
    ("act", "state", "wrong"),
    [
        ("refuse", "requested", {"reason": "because"}), ("refuse", "requested", {"note": " "}),
        ("assign", "pending_manual", {"mentor": "T9999999"}),
        ("assign", "pending_manual", {"mentor": ""}), ("decline", "offered", {"reason": "no"}),
        ("choose", "accepted", {"slot": "taken"}), ("choose", "accepted", {"slot": ""}),
        ("more_times", "accepted", {"note": ""}), ("brief", "scheduled", {"brief": ""}),
        ("brief", "scheduled", {"brief": "x" * 3001}), ("other_slot", "scheduled", {"note": ""}),
        ("hold", "scheduled", {"minutes_held": "4"}),
        ("hold", "scheduled", {"minutes_held": "31"}),
        ("hold", "scheduled", {"minutes_held": "nhieu"}),
        ("miss", "scheduled", {"absent": "ai do"}), ("note", "held", {"notes": ""}),
        ("note", "held", {"item2": "x" * 301}), ("note", "held", {"due1": "2030-01-01"}),
        ("rate", "noted", {"rating": "6"}), ("rate", "noted", {"rating": ""}),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_the_field_and_nothing_moves(stage, act, state, wrong):
    stage.put(state, begun=act not in BEFORE)
    before = stage.standing()
    person = next(each for each in PEOPLE if each in WHO[act])
    answer = stage.take(person, act, **wrong)
    page = answer.get_data(as_text=True)
    field = next(iter(wrong)).replace("due", "item")
    assert answer.status_code == 422
    assert "field-bad" in page
    assert "fault-list" in page
    assert f'id="f-{act}-{field}"' in page  # where the summary's link leads
    assert f'href="#f-{act}-{field}"' in page
    assert stage.standing() == before


def test_nobody_answers_a_request_other_than_the_one_they_saw(stage):
    stage.put("offered")
    lock = db.session.scalar(select(Mentorship.lock))
    assert stage.take("mentor", "accept", lock=str(lock + 1)).status_code == 409
    assert stage.state() == "offered"
    assert stage.take("mentor", "accept", lock=str(lock)).status_code == 302
