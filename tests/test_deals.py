"""A deal from the introduction to the last follow-up: who says what, and what it takes to count."""

from datetime import date, timedelta

import pytest
from deal_parties import AWAY, HOME, KNOWN, PDF, VALUE, cast_of, claim, terms
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from marketplace.domain.deals import months_after
from marketplace.domain.errors import (
    Conflict,
    Invalid,
    InvalidForm,
    NotAllowed,
    WrongState,
)
from marketplace.models import Audit, Deal, FollowUp, Mail, Match, utcnow
from marketplace.services import deals, figures, matches
from marketplace.services.deals import agreements, follow_ups, milestones, proofs, queues, resting


@pytest.fixture
def cast(make):
    return cast_of(make)


def note(session, cast, who="party a", kind="meeting", on=None, **more):
    row = milestones.note(
        session, cast.match, kind, on or date(2026, 3, 1), actor=cast.actor(who), now=utcnow(),
        **more,
    )  # fmt: skip
    session.commit()
    return row


def verified(session, cast, **over):
    claim(session, cast, **over)
    agreements.confirm(session, cast.match, 1, actor=cast.actor("party b"), now=utcnow())
    session.commit()
    return cast.match.deal.agreement


# --- Opening and milestones --------------------------------------------------------------------
def test_an_introduction_opens_the_deal(session, make):
    cast = cast_of(make, "both_accepted")
    assert cast.match.deal is None
    matches.advance(session, cast.match, "introduce", actor=cast.actor("curator"), now=utcnow())
    session.commit()
    assert session.scalar(select(Deal.match_id)) == cast.match.id


def test_a_meeting_counts_once_the_other_side_has_confirmed_it(session, cast):
    row = note(session, cast)
    assert (cast.match.state, figures.exchange(session)["met"]) == ("in_contact", 0)
    for who in ("party a", "member", "curator", "interested", "leader"):
        with pytest.raises(NotAllowed):
            milestones.confirm(session, row, actor=cast.actor(who), now=utcnow())
    milestones.confirm(session, row, actor=cast.actor("party b"), now=utcnow())
    session.commit()
    assert figures.exchange(session)["met"] == 1
    with pytest.raises(WrongState):
        milestones.deny(session, row, actor=cast.actor("party b"), now=utcnow())


def test_other_things_than_a_meeting_make_no_successful_connection(session, cast):
    for kind in ("contact", "visit", "offer"):
        row = note(session, cast, kind=kind)
        milestones.confirm(session, row, actor=cast.actor("party b"), now=utcnow())
    session.commit()
    assert figures.exchange(session)["met"] == 0
    assert cast.match.state == "negotiating"


@pytest.mark.parametrize(
    ("kind", "on", "field"),
    [("party", date(2026, 1, 1), "kind"), ("visit", None, "on"), ("visit", date(2099, 1, 1), "on")],
)
def test_a_milestone_says_what_and_when(session, cast, kind, on, field):
    with pytest.raises(Invalid) as refused:
        milestones.note(
            session, cast.match, kind, on, actor=cast.actor("party a"), now=utcnow()
        )  # fmt: skip
    assert refused.value.field == field


def test_who_noted_it_may_take_it_back_until_it_is_confirmed(session, cast):
    row = note(session, cast)
    with pytest.raises(NotAllowed):
        milestones.remove(session, row, actor=cast.actor("party b"), now=utcnow())
    milestones.remove(session, row, actor=cast.actor("party a"), now=utcnow())
    assert row.state == "removed"


def test_the_other_side_is_told_without_the_words(session, cast):
    milestones.note(
        session, cast.match, "offer", date(2026, 3, 1), "gia bi mat 7319",
        actor=cast.actor("party a"), now=utcnow(),
    )  # fmt: skip
    session.commit()
    told = session.scalars(select(Mail)).all()
    facts = session.scalars(select(Audit)).all()
    assert not any("7319" in mail.body + mail.subject for mail in told)
    assert not any("7319" in str(row.facts) for row in facts)


# --- Resting and calling in --------------------------------------------------------------------
def test_either_side_rests_the_deal_and_either_goes_on(session, cast):
    with pytest.raises(Invalid):
        resting.pause(session, cast.match, "no reason", actor=cast.actor("party b"), now=utcnow())
    resting.pause(session, cast.match, "season", actor=cast.actor("party b"), now=utcnow())
    session.commit()
    later = utcnow() + timedelta(days=60)
    assert queues.counts(session, actor=cast.actor("curator"), now=later)["silent"] == 0
    resting.resume(session, cast.match, actor=cast.actor("party a"), now=utcnow())
    session.commit()
    assert queues.counts(session, actor=cast.actor("curator"), now=later)["silent"] == 1
    assert queues.counts(session, actor=cast.actor("interested"), now=later)["silent"] == 0


