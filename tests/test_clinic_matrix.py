"""Every state of an idea and of its step, every person, every act: what is not allowed changes
nothing and shows nothing, and check and query agree on who knows of an idea."""

from datetime import timedelta
from itertools import product

import pytest
from conftest import CONTENT_KEY, browser_of, build, token_of
from factories import Make
from sqlalchemy import delete, select, update

from marketplace.domain.actor import GUEST
from marketplace.domain.clinic import ADVICE, CLINIC, CLINIC_WRITABLE
from marketplace.domain.permissions import allowed
from marketplace.models import (
    Audit,
    ClinicIdea,
    ClinicReader,
    ClinicStep,
    ClinicVersion,
    ClinicView,
    User,
    db,
    sealing,
    utcnow,
)
from marketplace.services import clinic
from marketplace.services.accounts import actor_of
from marketplace.services.clinic import chain

SECRET, TITLE, ADVICE_GIVEN = "loi rieng qzxaaaaa", "ten tam qzxbbbbb", "loi khuyen qzxccccc"
PEOPLE = [
    "guest", "founder", "founder's colleague", "member", "unverified member", "mentor let in",
    "mentor shut out", "curator", "curator who took it", "lead", "leader", "officer", "auditor",
    "sysadmin",
]  # fmt: skip
DESK = {"curator", "curator who took it", "lead"}
TIED = {"founder", "mentor let in", "mentor shut out"} | DESK
# Where an idea can stand: its state, the state of its step, whether a curator took it.
STANDINGS = [
    (state, step, taken)
    for state, step, taken in product(CLINIC.states, ADVICE.states, (False, True))
    if state in CLINIC_WRITABLE or (step != "asked" and not taken)
]
# act -> (address under the idea, form, who may)
ACTS = {
    "write": ("ideas/{key}/steps/problem", {"text": "moi qzxddddd"}, {"founder"}),
    "ask": ("ideas/{key}/steps/problem/ask", {}, {"founder"}),
    "take_back": ("ideas/{key}/steps/problem/take_back", {}, {"founder"}),
    "rename": ("ideas/{key}/rename", {"title": "Ten khac"}, {"founder"}),
    "let_in": ("ideas/{key}/let_in", {"mentor": "{mentor}"}, {"founder"}),
    "shut_out": ("ideas/{key}/shut_out", {"person": "{reader}"}, {"founder"}),
    "profile": ("ideas/{key}/profile", {"title": "Ten", "share-problem": "public"}, {"founder"}),
    "close": ("ideas/{key}/close", {}, {"founder"}),
    "withdraw": ("ideas/{key}/withdraw", {"sure": "1"}, {"founder"}),
    "take": ("read/{key}/take", {}, DESK),
    "give_back": ("read/{key}/give_back", {}, {"curator who took it"}),
    "open": ("read/{key}/open", {}, {"mentor let in", "curator who took it"}),
    "advise": ("read/{key}/advise", {"verdict-problem": "good"},
               {"mentor let in", "curator who took it"}),
}  # fmt: skip


class Stage:
    """One idea, put into any standing, and a browser for each person."""

    def __init__(self, folder):
        self.app = build(folder)
        with self.app.app_context():
            make = Make(db.session)
            people = {name: make.user() for name in PEOPLE if name != "guest"}
            for name, role in {
                "curator": "curator", "curator who took it": "curator", "lead": "lead",
                "leader": "leader", "officer": "officer", "auditor": "auditor",
                "sysadmin": "sysadmin",
            }.items():  # fmt: skip
                people[name].role = role
            people["unverified member"].verified_at = None
            make.organisation(people["founder"], people["founder's colleague"])
            self.mentor = make.listing("mentor", owner=people["member"], visibility="public").ref
            self.reader = people["mentor let in"].key
            self.ids = {name: user.id for name, user in people.items()}
            now = utcnow()
            idea = ClinicIdea(
                founder_id=self.ids["founder"], title=TITLE, created_at=now, changed_at=now
            )
            make.save(idea)
            self.key, self.id = idea.key, idea.id
            self.receipt = chain.stamp(db.session, f"{SECRET}\n", now=now).number
            tokens = {name: token_of(user) for name, user in people.items()}
            make.save(Audit(at=now, actor_role="system", action="test.setup"))
            self.clients = {name: browser_of(self.app, token) for name, token in tokens.items()}
            self.clients["guest"] = self.app.test_client()

    def put(self, state, step, taken):
        db.session.rollback()
        now = utcnow()
        for table in (ClinicStep, ClinicVersion, ClinicReader, ClinicView):
            db.session.execute(delete(table).where(table.idea_id == self.id))
        waits = step == "asked"
        db.session.execute(
            update(ClinicIdea.__table__)
            .where(ClinicIdea.id == self.id)
            .values(
                state=state, title=TITLE, listing_id=None,
                coach_id=self.ids["curator who took it"] if taken else None,
                asked_at=now if waits else None,
                due_at=now + timedelta(days=3) if waits else None,
            )
        )  # fmt: skip
        open_ = state in CLINIC_WRITABLE
        db.session.add_all(
            [
                ClinicReader(
                    idea_id=self.id, user_id=self.ids["mentor let in"], let_in_at=now,
                    ended_at=None if open_ else now,
                ),
                ClinicReader(
                    idea_id=self.id, user_id=self.ids["mentor shut out"], let_in_at=now,
                    ended_at=now,
                ),
                ClinicVersion(
                    idea_id=self.id, number=1, receipt_number=self.receipt,
                    text="" if state == "withdrawn" else SECRET,
                ),
                Audit(at=now, actor_role="system", action="test.setup"),
            ]
        )  # fmt: skip
        if state != "withdrawn":
            db.session.add(
                ClinicStep(
                    idea_id=self.id, step="problem", state=step, text=SECRET, advice=ADVICE_GIVEN,
                    asked_at=now if waits else None, checks=[], advised_at=now,
                    advised_by_id=self.ids["curator who took it"],
                )
            )  # fmt: skip
        db.session.commit()

    def standing(self):
        """Everything that may change, whoever looks."""
        db.session.rollback()
        tables = (ClinicIdea, ClinicStep, ClinicVersion, ClinicReader, ClinicView)
        return [
            db.session.execute(
                select(table.__table__).where(
                    (table.id if table is ClinicIdea else table.idea_id) == self.id
                )
            ).all()
            for table in tables
        ]

    def act(self, person, act):
        address, form, _who = ACTS[act]
        return self.clients[person].post(
            f"/clinic/{address.format(key=self.key)}",
            data={
                name: value.format(mentor=self.mentor, reader=self.reader)
                for name, value in form.items()
            },
        )


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    stage = Stage(tmp_path_factory.mktemp("matrix"))
    sealing.use([CONTENT_KEY])
    with stage.app.app_context():
        yield stage


