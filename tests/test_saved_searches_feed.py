"""Feeds: what everybody may read, newest first, as feed readers want it."""

import xml.etree.ElementTree as ET
from datetime import datetime

import feedparser
import pytest
from sqlalchemy import func, select

from marketplace.models import Change, Listing, SavedSearch, utcnow
from marketplace.services import saved_searches
from marketplace.services.accounts import actor_of

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def feed(session, index):
    """feed(user, "chưng") -> the address of the private feed of a search saved now."""

    def address(user, text, **filters):
        row = saved_searches.save(
            session, user, text, filters, name="Của tôi", frequency="site",
            after=session.scalar(select(func.max(Change.id))) or 0,
            actor=actor_of(user), now=utcnow(),
        )  # fmt: skip
        session.commit()
        return saved_searches.feed_path(row)

    return address


def read(response):
    """The feed, as a reader program understands it; nothing in it may be irregular."""
    assert response.status_code == 200
    assert response.content_type == "application/atom+xml; charset=utf-8"
    parsed = feedparser.parse(response.data)
    assert not parsed.bozo, parsed.get("bozo_exception")
    assert parsed.version == "atom10"
    demands(ET.fromstring(response.data))  # noqa: S314
    return parsed


def demands(root):
    """What RFC 4287 says must be there, once, and how it must look."""
    assert root.tag == ATOM + "feed"
    for element in (root, *root.findall(ATOM + "entry")):
        for name in ("id", "title", "updated"):
            assert len(element.findall(ATOM + name)) == 1, name
        moment = element.findtext(ATOM + "updated")
        assert datetime.fromisoformat(moment).tzinfo is not None
        assert element.find(f"{ATOM}link[@rel='alternate']") is not None
        assert element.findtext(ATOM + "id").startswith("tag:")
        assert element.findtext(f"{ATOM}author/{ATOM}name")
    ids = [entry.findtext(ATOM + "id") for entry in root.findall(ATOM + "entry")]
    assert len(ids) == len(set(ids))
    assert root.find(f"{ATOM}link[@rel='self']") is not None


def titles(response):
    return [entry.title for entry in read(response).entries]


def test_any_search_has_a_feed_newest_first(make, client, index):
    now = utcnow()
    for number in range(3):
        make.listing("offer", title_vi=f"Máy chưng {number}",
                     published_at=now.replace(year=2020 + number))  # fmt: skip
    make.listing("need", title_vi="Cần máy chưng")
    make.listing("offer", title_vi="Máy xay")
    index()
    found = titles(client.get("/find/feed.atom?q=chung&kind=offer"))
    assert found == ["Máy chưng 2", "Máy chưng 1", "Máy chưng 0"]


@pytest.mark.parametrize("private", [False, True])
def test_it_holds_what_a_guest_may_see_whoever_asks(make, sign_in, client, index, feed, private):
    hidden = make.organisation(name="Công ty Tuyệt Đối Kín")
    user = make.user()
    make.listing("offer", title_vi="Chưng công khai")
    make.listing("need", title_vi="Chưng giấu tên", organisation=hidden, visibility="masked")
    make.listing("offer", title_vi="Chưng thành viên", visibility="registered")
    make.listing("offer", title_vi="Chưng mời", visibility="invitation")
    make.listing("offer", title_vi="Chưng nháp", state="draft", owner=user)
    address = feed(user, "chưng") if private else "/find/feed.atom?q=chưng"
    index()
    for reader in (client, sign_in(user), sign_in(make.user(role="curator"))):
        answer = reader.get(address)
        assert sorted(titles(answer)) == ["Chưng công khai", "Chưng giấu tên"]
        assert "Tuyệt Đối Kín" not in answer.text


def test_a_lagging_index_feeds_nothing_it_should_not(make, session, client, index):
    listing = make.listing("offer", title_vi="Máy chưng rút ngay")
    index()
    row = session.get(Listing, listing.id)
    row.state = "withdrawn"
    make.save(row)
    assert titles(client.get("/find/feed.atom?q=chung")) == []


def test_nothing_a_search_falls_back_to_is_fed(make, client, index):
    make.listing("offer", title_vi="Máy chưng dầu")
    index()
    for text in ("chưng blockchain", "chựng", "chugn"):
        assert titles(client.get("/find/feed.atom", query_string={"q": text})) == []


def test_ids_stay_when_the_listing_changes_and_its_date_moves(make, session, client, index):
    listing = make.listing("offer", title_vi="Máy chưng dầu")
    index()
    before = read(client.get("/find/feed.atom")).entries[0]
    row = session.get(Listing, listing.id)
    row.changed_at = row.changed_at.replace(year=row.changed_at.year + 1)
    make.save(row, Change(listing_id=row.id, at=utcnow()))
    index()
    after = read(client.get("/en/find/feed.atom?sort=title&page=7&junk=1")).entries[0]
    assert before.id == after.id
    assert before.id.startswith("tag:")
    assert before.published == after.published
    assert before.updated < after.updated


