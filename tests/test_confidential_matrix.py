"""Every state of a request, every person, every step: what is not allowed changes nothing, and
check and query agree on who knows of a request."""

from datetime import timedelta
from itertools import product

import pytest
from conftest import browser_of, build, token_of
from factories import Make
from sqlalchemy import select

from marketplace.domain.actor import GUEST
from marketplace.domain.permissions import allowed
from marketplace.domain.workflow import ACCESS, ACCESS_STANDING
from marketplace.models import AccessRequest, Audit, Membership, User, db, sealing, utcnow
from marketplace.services import confidential
from marketplace.services.accounts import actor_of

ASKER, OWNERS = "asker", {"owner", "colleague"}
# action -> who may take it, from which states, the state after ("" for none); the answer on success
ACTIONS = {
    "approve": (OWNERS, {"requested"}, "nda_sent"),
    "deny": (OWNERS, {"requested"}, "denied"),
    "revoke": (OWNERS | {"unverified colleague"}, {"nda_sent", "nda_accepted", "granted"},
               "revoked"),
    "cancel": ({ASKER}, {"requested", "nda_sent"}, "withdrawn"),
    "promise": ({ASKER}, {"nda_sent"}, "granted"),
    "open": ({ASKER}, {"granted"}, "granted"),
}  # fmt: skip
KNOWS = OWNERS | {ASKER, "unverified colleague"}
TEXT = "Ban cam ket thu"


class Stage:
    """One request, put into any state, and a browser for each person."""

    def __init__(self, folder):
        self.app = build(folder)
        with self.app.app_context():
            make = Make(db.session)
            people = {
                "owner": make.user(), "colleague": make.user(), "asker": make.user(name="Lê Hoa"),
                "unverified colleague": make.user(verified_at=None), "member": make.user(),
                "asker's colleague": make.user(), "curator": make.user(role="curator"),
                "typist": make.user(role="curator"), "lead": make.user(role="lead"),
                "leader": make.user(role="leader"), "auditor": make.user(role="auditor"),
                "sysadmin": make.user(role="sysadmin"), "officer": make.user(role="officer"),
            }  # fmt: skip
            ours = make.organisation(people["owner"], people["colleague"], people["typist"],
                                     people["unverified colleague"])  # fmt: skip
            theirs = make.organisation(people["asker"], people["asker's colleague"])
            listing = make.listing(
                "offer", owner=people["owner"], organisation=ours, know_how="bi mat",
                entered_by_id=people["typist"].id,
            )  # fmt: skip
            row = AccessRequest(
                listing=listing, asker=people["asker"], organisation=theirs, purpose="x" * 30,
                requested_at=utcnow(), changed_at=utcnow(), nda=TEXT,
            )  # fmt: skip
            make.save(row)
            self.key, self.id = row.key, row.id
            self.ids = {name: user.id for name, user in people.items()}
            tokens = {name: token_of(user) for name, user in people.items()}
            db.session.commit()
            self.clients = {name: browser_of(self.app, token) for name, token in tokens.items()}
            self.clients["guest"] = self.app.test_client()

    def put(self, state):
        now = utcnow()
        granted = state in ("granted", "expired", "revoked")
        values = {
            "state": state, "nda": TEXT, "standing": "it" if state in ACCESS_STANDING else None,
            "nda_sha256": confidential.nda.digest(TEXT) if granted else "",
            "granted_at": now if granted else None,
            "expires_at": now + timedelta(days=9) if granted else None,
        }  # fmt: skip
        db.session.execute(
            AccessRequest.__table__.update().where(AccessRequest.id == self.id).values(**values)
        )
        db.session.add(Audit(at=now, actor_role="system", action="test.setup"))
        db.session.commit()

    def state(self):
        db.session.rollback()
        return db.session.scalar(select(AccessRequest.state).where(AccessRequest.id == self.id))


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    from conftest import CONTENT_KEY

    stage = Stage(tmp_path_factory.mktemp("matrix"))
    sealing.use([CONTENT_KEY])
    with stage.app.app_context():
        yield stage


PEOPLE = [
    "guest", "owner", "colleague", "unverified colleague", "asker", "asker's colleague", "member",
    "curator", "typist", "lead", "leader", "auditor", "sysadmin", "officer",
]  # fmt: skip
FORM = {
    "days": "5", "reason": "ly do", "name": "Lê Hoa", "agreed": "1",
    "shown": confidential.nda.digest(TEXT),
}  # fmt: skip


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("person", PEOPLE)
def test_a_step_is_taken_by_whom_it_is_for_from_where_it_is_open(stage, person, action):
    may, open_from, after = ACTIONS[action]
    for state in ACCESS.states:
        stage.put(state)
        answer = stage.clients[person].post(f"/access/{stage.key}/{action}", data=FORM)
        what = (person, action, state, answer.status_code)
        if person in may and state in open_from:
            assert answer.status_code in (200, 302), what
            assert stage.state() == after, what
        else:
            assert stage.state() == state, what
            if person == "guest":
                refused = {302, 401, 404}
            elif person not in KNOWS:
                refused = {403, 404}
            else:
                refused = {403, 409}
            assert answer.status_code in refused, what
            assert b"bi mat" not in answer.data


@pytest.mark.parametrize("person", PEOPLE)
def test_who_is_of_neither_side_does_not_learn_of_it(stage, person):
    for state, path in product(("requested", "granted"), ("", "/promise", "/promise.pdf")):
        stage.put(state)
        answer = stage.clients[person].get(f"/access/{stage.key}{path}")
        if person in KNOWS:
            assert answer.status_code == 200
        else:
            assert answer.status_code in (404, 302, 401)
            assert b"x" * 30 not in answer.data


@pytest.mark.parametrize("person", PEOPLE)
def test_the_list_shows_exactly_what_may_be_looked_at(stage, person):
    stage.put("requested")
    user = db.session.get(User, stage.ids[person]) if person != "guest" else None
    actor = actor_of(user) if user else GUEST
    row = db.session.get(AccessRequest, stage.id)
    listed = list(db.session.scalars(confidential.visible_to(actor)))
    assert listed == ([row] if allowed("access.view", actor, row) else [])
    assert bool(listed) == (person in KNOWS)


def test_whoever_asked_and_joined_the_owner_later_does_not_answer_themselves(stage):
    stage.put("requested")
    row = db.session.get(AccessRequest, stage.id)
    joined = Membership(
        user_id=stage.ids["asker"], organisation_id=row.listing.organisation_id,
        created_at=utcnow(), state="active", role="admin",
    )  # fmt: skip
    db.session.add(joined)
    db.session.flush()
    actor = actor_of(db.session.get(User, stage.ids["asker"]))
    assert not allowed("access.approve", actor, row)
    assert allowed("access.view", actor, row)
    db.session.rollback()