def test_the_curator_reads_words_and_values_only_while_called_in(session, cast):
    note(session, cast, text="loi rieng")
    claim(session, cast)
    session.commit()

    def seen():
        here = deals.standing(session, cast.actor("curator"), cast.match)
        return here.milestones[0].note, here.reads_terms

    assert seen() == ("", False)
    resting.call_in(session, cast.match, actor=cast.actor("party b"), now=utcnow())
    assert seen() == ("loi rieng", True)
    with pytest.raises(NotAllowed):
        resting.send_off(session, cast.match, actor=cast.actor("party a"), now=utcnow())
    resting.send_off(session, cast.match, actor=cast.actor("party b"), now=utcnow())
    assert seen() == ("", False)


# --- Agreements --------------------------------------------------------------------------------
def test_the_other_side_confirms_and_only_then_it_is_a_transaction(session, cast):
    claim(session, cast)
    session.commit()
    assert cast.match.state == "agreement_claimed"
    assert figures.exchange(session)["transactions"] == 0
    for who in ("party a", "member", "curator", "lead", "leader"):
        with pytest.raises(NotAllowed):
            agreements.confirm(session, cast.match, 1, actor=cast.actor(who), now=utcnow())
    agreements.confirm(session, cast.match, 1, actor=cast.actor("party b"), now=utcnow())
    session.commit()
    agreement = cast.match.deal.agreement
    assert (cast.match.state, agreement.verified_how) == ("agreement_verified", "both")
    assert figures.exchange(session)["transactions"] == 1
    assert [(row.month, row.due_on) for row in agreement.follow_ups] == [
        (6, date(2026, 9, 2)), (12, date(2027, 3, 2)),
    ]  # fmt: skip


def test_a_corrected_claim_is_confirmed_as_it_is_now(session, cast):
    claim(session, cast)
    agreements.correct(
        session, cast.match, terms(value=VALUE + 1), home=HOME, known=KNOWN,
        actor=cast.actor("party a"), now=utcnow(),
    )  # fmt: skip
    with pytest.raises(Conflict):
        agreements.confirm(session, cast.match, 1, actor=cast.actor("party b"), now=utcnow())
    agreements.confirm(session, cast.match, 2, actor=cast.actor("party b"), now=utcnow())
    assert cast.match.deal.agreement.value == VALUE + 1
    for step in (agreements.withdraw, agreements.dispute):
        more = {"reason": "wrong_value"} if step is agreements.dispute else {}
        with pytest.raises(WrongState):
            step(session, cast.match, actor=cast.actor("party a"), now=utcnow(), **more)


def test_a_disputed_claim_goes_back_to_the_talks_with_its_reason(session, cast):
    claim(session, cast)
    with pytest.raises(Invalid):
        agreements.dispute(session, cast.match, "", actor=cast.actor("party b"), now=utcnow())
    agreements.dispute(
        session, cast.match, "wrong_value", actor=cast.actor("party b"), now=utcnow()
    )  # fmt: skip
    agreement = cast.match.deal.agreement
    assert (cast.match.state, agreement.dispute_reason) == ("negotiating", "wrong_value")
    assert agreement.confirmed_a_at is None
    claim(session, cast, value=VALUE + 2)
    assert (agreement.version, agreement.dispute_reason) == (2, "")


def test_a_document_is_checked_by_a_curator_without_a_part_in_it(session, make, tmp_path):
    cast = cast_of(make, client="b")
    cast_now = {"now": utcnow()}
    claim(session, cast, "curator", side="b", channel="paper")
    with pytest.raises(NotAllowed):
        agreements.verify(
            session, cast.match, 1, actor=cast.actor("second curator"), **cast_now
        )  # fmt: skip
    proofs.add(
        session, cast.match, PDF, folder=tmp_path, actor=cast.actor("curator"), side="b",
        channel="paper", **cast_now,
    )  # fmt: skip
    session.commit()
    session.refresh(cast.match.deal.agreement)
    for who in ("curator", "typist", "interested", "party a", "leader", "auditor", "sysadmin"):
        with pytest.raises(NotAllowed):
            agreements.verify(session, cast.match, 1, actor=cast.actor(who), **cast_now)
    agreements.verify(session, cast.match, 1, actor=cast.actor("second curator"), **cast_now)
    session.commit()
    assert cast.match.deal.agreement.verified_how == "document"


def test_who_belongs_to_both_sides_speaks_for_neither(session, make):
    cast = cast_of(make)
    both = cast.users["party b"]
    cast.listings[0].owner_user_id = both.id
    make.save(cast.listings[0])
    for who, act in (("party b", claim), ("party b", note)):
        with pytest.raises(NotAllowed):
            act(session, cast, who)


