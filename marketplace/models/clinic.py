"""The idea clinic: ideas nobody but their founder and who they let in may read.

Titles, texts, advice and stamped versions are sealed. Receipts are the one public part: numbers,
times and hashes, chained, and never deleted.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.domain.clinic import ADVICE, CLINIC, STEPS
from marketplace.models.accounts import User
from marketplace.models.base import Base, Instant, new_key
from marketplace.models.listings import Listing
from marketplace.models.sealing import SealedJSON


class ClinicIdea(Base):
    """One idea. `title` is a working title the desk sees while advice is waited for. `asked_at` is
    when the longest waiting step asked for advice, None while none waits."""

    __tablename__ = "clinic_ideas"
    __table_args__ = (
        CheckConstraint(f"state in {tuple(CLINIC.states)!r}", name="state"),
        CheckConstraint("(asked_at is null) = (due_at is null)", name="due"),
        CheckConstraint("state not in ('closed', 'withdrawn') or asked_at is null", name="quiet"),
        Index("ix_clinic_ideas_queue", "due_at", "coach_id"),
    )
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    founder_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    title: Mapped[str] = mapped_column(SealedJSON)
    state: Mapped[str] = mapped_column(String(10), default="open")
    coach_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    asked_at: Mapped[datetime | None] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    reminded_at: Mapped[datetime | None] = mapped_column(Instant)  # the desk was, of this due_at
    listing_id: Mapped[int | None] = mapped_column(ForeignKey("listings.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    is_sample: Mapped[bool] = mapped_column(default=False)
    lock: Mapped[int] = mapped_column(default=0)

    founder: Mapped[User] = relationship(foreign_keys=founder_id)
    coach: Mapped[User | None] = relationship(foreign_keys=coach_id)
    listing: Mapped[Listing | None] = relationship()
    steps: Mapped[list["ClinicStep"]] = relationship(
        back_populates="idea", order_by="ClinicStep.id"
    )
    readers: Mapped[list["ClinicReader"]] = relationship(
        back_populates="idea", order_by="ClinicReader.id"
    )

    # The founder writes on while a coach answers: the second gets StaleDataError, a Conflict.
    __mapper_args__ = {"version_id_col": lock}

    @property
    def number(self) -> str:
        """What people call it by in mails, which say nothing of what it is about."""
        return f"YT{self.id:06d}"

    @property
    def reader_ids(self) -> frozenset[int]:
        """Accounts the founder let in and did not shut out again."""
        return frozenset(row.user_id for row in self.readers if row.ended_at is None)


class ClinicStep(Base):
    """What the founder wrote for one step, which checks they ticked, and the latest advice."""

    __tablename__ = "clinic_steps"
    __table_args__ = (
        UniqueConstraint("idea_id", "step", name="uq_clinic_steps_step"),
        CheckConstraint(f"step in {tuple(STEPS)!r}", name="step"),
        CheckConstraint(f"state in {tuple(ADVICE.states)!r}", name="state"),
    )
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    idea_id: Mapped[int] = mapped_column(ForeignKey("clinic_ideas.id"))
    step: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10), default="writing")
    text: Mapped[str] = mapped_column(SealedJSON, default="")
    checks: Mapped[list] = mapped_column(SealedJSON, default=list)
    asked_at: Mapped[datetime | None] = mapped_column(Instant)
    advice: Mapped[str] = mapped_column(SealedJSON, default="")
    advised_at: Mapped[datetime | None] = mapped_column(Instant)
    advised_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    idea: Mapped[ClinicIdea] = relationship(back_populates="steps")
    advised_by: Mapped[User | None] = relationship()


class ClinicReader(Base):
    """A mentor the founder let in, by the mentor's own listing."""

    __tablename__ = "clinic_readers"
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    idea_id: Mapped[int] = mapped_column(ForeignKey("clinic_ideas.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    let_in_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)

    idea: Mapped[ClinicIdea] = relationship(back_populates="readers")
    user: Mapped[User] = relationship()


class ClinicView(Base):
    """Once somebody else read the idea. Written in the transaction that reads."""

    __tablename__ = "clinic_views"
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    idea_id: Mapped[int] = mapped_column(ForeignKey("clinic_ideas.id"), index=True)
    actor_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(Instant)

    actor: Mapped[User] = relationship()


class ClinicReceipt(Base):
    """A stamp: the hash of a text nobody but its founder holds, when it was made, and the head of
    the site's chain after it. Numbers run without a gap from 1; rows are never changed."""

    __tablename__ = "clinic_receipts"
    audited = True

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    sha256: Mapped[str] = mapped_column(String(64))
    head: Mapped[str] = mapped_column(String(64))


class ClinicVersion(Base):
    """One saved version of an idea. `text` is what was stamped, salt and all; it is emptied when
    the founder withdraws the idea, and the receipt stays."""

    __tablename__ = "clinic_versions"
    __table_args__ = (UniqueConstraint("idea_id", "number", name="uq_clinic_versions_number"),)
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    idea_id: Mapped[int] = mapped_column(ForeignKey("clinic_ideas.id"))
    number: Mapped[int]
    receipt_number: Mapped[int] = mapped_column(ForeignKey("clinic_receipts.number"), unique=True)
    text: Mapped[str] = mapped_column(SealedJSON)

    receipt: Mapped[ClinicReceipt] = relationship()
