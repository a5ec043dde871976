"""From suggestion to introduction: who moves what, who learns what, when nothing may be lost."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.domain.errors import Conflict, Invalid, WrongState
from marketplace.models import Mail, MatchEvent, Notice, utcnow
from marketplace.services import disclosure, matches
from marketplace.services.accounts import actor_of


@pytest.fixture
def cast(make):
    """A need of a co-operative, an offer of a firm, and a curator."""

    class Cast:
        director = make.user(name="Giám đốc HTX")
        maker = make.user(name="Chủ xưởng máy")
        curator = make.user(name="Cán bộ", role="curator")

    Cast.coop = make.organisation(Cast.director, name="HTX Nhãn lồng")
    Cast.need = make.listing("need", owner=Cast.director, organisation=Cast.coop,
                             title_vi="Cần máy sấy nhãn", contact_phone="0911000111")  # fmt: skip
    Cast.offer = make.listing("offer", owner=Cast.maker, title_vi="Máy sấy bơm nhiệt",
                              contact_phone="0922000222")  # fmt: skip
    Cast.match = make.match(Cast.need, Cast.offer)
    return Cast


def go(session, match, step, user, **more):
    matches.advance(session, match, step, actor=actor_of(user), now=utcnow(), **more)
    session.commit()


def to_introduction(session, cast):
    go(session, cast.match, "keep", cast.curator)
    go(session, cast.match, "propose_first", cast.curator)
    go(session, cast.match, "accept_first", cast.director)
    go(session, cast.match, "propose_second", cast.curator)
    go(session, cast.match, "accept_second", cast.maker)
    go(session, cast.match, "introduce", cast.curator)


def test_contacts_are_released_to_both_sides_only_on_introduction(session, cast):
    director, maker = actor_of(cast.director), actor_of(cast.maker)
    for step, who in (
        ("keep", cast.curator), ("propose_first", cast.curator), ("accept_first", cast.director),
        ("propose_second", cast.curator), ("accept_second", cast.maker),
    ):  # fmt: skip
        go(session, cast.match, step, who)
        assert "contact_phone" not in disclosure.view(session, director, cast.offer).values
        assert "contact_phone" not in disclosure.view(session, maker, cast.need).values
    go(session, cast.match, "introduce", cast.curator)
    assert disclosure.view(session, director, cast.offer).values["contact_phone"] == "0922000222"
    assert disclosure.view(session, maker, cast.need).values["contact_phone"] == "0911000111"


def test_an_introduction_releases_contacts_but_nothing_else_that_is_confidential(session, cast):
    to_introduction(session, cast)
    seen = disclosure.view(session, actor_of(cast.maker), cast.need)
    assert "budget_max" not in seen.values
    assert "confidential" not in seen.levels


def test_a_party_learns_of_a_match_only_when_it_is_proposed_to_it(session, cast, sign_in):
    maker, director = sign_in(cast.maker), sign_in(cast.director)
    page = f"/matches/{cast.match.key}"
    assert director.get(page).status_code == 404
    go(session, cast.match, "keep", cast.curator)
    go(session, cast.match, "propose_first", cast.curator)
    assert director.get(page).status_code == 200
    assert maker.get(page).status_code == 404
    go(session, cast.match, "accept_first", cast.director)
    go(session, cast.match, "propose_second", cast.curator)
    assert maker.get(page).status_code == 200


def test_each_side_reads_whose_turn_it_is_in_words_of_its_own(session, cast, sign_in):
    director, maker = sign_in(cast.director), sign_in(cast.maker)

    def read(client):
        page = client.get(f"/matches/{cast.match.key}").get_data(as_text=True)
        listed = client.get("/me/matches").get_data(as_text=True)
        for text in (page, listed):
            assert "bên thứ nhất" not in text.lower()
            assert "bên thứ hai" not in text.lower()
        return page, listed

    go(session, cast.match, "keep", cast.curator)
    go(session, cast.match, "propose_first", cast.curator)
    page, listed = read(director)
    assert "Nếu đồng ý, sàn hỏi ý bên kia" in page
    assert page.index("Bạn trả lời") < page.index("Bên kia trả lời")
    assert "Chờ bạn trả lời" in page
    assert "Chờ bạn trả lời" in listed
    go(session, cast.match, "accept_first", cast.director)
    go(session, cast.match, "propose_second", cast.curator)
    assert all("Chờ bên kia trả lời" in text for text in read(director))
    page, listed = read(maker)
    assert "hỏi ý bên kia" not in page
    steps = page[page.index('class="stepper"') :]
    assert steps.index("Bên kia trả lời") < steps.index("Bạn trả lời")
    assert "Chờ bạn trả lời" in page
    assert "Chờ bạn trả lời" in listed


def test_each_proposal_and_the_introduction_send_one_mail_to_each_person_concerned(session, cast):
    to_introduction(session, cast)
    mails = session.execute(select(Mail.recipient, Mail.subject).order_by(Mail.id)).all()
    assert [m.recipient for m in mails] == [
        cast.director.email, cast.maker.email, cast.director.email, cast.maker.email,
    ]  # fmt: skip
    assert all("0911000111" not in m.subject for m in mails)


def test_mails_never_carry_contacts(session, cast):
    to_introduction(session, cast)
    for body in session.scalars(select(Mail.body)):
        assert "0911000111" not in body
        assert "0922000222" not in body


def test_a_dismissal_needs_a_reason_code(session, cast):
    with pytest.raises(Invalid):
        go(session, cast.match, "dismiss", cast.curator)
    session.rollback()
    go(session, cast.match, "dismiss", cast.curator, reason="price")
    assert (cast.match.state, cast.match.reason) == ("dismissed", "price")


def test_a_verdict_can_be_taken_back_until_somebody_was_asked(session, cast):
    go(session, cast.match, "dismiss", cast.curator, reason="price")
    go(session, cast.match, "undo", cast.curator)
    assert cast.match.state == "suggested"
    go(session, cast.match, "keep", cast.curator)
    go(session, cast.match, "propose_first", cast.curator)
    with pytest.raises(WrongState):
        go(session, cast.match, "undo", cast.curator)


def test_nobody_is_asked_when_a_listing_has_nobody_to_answer(session, make):
    curator = make.user(role="curator")
    match = make.match(make.listing("need"), make.listing("offer"))
    go(session, match, "keep", curator)
    with pytest.raises(Conflict):
        go(session, match, "propose_first", curator)
    session.rollback()
    assert match.state == "kept"


def test_two_curators_settling_the_same_suggestion_end_with_one_verdict(cast, make, sign_in):
    other = make.user(role="curator")
    first, second = sign_in(cast.curator), sign_in(other)
    url, lock = f"/desk/matches/{cast.match.key}", cast.match.lock
    assert first.post(f"{url}/dismiss", data={"reason": "price", "lock": lock}).status_code == 302
    answer = second.post(f"{url}/keep", data={"lock": lock})
    assert answer.status_code == 409
    assert "Cán bộ" in answer.get_data(as_text=True)  # says who was first


def test_private_notes_stay_on_the_desk(session, cast, sign_in):
    go(session, cast.match, "keep", cast.curator)
    matches.note(session, cast.match, "Gọi lại sau mùa nhãn", actor=actor_of(cast.curator),
                 now=utcnow())  # fmt: skip
    session.commit()
    go(session, cast.match, "propose_first", cast.curator)
    theirs = sign_in(cast.director).get(f"/matches/{cast.match.key}").get_data(as_text=True)
    desk = sign_in(cast.curator).get(f"/desk/matches/{cast.match.key}").get_data(as_text=True)
    assert "Gọi lại sau mùa nhãn" not in theirs
    assert "Gọi lại sau mùa nhãn" in desk


def test_a_curator_with_a_declared_interest_cannot_decide(session, cast, sign_in):
    desk = sign_in(cast.curator)
    desk.post("/desk/interests", data={"organisation": cast.coop.key, "reason": "em trai"})
    assert desk.post(f"/desk/matches/{cast.match.key}/keep").status_code == 403
    assert "bốn mắt" in desk.get(f"/desk/matches/{cast.match.key}").get_data(as_text=True)


# --- After the introduction ---------------------------------------------------------------------
def test_once_contact_is_reported_the_page_no_longer_asks_for_it(session, cast, sign_in):
    to_introduction(session, cast)
    maker, page = sign_in(cast.maker), f"/matches/{cast.match.key}"
    assert "Bấm “Hai bên đã liên hệ được”" in maker.get(page).get_data(as_text=True)
    maker.post(f"{page}/report_contact")
    after = maker.get(page).get_data(as_text=True)
    assert "Bấm “Hai bên đã liên hệ được”" not in after
    assert "Sàn đã ghi nhận" in after
    assert "0911000111" in after


@pytest.mark.parametrize("party", ["director", "maker"])
def test_either_party_says_that_nothing_came_of_it_and_the_curator_hears(
    session, cast, sign_in, party
):
    to_introduction(session, cast)
    client, page = sign_in(getattr(cast, party)), f"/matches/{cast.match.key}"
    refused = client.post(f"{page}/report_failed", data={"reason": "price"})
    assert refused.status_code == 422  # a reason of the desk's, not of a party
    client.post(f"{page}/report_failed", data={"reason": "unreachable"})
    session.refresh(cast.match)
    assert (cast.match.state, cast.match.reason) == ("failed", "unreachable")
    told = session.scalars(select(Notice).order_by(Notice.id.desc())).first()
    assert told.user_id == cast.curator.id
    assert f"/desk/matches/{cast.match.key}" in told.body
    desk = sign_in(cast.curator).get(f"/desk/matches/{cast.match.key}?queue=closed")
    assert "Không liên lạc được với bên kia" in desk.get_data(as_text=True)


def test_the_desk_reports_contact_only_for_a_client_without_account(session, make, cast, sign_in):
    to_introduction(session, cast)
    desk = sign_in(cast.curator)
    url = f"/desk/matches/{cast.match.key}"
    assert "report_contact" not in desk.get(url).get_data(as_text=True)
    assert desk.post(f"{url}/report_contact").status_code == 403
    typist = make.user(role="curator")
    theirs = make.listing("offer", entered_by_id=typist.id, client_name="Bà Sáu")
    match = make.match(cast.need, theirs, state="introduced", introduced_at=utcnow())
    url = f"/desk/matches/{match.key}"
    assert f"{url}/report_contact" in desk.get(url).get_data(as_text=True)
    desk.post(f"{url}/report_contact")
    session.refresh(match)
    assert match.state == "in_contact"


# --- Interest ----------------------------------------------------------------------------------
def test_interest_enters_as_a_match_the_first_side_has_accepted(session, make):
    director, maker = make.user(), make.user()
    need = make.listing("need", owner=director)
    offer = make.listing("offer", owner=maker)
    match = matches.express(session, need, offer, "Tôi làm được", actor=actor_of(maker),
                            now=utcnow())  # fmt: skip
    session.commit()
    assert (match.state, match.origin, match.pair_type) == ("first_accepted", "eoi", "need-offer")
    assert match.first is offer
    assert match.a is need


def test_interest_takes_up_a_suggestion_the_desk_had_not_seen(session, cast):
    match = matches.express(session, cast.offer, cast.need, "", actor=actor_of(cast.director),
                            now=utcnow())  # fmt: skip
    session.commit()
    assert match is cast.match
    assert match.state == "first_accepted"


def test_a_member_has_at_most_five_open_interests(session, make):
    director = make.user()
    need = make.listing("need", owner=director)
    for _ in range(5):
        matches.express(session, make.listing("offer"), need, "", actor=actor_of(director),
                        now=utcnow())  # fmt: skip
        session.commit()
    with pytest.raises(Conflict):
        matches.express(session, make.listing("offer"), need, "", actor=actor_of(director),
                        now=utcnow())  # fmt: skip


def test_a_member_is_interested_in_a_listing_once(session, make):
    director = make.user()
    offer = make.listing("offer")
    needs = [make.listing("need", owner=director) for _ in range(2)]
    matches.express(session, offer, needs[0], "", actor=actor_of(director), now=utcnow())
    session.commit()
    with pytest.raises(Conflict):
        matches.express(session, offer, needs[1], "", actor=actor_of(director), now=utcnow())


def test_nobody_is_interested_in_his_own_listing(cast, sign_in):
    answer = sign_in(cast.maker).get(f"/listings/{cast.offer.ref}/interest")
    assert answer.status_code == 403


def test_an_interest_without_a_listing_leads_to_posting_one(make, cast, sign_in):
    page = sign_in(make.user()).get(f"/listings/{cast.offer.ref}/interest")
    assert page.status_code == 200
    assert "/listings/new" in page.get_data(as_text=True)


# --- Deadlines ---------------------------------------------------------------------------------
def proposed(session, cast):
    go(session, cast.match, "keep", cast.curator)
    go(session, cast.match, "propose_first", cast.curator)
    return cast.match.asked_at


def test_reminders_go_out_after_seven_and_fourteen_days_once_each(session, cast):
    asked = proposed(session, cast)
    counts = []
    for days in (6, 7, 8, 14, 15):
        counts.append(matches.remind_due(session, now=asked + timedelta(days=days, minutes=1)))
        session.commit()
    assert counts == [0, 1, 0, 1, 0]


def test_a_proposal_nobody_answers_lapses_after_21_days_and_may_be_tried_again(session, cast):
    asked = proposed(session, cast)
    assert matches.lapse_due(session, now=asked + timedelta(days=20, hours=23)) == 0
    assert matches.lapse_due(session, now=asked + timedelta(days=21, minutes=1)) == 1
    session.commit()
    assert cast.match.state == "lapsed"
    go(session, cast.match, "propose_first", cast.curator)
    assert cast.match.state == "proposed_to_first"


@pytest.mark.parametrize("silent", ["first", "second"])
def test_whoever_said_yes_is_not_asked_again_when_the_other_side_kept_silent(
    session, cast, sign_in, silent
):
    proposed(session, cast)
    if silent == "second":
        go(session, cast.match, "accept_first", cast.director)
        go(session, cast.match, "propose_second", cast.curator)
    assert cast.match.asked == silent
    matches.lapse_due(session, now=cast.match.asked_at + timedelta(days=22))
    session.commit()
    answered = "first" if silent == "second" else "second"
    desk, url = sign_in(cast.curator), f"/desk/matches/{cast.match.key}"
    page = desk.get(url).get_data(as_text=True)
    assert f"{url}/propose_{silent}" in page
    assert f"{url}/propose_{answered}" not in page
    assert desk.post(f"{url}/propose_{answered}").status_code == 409
    desk.post(f"{url}/propose_{silent}")
    session.refresh(cast.match)
    assert cast.match.state == f"proposed_to_{silent}"
    last = session.scalars(select(Mail).order_by(Mail.id.desc())).first()
    assert last.recipient == (cast.director if silent == "first" else cast.maker).email


def test_every_step_leaves_a_line_of_history(session, cast):
    to_introduction(session, cast)
    steps = session.scalars(select(MatchEvent.step).order_by(MatchEvent.id)).all()
    assert steps == ["keep", "propose_first", "accept_first", "propose_second", "accept_second",
                     "introduce"]  # fmt: skip
