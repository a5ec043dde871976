"""Every stage of a card, every state of an invitation and of an offered deck, every person, every
step: what is not allowed changes nothing and shows nothing, and check and query agree."""

from datetime import date, timedelta

import pytest
from conftest import CONTENT_KEY, browser_of, build, token_of
from factories import Make
from sqlalchemy import delete, func, select

from marketplace.domain.actor import GUEST
from marketplace.domain.investing import STAGES
from marketplace.domain.permissions import allowed
from marketplace.domain.workflow import COINVEST, COINVEST_STANDING, COINVEST_TOLD, DECK
from marketplace.models import (
    AccessRequest,
    Attachment,
    Audit,
    CardNote,
    CoInvestment,
    DeckOffer,
    InvestorCard,
    User,
    db,
    sealing,
    utcnow,
)
from marketplace.services.accounts import actor_of
from marketplace.services.investing import board

NOTE, NEXT = "ghi chu rieng qzxaaaaa", "viec rieng qzxaaaab"
FUND, OTHER, FOUNDER = {"investor", "colleague"}, {"co-investor"}, {"founder", "co-founder"}
PEOPLE = [
    "guest", "investor", "colleague", "unverified colleague", "former colleague", "co-investor",
    "founder", "co-founder", "member", "curator of the fund", "curator", "lead", "leader",
    "officer", "auditor", "sysadmin",
]  # fmt: skip


class Stage:
    """One card, one invitation and one offer, put into any state; a browser for each person."""

    def __init__(self, folder):
        self.app = build(folder)
        with self.app.app_context():
            make = Make(db.session)
            people = {name: make.user() for name in PEOPLE[1:9] if "unverified" not in name}
            people["unverified colleague"] = make.user(verified_at=None)
            people["curator of the fund"] = make.user(role="curator")
            people |= {
                name: make.user(role=name)
                for name in ("curator", "lead", "leader", "officer", "auditor", "sysadmin")
            }
            house = make.organisation(
                *(people[n] for n in ("investor", "colleague", "unverified colleague",
                                      "curator of the fund")),
            )  # fmt: skip
            others = make.organisation(people["co-investor"])
            ours = make.organisation(people["founder"], people["co-founder"])
            # Whoever registered the fund and left it takes nothing along.
            fund = make.listing("investor", owner=people["former colleague"], organisation=house)
            other = make.listing("investor", owner=people["co-investor"], organisation=others)
            startup = make.listing("startup", owner=people["founder"], organisation=ours)
            card = make.save(
                InvestorCard(
                    investor=fund, listing=startup, added_at=utcnow(), moved_at=utcnow(),
                    added_by_id=people["investor"].id, next_step=NEXT,
                )
            )  # fmt: skip
            make.save(CardNote(card=card, at=utcnow(), by_id=people["colleague"].id, text=NOTE))
            invitation = make.save(
                CoInvestment(
                    card=card, to=other, asked_at=utcnow(), changed_at=utcnow(),
                    asked_by_id=people["investor"].id,
                )
            )  # fmt: skip
            make.save(
                Attachment(
                    key="d" * 32, listing_id=startup.id, deck=True, level="confidential",
                    name="goi-von.pdf", media_type="application/pdf", size=9, sha256="0" * 64,
                    uploaded_at=utcnow(),
                )
            )  # fmt: skip
            offer = make.save(
                DeckOffer(
                    listing=startup, to=fund, days=30, offered_at=utcnow(), changed_at=utcnow(),
                    offered_by_id=people["founder"].id,
                )
            )  # fmt: skip
            self.card, self.card_id = card.key, card.id
            self.invitation, self.offer = invitation.key, offer.key
            self.ref, self.other = startup.ref, other.ref
            self.ids = {name: user.id for name, user in people.items()}
            tokens = {name: token_of(user) for name, user in people.items()}
            db.session.commit()
            self.clients = {name: browser_of(self.app, token) for name, token in tokens.items()}
            self.clients["guest"] = self.app.test_client()

    def put(self, model, **values):
        """Set columns of the one row of a table, and forget what earlier cells left behind."""
        db.session.rollback()
        for left in (AccessRequest.__table__, Audit.__table__):
            db.session.execute(delete(left))
        extra = model.__table__.c.id != select(func.min(model.__table__.c.id)).scalar_subquery()
        if model is CoInvestment:
            db.session.execute(delete(InvestorCard.__table__).where(
                InvestorCard.__table__.c.id != self.card_id))  # fmt: skip
        db.session.execute(delete(model.__table__).where(extra))
        db.session.execute(model.__table__.update().values(**values))
        db.session.add(Audit(at=utcnow(), actor_role="system", action="test.setup"))
        db.session.commit()

    def row(self, model):
        db.session.rollback()
        return db.session.execute(select(model.__table__)).all()

    def actor(self, person):
        return actor_of(db.session.get(User, self.ids[person])) if person != "guest" else GUEST


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    stage = Stage(tmp_path_factory.mktemp("matrix"))
    sealing.use([CONTENT_KEY])
    with stage.app.app_context():
        yield stage


