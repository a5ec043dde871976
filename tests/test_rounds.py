"""A round of proposals: within places and limit, newcomers seen, nothing without a press."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.domain.errors import Invalid
from marketplace.models import Audit, Mail, Match, utcnow
from marketplace.services.accounts import actor_of
from marketplace.services.matches import rounds


@pytest.fixture
def curator(make):
    return make.user(role="curator", name="Cán bộ")


@pytest.fixture
def desk(sign_in, curator):
    return sign_in(curator)


@pytest.fixture
def pair(make):
    """pair(startup, mentor, score): a suggestion; both directions as good as its score."""

    def suggested(startup, mentor, score=0.8, **over):
        return make.match(startup, mentor, score=score, score_ab=score, score_ba=score, **over)

    return suggested


@pytest.fixture
def startup(make):
    return lambda **over: make.listing("startup", owner=make.user(), **over)


@pytest.fixture
def mentor(make):
    """mentor(places); a mentor somebody was proposed to before, unless said otherwise."""

    def one(places=3, *, known=True, **over):
        listing = make.listing("mentor", owner=make.user(), capacity=places, **over)
        if known:
            make.match(
                make.listing("idea"), listing, state="declined",
                asked_at=utcnow() - timedelta(days=90),
            )  # fmt: skip
        return listing

    return one


def planned(session, curator, **over):
    asked = {"limit": 2, "each": 1} | over
    return rounds.plan(
        session, "startup-mentor", actor=actor_of(curator), now=utcnow(), **asked
    )  # fmt: skip


def keys(plan):
    return [each.match.key for each in plan.proposals]


def test_a_popular_mentor_gets_no_more_than_the_limit(
    session, make, curator, pair, startup, mentor
):
    popular, other = mentor(9), mentor(9)
    ventures = [startup() for _ in range(4)]
    best = [pair(each, popular, 0.9) for each in ventures]
    spare = pair(ventures[0], other, 0.6)
    plan = planned(session, curator, limit=2)
    loads = {side.listing.id: side.chosen for side in plan.answering}
    assert loads == {popular.id: 2, other.id: 1}
    assert spare.key in keys(plan)
    assert plan.largest == 2
    assert len(plan.waiting) == 1
    assert plan.curve[-1] == (4, pytest.approx(3.6))
    assert {row.key for row in best} > set(keys(plan)) - {spare.key}
    assert 0 < plan.share < 1


def test_places_in_use_and_proposals_of_the_month_count(
    session, make, curator, pair, startup, mentor
):
    """Over all pair types: a mentor has one calendar."""
    full, asked = mentor(1), mentor(5)
    make.match(make.listing("idea"), full, state="introduced")
    make.match(make.listing("idea"), asked, state="declined", asked_at=utcnow())
    make.match(make.listing("idea"), asked, state="declined", asked_at=utcnow())
    pair(startup(), full)
    pair(startup(), asked)
    assert planned(session, curator, limit=2).proposals == []
    (only,) = planned(session, curator, limit=3).proposals
    assert only.match.b_id == asked.id
    assert (only.answering.load, only.answering.places, only.answering.earlier) == (1, 5, 2)


def test_who_does_not_say_has_the_usual_places(session, curator, pair, startup, mentor):
    pair(startup(), mentor(None))
    pair(startup(), mentor(0))
    (only,) = planned(session, curator).proposals
    assert (only.answering.places, only.answering.declared) == (
        rounds.USUAL_PLACES["mentor"],
        False,
    )


def test_a_newcomer_somebody_suits_is_seen(session, curator, pair, startup, mentor):
    venture = startup()
    pair(venture, mentor(), 0.9)
    seen = pair(venture, mentor(known=False), 0.5)
    plan = planned(session, curator)
    assert keys(plan) == [seen.key]
    assert plan.proposals[0].answering.newcomer


@pytest.mark.parametrize(
    "over", [{"level": "weak"}, {"current": False}, {"state": "kept"}, {"state": "later"}]
)
def test_only_good_suggestions_still_waiting_take_part(
    session, curator, pair, startup, mentor, over
):
    pair(startup(), mentor(), **over)
    pair(startup(state="on_hold"), mentor())
    assert planned(session, curator).proposals == []


def test_a_round_pairs_only_those_with_places(session, curator):
    with pytest.raises(Invalid):
        rounds.plan(session, "need-offer", limit=1, each=1, actor=actor_of(curator), now=utcnow())


# --- The page -------------------------------------------------------------------------------------
def test_nothing_is_proposed_without_a_press(session, desk, pair, startup, mentor):
    pair(startup(), mentor())
    assert desk.get("/desk/rounds?pair=startup-mentor").status_code == 200
    assert session.scalars(select(Mail)).all() == []
    assert {row.state for row in session.scalars(select(Match))} == {"suggested", "declined"}


def test_a_press_keeps_proposes_and_leaves_a_trace(session, desk, pair, startup, mentor):
    ticked, other = pair(startup(), mentor()), pair(startup(), mentor())
    form = {"pair": "startup-mentor", "limit": 2, "move": "keep_and_propose"}
    answer = desk.post("/desk/rounds", data=form | {"match": [ticked.key]})
    assert "did=" not in answer.location
    session.refresh(ticked)
    assert (ticked.state, other.state) == ("proposed_to_first", "suggested")
    (row,) = session.scalars(select(Audit).where(Audit.action == "match.round"))
    assert row.facts == {
        "pair_type": "startup-mentor", "move": "keep_and_propose", "limit": 2, "done": 1, "left": 0,
    }  # fmt: skip
    assert session.scalar(select(Mail)) is not None


def test_keeping_is_taken_back_in_one_press(session, desk, pair, startup, mentor):
    both = [pair(startup(), mentor()), pair(startup(), mentor())]
    named = {"pair": "startup-mentor", "match": [row.key for row in both]}
    answer = desk.post("/desk/rounds", data=named | {"move": "keep"})
    page = desk.get(answer.location).text
    assert "Đã giữ 2 cặp" in page
    assert "Hoàn tác lần giữ vừa rồi" in page
    desk.post("/desk/rounds/undo", data=named)
    for row in both:
        session.refresh(row)
        assert row.state == "suggested"


def test_more_ticks_than_places_do_not_flood_anybody(session, desk, pair, startup, mentor):
    """Whatever is posted: two pages open, a form made by hand."""
    small = mentor(2)
    rows = [pair(startup(), small, score) for score in (0.7, 0.9, 0.8)]
    form = {"pair": "startup-mentor", "limit": 20, "match": [row.key for row in rows]}
    page = desk.post("/desk/rounds", data=form | {"move": "keep"}, follow_redirects=True).text
    assert "đã đủ số đề xuất" in page
    states = []
    for row in rows:
        session.refresh(row)
        states.append(row.state)
    assert states == ["suggested", "kept", "kept"]


def test_a_pair_proposed_by_itself_needs_a_place_too(session, desk, pair, startup, mentor):
    busy = mentor(1)
    first, second = (pair(startup(), busy) for _ in range(2))
    assert desk.post(f"/desk/matches/{first.key}/keep_and_propose").status_code == 302
    answer = desk.post(f"/desk/matches/{second.key}/keep_and_propose")
    assert answer.status_code == 409
    assert "đang có 1 cặp trên 1 chỗ" in answer.get_data(as_text=True)
    session.expire_all()
    assert (first.state, second.state) == ("proposed_to_first", "suggested")
    # Keeping it for later is free; it takes no place before somebody is asked.
    assert desk.post(f"/desk/matches/{second.key}/keep").status_code == 302


def test_a_pair_of_one_s_own_is_listed_and_left(session, make, desk, curator, pair, mentor):
    ours = make.organisation(curator)
    row = pair(make.listing("startup", owner=make.user(), organisation=ours), mentor())
    page = desk.get("/desk/rounds?pair=startup-mentor").text
    assert "người khác quyết định" in page
    assert f'value="{row.key}"' not in page
    desk.post("/desk/rounds", data={"pair": "startup-mentor", "match": row.key, "move": "keep"})
    session.refresh(row)
    assert row.state == "suggested"


def test_a_side_nobody_answers_for_is_listed_with_the_reason(make, desk, pair, mentor):
    pair(make.listing("startup"), mentor())
    assert "chưa có tài khoản để trả lời" in desk.get("/desk/rounds?pair=startup-mentor").text


def test_a_press_without_ticks_says_so(desk, pair, startup, mentor):
    pair(startup(), mentor())
    answer = desk.post("/desk/rounds", data={"pair": "startup-mentor", "move": "keep"})
    assert answer.status_code == 422
    assert "ít nhất một cặp" in answer.text


@pytest.mark.parametrize("query", ["", "?pair=need-offer&limit=x", "?limit=-3&each=99&pair=no"])
def test_whatever_is_asked_there_is_a_round(desk, query):
    assert desk.get(f"/desk/rounds{query}").status_code == 200


def test_the_trade_off_is_drawn_and_told_in_numbers(desk, pair, startup, mentor):
    popular = mentor(9)
    for _ in range(3):
        pair(startup(), popular)
    page = desk.get("/desk/rounds?pair=startup-mentor&limit=2").text
    assert "<polyline" in page
    assert "2 (đang chọn)" in page
    assert "2,4" in page
