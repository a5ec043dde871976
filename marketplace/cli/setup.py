"""Set-up commands: vocabularies and assets. Both do nothing when nothing changed."""

import click
from flask import current_app
from flask.cli import with_appcontext

from marketplace.models import db, utcnow
from marketplace.services import vocabularies as vocabulary_service
from marketplace.web import assets as asset_files


@click.command("vocabularies")
@with_appcontext
def load_vocabularies():
    """Load vocabulary and place tables from their data files."""
    settings = current_app.config["SETTINGS"]
    count = vocabulary_service.load(db.session, settings.province.folder, now=utcnow())
    db.session.commit()
    click.echo(f"vocabularies: {count} terms loaded" if count else "vocabularies: up to date")


@click.command("assets")
@with_appcontext
def build_assets():
    """Build fonts, styles and scripts into the instance folder."""
    asset_files.build(current_app.config["SETTINGS"].instance / "assets")


COMMANDS = (load_vocabularies, build_assets)
