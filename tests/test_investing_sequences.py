"""No sequence of acts shows a card, a note or a reason to anybody outside the investor's people, an
invitation to who was not allowed to hear of it, or a deck without the yes of both.

The test keeps its own account of who said yes, and after every act everybody tries to read."""

from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp

from conftest import CONTENT_KEY, PROVINCE, build
from factories import Make
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import func, select

from marketplace.domain.errors import DomainError
from marketplace.domain.investing import PASS_REASONS, STAGES
from marketplace.domain.permissions import allowed
from marketplace.models import (
    AccessView,
    Audit,
    CoInvestment,
    DeckOffer,
    Listing,
    Mail,
    Membership,
    User,
    db,
    sealing,
    utcnow,
)
from marketplace.services import attachments, confidential
from marketplace.services.accounts import actor_of
from marketplace.services.investing import board, cards, deck, together

SECRET = "qzxnotes"
INSIDE = b"%PDF-1.4 goi von"
WHO = ("investor", "colleague", "other", "founder", "curator", "lead", "auditor", "sysadmin")
FUND = {"investor", "colleague"}


class Stage:
    """The people and listings, made once; each sequence is rolled back."""

    def __init__(self):
        self.folder = Path(mkdtemp(prefix="investing-"))
        self.app = build(self.folder)
        with self.app.app_context():
            make = Make(db.session)
            people = {name: make.user() for name in WHO[:4]}
            people |= {name: make.user(role=name) for name in WHO[4:]}
            fund = make.organisation(people["investor"], people["colleague"])
            other, startup = (
                make.organisation(people["other"]),
                make.organisation(people["founder"]),
            )
            self.listings = {
                "fund": make.listing("investor", owner=people["investor"], organisation=fund).id,
                "other": make.listing("investor", owner=people["other"], organisation=other).id,
                "startup": make.listing(
                    "startup", owner=people["founder"], organisation=startup
                ).id,
            }
            self.ids = {name: user.id for name, user in people.items()}
            self.text = confidential.nda.latest(PROVINCE.folder)


