"""What a listing looks like to the engines, and the search index following the outbox."""

from datetime import date
from itertools import product

import pytest
from factories import content

from marketplace.domain.fields import (
    CONFIDENTIAL,
    CONTACT,
    LEVELS,
    PUBLIC,
    REGISTERED,
    STAFF,
    fields,
)
from marketplace.domain.vocabulary import KINDS, VISIBILITIES
from marketplace.domain.workflow import LISTING
from marketplace.models import Listing, Organisation, utcnow
from marketplace.services import indexing, outbox
from marketplace.services.listings import advance
from matching.constraints import FACTS
from search.index import Index
from search.records import Query

EVERYBODY = frozenset({"public", "registered"})


@pytest.fixture
def index(tmp_path):
    return Index(tmp_path / "full-text")


@pytest.fixture(autouse=True)
def noise(make):
    """Rows no test asks about: a lost filter would find them."""
    make.listing("investor", title_vi="Quỹ khác hẳn")
    make.listing("offer", state="draft", title_vi="Nháp không ai thấy")


def found(index, text, audiences=EVERYBODY):
    return {hit.key for hit in index.search(Query(text=text, audiences=audiences)).hits}


# --- One listing as a document --------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
def test_a_document_holds_every_public_text_and_no_other(make, session, kind):
    words = {f.name: f"tu{number}x" for number, f in enumerate(fields(kind))}
    texts = {
        f.name: [words[f.name]] if f.type in ("lines", "tags") else words[f.name]
        for f in fields(kind)
        if f.type in ("text", "long", "lines", "tags")
    }
    row = make.listing(kind, title_vi=texts.pop("title_vi"), values=texts)
    texts["title_vi"] = words["title_vi"]
    (document,) = indexing.documents(session, [row])
    told = f"{document.title} {document.body}".split()
    for f in fields(kind):
        if f.name in texts:
            assert (words[f.name] in told) == (f.level == PUBLIC), f.name


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_for_the_matcher_holds_public_parts_and_public_facts(make, session, kind):
    row = make.listing(kind)
    (record,) = indexing.records(session, [row], "33")
    public = content(kind)
    allowed = {f.part for f in fields(kind) if f.part}
    assert set(record.parts) <= allowed
    known = indexing.facts_of(kind, {f.name: public[f.name] for f in fields(kind, levels={PUBLIC})})
    assert set(record.facts) <= set(known) | {"lat", "lon", "province"}


@pytest.mark.parametrize("kind", KINDS)
def test_facts_have_names_and_types_the_matcher_knows(kind):
    for name, value in indexing.facts_of(kind, content(kind), (20.6, 106.0), "33").items():
        assert name in FACTS, name
        assert isinstance(value, int | float | str | set | date), name


def test_only_facts_the_owner_keeps_confidential_are_called_so():
    for fact in indexing.CONFIDENTIAL_FACTS:
        levels = {
            f.level
            for kind in KINDS
            for f in fields(kind)
            if fact in (indexing.listings._FACTS | indexing.listings._STAFF_FACTS).get(f.name, ())
        }
        assert levels & {CONFIDENTIAL, STAFF}, fact
    assert {"budget_max", "price_min"} <= indexing.CONFIDENTIAL_FACTS


def test_of_the_desk_s_notes_a_comparison_reads_law_and_conflicts_only(make, session):
    named = make.organisation(name="Công ty TNHH Nhãn Link")
    startup = make.listing("startup", organisation=named)
    mentor = make.listing("mentor")
    offer = make.listing("offer")
    told = {
        each.kind: indexing.private_facts(session, each, "33") for each in (startup, mentor, offer)
    }
    assert told["startup"]["names"] == {"Công ty TNHH Nhãn Link", "legal_name thử"}
    assert told["mentor"]["conflicts"] == content("mentor")["conflicts"]
    assert told["offer"]["legal"] == "none"
    for each in indexing.records(session, [startup, mentor, offer], "33"):
        assert not {"names", "conflicts", "legal"} & set(each.facts)
    for fact in ("names", "conflicts", "legal"):
        assert indexing.FACT_LEVEL[fact] == STAFF
        assert fact in indexing.CONFIDENTIAL_FACTS


def test_contacts_are_read_for_no_comparison():
    assert frozenset(LEVELS) - {CONTACT, STAFF} == indexing.FACT_LEVELS
    assert {PUBLIC, REGISTERED, CONFIDENTIAL} == indexing.FACT_LEVELS


