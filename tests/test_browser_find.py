"""The search box of every page completes what is typed, by keys and by touch."""

import pytest
from browser import Finger, Mouse

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

TITLE = "Máy sấy nhãn bơm nhiệt 600 kg mỗi mẻ"


@pytest.fixture
def address(site):
    """Of a listing that can be offered."""
    with site.make() as make:
        listing = make.listing("offer", title_vi=TITLE)
        make.session.commit()
        return f"/listings/{listing.ref}"


def opened(people, hand, path):
    visitor = people("visitor", hand)
    visitor.opens(path)
    return visitor.page


def offered(page):
    """The list under the box of the header, once it is there."""
    page.locator("#q-nhanh").press_sequentially("may say", delay=30)
    option = page.get_by_role("option", name=TITLE)
    option.wait_for()
    return option


def test_the_box_of_every_page_is_walked_with_arrows(address, people):
    page = opened(people, Mouse, "/help")
    box = page.get_by_role("search").get_by_role("combobox")
    option = offered(page)
    assert box.get_attribute("aria-expanded") == "true"
    assert page.locator("#live-words").inner_text()
    while option.get_attribute("aria-selected") != "true":
        box.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == option.get_attribute("id")
    box.press("Enter")
    page.wait_for_url(f"**{address}")


def test_escape_closes_the_list_and_enter_searches_as_typed(address, people):
    page = opened(people, Mouse, "/help")
    option = offered(page)
    page.keyboard.press("Escape")
    assert option.is_hidden()
    assert page.locator("#q-nhanh").input_value() == "may say"
    page.keyboard.press("Enter")
    page.wait_for_url("**/find?q=may+say")


def test_on_a_phone_the_list_hangs_below_the_sheet(address, people):
    page = opened(people, Finger, "/help")
    page.locator("[popovertarget=tim-nhanh]").first.tap()
    option = offered(page)
    sheet, below = page.locator("#tim-nhanh").bounding_box(), option.bounding_box()
    assert below["y"] >= sheet["y"] + sheet["height"] - 1
    assert below["width"] > 0.9 * sheet["width"]
    option.tap()
    page.wait_for_url(f"**{address}")


def test_no_page_loads_the_script_twice(site, people):
    page = opened(people, Mouse, "/find")
    assert page.locator("script[src*='/find.']").count() == 1
    assert page.locator("input[data-completes]").count() == 2
    assert page.locator("[role=combobox]").count() == 2
