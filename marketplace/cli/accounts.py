"""`flask accounts create-admin`: a fresh installation has no user; this makes the first."""

import click
from flask.cli import AppGroup

from marketplace.domain.errors import DomainError
from marketplace.models import db, utcnow
from marketplace.services import accounts as account_service
from marketplace.services import mails

accounts = AppGroup("accounts", help="People who may sign in.")


@accounts.command("create-admin")
@click.argument("email")
@click.option("--name", default="Quản trị hệ thống", show_default=True)
def create_admin(email, name):
    """Create a system administrator and print a one-time link (60 minutes) to set a password."""
    try:
        user, token = account_service.create_admin(db.session, email, name, now=utcnow())
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    db.session.commit()
    click.echo(f"{user.email} is a system administrator. Choose a password within 60 minutes at:")
    click.echo(mails.link(f"/reset/{token}"))


COMMANDS = (accounts,)
