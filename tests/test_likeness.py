"""The same already? And what does the text suggest: on the check page, at the desk, on the form."""

from dataclasses import replace

import pytest
from factories import content
from sqlalchemy import select

from marketplace.domain.actor import Actor
from marketplace.domain.errors import Invalid
from marketplace.models import Audit, Distinction, Listing, db, utcnow
from marketplace.services import disclosure, likeness, listings, suggestions
from marketplace.services.listings import versions

TEXT = {
    "title_vi": "Máy sấy nhãn bơm nhiệt 500 kg mỗi mẻ",
    "summary_vi": "Máy giữ màu long nhãn, sấy một mẻ trong mười bốn giờ, ít tốn điện hơn lò than.",
    "problem": "Sấy than khiến long nhãn sẫm màu và khê, người sấy phải thức đêm trông lò.",
    "description": "Bơm nhiệt tách ẩm ở 45 đến 55 độ, gió tuần hoàn kín, điều khiển theo độ ẩm.",
    "advantages": "",
    "economics": "",
    "specifications": "",
    "requirements": "",
    "partner": "",
    "references": [],
    "technology_keywords": [],
    "know_how": "Bí quyết xả ẩm ba giai đoạn không ai được biết ngoài chủ hồ sơ này.",
}

ANOTHER = TEXT | {
    "title_vi": "Phần mềm kế toán cho hợp tác xã",
    "summary_vi": "Ghi sổ, lập hóa đơn và báo cáo thuế trên điện thoại cho hợp tác xã nhỏ.",
    "problem": "Kế toán ghi sổ tay nên cuối quý nào cũng lệch số và nộp báo cáo chậm.",
    "description": "Chụp hóa đơn, máy đọc chữ rồi đề nghị bút toán; kế toán chỉ việc xác nhận.",
}


def acting(user, **over):
    return Actor(id=user.id, key=user.key, name=user.name, role=user.role, verified=True, **over)


@pytest.fixture
def engines(app):
    return app.extensions["engines"]


@pytest.fixture
def indexed(session, engines):
    """Index everything published, as the worker would; call it when the listings are there."""

    def run():
        matcher = engines.matcher()
        suggestions.index(session, matcher, list(session.scalars(select(Listing))), "33")
        matcher.index.save(engines.vectors_folder)
        engines._looked = float("-inf")
        return matcher

    return run


@pytest.fixture
def owner(make):
    return make.user()


@pytest.fixture
def draft(session, owner):
    def typed(kind="offer", by=owner, **over):
        now = utcnow()
        listing = listings.create(session, kind, actor=acting(by), now=now)
        raw = {
            name: value if isinstance(value, list) else str(value)
            for name, value in content(kind, **(TEXT | over)).items()
        }
        listings.save(session, listing, raw, actor=acting(by), now=now)
        session.commit()
        return listing

    return typed


@pytest.fixture
def stranger(make):
    return make.user()


@pytest.fixture
def published(make, stranger):
    def one(**over):
        return make.listing("offer", **({"owner": stranger} | TEXT | over))

    return one


def open_of(session, engines, user, listing, **over):
    found = likeness.doubles(session, engines, acting(user), listing, **over)
    return {each.view.ref for each in found.open}


# --- The same already ----------------------------------------------------------------------------
def test_the_owner_is_warned_of_what_they_could_have_found(
    session, engines, indexed, owner, draft, published
):
    double, other = published(), published(**ANOTHER)
    hidden = published(visibility="invitation")
    members = published(visibility="registered")
    indexed()
    found = open_of(session, engines, owner, draft())
    assert {double.ref, members.ref} <= found
    assert hidden.ref not in found
    assert other.ref not in found
    unverified = replace(acting(owner), verified=False)
    doubles = likeness.doubles(session, engines, unverified, draft()).open
    assert members.ref not in {each.view.ref for each in doubles}


def test_what_others_wrote_and_did_not_publish_stays_theirs(
    session, engines, indexed, owner, stranger, draft
):
    draft(by=stranger)
    mine = draft()
    indexed()
    assert open_of(session, engines, owner, mine) == set()
    again = draft()
    assert open_of(session, engines, owner, again) == {mine.ref}


