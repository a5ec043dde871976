"""The whole job in a real browser: a co-operative posts a need and is introduced to a maker.

The same story twice, with the keys alone and without scripts; test_browser_deal.py tells it on a
phone and goes on. The search index and the matcher run as in production, with an encoder that needs
no model.
"""

import pytest
import story
from browser import DESK, Keys, MouseWithoutScripts

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser


@pytest.fixture
def world(site):
    return story.settle(site)


class KeysAtDesk(Keys):
    screen = DESK


WAYS = {
    # how the two parties work, how the curator does
    "keys": (Keys, KeysAtDesk),
    "no-scripts": (MouseWithoutScripts, MouseWithoutScripts),
}


@pytest.mark.parametrize("way", WAYS)
def test_from_a_need_to_an_introduction(way, world, people):
    hand, desk_hand = WAYS[way]
    hoa = people("Hoa", hand)
    story.signs_up(hoa)
    story.creates_organisation(hoa)
    story.photo(hoa, way, "need-new")
    code = story.posts_need(hoa, way)
    story.tracked_by_anybody(people("anybody", hand), code, way)

    curator = people("curator", desk_hand)
    curator.signs_in("canbo@trungtam.example")
    story.publishes(curator, way)
    story.found_without_accents(people("guest", hand), way)

    story.keeps_and_proposes(curator, way)
    story.accepts(hoa, way, "asked-first")
    story.asks_the_other_side(curator)
    maker = people("maker", hand)
    maker.signs_in("may@coxuong.example")
    story.accepts(maker, way, "asked-second")
    story.introduces(curator)

    story.meets(hoa, "0987654321", "Lê Văn Máy", "Cơ xưởng Sấy Việt")
    story.photo(hoa, way, "introduced")
    story.meets(maker, "0912345678", "Nguyễn Thị Hoa", "Hợp tác xã Nhãn lồng Nễ Châu")
    story.learns_nothing(people("stranger", hand), hoa.page.url)
