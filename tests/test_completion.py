"""Completion while typing: of public things only, marks or not, up to the newest change."""

import pytest

from marketplace.models import Change, utcnow
from search.completion import Completion

TITLES = [
    "Máy sấy nhãn bơm nhiệt", "Máy sấy nhãn năng lượng mặt trời", "Cần máy sấy lúa",
    "Mây tre đan xuất khẩu", "Phần mềm cho HTX nông nghiệp", "Giải pháp HTX số",
]  # fmt: skip


@pytest.fixture
def completion():
    made = Completion()
    for number, title in enumerate(TITLES):
        made.put(str(number), title)
    return made


def texts(completion, typed, limit=9):
    return [each.text for each in completion.texts(typed, limit)]


def runs(completion, typed, limit=9):
    return [each.text for each in completion.runs(typed, limit)]


def test_words_typed_without_marks_go_on_with_them(completion):
    assert texts(completion, "may say nh") == TITLES[:2]
    assert runs(completion, "may say")[:2] == ["máy sấy", "máy sấy nhãn"]


def test_a_mark_typed_must_be_there_but_the_tone_may_still_come(completion):
    assert texts(completion, "mây") == [TITLES[3]]
    assert TITLES[0] in texts(completion, "máy sâ")
    assert texts(completion, "mày sấy") == []


def test_a_text_that_begins_so_comes_before_one_that_goes_on_so(completion):
    assert texts(completion, "máy sấy") == [TITLES[0], TITLES[1], TITLES[2]]


def test_an_abbreviation_keeps_its_letters(completion):
    assert runs(completion, "ht") == ["HTX"]


def test_what_only_one_text_has_is_no_run(completion):
    assert "mây tre" not in runs(completion, "mây")


def test_what_was_taken_out_or_replaced_is_nowhere(completion):
    completion.remove("0")
    completion.put("1", "Lò nung gạch")
    assert texts(completion, "may say nhan") == []
    assert texts(completion, "lo nung") == ["Lò nung gạch"]
    assert len(completion) == len(TITLES) - 1


def test_much_coming_and_going_keeps_nothing_of_the_old(completion):
    for number in range(3000):
        completion.put("0", f"Bản thứ {number}")
    assert texts(completion, "ban thu") == ["Bản thứ 2999"]
    assert len(completion._texts) < 2000
    assert texts(completion, "cần máy") == ["Cần máy sấy lúa"]


@pytest.mark.parametrize("typed", ["", " ", "!!!", "\x00", "((*", "a" * 5000, "\ud800", "😀", "́"])
def test_anything_may_be_typed(completion, typed):
    completion.texts(typed, 5)
    completion.runs(typed, 5)


# --- On the site -------------------------------------------------------------------------------
def offered(client, typed):
    answer = client.get("/find/complete", query_string={"q": typed})
    assert answer.status_code == 200
    return {each["text"]: each for each in answer.get_json()}


def test_titles_words_and_filters_are_offered_each_with_its_address(make, client, index):
    listing = make.listing("offer", title_vi="Máy sấy nhãn bơm nhiệt", sectors=["211"])
    make.listing("need", title_vi="Cần máy sấy nhãn", sectors=["211"])
    index()
    found = offered(client, "may say")
    assert found["Máy sấy nhãn bơm nhiệt"]["url"] == f"/listings/{listing.ref}"
    assert found["máy sấy nhãn"]["url"].startswith("/find?q=")
    for each in found.values():
        assert client.get(each["url"]).status_code == 200
    sector = offered(client, "kỹ thuật")
    assert any("sectors=" in each["url"] for each in sector.values()) or not sector


def test_nobody_is_offered_what_is_not_public_not_even_who_may_see_it(make, client, sign_in, index):
    owner = make.user()
    for state in ("draft", "in_review", "withdrawn"):
        make.listing("offer", owner=owner, state=state, title_vi="Bơm kín tầng sâu")
    for visibility in ("registered", "invitation"):
        make.listing("offer", owner=owner, visibility=visibility, title_vi="Bơm kín tầng sâu")
    index()
    assert offered(client, "bom kin") == {}
    assert offered(sign_in(owner), "bom kin") == {}


def test_what_is_hidden_leaves_at_once_before_any_index_follows(make, session, client, index):
    listing = make.listing("offer", title_vi="Máy rút ngay lập tức")
    index()
    assert "Máy rút ngay lập tức" in offered(client, "may rut")
    listing = session.merge(listing)
    listing.state = "withdrawn"
    make.save(listing)  # not even the outbox says so yet
    assert offered(client, "may rut") == {}
    make.save(Change(listing_id=listing.id, at=utcnow()))
    assert offered(client, "may rut") == {}


def test_what_is_new_is_offered_with_the_next_key(make, client, index):
    assert offered(client, "may cay") == {}
    make.listing("offer", title_vi="Máy cày tay")
    assert "Máy cày tay" in offered(client, "may cay")


def test_organisations_are_offered_as_well(make, client, index):
    organisation = make.organisation(name="Viện Cơ điện Sông Luộc")
    found = offered(client, "vien co")
    assert found["Viện Cơ điện Sông Luộc"]["url"] == f"/organisations/{organisation.key}"


@pytest.mark.parametrize(
    "typed", ["", "a", "\x00", "((*", "a" * 5000, "%ff", "😀😀", "\"'<script>"]
)
def test_no_typing_gives_an_error(client, typed):
    assert isinstance(client.get("/find/complete", query_string={"q": typed}).get_json(), list)