def test_the_desk_sees_everything_that_waits_and_where_it_came_from(
    session, engines, indexed, make, draft, published, stranger
):
    curator = make.user(role="curator")
    harvested = published(origin="harvested", owner=None)
    hidden = published(visibility="invitation")
    waiting = draft(by=stranger)
    waiting.state = "in_review"
    make.save(waiting)
    indexed()
    found = likeness.doubles(session, engines, acting(curator), draft(), desk=True)
    by_ref = {each.view.ref: each for each in found.open}
    assert set(by_ref) == {harvested.ref, hidden.ref, waiting.ref}
    assert by_ref[harvested.ref].view.listing.origin == "harvested"
    assert by_ref[harvested.ref].alike.verdict == "copied"


def test_an_owner_is_warned_of_what_another_exchange_has(
    session, indexed, sign_in, owner, draft, published
):
    harvested, mine = published(origin="harvested", owner=None), draft()
    hidden = published(origin="harvested", owner=None, visibility="invitation")
    indexed()
    page = sign_in(owner).get(f"/listings/{mine.ref}/check").text
    assert harvested.ref in page
    assert "Từ sàn khác" in page
    assert "hỏi trung tâm" in page
    assert hidden.ref not in page


def test_what_another_exchange_sends_is_compared_with_what_is_here(
    session, engines, indexed, make, published
):
    here = published()
    harvested = published(origin="harvested", owner=None)
    indexed()
    curator = acting(make.user(role="curator"))
    found = likeness.doubles(session, engines, curator, harvested, desk=True).open
    assert [(each.view.ref, each.alike.verdict) for each in found] == [(here.ref, "copied")]


def test_confidential_text_alone_never_makes_a_double(
    session, engines, indexed, owner, draft, make
):
    secret = {"know_how": TEXT["know_how"] * 5}
    make.listing("offer", **(TEXT | secret))
    indexed()
    assert open_of(session, engines, owner, draft(**(ANOTHER | secret))) == set()


def test_comparing_leaves_no_vector_of_a_draft_behind(
    session, engines, indexed, owner, draft, published
):
    published()
    matcher = indexed()
    before = len(matcher.cache)
    listing = draft(title_vi="Một bản nháp chưa ai được biết đến cả")
    likeness.doubles(session, engines, acting(owner), listing)
    likeness.hints(session, engines, acting(owner), listing, ["trl", "technology_keywords"])
    assert len(matcher.cache) == before


def test_while_the_engine_loads_the_owners_own_are_still_compared(session, engines, owner, draft):
    mine, again = draft(), draft()
    found = likeness.doubles(session, engines, acting(owner), again)
    assert not found.ready
    assert {each.view.ref for each in found.open} == {mine.ref}


# --- Telling apart -------------------------------------------------------------------------------
def test_the_owners_word_ends_the_owners_warning_and_is_told_to_the_desk(
    session, engines, indexed, make, owner, draft, published
):
    double, mine = published(), draft()
    curator = make.user(role="curator")
    indexed()
    likeness.tell_apart(session, mine, double, side="owner", actor=acting(owner), now=utcnow())
    session.commit()
    assert open_of(session, engines, owner, mine) == set()
    found = likeness.doubles(session, engines, acting(curator), mine, desk=True)
    assert {each.view.ref: each.said for each in found.open} == {double.ref: {"owner"}}
    likeness.tell_apart(session, double, mine, side="desk", actor=acting(curator), now=utcnow())
    session.commit()
    found = likeness.doubles(session, engines, acting(curator), mine, desk=True)
    assert not found.open
    assert [each.view.ref for each in found.settled] == [double.ref]


def test_it_is_said_once_and_leaves_a_trail(session, owner, draft, published):
    double, mine = published(), draft()
    for _ in range(2):
        likeness.tell_apart(session, mine, double, side="owner", actor=acting(owner), now=utcnow())
    session.commit()
    assert len(session.scalars(select(Distinction)).all()) == 1
    rows = session.scalars(select(Audit).where(Audit.action == "listing.tell_apart")).all()
    assert [(row.subject_id, row.facts["other"]) for row in rows] == [(mine.ref, double.ref)]


