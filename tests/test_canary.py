"""What one person wrote for some is read by nobody else: not on any page, in any file, any mail.

world.py puts a canary into everything; crawl.py visits every route as everybody. What may appear
where is computed from the rules (Canary.may_be_read_by), and the last tests break the rules on
purpose to show that this one would notice.
"""

import crawl
from canaries import MUTE, canaries_in
from cast import CAST

from marketplace.domain import disclosure as levels_of
from marketplace.domain import permissions
from marketplace.domain.fields import (
    CONFIDENTIAL,
    CONTACT,
    LEVELS,
    PUBLIC,
    REGISTERED,
    STAFF,
    fields,
)
from marketplace.domain.vocabulary import KINDS, ROLES
from marketplace.models import db
from marketplace.services import (
    disclosure,
    indexing,
    links,
)


def world():
    return crawl.survey()[0]


def surveyed():
    return crawl.survey()[1]


def leaks(world, answer):
    """The canaries of an answer that its reader may not read, and names that must stay hidden."""
    actor = world.actors[answer.person]
    found = [
        world.canaries[word].what
        for word in answer.found & world.canaries.keys()
        if not world.canaries[word].may_be_read_by(actor) and not borne(world, answer, word)
    ]
    return found + [f"who is behind {each.ref}" for each in unmasked(world, actor, answer)]


def borne(world, answer, word):
    """Whether the address itself carries a secret that gives the right to read the word: whoever
    holds a link acts for the one it was sent to."""
    canary = world.canaries[word]
    if any(token in answer.address for token in world.tokens["confirm_listing"]):
        mine = canary.listing is not None and canary.listing.id == world.waiting_id
        return mine and canary.level != STAFF
    for token, holder in world.holders.items():
        if token in answer.address:
            return canary.may_be_read_by(holder)
    if any(t in answer.address for name in ("feed", "stop") for t in world.tokens[name]):
        return canary.what == "a saved search"
    own = [token for purpose in links.LIFE for token in world.tokens[purpose]]
    if any(token in answer.address for token in own):
        return canary.what.endswith(" of owner")
    return False


def unmasked(world, actor, answer):
    """Masked listings an answer names together with the organisation that stands behind them.

    Organisations are results of a search in their own right: only a page of listings by themselves
    tells whether a masked one names its own."""
    if answer.endpoint == "find.search" and "kind=" not in answer.address:
        return []
    return [
        each
        for name, each in world.masked.items()
        if name in answer.found
        and (each.ref in answer.about or world.of_listing(each) & answer.found)
        and not levels_of.shows_owner(actor, each, introduced=world.introduced_to(actor, each))
    ]


def report(found, limit=12):
    lines = [f"{answer}: {', '.join(sorted(set(words))[:4])}" for answer, words in found]
    return f"{len(lines)} leaks\n" + "\n".join(lines[:limit])


# --- Pages ----------------------------------------------------------------------------------------
def all_leaks(answers):
    return [(answer, words) for answer in answers if (words := leaks(world(), answer))]


def test_no_page_shows_a_reader_what_is_not_theirs_to_read():
    found = [leak for each in surveyed().got.values() for leak in all_leaks(each)]
    assert not found, report(found)


def test_no_form_answers_with_what_is_not_its_senders_to_read():
    found = [leak for each in surveyed().pressed.values() for leak in all_leaks(each)]
    assert not found, report(found)


def test_everybody_is_walked_for_by_somebody_who_reads_the_same():
    walked = {name for names in world().readers.values() for name in names}
    assert walked == {part.name for part in CAST if part.role != "system"}
    assert {world().actors[name].role for name in world().readers} >= set(ROLES)


def test_those_who_may_read_a_listing_do_read_it():
    """The crawl sees what it should: every level reaches somebody, and each field its owner."""
    seen = {
        person: set().union(*(answer.found for answer in surveyed().got[person]))
        for person in ("guest", "member", "owner", "curator")
    }
    live = [each for each in world().listings if each.state == "published"]
    expected = {
        "guest": {PUBLIC},
        "member": {PUBLIC, REGISTERED},
        "owner": {PUBLIC, REGISTERED, CONTACT, CONFIDENTIAL},
        "curator": set(LEVELS),
    }
    ours = {each.id for each in live if each.owner_user_id == world().actors["owner"].id}
    for person, levels in expected.items():
        missing = [
            c.what
            for word, c in world().canaries.items()
            if c.listing is not None and c.listing.id in ours and c.what.startswith("text")
            and c.level in levels and word not in seen[person]
        ]  # fmt: skip
        assert not missing, (person, missing[:10])


