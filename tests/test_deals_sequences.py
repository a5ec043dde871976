"""No sequence of acts verifies a deal one-sidedly, counts a value twice, or shows it to somebody
who is no party, was not called in and has no document to check.

The test keeps its own account of who said yes to which words, from what succeeded."""

from datetime import date
from pathlib import Path
from tempfile import mkdtemp

from conftest import CONTENT_KEY, build
from deal_parties import HOME, KNOWN, PDF, cast_of, claim, terms
from factories import Make
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from marketplace.domain.errors import DomainError
from marketplace.domain.permissions import allowed
from marketplace.domain.workflow import MATCH_VERIFIED
from marketplace.models import Match, User, db, sealing, utcnow
from marketplace.services import deals, matches
from marketplace.services.accounts import actor_of
from marketplace.services.deals import agreements, follow_ups, milestones, proofs, resting

PARTIES = {"party a": "a", "party b": "b"}
IMPARTIAL = ("curator", "second curator", "typist", "lead")
BEFORE = {"value": 100, "year": 2026}  # the contract of the other match
# The right people and the deeds that matter often enough for something to happen.
WHO = st.sampled_from(
    [*PARTIES, *PARTIES, *PARTIES, *PARTIES, *IMPARTIAL, "interested", "leader", "member",
     "auditor", "sysadmin"]
)  # fmt: skip
ANSWERS = ("confirm", "verify", "attach", "correct", "withdraw", "dispute")
DEEDS = ("claim", *ANSWERS, "call in", "send off", "note", "answer", "pause", "resume", "effect",
         "end")  # fmt: skip
# state -> what is mostly tried in it, so that sequences come far.
LIKELY = {"agreement_claimed": ANSWERS, "agreement_verified": DEEDS}


class Stage:
    """The people and two matches of theirs, one of them verified; made once, and each sequence is
    rolled back."""

    def __init__(self):
        self.folder = Path(mkdtemp(prefix="sequences-"))
        self.app = build(self.folder)
        with self.app.app_context():
            make = Make(db.session)
            cast = cast_of(make)
            self.user_ids = {name: user.id for name, user in cast.users.items()}
            a, b = (
                make.listing(kind, organisation=each.organisation, owner=each.owner_user)
                for kind, each in zip(("need", "offer"), cast.listings, strict=True)
            )
            again = make.match(
                a, b, state="introduced", known_to_first=True, known_to_second=True,
                introduced_at=utcnow(),
            )  # fmt: skip
            self.match_id, cast.match = cast.match.id, again
            claim(db.session, cast, value=BEFORE["value"], signed_on=date(BEFORE["year"], 2, 3))
            agreements.confirm(db.session, again, 1, actor=cast.actor("party b"), now=utcnow())
            db.session.commit()


