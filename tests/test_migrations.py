"""The migrations build what the models say, take it down again, and both with rows in the tables.

After a change of the models:

    .venv/bin/flask --app wsgi db revision --autogenerate --rev-id 0002 -m "add peer approval"

then read the new file: alembic does not see changed CHECK constraints.
"""

import io
from dataclasses import replace

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from conftest import build
from factories import Make
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, text

from marketplace import create_app
from marketplace.config import ROOT
from marketplace.models import Base, db

HOW = "the models and migrations/ differ; the top of tests/test_migrations.py says what to do"


def application(folder, **over):
    """An application without any table."""
    usual = build(folder / "usual").config["SETTINGS"]
    values = {"instance": folder, "database_url": f"sqlite:///{folder / 'migrated.db'}"}
    return create_app(replace(usual, **(values | over)))


@pytest.fixture
def migrated(tmp_path):
    app = application(tmp_path)
    with app.app_context():
        upgrade()
        yield app


def shape(engine):
    """Everything a database says about its tables, in an order of its own."""
    inspector = inspect(engine)
    return {
        table: {
            "columns": {
                c["name"]: (str(c["type"]), c["nullable"], c["default"])
                for c in inspector.get_columns(table)
            },
            "primary key": inspector.get_pk_constraint(table)["constrained_columns"],
            "unique": sorted(
                (u["name"], tuple(u["column_names"]))
                for u in inspector.get_unique_constraints(table)
            ),
            "checks": sorted(
                (c["name"], c["sqltext"]) for c in inspector.get_check_constraints(table)
            ),
            "foreign keys": sorted(
                (tuple(f["constrained_columns"]), f["referred_table"], f["name"])
                for f in inspector.get_foreign_keys(table)
            ),
            "indexes": sorted(
                (i["name"], tuple(i["column_names"]), bool(i["unique"]))
                for i in inspector.get_indexes(table)
            ),
        }
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


def test_the_head_equals_the_models(migrated):
    with db.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    assert differences == [], HOW


def test_a_migrated_database_is_a_new_one_to_the_last_constraint(migrated, tmp_path):
    new = application(tmp_path, database_url=f"sqlite:///{tmp_path / 'new.db'}")
    with new.app_context():
        Base.metadata.create_all(db.engine)
        expected = shape(db.engine)
    with migrated.app_context():
        assert shape(db.engine) == expected, HOW


def test_every_migration_goes_down_and_up_again_with_rows_in_the_tables(migrated):
    make = Make(db.session)
    owner = make.user()
    ours = make.organisation(owner)
    make.match(make.listing("need", owner=owner, organisation=ours), make.listing("offer"))
    db.session.remove()
    revisions = ScriptDirectory(str(ROOT / "migrations")).walk_revisions()
    for _revision in list(revisions):
        downgrade()
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
    upgrade()
    with db.engine.connect() as connection:
        assert connection.scalar(text("select count(*) from listings")) == 0


def test_migrations_stand_in_one_line_with_names_that_sort():
    script = ScriptDirectory(str(ROOT / "migrations"))
    names = sorted(path.name for path in (ROOT / "migrations" / "versions").glob("*.py"))
    line = [revision.revision for revision in reversed(list(script.walk_revisions()))]
    assert [name[:4] for name in names] == line == [f"{n:04d}" for n in range(1, len(line) + 1)]


def test_postgresql_gets_the_constraints_sqlite_takes_with_the_table(tmp_path, monkeypatch):
    """Written as SQL only: no PostgreSQL is needed to see what it would be told."""
    written = io.StringIO()
    app = application(tmp_path)
    config = app.extensions["migrate"].migrate.get_config
    monkeypatch.setattr(
        app.extensions["migrate"].migrate,
        "get_config",
        lambda *a, **k: _to(written, config(*a, **k)),
    )
    object.__setattr__(app.config["SETTINGS"], "database_url", "postgresql://host/exchange")
    with app.app_context():
        upgrade(sql=True)
    for column in ("live_version_id", "working_version_id"):
        assert f"fk_listings_{column}_listing_versions FOREIGN KEY" in written.getvalue()


def _to(buffer, config):
    config.output_buffer = buffer
    return config
