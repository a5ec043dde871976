"""A client without an account answers a proposal: by a link, on paper, on the telephone."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from conftest import words_of
from sqlalchemy import select

from marketplace.domain.errors import Conflict, Expired, InvalidForm, NotAllowed, WrongState
from marketplace.models import Audit, Mail, Match, MatchEvent, OneTimeLink, utcnow
from marketplace.services import disclosure, matches
from marketplace.services.accounts import actor_of
from marketplace.services.matches import clients, parties

AGREES = {"choice": "accept", "name": "Trần Thị Hoa", "agreed": "1"}
DECLINES = {"choice": "decline", "reason": "price"}
ON_PAPER = AGREES | {"channel": "paper"}


@pytest.fixture
def cast(make):
    """A need that a curator typed for a farmer, an offer of a firm, and a curator who decides."""

    class Cast:
        maker = make.user(name="Chủ xưởng máy")
        typist = make.user(name="Người gõ", role="curator")
        curator = make.user(name="Cán bộ", role="curator")

    Cast.need = make.listing(
        "need", entered_by_id=Cast.typist.id, client_name="Bà Hoa", title_vi="Cần máy sấy nhãn",
        contact_phone="0911000111", contact_email="hoa@nhan.example", budget_max=777_000_000,
    )  # fmt: skip
    Cast.offer = make.listing(
        "offer", owner=Cast.maker, title_vi="Máy sấy bơm nhiệt", summary_vi="Sấy nhãn không khói.",
        contact_phone="0922000222",
    )  # fmt: skip
    Cast.match = make.match(Cast.need, Cast.offer)
    return Cast


@pytest.fixture
def by_paper(make, cast):
    """The same, but the client has no address."""
    cast.need = make.listing(
        "need", entered_by_id=cast.typist.id, client_name="Bà Hoa", title_vi="Cần máy sấy nhãn",
        contact_phone="0911000111", contact_email=None,
    )  # fmt: skip
    cast.match = make.match(cast.need, cast.offer)
    return cast


def go(session, match, step, user, **more):
    matches.advance(session, match, step, actor=actor_of(user), now=utcnow(), **more)
    session.commit()


def propose(session, cast):
    """Ask the client; returns the address of the page in the letter, if there was one."""
    go(session, cast.match, "keep", cast.curator)
    go(session, cast.match, "propose_first", cast.curator)
    return last_link(session)


def introduce(session, client, cast):
    """From the suggestion to the introduction; returns the client's first link."""
    url = propose(session, cast)
    client.post(url, data=AGREES)
    session.expire_all()
    go(session, cast.match, "propose_second", cast.curator)
    go(session, cast.match, "accept_second", cast.maker)
    go(session, cast.match, "introduce", cast.curator)
    return url


def letters(session, to="hoa@nhan.example"):
    return session.scalars(select(Mail).where(Mail.recipient == to).order_by(Mail.id)).all()


def last_link(session):
    found = letters(session)
    return re.search(r"/answer/\S+", found[-1].body)[0] if found else None


def state(session, cast):
    session.rollback()
    session.expire_all()
    return session.get(Match, cast.match.id).state


def token_of(url):
    return url.rsplit("/", 1)[1]


# --- Asking ---------------------------------------------------------------------------------------
def test_a_client_with_an_address_gets_a_letter_with_a_link_kept_as_a_hash(session, cast):
    url = propose(session, cast)
    (letter,) = letters(session)
    assert "Cần máy sấy nhãn" in letter.subject
    for private in ("Bà Hoa", "0922000222", "Máy sấy bơm nhiệt"):
        assert private not in letter.body + letter.subject
    (row,) = session.scalars(select(OneTimeLink))
    assert token_of(url) != row.token_hash
    assert (row.match_id, row.listing_id) == (cast.match.id, cast.need.id)


def test_a_client_without_address_is_asked_all_the_same_and_nothing_is_mailed(session, by_paper):
    assert propose(session, by_paper) is None
    assert by_paper.match.state == "proposed_to_first"
    assert session.scalar(select(Mail)) is None


