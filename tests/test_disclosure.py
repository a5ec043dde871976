"""Which levels of a listing who reads: the table, and the door that keeps to it."""

import pytest
from cast import actors, ids
from sqlalchemy import event
from test_permissions import listing

from marketplace.domain import disclosure as rules
from marketplace.domain.fields import (
    BY_KIND,
    CONFIDENTIAL,
    CONTACT,
    LEVELS,
    PUBLIC,
    REGISTERED,
    STAFF,
    Field,
    fields,
)
from marketplace.domain.vocabulary import KINDS
from marketplace.models import ListingContent, db
from marketplace.services import disclosure
from marketplace.services.accounts import actor_of

ACTORS = actors()
OWNERS = {
    "owner", "organisation member", "unverified organisation member", "organisation admin",
    "curator of the organisation",
}  # fmt: skip
CURATORS = {name for name, actor in ACTORS.items() if actor.is_curator}


def readers(level, **over):
    return {name for name, a in ACTORS.items() if level in rules.levels(a, listing(), **over)}


# --- The table ------------------------------------------------------------------------------------
def test_each_level_is_read_by_those_it_is_for():
    everybody = set(ACTORS)
    members = {n for n, a in ACTORS.items() if a.signed_in and a.verified}
    assert readers(PUBLIC) == everybody
    assert readers(REGISTERED) == members - {"auditor", "sysadmin"} | OWNERS
    assert readers(CONTACT) == readers(CONFIDENTIAL) == OWNERS | CURATORS
    assert readers(STAFF) == CURATORS


def test_leaders_officers_auditors_and_sysadmins_read_no_confidential_text():
    for level in (CONFIDENTIAL, CONTACT, STAFF):
        assert not readers(level) & {"leader", "officer", "auditor", "sysadmin", "worker"}


def test_an_introduction_gives_contacts_and_nothing_confidential():
    before, after = readers(CONFIDENTIAL), readers(CONFIDENTIAL, introduced=True)
    assert before == after
    assert readers(CONTACT, introduced=True) == set(ACTORS)
    assert readers(STAFF, introduced=True) == CURATORS


def test_a_grant_gives_what_is_confidential_and_no_contact():
    assert readers(CONFIDENTIAL, granted=True) == set(ACTORS)
    for level in (PUBLIC, REGISTERED, CONTACT, STAFF):
        assert readers(level, granted=True) == readers(level)


def test_every_level_has_a_rule():
    assert set(rules.LEVEL_RULES) == set(LEVELS)


def test_a_masked_owner_is_known_to_its_own_people_the_curators_and_whom_it_was_introduced_to():
    masked = listing(visibility="masked")
    assert {n for n, a in ACTORS.items() if rules.shows_owner(a, masked)} == OWNERS | CURATORS
    assert all(rules.shows_owner(a, masked, introduced=True) for a in ACTORS.values())
    assert all(rules.shows_owner(a, listing()) for a in ACTORS.values())


# --- The fields -----------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
def test_only_public_text_feeds_the_matcher(kind):
    assert not [f.name for f in fields(kind) if f.part and f.level != PUBLIC]


def test_a_field_that_is_not_public_cannot_be_declared_for_the_matcher():
    with pytest.raises(ValueError, match="public text"):
        Field("secret", "long", "Bí mật", CONFIDENTIAL, part="problem")


@pytest.mark.parametrize("kind", KINDS)
def test_contacts_are_never_public_and_names_are_given_once(kind):
    names = [f.name for f in fields(kind)]
    assert len(names) == len(set(names))
    for f in fields(kind):
        if f.type in ("email", "phone") or f.name.startswith("contact_"):
            assert f.level == CONTACT, f.name


def test_no_identity_card_is_ever_asked_for():
    import re

    for table in BY_KIND.values():
        for f in table:
            assert not re.search("cccd|cmnd|passport|bank", f.name), f.name


# --- The door -------------------------------------------------------------------------------------
@pytest.fixture
def people(make):
    owner, stranger, curator = make.user(), make.user(), make.user(role="curator")
    return {"owner": owner, "stranger": stranger, "curator": curator}


