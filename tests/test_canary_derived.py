"""What is made from listings says no more than they do: search, vectors, mails, log, audit trail.

See tests/test_canary.py; the world and the canaries are the same.
"""

from functools import cache

import crawl
import pytest
from canaries import canaries_in
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from test_canary import canaries_on_disk, public_words, surveyed, world

from marketplace.domain.errors import DomainError
from marketplace.domain.fields import LEVELS, PUBLIC, REGISTERED, fields
from marketplace.domain.vocabulary import CHECKLIST
from marketplace.domain.workflow import LISTING, MATCH, REVISION
from marketplace.models import Audit, Listing, Mail, Match, db, utcnow
from marketplace.services import discovery, listings, matches, visibility
from search.records import Query


# --- Search ---------------------------------------------------------------------------------------
def found_by(person, text):
    actor = world().actors[person]
    with world().app.app_context():
        found = discovery.find(db.session, world().engines, actor, Query(text=text), as_typed=True)
        return {view.ref for view in found.views}, found.total, found.counts, found.corrected


def findable(canary, person):
    """Whether searching for it may lead this person to its listing."""
    listing = canary.listing
    return (
        listing is not None
        and listing.state == "published"
        and listing.visibility in visibility.audiences(world().actors[person])
        and canary.what.startswith("text:")
        and canary.level == PUBLIC
    )


@pytest.mark.parametrize(
    "person", ["guest", "unverified member", "member", "owner", "curator", "auditor"]
)
def test_searching_for_a_hidden_word_finds_nothing(person):
    """Neither hits nor a count nor a facet nor a better spelling: as if the word were nowhere."""
    # The index knows two audiences only; the other people stand for the check after it.
    every = 1 if person in ("guest", "member") else 7
    for word, canary in list(world().canaries.items())[::every]:
        if findable(canary, person) or not word.startswith("qzx") or "organisation" in canary.what:
            continue
        refs, total, counts, corrected = found_by(person, word)
        assert (refs, total) == (set(), 0), canary.what
        assert not any(counts.values()), canary.what
        # The name of any organisation may be offered: each has a public page.
        for better in canaries_in(corrected or "") - world().masked.keys():
            offered = world().canaries[better]
            assert findable(offered, person) or "organisation" in offered.what, offered.what


@pytest.mark.parametrize("person", ["guest", "member"])
def test_searching_for_a_public_word_finds_its_listing(person):
    for word, canary in world().canaries.items():
        searched = "summary_vi" in canary.what or "title_vi" in canary.what
        if findable(canary, person) and searched:
            assert canary.listing.ref in found_by(person, word)[0], canary.what


def test_a_slip_of_the_pen_is_not_mended_with_a_word_the_reader_may_not_find():
    for word, canary in world().canaries.items():
        if findable(canary, "member") and not findable(canary, "guest"):
            slip = word[:-1] + ("k" if word[-1] != "k" else "m")
            _refs, _total, _counts, corrected = found_by("guest", slip)
            assert word not in (corrected or ""), canary.what


@pytest.mark.parametrize("person", ["guest", "unverified member", "member", "auditor"])
def test_the_organisation_of_a_masked_listing_does_not_lead_to_it(person):
    for name in world().masked:
        refs, total, counts, _corrected = found_by(person, name)
        # The organisation itself has a public page; no listing stands beside it.
        assert refs <= set(world().organisation_keys.values())
        assert total == len(refs) == counts["kind"].get("organisation", 0)


@pytest.mark.parametrize("level", LEVELS[1:])
def test_a_page_of_results_for_a_secret_word_shows_no_more_than_for_any_word(level):
    """Results by meaning stand beside: their passages must be the readers' too."""
    world().engines.encoder()
    for person in ("guest", "member", "auditor"):
        for word in [w for w, c in world().canaries.items() if c.level == level][::25]:
            answer = crawl.visit(world(), person, "GET", f"/find?q={word}", "find.search")
            hidden = {
                w for w in answer.found - {word}
                if w in world().canaries
                and not world().canaries[w].may_be_read_by(world().actors[person])
            }  # fmt: skip
            assert not hidden, (person, world().canaries[word].what)


def test_similar_listings_are_those_the_reader_may_see():
    w = world()
    w.engines.encoder()
    with w.app.app_context():
        for person in ("guest", "unverified member", "member", "owner", "auditor", "leader"):
            actor = w.actors[person]
            for listing in db.session.scalars(visibility.visible_to(actor)):
                for each in discovery.similar(db.session, w.engines, actor, listing, limit=20):
                    assert each.view.listing.visibility in visibility.audiences(actor)
                    words = canaries_in(each.passage + str(each.view.values))
                    assert all(w.canaries[word].may_be_read_by(actor) for word in words)


# --- Derived files --------------------------------------------------------------------------------
def test_indexes_and_vectors_on_disk_hold_public_words_only():
    w = world()
    organisations = {word for word, c in w.canaries.items() if "organisation" in c.what}
    found = canaries_on_disk(w.engines.folder)
    assert found & public_words(w), "nothing was found: the files cannot be read like this"
    # Every organisation has a public page of its own, those behind masked listings too.
    wrong = found - public_words(w) - organisations - w.masked.keys()
    assert not wrong, [w.canaries[word].what for word in list(wrong & w.canaries.keys())[:10]]
    assert not canaries_on_disk(w.engines.vectors_folder) & w.masked.keys()


