"""`flask match train | versions | rollback`: what verdicts teach the matcher, and the way back."""

import click
from flask import current_app

from marketplace.cli.index import match
from marketplace.domain.actor import SYSTEM
from marketplace.domain.vocabulary import PAIR_TYPES
from marketplace.models import User, db, utcnow
from marketplace.services import background, learning

PAIR_TYPE = click.Choice(list(PAIR_TYPES))


def _folder():
    return current_app.config["SETTINGS"].rankers_folder


@match.command("train")
@click.option("--pair-type", type=PAIR_TYPE, help="Only this one.")
@click.option("--without", multiple=True, metavar="EMAIL", help="Leave an account's verdicts out.")
@click.option(
    "--one-judge", is_flag=True, help="Accept that nearly all verdicts come from one person."
)
def train(pair_type, without, one_judge):
    """Learn from the verdicts so far. A new version is used only if it ranks later verdicts
    better by a stated margin, and nobody's verdicts contradict everybody else's."""
    people = [_user(email) for email in without]
    for name in [pair_type] if pair_type else PAIR_TYPES:
        background.reading()
        lesson = learning.prepare(db.session, _folder(), name, without=people)
        db.session.rollback()  # learning takes its time, and keeps nobody from writing
        outcome = lesson.learn(one_judge=one_judge)
        background.changing()
        try:
            report, version = learning.adopt(
                db.session, _folder(), lesson, outcome, actor=SYSTEM, now=utcnow()
            )
        except (learning.Overtaken, learning.FileRefused) as refusal:
            raise click.ClickException(str(refusal)) from refusal
        db.session.commit()
        _tell(report, version)


def _user(email: str) -> User:
    user = db.session.scalar(db.select(User).where(User.email == email.strip().lower()))
    if user is None:
        raise click.ClickException(f"no account with the address {email}")
    return user


def _tell(report, version):
    said = f"{report.verdicts} verdicts, {report.relevant} of them relevant"
    click.echo(f"{report.pair_type}: {said}{f' ({report.family})' if report.family else ''}")
    click.echo(f"  compared with {report.against}")
    for check in report.checks:
        click.echo(f"  {'ok  ' if check.passed else 'FAIL'} {_named(check.name)}: {check.found}")
    if version is None:
        click.echo("  no ranker; what was in use stays")
    elif report.promoted:
        click.echo(f"  version {version.number} is in use; go back with: flask match rollback "
                   f"--pair-type {report.pair_type}")  # fmt: skip
    else:
        click.echo(f"  version {version.number} is kept as a candidate; what was in use stays")


def _named(text: str) -> str:
    """A check that names a judge says it by key; who runs this needs the address."""
    people = {user.key: user.email for user in db.session.scalars(db.select(User))}
    return " ".join(people.get(word, word) for word in text.split(" "))


@match.command("versions")
@click.option("--pair-type", type=PAIR_TYPE)
def versions(pair_type):
    """The rankers trained so far; a pair type without an active one uses the declared weights."""
    for version in learning.versions(db.session, pair_type or ""):
        held_out = version.report["held_out"]
        click.echo(
            f"{version.pair_type:18} {version.number:3}  {version.state:9} {version.family:9}"
            f" {version.created_at:%Y-%m-%d %H:%M}  {version.verdicts:6} verdicts"
            f"  nDCG {held_out['ndcg_old']:.3f} -> {held_out['ndcg_new']:.3f}"
            f"  {version.sha256[:12]}"
        )
    for name in [pair_type] if pair_type else PAIR_TYPES:
        current = learning.active(db.session, name)
        click.echo(f"{name}: {f'version {current.number}' if current else 'declared weights'}")


@match.command("rollback")
@click.argument("version", type=int, required=False)
@click.option("--pair-type", type=PAIR_TYPE, required=True)
def rollback(version, pair_type):
    """Go back to VERSION (0: the declared weights), or to what was in use before.

    If the version in use came after VERSION, directly or over others, waiting suggestions are at
    once those of then, with their old scores and order. Any other VERSION is put into use like a
    new one: waiting suggestions are scored anew at once, and the worker matches all asking
    listings again."""
    try:
        number = learning.rollback(
            db.session, _folder(), pair_type, version, actor=SYSTEM, now=utcnow()
        )
    except (learning.NoSuchWay, learning.FileRefused, learning.RankerRefused) as refusal:
        raise click.ClickException(str(refusal)) from refusal
    db.session.commit()
    click.echo(f"{pair_type}: {f'version {number}' if number else 'declared weights'} in use")


COMMANDS = ()  # they join the group `match`
