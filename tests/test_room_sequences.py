"""Whatever the people of a room do, in whatever order: no offer is lost or changed, and nobody
else reads a word or a file."""

from itertools import count

import hypothesis.strategies as st
from conftest import build
from deal_parties import cast_of
from factories import Make
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import select

from marketplace.domain.errors import DomainError
from marketplace.models import RoomMessage, db, utcnow
from marketplace.services import room
from marketplace.services.deals import resting
from marketplace.services.room import messages, offers

PEOPLE = ("party a", "party b", "member", "curator", "interested", "auditor", "guest")
person = st.sampled_from(PEOPLE)
party = st.sampled_from(("party a", "party b"))


class RoomMachine(RuleBasedStateMachine):
    """One room; a number for every word said, so that each can be told from all others."""

    folder = None

    def __init__(self):
        super().__init__()
        self.app = build(self.folder())
        self.context = self.app.app_context()
        self.context.push()
        self.cast = cast_of(Make(db.session))
        self.numbers, self.offered, self.said, self.called = count(1), {}, set(), ""

    def teardown(self):
        db.session.remove()
        db.engine.dispose()
        self.context.pop()

    def did(self, act, *arguments, who, **options):
        """The result of a step, None where it was refused."""
        inner = db.session.begin_nested()
        try:
            done = act(db.session, *arguments, actor=self.cast.actor(who), now=utcnow(), **options)
            inner.commit()
            return done or True
        except DomainError:
            inner.rollback()
            db.session.expire_all()
            return None

    @rule(who=person)
    def say(self, who):
        text = f"loi {next(self.numbers)}"
        if self.did(messages.post, self.cast.match, text, who=who):
            self.said.add(text)

    @rule(who=person)
    def offer(self, who):
        number = next(self.numbers)
        row = self.did(offers.make, self.cast.match, offers.Terms(number, ""), who=who)
        if row:
            self.offered[row.id] = number

    @precondition(lambda self: self.offered)
    @rule(who=person, step=st.sampled_from(("accept", "refuse", "counter", "withdraw")),
          pick=st.integers(0, 20))  # fmt: skip
    def answer(self, who, step, pick):
        old = db.session.get(RoomMessage, sorted(self.offered)[pick % len(self.offered)])
        number, was = next(self.numbers), old.state
        row = self.did(offers.answer, old, step, who=who, terms=offers.Terms(number, ""))
        if row:
            assert was == "open"
            if step == "counter":
                self.offered[row.id] = number

    @rule(who=party)
    def call(self, who):
        if self.did(resting.call_in, self.cast.match, who=who):
            self.called = who

    @rule(who=party)
    def send_off(self, who):
        if self.did(resting.send_off, self.cast.match, who=who):
            assert who == self.called
            self.called = ""

    @rule(who=party, on=st.booleans())
    def rest(self, who, on):
        if on:
            self.did(resting.pause, self.cast.match, "busy", who=who)
        else:
            self.did(resting.resume, self.cast.match, who=who)

    @invariant()
    def every_offer_is_kept_as_it_was_made(self):
        rows = db.session.scalars(select(RoomMessage).where(RoomMessage.state != "")).all()
        assert {row.id: row.said["amount"] for row in rows} == self.offered
        assert sum(row.state == "open" for row in rows) <= 1

    @invariant()
    def only_the_sides_and_whom_they_called_read(self):
        readers = {"party a", "party b"} | ({"curator"} if self.called else set())
        for name in PEOPLE:
            found = room.of(db.session, self.cast.actor(name), self.cast.match).messages
            texts = {row.text for row in found if not row.is_offer}
            assert texts == (self.said if name in readers else set())
            assert bool(found) <= (name in readers)


def test_no_sequence_loses_an_offer_or_shows_a_word_to_others(tmp_path_factory):
    RoomMachine.folder = staticmethod(lambda: tmp_path_factory.mktemp("room"))
    RoomMachine.TestCase.settings = settings(
        max_examples=12, stateful_step_count=20, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    RoomMachine.TestCase().runTest()
