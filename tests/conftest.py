"""Fixtures every test may use: an application on a fresh database, a client, somebody signed in."""

import os
import re
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from flask import has_app_context
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from werkzeug.routing import Rule
from xdist.scheduler import LoadFileScheduling

os.environ.setdefault("OMP_NUM_THREADS", "1")

from factories import Make

from marketplace import create_app
from marketplace.config import ROOT, Province, Settings
from marketplace.domain.vocabulary import STAFF_ROLES
from marketplace.models import Base, User, db, sealing, utcnow
from marketplace.services import background, engines, sessions, vocabularies
from marketplace.web.assets import gather
from matching.encoders import HashingEncoder

# Files that take longest, longest first: begun first, so that two processes end together.
LONGEST = (
    "test_browser_deal.py",
    "test_browser_story.py",
    "test_browser_axe.py",
    "test_serve.py",
    "test_security_headers.py",
    "test_canary_derived.py",
    "test_browser_bad_input.py",
    "test_samples.py",
    "test_listings_typing.py",
    "test_matching_encoders.py",
)
# Files that ask for `crawl.survey()`, which is then made by one process only.
SURVEYED = {
    "test_canary.py",
    "test_canary_derived.py",
    "test_routes.py",
    "test_security_headers.py",
}
CONTENT_KEY = sealing.new_key()
PROVINCE = Province.read(ROOT / "marketplace/provinces/hung_yen")


def pytest_collection_modifyitems(items):
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.name, len(LONGEST)))


def pytest_xdist_make_scheduler(config, log):
    return ByFile(config, log)


class ByFile(LoadFileScheduling):
    """A file is one process's work, and so are the files that share the walk over all pages."""

    def _split_scope(self, nodeid):
        file = super()._split_scope(nodeid)
        return "survey" if Path(file).name in SURVEYED else file


class Client(FlaskClient):
    """Ends the test's own transaction before each request and gives the request a context of its
    own, as if the test were another process: on SQLite an open transaction would lock it out, and
    Flask would hand the request whatever the last one left in `g`."""

    def open(self, *args, **kwargs):
        if has_app_context():
            db.session.rollback()
        with self.application.app_context():
            return super().open(*args, **kwargs)


class Compiled(BytecodeCache):
    """Templates compiled once for all applications of a process, not once for each."""

    known: dict[str, bytes] = {}

    def load_bytecode(self, bucket):
        if bucket.key in self.known:
            bucket.bytecode_from_string(self.known[bucket.key])

    def dump_bytecode(self, bucket):
        self.known[bucket.key] = bucket.bytecode_to_string()


# --- What every application of a process has in common is made once: it was half of the run ------
gather._sources = cache(gather._sources)  # nobody edits a stylesheet between two tests
_compiled = Rule._compile_builder


_builders = {}


def _compile_builder(rule, append_unknown=True):
    """The function that writes a rule's addresses: compiled from its text, once for each text."""
    text = tuple(rule._trace), repr(rule.defaults), append_unknown
    if text not in _builders:
        _builders[text] = _compiled(rule, append_unknown)
    return _builders[text]


Rule._compile_builder = _compile_builder


@cache
def stylesheets() -> Path:
    """A folder for what pages load, filled by the first application."""
    return Path(mkdtemp(prefix="assets-"))


@cache
def empty_database() -> Path:
    """A database with its tables and vocabularies, made once to be copied."""
    path = Path(mkdtemp(prefix="empty-")) / "test.db"
    with bare(path.parent, database_url=f"sqlite:///{path}").app_context():
        Base.metadata.create_all(db.engine)
        vocabularies.load(db.session, PROVINCE.folder, now=utcnow())
        db.session.commit()
        db.session.remove()
        db.engine.dispose()  # the last connection brings the journal into the file
    return path


def build(instance, **over):
    """An application on a fresh database."""
    empty = empty_database()  # first: the last application made is the one that mails write for
    app = bare(instance, **over)
    shutil.copyfile(empty, instance / "test.db")
    return app


def bare(instance, **over):
    """An application on a database that is as it is."""
    values = {
        "secret_key": "only-for-tests-" * 3,
        "sample": True,
        "instance": instance,
        "database_url": f"sqlite:///{instance / 'test.db'}",
        "province": PROVINCE,
        "base_url": "http://localhost",
        "content_keys": (CONTENT_KEY,),
        "secure_cookies": False,
        "rate_limits": False,
        "testing": True,
    } | over
    settings = Settings(**values)
    if not (instance / "assets").exists():
        instance.mkdir(parents=True, exist_ok=True)
        (instance / "assets").symlink_to(stylesheets())
    app = create_app(settings)
    app.test_client_class = Client
    app.config["WTF_CSRF_ENABLED"] = False  # test_routes.py turns it on again
    app.jinja_env.bytecode_cache = Compiled()
    engines.init_app(app, settings, loader=HashingEncoder)
    return app


@pytest.fixture
def app(tmp_path):
    return build(tmp_path)


@pytest.fixture
def session(app):
    with app.app_context():
        yield db.session


@pytest.fixture
def make(session):
    """Factories: make.user(), make.organisation(), make.listing() ... (tests/factories.py)."""
    return Make(session)


@pytest.fixture
def client(app):
    return app.test_client()


def words_of(text) -> str:
    """A page or a mail without its random words: a signed token may spell anything short."""
    return re.sub(r"[\w.-]{32,}", "", text)


def token_of(user) -> str:
    """A session that has shown its second factor, where one is demanded; nothing is committed."""
    token = sessions.open_for(db.session, user, now=utcnow())
    db.session.flush()
    if user.role not in STAFF_ROLES:
        return token
    row = sessions.find(db.session, token, now=utcnow())
    return sessions.prove_second(db.session, row, now=utcnow())


def browser_of(app, token):
    """A client with the cookie of a session."""
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = token, True
    return client


@pytest.fixture
def index(app, session):
    """Bring the full-text index up to date, as the worker would."""

    def follow():
        session.rollback()
        while background.follow_search(app.extensions["engines"]):
            pass
        app.extensions["engines"].search._looked = float("-inf")  # readers look again at once

    return follow


@pytest.fixture
def sign_in(app):
    """sign_in(user) -> a client signed in as that user, without the form."""

    def signed_in(user):
        user_id = user.id
        if has_app_context():
            db.session.rollback()
        with app.app_context():
            token = sessions.open_for(db.session, db.session.get(User, user_id), now=utcnow())
            db.session.commit()
        return browser_of(app, token)

    return signed_in
