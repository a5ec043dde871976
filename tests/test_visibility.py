"""Check and query say the same thing: for every person, every state and every visibility."""

from itertools import product

import pytest
from cast import CAST
from sqlalchemy import func, select

from marketplace.domain.actor import GUEST, SYSTEM, Actor
from marketplace.domain.permissions import allowed, impartial
from marketplace.domain.vocabulary import VISIBILITIES
from marketplace.domain.workflow import LISTING, MATCH
from marketplace.models import Audit, Listing, Match, Membership, Organisation, db, utcnow
from marketplace.services.accounts import actor_of
from marketplace.services.visibility import (
    audiences,
    decided_by,
    listing_rows,
    matches_visible_to,
    owned_by,
    visible_to,
)

PEOPLE = [part.name for part in CAST]


@pytest.fixture
def everybody(make):
    """name -> Actor, with real accounts, and listings and matches of every sort around them."""
    users, ours, theirs = {}, make.organisation(), make.organisation()
    for part in CAST:
        if part.role in ("guest", "system"):
            continue
        users[part.name] = user = make.user(
            role=part.role, verified_at=utcnow() if part.verified else None
        )
        organisation = {"member": ours, "admin": ours, "other": theirs}.get(part.tie)
        if organisation is not None:
            make.save(
                Membership(
                    user_id=user.id, organisation_id=organisation.id, created_at=utcnow(),
                    state="active", role="admin" if part.tie == "admin" else "member",
                )
            )  # fmt: skip
        if part.tie == "interest":
            make.interest(user, ours)
    # Somebody who only asked to join, and somebody who left, are strangers.
    for state in ("asked", "ended"):
        users[state] = make.user()
        make.save(
            Membership(
                user_id=users[state].id, organisation_id=ours.id, created_at=utcnow(), state=state,
                role="admin",
            )
        )  # fmt: skip
    _every_listing(users, ours, theirs)
    _every_match()
    actors = {name: actor_of(user) for name, user in users.items()}
    by_link = Actor(link=tuple(db.session.execute(select(Match.id, Match.a_id).limit(1)).one()))
    return actors | {"guest": GUEST, "worker": SYSTEM, "client with an answer link": by_link}


def _every_listing(users, ours, theirs):
    typist = users["curator who typed it"].id
    owners = (
        {"owner_user_id": users["owner"].id},
        {"owner_user_id": users["owner"].id, "organisation_id": ours.id},
        {"organisation_id": ours.id},
        {"owner_user_id": users["owner of the other listing"].id, "organisation_id": theirs.id},
        {"entered_by_id": typist},
        {},
    )
    cells = product(LISTING.states, VISIBILITIES, owners)
    for number, (state, visibility, whose) in enumerate(cells):
        db.session.add(
            Listing(
                ref=f"V{number}", tracking_code=f"V{number}", state=state,
                visibility=visibility, kind=("need", "offer")[number % 2],
                created_at=utcnow(), changed_at=utcnow(), **whose,
            )
        )  # fmt: skip
    db.session.add(Audit(at=utcnow(), actor_role="system", action="test.setup"))
    db.session.commit()


def _every_match():
    """Every state, told to nobody, the first or both, asked from either side, of many pairs."""
    needs = db.session.scalars(select(Listing).where(Listing.kind == "need")).all()
    offers = db.session.scalars(select(Listing).where(Listing.kind == "offer")).all()
    known = ((False, False), (True, False), (True, True), (False, True))
    cells = list(product(MATCH.states, known, (False, True)))
    for number, (state, (first, second), b_first) in enumerate(cells * 3):
        a, b = needs[number % len(needs)], offers[(number * 7 + number // 50) % len(offers)]
        db.session.add(
            Match(
                pair_type="need-offer", a_id=a.id, b_id=b.id, state=state, known_to_first=first,
                known_to_second=second, b_first=b_first, created_at=utcnow(), changed_at=utcnow(),
            )
        )  # fmt: skip
    db.session.add(Audit(at=utcnow(), actor_role="system", action="test.setup"))
    db.session.commit()


def test_lists_show_exactly_what_may_be_viewed(everybody):
    listings = db.session.scalars(select(Listing)).all()
    for name, actor in everybody.items():
        listed = set(db.session.scalars(visible_to(actor)))
        assert listed == {x for x in listings if allowed("listing.view", actor, x)}, name
        counted = db.session.scalar(select(func.count(Listing.id)).where(listing_rows(actor)))
        assert counted == len(listed), name


def test_lists_of_matches_show_exactly_what_may_be_viewed(everybody):
    found = db.session.scalars(select(Match)).all()
    for name, actor in everybody.items():
        listed = set(db.session.scalars(matches_visible_to(actor)))
        assert listed == {x for x in found if allowed("match.view", actor, x)}, name


def test_one_s_own_listings_are_those_one_owns(everybody):
    from marketplace.domain.permissions import owner

    listings = db.session.scalars(select(Listing)).all()
    for name, actor in everybody.items():
        mine = set(db.session.scalars(select(Listing).where(owned_by(actor))))
        assert mine == {x for x in listings if owner(actor, x)}, name


def test_the_desk_s_queues_hold_exactly_what_the_four_eyes_rule_leaves_one(everybody):
    """Also for an organisation the actor registered without belonging to it."""
    registrar = everybody["curator"]
    registered = db.session.scalars(select(Organisation)).all()[-1]
    registered.registered_by_id = registrar.id
    db.session.add(Audit(at=utcnow(), actor_role="system", action="test.setup"))
    db.session.commit()
    found = db.session.scalars(select(Match)).all()
    barred = set()
    for name, actor in everybody.items():
        theirs = set(db.session.scalars(select(Match).where(decided_by(actor))))
        assert theirs == {x for x in found if impartial(actor, x)}, name
        if len(theirs) < len(found):
            barred.add(name)
    assert {"curator", "curator who typed it", "owner"} <= barred


def test_search_looks_where_a_published_listing_may_be_viewed_and_nowhere_else(everybody):
    """The audiences given to the search index, against the rule; invitations are never searched."""
    for name, actor in everybody.items():
        if actor.is_curator:
            continue  # a curator reads everything on the desk, and searches like a member
        for visibility in VISIBILITIES:
            stranger = Listing(
                state="published", visibility=visibility, owner_user_id=-1, organisation_id=-1
            )
            may = allowed("listing.view", actor, stranger)
            assert (visibility in audiences(actor)) == may, (name, visibility)


def test_the_world_of_this_test_holds_every_state_and_somebody_for_every_answer(everybody):
    """Otherwise the comparisons above would hold by comparing nothing."""
    for answer in (True, False):
        for action, model in (("listing.view", Listing), ("match.view", Match)):
            rows = db.session.scalars(select(model)).all()
            states = {
                x.state for x in rows for a in everybody.values() if allowed(action, a, x) is answer
            }
            machine = LISTING if model is Listing else MATCH
            assert states == set(machine.states)
