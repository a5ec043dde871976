"""How alembic meets this application: its metadata, its engine, one transaction a migration.

A migration is made with

    .venv/bin/flask --app wsgi db revision --autogenerate --rev-id 0002 -m "add peer approval"

then read and corrected by hand: alembic does not see changed CHECK constraints. A column leaves in
two steps: first nothing uses it, one release later it goes.
"""

from alembic import context
from flask import current_app

from marketplace.models import Base, db


def render_item(kind, value, autogen_context):
    """Write our own column types as what they are in the database."""
    if kind == "type" and type(value).__module__.startswith("marketplace."):
        return repr(value.impl).replace("DateTime(", "sa.DateTime(")
    return False


SETTINGS = {
    "target_metadata": Base.metadata,
    "compare_type": True,
    # SQLite cannot alter a column: alembic makes a new table and copies the rows. The first
    # migration has nothing to alter.
    "render_as_batch": bool(context.script.get_heads()),
    "render_item": render_item,
    "transaction_per_migration": True,
}

if context.is_offline_mode():
    url = current_app.config["SETTINGS"].database_url
    context.configure(url=url, literal_binds=True, **SETTINGS)
    with context.begin_transaction():
        context.run_migrations()
else:
    with db.engine.connect() as connection:
        context.configure(connection=connection, **SETTINGS)
        with context.begin_transaction():
            context.run_migrations()