def test_a_granted_reader_reads_what_was_opened_by_opening_it_and_nothing_else():
    """The fields of one listing and one file of it, by the button, never by looking at a page."""
    reader = "granted reader"
    opened = {number for _user, number, _what in world().grants}
    confidential = {
        word: canary for word, canary in world().canaries.items()
        if canary.level == CONFIDENTIAL and canary.listing.id in opened
    }  # fmt: skip
    theirs = {w for w, c in confidential.items() if c.may_be_read_by(world().actors[reader])}
    assert any(confidential[w].what.startswith("text") for w in theirs)
    assert any(confidential[w].what.startswith("content of") for w in theirs)
    pressed = set().union(*(answer.found for answer in surveyed().pressed[reader]))
    assert pressed & confidential.keys() == theirs
    looked = set().union(*(answer.found for answer in surveyed().got[reader]))
    assert not looked & confidential.keys()


def test_a_client_s_link_shows_contacts_after_the_introduction_only():
    """And of the other side never more than that beside what everybody may read."""
    matches, seen = {match.id: match for match in world().matches}, {}
    for token, holder in world().holders.items():
        match = matches[holder.link[0]]
        other = match.b_id if match.a_id == holder.link[1] else match.a_id
        (page,) = [a for a in surveyed().got["guest"] if a.address.endswith(f"/answer/{token}")]
        assert page.status == 200
        seen[match.state] = {
            canary.level for word, canary in world().canaries.items()
            if word in page.found and canary.listing is not None and canary.listing.id == other
        }  # fmt: skip
    assert seen == {
        "proposed_to_first": {PUBLIC}, "first_accepted": {PUBLIC}, "proposed_to_second": {PUBLIC},
        "introduced": {PUBLIC, CONTACT}, "declined": set(),
    }  # fmt: skip


def test_the_desk_prints_a_client_s_sheets():
    sheets = [a for a in surveyed().pressed["curator"] if a.endpoint == "answers.sheet"]
    assert {a.status for a in sheets} == {200, 410}


def test_every_field_of_every_kind_carries_a_canary_or_cannot():
    carried = {c.what for c in world().canaries.values()}
    for kind in KINDS:
        for f in fields(kind):
            if f.type not in MUTE:
                assert f"text: {kind}.{f.name} ({f.level})" in carried
            else:
                # Codes say nothing on their own; none of them may be secret.
                assert f.level in (PUBLIC, REGISTERED, STAFF) or f.scheme, (kind, f.name)


def canaries_on_disk(folder):
    found = set()
    for path in folder.rglob("*"):
        if path.is_file():
            found |= canaries_in(path.read_bytes().decode("latin-1"))
    return found


def public_words(world, states=("published",)):
    return {
        word
        for word, c in world.canaries.items()
        if c.level == PUBLIC and c.what.startswith("text:") and c.listing.state in states
    }


# --- The test tests itself ------------------------------------------------------------------------
def strays(may_read, person="guest"):
    """Canaries on the pages of listings that are not among those the person may read."""
    chosen = crawl.walk(world(), person, lambda address, endpoint: "/listings/" in address)
    found = set().union(*(answer.found for answer in chosen))
    return (found & world().canaries.keys()) - may_read - {
        word for word, canary in world().canaries.items() if canary.personal
    }  # fmt: skip


class Rules:
    """The service's view of domain/disclosure with one answer changed; the world keeps the true."""

    def __init__(self, **over):
        vars(self).update(vars(levels_of) | over)


def test_it_notices_levels_given_to_everybody(monkeypatch):
    may_read = world().readable_by("guest")
    assert not strays(may_read)
    everything = Rules(levels=lambda actor, listing, introduced=False: frozenset(LEVELS))
    monkeypatch.setattr(disclosure, "disclosure", everything)
    found = {world().canaries[word].level for word in strays(may_read)}
    assert found >= {REGISTERED, CONTACT, CONFIDENTIAL}


def test_it_notices_listings_shown_to_everybody(monkeypatch):
    may_read = world().readable_by("guest")
    monkeypatch.setitem(permissions.RULES, "listing.view", [[permissions.anyone]])
    assert strays(may_read)


def test_it_notices_the_name_behind_a_masked_listing(monkeypatch):
    named = Rules(shows_owner=lambda *arguments, **more: True)
    monkeypatch.setattr(disclosure, "disclosure", named)
    pages = crawl.walk(world(), "guest", lambda address, endpoint: "/listings/" in address)
    assert any(leaks(world(), page) for page in pages)


def test_it_notices_confidential_text_in_an_index(monkeypatch, tmp_path):
    from search.index import Index

    monkeypatch.setattr(indexing.listings, "PUBLIC_ONLY", frozenset({PUBLIC, CONFIDENTIAL}))
    monkeypatch.setattr(
        indexing.listings, "texts",
        lambda kind, values, skip=(): [v for v in values.values() if isinstance(v, str)],
    )  # fmt: skip
    with world().app.app_context():
        index = Index(tmp_path / "search")
        indexing.rebuild_search(db.session, index)
    assert canaries_on_disk(tmp_path) - public_words(world())