def is_open(act, state, step, taken):
    """Whether the state tables have the act open."""
    writable = state in CLINIC_WRITABLE
    if act in CLINIC.steps:
        return state in CLINIC.steps[act].from_
    if act in ADVICE.steps:
        return writable and step in ADVICE.steps[act].from_
    if act == "take":
        return step == "asked" and not taken
    if act == "give_back":
        return taken
    if act in ("advise", "shut_out", "open"):
        return writable and (act != "advise" or step == "asked")
    return writable


def may(act, person, taken):
    return person in ACTS[act][2] and (person != "curator who took it" or taken or act == "take")


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("person", PEOPLE)
def test_an_act_is_done_by_whom_it_is_for_where_it_is_open(stage, person, act):
    for state, step, taken in STANDINGS:
        allowed_here = may(act, person, taken) and is_open(act, state, step, taken)
        if not allowed_here and state != "open" and person not in ACTS[act][2]:
            continue  # who may never do it is refused before the state is looked at
        stage.put(state, step, taken)
        before = stage.standing()
        answer = stage.act(person, act)
        what = (person, act, state, step, taken, answer.status_code)
        if allowed_here:
            assert answer.status_code == (200 if act == "open" else 302), what
            assert stage.standing() != before, what
            continue
        assert answer.status_code in {302, 401, 403, 404, 409}, what
        assert answer.status_code != 302 or "/sign-in" in answer.location, what
        assert stage.standing() == before, what
        if person != "founder":
            assert SECRET.encode() not in answer.data
            assert ADVICE_GIVEN.encode() not in answer.data


PAGES = ("ideas/{key}", "ideas/{key}/steps/problem", "ideas/{key}/profile",
         "ideas/{key}/versions/1.txt", "read/{key}")  # fmt: skip


@pytest.mark.parametrize("person", PEOPLE)
def test_no_page_shows_a_word_to_others_and_none_but_the_founder_reads_by_a_link(stage, person):
    for state, step, taken in STANDINGS:
        if person not in TIED and step not in ("asked", "good"):
            continue  # nobody to it: one step that waits, one that does not
        stage.put(state, step, taken)
        before = stage.standing()
        for page in PAGES:
            answer = stage.clients[person].get(f"/clinic/{page.format(key=stage.key)}")
            if person != "founder":
                assert SECRET.encode() not in answer.data, (person, page, state)
            knows = (
                person == "founder"
                or (person == "mentor let in" and state in CLINIC_WRITABLE)
                or (person in DESK and step == "asked")
                or (person == "curator who took it" and taken)
            )
            assert knows or TITLE.encode() not in answer.data, (person, page, state, step)
        assert stage.standing() == before  # a page that is only looked at writes nothing


@pytest.mark.parametrize("person", PEOPLE)
def test_the_lists_and_the_rule_agree(stage, person):
    user = db.session.get(User, stage.ids[person]) if person != "guest" else None
    actor = actor_of(user) if user else GUEST
    for standing in STANDINGS:
        stage.put(*standing)
        idea = clinic.by_key(db.session, stage.key)
        listed = db.session.scalars(clinic.visible_to(actor)).all()
        assert (idea in listed) == allowed("clinic.know", actor, idea), (person, standing)


@pytest.mark.parametrize("person", ["mentor let in", "curator who took it"])
def test_each_opening_is_on_record_before_a_word_is_shown(stage, person):
    stage.put("open", "asked", True)
    for times in (1, 2):
        assert SECRET.encode() in stage.act(person, "open").data
        views = stage.standing()[-1]
        assert [row.actor_id for row in views] == [stage.ids[person]] * times


@pytest.mark.parametrize("act", ["open", "advise"])
def test_who_is_shut_out_reads_no_more_from_that_moment(stage, act):
    stage.put("open", "asked", False)
    stage.act("founder", "shut_out")
    answer = stage.act("mentor let in", act)
    assert answer.status_code == 404
    assert SECRET.encode() not in answer.data
