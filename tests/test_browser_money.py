"""A sum is read back in the browser as the server will read it, and not at all when it will not."""

import pytest

from marketplace.config import ROOT
from marketplace.domain.cleaning import money

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

TYPED = (
    "280.000.000", "280,000,000", "280 000 000", "280 triệu", "280tr", "1,25 tỷ", "1.25 tỷ",
    "2 tỷ 500 triệu", "1.234,5 triệu", "1,234.5 triệu", "500 nghìn", "500k", "15.000.000 đồng",
    "3 million", "5 trieu", "2 ty", "2 ti 5 trieu", "1,25 tỷ đồng", "500.000 ₫", "5 TRIEU DONG",
    "1.25 billion", "7 ngan", "2 500 triệu", "0,0000001 tỷ", "12,345 triệu",
    # refused by the server, and so not read back
    "nhiều", "-5 triệu", "1,5", "1,5,5 tỷ", "1.2,5 tỷ", "12.34.567", "1..5 tỷ", "5 con bò", "3tr5",
    "khoảng 5 triệu", "2 tỷ 5", "1e9", "=1+1", "0x10", "5 triệu USD", "9" * 61, "đồng", "",
    "5 constructor", "0,0000000001 tỷ",
)  # fmt: skip


@pytest.fixture(scope="module")
def box(chromium):
    page = chromium.new_page()
    page.set_content(
        '<html lang="vi"><input id="f-x" data-money><output id="f-x-read"></output></html>'
    )
    page.add_script_tag(content=(ROOT / "marketplace/static/js/site.js").read_text("utf-8"))
    yield page
    page.close()


@pytest.mark.parametrize("typed", TYPED)
def test_the_browser_reads_a_sum_as_the_server_does(box, typed):
    try:
        expected = money(typed)
    except ValueError:
        expected = None
    box.fill("#f-x", typed)
    said = box.text_content("#f-x-read")
    assert int(said.strip("= ₫").replace(".", "")) == expected if said else not expected