def test_only_two_listings_of_one_kind_can_be_told_apart(session, make, owner, draft):
    mine = draft()
    for other in (mine, make.listing("need")):
        with pytest.raises(Invalid):
            likeness.tell_apart(
                session, mine, other, side="desk", actor=acting(owner), now=utcnow()
            )


# --- Pages ---------------------------------------------------------------------------------------
def test_the_check_page_warns_and_one_press_ends_it(
    session, indexed, sign_in, owner, draft, published
):
    double, mine = published(), draft()
    indexed()
    client = sign_in(owner)
    page = client.get(f"/listings/{mine.ref}/check")
    assert "rất giống hồ sơ này" in page.text
    assert double.ref in page.text
    assert "Của bạn" not in page.text
    answer = client.post(f"/listings/{mine.ref}/distinct", data={"other": double.ref})
    assert answer.status_code == 302
    assert double.ref not in client.get(f"/listings/{mine.ref}/check").text


def test_ones_own_double_is_told_as_ones_own_and_a_loading_engine_is_owned_up_to(
    sign_in, owner, draft
):
    mine, again = draft(), draft()
    page = sign_in(owner).get(f"/listings/{again.ref}/check").text
    assert mine.ref in page
    assert "Của bạn" in page
    assert "hãy sửa hồ sơ đã có" in page
    assert "Máy so khớp đang khởi động" in page


def test_a_double_keeps_nobody_from_sending(session, indexed, sign_in, owner, draft, published):
    published()
    mine = draft()
    indexed()
    assert sign_in(owner).post(f"/listings/{mine.ref}/submit").status_code == 302
    assert db.session.get(Listing, mine.id).state == "in_review"


def test_one_cannot_ask_about_listings_one_may_not_see(sign_in, owner, draft, published):
    hidden, mine = published(visibility="invitation"), draft()
    answer = sign_in(owner).post(f"/listings/{mine.ref}/distinct", data={"other": hidden.ref})
    assert answer.status_code == 404


def test_the_desk_reads_both_and_settles_it(session, indexed, sign_in, make, draft, published):
    double, mine = published(), draft()
    mine.state = "in_review"
    mine.submitted_at = mine.due_at = utcnow()
    make.save(mine)
    indexed()
    client = sign_in(make.user(role="curator"))
    page = client.get(f"/desk/listings/{mine.ref}")
    assert double.ref in page.text
    assert "Đoạn giống nhất" in page.text
    answer = client.post(f"/desk/listings/{mine.ref}/distinct", data={"other": double.ref})
    assert answer.status_code == 302
    assert "đã xem và cho là khác" in client.get(f"/desk/listings/{mine.ref}").text


def test_who_has_a_stake_cannot_clear_it(sign_in, make, published):
    curator = make.user(role="curator")
    own, double = published(owner=curator, state="in_review"), published()
    answer = sign_in(curator).post(f"/desk/listings/{own.ref}/distinct", data={"other": double.ref})
    assert answer.status_code == 403


# --- Suggestions on the form ---------------------------------------------------------------------
def test_the_form_suggests_when_asked_and_fills_nothing_by_itself(
    session, indexed, sign_in, owner, draft, published
):
    for number in range(12):
        published(title_vi=f"Máy sấy nhãn kiểu {number}", sectors=["211"])
    mine = draft(sectors=[], technology_keywords=[])
    indexed()
    client = sign_in(owner)
    address = f"/listings/{mine.ref}/edit/basics"
    assert 'name="accept"' not in client.get(address).text
    page = client.get(f"{address}?suggest=1")
    assert 'value="sectors:211"' in page.text
    assert "khá chắc" in page.text
    assert saved(mine).get("sectors") in (None, [])


def saved(listing):
    row = db.session.get(Listing, listing.id)
    return disclosure.values_of(db.session, versions.under_review(row), versions.OWNER_LEVELS)


