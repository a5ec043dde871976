"""The pages of a deal, as a phone without scripts presses them."""

import io
import re
from datetime import timedelta

import pytest
from deal_parties import VALUE, cast_of, claim
from sqlalchemy import select

from marketplace.models import Agreement, Match, Milestone, OrderDraft, Proof, utcnow
from marketplace.services import orders
from marketplace.services.deals import agreements

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"
SAID = {
    "form": "licence", "signed_on": "2026-03-02", "value": "7.319.000.123",
    "number": "12/HD", "province": "33", "other_province": "01", "note": "loi rieng",
}  # fmt: skip


@pytest.fixture
def cast(make):
    return cast_of(make)


def address(cast, tail=""):
    return f"/deals/{cast.match.key}{tail}"


def text_of(answer):
    return answer.get_data(as_text=True)


def test_a_milestone_is_noted_by_one_and_confirmed_by_the_other(session, cast, sign_in):
    a, b = sign_in(cast.users["party a"]), sign_in(cast.users["party b"])
    page = address(cast)
    wrong = a.post(
        f"{page}/milestones", data={"kind": "meeting", "on": "hôm qua", "note": "giu lai"}
    )
    assert wrong.status_code == 422
    assert "giu lai" in text_of(wrong)
    assert (
        a.post(f"{page}/milestones", data={"kind": "meeting", "on": "1/3/2026"}).status_code == 302
    )
    key = session.scalar(select(Milestone.key))
    assert a.post(f"/milestones/{key}/confirm").status_code == 403
    assert f"/milestones/{key}/confirm" in text_of(b.get(page))
    assert b.post(f"/milestones/{key}/confirm").status_code == 302
    assert session.scalar(select(Milestone.confirmed_at)) is not None


def test_an_agreement_is_said_in_three_steps_and_nothing_typed_is_lost(session, cast, sign_in):
    a, form = sign_in(cast.users["party a"]), address(cast, "/agreement/form")
    first = {name: SAID[name] for name in ("form", "signed_on")}
    assert text_of(a.get(form)).count('type="radio"') == 10
    assert a.post(form, data={"step": 1, "go": "next"}).status_code == 422
    second = text_of(a.post(form, data=first | {"step": 1, "go": "next"}))
    assert 'name="value"' in second
    assert re.search(r'type="hidden" name="form" value="licence"', second)
    assert a.post(form, data=SAID | {"step": 2, "go": "next", "value": "nhiều"}).status_code == 422
    third = text_of(a.post(form, data=SAID | {"step": 2, "go": "next"}))
    assert "7.319.000.123" in third
    assert session.scalar(select(Agreement.id)) is None
    back = text_of(a.post(form, data=SAID | {"step": 3, "go": "back"}))
    assert 'value="7.319.000.123"' in back
    assert a.post(form, data=SAID | {"step": 3, "go": "next"}).status_code == 302
    agreement = session.scalar(select(Agreement))
    assert (agreement.value, agreement.local, agreement.claimed_side) == (VALUE, False, "a")


def test_the_value_is_on_the_pages_of_the_parties_only(session, cast, sign_in):
    claim(session, cast)
    session.commit()
    shown = {}
    for who in ("party a", "party b", "curator", "lead", "member", "leader", "auditor", "sysadmin"):
        answer = sign_in(cast.users[who]).get(address(cast, "/agreement"))
        shown[who] = "7.319.000.123" in text_of(answer) if answer.status_code == 200 else None
    assert shown == {
        "party a": True, "party b": True, "curator": False, "lead": False, "member": None,
        "leader": None, "auditor": None, "sysadmin": None,
    }  # fmt: skip


def test_the_other_side_ticks_and_confirms(session, cast, sign_in):
    claim(session, cast)
    session.commit()
    b, page = sign_in(cast.users["party b"]), address(cast, "/agreement")
    assert b.post(f"{page}/confirm_agreement", data={"version": 1}).status_code == 422
    old = b.post(f"{page}/confirm_agreement", data={"version": 0, "sure": "1"})
    assert old.status_code == 409
    assert b.post(f"{page}/confirm_agreement", data={"version": 1, "sure": "1"}).status_code == 302
    assert session.scalar(select(Match.state)) == "agreement_verified"


