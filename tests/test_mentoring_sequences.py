"""Whatever founders, mentors and the desk do, in whatever order: no time is two meetings', nobody
mentors more people or hours than they take, private notes stay private, and a certificate counts
each held meeting once."""

from datetime import timedelta
from itertools import pairwise

import hypothesis.strategies as st
from conftest import build
from factories import Make
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import func, select

from marketplace.domain.errors import DomainError
from marketplace.domain.mentoring import TAKES_PLACE
from marketplace.models import (
    MentoringCertificate,
    MentoringSession,
    Mentorship,
    MentorSlot,
    MentorWish,
    db,
    utcnow,
)
from marketplace.services import mentoring
from marketplace.services.accounts import actor_of
from marketplace.services.listings.numbers import LOCAL
from marketplace.services.mentoring import certificates, figures, meetings, reading, slots, steps

CAPACITY, HOURS = 2, 2
pick = st.integers(0, 5)
SECRET = "rieng qzxprivate"


class MentoringMachine(RuleBasedStateMachine):
    """Three founders, two mentors with two places and two hours a month each, one clock."""

    folder = None

    def __init__(self):
        super().__init__()
        self.app = build(self.folder())
        self.context = self.app.app_context()
        self.context.push()
        make = Make(db.session)
        self.founders = [make.user() for _n in range(3)]
        self.mentors = [make.user() for _n in range(2)]
        self.curator = make.user(role="curator")
        self.stranger = make.user()
        self.listings = [
            make.listing("mentor", owner=user, capacity=CAPACITY, hours_month=HOURS)
            for user in self.mentors
        ]
        # On the first of a month, so that hours of a month are not of two.
        self.now = (utcnow() + timedelta(days=32)).replace(day=1, hour=2, minute=0, second=0)
        self.people = [*self.founders, *self.mentors, self.curator, self.stranger]

    def teardown(self):
        db.session.remove()
        db.engine.dispose()
        self.context.pop()

    def did(self, act, *arguments, by, **options):
        """The result of a step, None where it was refused."""
        inner = db.session.begin_nested()
        try:
            done = act(
                db.session, *arguments, actor=actor_of(by), now=self.now, **options
            )  # fmt: skip
            inner.commit()
            return done or True
        except DomainError:
            inner.rollback()
            db.session.expire_all()
            return None

    def one(self, number):
        rows = db.session.scalars(select(Mentorship).order_by(Mentorship.id)).all()
        return rows[number % len(rows)] if rows else None

    @rule(who=st.integers(0, 2), first=st.integers(0, 1))
    def ask(self, who, first):
        wishes = [self.listings[first], self.listings[1 - first]]
        goal = "Dua hang vao sieu thi truoc Tet"
        self.did(mentoring.request, goal, ["Bao nhieu?"], wishes, by=self.founders[who])

    @rule(number=pick, step=st.sampled_from(("check", "accept", "decline", "pass_on", "cancel",
                                             "close", "again")))  # fmt: skip
    def move(self, number, step):
        row = self.one(number)
        if row is None:
            return
        mentor = row.mentor.owner_user if row.mentor else self.mentors[0]
        who = {"check": self.curator, "pass_on": self.curator, "accept": mentor,
               "decline": mentor}.get(step, row.asker)  # fmt: skip
        words = ("busy",) if step == "decline" else ()
        self.did(getattr(steps, step, None) or getattr(meetings, step), row, *words, by=who)

    @initialize(far=st.lists(st.integers(0, 5), min_size=3, max_size=3))
    def begin(self, far):
        """Each founder has asked, and some are well on their way."""
        for number, often in enumerate(far):
            self.ask(number, 0)
            self.go_on(number, often)

    @rule(number=pick, often=st.integers(1, 4))
    def go_on(self, number, often):
        """The steps that come next when all goes well, so that many get far."""
        for _time in range(often):
            row = self.one(number)
            if row is not None:
                self._go_on(row, number)

    def _go_on(self, row, number):
        mentor = row.mentor.owner_user if row.mentor else None
        if row.state == "requested":
            self.did(steps.check, row, by=self.curator)
        elif row.state == "offered":
            self.give(self.mentors.index(mentor), 2 + number, 9, 60)
            self.did(steps.accept, row, by=mentor)
        elif row.state == "accepted":
            self.choose(number, 0, False)
        elif row.state == "scheduled":
            self.now = max(self.now, row.sessions[-1].starts_at + timedelta(minutes=1))
            self.hold(number, 30)
        elif row.state == "noted":
            self.did(meetings.again, row, by=row.asker)

    @rule(which=st.integers(0, 1), day=st.integers(1, 9), hour=st.integers(8, 16),
          minutes=st.sampled_from((30, 60)))  # fmt: skip
    def give(self, which, day, hour, minutes):
        there = (self.now + timedelta(days=day)).astimezone(LOCAL)
        start = there.replace(hour=hour, minute=0, second=0, microsecond=0)
        offer = slots.Offer(
            start.date(), start.time(), start.replace(hour=hour + 2).time(), minutes, "online", "o"
        )
        self.did(slots.give, self.listings[which], offer, by=self.mentors[which])

    @rule(number=pick, which=pick, any_slot=st.booleans())
    def choose(self, number, which, any_slot):
        """A free time of the mentor's, or any time of anybody's, taken ones as well."""
        row = self.one(number)
        if row is None:
            return
        found = db.session.scalars(select(MentorSlot).order_by(MentorSlot.id)).all()
        if not any_slot and row.mentor is not None:
            found = slots.free(db.session, row.mentor, now=self.now)
        if found:
            self.did(meetings.choose, row, found[which % len(found)], by=row.asker)

    @rule(number=pick, founder=st.booleans())
    def other_time(self, number, founder):
        row = self.one(number)
        if row is not None and row.mentor is not None:
            self.did(meetings.other_slot, row, "ban", by=row.asker if founder else
                     row.mentor.owner_user)  # fmt: skip

    @rule(days=st.integers(1, 6))
    def time_passes(self, days):
        self.now += timedelta(days=days)

    @rule(number=pick, minutes=st.sampled_from((20, 30, 60, 90)))
    def hold(self, number, minutes):
        row = self.one(number)
        if row is None or row.mentor is None:
            return
        mentor = row.mentor.owner_user
        self.did(meetings.hold, row, minutes, by=mentor)
        self.did(meetings.note, row, "ghi", SECRET, [("viec", None)], by=mentor)

    @rule(number=pick, founder=st.booleans())
    def miss(self, number, founder):
        row = self.one(number)
        if row is not None and row.mentor is not None:
            self.did(meetings.miss, row, "mentor", by=row.asker if founder else
                     row.mentor.owner_user)  # fmt: skip

    @rule(which=st.integers(0, 1))
    def certify(self, which):
        year = self.now.astimezone(LOCAL).year
        row = self.did(certificates.make, year, by=self.mentors[which])
        if row:
            held = db.session.execute(
                select(func.sum(MentoringSession.minutes_held), func.count()).where(
                    MentoringSession.mentor_id == self.listings[which].id,
                    MentoringSession.state == "held",
                    *self.of_year(year),
                )
            ).one()
            assert (row.minutes, row.sessions) == tuple(held)

    def of_year(self, year):
        start, end = figures.period(year)
        return MentoringSession.starts_at >= start, MentoringSession.starts_at < end

    @invariant()
    def no_time_is_two_meetings(self):
        rows = db.session.scalars(
            select(MentoringSession).where(MentoringSession.state.in_(slots.TAKEN))
        ).all()
        assert len({row.slot_id for row in rows}) == len(rows)
        for mentor in self.listings:
            spans = sorted(
                (row.starts_at, row.starts_at + timedelta(minutes=row.minutes))
                for row in rows if row.mentor_id == mentor.id
            )  # fmt: skip
            assert all(a[1] <= b[0] for a, b in pairwise(spans))
        for founder in self.founders:
            spans = sorted(
                (row.starts_at, row.starts_at + timedelta(minutes=row.minutes))
                for row in rows
                if row.mentorship.asker_id == founder.id and row.state == "scheduled"
            )
            assert all(a[1] <= b[0] for a, b in pairwise(spans))

    @invariant()
    def nobody_mentors_more_than_they_take(self):
        for listing in self.listings:
            taken = db.session.scalar(
                select(func.count(Mentorship.id)).where(
                    Mentorship.mentor_id == listing.id, Mentorship.state.in_(TAKES_PLACE)
                )
            )
            assert taken <= CAPACITY
            months = {}
            for at, minutes in db.session.execute(
                select(MentoringSession.starts_at, MentoringSession.minutes).where(
                    MentoringSession.mentor_id == listing.id,
                    MentoringSession.state.in_(slots.TAKEN),
                )
            ):
                month = at.astimezone(LOCAL).strftime("%Y-%m")
                months[month] = months.get(month, 0) + minutes
            assert all(each <= HOURS * 60 for each in months.values())

    @invariant()
    def private_notes_are_the_mentors_who_wrote_them(self):
        for row in db.session.scalars(select(Mentorship)):
            for person in self.people:
                found = reading.meetings(db.session, actor_of(person), row)
                own = row.mentor is not None and row.mentor.owner_user_id == person.id
                for meeting in found:
                    mine = own and meeting.row.mentor_id == row.mentor_id
                    assert meeting.private in (("", SECRET) if mine else ("",))

    @invariant()
    def one_certificate_of_a_year_stands(self):
        standing = db.session.execute(
            select(MentoringCertificate.user_id, MentoringCertificate.year).where(
                MentoringCertificate.replaced_at.is_(None)
            )
        ).all()
        assert len(set(standing)) == len(standing)
        numbers = db.session.scalars(
            select(MentoringCertificate.ordinal + 10_000 * MentoringCertificate.year)
        ).all()
        assert len(set(numbers)) == len(numbers)

    @invariant()
    def one_mentor_at_a_time_is_asked(self):
        for row in db.session.scalars(select(Mentorship)):
            at_hand = db.session.scalars(
                select(MentorWish.mentor_id).where(
                    MentorWish.mentorship_id == row.id,
                    MentorWish.answer.in_(("asked", "accepted")),
                )
            ).all()
            assert len(at_hand) <= 1
            if row.state in TAKES_PLACE:
                assert at_hand == [row.mentor_id]


def test_no_sequence_breaks_a_promise_of_mentoring(tmp_path_factory):
    MentoringMachine.folder = staticmethod(lambda: tmp_path_factory.mktemp("mentoring"))
    MentoringMachine.TestCase.settings = settings(
        max_examples=12, stateful_step_count=30, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    MentoringMachine.TestCase().runTest()