def test_one_press_accepts_one_suggestion_and_keeps_what_was_typed(sign_in, owner, draft):
    mine = draft(sectors=["203"], technology_keywords=["sấy"])
    client, address = sign_in(owner), f"/listings/{mine.ref}/edit/basics"
    typed = {"title_vi": "Tên vừa gõ thêm", "summary_vi": TEXT["summary_vi"], "sectors": "203",
             "technology_keywords": "sấy"}  # fmt: skip
    answer = client.post(address, data=typed | {"accept": "sectors:211"})
    assert answer.location.endswith("suggest=1&taken=sectors#goi-y")
    assert saved(mine)["sectors"] == ["203", "211"]
    assert saved(mine)["title_vi"] == "Tên vừa gõ thêm"
    typed["sectors"] = ["203", "211"]
    client.post(address, data=typed | {"accept": "technology_keywords:bơm nhiệt"})
    assert saved(mine)["technology_keywords"] == ["sấy", "bơm nhiệt"]
    client.post(f"/listings/{mine.ref}/edit/technology", data={"accept": "trl:9"})
    assert saved(mine)["trl"] == "9"


def test_what_was_accepted_is_told_where_the_next_suggestions_stand(sign_in, owner, draft):
    mine = draft()
    address = f"/listings/{mine.ref}/edit/basics?suggest=1"
    page = sign_in(owner).get(f"{address}&taken=sectors").text
    assert "Đã điền vào mục" in page
    for name in ("title_vi", "nothing", "trl", "<b>"):
        assert "Đã điền vào mục" not in sign_in(owner).get(f"{address}&taken={name}").text


def test_a_suggestion_that_no_longer_fits_is_answered_at_its_box(sign_in, owner, draft):
    mine = draft(sectors=["203", "205", "207"])
    address = f"/listings/{mine.ref}/edit/basics"
    typed = {"title_vi": TEXT["title_vi"], "sectors": ["203", "205", "207"]}
    answer = sign_in(owner).post(address, data=typed | {"accept": "sectors:211"})
    assert answer.location.endswith("suggest=1#f-sectors")
    assert saved(mine)["sectors"] == ["203", "205", "207"]


@pytest.mark.parametrize(
    "chosen", ["", "know_how:x", "title_vi:x", "sectors", "nothing:211", "sectors:", ":"]
)
def test_what_is_no_suggestion_changes_nothing(sign_in, owner, draft, chosen):
    mine = draft(sectors=["203"])
    address = f"/listings/{mine.ref}/edit/basics"
    typed = {"title_vi": TEXT["title_vi"], "sectors": "203", "accept": chosen}
    sign_in(owner).post(address, data=typed)
    assert saved(mine)["sectors"] == ["203"]
    assert saved(mine)["title_vi"] == TEXT["title_vi"]


def test_asking_saves_first_and_says_kindly_when_the_engine_is_not_there(sign_in, owner, draft):
    mine = draft()
    client, address = sign_in(owner), f"/listings/{mine.ref}/edit/basics"
    answer = client.post(address, data={"title_vi": "Vừa gõ", "go": "suggest"})
    assert answer.location.endswith("suggest=1#goi-y")
    assert saved(mine)["title_vi"] == "Vừa gõ"
    assert "chưa sẵn sàng" in client.get(f"{address}?suggest=1").text


def test_the_first_page_can_ask_too_and_makes_one_draft(session, sign_in, owner):
    client = sign_in(owner)
    answer = client.post("/listings/new/need", data={"title_vi": "Cần máy sấy", "go": "suggest"})
    assert "suggest=1" in answer.location
    assert len(session.scalars(select(Listing)).all()) == 1


def test_a_readiness_phrase_is_quoted(session, engines, indexed, owner, draft, published):
    published()
    indexed()
    mine = draft(description="Máy đã bán cho sáu hợp tác xã trong tỉnh.", trl="3")
    found = likeness.hints(session, engines, acting(owner), mine, ["trl"])
    assert [guess.value for guess in found.guesses["trl"]] == ["9"]
    assert found.guesses["trl"][0].because == ("đã bán",)


def test_fields_already_full_get_no_more(session, engines, indexed, owner, draft, published):
    published()
    indexed()
    mine = draft(sectors=["203", "205", "207"], technology_keywords=["a", "b", "c", "d", "e"])
    found = likeness.hints(session, engines, acting(owner), mine, likeness.SUGGESTED)
    assert set(found.guesses) <= {"trl"}
