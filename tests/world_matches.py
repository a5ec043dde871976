"""The matches of world.py: one in each state, of each pair type, asked from either side."""

from canaries import new_word

from marketplace.domain.actor import Actor
from marketplace.domain.permissions import curator, known_to_party
from marketplace.domain.vocabulary import PAIR_TYPES
from marketplace.domain.workflow import MATCH, MATCH_RELEASED
from marketplace.models import Match, MatchEvent, db, utcnow
from marketplace.services.matches import clients, parties


class Matches:
    def _matches(self):
        """One match in each state, the rest as the engine suggests them."""
        whose = {name: self.users[name].id for name in ("owner", "owner of the other listing")}
        published = [each for each in self.listings if each.state == "published"]

        def of(kind, person):
            return next(
                each for each in published
                if each.kind == kind and each.owner_user_id == whose[person]
            )  # fmt: skip

        self.matches: list[Match] = []
        places = [
            (pair_type, of(a, first), of(b, second))
            for first, second in (tuple(whose), tuple(reversed(whose)))
            for pair_type, (a, b, _name) in PAIR_TYPES.items()
        ]
        # As many pairs as there are states, and one more.
        theirs = {
            "owner": self.users["owner of the other listing"],
            "organisation": self.organisations["theirs"],
        }
        for kind in ("offer", "expert"):
            places.append((f"need-{kind}", of("need", "owner"), self._listing(kind, **theirs)))
        known = {
            "suggested": (False, False), "kept": (False, False), "later": (False, False),
            "dismissed": (False, False), "failed": (False, False),
            "proposed_to_first": (True, False), "first_accepted": (True, False),
            "lapsed": (True, False),
        }  # fmt: skip
        # Whatever pairs are left over are asked of both sides: every rule is shown to somebody.
        left = ["proposed_to_second"] * (len(places) - len(MATCH.states))
        states = [*MATCH.states, *left]
        for number, (state, (pair_type, a, b)) in enumerate(zip(states, places, strict=True)):
            first, second = known.get(state, (True, True))
            match = self.make.match(
                a, b, pair_type=pair_type, state=state, b_first=number % 2 == 1,
                known_to_first=first, known_to_second=second, asked_at=utcnow(),
                introduced_at=utcnow() if state in MATCH_RELEASED else None,
                curator_id=self.users["curator"].id, due_at=utcnow(),
                reason="price" if state in ("dismissed", "declined", "failed") else "",
            )  # fmt: skip
            self._written(match)
        self._with_clients()
        self._audit()

    def _written(self, match):
        """Keep the match, with a line of its history for the desk and one for both sides."""
        self.matches.append(match)
        for step, private in (("note", True), ("assign", True), ("accept_first", False)):
            word = new_word()
            db.session.add(
                MatchEvent(
                    match_id=match.id, at=utcnow(), step=step, state=match.state, private=private,
                    note=f"Loi {word}", actor_id=self.users["curator"].id,
                )
            )  # fmt: skip
            whose = "private" if private else "shared"
            self._add(
                word, f"{whose} line of a match in {match.state}", self._reads_line(match, private)
            )

    # What a client without an account is told of: (side, state).
    TOLD = (
        ("first", "proposed_to_first"), ("second", "proposed_to_second"), ("second", "introduced"),
        ("first", "first_accepted"), ("first", "declined"),
    )  # fmt: skip

    def _with_clients(self):
        """A need that staff typed for a client, matched with others' listings, and the link the
        client holds to each of these matches."""
        typist, name = self.users["curator who typed it"], new_word()
        partners = [
            each for each in self.listings
            if each.kind in ("offer", "expert") and each.state == "published"
        ]  # fmt: skip
        need = self._listing("need", entered_by_id=typist.id, client_name=f"Ong {name}")
        self._add(name, "name of a client of a match", lambda a: curator(a, None), listing=need)
        self.holders: dict[str, Actor] = {}  # token -> whoever came by it
        for number, (side, state) in enumerate(self.TOLD):
            match = self.make.match(
                need, partners[number], state=state, b_first=side == "second", known_to_first=True,
                known_to_second=side == "second", asked_at=utcnow(), due_at=utcnow(),
                introduced_at=utcnow() if state in MATCH_RELEASED else None,
                curator_id=self.users["curator"].id, reason="price" if state == "declined" else "",
            )  # fmt: skip
            self._written(match)
            token = parties.link(
                db.session, match, need, actor=self._actor("curator"), now=utcnow(),
                channel="paper",
            )  # fmt: skip
            self.holders[token] = clients.Side(match, side).actor
        self.tokens[parties.PURPOSE] = list(self.holders)

    def _reads_line(self, match, private):
        def readers(actor):
            return curator(actor, match) or (not private and known_to_party(actor, match))

        return readers
