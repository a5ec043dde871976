"""A real browser on a real site: the application under waitress, its worker beside it, and people
who work its pages with a finger, with the keys alone, or without scripts.

Fixtures made of these are in browser_fixtures.py.
"""

import os
import re
import socket
import threading
import time
from contextlib import contextmanager
from urllib.parse import urlsplit

from factories import PASSWORD, Make
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import Error, expect
from waitress.server import create_server

from marketplace.cli import worker
from marketplace.models import User, db, utcnow
from marketplace.services import sessions

# Nothing here may talk to anybody but the site itself.
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
)  # fmt: skip
PHONE = {"viewport": {"width": 375, "height": 740}, "has_touch": True, "is_mobile": True}
DESK = {"viewport": {"width": 1440, "height": 900}}
# Nothing moves: a transition cut short by the next page would count as a fault of the script.
STEADY = {"locale": "vi-VN", "reduced_motion": "reduce"}
PATIENCE = 20.0  # seconds: two slow cores shared with everything else that is being tested
SAID_BY_BROWSER = re.compile(
    r"Failed to load resource: the server responded with a status of 4\d\d"
)


# --- The site -------------------------------------------------------------------------------------
class Site:
    """A served application. `make()` gives factories in a context of their own."""

    def __init__(self, app, address, pictures):
        self.app, self.address, self.pictures = app, address, pictures

    @contextmanager
    def make(self):
        with self.app.app_context():
            yield Make(db.session)

    def cookie(self, email) -> dict:
        """A signed-in browser's cookie, for tests that are not about signing in."""
        with self.app.app_context():
            user = db.session.query(User).filter_by(email=email).one()
            token = sessions.open_for(db.session, user, now=utcnow())
            db.session.commit()
        return self.cookie_of(token)

    def cookie_of(self, token) -> dict:
        signer = SecureCookieSessionInterface().get_signing_serializer(self.app)
        return {
            "name": self.app.config["SESSION_COOKIE_NAME"],
            "value": signer.dumps({"_user_id": token, "_fresh": True}),
            "url": self.address,
        }

    def sign_out_everywhere(self, email) -> None:
        """What time does to a session, at once."""
        with self.app.app_context():
            user = db.session.query(User).filter_by(email=email).one()
            sessions.end(db.session, user.id, now=utcnow())
            db.session.commit()


@contextmanager
def serve(make_app, pictures, *, working=True):
    """Serve `make_app(base_url)` on a free port, with the worker's loops unless not `working`."""
    listening = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    app = make_app(address)
    # As in production: forms need their token, and a crash is an error page.
    app.config.update(WTF_CSRF_ENABLED=True, PROPAGATE=False)
    app.extensions["engines"].encoder()
    server = create_server(app, sockets=[listening], threads=8, connection_limit=200)
    stop = threading.Event()
    threads = [threading.Thread(target=_run, args=(server,), name="site", daemon=True)]
    if working:
        threads.append(threading.Thread(target=worker.run, args=(app, stop), name="worker"))
    for thread in threads:
        thread.start()
    try:
        yield Site(app, address, pictures)
    finally:
        stop.set()
        server.close()
        for thread in threads:
            thread.join(15)


def _run(server):
    try:
        server.run()
    except OSError:
        return  # closed by the test that started it


# --- Hands ----------------------------------------------------------------------------------------
class Mouse:
    """Points and clicks."""

    screen, has_keys = DESK, True

    def __init__(self, page):
        self.page = page

    def reach(self, target):
        """Get ready to press it; only the keys have a way to go."""

    def press(self, target):
        target.click()

    def write(self, target, text):
        target.fill(text)

    def choose(self, target, words):
        target.select_option(label=words)


class MouseWithoutScripts(Mouse):
    screen = DESK | {"java_script_enabled": False}


