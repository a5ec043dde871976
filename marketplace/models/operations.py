"""The machinery around the records: outbox, mail, audit trail, imports, vocabularies."""

from datetime import date, datetime

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    Float,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.domain.workflow import IMPORT
from marketplace.models.accounts import User
from marketplace.models.base import Base, Instant, new_key
from marketplace.models.organisations import Organisation
from marketplace.models.sealing import SealedJSON


class Change(Base):
    """A record changed: what is derived from it (indexes, matches) must follow. Written in the
    transaction of the change; drained in id order by the worker.

    `source` names the kind of record (services/indexing/sources). A listing's number stands in
    `listing_id`, any other's in `record_id`."""

    __tablename__ = "changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(20), default="listing")
    listing_id: Mapped[int | None] = mapped_column(ForeignKey("listings.id"), index=True)
    record_id: Mapped[int | None] = mapped_column()
    at: Mapped[datetime] = mapped_column(Instant)
    matched_at: Mapped[datetime | None] = mapped_column(Instant, index=True)


class Mail(Base):
    """The mail outbox. Written in the transaction of the fact it tells; sent by the worker with
    a Message-ID made from `key`, so that a repeat after a crash can be recognised."""

    __tablename__ = "mails"
    __table_args__ = (Index("ix_mails_waiting", "sent_at", "run_after"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(250))
    body: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(5), default="vi")
    unsubscribe: Mapped[str] = mapped_column(String(300), default="")  # where one press ends them
    created_at: Mapped[datetime] = mapped_column(Instant)
    run_after: Mapped[datetime] = mapped_column(Instant)
    attempts: Mapped[int] = mapped_column(default=0)
    # How often the server said no to this very mail; being away is no refusal.
    refusals: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(String(300), default="")
    sent_at: Mapped[datetime | None] = mapped_column(Instant)


class Audit(Base):
    """Who did what to which record and when; append-only, no confidential text."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_subject", "subject_type", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    actor_role: Mapped[str] = mapped_column(String(20))
    action: Mapped[str] = mapped_column(String(60))
    subject_type: Mapped[str] = mapped_column(String(30), default="")
    subject_id: Mapped[str] = mapped_column(String(40), default="")
    facts: Mapped[dict] = mapped_column(JSON, default=dict)

    actor: Mapped[User | None] = relationship()


class Import(Base):
    """A file of listings on its way in: checked first, then brought in whole or not at all."""

    __tablename__ = "imports"
    __table_args__ = (CheckConstraint(f"state in {tuple(IMPORT.states)!r}", name="state"),)
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    actor_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    kind: Mapped[str] = mapped_column(String(12))
    file_name: Mapped[str] = mapped_column(String(200))
    stored_as: Mapped[str] = mapped_column(String(64))  # "" once the file was swept away
    sha256: Mapped[str] = mapped_column(String(64), default="", index=True)
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    rows_total: Mapped[int] = mapped_column(default=0)
    rows_done: Mapped[int] = mapped_column(default=0)
    # Chosen on upload: language, visibility, for_client; on bringing in: then (draft, submit ...).
    options: Mapped[dict] = mapped_column(JSON, default=dict)
    # How the file was read: format, encoding, delimiter, sheet, columns, unknown, lines.
    reading: Mapped[dict] = mapped_column(JSON, default=dict)
    # {row, column, field, typed, message, values}: what was typed is the importer's own.
    errors: Mapped[list] = mapped_column(SealedJSON, default=list)  # what was typed is in it
    warnings: Mapped[list] = mapped_column(JSON, default=list)
    refs: Mapped[list] = mapped_column(JSON, default=list)  # of the listings it became
    created_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    lock: Mapped[int] = mapped_column(default=0)

    actor: Mapped[User] = relationship()
    organisation: Mapped[Organisation | None] = relationship()

    # The button pressed twice, or the button and the worker at once: the second one is refused.
    __mapper_args__ = {"version_id_col": lock}


class Term(Base):
    """A word of a vocabulary, in one version, valid from a day to a day."""

    __tablename__ = "terms"
    __table_args__ = (UniqueConstraint("scheme", "version", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    scheme: Mapped[str] = mapped_column(String(30), index=True)
    version: Mapped[str] = mapped_column(String(30))
    code: Mapped[str] = mapped_column(String(30))
    vi: Mapped[str] = mapped_column(String(300))
    en: Mapped[str] = mapped_column(String(300), default="")
    parent: Mapped[str] = mapped_column(String(30), default="")
    note_vi: Mapped[str] = mapped_column(String(300), default="")
    note_en: Mapped[str] = mapped_column(String(300), default="")
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    position: Mapped[int] = mapped_column(default=0)
    lat: Mapped[float | None] = mapped_column(Float)
    lon: Mapped[float | None] = mapped_column(Float)


class OldPlace(Base):
    """A commune of before the merger, and the one that took it over; people type old names."""

    __tablename__ = "old_places"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    district: Mapped[str] = mapped_column(String(80))
    province: Mapped[str] = mapped_column(String(80))
    place: Mapped[str] = mapped_column(String(10), index=True)


class Fact(Base):
    """A named fact about the installation: which data files were loaded, the worker's pulse."""

    __tablename__ = "installation"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[str] = mapped_column(String(300), default="")
    at: Mapped[datetime] = mapped_column(Instant)
