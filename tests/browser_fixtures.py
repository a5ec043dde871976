"""Fixtures of the browser tests; a module asks with `pytest_plugins = ["browser_fixtures"]`.

SCREENSHOTS=folder keeps pictures of the main steps there; of a failed test every person's last page
is kept in pytest's temporary folder.
"""

import os
import shutil
from pathlib import Path

import pytest
from browser import PATIENCE, QUIET, STEADY, Person, serve
from conftest import build
from playwright.sync_api import sync_playwright


@pytest.fixture(scope="module")
def chromium():
    """Debian's Chromium, once for a module: its event loop must not outlive it."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("Debian's Chromium is not installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory) -> Path:
    kept = os.environ.get("SCREENSHOTS")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def site(tmp_path, pictures):
    """An empty exchange of its own for one test."""
    with serve(lambda address: build(tmp_path, base_url=address), pictures) as served:
        yield served


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Let fixtures know at their end whether the test failed."""
    report = yield
    item.failed = report.when == "call" and report.failed
    return report


@pytest.fixture
def people(request, chromium, site):
    """people("Hoa", Finger): somebody with a browser of their own. What their browsers complained
    about fails the test at its end."""
    here = []

    def come(name, hand, *, cookie=None, **options):
        context = chromium.new_context(**(STEADY | hand.screen | options))
        if cookie:
            context.add_cookies([cookie])
        context.set_default_timeout(PATIENCE * 1000)
        person = Person(name, site, context.new_page(), hand)
        here.append(person)
        return person

    yield come
    complaints = [line for person in here for line in person.complaints]
    for person in here:
        if getattr(request.node, "failed", False):
            person.takes_picture(f"failed-{request.node.name}-{person.name}", always=True)
        person.page.context.close()
    assert not complaints