def test_the_organisation_of_a_masked_listing_is_in_no_document(make, session):
    named = make.organisation(name="Hợp tác xã Bí Mật")
    masked = make.listing("need", organisation=named, visibility="masked")
    shown = make.listing("need", organisation=named)
    one, other = indexing.documents(session, [masked, shown])
    assert "Bí Mật" not in one.body
    assert "Bí Mật" in other.body


def test_only_published_listings_that_may_be_found_are_documents(make, session):
    for state, visibility in product(LISTING.states, VISIBILITIES):
        row = make.listing("need", state=state, visibility=visibility)
        is_one = bool(indexing.documents(session, [row]))
        assert is_one == (state == "published" and visibility != "invitation")
        # The matcher also pairs the invited ones: curators see them, searches do not.
        assert bool(indexing.records(session, [row], "33")) == (state == "published")


# --- Following the outbox -------------------------------------------------------------------------
def test_a_rebuilt_index_finds_what_is_published(make, session, index):
    row = make.listing("offer", title_vi="Máy sấy nhãn bơm nhiệt")
    make.listing("offer", state="in_review", title_vi="Máy sấy nhãn chờ duyệt")
    make.listing("offer", visibility="invitation", title_vi="Máy sấy nhãn chỉ mời")
    indexing.rebuild_search(session, index)
    assert found(index, "may say nhan") == {row.ref}
    assert indexing.drain_search(session, index) == 0


def test_members_find_what_guests_do_not(make, session, index):
    row = make.listing("offer", visibility="registered", title_vi="Bếp hóa khí trấu")
    indexing.rebuild_search(session, index)
    assert found(index, "hóa khí trấu", frozenset({"public"})) == set()
    assert found(index, "hóa khí trấu") == {row.ref}


@pytest.mark.parametrize("step", ["hold", "expire", "withdraw", "flag"])
def test_what_leaves_the_pages_leaves_the_index(make, session, index, step):
    row = make.listing("offer", owner=make.user(), title_vi="Tủ ấp trứng thông minh")
    indexing.rebuild_search(session, index)
    reasons = [{"field": "", "reason": "advert", "note": ""}]
    if step == "flag":
        from marketplace.services.listings.review import FLAG_REASONS

        reasons = [{"field": "", "reason": next(iter(FLAG_REASONS)), "note": ""}]
    from marketplace.domain.actor import SYSTEM

    advance(session, row, step, actor=SYSTEM, now=utcnow(), reasons=reasons)
    session.commit()
    assert indexing.drain_search(session, index) == 1
    assert found(index, "tủ ấp trứng") == set()


def test_a_change_reaches_the_index_and_draining_twice_changes_nothing(make, session, index):
    row = make.listing("need", title_vi="Cần xử lý nước thải")
    indexing.rebuild_search(session, index)
    row.live_version.contents  # noqa: B018 - loaded before it is replaced
    for each in row.live_version.contents:
        if each.level == PUBLIC:
            each.values = each.values | {"title_vi": "Cần máy đóng gói"}
    outbox.changed(session, row, now=utcnow())
    make.save(row)
    assert indexing.drain_search(session, index) == 1
    assert found(index, "máy đóng gói") == {row.ref}
    assert found(index, "xử lý nước thải") == set()
    position = index.position
    assert indexing.drain_search(session, index) == 0
    assert index.position == position


def test_a_crash_before_the_position_was_kept_repeats_harmlessly(make, session, tmp_path):
    """The same changes applied again, from the start, give the same index."""
    rows = [make.listing("offer", title_vi=f"Máy số {number} cày bừa") for number in range(3)]
    one, two = Index(tmp_path / "one"), Index(tmp_path / "two")
    for index in (one, two):
        indexing.rebuild_search(session, index)
    documents = indexing.documents(session, rows)
    two.update(documents, [], two.position)
    two.update(documents, [], two.position)
    assert found(one, "cày bừa") == found(two, "cày bừa") == {row.ref for row in rows}
    assert one.keys() == two.keys()


def test_many_changes_are_followed_in_batches_in_order(make, session, index, monkeypatch):
    monkeypatch.setattr(indexing.following, "BATCH", 2)
    indexing.rebuild_search(session, index)
    rows = [make.listing("offer", title_vi="Giàn phơi tự động") for _ in range(5)]
    followed = []
    while count := indexing.drain_search(session, index):
        followed.append(count)
    assert followed == [2, 2, 1]
    assert found(index, "giàn phơi") == {row.ref for row in rows}


def test_the_progress_bar_counts_what_is_built(make, session, index):
    for _ in range(3):
        make.listing("need")
    seen = []
    indexing.rebuild_search(session, index, seen.append)
    assert seen[-1] == len(index.keys())
    published = session.query(Listing).filter_by(state="published").count()
    assert indexing.count(session) == published + session.query(Organisation).count()
