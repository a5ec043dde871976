"""Every page, as a browser shows it: no barrier axe can find, nothing that sticks out of a small
phone, nothing asked of another host, and little to load.

Routes come from `app.url_map` with the values tests/crawl.py knows for their arguments. Everybody
opens everything; axe then looks at the fewest pages that show all there is to see: a page that has
no element, class or state that another has not shown already is not looked at again.
"""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from html.parser import HTMLParser

import crawl
import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import DESK, PHONE, STEADY, Mouse, Person, serve
from cast import HALF_WAY
from factories import Make
from world import World

from marketplace.models import Listing, User, db, utcnow
from marketplace.services import links, mails

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RULES = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
PEOPLE = (
    "guest", "owner", "curator", "lead", "auditor", "sysadmin", "leader", "unverified member",
    "organisation member", "granted reader", "owner of the other listing", HALF_WAY,
)  # fmt: skip
EVERYWHERE = PEOPLE[:3]  # the others see few pages these do not: one page of each route
FEW = 4  # addresses tried for it
ENOUGH = 5  # so many pages of a route in a row that show nothing new: the rest will not either
# Routes that answer with no page of their own: files, parts of pages, and what machines read.
NO_PAGES = {
    "assets.file", "attachments.fetch", "clinic.day", "clinic.version", "exports.listings",
    "find.complete", "find.similar",
    "confidential.promise_pdf", "deals.proof", "home.health", "imports.marked", "imports.template",
    "listings.stamp", "mentoring.calendar", "mentoring.sheet", "quality.export", "room.calendar",
    "room.fetch",
    "saved.private_feed", "saved.public_feed",
}  # fmt: skip
IMPORTANT = (
    "home.index", "find.search", "listings.show", "listings.new", "listings.start",
    "listings.check", "home.mine", "matches.show", "desk.index", "desk.matches", "desk.match",
    "moderation.review",
)  # fmt: skip
FIRST_VISIT = 180 * 1024  # bytes over the wire, everything included


@dataclass(frozen=True)
class Seen:
    """A page somebody can open, and what is to be seen on it."""

    person: str
    address: str
    endpoint: str
    shows: frozenset = field(repr=False, hash=False)


class Looks(HTMLParser):
    """Collects what axe could have something to say about: each element's name and class within
    its parent's, its role, type and ARIA attributes."""

    VOID = {"meta", "link", "input", "br", "hr", "img", "use", "path", "circle", "option", "rect"}

    def __init__(self):
        super().__init__()
        self.shows, self.above = set(), [""]

    def handle_starttag(self, tag, attributes):
        told = dict(attributes)
        name = f"{tag}.{told.get('class', '')}"
        states = [
            f"{k}={v if k in ('role', 'type') else ''}"
            for k, v in attributes
            if k in ("role", "type", "open", "disabled", "lang") or k.startswith("aria-")
        ]
        self.shows.add((self.above[-1], name, *sorted(states)))
        if tag not in self.VOID:
            self.above.append(name)

    def handle_endtag(self, tag):
        if tag not in self.VOID and len(self.above) > 1:
            self.above.pop()


# --- The pages ------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return tmp_path_factory.mktemp("world")


@pytest.fixture(scope="module")
def served(world, pictures):
    """A site with everything in it; nothing changes while it is looked at."""
    held = []

    def made(address):
        held.append(World(world, sample=True, base_url=address))
        add_papers(held[0])
        return held[0].app

    with serve(made, pictures, working=False) as site:
        site.world = held[0]
        yield site


@pytest.fixture(scope="module")
def pages(served):
    """endpoint -> pages of it worth a look."""
    world, shown, found = served.world, set(), defaultdict(list)
    known = routes(world)
    for person in PEOPLE:
        client, refused = world.client(person), set()
        for endpoint, addresses in known.items():
            dull = 0
            visits = [
                each
                for each in addresses
                if crawl.worth_a_visit(world, person, each, endpoint, refused)
            ]
            for address in visits if person in EVERYWHERE else visits[:FEW]:
                page = opened(client, person, address, endpoint)
                if page and (page.shows - shown or not found[endpoint]):
                    shown |= page.shows
                    found[endpoint].append(page)
                    dull = 0
                elif page:
                    dull += 1
                if dull == ENOUGH or (page and person not in EVERYWHERE):
                    break
    return found


