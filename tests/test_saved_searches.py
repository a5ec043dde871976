"""Saved searches: kept by their owner, compared with what arrives, told once."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from marketplace.domain.actor import GUEST
from marketplace.domain.errors import InvalidForm
from marketplace.domain.saved_searches import LONGEST_NAME, MOST, TooManySaved
from marketplace.models import (
    Audit,
    Change,
    Listing,
    ListingContent,
    SavedSearch,
    SavedSearchHit,
    User,
    db,
    utcnow,
)
from marketplace.services import background, outbox, saved_searches
from marketplace.services.accounts import actor_of

TRANSACTION = {
    "now": utcnow,
    "reading": background.reading,
    "changing": background.changing,
    "commit": lambda: db.session.commit(),
}


@pytest.fixture
def follow(session):
    """Compare everything that changed, as the worker does; returns how many finds there are."""

    def followed(watch=None):
        watch = watch or saved_searches.Watch()
        while watch.follow(session, **TRANSACTION):
            pass
        background.changing()
        return session.scalar(select(func.count()).select_from(SavedSearchHit))

    return followed


@pytest.fixture
def keep(session):
    """keep(user, "máy chưng", kind=["offer"]) -> the key of a search saved now."""

    def kept(user, text="", *, name="Của tôi", frequency="site", **filters):
        row = saved_searches.save(
            session, user, text, filters, name=name, frequency=frequency,
            after=session.scalar(select(func.max(Change.id))) or 0,
            actor=actor_of(user), now=utcnow(),
        )  # fmt: skip
        session.commit()
        return row.key

    return kept


def page(response, status=200):
    assert response.status_code == status
    return response.get_data(as_text=True)


def news(session, user_id, key):
    background.reading()
    user = session.get(User, user_id)
    rows = saved_searches.of_user(session, user_id)
    found = saved_searches.since_last_look(session, actor_of(user), rows)
    return found[key].count if key in found else 0


# --- The pages ----------------------------------------------------------------------------------
def test_a_search_is_saved_with_a_name_in_words_and_shows_on_the_list(make, sign_in, session):
    user = make.user()
    client = sign_in(user)
    form = page(client.get("/me/searches/new", query_string={"q": "máy chưng", "kind": "need"}))
    assert 'value="máy chưng · Nhu cầu' in form
    answer = client.post("/me/searches", query_string={"q": "máy chưng", "kind": "need"},
                         data={"name": "Chưng", "frequency": "weekly"})  # fmt: skip
    assert answer.location == "/me/searches"
    listed = page(client.get("/me/searches"))
    assert "Chưng" in listed
    assert "Thư mỗi tuần" in listed
    row = session.scalar(select(SavedSearch))
    assert (row.text, row.filters) == ("máy chưng", {"kind": ["need"]})


def test_a_guest_is_asked_to_sign_in_and_comes_back_to_the_form(client):
    answer = client.get("/me/searches/new?q=may")
    assert "/sign-in" in answer.location
    assert "searches%2Fnew" in answer.location or "searches/new" in answer.location
    assert client.post("/me/searches?q=may", data={"name": "x"}).status_code in (302, 401)


def test_what_the_site_does_not_know_is_not_saved(make, sign_in, session):
    client = sign_in(make.user())
    client.post("/me/searches", query_string={"q": "x", "kind": ["Gọi 0900", "offer"], "a": "b"},
                data={"name": "x", "frequency": "site"})  # fmt: skip
    assert session.scalar(select(SavedSearch)).filters == {"kind": ["offer"]}


def test_faults_are_said_beside_the_fields_and_nothing_is_saved(make, sign_in, session):
    client = sign_in(make.user())
    answer = client.post("/me/searches?q=may", data={"name": " ", "frequency": "hourly"})
    text = page(answer, 422)
    assert "Hãy đặt tên" in text
    assert "Hãy chọn cách báo" in text
    assert session.scalar(select(SavedSearch)) is None


def test_the_same_search_is_saved_once(make, sign_in, session):
    client = sign_in(make.user())
    for query in ("q=may&kind=offer&kind=need", "kind=need&q=may&kind=offer&sort=title"):
        client.post(f"/me/searches?{query}", data={"name": "x", "frequency": "site"})
    assert len(session.scalars(select(SavedSearch)).all()) == 1


def test_a_person_has_so_many_and_no_more(make, session, keep):
    user = make.user()
    for number in range(MOST):
        keep(user, f"từ {number}")
    with pytest.raises(TooManySaved):
        keep(user, "một nữa")


@pytest.mark.parametrize("name", ["", " \u200b ", "a" * (LONGEST_NAME + 1)])
def test_a_name_must_be_one(make, session, keep, name):
    with pytest.raises(InvalidForm):
        keep(make.user(), "máy", name=name)


def test_it_is_renamed_silenced_and_deleted_by_its_owner(make, sign_in, session, keep):
    user = make.user()
    key, client = keep(user, "máy", frequency="daily"), sign_in(user)
    client.post(f"/me/searches/{key}/change", data={"name": "Tên mới", "frequency": "weekly"})
    session.rollback()
    row = saved_searches.by_key(session, key)
    assert (row.name, row.text, row.frequency) == ("Tên mới", "máy", "weekly")
    client.post(f"/me/searches/{key}/stop")
    session.rollback()
    assert saved_searches.by_key(session, key).frequency == "site"
    client.post(f"/me/searches/{key}/delete")
    session.rollback()
    assert session.scalar(select(SavedSearch)) is None


def test_a_faulty_new_name_is_given_back_beside_its_own_search(make, sign_in, keep):
    user = make.user()
    key, other = keep(user, "máy", name="Một"), keep(user, "lò", name="Hai")
    answer = sign_in(user).post(
        f"/me/searches/{key}/change", data={"name": "a" * 200, "frequency": "site"}
    )
    text = page(answer, 422)
    assert "Tên dài quá" in text
    assert "a" * 200 in text
    assert f'id="n-{other}"' in text


@pytest.mark.parametrize("step", ["change", "run", "stop", "delete", "new-feed"])
def test_nobody_else_touches_it(make, sign_in, session, keep, step):
    key = keep(make.user(), "máy", frequency="daily")
    for role in ("member", "lead", "sysadmin"):
        other = sign_in(make.user(role=role))
        answer = other.post(f"/me/searches/{key}/{step}", data={"name": "x", "frequency": "site"})
        assert answer.status_code in (302, 403, 404), role
    session.rollback()
    row = saved_searches.by_key(session, key)
    assert (row.name, row.frequency, row.feed) == ("Của tôi", "daily", 1)


def test_what_somebody_looks_for_does_not_lie_open_in_the_database(make, session, keep):
    keep(make.user(), "mua lại công ty đối thủ", name="Bí mật")
    table = SavedSearch.__table__
    raw = session.connection().exec_driver_sql(f"select * from {table.name}").all()  # noqa: S608
    assert "đối thủ" not in str(raw)
    assert "Bí mật" not in str(raw)


def test_every_deed_leaves_its_audit_row_without_the_words(make, sign_in, session, keep):
    user = make.user()
    key, client = keep(user, "máy tìm gì đó"), sign_in(user)
    for step in ("change", "stop", "run", "new-feed", "delete"):
        client.post(f"/me/searches/{key}/{step}", data={"name": "Nữa", "frequency": "daily"})
    session.rollback()
    rows = session.scalars(select(Audit).where(Audit.action.startswith("search."))).all()
    assert [row.action.split(".")[1] for row in rows] == [
        "save", "change", "stop", "look", "new_feed", "delete"
    ]  # fmt: skip
    assert {row.actor_id for row in rows} == {user.id}
    assert "máy" not in str([row.facts for row in rows])


# --- What arrives -------------------------------------------------------------------------------
def test_what_arrives_later_is_news_and_what_was_there_is_not(make, session, keep, follow):
    user = make.user()
    make.listing("offer", title_vi="Máy chưng nhãn có trước")
    key = keep(user, "máy chưng nhãn")
    make.listing("offer", title_vi="Máy chưng nhãn bơm nhiệt")
    make.listing("offer", title_vi="Máy xay")
    assert follow() == 1
    assert news(session, user.id, key) == 1


def test_each_listing_is_found_once_whatever_happens_to_it(make, session, keep, follow):
    user = make.user()
    key = keep(user, "máy chưng")
    listing = make.listing("offer", title_vi="Máy chưng nhãn")
    watch = saved_searches.Watch()
    assert follow(watch) == 1
    for change in ({"state": "on_hold"}, {"state": "published"}, {"renew_count": 1}):
        row = session.get(Listing, listing.id)
        for name, value in change.items():
            setattr(row, name, value)
        make.save(row, Change(listing_id=row.id, at=utcnow()))
        assert follow(watch) == 1
    _rewrite(make, session, listing.id, summary_vi="Viết lại hẳn, vẫn là máy chưng.")
    assert follow(watch) == 1
    assert follow(saved_searches.Watch()) == 1  # another worker, or the same after a restart
    assert news(session, user.id, key) == 1


def _rewrite(make, session, listing_id, **values):
    listing = session.get(Listing, listing_id)
    row = session.scalar(
        select(ListingContent).where(
            ListingContent.version_id == listing.live_version_id, ListingContent.level == "public"
        )
    )
    row.values = {**row.values, **values}
    make.save(row, Change(listing_id=listing_id, at=utcnow()))


def test_only_a_change_of_what_it_says_makes_an_old_listing_news(make, session, keep, follow):
    listing = make.listing("offer", title_vi="Máy chưng nhãn")
    follow()
    keep(make.user(), "chưng nhãn")
    make.save(Change(listing_id=listing.id, at=utcnow()))  # renewed, say
    assert follow() == 0
    _rewrite(make, session, listing.id, title_vi="MÁY CHƯNG, NHÃN!")
    assert follow() == 0
    _rewrite(make, session, listing.id, title_vi="Máy chưng nhãn hai tầng")
    assert follow() == 1


def test_a_listing_that_comes_to_say_it_is_news(make, session, keep, follow):
    listing = make.listing("offer", title_vi="Máy xay lúa")
    follow()
    keep(make.user(), "máy chưng")
    _rewrite(make, session, listing.id, title_vi="Máy xay và chưng lúa")
    assert follow() == 1


def test_looking_makes_it_known(make, sign_in, session, keep, follow):
    user = make.user()
    key, client = keep(user, "máy chưng"), sign_in(user)
    make.listing("offer", title_vi="Máy chưng nhãn")
    follow()
    assert "1 tin mới" in page(client.get("/me/searches"))
    answer = client.post(f"/me/searches/{key}/run")
    assert answer.status_code == 303
    assert answer.location.startswith("/find?")
    assert "sort=newest" in answer.location
    assert "Chưa có tin mới" in page(client.get("/me/searches"))


def test_a_worker_killed_before_it_kept_what_it_found_finds_it_again(make, session, keep, follow):
    class Killed(BaseException):
        """As abrupt as a signal."""

    def killed():
        raise Killed

    keep(make.user(), "máy chưng")
    make.listing("offer", title_vi="Máy chưng nhãn")
    with pytest.raises(Killed):
        saved_searches.Watch().follow(session, **TRANSACTION | {"commit": killed})
    background.changing()
    assert session.scalar(select(func.count()).select_from(SavedSearchHit)) == 0
    assert follow() == 1


def test_of_two_workers_at_once_one_keeps_what_both_found(make, session, keep, follow):
    keep(make.user(), "máy chưng")
    make.listing("offer", title_vi="Máy chưng nhãn")

    def meanwhile():
        """The other one comes through between our reading and our writing."""
        background.changing()
        saved_searches.Watch().follow(session, **TRANSACTION)
        background.changing()

    saved_searches.Watch().follow(session, **TRANSACTION | {"changing": meanwhile})
    background.changing()
    assert session.scalar(select(func.count()).select_from(SavedSearchHit)) == 1
    assert follow() == 1


def test_a_search_deleted_while_it_is_compared_is_let_go(make, session, keep, follow):
    user = make.user()
    key = keep(user, "máy chưng")
    make.listing("offer", title_vi="Máy chưng nhãn")

    def meanwhile():
        background.changing()
        row = saved_searches.by_key(session, key)
        saved_searches.delete(session, row, actor=actor_of(row.user), now=utcnow())
        session.commit()
        background.changing()

    saved_searches.Watch().follow(session, **TRANSACTION | {"changing": meanwhile})
    assert follow() == 0


def test_new_and_deleted_searches_reach_a_worker_that_runs(make, session, keep, follow):
    user, watch = make.user(), saved_searches.Watch()
    follow(watch)
    key = keep(user, "máy chưng")
    make.listing("offer", title_vi="Máy chưng nhãn")
    assert follow(watch) == 1
    row = saved_searches.by_key(session, key)
    saved_searches.delete(session, row, actor=actor_of(user), now=utcnow())
    session.commit()
    make.listing("offer", title_vi="Máy chưng vải")
    assert follow(watch) == 0


def test_synonyms_of_today_count(make, session, keep, follow):
    from marketplace.services import synonyms

    user, watch = make.user(), saved_searches.Watch()
    keep(user, "htx cói")
    make.listing("offer", title_vi="Hợp tác xã cói lồng")
    assert follow(watch) == 0
    synonyms.add(session, {"spellings": "HTX\nhợp tác xã"}, actor=actor_of(user), now=utcnow())
    session.commit()
    make.listing("offer", title_vi="Hợp tác xã trồng cói")
    assert follow(watch) == 1


# --- Who is told --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({}, True),
        ({"visibility": "masked"}, True),
        ({"visibility": "registered"}, True),
        ({"visibility": "invitation"}, False),
        ({"state": "draft"}, False),
        ({"state": "in_review"}, False),
        ({"state": "withdrawn"}, False),
    ],
)
def test_only_what_can_be_found_is_found(make, session, keep, follow, columns, told):
    user = make.user()
    key = keep(user, "máy chưng")
    make.listing("offer", title_vi="Máy chưng nhãn", **columns)
    follow()
    assert news(session, user.id, key) == int(told)


@pytest.mark.parametrize("over", [{"verified_at": None}, {"role": "auditor"}, {"role": "sysadmin"}])
def test_who_may_not_find_members_listings_is_not_told_of_them(make, session, keep, follow, over):
    user = make.user(**over)
    key = keep(user, "máy chưng")
    make.listing("offer", title_vi="Máy chưng kín", visibility="registered")
    follow()
    assert news(session, user.id, key) == 0


def test_what_is_hidden_after_it_was_found_is_news_no_more(make, session, keep, follow):
    user = make.user()
    key = keep(user, "máy chưng")
    listing = make.listing("offer", title_vi="Máy chưng nhãn")
    follow()
    assert news(session, user.id, key) == 1
    for over in ({"visibility": "invitation"}, {"visibility": "public", "state": "withdrawn"}):
        row = session.get(Listing, listing.id)
        for name, value in over.items():
            setattr(row, name, value)
        make.save(row)
        assert news(session, user.id, key) == 0


def test_the_name_behind_a_masked_listing_finds_nothing(make, session, keep, follow):
    hidden = make.organisation(name="Công ty Tuyệt Đối Kín")
    keep(make.user(), "tuyệt đối kín")
    make.listing("need", organisation=hidden, visibility="masked", title_vi="Cần lò chưng")
    assert follow() == 0


def test_nobody_is_told_of_their_own_listings(make, session, keep, follow):
    user = make.user()
    key = keep(user, "máy chưng")
    make.listing("offer", owner=user, title_vi="Máy chưng của tôi")
    make.listing("offer", organisation=make.organisation(user), title_vi="Máy chưng của chúng tôi")
    follow()
    assert news(session, user.id, key) == 0


def test_confidential_words_find_nothing(make, session, keep, follow):
    from marketplace.domain.fields import CONFIDENTIAL, CONTACT, STAFF, fields

    hidden = {
        f.name: f"{f.name} tuyệtmật"
        for f in fields("offer", levels={CONFIDENTIAL, CONTACT, STAFF})
        if f.type in ("text", "long")
    }
    assert hidden
    keep(make.user(), "tuyệtmật")
    make.listing("offer", values=hidden)
    assert follow() == 0


def test_a_guest_may_be_told_of_public_listings_only(make, session):
    from marketplace.services.saved_searches.news import tellable

    shown = make.listing("offer")
    for visibility in ("registered", "invitation"):
        make.listing("offer", visibility=visibility)
    assert [row.id for row in session.scalars(tellable(GUEST))] == [shown.id]


def test_an_edit_by_the_organisation_is_followed_once(make, session, keep, follow):
    """The outbox may hold several rows of one listing in one batch."""
    keep(make.user(), "máy chưng")
    listing = make.listing("offer", title_vi="Máy chưng nhãn")
    for _ in range(3):
        outbox.changed(session, session.get(Listing, listing.id), now=utcnow())
        make.save(session.get(Listing, listing.id))
    assert follow() == 1


def test_old_finds_do_not_come_back_with_the_mails(make, sign_in, session, keep, follow):
    """What was looked at on the site is not told by mail afterwards."""
    user = make.user()
    key = keep(user, "máy chưng")
    make.listing("offer", title_vi="Máy chưng nhãn")
    follow()
    sign_in(user).post(f"/me/searches/{key}/run")
    session.rollback()
    row = saved_searches.by_key(session, key)
    saved_searches.change(session, row, name="x", frequency="daily", actor=actor_of(user),
                          now=utcnow())  # fmt: skip
    session.commit()
    with time_machine.travel(utcnow() + timedelta(days=2), tick=False):
        assert saved_searches.send_due(session, **TRANSACTION) == 0
