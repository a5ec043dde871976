"""The idea clinic of world.py: one idea in each standing, a canary in every word of it."""

from datetime import timedelta

from canaries import new_word

from marketplace.domain.clinic import STEPS
from marketplace.models import (
    ClinicIdea,
    ClinicReader,
    ClinicStep,
    ClinicVersion,
    ClinicView,
    db,
    utcnow,
)
from marketplace.services.clinic import chain
from marketplace.services.listings.numbers import LOCAL

# state, whether advice is waited for, whether a curator took it
STANDINGS = (
    ("open", False, False), ("open", True, False), ("open", True, True), ("closed", False, False),
)  # fmt: skip


class Clinic:
    def _clinic(self):
        founder, coach, mentor = (
            self.users[name].id for name in ("owner", "curator", "granted reader")
        )
        # Who reads an idea knows whose it is, and the founder who reads.
        self.known_by_ideas = {(coach, founder), (mentor, founder), (founder, mentor)}
        self.tokens["idea"] = [self._idea(*standing).key for standing in STANDINGS]
        self.tokens["receipt"] = ["1", "9999"]
        self.tokens["day"] = [utcnow().astimezone(LOCAL).date().isoformat(), "2000-01-01", "x"]
        self._audit()

    def _idea(self, state, waits, taken):
        now, founder = utcnow(), self.users["owner"]
        coach, mentor = self.users["curator"], self.users["granted reader"]
        title = new_word()
        idea = ClinicIdea(
            founder=founder, title=f"Y {title}", state=state, created_at=now, changed_at=now,
            coach=coach if taken else None, asked_at=now if waits else None,
            due_at=now + timedelta(days=3) if waits else None,
        )  # fmt: skip
        self._save(idea)
        founder_id, coach_id, mentor_id = founder.id, coach.id, mentor.id
        readers = {founder_id} | ({coach_id} if taken else set())
        if state == "open":
            self._save(ClinicReader(idea=idea, user_id=mentor_id, let_in_at=now))
            readers |= {mentor_id}

        def knows(actor):
            return actor.id in readers or (waits and actor.is_curator)

        self._add(title, f"working title of an idea {state}", knows)
        for step, waiting in zip(STEPS, ("asked" if waits else "writing", "good", "more"),
                                 strict=False):  # fmt: skip
            text, advice = new_word(), new_word()
            self._save(
                ClinicStep(
                    idea=idea, step=step, state=waiting, text=f"Viet {text}",
                    asked_at=now if waiting == "asked" else None, advice=f"Khuyen {advice}",
                    advised_at=now, advised_by_id=coach_id,
                )
            )  # fmt: skip
            for word, what in ((text, "step of an idea"), (advice, "advice on an idea")):
                self._add(word, f"{what} {state}", lambda actor: actor.id in readers)
        stamped = new_word()
        receipt = chain.stamp(db.session, f"{stamped}\n", now=now)
        self._add(stamped, "stamped text of an idea", lambda actor: actor.id == founder_id)
        self._save(
            ClinicVersion(
                idea_id=idea.id, number=1, receipt_number=receipt.number, text=f"{stamped}\n"
            )
        )
        self._save(ClinicView(idea_id=idea.id, actor_id=coach_id, at=now))
        return idea
