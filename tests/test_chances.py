"""What would match if: counts for the owner, figures for readers of every fact only."""

import pytest
from conftest import words_of
from sqlalchemy import select

from marketplace.models import Listing, utcnow
from marketplace.services import discovery, suggestions
from marketplace.services.accounts import actor_of

TEXT = (
    "Hợp tác xã cần máy sấy nhãn bơm nhiệt công suất 500 kg mỗi mẻ, giữ màu long nhãn, "
    "tiết kiệm điện, dễ vận hành cho bà con xã viên."
)


@pytest.fixture
def engines(app):
    return app.extensions["engines"]


@pytest.fixture
def indexed(app, session, engines):
    """indexed(): the worker has encoded everything and the site reads it."""

    def now():
        matcher = engines.matcher()
        suggestions.index(session, matcher, list(session.scalars(select(Listing))), "33")
        matcher.index.save(engines.vectors_folder)
        engines._looked = float("-inf")

    return now


@pytest.fixture
def say(make):
    def listing(kind, owner=None, **over):
        words = {"title_vi": TEXT[:100], "summary_vi": TEXT, "problem": TEXT, "description": TEXT}
        if kind == "need":
            words.pop("description")
        open_terms = {"trl": "9"} if kind == "offer" else {"trl_min": "1", "budget_max": 10**12}
        return make.listing(kind, owner=owner or make.user(), **words | open_terms | over)

    return listing


@pytest.fixture
def curator(make):
    return actor_of(make.user(role="curator"))


def found(session, engines, actor, listing):
    return discovery.chances(session, engines, actor, listing, "33")


def test_the_owner_learns_what_a_lower_readiness_would_bring(session, say, engines, indexed):
    need = say("need", trl_min="8")
    say("offer", trl="6")
    say("offer", trl="7")
    say("offer", trl="9")
    indexed()
    (only,) = found(session, engines, actor_of(need.owner_user), need)
    assert (only.constraint, only.now, only.up) == ("readiness", 8, False)
    assert [(needed, count) for needed, count, _strong in only.steps] == [(7, 1), (6, 2)]
    assert only.near == ()


def test_nobody_learns_a_price_from_what_a_higher_budget_would_bring(
    session, say, engines, indexed, curator
):
    need = say("need", budget_max=100_000_000)
    for price in (240, 360):
        say("offer", price_min=price * 10**6, price_max=price * 10**6)
    indexed()
    owner = actor_of(need.owner_user)
    assert found(session, engines, owner, need) == []  # two could be told apart
    (exact,) = found(session, engines, curator, need)
    assert [step[:2] for step in exact.steps] == [(200_000_000, 1), (300_000_000, 2)]
    say("offer", price_min=480 * 10**6, price_max=480 * 10**6)
    indexed()
    (vague,) = found(session, engines, owner, need)
    assert vague.steps == ((None, 3, 0),)
    assert vague.near == ()


def test_one_s_own_and_what_one_may_not_see_are_not_counted(session, say, engines, indexed):
    need = say("need", trl_min="8")
    say("offer", trl="6", owner=need.owner_user)
    say("offer", trl="6", visibility="invitation")
    say("offer", trl="6", state="on_hold")
    indexed()
    assert found(session, engines, actor_of(need.owner_user), need) == []


def test_a_pair_that_misses_two_rules_is_not_one_step_away(session, say, engines, indexed, curator):
    need = say("need", trl_min="8", budget_max=100_000_000)
    say("offer", trl="6", price_min=900_000_000, price_max=900_000_000)
    indexed()
    assert found(session, engines, curator, need) == []


def test_without_an_index_there_is_nothing_to_tell(session, say, engines, curator):
    assert found(session, engines, curator, say("need", trl_min="8")) == []


# --- Pages ----------------------------------------------------------------------------------------
@pytest.fixture
def need(say, indexed):
    """A need one level of readiness away from an offer, and a budget away from three."""
    need = say("need", trl_min="8", budget_max=100_000_000)
    say("offer", trl="7", title_vi="Máy sấy nhãn bơm nhiệt Phố Nối", price_min=1, price_max=1)
    for _ in range(3):
        say("offer", price_min=777_000_000, price_max=777_000_000)
    indexed()
    return need


def test_the_owner_s_page_counts_and_shows_no_figure_of_others(need, sign_in):
    page = sign_in(need.owner_user).get(f"/listings/{need.ref}/what-if").text
    assert "từ TRL 7 (nay từ TRL 8)" in page
    assert "thêm 1 hồ sơ phù hợp" in page
    assert "Nếu ngân sách cao hơn" in page
    assert "Phố Nối" not in page
    assert "647" not in words_of(page)  # 777 / 1.2, in millions
    shown = sign_in(need.owner_user).get(f"/listings/{need.ref}").text
    assert f"/listings/{need.ref}/what-if" in shown


def test_the_desk_sees_the_figures_and_the_listings(need, make, sign_in):
    page = sign_in(make.user(role="curator")).get(f"/desk/listings/{need.ref}/matches").text
    assert "Máy sấy nhãn bơm nhiệt Phố Nối" in page
    assert "ngân sách lên ít nhất 647,5 triệu đồng" in page


@pytest.mark.parametrize("role", ["member", "officer", "auditor"])
def test_it_is_the_owner_s_and_the_desk_s_business(need, make, sign_in, role):
    client = sign_in(make.user(role=role))
    assert client.get(f"/listings/{need.ref}/what-if").status_code == 403


def test_only_published_listings_that_ask_have_the_page(make, sign_in):
    owner = make.user()
    for kind, over in (("mentor", {}), ("need", {"state": "draft"})):
        listing = make.listing(kind, owner=owner, **over)
        assert sign_in(owner).get(f"/listings/{listing.ref}/what-if").status_code == 404


def test_before_the_encoder_is_loaded_the_page_says_so(make, sign_in):
    need = make.listing("need", owner=make.user(), matched_at=utcnow())
    page = sign_in(need.owner_user).get(f"/listings/{need.ref}/what-if").text
    assert "đang khởi động" in page