@pytest.mark.parametrize("owner_too", [True, False])
def test_a_listing_of_nobody_s_care_is_still_refused(session, make, cast, owner_too):
    """An owner who was shut out is not a client of the centre, whoever typed the listing."""
    owner = make.user(disabled_at=utcnow())
    typed = {"entered_by_id": cast.typist.id} if owner_too else {}
    match = make.match(make.listing("need", owner=owner, **typed), cast.offer)
    go(session, match, "keep", cast.curator)
    with pytest.raises(Conflict):
        go(session, match, "propose_first", cast.curator)


def test_members_of_the_client_s_organisation_answer_when_there_are_any(session, make, cast):
    member = make.user()
    need = make.listing(
        "need", entered_by_id=cast.typist.id, organisation=make.organisation(member),
        contact_email="hoa@nhan.example",
    )  # fmt: skip
    match = make.match(need, cast.offer)
    go(session, match, "keep", cast.curator)
    go(session, match, "propose_first", cast.curator)
    assert letters(session) == []
    assert len(letters(session, member.email)) == 1


# --- The page -------------------------------------------------------------------------------------
def test_the_page_tells_what_is_asked_and_no_more_than_everybody_may_read(client, session, cast):
    page = client.get(propose(session, cast))
    assert page.status_code == 200
    for words in ("Cần máy sấy nhãn", "Máy sấy bơm nhiệt", "Sấy nhãn không khói.", "Vì sao sàn",
                  "Mong bạn trả lời trước", "trao tên, điện thoại"):  # fmt: skip
        assert words in page.text
    for words in ("0922000222", "777", "0911000111", "hoa@nhan.example", "Bà Hoa"):
        assert words not in words_of(page.text.split("<main")[1].split("</main")[0])
    assert '<meta name="robots" content="noindex">' in page.text
    assert '<meta name="referrer" content="no-referrer">' in page.text


@pytest.mark.parametrize("address", ["/answer/abc", "/confirm/abc"])
def test_an_invented_link_says_whom_to_call(client, address):
    for answer in (client.get(address), client.post(address, data=AGREES)):
        assert answer.status_code == 410
        assert "không dùng được nữa" in answer.text
        assert 'href="tel:' in answer.text


def test_a_link_for_something_else_opens_nothing(client, session, cast):
    from marketplace.services import links

    token = links.issue(session, "confirm_listing", now=utcnow(), listing=cast.need)
    session.commit()
    assert client.get(f"/answer/{token}").status_code == 410
    url = propose(session, cast)
    assert client.get(f"/confirm/{token_of(url)}").status_code == 410


def test_the_client_accepts_by_name_and_in_so_many_words(client, session, cast):
    url = propose(session, cast)
    assert client.post(url, data=AGREES).status_code == 302
    assert state(session, cast) == "first_accepted"
    event = session.scalar(select(MatchEvent).where(MatchEvent.step == "accept_first"))
    assert (event.note, event.channel, event.actor_id) == ("Trần Thị Hoa", "link", None)
    consent = session.scalar(select(Audit).where(Audit.action == "match.consent"))
    assert consent.facts == {"version": clients.CONSENT_VERSION, "channel": "link"}
    page = client.get(url)
    assert "Bạn đã đồng ý kết nối" in page.text
    assert "0922000222" not in page.text


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        (AGREES | {"name": " "}, "name"),
        ({"choice": "accept", "name": "Hoa Trần"}, "agreed"),
        ({"choice": "decline"}, "reason"),
        ({"choice": "decline", "reason": "no such reason"}, "reason"),
        ({"choice": "perhaps", "name": "Hoa Trần"}, "choice"),
    ],
)
def test_a_gap_is_named_and_nothing_is_answered(client, session, cast, sent, field):
    url = propose(session, cast)
    answer = client.post(url, data=sent)
    assert answer.status_code == 422
    assert f"#f-{field}" in answer.text
    assert state(session, cast) == "proposed_to_first"