def at(name):
    """Columns of a card at a stage; without a deal none is invested."""
    return {
        "stage": name, "parked_until": date(2030, 1, 1) if name == "parked" else None,
        "deal_id": None, "next_step": NEXT, "next_on": None,
    }  # fmt: skip


ON_CARD = {
    "move": {"stage": "passed", "reason": "team"},
    "plan": {"next_step": "goi dien", "next_on": "2030-05-01"},
    "note": {"text": "them mot loi"},
}
STAGES_WITHOUT_DEAL = [name for name in STAGES if name != "invested"]


def refused(person):
    return {302, 401, 404} if person == "guest" else {403, 404}


@pytest.mark.parametrize("person", PEOPLE)
def test_a_card_is_read_and_written_by_the_people_of_its_investor_alone(stage, person):
    for name in STAGES_WITHOUT_DEAL:
        stage.put(InvestorCard, **at(name))
        page = stage.clients[person].get(f"/me/investing/{stage.card}")
        what = (person, name, page.status_code)
        assert (page.status_code == 200) == (person in FUND), what
        assert (NOTE.encode() in page.data) == (person in FUND), what
        for act, form in ON_CARD.items():
            before = stage.row(InvestorCard), stage.row(CardNote)
            answer = stage.clients[person].post(f"/me/investing/{stage.card}/{act}", data=form)
            after = stage.row(InvestorCard), stage.row(CardNote)
            if person in FUND:
                assert answer.status_code == 302, what
                assert after != before, what
            else:
                assert answer.status_code in refused(person), what
                assert after == before, what
                assert NOTE.encode() not in answer.data


@pytest.mark.parametrize("person", sorted(FUND))
def test_from_any_stage_a_card_moves_to_any_other(stage, person):
    for before in STAGES_WITHOUT_DEAL:
        for after in STAGES:
            stage.put(InvestorCard, **at(before))
            form = {"stage": after, "reason": "market", "until": "2031-02-03"}
            answer = stage.clients[person].post(f"/me/investing/{stage.card}/move", data=form)
            now = stage.row(InvestorCard)[0]
            if after == "invested":  # there is no deal of the two
                assert (answer.status_code, now.stage) == (422, before)
            else:
                assert (answer.status_code, now.stage) == (302, after)
                assert (now.parked_until is not None) == (after == "parked")


@pytest.mark.parametrize("person", PEOPLE)
def test_no_page_but_the_fund_s_shows_a_word_of_a_card(stage, person):
    stage.put(InvestorCard, **at("diligence"))
    places = ("/me", "/me/investing", f"/listings/{stage.ref}", f"/listings/{stage.ref}/teaser",
              f"/listings/{stage.ref}/deck", "/desk/investing", "/desk", "/admin/audit",
              f"/co-investing/{stage.invitation}", f"/deck-offers/{stage.offer}")  # fmt: skip
    for place in places:
        answer = stage.clients[person].get(place)
        assert NOTE not in answer.text, (person, place)
        if person not in FUND:
            assert NEXT not in answer.text, (person, place)
            assert stage.card not in answer.text, (person, place)


@pytest.mark.parametrize("person", PEOPLE)
def test_the_list_and_the_rule_agree_on_cards(stage, person):
    actor = stage.actor(person)
    card = db.session.get(InvestorCard, stage.card_id)
    listed = list(db.session.scalars(board.visible_to(actor)))
    assert listed == ([card] if allowed("card.view", actor, card) else [])
    assert bool(listed) == (person in FUND)