@pytest.mark.parametrize("person", ["owner", "stranger", "curator"])
def test_a_view_holds_the_fields_of_its_levels_and_no_other(make, session, people, person):
    actor = actor_of(people[person])
    for kind in KINDS:
        row = make.listing(kind, owner=people["owner"])
        view = disclosure.view(session, actor, row)
        expected = {f.name for f in fields(kind, levels=rules.levels(actor, row))}
        assert set(view.values) == expected, kind


def test_what_may_not_be_read_is_not_even_fetched(make, session, people):
    row = make.listing("offer", owner=people["owner"])
    actor, asked = actor_of(people["stranger"]), []
    session.expire_all()

    def note(connection, cursor, statement, parameters, context, executemany):
        if "listing_contents" in statement:
            asked.append(parameters)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        disclosure.view(session, actor, row)
        disclosure.cards(session, actor, [row])
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert asked
    assert not {CONFIDENTIAL, CONTACT, STAFF} & {each for row in asked for each in row}


def test_cards_hold_public_text_whoever_reads(make, session, people):
    row = make.listing("need", owner=people["owner"])
    for user in people.values():
        (card,) = disclosure.cards(session, actor_of(user), [row])
        assert set(card.values) == {f.name for f in fields("need", levels={PUBLIC})}


def test_readers_get_the_live_version_while_a_revision_is_written(make, session, people):
    from marketplace.models import ListingVersion, utcnow

    row = make.listing("need", owner=people["owner"], title_vi="Bản đang đăng")
    new = ListingVersion(listing_id=row.id, number=2, created_at=utcnow())
    new.contents = [ListingContent(level=PUBLIC, values={"title_vi": "Bản đang sửa"})]
    make.save(new)
    row.working_version_id = new.id
    make.save(row)
    for user in people.values():
        assert disclosure.view(session, actor_of(user), row).title() == "Bản đang đăng"
        assert disclosure.cards(session, actor_of(user), [row])[0].title() == "Bản đang đăng"
    owner = actor_of(people["owner"])
    assert disclosure.view(session, owner, row, working=True).title() == "Bản đang sửa"


def test_an_english_reader_gets_english_where_it_was_written(make, session):
    from marketplace.domain.actor import GUEST

    both = make.listing("offer", title_vi="Máy sấy", title_en="Dryer")
    one = make.listing("offer", title_vi="Máy ép", values={"title_en": "", "summary_en": ""})
    view, alone = (disclosure.view(session, GUEST, row) for row in (both, one))
    assert (view.title("en"), view.title("vi")) == ("Dryer", "Máy sấy")
    assert alone.title("en") == "Máy ép"
    assert alone.summary("en") == alone.summary("vi")


@pytest.mark.parametrize(
    "state", ["introduced", "in_contact", "both_accepted", "failed", "declined"]
)
def test_only_a_released_match_introduces_and_only_its_own_parties(make, session, people, state):
    mine = make.listing("need", owner=people["owner"])
    other = make.listing("offer", owner=people["stranger"])
    third = make.listing("offer", owner=make.user())
    make.match(mine, other, state=state)
    owner, stranger = actor_of(people["owner"]), actor_of(people["stranger"])
    released = state in ("introduced", "in_contact")
    assert disclosure.introduced(session, owner, other) is released
    assert disclosure.introduced(session, stranger, mine) is released
    assert not disclosure.introduced(session, owner, third)
    assert not disclosure.introduced(session, actor_of(make.user()), other)
    assert (CONTACT in disclosure.view(session, owner, other).levels) is released
    # One's own side of the match introduces nobody to oneself.
    assert not disclosure.introduced(session, owner, mine)


def test_colleagues_are_introduced_with_their_organisation(make, session, people):
    colleague = make.user()
    ours = make.organisation(colleague)
    mine = make.listing("need", owner=people["owner"], organisation=ours)
    other = make.listing("offer", owner=people["stranger"])
    make.match(mine, other, state="introduced")
    assert disclosure.introduced(session, actor_of(colleague), other)


def test_the_ids_of_the_cast_are_what_listing_is_owned_by():
    """The pure tests above stand on this."""
    assert listing().owner_user_id == ids()["owner"]