def test_the_client_declines_with_a_reason_only_the_desk_reads(client, session, sign_in, cast):
    url = propose(session, cast)
    assert client.post(url, data=DECLINES).status_code == 302
    assert state(session, cast) == "declined"
    assert session.get(Match, cast.match.id).reason == "price"
    assert "không phù hợp" in client.get(url).text
    desk = sign_in(cast.curator).get(f"/desk/matches/{cast.match.key}").text
    assert "Lệch giá" in desk
    assert "Chủ hồ sơ" in desk


def test_a_second_press_changes_nothing(client, session, cast):
    url = propose(session, cast)
    for sent in (AGREES, AGREES, DECLINES):
        assert client.post(url, data=sent).status_code == 302
    assert state(session, cast) == "first_accepted"
    steps = session.scalars(select(MatchEvent.step).where(MatchEvent.step != "link")).all()
    assert steps == ["keep", "propose_first", "accept_first"]


def test_of_two_answers_at_once_one_counts(app, session, cast):
    """Both have read that the side is asked; whoever writes second finds the row changed."""
    from sqlalchemy.orm import Session
    from sqlalchemy.orm.exc import StaleDataError

    from marketplace.models import db

    token = token_of(propose(session, cast))
    said = clients.Answer("accept", name="Hoa Trần", agreed=True)
    session.rollback()
    late = Session(db.engine)
    with late:
        seen = clients.look(late, token, now=utcnow())
        assert seen.phase == "asked"
        late.connection().exec_driver_sql("COMMIT")  # let the other write
        clients.answer(session, token, said, now=utcnow())
        session.commit()
        no = clients.Answer("decline", reason="price")
        with pytest.raises(StaleDataError):
            clients.answer(late, token, no, now=utcnow())
    assert state(session, cast) == "first_accepted"


def test_the_answer_that_came_second_is_told_how_it_stands(client, session, cast, monkeypatch):
    """The web side of the same: the page, not an error."""
    from marketplace.web import answers

    url = propose(session, cast)

    def beaten():
        raise Conflict

    monkeypatch.setattr(answers, "commit", beaten)
    assert client.post(url, data=AGREES).status_code == 302


# --- How long a link lives ------------------------------------------------------------------------
def test_a_lapse_kills_the_link_and_a_new_proposal_brings_a_new_one(client, session, cast):
    old = propose(session, cast)
    matches.lapse_due(session, now=cast.match.asked_at + timedelta(days=21, minutes=1))
    session.commit()
    assert client.get(old).status_code == 410
    assert client.post(old, data=AGREES).status_code == 410
    go(session, cast.match, "propose_first", cast.curator)
    new = last_link(session)
    assert client.get(old).status_code == 410
    assert client.get(new).status_code == 200


def test_a_match_that_was_stopped_kills_the_link(client, session, cast):
    url = introduce(session, client, cast)
    go(session, cast.match, "fail", cast.curator, reason="stale")
    assert client.get(url).status_code == 410


def test_a_link_that_grew_old_answers_nothing(session, cast):
    token = token_of(propose(session, cast))
    with pytest.raises(Expired):
        clients.look(session, token, now=utcnow() + timedelta(days=21, minutes=1))


def test_asking_the_other_side_leaves_the_first_one_s_link_alone(client, session, make, cast):
    """Both sides are clients, each with links of their own."""
    cast.offer = make.listing(
        "offer", entered_by_id=cast.typist.id, title_vi="Máy sấy bơm nhiệt",
        contact_email="may@xuong.example", contact_phone="0922000222",
    )  # fmt: skip
    cast.match = make.match(cast.need, cast.offer)
    first = propose(session, cast)
    client.post(first, data=AGREES)
    session.expire_all()
    go(session, cast.match, "propose_second", cast.curator)
    second = re.search(r"/answer/\S+", letters(session, "may@xuong.example")[-1].body)[0]
    assert "Bạn đã đồng ý kết nối" in client.get(first).text
    assert "Cần máy sấy nhãn" in client.get(second).text
    client.post(second, data=DECLINES)
    assert "chưa nhận lời" in client.get(first).text
    assert "Bạn đã trả lời: không phù hợp" in client.get(second).text
    assert "chưa thành" in letters(session)[-1].subject


