"""The full-text engine is asked once for a page, and pages are cut out of its answer."""

import pytest

from marketplace.domain.actor import GUEST
from marketplace.services import background, discovery
from marketplace.services.discovery import finding
from search.records import Query

DRYERS = 36
SUBJECTS = ["Xử lý nước thải làng nghề", "Nhà kính trồng rau thủy canh", "Tủ sấy lạnh hoa quả"]


@pytest.fixture
def asked(app, make, session, monkeypatch):
    """find(text, **of the query), and a list of what the engine was asked meanwhile."""
    monkeypatch.setattr(finding, "HEAD", 20)
    for title in [*SUBJECTS, *(f"Máy sấy số {number}" for number in range(DRYERS))]:
        make.listing("offer", title_vi=title, summary_vi=f"{title}: kể rõ hơn về {title.lower()}.")
    engines = app.extensions["engines"]
    engines.encoder()
    session.rollback()
    while background.follow_search(engines):
        pass
    while background.follow_matches(engines, "hung_yen"):
        pass
    background.reading()
    engines.search._looked = float("-inf")
    questions, search = [], engines.search.search

    def noted(query):
        questions.append(query)
        return search(query)

    monkeypatch.setattr(engines.search, "search", noted)

    def find(text, **over):
        questions.clear()
        over = {"as_typed": True, "by_meaning": True} | over
        settings = {name: over.pop(name) for name in ("as_typed", "by_meaning")}
        return discovery.find(session, engines, GUEST, Query(text=text, **over), **settings)

    return find, questions


@pytest.mark.parametrize(
    "text", ["máy sấy", "nước thải", "nước thải làng nghề", "asdfgh qwerty", ""]
)
@pytest.mark.parametrize("sort", ["relevance", "newest"])
@pytest.mark.parametrize("by_meaning", [True, False])
def test_a_first_page_is_one_question(asked, text, sort, by_meaning):
    find, questions = asked
    find(text, limit=12, sort=sort, by_meaning=by_meaning)
    assert len(questions) == 1


def test_a_spelling_that_stands_in_is_one_more(asked):
    find, questions = asked
    assert find("nước thaii", limit=12, as_typed=False).instead
    assert len(questions) == 2


def test_behind_what_was_ordered_anew_pages_go_on_as_the_words_rank(asked):
    find, questions = asked
    whole = [view.ref for view in find("máy sấy", limit=100).views]
    assert len(whole) == len(set(whole)) == DRYERS
    for limit in (6, 7, 20, 25):
        pages = []
        for offset in range(0, DRYERS, limit):
            pages += [view.ref for view in find("máy sấy", offset=offset, limit=limit).views]
            assert len(questions) == 1 + (offset + limit > 20)
        assert pages == whole


def test_a_page_behind_the_last_is_empty(asked):
    find, _ = asked
    for offset in (40, 200):
        found = find("máy sấy", offset=offset, limit=12)
        assert (found.views, found.total) == ([], DRYERS)


def test_without_meaning_pages_are_the_words_order(asked):
    find, questions = asked
    whole = [view.ref for view in find("máy sấy", limit=100, by_meaning=False).views]
    page = find("máy sấy", offset=12, limit=12, by_meaning=False)
    assert [view.ref for view in page.views] == whole[12:24]
    assert len(questions) == 1
