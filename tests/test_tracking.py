"""Following a listing by its code: open to all, telling nothing but its way."""

import pytest

from marketplace.domain.actor import Actor
from marketplace.models import Listing, utcnow
from marketplace.services import listings
from marketplace.services.listings.numbers import tidy_code

SECRET = "Tên không ai được biết"


@pytest.fixture
def owner(make):
    return make.user()


@pytest.fixture
def returned(make, owner, session):
    listing = make.listing(
        "need", owner=owner, state="in_review", title_vi=SECRET, tracking_code="HY-7K3M-9Q2T",
        submitted_at=utcnow(),
    )  # fmt: skip
    curator = Actor(id=make.user(role="curator", name="Cán Bộ Kín").id, role="curator")
    reasons = [{"field": "problem", "reason": "vague", "note": "Lý do riêng"}]
    listings.advance(session, listing, "return", actor=curator, now=utcnow(), reasons=reasons)
    session.commit()
    return listing


@pytest.mark.parametrize("typed", ["HY-7K3M-9Q2T", "hy7k3m9q2t", " HY 7K3M 9Q2T "])
def test_a_code_is_found_however_it_is_typed(client, returned, typed):
    answer = client.post("/track", data={"code": typed})
    assert answer.status_code == 302
    assert answer.location.endswith("HY-7K3M-9Q2T")
    assert tidy_code(typed) == "HY-7K3M-9Q2T"


def test_a_stranger_learns_the_way_and_nothing_else(client, returned):
    page = client.get("/track/HY-7K3M-9Q2T")
    assert page.status_code == 200
    assert "Cần bổ sung" in page.text
    assert "Chủ hồ sơ" in page.text
    for hidden in (SECRET, "Lý do riêng", "con số hoặc ví dụ", "Cán Bộ Kín", returned.ref):
        assert hidden not in page.text


def test_the_owner_reads_the_reasons_there_too(sign_in, owner, returned):
    page = sign_in(owner).get("/track/HY-7K3M-9Q2T")
    assert "Lý do riêng" in page.text
    assert SECRET in page.text


def test_unknown_and_malformed_codes_get_the_same_answer(client, returned):
    answers = [client.post("/track", data={"code": c}) for c in ("HY-AAAA-BBBB", "x", "'; --", "")]
    assert {a.status_code for a in answers} == {404}
    assert all("Không có hồ sơ nào với mã này" in a.text for a in answers)
    assert client.get("/track/HY-AAAA-BBBB").status_code == 404


def test_codes_cannot_be_tried_without_end(client):
    answers = [client.post("/track", data={"code": f"HY-AAAA-{n:04d}"}) for n in range(31)]
    assert answers[-1].status_code == 429


def test_what_is_published_for_all_is_linked_by_name(client, make):
    make.listing("need", title_vi="Cần máy sấy", tracking_code="HY-2222-3333")
    assert "Cần máy sấy" in client.get("/track/HY-2222-3333").text


def test_a_draft_shows_who_has_it(client, make, session, owner):
    make.listing("need", owner=owner, state="draft", title_vi=SECRET, tracking_code="HY-2222-4444")
    page = client.get("/track/HY-2222-4444")
    assert "Bản nháp" in page.text
    assert SECRET not in page.text
    assert session.query(Listing).count() == 1
