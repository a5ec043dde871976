"""`flask index` and `flask match`: derived data, always able to be made again."""

import shutil

import click
from flask import current_app
from flask.cli import with_appcontext

from marketplace.models import Listing, db
from marketplace.services import background, indexing


def _engines():
    return current_app.extensions["engines"]


@click.command("index")
@click.option("--rebuild", is_flag=True, help="Build the full-text index anew from the database.")
@with_appcontext
def index(rebuild):
    """Bring the full-text index up to date, or build it anew."""
    engine = _engines().search
    why = engine.needs_rebuild()
    if rebuild or why:
        total = db.session.query(Listing).filter(Listing.state == "published").count()
        with click.progressbar(length=total, label="full text") as bar:
            done = 0

            def progress(count):
                nonlocal done
                bar.update(count - done)
                done = count

            indexing.rebuild_search(db.session, engine, progress)
    while indexing.drain_search(db.session, engine):
        pass
    click.echo(f"full text: {len(engine.keys())} listings")


@click.command("match")
@click.option("--rebuild", is_flag=True, help="Forget the vectors and match everything anew.")
@with_appcontext
def match(rebuild):
    """Encode and match whatever changed; with --rebuild, everything."""
    engines = _engines()
    if rebuild:
        shutil.rmtree(engines.vectors_folder, ignore_errors=True)
    background.match_everything(current_app, echo=click.echo)


COMMANDS = (index, match)