def routes(world) -> dict[str, list[str]]:
    """endpoint -> its addresses, with what only a sample exchange or a question has."""
    found = defaultdict(list)
    for address, endpoint in crawl.addresses(world, "GET"):
        if endpoint not in NO_PAGES:
            found[endpoint].append(address)
    found["find.search"] += ["/find?q=thu", "/find?kind=offer&q=khong+co+gi"]
    found["sample.mail"] = [f"/sample/mails/{world.mail_key}"]
    found["accounts.verify_email"] = [f"/verify-email/{world.new_address}"]
    return found


def add_papers(world):
    """What the crawl does not need: a letter to read, the link of a new address, a receipt."""
    with world.app.app_context():
        owner = db.session.get(User, world.actors["owner"].id)
        mail = mails.send(db.session, "verify", owner, now=utcnow(), path="/verify/x")
        world.new_address = links.issue(
            db.session, "change_email", user=owner, now=utcnow(), email="moi@canary.example"
        )
        db.session.query(Listing).filter_by(state="in_review").update({"submitted_at": utcnow()})
        Make(db.session).save(mail)
        world.mail_key = mail.key


def opened(client, person, address, endpoint) -> Seen | None:
    answer = client.get(address)
    if answer.status_code != 200 or answer.mimetype != "text/html":
        return None
    looks = Looks()
    looks.feed(answer.get_data(as_text=True))
    return Seen(person, address, endpoint, frozenset(looks.shows))


@pytest.fixture(scope="module")
def visitors(chromium, served):
    """visitors(person, **options): one browser for each person and kind of screen."""
    open_ones = {}

    def visitor(name, **options) -> Person:
        key = (name, json.dumps(options, sort_keys=True))
        if key not in open_ones:
            context = chromium.new_context(**(STEADY | options))
            if served.world.browsers[name]:
                context.add_cookies([served.cookie_of(served.world.browsers[name])])
            open_ones[key] = Person(name, served, context.new_page(), Mouse)
        return open_ones[key]

    yield visitor
    for person in open_ones.values():
        person.page.context.close()


# --- Looking --------------------------------------------------------------------------------------
def barriers(person) -> list[str]:
    found = []
    for each in Axe().run(person.page, options=RULES).response["violations"]:
        for node in each["nodes"][:2]:
            found.append(f"{each['id']} at {node['target'][0]}: {node['html'][:160]}")
    return found


STICKS_OUT = """() => { const most = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= most) return [];
  return [...document.querySelectorAll('main *, header *, footer *')].filter(e =>
    e.getBoundingClientRect().right > most + 1).slice(-2).map(e => e.outerHTML.slice(0, 120)) }"""


def too_wide(person) -> list[str]:
    size = person.page.viewport_size
    person.page.set_viewport_size({"width": 320, "height": size["height"]})
    found = person.page.evaluate(STICKS_OUT)
    person.page.set_viewport_size(size)
    return [f"wider than 320 px: {html}" for html in found]


def faults(person, page, *looks, language="") -> list[str]:
    answer = person.opens(language + page.address)
    found = [] if answer.status == 200 else [f"answers {answer.status}"]
    for look in looks:
        found += look(person)
    found += person.complaints
    person.complaints.clear()
    return [f"{page.endpoint} {page.address} as {page.person}: {each}" for each in found]


def test_every_route_can_be_opened_by_somebody(pages, served):
    assert not [endpoint for endpoint in routes(served.world) if not pages[endpoint]]


def test_no_page_has_a_barrier_on_a_phone(pages, visitors):
    found = []
    for page in (page for group in pages.values() for page in group):
        found += faults(visitors(page.person, **PHONE), page, barriers, too_wide)
    assert not found, "\n".join(found)


def test_important_pages_in_english_dark_and_wide(pages, visitors):
    found = []
    for endpoint in IMPORTANT:
        page = pages[endpoint][-1]
        visitor = visitors(page.person, color_scheme="dark", **(DESK | {"locale": "en-GB"}))
        found += faults(visitor, page, barriers, language="/en")
        visitor.takes_picture(f"wide-dark-en-{endpoint}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("address", ["/", "/find", "/find?q=thu"])
def test_a_first_visit_loads_little(chromium, served, address):
    context = chromium.new_context(**(STEADY | PHONE))
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    loaded = []
    wire.on("Network.loadingFinished", lambda event: loaded.append(event["encodedDataLength"]))
    page.goto(served.address + address, wait_until="networkidle")
    context.close()
    assert len(loaded) >= 4  # the page, its looks, its script, its letters
    assert sum(loaded) < FIRST_VISIT