class Finger(Mouse):
    """A phone held in one hand. Whatever is tapped must be big enough for it, 44 pixels; links
    within a text are as high as its lines."""

    screen, has_keys = PHONE, False
    # A box with words beside it is tapped on either.
    HEIGHT = """e => (e.matches('[type=checkbox], [type=radio]') && e.closest('label') || e)
        .getBoundingClientRect().height"""

    def press(self, target):
        target.scroll_into_view_if_needed()
        if not target.evaluate("e => e.matches('a:not([class])')"):
            height = target.evaluate(self.HEIGHT)
            assert height >= 43.5, f"{target} is {height} pixels high: too small for a finger"
        target.tap()

    def write(self, target, text):
        self.press(target)
        target.fill(text)


class Keys(Mouse):
    """Tab, Enter, Space and letters; what has the focus must be seen to have it."""

    # How the focus shows, on the element or on the frame drawn after it: compared with the same
    # element without it.
    LOOKS = """e => ['', '::after'].map(part => { const s = getComputedStyle(e, part);
        return [s.outlineStyle, s.outlineWidth, s.outlineColor, s.boxShadow, s.borderColor,
        s.backgroundColor].join(' ') }).join(' ')"""
    ON_SCREEN = """e => { const r = e.getBoundingClientRect();
        return r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth }"""

    def press(self, target):
        kind = target.evaluate("e => e.type || e.tagName")
        if kind == "radio":
            self._pick(target)
            return
        self.reach(target)
        self.page.keyboard.press("Space" if kind == "checkbox" else "Enter")

    def _pick(self, radio):
        """Tab to the group, then the arrows."""
        group = self.page.locator(f"[type=radio][name={radio.get_attribute('name')}]")
        picked = group.locator(":checked")
        self.reach(picked if picked.count() else group.first)
        self.page.keyboard.press("Space")
        for _ in range(group.count()):
            if radio.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrows never reach {radio}")

    def write(self, target, text):
        self.reach(target)
        self.page.keyboard.press("ControlOrMeta+a")
        if len(text) < 30:
            self.page.keyboard.type(text)
        else:
            self.page.keyboard.insert_text(text)  # as from a clipboard

    def choose(self, target, words):
        self.reach(target)
        for _ in range(60):
            if words == target.evaluate("e => e.selectedOptions[0].label"):
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrows never reach {words!r}")

    def reach(self, target):
        """Tab to it, through the skip link when a page was just opened."""
        target.wait_for(state="visible")
        before = target.evaluate(self.LOOKS)
        if self._fresh() and target.evaluate("e => !!e.closest('main')"):
            self.page.keyboard.press("Tab")
            skip = self.page.get_by_role("link", name=re.compile("Đến nội dung chính|Skip"))
            assert self._has_focus(skip), "the first Tab of a page is the skip link"
            self.page.keyboard.press("Enter")
            self.page.wait_for_url("**#noi-dung")  # a navigation, but not the one waited for
        if self._has_focus(target):
            return
        for _ in range(250):
            self.page.keyboard.press("Tab")
            if self._has_focus(target):
                break
        else:
            raise AssertionError(f"Tab never reaches {target}")
        assert target.evaluate(self.LOOKS) != before, f"the focus on {target} cannot be seen"
        assert target.evaluate(self.ON_SCREEN), f"{target} has the focus off the screen"

    def _fresh(self):
        return self.page.evaluate("document.activeElement === document.body")

    def _has_focus(self, target):
        return target.evaluate("e => e === document.activeElement")


