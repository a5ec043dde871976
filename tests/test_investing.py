"""Investors: what a card takes and keeps, who looks together, what the lead is told."""

import pytest
from sqlalchemy import select, text

from marketplace.domain.errors import Conflict, Invalid, InvalidForm
from marketplace.domain.investing import FEWEST_CARDS, PASS_REASONS
from marketplace.models import (
    Audit,
    CoInvestment,
    Deal,
    InvestorCard,
    Mail,
    Notice,
    utcnow,
)
from marketplace.services.accounts import actor_of
from marketplace.services.investing import board, cards, figures, investors, together

pytest_plugins = ["investing_fixtures"]
NOW = utcnow()


def followed(session, scene):
    return cards.follow(session, scene.startup, scene.fund, **scene.who)


# --- The board ----------------------------------------------------------------------------------
def test_following_twice_is_one_card(session, scene):
    card = followed(session, scene)
    assert followed(session, scene) is card
    assert board.counts(session, scene.actor)["seen"] == 1
    assert board.of_listing(session, scene.actor, scene.startup) is card


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"stage": "rich"}, "stage"), ({"stage": "passed"}, "reason"),
        ({"stage": "passed", "reason": "ugly"}, "reason"), ({"stage": "parked"}, "until"),
        ({"stage": "parked", "until": "01/01/2020"}, "until"),
        ({"stage": "parked", "until": "mai"}, "until"), ({"stage": "invested"}, "stage"),
    ],
)  # fmt: skip
def test_what_a_stage_wants_is_asked_beside_its_field(session, scene, form, field):
    card = followed(session, scene)
    with pytest.raises(Invalid) as refusal:
        cards.move(session, card, **form, **scene.who)
    assert refusal.value.field == field
    assert card.stage == "seen"


def test_a_reason_is_forgotten_with_the_stage_it_was_for(session, scene):
    card = followed(session, scene)
    cards.move(session, card, "passed", reason="team", **scene.who)
    assert card.reason == "team"
    cards.move(session, card, "met", reason="team", until="2031-01-01", **scene.who)
    assert (card.reason, card.parked_until) == ("", None)


@pytest.mark.parametrize("state", ["introduced", "agreement_verified", "failed"])
def test_invested_links_a_deal_of_the_two_that_goes_on(session, make, scene, state):
    match = make.match(scene.startup, scene.fund, state=state)
    if match.deal is None:
        match.deal = Deal(opened_at=NOW, moved_at=NOW)
        session.flush()
    card = followed(session, scene)
    if state == "failed":
        with pytest.raises(Invalid):
            cards.move(session, card, "invested", **scene.who)
    else:
        cards.move(session, card, "invested", **scene.who)
        assert card.deal is match.deal


def test_a_deal_with_another_investor_is_none_of_ours(session, make, scene):
    make.match(scene.startup, scene.second, state="introduced")
    with pytest.raises(Invalid):
        cards.move(session, followed(session, scene), "invested", **scene.who)


def test_a_next_step_has_words_where_it_has_a_day(session, scene):
    card = followed(session, scene)
    with pytest.raises(InvalidForm) as refusal:
        cards.plan(session, card, "x" * 201, "ngay mai", **scene.who)
    assert set(refusal.value.errors) == {"next_step", "next_on"}
    with pytest.raises(InvalidForm):
        cards.plan(session, card, " ", "30/06/2027", **scene.who)
    cards.plan(session, card, "goi", "30/06/2027", **scene.who)
    cards.plan(session, card, "", "", **scene.who)
    assert (card.next_step, card.next_on) == ("", None)


def test_words_of_a_card_are_sealed_on_the_disk_and_absent_from_the_log(session, scene):
    card = followed(session, scene)
    cards.note(session, card, "ghi chu mat", **scene.who)
    cards.plan(session, card, "viec mat", "", **scene.who)
    cards.move(session, card, "passed", reason="market", **scene.who)
    session.commit()
    raw = session.execute(text("select reason, next_step from investor_cards")).one()
    notes = session.execute(text("select text from card_notes")).one()
    for word in ("chu mat", "viec mat", "market"):
        assert word not in str(raw) + str(notes)
    deeds = session.scalars(select(Audit).where(Audit.action.like("card.%"))).all()
    assert [row.action for row in deeds] == ["card.follow", "card.note", "card.plan", "card.move"]
    assert all(row.facts == {} and row.subject_id == card.key for row in deeds)


def test_a_card_is_forgotten_with_everything_on_it_but_not_under_a_shared_look(session, scene):
    card = followed(session, scene)
    cards.note(session, card, "mot", **scene.who)
    row = together.invite(session, card, scene.second, **scene.who)
    for step, person in (("consent", scene.founder), ("join", scene.other)):
        together.advance(session, row, step, actor=actor_of(person), now=NOW)
    with pytest.raises(Conflict):
        cards.remove(session, card, **scene.who)
    together.advance(session, row, "leave", **scene.who)
    cards.remove(session, card, **scene.who)
    session.commit()
    kept = session.scalars(select(InvestorCard)).all()
    assert [each.investor_id for each in kept] == [scene.second.id]
    assert session.scalar(select(CoInvestment)) is None


