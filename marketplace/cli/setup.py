"""Set-up commands. Each does nothing when nothing changed, so `prepare` may run at every start."""

import time
from pathlib import Path

import click
from babel.messages import mofile, pofile
from flask import current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade

from marketplace.cli import index as index_commands
from marketplace.cli.progress import Progress
from marketplace.models import db, utcnow
from marketplace.services import (
    sample_access,
    sample_clinic,
    sample_deals,
    sample_investing,
    sample_mentoring,
    sample_rooms,
    sample_support,
    sample_verdicts,
    samples,
    synonyms,
)
from marketplace.services import vocabularies as vocabulary_service
from marketplace.services.room import papers
from marketplace.web import assets as asset_files


def _settings():
    return current_app.config["SETTINGS"]


@click.command("vocabularies")
@with_appcontext
def load_vocabularies():
    """Load vocabulary and place tables from their data files, and synonyms the site never had."""
    count = vocabulary_service.load(db.session, _settings().province.folder, now=utcnow())
    groups = synonyms.load(db.session, now=utcnow())
    db.session.commit()
    if count:
        click.echo(f"vocabularies: {count} terms loaded")
    if groups:
        click.echo(f"synonyms: {groups} groups loaded")


@click.command("assets")
@with_appcontext
def build_assets():
    """Build fonts, styles and scripts into the instance folder."""
    asset_files.build(_settings().instance / "assets")


@click.command("translations")
@with_appcontext
def compile_translations():
    """Compile the catalogues that are newer than their compiled form."""
    for source in Path(current_app.root_path, "translations").glob("*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            with source.open("rb") as file:
                catalogue = pofile.read_po(file)
            with target.open("wb") as file:
                mofile.write_mo(file, catalogue)


@click.command("sample")
@with_appcontext
def load_sample():
    """Load the sample data, once."""
    if not _settings().sample:
        raise click.ClickException("sample data is for EXCHANGE_MODE=sample only")
    if samples.loaded(db.session):
        return
    most, progress = _settings().sample_listings, Progress("sample data")
    total = len(samples.entries(most))
    counts = samples.load(
        db.session, now=utcnow(), most=most, progress=lambda done: progress(done, total)
    )
    db.session.commit()
    click.echo(", ".join(f"{count} {name}" for name, count in counts.items()))


@click.command("prepare")
@click.pass_context
@with_appcontext
def prepare(context):
    """Everything between an empty folder and an open site: database, words, looks, indexes."""
    started = time.monotonic()
    upgrade()
    for command in (load_vocabularies, compile_translations, build_assets):
        context.invoke(command)
    if _settings().sample:
        context.invoke(load_sample)
    context.invoke(index_commands.index, rebuild=False)
    context.invoke(index_commands.match, rebuild=False)
    if _settings().sample:
        samples.play(db.session, now=utcnow())
        sample_verdicts.play(db.session, now=utcnow())
        sample_deals.play(db.session, home=_settings().province.code, now=utcnow())
        sample_rooms.play(db.session, folder=_settings().instance / papers.FOLDER, now=utcnow())
        sample_access.play(db.session, province=_settings().province, now=utcnow())
        sample_support.play(db.session, folder=_settings().province.folder, now=utcnow())
        sample_clinic.play(db.session, now=utcnow())
        sample_mentoring.play(db.session, now=utcnow())
        sample_investing.play(
            db.session, folder=_settings().instance / "files", province=_settings().province,
            now=utcnow(),
        )  # fmt: skip
        db.session.commit()
    click.echo(f"ready after {time.monotonic() - started:.0f} s")


COMMANDS = (load_vocabularies, build_assets, compile_translations, load_sample, prepare)