def test_the_database_itself_takes_no_one_sided_verification(session, cast):
    claim(session, cast)
    session.commit()
    agreement = cast.match.deal.agreement
    both = {"confirmed_b_at": utcnow(), "confirmed_b_by_id": cast.users["party a"].id}
    for values in (
        {"verified_how": "both", "verified_at": utcnow()},
        {"verified_how": "document", "verified_at": utcnow()},
        {"verified_how": "document", "verified_at": utcnow(),
         "verified_by_id": cast.users["party a"].id},
        {"verified_how": "both", "verified_at": utcnow()} | both,
        {"verified_at": utcnow()},
    ):  # fmt: skip
        for name, value in values.items():
            setattr(agreement, name, value)
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"form": "gift"}, "form"),
        ({"signed_on": None}, "signed_on"),
        ({"signed_on": date(2099, 1, 1)}, "signed_on"),
        ({"value": None}, "value"),
        ({"value": -1}, "value"),
        ({"provinces": (HOME, "99")}, "other_province"),
        ({"starts_on": date(2026, 5, 1), "ends_on": date(2026, 4, 1)}, "ends_on"),
    ],
)
def test_what_was_signed_is_said_in_full(session, cast, over, field):
    with pytest.raises(InvalidForm) as refused:
        claim(session, cast, **over)
    assert set(refused.value.errors) == {field}
    assert cast.match.deal.agreement is None


def test_one_contract_told_in_two_matches_is_counted_once(session, make, cast):
    verified(session, cast)
    a, b = (
        make.listing(kind, organisation=listing.organisation, owner=listing.owner_user)
        for kind, listing in zip(("need", "offer"), cast.listings, strict=True)
    )
    again = make.match(a, b, state="in_contact", known_to_first=True, known_to_second=True)
    first, cast.match = cast.match, again
    with pytest.raises(Conflict):
        claim(session, cast)
    session.rollback()
    cast.match = session.get(Match, again.id)
    claim(session, cast, number="13/HD")  # another contract of the same day says its number
    session.commit()
    assert first.deal.agreement.verified_at


# --- Sums --------------------------------------------------------------------------------------
def test_a_sum_tells_of_three_values_or_nothing(session, make):
    for number, (provinces, year) in enumerate(
        [((HOME, HOME), 2026), ((HOME, AWAY), 2026), ((HOME, HOME), 2025)]
    ):
        cast = cast_of(make)
        verified(
            session, cast, provinces=provinces, signed_on=date(year, 2, 3), value=10 + number
        )  # fmt: skip
    years = deals.figures.by_year(session)
    assert [(y.year, y.transactions, y.local, y.value) for y in years] == [
        (2026, 2, 1, None), (2025, 1, 1, None),
    ]  # fmt: skip
    verified(session, cast_of(make), signed_on=date(2026, 1, 5), value=100)
    (now, _before) = deals.figures.by_year(session)
    # Two of the three are local: a split would tell the value of the third.
    assert (now.value, now.value_local, now.value_outside) == (10 + 11 + 100, None, None)


def test_what_came_from_another_exchange_is_never_local(session, make):
    cast = cast_of(make)
    cast.listings[1].origin = "harvested"
    make.save(cast.listings[1])
    assert not verified(session, cast).local
    assert verified(session, cast_of(make)).local
    assert not verified(session, cast_of(make), provinces=(HOME, AWAY)).local


# --- Follow-ups --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 12, 1), 12, date(2027, 12, 1)),
        (date(2026, 5, 31), 6, date(2026, 11, 30)),
    ],
)
def test_months_are_counted_as_people_do(start, months, end):
    assert months_after(start, months) == end


def test_both_sides_are_asked_thrice_and_one_answer_is_enough(session, cast):
    agreement = verified(session, cast)
    due = utcnow().replace(year=2026, month=9, day=2, hour=5)
    sent = [
        follow_ups.remind_due(session, now=due + timedelta(days=days)) for days in (-1, 0, 1, 14)
    ]
    assert sent == [0, 1, 0, 1]
    said = follow_ups.Effect(4, 2_000_000_000, "bớt 30% hao hụt")
    follow_ups.answer(
        session, cast.match, 6, said, actor=cast.actor("party b"), now=due + timedelta(days=15)
    )
    session.commit()
    assert cast.match.state == "followed_6m"
    assert follow_ups.remind_due(session, now=due + timedelta(days=40)) == 0
    with pytest.raises(WrongState):
        follow_ups.answer(session, cast.match, 6, said, actor=cast.actor("party a"), now=due)
    assert agreement.follow_ups[0].said["jobs"] == 4


def test_nobody_answering_ends_the_wait(session, cast):
    verified(session, cast)
    end = utcnow().replace(year=2027, month=3, day=2, hour=5) + timedelta(days=90)
    assert queues.counts(session, actor=cast.actor("lead"), now=end)["follow_ups"] == 1
    assert follow_ups.close_due(session, now=end - timedelta(days=1)) == 0
    assert follow_ups.close_due(session, now=end) == 1
    assert cast.match.state == "closed"
    assert session.scalar(select(FollowUp.id).where(FollowUp.answered_at.is_not(None))) is None
