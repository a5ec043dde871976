"""Every state of a service request, every person, every step: what is not allowed changes nothing,
and check and query agree on who knows of a request."""

from datetime import timedelta

import pytest
from conftest import CONTENT_KEY, browser_of, build, token_of
from factories import Make
from sqlalchemy import select

from marketplace.domain.actor import GUEST
from marketplace.domain.permissions import allowed
from marketplace.domain.support import RATINGS
from marketplace.domain.workflow import SERVICE, SERVICE_IN_HAND
from marketplace.models import Audit, ServiceRequest, User, db, sealing, utcnow
from marketplace.services import support
from marketplace.services.accounts import actor_of

ASKER, DESK = {"asker"}, {"curator", "lead", "curator who has it"}
BY_ASKER = {"agree", "decline", "answer", "send_back", "confirm", "rate", "cancel"}
STEPS = [*SERVICE.steps, "note", "hand_over"]
SECRET = "loi xin rieng qzxaaaaa"
PEOPLE = [
    "guest", "asker", "asker's colleague", "member", "unverified member", "curator", "lead",
    "curator who has it", "leader", "officer", "auditor", "sysadmin",
]  # fmt: skip
FORM = {
    "note": "mot loi", "text": "mot loi", "result": "ket qua", "reason": "not_ours",
    "amount": "2 triệu", "rating": "3", "words": "tam duoc",
}  # fmt: skip


class Stage:
    """One request, put into any state, and a browser for each person."""

    def __init__(self, folder):
        self.app = build(folder)
        with self.app.app_context():
            make = Make(db.session)
            people = {
                "asker": make.user(), "asker's colleague": make.user(), "member": make.user(),
                "unverified member": make.user(verified_at=None),
                "curator": make.user(role="curator"),
                "curator who has it": make.user(role="curator"),
                "lead": make.user(role="lead"), "leader": make.user(role="leader"),
                "officer": make.user(role="officer"), "auditor": make.user(role="auditor"),
                "sysadmin": make.user(role="sysadmin"),
            }  # fmt: skip
            ours = make.organisation(people["asker"], people["asker's colleague"])
            self.partner = make.listing("support", state="published", visibility="public").ref
            row = ServiceRequest(
                service="advice", catalogue_version="x", text=SECRET, asker=people["asker"],
                days={"new": 2, "triaged": 1, "assigned": 2, "agreed": 1, "in_progress": 5},
                organisation=ours, curator=people["curator who has it"],
                requested_at=utcnow(), changed_at=utcnow(),
            )  # fmt: skip
            make.save(row)
            self.key, self.id = row.key, row.id
            self.curator_key = people["curator"].key
            self.ids = {name: user.id for name, user in people.items()}
            tokens = {name: token_of(user) for name, user in people.items()}
            db.session.commit()
            self.clients = {name: browser_of(self.app, token) for name, token in tokens.items()}
            self.clients["guest"] = self.app.test_client()

    def put(self, state):
        now = utcnow()
        values = {
            "state": state, "rating": 5 if state == "rated" else None, "reason": "",
            "referred_id": 1 if state == "referred" else None, "quote": {}, "result": "ket qua",
            "due_at": now + timedelta(days=3), "reminded_at": now,
            "curator_id": self.ids["curator who has it"],
        }  # fmt: skip
        db.session.execute(
            ServiceRequest.__table__.update().where(ServiceRequest.id == self.id).values(**values)
        )
        db.session.add(Audit(at=now, actor_role="system", action="test.setup"))
        db.session.commit()

    def standing(self):
        db.session.rollback()
        table = ServiceRequest.__table__
        return db.session.execute(
            select(table.c.state, table.c.rating, table.c.curator_id, table.c.lock).where(
                table.c.id == self.id
            )
        ).one()

    def take(self, person, step):
        where = "/service-requests" if step in BY_ASKER else "/desk/services"
        form = FORM | {"curator": self.curator_key, "listing": self.partner}
        return self.clients[person].post(f"{where}/{self.key}/{step}", data=form)


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    stage = Stage(tmp_path_factory.mktemp("matrix"))
    sealing.use([CONTENT_KEY])
    with stage.app.app_context():
        yield stage