class Sequences(RuleBasedStateMachine):
    stage: Stage | None = None

    def __init__(self):
        super().__init__()
        if Sequences.stage is None:
            Sequences.stage = Stage()
        sealing.use([CONTENT_KEY])
        self.context = self.stage.app.app_context()
        self.context.push()
        self.match = db.session.get(Match, self.stage.match_id)
        self.actors = {
            name: actor_of(db.session.get(User, each)) for name, each in self.stage.user_ids.items()
        }
        # What is claimed now and by whom, who said yes to it, who handed in documents of it, and
        # what was verified.
        self.claimed, self.verified, self.by = {}, {}, ""
        self.yes, self.papers, self.called = set(), [], False

    def teardown(self):
        db.session.rollback()
        db.session.remove()
        self.context.pop()

    def tried(self, deed) -> bool:
        """Whether it happened. A refusal changes nothing, as a page's transaction would not."""
        inner = db.session.begin_nested()
        try:
            deed()
            db.session.flush()
        except DomainError:
            inner.rollback()
            return False
        inner.commit()
        return True

    def common(self, who):
        return {"actor": self.actors[who], "now": utcnow()}

    @rule(
        what=st.sampled_from(DEEDS), who=WHO,
        value=st.sampled_from([100, 200]), year=st.sampled_from([2025, 2026]),
        late=st.sampled_from([0, 0, 0, 1]), right=st.sampled_from([True, True, False]),
    )  # fmt: skip
    def somebody_tries(self, what, who, value, year, late, right):
        """One rule for all: no deed is left out of a sequence. Mostly by who could do it, or too
        little would happen."""
        if right:
            likely = LIKELY.get(self.match.state, ("claim",))
            what = likely[DEEDS.index(what) % len(likely)]
            who = self._right(what, who)
        if what in ("claim", "correct"):
            self._say(getattr(agreements, what), who, value, year)
        elif what == "confirm":
            self._confirm(who, late)
        elif what == "verify":
            self._verify(who)
        elif what == "attach":
            self._attach(who)
        elif what in ("withdraw", "dispute"):
            self._undo(who, what == "withdraw")
        elif what in ("call in", "send off"):
            self._call(who, what == "call in")
        else:
            self._otherwise(who, what)

    def _right(self, what, who):
        theirs = {"party a": "party b", "party b": "party a"}.get(self.by, who)
        return {
            "confirm": theirs, "dispute": theirs, "withdraw": self.by or who,
            "correct": self.by or who, "verify": "lead",
        }.get(what, "party a" if len(who) % 2 else "party b")  # fmt: skip

    def _say(self, send, who, value, year):
        said = terms(value=value, signed_on=date(year, 2, 3))
        if self.tried(
            lambda: send(db.session, self.match, said, home=HOME, known=KNOWN, **self.common(who))
        ):
            assert who in PARTIES
            self.claimed = {"value": value, "year": year}
            self.by = who
            self.yes = {PARTIES[who]}
            if send is agreements.claim:
                self.papers = []

    def _confirm(self, who, late):
        match = self.match
        agreement = match.deal.agreement
        version = (agreement.version if agreement else 1) - late
        if self.tried(lambda: agreements.confirm(db.session, match, version, **self.common(who))):
            assert not late
            self.yes.add(PARTIES[who])
            assert self.yes == {"a", "b"}
            self.verified = dict(self.claimed)

    def _verify(self, who):
        match = self.match
        version = match.deal.agreement.version if match.deal.agreement else 1
        if self.tried(lambda: agreements.verify(db.session, match, version, **self.common(who))):
            assert who in IMPARTIAL
            assert self.papers
            assert who not in self.papers
            self.verified = dict(self.claimed)

    def _attach(self, who):
        match = self.match
        if self.tried(
            lambda: proofs.add(
                db.session, match, PDF, folder=self.stage.folder / "proofs", **self.common(who)
            )
        ):
            self.papers.append(who)

    def _undo(self, who, take_back):
        match = self.match
        if take_back:
            done = self.tried(
                lambda: agreements.withdraw(db.session, match, **self.common(who))
            )  # fmt: skip
        else:
            done = self.tried(
                lambda: agreements.dispute(db.session, match, "wrong_value", **self.common(who))
            )
        if done:
            assert (who == self.by) == take_back
            self.claimed, self.yes, self.papers = {}, set(), []

    def _otherwise(self, who, what):
        """What else happens in a deal changes nothing of what was said above."""
        match, common = self.match, self.common(who)
        row = match.deal.milestones[0] if match.deal.milestones else None
        effect = follow_ups.Effect(1, 2, "tot")
        deeds = {
            "note": lambda: milestones.note(
                db.session, match, "meeting", date(2026, 1, 2), **common
            ),
            "answer": lambda: row and milestones.confirm(db.session, row, **common),
            "pause": lambda: resting.pause(db.session, match, "busy", **common),
            "resume": lambda: resting.resume(db.session, match, **common),
            "effect": lambda: follow_ups.answer(db.session, match, 6, effect, **common),
            # As a curator stops it; the page asks the rule that tests/test_permissions.py holds.
            "end": lambda: who == "lead" and matches.advance(
                db.session, match, "fail", reason="price", **common
            ),
        }  # fmt: skip
        self.tried(deeds[what])

    def _call(self, who, come):
        act = resting.call_in if come else resting.send_off
        if self.tried(lambda: act(db.session, self.match, **self.common(who))):
            assert who in PARTIES
            self.called = come

    @invariant()
    def nothing_is_verified_by_one_side(self):
        held = self.match.state in MATCH_VERIFIED
        assert held == bool(self.verified)
        if held:
            agreement = self.match.deal.agreement
            assert agreement.value == self.verified["value"]
            if agreement.verified_how == "both":
                assert self.yes == {"a", "b"}
                assert agreement.confirmed_a_by_id != agreement.confirmed_b_by_id

    @invariant()
    def a_contract_counts_once_and_in_its_year(self):
        """The other match of the same parties holds a contract with the same number."""
        said = [BEFORE, *([self.verified] if self.verified else [])]
        assert self.verified != BEFORE
        assert deals.figures.transactions(db.session) == len(said)
        years = {year.year: year for year in deals.figures.by_year(db.session)}
        assert sorted(years) == sorted({each["year"] for each in said})
        assert all(year.value is None for year in years.values())  # fewer than three

    @invariant()
    def a_value_is_for_the_parties_and_whom_they_let_in(self):
        checking = self.match.state == "agreement_claimed" and bool(self.papers)
        for name, actor in self.actors.items():
            may = name in PARTIES or (name in IMPARTIAL and (self.called or checking))
            assert allowed("deal.read_terms", actor, self.match) == may, name


Sequences.TestCase.settings = settings(
    max_examples=30,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestSequences = Sequences.TestCase
