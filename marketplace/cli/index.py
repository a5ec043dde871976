"""`flask index` and `flask match`: derived data, always able to be made again."""

import shutil

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

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


@click.group("match", cls=AppGroup, invoke_without_command=True)
@click.option("--rebuild", is_flag=True, help="Forget the vectors and match everything anew.")
@click.pass_context
@with_appcontext
def match(context, rebuild=False):
    """Encode and match what changed since; nothing is loaded when nothing did."""
    if context.invoked_subcommand is not None:
        return
    engines = current_app.extensions["engines"]
    if rebuild:
        shutil.rmtree(engines.vectors_folder, ignore_errors=True)
    if rebuild or background.unmatched(engines):
        try:
            _match(everything=rebuild)
        except background.Busy as busy:
            click.echo(f"{busy}: what changed will be matched there")
    background.follow_landscape(engines)


@match.command("all")
def match_all():
    """The ten best for every asking record of every pair type. Stop it when you like: called
    again it goes on where it stopped."""
    try:
        _match(everything=True)
    except background.Busy as busy:
        raise click.ClickException(f"{busy}; try again when it is done") from busy


def _match(*, everything):
    engines, settings = current_app.extensions["engines"], current_app.config["SETTINGS"]
    count = background.match_everything(
        engines, settings.province.code, Progress, everything=everything
    )
    click.echo(f"matched: {count}")


COMMANDS = (index, match)