# --- People ---------------------------------------------------------------------------------------
class Person:
    """Somebody with a browser: what they do is said in words they see on the page."""

    def __init__(self, name, site, page, hand):
        self.name, self.site, self.page = name, site, page
        self.hand = hand(page)
        self.scripts = hand.screen.get("java_script_enabled", True)
        self.complaints: list[str] = []
        self._watch()

    def _watch(self):
        def complain(what):
            self.complaints.append(f"{self.name} on {self.page.url}: {what}")

        def console(message):
            if message.type == "error" and not SAID_BY_BROWSER.match(message.text):
                complain(f"console: {message.text}")

        def request(asked):
            if urlsplit(asked.url).netloc not in ("", urlsplit(self.site.address).netloc):
                complain(f"asked {asked.url}")

        def response(got):
            if got.status >= 500:
                complain(f"{got.status} from {got.url}")

        self.page.on("console", console)
        self.page.on("pageerror", lambda error: complain(f"script: {error}"))
        self.page.on("request", request)
        self.page.on("response", response)

    # Going
    def opens(self, path):
        """Type an address, or come back to the site."""
        return self.page.goto(path if "//" in path else self.site.address + path)

    def chooses_menu(self, words):
        opener = self.page.get_by_role("button", name=re.compile("Mở trình đơn|Open the menu"))
        if opener.is_visible():
            self.hand.press(opener)
        link = self.page.locator("#menu").get_by_role("link", name=words, include_hidden=True)
        if not link.is_visible():
            self.hand.press(self.page.locator("#menu summary"))
        self.follows(link)

    def follows(self, words):
        """Press a link and arrive where it leads."""
        self._arrive(self.main.get_by_role("link", name=words) if _plain(words) else words)

    def presses(self, words):
        """Press a button that sends something, and arrive at the answer."""
        self._arrive(self.main.get_by_role("button", name=words) if _plain(words) else words)

    def strikes(self, key, otherwise):
        """A single key; without scripts or keys, the button or link with the words `otherwise`."""
        if not (self.scripts and self.hand.has_keys):
            button = self.main.get_by_role("button", name=otherwise)
            link = self.main.get_by_role("link", name=otherwise)
            self._arrive(button.or_(link).first)
            return
        with self.page.expect_navigation():
            self.page.keyboard.press(key)

    def _arrive(self, target):
        self.hand.reach(target)
        with self.page.expect_navigation():
            self.hand.press(target)

    # Typing
    def writes(self, **boxes):
        for name, text in boxes.items():
            self.hand.write(self.box(name), text)

    def box(self, name):
        return self.main.locator(f"[name={name}]:not([type=hidden])")

    def ticks(self, *words):
        for each in words:
            box = self.main.get_by_label(each)
            group = self.main.locator("details", has=self.page.get_by_label(each))
            if group.count() and not box.is_visible():
                self.hand.press(group.locator("summary").first)
            if not box.is_checked():
                self.hand.press(box)
            expect(box).to_be_checked()

    def unfolds(self, words):
        """Open what is folded under a line."""
        self.hand.press(self.main.locator("summary").filter(has_text=words).first)

    def signs_in(self, email, password=PASSWORD):
        self.opens("/sign-in")
        self.writes(email=email, password=password)
        self.presses("Đăng nhập")

    # Looking
    @property
    def main(self):
        return self.page.locator("main")

    def sees(self, *words):
        for each in words:
            found = self.page.locator("body").get_by_text(each)
            expect(found.filter(visible=True).first).to_be_visible(timeout=PATIENCE * 1000)

    def is_told(self, words):
        """What the last action came to, in the message on top of the page."""
        notice = self.page.get_by_role("status").filter(has_text=words)
        expect(notice.filter(visible=True).first).to_be_visible(timeout=PATIENCE * 1000)

    def sees_none_of(self, *words):
        text = self.page.content()
        assert not [each for each in words if each in text]

    def waits_for(self, words, seconds=PATIENCE):
        """Look at the page again until the words are there; returns the seconds it took."""
        started = time.monotonic()
        while not self.page.locator("body").get_by_text(words).filter(visible=True).count():
            if time.monotonic() - started > seconds:
                raise AssertionError(f"{self.name} waited {seconds} s for {words!r}")
            time.sleep(0.25)
            self.page.reload()
        return time.monotonic() - started

    def takes_picture(self, name, *, always=False):
        """Full pictures cost more than all the rest: taken when SCREENSHOTS asks for them."""
        if not (always or os.environ.get("SCREENSHOTS")):
            return
        try:
            self.page.screenshot(path=self.site.pictures / f"{name}.png", full_page=True)
        except Error as error:  # a picture is a comfort, not a test
            print(f"no picture of {name}: {error}")


def _plain(words):
    return isinstance(words, str | re.Pattern)
