"""The database: session, naming convention, time and key types, and the rule that nothing is
written without an audit row."""

import secrets
from contextvars import ContextVar
from datetime import UTC, datetime

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, MetaData, TypeDecorator, event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import DeclarativeBase, Session

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Instant(TypeDecorator):
    """An aware UTC datetime; SQLite forgets the zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value, dialect):
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime: every instant in this system is aware")
        return value.astimezone(UTC)

    def process_result_value(self, value, dialect):
        if value is not None and value.tzinfo is None:
            value = value.replace(tzinfo=UTC)
        return value


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)

    # Rows about the machinery (sessions, outbox, vocabularies) write no audit row of their own.
    audited = False


db = SQLAlchemy(model_class=Base)


def utcnow() -> datetime:
    return datetime.now(UTC)


def new_key() -> str:
    """A public identifier: 16 characters, unguessable, safe in a URL."""
    return secrets.token_urlsafe(12)


# --- SQLite as SECURITY.md section 4.1 proves it safe -----------------------------------------
# A deferred BEGIN that later writes fails at once with "database is locked" when another writer
# came between; so whoever is going to write says so first. Reading requests set it to False.
writing: ContextVar[bool] = ContextVar("writing", default=True)


@event.listens_for(Engine, "connect")
def _set_pragmas(connection, record):
    if "sqlite" not in type(connection).__module__:
        return
    connection.isolation_level = None  # we emit BEGIN ourselves, below
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "busy_timeout=5000",
        "foreign_keys=ON",
        "trusted_schema=OFF",
    ):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin(connection):
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing.get() else "BEGIN")


# --- No write without an audit row -------------------------------------------------------------
class UnauditedWrite(RuntimeError):
    """A programming error: members' data changed in a transaction that records nobody's act."""


@event.listens_for(Session, "after_flush")
def _note_writes(session, context):
    changed = (*session.new, *session.dirty, *session.deleted)
    session.info.setdefault("audits", 0)
    session.info["audits"] += sum(1 for row in changed if row.__class__.__name__ == "Audit")
    for row in changed:
        if getattr(row, "audited", False) and (
            row not in session.dirty or session.is_modified(row)
        ):
            session.info["unaudited"] = row.__class__.__name__


@event.listens_for(Session, "before_commit")
def _demand_audit(session):
    session.flush()
    unaudited, audits = session.info.pop("unaudited", None), session.info.pop("audits", 0)
    if unaudited and not audits:
        raise UnauditedWrite(unaudited)


@event.listens_for(Session, "after_rollback")
def _forget_writes(session):
    session.info.pop("unaudited", None)
    session.info.pop("audits", None)
