"""The room of a deal: what its two parties say, show and agree on between themselves.

A side is "a" or "b", or "" for the centre's curator, whom a party called in. All words, sums and
names are sealed; when, whose and how it stands is not. Nothing is ever deleted here.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.domain.workflow import MEETING, OFFER
from marketplace.models.accounts import User
from marketplace.models.base import Base, Instant, new_key
from marketplace.models.deals import Deal
from marketplace.models.sealing import SealedJSON


class RoomMessage(Base):
    """A message, or an offer: then `said` holds amount (VND, whole, or None) and terms beside the
    text, and `state` is one of workflow.OFFER. `answers_id` names the offer it counters."""

    __tablename__ = "room_messages"
    __table_args__ = (
        CheckConstraint("side in ('', 'a', 'b')", name="side"),
        CheckConstraint(f"state in {('', *OFFER.states)!r}", name="state"),
        CheckConstraint("state = '' or side <> ''", name="offered_by_a_side"),
        CheckConstraint(
            "(state in ('', 'open')) = (answered_at is null)", name="answered"
        ),
        Index("ix_room_messages_deal_id_at", "deal_id", "at"),
    )  # fmt: skip
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    side: Mapped[str] = mapped_column(String(1))
    said: Mapped[dict] = mapped_column(SealedJSON, default=dict)  # text, amount, terms
    state: Mapped[str] = mapped_column(String(10), default="")  # "" for a message
    answers_id: Mapped[int | None] = mapped_column(ForeignKey("room_messages.id"))
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    lock: Mapped[int] = mapped_column(default=0)

    deal: Mapped[Deal] = relationship()
    author: Mapped[User] = relationship(foreign_keys=author_id)

    # Two people answering the same offer: the second gets StaleDataError, shown as Conflict.
    __mapper_args__ = {"version_id_col": lock}

    @property
    def is_offer(self) -> bool:
        return self.state != ""

    @property
    def text(self) -> str:
        return self.said.get("text", "")


class RoomFile(Base):
    """A document the sides work on; what it is now and was before are its versions."""

    __tablename__ = "room_files"
    __table_args__ = (CheckConstraint("side in ('', 'a', 'b')", name="side"),)
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id"), index=True)
    side: Mapped[str] = mapped_column(String(1))
    said: Mapped[dict] = mapped_column(SealedJSON, default=dict)  # name

    deal: Mapped[Deal] = relationship()
    versions: Mapped[list["RoomFileVersion"]] = relationship(
        back_populates="file", order_by="RoomFileVersion.number.desc()"
    )

    @property
    def name(self) -> str:
        return self.said["name"]


class RoomFileVersion(Base):
    """One version; the bytes lie sealed under `key` (services/files)."""

    __tablename__ = "room_file_versions"
    __table_args__ = (
        UniqueConstraint("file_id", "number"),
        CheckConstraint("side in ('', 'a', 'b')", name="side"),
    )
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("room_files.id"))
    number: Mapped[int]  # from 1
    side: Mapped[str] = mapped_column(String(1))
    said: Mapped[dict] = mapped_column(SealedJSON, default=dict)  # name, as it was sent
    media_type: Mapped[str] = mapped_column(String(60))
    size: Mapped[int]  # bytes
    sha256: Mapped[str] = mapped_column(String(64))
    uploaded_at: Mapped[datetime] = mapped_column(Instant)
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    file: Mapped[RoomFile] = relationship(back_populates="versions")

    @property
    def name(self) -> str:
        return self.said["name"]


class RoomMeeting(Base):
    """A meeting one side proposed; workflow.MEETING says how it stands. `said` holds where and
    agenda. `sequence` counts its changes, for calendars that have it already."""

    __tablename__ = "room_meetings"
    __table_args__ = (
        CheckConstraint("side in ('a', 'b')", name="side"),
        CheckConstraint(f"state in {tuple(MEETING.states)!r}", name="state"),
        CheckConstraint("minutes between 5 and 720", name="minutes"),
        Index("ix_room_meetings_soon", "state", "starts_at"),
    )
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id"), index=True)
    side: Mapped[str] = mapped_column(String(1))  # who proposed it
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    starts_at: Mapped[datetime] = mapped_column(Instant)
    minutes: Mapped[int]
    said: Mapped[dict] = mapped_column(SealedJSON, default=dict)
    state: Mapped[str] = mapped_column(String(10), default="proposed")
    changed_at: Mapped[datetime] = mapped_column(Instant)
    sequence: Mapped[int] = mapped_column(default=0)
    reminded_at: Mapped[datetime | None] = mapped_column(Instant)
    lock: Mapped[int] = mapped_column(default=0)

    deal: Mapped[Deal] = relationship()

    __mapper_args__ = {"version_id_col": lock}


class RoomTask(Base):
    """Something a side has promised to do, or was asked for, with a day."""

    __tablename__ = "room_tasks"
    __table_args__ = (
        CheckConstraint("side in ('a', 'b')", name="side"),
        Index("ix_room_tasks_due", "done_at", "due_on"),
    )
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id"), index=True)
    side: Mapped[str] = mapped_column(String(1))  # whose it is to do
    said: Mapped[dict] = mapped_column(SealedJSON, default=dict)  # text
    due_on: Mapped[date] = mapped_column(Date)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reminded_at: Mapped[datetime | None] = mapped_column(Instant)

    deal: Mapped[Deal] = relationship()

    @property
    def text(self) -> str:
        return self.said["text"]


class RoomReading(Base):
    """When a side last read the messages; a row for each side since the first message."""

    __tablename__ = "room_readings"
    __table_args__ = (
        UniqueConstraint("deal_id", "side"),
        CheckConstraint("side in ('a', 'b')", name="side"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id"))
    side: Mapped[str] = mapped_column(String(1))
    seen_at: Mapped[datetime | None] = mapped_column(Instant)
