"""The people of the mentoring tests, and ways to bring a request to where a test begins."""

from datetime import timedelta

from marketplace.models import db, utcnow
from marketplace.services import mentoring
from marketplace.services.accounts import actor_of
from marketplace.services.mentoring import meetings, slots, steps

GOAL = "Dua tra oi vao ba chuoi sieu thi truoc Tet, qzxgoal"
QUESTION = "Gia si bao nhieu la vua, qzxquestion"
WHERE = "https://hop.example/qzxwhere"


class Cast:
    steps = steps

    def __init__(self, make, mentors=3):
        self.make = make
        self.founder = make.user(name="Phạm Khánh Vy")
        self.company = make.organisation(self.founder)
        self.idea = make.listing("startup", owner=self.founder, organisation=self.company)
        self.curator = make.user(role="curator")
        self.lead = make.user(role="lead")
        self.mentors = [make.user(name=f"Cố vấn {n}") for n in range(mentors)]
        self.listings = [
            make.listing("mentor", owner=user, title_vi=f"Nguoi day nghe {n}", hours_month=6)
            for n, user in enumerate(self.mentors)
        ]

    def actor(self, user):
        return actor_of(user)

    def ask(self, *wishes, now=None, **over):
        actor = actor_of(over.pop("by", self.founder))
        row = mentoring.request(
            db.session, GOAL, [QUESTION], list(wishes), actor=actor, now=now or utcnow(), **over
        )
        db.session.commit()
        return row

    def slot(self, listing, days=3, minutes=60, hours=1, now=None):
        now = now or utcnow()
        at = (
            (now + timedelta(days=days))
            .astimezone(slots.LOCAL)
            .replace(hour=9, minute=0, second=0, microsecond=0)
        )
        offer = slots.Offer(
            at.date(), at.time(), at.replace(hour=9 + hours).time(), minutes, "online", WHERE
        )
        rows = slots.give(
            db.session, listing, offer, actor=actor_of(listing.owner_user), now=now
        )  # fmt: skip
        db.session.commit()
        return rows

    def do(self, verb, row, *arguments, by, now=None):
        done = verb(db.session, row, *arguments, actor=actor_of(by), now=now or utcnow())
        db.session.commit()
        return done

    def accepted(self, listing=None, days=3):
        listing = listing or self.listings[0]
        row = self.ask(listing)
        self.slot(listing, days=days)
        self.do(steps.check, row, by=self.curator)
        self.do(steps.accept, row, by=listing.owner_user)
        return row

    def scheduled(self, listing=None, days=3):
        row = self.accepted(listing, days)
        slot = slots.free(db.session, row.mentor, now=utcnow())[0]
        meeting = self.do(meetings.choose, row, slot, by=self.founder)
        return row, meeting

    def held(self, listing=None, minutes=45, days=3):
        row, meeting = self.scheduled(listing, days)
        later = meeting.starts_at + timedelta(hours=2)
        self.do(meetings.hold, row, minutes, by=row.mentor.owner_user, now=later)
        return row, meeting, later