# --- Reminders ------------------------------------------------------------------------------------
def test_each_reminder_carries_a_fresh_link_and_the_earlier_ones_stay_good(client, session, cast):
    urls, asked = [propose(session, cast)], cast.match.asked_at
    for days in (7, 14):
        assert matches.remind_due(session, now=asked + timedelta(days=days, minutes=1)) == 1
        session.commit()
        urls.append(last_link(session))
    assert len(set(urls)) == 3
    assert [client.get(url).status_code for url in urls] == [200, 200, 200]
    client.post(urls[0], data=AGREES)
    assert "Bạn đã đồng ý kết nối" in client.get(urls[2]).text


def test_a_client_without_address_is_the_curator_s_to_call(session, by_paper):
    propose(session, by_paper)
    due = by_paper.match.due_at
    later = by_paper.match.asked_at + timedelta(days=7, minutes=1)
    assert matches.remind_due(session, now=later) == 1
    session.commit()
    (mail,) = letters(session, by_paper.curator.email)
    assert f"/desk/matches/{by_paper.match.key}" in mail.body
    assert by_paper.match.due_at == due  # overdue, and so on top of the desk's queue


# --- Paper and telephone --------------------------------------------------------------------------
def test_another_curator_records_the_signed_sheet(session, sign_in, by_paper):
    propose(session, by_paper)
    url = f"/desk/matches/{by_paper.match.key}/answer"
    assert sign_in(by_paper.typist).post(url, data=ON_PAPER).status_code == 403
    assert sign_in(by_paper.maker).post(url, data=ON_PAPER).status_code == 404
    assert state(session, by_paper) == "proposed_to_first"
    desk = sign_in(by_paper.curator)
    assert desk.post(url, data=ON_PAPER).status_code == 302
    assert state(session, by_paper) == "first_accepted"
    event = session.scalar(select(MatchEvent).where(MatchEvent.step == "accept_first"))
    assert (event.note, event.channel) == ("Trần Thị Hoa", "paper")
    assert event.actor_id == by_paper.curator.id
    row = session.scalar(select(Audit).where(Audit.action == "match.accept_first"))
    assert (row.actor_id, row.facts["channel"]) == (by_paper.curator.id, "paper")
    page = desk.get(f"/desk/matches/{by_paper.match.key}").text
    assert "Trần Thị Hoa (phiếu có chữ ký)" in page


def test_a_call_is_recorded_with_who_said_no(session, sign_in, by_paper):
    propose(session, by_paper)
    desk, url = sign_in(by_paper.curator), f"/desk/matches/{by_paper.match.key}/answer"
    sent = DECLINES | {"channel": "phone"}
    refused = desk.post(url, data=sent)
    assert refused.status_code == 422
    assert "#f-name" in refused.text
    assert desk.post(url, data=sent | {"name": "Trần Văn Mười"}).status_code == 302
    assert state(session, by_paper) == "declined"


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        (AGREES, "channel"),
        (AGREES | {"channel": "link"}, "channel"),
        ({"choice": "accept", "name": "Hoa Trần", "channel": "phone"}, "agreed"),
        ({"choice": "decline", "name": "Hoa Trần", "channel": "phone"}, "reason"),
        ({"name": "Hoa Trần", "channel": "phone"}, "choice"),
    ],
)
def test_a_record_with_a_gap_is_given_back(session, sign_in, by_paper, sent, field):
    propose(session, by_paper)
    desk = sign_in(by_paper.curator)
    answer = desk.post(f"/desk/matches/{by_paper.match.key}/answer", data=sent)
    assert answer.status_code == 422
    assert f"#f-{field}" in answer.text
    assert f'id="f-{field}"' in answer.text
    assert state(session, by_paper) == "proposed_to_first"


def test_nobody_answers_for_a_party_that_has_an_account(session, sign_in, cast):
    url = propose(session, cast)
    desk = sign_in(cast.curator)
    desk.application.test_client().post(url, data=AGREES)
    session.expire_all()
    go(session, cast.match, "propose_second", cast.curator)
    answer = desk.post(f"/desk/matches/{cast.match.key}/answer", data=ON_PAPER)
    assert answer.status_code == 403
    assert state(session, cast) == "proposed_to_second"