def after(step, state):
    """The state after the step; None where the step is closed."""
    if step == "note":
        return state
    if step == "hand_over":
        return state if state in SERVICE_IN_HAND else None
    row = SERVICE.steps[step]
    return row.to if state in row.from_ else None


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("person", PEOPLE)
def test_a_step_is_taken_by_whom_it_is_for_from_where_it_is_open(stage, person, step):
    may = ASKER if step in BY_ASKER else DESK
    for state in SERVICE.states:
        stage.put(state)
        before = stage.standing()
        answer = stage.take(person, step)
        what = (person, step, state, answer.status_code)
        to = after(step, state)
        if person in may and to is not None:
            assert answer.status_code == 302, what
            assert stage.standing().state == to, what
            continue
        assert stage.standing() == before, what
        assert SECRET.encode() not in answer.data
        if person in may:
            assert answer.status_code == 409, what
        else:
            assert answer.status_code in ({302, 401, 404} if person == "guest" else {403, 404}), (
                what
            )


@pytest.mark.parametrize("person", PEOPLE)
def test_only_the_asker_and_the_desk_read_it(stage, person):
    for state in SERVICE.states:
        stage.put(state)
        for path in ("service-requests", "desk/services"):
            answer = stage.clients[person].get(f"/{path}/{stage.key}", follow_redirects=True)
            reads = person in DESK or (person in ASKER and path == "service-requests")
            assert (SECRET.encode() in answer.data) == reads, (person, state, path)


@pytest.mark.parametrize("person", PEOPLE)
def test_the_list_and_the_rule_agree(stage, person):
    stage.put("new")
    user = db.session.get(User, stage.ids[person]) if person != "guest" else None
    actor = actor_of(user) if user else GUEST
    row = support.by_key(db.session, stage.key)
    listed = db.session.scalars(support.visible_to(actor)).all()
    assert (row in listed) == allowed("service.view", actor, row)


@pytest.mark.parametrize(
    ("step", "state", "wrong"),
    [
        ("refuse", "new", {"reason": "because"}), ("quote", "assigned", {"amount": "nhieu"}),
        ("quote", "assigned", {"text": " "}), ("ask_client", "in_progress", {"note": ""}),
        ("deliver", "in_progress", {"result": "x" * 6001}),
        ("answer", "waiting_client", {"note": ""}), ("send_back", "delivered", {"note": ""}),
        ("rate", "confirmed", {"rating": "6"}),
        ("assign", "triaged", {"curator": "nobody"}), ("refer", "new", {"listing": "T0"}),
        ("note", "new", {"text": ""}),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_the_field_and_nothing_moves(stage, step, state, wrong):
    stage.put(state)
    before = stage.standing()
    person = "asker" if step in BY_ASKER else "curator"
    where = "/service-requests" if step in BY_ASKER else "/desk/services"
    form = FORM | {"curator": stage.curator_key, "listing": stage.partner} | wrong
    answer = stage.clients[person].post(f"{where}/{stage.key}/{step}", data=form)
    assert answer.status_code == 422
    assert b"field-bad" in answer.data
    assert b"fault-list" in answer.data
    assert stage.standing() == before


def test_each_rating_is_taken_and_no_other(stage):
    for rating in (*RATINGS, 0, 6, "", "x"):
        stage.put("confirmed")
        answer = stage.clients["asker"].post(
            f"/service-requests/{stage.key}/rate", data={"rating": str(rating)}
        )
        assert (answer.status_code == 302) == (rating in RATINGS)


def test_nobody_agrees_to_a_price_other_than_the_one_they_saw(stage):
    stage.put("quoted")
    lock = stage.standing().lock
    agree = f"/service-requests/{stage.key}/agree"
    assert stage.clients["asker"].post(agree, data={"lock": lock + 1}).status_code == 409
    assert stage.standing().state == "quoted"
    assert stage.clients["asker"].post(agree, data={"lock": lock}).status_code == 302
