"""`flask index` and `flask match`: derived data, always able to be made again."""

import shutil

import click
from flask import current_app
from flask.cli import with_appcontext

from marketplace.cli.progress import Progress
from marketplace.models import db
from marketplace.services import background, indexing


@click.command("index")
@click.option("--rebuild", is_flag=True, help="Build the full-text index anew from the database.")
@with_appcontext
def index(rebuild):
    """Bring the full-text index up to date, or build it anew when it is missing or damaged."""
    engine = current_app.extensions["engines"].search
    if rebuild or engine.needs_rebuild():
        total, progress = indexing.count(db.session), Progress("full text")
        indexing.rebuild_search(db.session, engine, lambda done: progress(done, total))
    while indexing.drain_search(db.session, engine):
        pass


@click.command("match")
@click.option("--rebuild", is_flag=True, help="Forget the vectors and match everything anew.")
@with_appcontext
def match(rebuild):
    """Encode and match what changed since; nothing is loaded when nothing did."""
    engines, settings = current_app.extensions["engines"], current_app.config["SETTINGS"]
    if rebuild:
        shutil.rmtree(engines.vectors_folder, ignore_errors=True)
    if not background.unmatched(engines, everything=rebuild):
        return
    background.match_everything(engines, settings.province.code, Progress, everything=rebuild)


COMMANDS = (index, match)
