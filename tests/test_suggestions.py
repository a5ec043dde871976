"""The curators' queue follows the matcher: what is new, what stays, what leaves, what is unmet."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from marketplace.models import Audit, Change, Listing, Match, utcnow
from marketplace.services import background, discovery, outbox, suggestions
from matching.records import ConstraintResult, Suggestion

TEXT = (
    "Hợp tác xã cần máy sấy nhãn bơm nhiệt công suất 500 kg mỗi mẻ, giữ màu long nhãn, "
    "tiết kiệm điện, dễ vận hành cho bà con xã viên."
)
OTHER = (
    "Xử lý nước thải làng nghề tái chế nhựa bằng bùn hoạt tính, đạt quy chuẩn cột A, "
    "chi phí vận hành thấp, không mùi."
)


@pytest.fixture
def matcher(app):
    return app.extensions["engines"].matcher()


@pytest.fixture
def say(make):
    """A published listing that says one thing throughout."""

    def listing(kind, text, **over):
        words = {"title_vi": text[:100], "summary_vi": text, "problem": text, "description": text}
        words |= {"requirements": text, "current": text, "advantages": text, "solution": text}
        from marketplace.domain.fields import field

        values = {name: value for name, value in words.items() if field(kind, name)}
        return make.listing(kind, owner=over.pop("owner", None) or make.user(), **values | over)

    return listing


def follow(session, matcher, *listings):
    everything = list(session.scalars(select(Listing)))
    suggestions.index(session, matcher, everything, "33")
    new = [
        suggestions.follow(session, matcher, each, "33", now=utcnow())
        for each in listings or everything
    ]
    session.commit()
    session.expire_all()
    return sum(new)


def matches(session, **wanted):
    return list(session.scalars(select(Match).filter_by(**wanted).order_by(Match.score.desc())))


# --- Suggesting -----------------------------------------------------------------------------------
def test_an_offer_that_answers_a_need_is_suggested_above_one_that_does_not(session, matcher, say):
    need, good, bad = say("need", TEXT), say("offer", TEXT), say("offer", OTHER)
    follow(session, matcher, need)
    found = matches(session, a_id=need.id)
    assert found[0].b_id == good.id
    assert all(match.score < found[0].score for match in found[1:] if match.b_id == bad.id)
    first = found[0]
    assert (first.state, first.origin, first.pair_type) == ("suggested", "engine", "need-offer")
    assert first.explanation["passages"]
    assert first.model == matcher.encoder.name
    assert first.due_at - first.created_at == suggestions.ANSWER_BY


def test_matching_again_suggests_nothing_twice(session, matcher, say):
    need, _offer = say("need", TEXT), say("offer", TEXT)
    assert follow(session, matcher, need) >= 1
    before = [(match.id, match.score) for match in matches(session)]
    assert follow(session, matcher, need) == 0
    assert [(match.id, match.score) for match in matches(session)] == before


def test_both_sides_of_a_pair_are_one_row(session, matcher, say):
    need, offer = say("need", TEXT), say("offer", TEXT)
    follow(session, matcher, need, offer)
    assert len(matches(session, pair_type="need-offer")) == 1


def test_nobody_is_matched_with_themselves(session, make, matcher, say):
    owner = make.user()
    ours = make.organisation(owner)
    say("need", TEXT, owner=owner)
    say("offer", TEXT, owner=owner)
    say("need", TEXT, organisation=ours)
    say("offer", TEXT, organisation=ours)
    follow(session, matcher)
    for match in matches(session):
        assert match.a.owner_user_id != match.b.owner_user_id
        assert match.a.organisation_id is None or match.a.organisation_id != match.b.organisation_id


@pytest.mark.parametrize(
    "state", ["kept", "dismissed", "proposed_to_first", "introduced", "declined"]
)
def test_what_a_person_decided_is_never_touched(session, matcher, say, state):
    need, offer = say("need", TEXT), say("offer", TEXT)
    follow(session, matcher, need)
    (match,) = matches(session, a_id=need.id, b_id=offer.id)
    match.state, match.score = state, 0.123
    session.add(Audit(at=utcnow(), actor_role="system", action="test.setup"))
    session.commit()
    follow(session, matcher, need)
    (after,) = matches(session, a_id=need.id, b_id=offer.id)
    assert (after.state, after.score) == (state, 0.123)


def test_a_suggestion_the_matcher_no_longer_makes_leaves_the_queue(session, matcher, say):
    need, offer = say("need", TEXT), say("offer", TEXT)
    follow(session, matcher, need)
    offer.state = "withdrawn"
    session.add(Audit(at=utcnow(), actor_role="system", action="test.setup"))
    session.commit()
    follow(session, matcher, need)
    (match,) = matches(session, a_id=need.id, b_id=offer.id)
    assert match.current is False
    offer.state = "published"
    session.add(Audit(at=utcnow(), actor_role="system", action="test.setup"))
    session.commit()
    follow(session, matcher, need)
    assert matches(session, a_id=need.id, b_id=offer.id)[0].current is True


def test_the_worker_s_figures_do_not_refuse_a_curator_s_verdict(session, matcher, say):
    need, offer = say("need", TEXT), say("offer", TEXT)
    follow(session, matcher, need)
    (match,) = matches(session, a_id=need.id, b_id=offer.id)
    lock = match.lock
    follow(session, matcher, need)
    assert matches(session, a_id=need.id, b_id=offer.id)[0].lock == lock


def test_matching_leaves_its_line_in_the_audit_trail(session, matcher, say):
    follow(session, matcher, say("need", TEXT))
    row = session.scalar(select(Audit).where(Audit.action == "match.suggest"))
    assert row.actor_role == "system"
    assert set(row.facts) == {"found", "new"}


# --- Unmet needs ----------------------------------------------------------------------------------
def test_a_need_nothing_answers_is_unmet_since_the_first_time(session, matcher, say):
    need = say("need", TEXT)
    follow(session, matcher, need)
    since = need.unmet_since
    assert since is not None
    follow(session, matcher, need)
    assert need.unmet_since == since


def test_a_need_is_met_once_a_good_offer_comes(session, matcher, say, monkeypatch):
    need = say("need", TEXT)
    follow(session, matcher, need)
    offer = say("offer", TEXT)
    _make_strong(monkeypatch)
    follow(session, matcher, offer)
    assert need.unmet_since is None


def test_other_kinds_are_never_unmet(session, matcher, say):
    for kind in ("offer", "idea", "startup"):
        row = say(kind, TEXT)
        follow(session, matcher, row)
        assert row.unmet_since is None


def _make_strong(monkeypatch):
    """The hashing encoder knows no thresholds of its own; what is strong is another test's."""
    said = discovery.suggest

    def strong(*arguments, **more):
        return [replace(each, level="strong") for each in said(*arguments, **more)]

    monkeypatch.setattr(discovery, "suggest", strong)