class Sequences(RuleBasedStateMachine):
    stage: Stage | None = None

    def __init__(self):
        super().__init__()
        if Sequences.stage is None:
            Sequences.stage = Stage()
        sealing.use([CONTENT_KEY])
        self.context = self.stage.app.app_context()
        self.context.push()
        self.now = utcnow()
        self.fund, self.other, self.startup = (
            db.session.get(Listing, self.stage.listings[name])
            for name in ("fund", "other", "startup")
        )
        self.asked_yes: set[str] = set()  # whose yes to reading the deck was given
        self.founder_yes: set[str] = set()  # for whom the founder said yes, and not no since
        self.actors, self.readings = {}, 0

    def teardown(self):
        db.session.rollback()
        db.session.remove()
        self.context.pop()

    def actor(self, name):
        if name not in self.actors:
            self.actors[name] = actor_of(db.session.get(User, self.stage.ids[name]))
        return self.actors[name]

    def act(self, by, action, subject, verb, *given, **over):
        """Take a step the way a page does: the rule first, then the verb."""
        actor = self.actor(by)
        if subject is None or not allowed(action, actor, subject):
            return None
        try:
            done = verb(db.session, *given, actor=actor, now=self.now, **over)
        except DomainError:
            return None
        db.session.flush()
        return done if done is not None else True

    def card(self):
        return cards.of_pair(db.session, self.fund, self.startup)

    # --- The board --------------------------------------------------------------------------------
    @rule(by=st.sampled_from(WHO))
    def follow(self, by):
        if by in FUND:
            self.act(by, "listing.follow", self.startup, cards.follow, self.startup, self.fund)

    @rule(
        by=st.sampled_from(WHO), stage=st.sampled_from(sorted(STAGES)),
        reason=st.sampled_from(sorted(PASS_REASONS)),
    )  # fmt: skip
    def move(self, by, stage, reason):
        card = self.card()
        done = self.act(by, "card.move", card, cards.move, card, stage, reason=reason,
                        until="2033-01-01")  # fmt: skip
        assert done is None or by in FUND

    @rule(by=st.sampled_from(WHO))
    def note(self, by):
        card = self.card()
        done = self.act(by, "card.note", card, cards.note, card, f"{SECRET} loi")
        self.act(by, "card.plan", card, cards.plan, card, f"{SECRET} viec", "2031-01-01")
        assert done is None or by in FUND

    @rule(by=st.sampled_from(WHO))
    def remove(self, by):
        card = self.card()
        if self.act(by, "card.remove", card, cards.remove, card):
            assert by in FUND

    # --- Looking together ---------------------------------------------------------------------
    @rule(by=st.sampled_from(("investor", "founder", "other", "curator")))
    def invite(self, by):
        card = self.card()
        self.act(by, "card.invite", card, together.invite, card, self.other)

    @rule(
        by=st.sampled_from(WHO),
        step=st.sampled_from(["consent", "refuse", "join", "decline", "withdraw", "leave"]),
    )
    def answer(self, by, step):
        row = db.session.scalar(select(CoInvestment).order_by(CoInvestment.id.desc()).limit(1))
        done = self.act(by, f"coinvest.{step}", row, together.advance, row, step)
        if done and step == "consent":
            assert by == "founder"

    # --- The deck ---------------------------------------------------------------------------------
    @rule()
    def put_deck(self):
        file = attachments.Checked("goi-von.pdf", "application/pdf", INSIDE)
        folder = self.stage.folder / "files"
        self.act("founder", "listing.keep_deck", self.startup, deck.put, self.startup, file,
                 folder=folder)  # fmt: skip

    @rule(by=st.sampled_from(sorted(FUND)))
    def everybody_agrees(self, by):
        """The usual way at once, or few sequences would come to an opened deck."""
        self.put_deck()
        self.offer_deck("founder")
        self.settle_offer(by, "take")
        self.sign(by, by)

    @rule()
    def take_deck_away(self):
        done = self.act("founder", "listing.keep_deck", self.startup, deck.take_away, self.startup)
        if done and done is not True:
            self.founder_yes.clear()
            self.asked_yes.clear()

    @rule(by=st.sampled_from(("founder", "investor", "curator")))
    def offer_deck(self, by):
        done = self.act(by, "listing.keep_deck", self.startup, deck.offer, self.startup, self.fund,
                        "20")  # fmt: skip
        assert done is None or by == "founder"

    @rule(by=st.sampled_from(WHO), step=st.sampled_from(["take", "take", "decline", "withdraw"]))
    def settle_offer(self, by, step):
        row = db.session.scalar(select(DeckOffer).order_by(DeckOffer.id.desc()).limit(1))
        if step != "take":
            self.act(by, f"deck.{step}", row, deck.move, row, step)
            return
        house = self.fund.organisation
        made = self.act(by, "deck.take", row, deck.take, row, organisation=house,
                        text=self.stage.text, province=PROVINCE)  # fmt: skip
        if made:
            assert by in FUND
            self.founder_yes.add(by)

    @rule(by=st.sampled_from(("investor", "colleague", "other")))
    def ask_for_deck(self, by):
        file = attachments.deck_of(db.session, self.startup)
        if file is None:
            return
        house = self.other.organisation if by == "other" else self.fund.organisation
        self.act(by, "listing.ask_access", self.startup, confidential.ask, self.startup, file.key,
                 "Xem de can nhac dau tu vao du an", organisation=house)  # fmt: skip

    @rule(
        by=st.sampled_from(("founder", "investor", "curator")),
        whose=st.sampled_from(("investor", "colleague", "other")),
        step=st.sampled_from(["approve", "approve", "revoke", "deny"]),
    )
    def founder_answers(self, by, whose, step):
        row = self.request_of(whose)
        over = {
            "approve": ("12", {"text": self.stage.text, "province": PROVINCE}),
            "revoke": ("", {}), "deny": ("chua", {}),
        }[step]  # fmt: skip
        done = self.act(by, f"access.{step}", row, getattr(confidential, step), row, over[0],
                        **over[1])  # fmt: skip
        if done:
            assert by == "founder"
            (self.founder_yes.add if step == "approve" else self.founder_yes.discard)(whose)
            if step != "approve":
                self.asked_yes.discard(whose)

    @rule(whose=st.sampled_from(("investor", "colleague", "other")),
          by=st.sampled_from(("investor", "colleague", "other", "founder")))  # fmt: skip
    def sign(self, whose, by):
        row = self.request_of(whose)
        shown = confidential.nda.digest(row.nda) if row is not None else ""
        done = self.act(by, "access.accept", row, confidential.accept, row, agreed=True,
                        name=self.actor(whose).name, shown=shown, address="192.0.2.1")  # fmt: skip
        if done:
            assert by == whose
            self.asked_yes.add(whose)

    def request_of(self, name):
        rows = deck.requests(db.session, self.startup)
        return next((row for row in rows if row.asker_id == self.stage.ids[name]), None)

    # --- What happens meanwhile -------------------------------------------------------------------
    @rule(days=st.sampled_from([1, 5, 40]))
    def time_passes(self, days):
        self.now += timedelta(days=days)

    @rule(back=st.booleans())
    def a_colleague_leaves(self, back):
        membership = db.session.scalar(
            select(Membership).where(Membership.user_id == self.stage.ids["colleague"])
        )
        membership.state = "active" if back else "ended"
        db.session.flush()
        db.session.expire_all()
        self.actors.clear()

    # --- What anybody can read ----------------------------------------------------------------
    @invariant()
    def only_the_fund_reads_cards(self):
        db.session.flush()
        for name in WHO:
            actor = self.actor(name)
            mine = list(db.session.scalars(board.visible_to(actor)))
            of_fund = name in FUND and self.fund.organisation_id in actor.organisations
            for card in mine:
                assert allowed("card.view", actor, card)
                assert (card.investor_id == self.fund.id) == of_fund
                assert of_fund or name == "other"
            card = self.card()
            if card is not None:
                assert allowed("card.view", actor, card) == of_fund, name

    @invariant()
    def an_invitation_is_known_once_the_founder_allowed_it(self):
        for row in db.session.scalars(select(CoInvestment)):
            hears = allowed("coinvest.view", self.actor("other"), row)
            assert hears == (row.state in {"invited", "declined", "together", "left"})
            for name in ("curator", "lead", "auditor", "sysadmin"):
                assert not allowed("coinvest.view", self.actor(name), row)
            first, second = together.sides(db.session, row, stages=True)
            if row.state != "together":
                assert (first.stage, second.stage) == ("", "")
            assert SECRET not in repr((first, second))

    @invariant()
    def only_who_both_said_yes_to_reads_the_deck(self):
        db.session.flush()
        for row in deck.requests(db.session, self.startup):
            for name in WHO:
                actor = self.actor(name)
                try:
                    confidential.handed_out(db.session, row, actor=actor, now=self.now)
                except DomainError:
                    continue
                self.readings += 1
                assert row.asker_id == self.stage.ids[name]
                assert name in self.asked_yes, name
                assert name in self.founder_yes, name
                assert attachments.deck_of(db.session, self.startup).id == row.attachment_id
        for name in WHO:
            assert allowed("listing.keep_deck", self.actor(name), self.startup) == (
                name == "founder"
            )

    @invariant()
    def the_founder_sees_every_opening(self):
        db.session.flush()
        assert len(deck.openings(db.session, self.startup)) == self.readings
        assert db.session.scalar(select(func.count(AccessView.id))) == self.readings

    @invariant()
    def neither_log_nor_mail_says_a_word(self):
        for mail in db.session.scalars(select(Mail)):
            assert SECRET not in mail.subject + mail.body
        for row in db.session.scalars(select(Audit).where(Audit.action.like("card.%"))):
            assert row.facts == {}
            assert self.startup.ref not in row.subject_id


TestSequences = Sequences.TestCase
TestSequences.settings = settings(
    max_examples=10, stateful_step_count=25, deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip


def test_the_usual_way_comes_to_an_opened_deck_and_a_shared_look():
    """The machine above is not blind: its acts lead where they should."""
    machine = Sequences()
    try:
        machine.follow("investor")
        machine.note("colleague")
        machine.invite("investor")
        machine.answer("founder", "consent")
        machine.answer("other", "join")
        machine.put_deck()
        machine.offer_deck("founder")
        machine.settle_offer("investor", "take")
        machine.sign("investor", "investor")
        machine.only_who_both_said_yes_to_reads_the_deck()
        machine.the_founder_sees_every_opening()
        assert machine.readings == 1
        row = db.session.scalar(select(CoInvestment))
        sides = together.sides(db.session, row, stages=True)
        assert [side.stage for side in sides] == ["seen", "seen"]
        machine.founder_answers("founder", "investor", "revoke")
        machine.only_who_both_said_yes_to_reads_the_deck()
        assert machine.readings == 1
    finally:
        machine.teardown()
