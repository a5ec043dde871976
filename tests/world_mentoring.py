"""The mentoring of world.py: requests of the owner of the other listing to the owner's mentor
listing, in the states whose pages differ, with a canary in every word; a certificate."""

from datetime import timedelta

from canaries import new_word

from marketplace.domain.mentoring import TAKES_PLACE
from marketplace.domain.permissions import curator
from marketplace.models import (
    MentoringCertificate,
    MentoringEvent,
    MentoringItem,
    MentoringSession,
    Mentorship,
    MentorSlot,
    MentorWish,
    new_key,
    utcnow,
)
from marketplace.services.listings.numbers import LOCAL
from marketplace.services.mentoring.certificates import seal_of

STATES = (
    "requested", "pending_manual", "offered", "accepted", "scheduled", "held", "no_show", "noted",
    "refused",
)  # fmt: skip
_MEETINGS = {"scheduled": "scheduled", "held": "held", "no_show": "no_show", "noted": "held"}


class Mentoring:
    def _mentoring(self):
        asker, owner = self.users["owner of the other listing"], self.users["owner"]
        self.mentoring_pair = (asker.id, owner.id)
        mentor = next(
            each for each in self.listings
            if each.kind == "mentor" and each.owner_user_id == owner.id
            and each.state == "published"
        )  # fmt: skip
        for what in ("mentorship", "mentor slot", "mentoring meeting", "mentoring certificate"):
            self.tokens[what] = []
        for number, state in enumerate(STATES, start=1):
            self._mentorship(state, mentor, number)
        self._slot(mentor, 40)
        self._mentoring_certificate()
        self._audit()

    def knows_as_mentor(self, user_id, actor) -> bool:
        """A mentor knows the name of who asks."""
        return (user_id, actor.id) == self.mentoring_pair

    def _mentorship(self, state, mentor, number):
        asker, owner = self.users["owner of the other listing"], self.users["owner"]
        desk, now = self.users["curator"], utcnow()
        words = {name: new_word() for name in ("goal", "question", "times")}
        taken = state in TAKES_PLACE
        row = Mentorship(
            asker=asker, organisation=self.organisations["theirs"], state=state,
            mentor=mentor if taken else None, reason="too_vague" if state == "refused" else "",
            said={"goal": f"De {words['goal']}", "questions": [f"Hoi {words['question']}"],
                  "times": f"Toi {words['times']}"},
            requested_at=now, changed_at=now, due_at=now - timedelta(days=1), reminded_at=now,
        )  # fmt: skip
        row.wishes.append(
            MentorWish(
                rank=1, mentor=mentor, answer="accepted" if taken else "",
                reason="busy" if state == "pending_manual" else "",
            )
        )  # fmt: skip
        self._save(row)
        self.tokens["mentorship"].append(row.key)
        # Of those who know of it: who asks, who mentors, and the desk; and of those inside.
        two = {asker.id, *([owner.id] if taken else [])}
        inside = lambda actor: actor.id in two  # noqa: E731
        known = lambda actor: inside(actor) or curator(actor, None)  # noqa: E731
        for name in ("goal", "question"):
            self._add(words[name], f"{name} of a mentorship in {state}", known)
        self._add(words["times"], f"times of a mentorship in {state}", inside)
        note, refusal = new_word(), new_word()
        for step, text, who, of in (
            ("request", "", asker, None), ("other_slot", note, asker, row.mentor),
            ("refuse", refusal, desk, None),
        ):  # fmt: skip
            self._save(
                MentoringEvent(
                    mentorship_id=row.id, at=now, step=step, state=state, actor_id=who.id,
                    mentor=of, note=text,
                )
            )  # fmt: skip
        self._add(note, f"a message in {state}", inside)
        self._add(refusal, f"why refused in {state}", lambda a: a.id == asker.id or curator(a, 0))
        if state in _MEETINGS:
            self._meeting(row, _MEETINGS[state], number, inside, owner.id)

    def _slot(self, mentor, days, word=""):
        word = word or new_word()
        slot = MentorSlot(
            mentor=mentor, minutes=60, mode="online", said={"where": f"https://hop/{word}"},
            starts_at=utcnow().replace(microsecond=0) + timedelta(days=days),
        )  # fmt: skip
        self._save(slot)
        self.tokens["mentor slot"].append(slot.key)
        owner_id = mentor.owner_user_id
        if word not in self.canaries:
            self._add(word, "place of a free slot", lambda actor: actor.id == owner_id)
        return slot

    def _meeting(self, row, state, number, inside, mentor_id):
        names = ("brief", "notes", "private", "words_founder", "words_mentor", "where")
        words = {name: new_word() for name in names}
        readers = {
            "private": lambda actor: actor.id == mentor_id,
            "words_founder": lambda actor: curator(actor, None),
            "words_mentor": lambda actor: curator(actor, None),
        }
        for name, word in words.items():
            self._add(word, f"{name} of a meeting {state}", readers.get(name, inside))
        slot = self._slot(row.mentor, number if state == "scheduled" else -number, words["where"])
        meeting = MentoringSession(
            mentorship=row, mentor=row.mentor, slot=slot, state=state, starts_at=slot.starts_at,
            minutes=60, mode="online", said={name: f"Noi {word}" for name, word in words.items()},
            minutes_held=60 if state == "held" else None,
            absent="mentor" if state == "no_show" else "", rating_founder=4, rating_mentor=5,
            changed_at=utcnow(), reminded_at=utcnow(),
        )  # fmt: skip
        item = new_word()
        self._add(item, f"an item of a meeting {state}", inside)
        self._save(meeting)
        self._save(MentoringItem(session=meeting, said={"text": f"Lam {item}"}))
        self.tokens["mentoring meeting"].append(meeting.key)

    def _mentoring_certificate(self):
        """Its name is public: who asked for it wanted it to be confirmed."""
        now, name = utcnow(), new_word()
        self._add(name, "name on a certificate", lambda actor: True)
        today = now.astimezone(LOCAL).date()
        row = MentoringCertificate(
            key=new_key(), user_id=self.users["owner"].id, name=f"Ong {name}", year=today.year,
            ordinal=1, first_on=today - timedelta(days=20), last_on=today, minutes=60, sessions=1,
            made_at=now,
        )  # fmt: skip
        row.seal = seal_of(row)
        self._save(row)
        self.tokens["mentoring certificate"].append(row.key)
