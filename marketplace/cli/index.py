"""`flask index` and `flask match`: derived data, always able to be made again."""

import shutil

import click
from flask import current_app
from flask.cli import with_appcontext

from marketplace.models import db
from marketplace.services import background, indexing


@click.command("index")
@click.option("--rebuild", is_flag=True, help="Build the full-text index anew from the database.")
@with_appcontext
def index(rebuild):
    """Bring the full-text index up to date, or build it anew when it is missing or damaged."""
    engine = current_app.extensions["engines"].search
    if rebuild or engine.needs_rebuild():
        total = indexing.count(db.session)
        with click.progressbar(length=total, label="full text") as bar:
            indexing.rebuild_search(
                db.session, engine, lambda done: bar.update(max(0, done - bar.pos))
            )
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
    background.match_everything(engines, settings.province.code, _bar, everything=rebuild)


class _Bar:
    """A progress bar that learns its length with the first report."""

    def __init__(self, label):
        self.label, self.bar = label, None

    def __call__(self, done, total):
        if self.bar is None:
            self.bar = click.progressbar(length=total, label=self.label)
        self.bar.update(max(0, done - self.bar.pos))
        if done >= total:
            self.bar.render_finish()


def _bar(label):
    return _Bar(label)


COMMANDS = (index, match)