def test_the_full_text_index_knows_no_listing_that_only_the_invited_may_see():
    w = world()
    invited = {
        word for word in public_words(w) if w.canaries[word].listing.visibility == "invitation"
    }
    assert invited
    assert not canaries_on_disk(w.engines.folder / "search") & invited


def test_the_encoder_is_given_public_words_only():
    """Of the public level: what is not published yet is compared too (duplicates, suggestions),
    without a trace in the cache or the index. So is an idea of the clinic, for its founder."""
    w = world()
    heard = set().union(*(canaries_in(text) for text in w.encoder.heard)) & w.canaries.keys()
    assert heard
    others = {w.canaries[word].what for word in heard if w.canaries[word].level != PUBLIC}
    assert not {what for what in others if " of an idea " not in what}


def test_explanations_of_matches_quote_public_words_only():
    w = world()
    with w.app.app_context():
        for match in db.session.scalars(select(Match)):
            # Figures of a rule are members' business; words are everybody's.
            for word in canaries_in(str(match.explanation)) & w.canaries.keys():
                canary = w.canaries[word]
                assert canary.level == PUBLIC or (canary.level == REGISTERED and word.isdigit()), (
                    match.pair_type,
                    canary.what,
                )


# --- Mails, log, audit trail ----------------------------------------------------------------------
def every_step(w):
    """Every step of every listing and match the state tables open, taken and undone; yields what
    each left in the session: mails and audit rows."""
    note = "qzxjjjjj qzxjjjji"
    with w.app.test_request_context():
        for listing_id, state, revision in [(x.id, x.state, x.revision) for x in w.listings]:
            names = [step.name for step in LISTING.open(state)]
            names += [step.name for step in REVISION.open(revision) if state == "published"]
            for name in names:
                listing = db.session.get(Listing, listing_id)
                by_reason = [
                    {"field": f.name, "reason": "other", "note": note}
                    for f in fields(listing.kind)[:1]
                ]
                reasons = (
                    [{"field": "", "reason": "wrong", "note": note}]
                    if name == "flag"
                    else by_reason
                )
                yield from _taken(
                    lambda row=listing, name=name, reasons=reasons: listings.advance(
                        db.session, row, name, actor=w.actors["lead"], now=utcnow(), note=note,
                        reasons=reasons, checklist=list(CHECKLIST),
                    )
                )  # fmt: skip
        for match_id, state in [(m.id, m.state) for m in w.matches]:
            for step in MATCH.open(state):
                match = db.session.get(Match, match_id)
                yield from _taken(
                    lambda row=match, step=step: matches.advance(
                        db.session, row, step.name, actor=w.actors["lead"], now=utcnow(),
                        reason="price", note=note,
                    )
                )  # fmt: skip


def _taken(step):
    try:
        step()
        db.session.flush()
        yield [
            *db.session.scalars(select(Mail)),
            *db.session.scalars(select(Audit).where(Audit.action != "test.setup")),
        ]
    except DomainError:
        pass
    finally:
        db.session.rollback()


@cache
def left_behind():
    """(texts of mails with their recipients, texts of audit rows) over all steps."""
    sent, trail = set(), set()
    for rows in every_step(world()):
        for row in rows:
            if isinstance(row, Mail):
                sent.add((row.recipient, f"{row.subject}\n{row.body}"))
            else:
                trail.add(f"{row.action} {row.subject_id} {row.facts}")
    return sent, trail


def test_mails_carry_public_words_to_those_who_know_them_anyway():
    w = world()
    by_mail = {user.email: name for name, user in w.users.items() if user}
    sent, _trail = left_behind()
    assert len(sent) > 10
    for recipient, text in sent:
        actor = w.actors[by_mail.get(recipient, "guest")]
        for word in canaries_in(text):
            canary = w.canaries.get(word)
            assert canary is not None, "words typed by the desk travel in a mail"
            assert canary.level in (PUBLIC, ""), canary.what
            known = canary.may_be_read_by(actor) or recipient not in by_mail
            assert known, (recipient, canary.what)


def test_a_digest_tells_what_everybody_may_read_and_its_reader_s_own_words():
    w = world()
    guest = w.actors["guest"]
    with w.app.app_context():
        mails = db.session.scalars(select(Mail).where(Mail.unsubscribe != "")).all()
        told = set().union(*(canaries_in(f"{mail.subject}\n{mail.body}") for mail in mails))
    assert {mail.recipient for mail in mails} == {w.users["owner"].email}
    for word in told:
        canary = w.canaries[word]
        assert canary.personal or canary.may_be_read_by(guest), canary.what
    assert {w.canaries[word].level for word in told} == {PUBLIC, ""}


def test_the_audit_trail_holds_no_text_of_members():
    _sent, trail = left_behind()
    assert len(trail) > 10
    for text in trail:
        assert not canaries_in(text), text


def test_the_log_holds_no_text_of_members():
    found = [line for line in surveyed().log if canaries_in(line)]
    assert not found, [line[:200] for line in found[:5]]


def test_the_log_of_a_database_that_fails_does_not_repeat_what_was_being_written(caplog):
    """An exception of the database carries the values of its statement unless told otherwise."""
    from marketplace.models import ListingContent

    with world().app.app_context():
        row = ListingContent(version_id=-1, level="secret", values={"title_vi": "qzxjjjjj"})
        db.session.add(row)
        with pytest.raises(IntegrityError) as failed:
            db.session.flush()
        db.session.rollback()
        world().app.logger.error("unhandled", exc_info=failed.value)
    assert "listing_contents" in caplog.text
    assert "qzxjjjjj" not in caplog.text
