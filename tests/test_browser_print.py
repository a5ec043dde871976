"""A listing on paper: two sides of one sheet, and nothing that only a screen can do."""

import re

import pytest
from browser import Mouse
from sqlalchemy import select

from marketplace.models import Listing, utcnow
from marketplace.services import samples

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

SIDES = 2


@pytest.fixture
def printed(site):
    """Addresses of sample listings, one of each kind."""
    with site.make() as make:
        samples.load(make.session, now=utcnow(), most=60)
        make.session.commit()
        published = make.session.scalars(
            select(Listing).where(Listing.state == "published", Listing.visibility == "public")
        )
        return list({each.kind: f"/listings/{each.ref}" for each in published}.values())


def test_a_listing_is_printed_on_one_sheet(printed, people):
    visitor = people("visitor", Mouse)
    assert len(printed) == 8
    for address in printed:
        visitor.opens(address)
        visitor.page.emulate_media(media="print")
        paper = visitor.page.pdf(prefer_css_page_size=True)
        assert 1 <= len(re.findall(rb"/Type\s*/Page\b", paper)) <= SIDES, address
        for part in ("#kin", "#tuong-tu", ".masthead", ".btn"):
            assert not any(each.is_visible() for each in visitor.page.locator(part).all()), part
        visitor.page.emulate_media(media="screen")
