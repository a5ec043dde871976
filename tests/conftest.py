"""Fixtures every test may use: an application on a fresh database, a client, somebody signed in."""

import os

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")

from factories import Make
from marketplace import create_app
from marketplace.config import ROOT, Province, Settings
from marketplace.models import Base, db, utcnow
from marketplace.services import engines, vocabularies
from matching.encoders import HashingEncoder

PROVINCE = Province.read(ROOT / "marketplace/provinces/hung_yen")


def build(instance, **over):
    values = {
        "secret_key": "only-for-tests-" * 3,
        "sample": True,
        "instance": instance,
        "database_url": f"sqlite:///{instance / 'test.db'}",
        "province": PROVINCE,
        "base_url": "http://localhost",
        "secure_cookies": False,
        "rate_limits": False,
        "testing": True,
    } | over
    settings = Settings(**values)
    app = create_app(settings)
    engines.init_app(app, settings, loader=HashingEncoder)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        vocabularies.load(db.session, PROVINCE.folder, now=utcnow())
        db.session.commit()
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


@pytest.fixture
def sign_in(app):
    """sign_in(user) -> a client signed in as that user, without the form."""

    def signed_in(user):
        from marketplace.services import sessions

        with app.app_context():
            token = sessions.open_for(db.session, user, now=utcnow())
            db.session.commit()
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True
        return client

    return signed_in