def test_an_answer_recorded_twice_is_a_conflict_in_words(session, sign_in, by_paper):
    propose(session, by_paper)
    desk, url = sign_in(by_paper.curator), f"/desk/matches/{by_paper.match.key}/answer"
    assert desk.post(url, data=ON_PAPER).status_code == 302
    assert desk.post(url, data=ON_PAPER).status_code == 409


def test_the_services_refuse_by_themselves(session, cast):
    """Not only the pages do."""
    curator, typist = actor_of(cast.curator), actor_of(cast.typist)
    said = clients.Answer("accept", name="Hoa Trần", agreed=True, channel="paper")
    with pytest.raises(WrongState):
        clients.record(session, cast.match, said, actor=curator, now=utcnow())
    propose(session, cast)
    with pytest.raises(NotAllowed):
        clients.record(session, cast.match, said, actor=typist, now=utcnow())
    with pytest.raises(InvalidForm):
        clients.record(session, cast.match, replace(said, agreed=False), actor=curator,
                       now=utcnow())  # fmt: skip


def test_the_sheet_to_sign_carries_the_question_and_a_code_that_answers(
    session, client, sign_in, by_paper, monkeypatch
):
    from marketplace.web.listings import qr

    drawn, code = [], qr.code
    monkeypatch.setattr(qr, "code", lambda text: drawn.append(text) or code(text))
    propose(session, by_paper)
    url = f"/desk/matches/{by_paper.match.key}/sheet/first"
    assert sign_in(by_paper.typist).post(url).status_code == 403
    sheet = sign_in(by_paper.curator).post(url)
    assert sheet.status_code == 200
    for words in ("Phiếu trả lời", "Cần máy sấy nhãn", "Máy sấy bơm nhiệt", "ký, ghi rõ họ tên",
                  "☐", "Lệch giá", "<svg class=\"qr\"", "trao tên, điện thoại"):  # fmt: skip
        assert words in sheet.text
    assert "0922000222" not in sheet.text
    assert client.post(drawn[0], data=AGREES).status_code == 302
    assert state(session, by_paper) == "first_accepted"
    assert "Đã in phiếu" in sign_in(by_paper.curator).get(
        f"/desk/matches/{by_paper.match.key}"
    ).get_data(as_text=True)


@pytest.mark.parametrize(
    ("step", "side"), [("keep", "first"), ("propose_first", "second"), ("keep", "second")]
)
def test_there_is_no_sheet_for_who_is_not_asked_or_has_an_account(
    session, sign_in, by_paper, step, side
):
    for name in ("keep", "propose_first"):
        go(session, by_paper.match, name, by_paper.curator)
        if name == step:
            break
    desk = sign_in(by_paper.curator)
    assert desk.post(f"/desk/matches/{by_paper.match.key}/sheet/{side}").status_code == 410


# --- After the introduction -----------------------------------------------------------------------
def test_contacts_reach_both_sides_only_when_they_are_introduced(client, session, sign_in, cast):
    url = propose(session, cast)
    theirs = sign_in(cast.maker)
    page = f"/matches/{cast.match.key}"
    client.post(url, data=AGREES)
    session.expire_all()
    assert "0922000222" not in client.get(url).text
    go(session, cast.match, "propose_second", cast.curator)
    before = theirs.get(page).text
    assert "cán bộ trung tâm giúp họ" in before
    assert "0911000111" not in before
    go(session, cast.match, "accept_second", cast.maker)
    assert "0922000222" not in client.get(url).text
    go(session, cast.match, "introduce", cast.curator)
    for each in (url, last_link(session)):
        assert "0922000222" in client.get(each).text
    after = theirs.get(page).text
    assert "0911000111" in after
    assert "được cán bộ trung tâm giúp" in after
    assert "777" not in words_of(after.split("<main")[1].split("</main")[0])
    assert not [m for m in letters(session) if "0922000222" in m.body]