def may_of(step):
    return {
        "consent": FOUNDER, "refuse": FOUNDER, "join": OTHER, "decline": OTHER,
        "withdraw": FUND, "leave": FUND | OTHER,
    }[step]  # fmt: skip


def knows(person, state):
    return person in FUND | FOUNDER or (person in OTHER and state in COINVEST_TOLD)


@pytest.mark.parametrize("step", COINVEST.steps)
@pytest.mark.parametrize("person", PEOPLE)
def test_an_invitation_moves_by_whom_it_waits_for(stage, person, step):
    for state in COINVEST.states:
        standing = "it" if state in COINVEST_STANDING else None
        stage.put(CoInvestment, state=state, standing=standing)
        path = f"/co-investing/{stage.invitation}"
        page, before = stage.clients[person].get(path), stage.row(CoInvestment)
        what = (person, step, state)
        assert (page.status_code == 200) == knows(person, state), what
        answer = stage.clients[person].post(f"{path}/{step}")
        row, now = COINVEST.steps[step], stage.row(CoInvestment)[0]
        if person in may_of(step) and knows(person, state) and state in row.from_:
            assert answer.status_code == 302, what
            assert now.state == row.to, what
            assert (now.standing is not None) == (row.to in COINVEST_STANDING), what
            continue
        assert [now] == before, what
        allowed_otherwise = person in may_of(step) and knows(person, state)
        assert answer.status_code in ({409} if allowed_otherwise else refused(person)), what


@pytest.mark.parametrize("step", DECK.steps)
@pytest.mark.parametrize("person", PEOPLE)
def test_an_offered_deck_is_taken_by_the_fund_and_taken_back_by_the_founder(stage, person, step):
    may = FOUNDER if step == "withdraw" else FUND
    for state in DECK.states:
        stage.put(DeckOffer, state=state, standing="it" if state == "offered" else None)
        answer = stage.clients[person].post(f"/deck-offers/{stage.offer}/{step}")
        row, now = DECK.steps[step], stage.row(DeckOffer)[0]
        what = (person, step, state, answer.status_code)
        asked = stage.row(AccessRequest)
        if person in may and state in row.from_:
            assert (answer.status_code, now.state) == (302, row.to), what
            # Taken is not yet opened: the promise comes between.
            assert [each.state for each in asked] == (["nda_sent"] if step == "take" else []), what
        else:
            assert now.state == state, what
            assert asked == [], what
            assert answer.status_code in ({409} if person in may else refused(person)), what


@pytest.mark.parametrize("person", PEOPLE)
def test_a_deck_is_kept_and_fetched_by_its_owners_alone(stage, person):
    stage.put(DeckOffer, state="offered", standing="it")
    client = stage.clients[person]
    # The bytes are not on this disk: whoever may read it learns so, nobody else that it exists.
    assert (client.get("/files/" + "d" * 32).status_code == 410) == (person in FOUNDER)
    assert (client.get(f"/listings/{stage.ref}/deck").status_code == 200) == (person in FOUNDER)
    shown = client.get(f"/listings/{stage.ref}").text
    assert "goi-von.pdf" not in shown
    answer = client.post(f"/listings/{stage.ref}/deck/offer", data={"to": stage.other, "days": "5"})
    assert (answer.status_code == 302 and "/deck" in answer.location) == (person in FOUNDER)
    assert len(stage.row(DeckOffer)) == (2 if person in FOUNDER else 1)
    assert client.post("/files/" + "d" * 32 + "/remove").status_code != 302 or person == "guest"
    assert stage.row(Attachment)[0].removed_at is None


def test_an_old_invitation_that_lies_open_binds_nobody(stage):
    """A second one like it is refused by the database, not only by the form."""
    stage.put(CoInvestment, state="invited", standing=f"{stage.card_id}/x")
    first = stage.row(CoInvestment)[0]
    double = CoInvestment(
        card_id=first.card_id, to_id=first.to_id, standing=first.standing, asked_at=utcnow(),
        changed_at=utcnow() + timedelta(hours=1), asked_by_id=first.asked_by_id,
    )  # fmt: skip
    db.session.add_all([double, Audit(at=utcnow(), actor_role="system", action="test.setup")])
    with pytest.raises(Exception, match="UNIQUE"):
        db.session.commit()
    db.session.rollback()
