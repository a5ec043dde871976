"""The exchange as a Flask application. `create_app` is the one place where its parts meet."""

from flask import Flask
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

from marketplace import cli, web
from marketplace.config import ROOT, Settings
from marketplace.domain.permissions import allowed
from marketplace.models import Base, db, sealing
from marketplace.services import engines, signing
from marketplace.web import (
    access,
    assets,
    compression,
    errors,
    language,
    mailing,
    presentation,
    security,
)


def create_app(settings: Settings) -> Flask:
    """Build the application; raises RuntimeError when a route has no permission rule."""
    app = Flask(__name__, template_folder=str(ROOT / "templates"), static_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        # An error of the database must not carry what was being written into the log.
        SQLALCHEMY_ENGINE_OPTIONS={"hide_parameters": True},
        SETTINGS=settings,
        TESTING=settings.testing,
        PROPAGATE=settings.testing,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)

    sealing.use(settings.content_keys)
    signing.use(settings.secret_key)
    db.init_app(app)
    Migrate(app, db, directory=str(ROOT / "migrations"), metadata=Base.metadata)
    engines.init_app(app, settings)
    language.init_app(app)
    security.init_app(app, settings)
    access.init_app(app)
    compression.init_app(app)
    assets.init_app(app, settings.instance / "assets")
    errors.init_app(app)
    presentation.init_app(app, settings)
    mailing.init_app(app, settings)
    web.init_app(app, settings)
    cli.init_app(app)

    app.jinja_env.globals["can"] = lambda action, subject=None: allowed(
        action, access.current_actor(), subject
    )
    access.check_routes(app)
    return app