def test_a_link_holder_reads_of_the_other_side_what_an_introduced_party_reads(
    client, session, cast
):
    introduce(session, client, cast)
    holder = clients.Side(cast.match, "first").actor
    assert not holder.signed_in
    seen = disclosure.view(session, holder, cast.offer)
    assert seen.values["contact_phone"] == "0922000222"
    assert not seen.levels & {"confidential", "staff"}
    # Of nothing else does the link speak.
    assert disclosure.view(session, holder, cast.need).levels == {"public"}


def test_the_link_of_one_match_says_nothing_about_another(client, session, make, cast):
    introduce(session, client, cast)
    other = make.listing("offer", contact_phone="0933000333")
    make.match(cast.need, other, state="introduced", introduced_at=utcnow())
    holder = clients.Side(cast.match, "first").actor
    assert disclosure.view(session, holder, other).levels == {"public"}


def test_contacts_are_read_by_the_link_for_sixty_days(client, session, cast):
    token = token_of(introduce(session, client, cast))
    since = cast.match.introduced_at
    days = timedelta(days=parties.READ_DAYS)
    assert clients.look(session, token, now=since + days - timedelta(minutes=1))
    with pytest.raises(Expired):
        clients.look(session, token, now=since + days)
    assert "60 ngày" in letters(session)[-1].body


def test_the_introduction_is_printed_for_who_has_no_address(session, sign_in, by_paper):
    propose(session, by_paper)
    desk, key = sign_in(by_paper.curator), by_paper.match.key
    desk.post(f"/desk/matches/{key}/answer", data=ON_PAPER)
    session.expire_all()
    go(session, by_paper.match, "propose_second", by_paper.curator)
    go(session, by_paper.match, "accept_second", by_paper.maker)
    moved = desk.post(f"/desk/matches/{key}/introduce")
    assert f"/desk/matches/{key}" in moved.location  # not on to the next: there is paper to print
    assert "phiếu giới thiệu" in desk.get(f"/desk/matches/{key}").text
    sheet = desk.post(f"/desk/matches/{key}/sheet/first")
    for words in ("Phiếu giới thiệu", "0922000222", "Nên làm gì", '<svg class="qr"'):
        assert words in sheet.text
    assert desk.post(f"/desk/matches/{key}/sheet/second").status_code == 410


# --- The desk -------------------------------------------------------------------------------------
def test_the_desk_says_beforehand_how_the_client_will_be_asked(session, make, sign_in, cast):
    page = sign_in(cast.curator).get(f"/desk/matches/{cast.match.key}").text
    assert "h…@nhan.example" in page
    assert "chưa có tài khoản nào để trả lời" not in page
    need = make.listing("need", entered_by_id=cast.typist.id, contact_email=None)
    by_paper = make.match(need, cast.offer)
    assert "in phiếu trả lời hoặc gọi điện" in sign_in(cast.curator).get(
        f"/desk/matches/{by_paper.key}"
    ).get_data(as_text=True)
    nobody = make.match(make.listing("need"), cast.offer)
    assert "chưa có tài khoản nào để trả lời" in sign_in(cast.curator).get(
        f"/desk/matches/{nobody.key}"
    ).get_data(as_text=True)


def test_after_asking_a_client_without_address_the_desk_stays_to_print(session, sign_in, by_paper):
    desk, key = sign_in(by_paper.curator), by_paper.match.key
    moved = desk.post(f"/desk/matches/{key}/keep_and_propose")
    assert moved.location.split("?")[0] == f"/desk/matches/{key}"
    page = desk.get(moved.location).text
    assert "Mở phiếu trả lời để in" in page
    assert "Ghi câu trả lời" in page


def test_whoever_typed_the_listing_neither_prints_nor_records(session, sign_in, by_paper):
    propose(session, by_paper)
    page = sign_in(by_paper.typist).get(f"/desk/matches/{by_paper.match.key}").text
    assert "bốn mắt" in page
    assert "Mở phiếu trả lời để in" not in page