# --- Confidential figures -------------------------------------------------------------------------
def test_a_confidential_budget_is_compared_and_its_number_kept_nowhere(session, matcher, say):
    need = say("need", TEXT, budget_max=731_900_000)
    say("offer", TEXT, price_min=1_319_900_000, price_max=1_400_000_000)
    follow(session, matcher, need)
    (match,) = matches(session, pair_type="need-offer")
    (rule,) = [r for r in match.explanation["constraints"] if "budget_max" in r["sources"]]
    assert rule["satisfied"] is False
    assert rule["values"] == {}
    assert rule["score"] is None
    for number in ("731900000", "1319900000", "1400000000"):
        assert number not in str(match.explanation)


def test_numbers_are_removed_from_rules_over_confidential_facts_only():
    def rule(*sources):
        return ConstraintResult("r", True, True, 0.5, dict.fromkeys(sources, 7), sources)

    said = Suggestion(
        "a", "b", "need-offer", 0.5, "good", (), (),
        (rule("budget_max", "price_min"), rule("trl", "trl_min")), 0.5, 0.5, "model",
    )  # fmt: skip
    hidden, shown = discovery.without_figures(said).constraints
    assert (hidden.values, hidden.score) == ({}, None)
    assert (shown.values, shown.score) == ({"trl": 7, "trl_min": 7}, 0.5)


def test_places_under_way_are_taken_from_a_mentor_s_capacity(session, make, matcher, say):
    mentor = say("mentor", TEXT, capacity=1)
    idea = say("idea", TEXT)
    first = say("idea", TEXT)
    make.match(first, mentor, state="kept")
    suggestions.index(session, matcher, list(session.scalars(select(Listing))), "33")
    found = discovery.suggest(session, matcher, idea, "33")
    (rule,) = [r for s in found if s.b == mentor.ref for r in s.constraints if r.name == "capacity"]
    assert rule.satisfied is False


# --- The worker's round ---------------------------------------------------------------------------
def test_a_change_is_followed_once_and_nothing_is_encoded_twice(app, session, make, say):
    engines = app.extensions["engines"]
    need = say("need", TEXT)
    say("offer", TEXT)
    while background.follow_matches(engines, "33"):
        pass
    assert session.scalar(select(func.count(Change.id)).where(Change.matched_at.is_(None))) == 0
    assert matches(session, a_id=need.id)
    encoder = engines.encoder()
    told = []
    encode = encoder.encode_document
    encoder.encode_document = lambda texts: told.extend(texts) or encode(texts)
    outbox.changed(session, session.get(Listing, need.id), now=utcnow())
    make.save(session.get(Listing, need.id))
    assert background.follow_matches(engines, "33") == 1
    assert told == []


def test_changes_wait_in_order_and_a_listing_waits_once(session, make):
    row = make.listing("need")
    for _ in range(3):
        outbox.changed(session, row, now=utcnow())
    make.save(row)
    changes, listings = suggestions.waiting(session)
    assert changes == sorted(changes)
    assert len(changes) == 4
    assert listings == [row]
    assert suggestions.waiting(session, limit=2)[0] == changes[:2]


def test_a_listing_off_the_pages_leaves_the_vectors(session, matcher, say):
    offer = say("offer", TEXT)
    suggestions.index(session, matcher, [offer], "33")
    assert offer.ref in matcher.index
    offer.state = "on_hold"
    suggestions.index(session, matcher, [offer], "33")
    assert offer.ref not in matcher.index