def test_a_document_is_opened_by_who_checks_it_and_closed_after(session, cast, sign_in):
    claim(session, cast)
    session.commit()
    a, lead = sign_in(cast.users["party a"]), sign_in(cast.users["lead"])
    not_one = {"file": (io.BytesIO(b"MZ program"), "hop-dong.pdf")}
    assert a.post(address(cast, "/proofs"), data=not_one).status_code == 422
    a.post(address(cast, "/proofs"), data={"file": (io.BytesIO(PDF), "hop-dong.pdf")})
    proof = address(cast, f"/proofs/{session.scalar(select(Proof.key))}")
    answer = lead.get(proof)
    assert (answer.data, answer.headers["Content-Disposition"].split(";")[0]) == (PDF, "attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    for who in ("interested", "member", "leader"):
        assert sign_in(cast.users[who]).get(proof).status_code in (403, 404)
    verify = address(cast, "/agreement/verify_deal")
    assert lead.post(verify, data={"version": 1, "sure": "1"}).status_code == 302
    session.expire_all()
    assert session.scalar(select(Agreement.verified_how)) == "document"
    assert lead.get(proof).status_code == 403
    assert a.get(proof).status_code == 200


def test_pausing_and_ending_ask_for_a_reason(session, cast, sign_in):
    a = sign_in(cast.users["party a"])
    assert a.post(address(cast, "/pause")).status_code == 422
    assert a.post(address(cast, "/pause"), data={"pause_reason": "capital"}).status_code == 302
    assert "Tạm dừng: Chờ vốn" in text_of(a.get(address(cast)))
    assert a.post(address(cast, "/end")).status_code == 422
    assert a.post(address(cast, "/end"), data={"end_reason": "trial_failed"}).status_code == 302
    assert session.scalar(select(Match.reason)) == "trial_failed"
    assert a.get(address(cast)).status_code == 200


def test_duties_are_asked_one_after_the_other_with_their_sources(session, cast, sign_in):
    a, page = sign_in(cast.users["party a"]), address(cast, "/duties")
    first = text_of(a.get(page))
    assert "không phải ý kiến pháp lý" in first
    assert 'name="state_money"' not in first
    assert a.post(page, data={"shown": "transfer"}).status_code == 422
    answers = {"transfer": "yes", "shown": "transfer"}
    assert 'name="direction"' in text_of(a.post(page, data=answers))
    answers |= {"direction": "domestic", "state_money": "yes", "result_registered": "no",
                "list": "restricted"}  # fmt: skip
    assert a.post(page, data=answers).status_code == 302
    found = text_of(a.get(page))
    for words in ("Phải đăng ký chuyển giao", "danh mục hạn chế", "07/2017/QH14", "2018-07",
                  "cần kiểm tra lại"):  # fmt: skip
        assert words in found


def test_what_came_of_it_is_told_in_plain_numbers(session, cast, sign_in):
    claim(session, cast, signed_on=utcnow().date() - timedelta(days=200))
    agreements.confirm(session, cast.match, 1, actor=cast.actor("party b"), now=utcnow())
    session.commit()
    b, page = sign_in(cast.users["party b"]), address(cast, "/follow-up/6")
    assert b.post(page, data={}).status_code == 422
    wrong = b.post(page, data={"jobs": "năm", "revenue": "7319 qua"})
    assert wrong.status_code == 422
    assert "7319 qua" in text_of(wrong)
    assert b.post(page, data={"jobs": "5", "revenue": "1,5 tỷ"}).status_code == 302
    assert "1,5 tỷ" in text_of(sign_in(cast.users["party a"]).get(page))
    assert "1,5 tỷ" not in text_of(sign_in(cast.users["curator"]).get(page))
    assert session.scalar(select(Match.state)) == "followed_6m"
    assert b.post(address(cast, "/follow-up/12"), data={"jobs": "5"}).status_code == 409
    assert b.get(address(cast, "/follow-up/7")).status_code == 404


def test_a_curator_writes_for_a_client_only_and_says_how_it_was_told(session, make, sign_in):
    cast = cast_of(make, client="b")
    curator = sign_in(cast.users["curator"])
    page = f"{address(cast)}/milestones"
    said = {"kind": "visit", "on": "1/3/2026"}
    assert curator.post(page, data=said).status_code == 422
    assert curator.post(page, data=said | {"channel": "phone", "side": "a"}).status_code == 422
    assert curator.post(page, data=said | {"channel": "phone"}).status_code == 302
    assert session.scalar(select(Milestone.noted_side)) == "b"
    assert sign_in(cast.users["typist"]).post(page, data=said).status_code == 403
    for who in ("leader", "member"):
        assert sign_in(cast.users[who]).post(page, data=said).status_code in (403, 404)


def test_the_desk_finds_silent_deals_and_the_leader_sums_without_a_single_value(
    session, make, cast, sign_in
):
    cast.match.deal.moved_at = utcnow() - timedelta(days=22)
    make.save(cast.match.deal)
    desk = text_of(sign_in(cast.users["curator"]).get("/desk/deals?queue=silent"))
    assert f"/deals/{cast.match.key}" in desk
    claim(session, cast)
    agreements.confirm(session, cast.match, 1, actor=cast.actor("party b"), now=utcnow())
    session.commit()
    sums = text_of(sign_in(cast.users["leader"]).get("/desk/deals/figures"))
    assert "dưới 3 giao dịch" in sums
    assert "7.319.000.123" not in sums
    assert sign_in(cast.users["curator"]).get("/desk/deals/figures").status_code == 403


# --- Draft orders ------------------------------------------------------------------------------
@pytest.fixture
def need(make):
    return make.listing(
        "need", title_vi="Cần cách xử lý khói lò đồng", problem="Khói 900 mg, muốn 200 mg.",
        must_have=["Không dùng nước"], budget_max=7_319_000_777, unmet_since=utcnow(),
        contact_phone="0911222333",
    )  # fmt: skip


def test_an_unmet_need_becomes_one_draft_of_its_public_words(session, make, need, sign_in):
    curator = make.user(role="curator")
    desk = sign_in(curator)
    assert f"/listings/{need.ref}/order" in text_of(desk.get("/desk"))
    for _twice in range(2):
        assert desk.post(f"/listings/{need.ref}/order").status_code == 302
    row = session.scalars(select(OrderDraft)).one()
    assert row.title == "Cần cách xử lý khói lò đồng"
    assert "Khói 900 mg" in row.problem
    assert "- Không dùng nước" in row.problem
    assert "7319000777" not in row.problem
    assert "0911222333" not in row.problem
    for user in (make.user(), make.user(role="leader"), make.user(role="officer")):
        assert sign_in(user).post(f"/listings/{need.ref}/order").status_code == 403
        assert sign_in(user).get(f"/desk/orders/{row.key}").status_code == 403


def test_a_draft_is_mended_and_a_stale_copy_changes_nothing(session, make, need, sign_in):
    desk = sign_in(make.user(role="curator"))
    desk.post(f"/listings/{need.ref}/order")
    page = f"/desk/orders/{session.scalar(select(OrderDraft.key))}"
    said = {
        "title": "Nghiên cứu xử lý khói",
        "problem": "Làng nghề.",
        "note": "hoi vien",
        "lock": 1,
    }
    short = desk.post(page, data=said | {"title": "x"})
    assert short.status_code == 422
    assert "Làng nghề." in text_of(short)
    assert desk.post(page, data=said).status_code == 302
    assert desk.post(page, data=said).status_code == 409
    assert session.scalar(select(OrderDraft.title)) == "Nghiên cứu xử lý khói"


def test_a_need_with_an_answer_becomes_no_order(session, make, need, sign_in):
    need.unmet_since = None
    make.save(need)
    desk = sign_in(make.user(role="curator"))
    assert desk.post(f"/listings/{need.ref}/order").status_code == 409
    assert orders.of_need(session, need) is None