def test_the_board_offers_what_the_exchange_proposed(session, make, scene):
    make.match(scene.startup, scene.fund, state="proposed_to_second", known_to_second=True)
    hidden = make.listing("startup", owner=make.user())
    make.match(hidden, scene.fund, state="suggested")
    mine = investors.of_actor(session, scene.actor)
    assert board.proposed(session, scene.actor, mine) == [scene.startup]
    followed(session, scene)
    assert board.proposed(session, scene.actor, mine) == []


def test_one_button_follows_and_needs_an_investor_first(scene, make, sign_in):
    ref = scene.startup.ref
    browser, nobody = sign_in(scene.investor), sign_in(make.user())
    assert "Theo dõi</button>" in browser.get(f"/listings/{ref}").text
    answer = browser.post(f"/listings/{ref}/follow", follow_redirects=True)
    assert "Mới để ý" in answer.text
    assert "Theo dõi</button>" not in browser.get(f"/listings/{ref}").text
    assert "Theo dõi</button>" not in nobody.get(f"/listings/{ref}").text
    answer = nobody.post(f"/listings/{ref}/follow", follow_redirects=True)
    assert "Bạn chưa có hồ sơ nhà đầu tư đã đăng" in answer.text


def test_a_phone_filters_by_stage(session, scene, sign_in):
    followed(session, scene)
    session.commit()
    browser = sign_in(scene.investor)
    assert scene.startup.title in browser.get("/me/investing?stage=seen").text
    assert "Không có dự án nào" in browser.get("/me/investing?stage=met").text
    assert scene.startup.title in browser.get("/me/investing?stage=unknown").text


def test_what_was_typed_stays_where_it_was_refused(session, scene, sign_in):
    key = followed(session, scene).key
    session.commit()
    answer = sign_in(scene.investor).post(
        f"/me/investing/{key}/plan", data={"next_step": "goi ba noi", "next_on": "xyz"}
    )
    assert answer.status_code == 422
    assert "goi ba noi" in answer.text
    assert "field-bad" in answer.text


# --- Looking together -----------------------------------------------------------------------------
def test_each_of_two_sees_the_name_and_the_stage_of_the_other_and_nothing_else(
    session, scene, sign_in
):
    card = followed(session, scene)
    cards.note(session, card, "ghi chu mat", **scene.who)
    row = together.invite(session, card, scene.second, **scene.who)
    session.commit()
    path = f"/co-investing/{row.key}"
    founder, other = sign_in(scene.founder), sign_in(scene.other)
    assert other.get(path).status_code == 404
    page = founder.get(path)
    assert scene.fund.organisation.name in page.text
    assert "Mới để ý" not in page.text
    founder.post(f"{path}/consent")
    assert "Mới để ý" not in other.get(path).text
    other.post(f"{path}/join")
    cards.move(session, session.merge(card), "diligence", **scene.who)
    session.commit()
    seen = other.get(path).text
    assert "Thẩm định" in seen
    assert "ghi chu mat" not in seen
    assert "Thẩm định" not in founder.get(path).text


def test_an_invitation_is_asked_once_and_of_somebody_there(session, scene):
    card = followed(session, scene)
    with pytest.raises(Invalid):
        together.invite(session, card, None, **scene.who)
    together.invite(session, card, scene.second, **scene.who)
    with pytest.raises(Conflict):
        together.invite(session, card, scene.second, **scene.who)
    ours = investors.others(session, scene.actor, beside=scene.startup)
    assert ours == [scene.second]


def test_letters_of_investing_name_neither_investor_nor_stage(session, scene):
    card = followed(session, scene)
    row = together.invite(session, card, scene.second, **scene.who)
    together.advance(session, row, "consent", actor=actor_of(scene.founder), now=NOW)
    session.commit()
    told = [(n.user_id, n.letter) for n in session.scalars(select(Notice).order_by(Notice.id))]
    assert told == [
        (scene.founder.id, "coinvest_consent"), (scene.other.id, "coinvest_invited"),
    ]  # fmt: skip
    for mail in session.scalars(select(Mail)):
        assert scene.fund.organisation.name not in mail.subject + mail.body
        assert scene.fund.title not in mail.subject + mail.body


# --- What the lead is told ------------------------------------------------------------------------
def test_reasons_are_counted_only_where_many_gave_them(session, make, scene, sign_in):
    lead, curator = sign_in(make.user(role="lead")), sign_in(make.user(role="curator"))
    funds = [scene.fund, scene.second]
    startups = [make.listing("startup", owner=make.user()) for _n in range(FEWEST_CARDS)]
    for number, startup in enumerate(startups):
        card = cards.follow(session, startup, funds[number % 2], **scene.who)
        cards.move(session, card, "passed", reason="team", **scene.who)
    session.commit()
    assert figures.pass_reasons(session) == {}  # of two investors only
    third = make.listing("investor", owner=make.user())
    card = cards.follow(session, scene.startup, third, **scene.who)
    cards.move(session, card, "passed", reason="team", **scene.who)
    cards.move(
        session, cards.follow(session, scene.startup, scene.fund, **scene.who), "passed",
        reason="price", **scene.who,
    )  # fmt: skip
    session.commit()
    assert figures.pass_reasons(session) == {"team": FEWEST_CARDS + 1}
    page = lead.get("/desk/investing").text
    assert PASS_REASONS["team"] in page
    assert PASS_REASONS["price"] not in page
    assert curator.get("/desk/investing").status_code == 403
