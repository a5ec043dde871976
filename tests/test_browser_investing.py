"""A teaser on paper: one side of A4, whatever was written, with everything of it in sight; and a
deck asked for and opened on a telephone."""

import io
import re

import pytest
from browser import Finger, Mouse
from pypdf import PdfReader

from marketplace.domain.fields import fields
from marketplace.models import Teaser, utcnow

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

WORDS = "Chúng tôi thu mua nhãn của một trăm hai mươi hộ, sấy bằng bơm nhiệt và bán vào siêu thị; "
PAPER = 624  # pixels of 165 mm: A4 without its margins


def startup(make):
    longest = {
        f.name: (WORDS * 60)[: f.limit or 200].strip()
        for f in fields("startup") if f.type in ("text", "long")
    }  # fmt: skip
    owner = make.user()
    house = make.organisation(owner, name="Công ty " + "cổ phần " * 15, verified_at=utcnow())
    return make.listing("startup", owner=owner, organisation=house, **longest)


@pytest.mark.parametrize("language", ["", "/en"])
@pytest.mark.parametrize("long", [True, False])
def test_a_teaser_is_one_side_and_nothing_of_it_is_below_the_edge(site, people, long, language):
    with site.make() as make:
        row = startup(make) if long else make.listing("startup", owner=make.user())
        make.save(Teaser(listing_id=row.id, note=(WORDS * 9)[:600], note_at=utcnow()))
        address, reader = f"{language}/listings/{row.ref}/teaser", make.user().email
    visitor = people("visitor", Mouse)
    visitor.signs_in(reader)
    visitor.opens(address)
    visitor.page.set_viewport_size({"width": PAPER, "height": 1000})
    visitor.page.emulate_media(media="print")
    foot, sheet = (
        visitor.page.locator(part).bounding_box() for part in (".teaser-foot", ".teaser")
    )
    assert foot["y"] + foot["height"] <= sheet["y"] + sheet["height"]
    pages = PdfReader(io.BytesIO(visitor.page.pdf(prefer_css_page_size=True))).pages
    assert len(pages) == 1
    said = re.sub(r"\s+", "", pages[0].extract_text())
    assert re.sub(r"\s+", "", row_address(address)) in said
    assert (said.count("…") > 1) == long  # the one is in the line at the foot


def row_address(address):
    return address.removesuffix("/teaser").removeprefix("/en")


def test_a_board_is_moved_along_with_one_hand(site, people):
    with site.make() as make:
        user = make.user()
        make.listing("investor", owner=user, organisation=make.organisation(user))
        ref = make.listing("startup", owner=make.user(), title_vi="Long nhãn sấy dẻo").ref
        address = user.email
    investor = people("investor", Finger)
    investor.signs_in(address)
    investor.opens(f"/listings/{ref}")
    investor.presses("Theo dõi")
    investor.page.get_by_label("Chuyển tới").select_option("met")
    investor.presses("Chuyển giai đoạn")
    investor.opens("/me/investing")
    investor.page.get_by_role("link", name="Đã gặp 1").click()
    assert investor.page.get_by_role("link", name="Long nhãn sấy dẻo").is_visible()
    assert investor.page.evaluate("document.documentElement.scrollWidth") <= 375