def test_the_same_search_is_the_same_feed_whatever_else_the_address_holds(client, index):
    index()
    ids = {
        read(client.get(f"/find/feed.atom?{query}")).feed.id
        for query in ("q=a&kind=need&kind=offer", "kind=offer&q=a&kind=need&page=3&x=y&sort=title")
    }
    assert len(ids) == 1
    assert ids != {read(client.get("/find/feed.atom?q=b")).feed.id}


def test_who_asks_again_is_told_that_nothing_changed(make, client, index, feed):
    address = feed(make.user(), "chưng")
    make.listing("offer", title_vi="Máy chưng dầu")
    index()
    for where in ("/find/feed.atom?q=chung", address):
        first = client.get(where)
        assert first.headers["Last-Modified"]
        for header in (
            {"If-None-Match": first.headers["ETag"]},
            {"If-Modified-Since": first.headers["Last-Modified"]},
        ):
            again = client.get(where, headers=header)
            assert (again.status_code, again.data) == (304, b"")
    make.listing("offer", title_vi="Máy chưng khác")
    index()
    for where in ("/find/feed.atom?q=chung", address):
        assert (
            client.get(where, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
        )


def test_an_empty_feed_is_a_feed_and_does_not_change(client, index):
    index()
    first, second = (client.get("/find/feed.atom?q=khongco") for _ in range(2))
    assert titles(first) == []
    assert first.headers["ETag"] == second.headers["ETag"]


@pytest.mark.parametrize(
    "text", ["<b>&\"'", "\x00\x0b\x1f", "\ufffe\U0001f343", "]]>", "%00", "a\u0301"]
)
def test_no_query_makes_it_anything_but_xml(make, client, index, feed, text):
    make.listing("offer", title_vi="Máy <chưng> & sả")
    index()
    read(client.get("/find/feed.atom", query_string={"q": text}))
    assert titles(client.get("/find/feed.atom?q=chung"))
    user = make.user()
    read(client.get(feed(user, text)))


def test_in_english_titles_and_addresses_are_english(make, client, index):
    make.listing("offer", title_vi="Máy chưng", title_en="A still", ref="T77")
    index()
    parsed = read(client.get("/en/find/feed.atom?q=chung"))
    assert parsed.entries[0].title == "A still"
    assert parsed.entries[0].link == "http://localhost/en/listings/T77"
    own = next(link.href for link in parsed.feed.links if link.rel == "self")
    assert own == "http://localhost/en/find/feed.atom?q=chung"
    assert client.get(own.removeprefix("http://localhost")).status_code == 200


def test_without_an_index_it_says_so(make, client):
    assert client.get("/find/feed.atom?q=may").status_code == 503


# --- The private address ------------------------------------------------------------------------
def test_the_address_needs_no_sign_in_and_a_new_one_ends_the_old(
    make, session, sign_in, client, index, feed
):
    user = make.user()
    old = feed(user, "chưng")
    index()
    assert read(client.get(old)).feed.title == "Của tôi"
    row = session.scalar(select(SavedSearch))
    sign_in(user).post(f"/me/searches/{row.key}/new-feed")
    session.rollback()
    new = saved_searches.feed_path(session.scalar(select(SavedSearch)))
    assert client.get(old).status_code == 410
    assert client.get(new).status_code == 200
    sign_in(user).post(f"/me/searches/{row.key}/delete")
    assert client.get(new).status_code == 410


def test_its_id_outlives_its_address(make, session, client, index, feed):
    user = make.user()
    first = feed(user, "chưng")
    index()
    before = read(client.get(first)).feed.id
    row = session.scalar(select(SavedSearch))
    saved_searches.new_feed(session, row, actor=actor_of(user), now=utcnow())
    session.commit()
    assert read(client.get(saved_searches.feed_path(row))).feed.id == before


def test_who_was_shut_out_feeds_nobody(make, client, index, feed):
    user = make.user()
    address = feed(user, "chưng")
    index()
    user.disabled_at = utcnow()
    make.save(user)
    assert client.get(address).status_code == 410


def test_nobody_makes_up_an_address(make, session, client, index, feed):
    address = feed(make.user(), "chưng")
    index()
    key = session.scalar(select(SavedSearch.key))
    stop = saved_searches.stop_path(session.scalar(select(SavedSearch))).removeprefix("/stop/")
    for token in ("x", key, address[6:-6], stop, "..", "%00"):
        assert client.get(f"/feed/{token}.atom").status_code in (404, 410), token
