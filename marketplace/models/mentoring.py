"""Mentoring: what a founder asked for and of whom, times mentors offer, meetings and what came of
them, certificates of hours.

Goals, questions, places, notes and words of ratings are sealed; who, when, how long and how it
stands is what the centre counts.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.domain.mentoring import (
    ABSENT,
    ANSWERS,
    DECLINES,
    MENTORING,
    MODES,
    REFUSALS,
    SESSION_STATES,
    SKIPPED,
)
from marketplace.models.accounts import User
from marketplace.models.base import Base, Instant, new_key
from marketplace.models.listings import Listing
from marketplace.models.organisations import Organisation
from marketplace.models.sealing import SealedJSON


class Mentorship(Base):
    """One request and what follows it. `said` holds goal and questions (a list). `mentor` is the
    listing of who is asked now, or has accepted; nobody else knows of the request."""

    __tablename__ = "mentorships"
    __table_args__ = (
        CheckConstraint(f"state in {tuple(MENTORING.states)!r}", name="state"),
        CheckConstraint(f"reason in {('', *REFUSALS)!r}", name="reason"),
        Index("ix_mentorships_queue", "state", "due_at"),
    )
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    asker_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    listing_id: Mapped[int | None] = mapped_column(ForeignKey("listings.id"), index=True)
    mentor_id: Mapped[int | None] = mapped_column(ForeignKey("listings.id"), index=True)
    said: Mapped[dict] = mapped_column(SealedJSON, default=dict)
    state: Mapped[str] = mapped_column(String(16), default="requested")
    reason: Mapped[str] = mapped_column(String(30), default="")  # why it was refused
    requested_at: Mapped[datetime] = mapped_column(Instant, index=True)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)  # who has it must act by then
    reminded_at: Mapped[datetime | None] = mapped_column(Instant)  # of that day
    is_sample: Mapped[bool] = mapped_column(default=False)
    lock: Mapped[int] = mapped_column(default=0)

    asker: Mapped[User] = relationship()
    organisation: Mapped[Organisation | None] = relationship()
    listing: Mapped[Listing | None] = relationship(foreign_keys=listing_id)
    mentor: Mapped[Listing | None] = relationship(foreign_keys=mentor_id)
    wishes: Mapped[list["MentorWish"]] = relationship(
        back_populates="mentorship", order_by="MentorWish.rank"
    )
    sessions: Mapped[list["MentoringSession"]] = relationship(
        back_populates="mentorship", order_by="MentoringSession.id"
    )

    # A mentor accepts while the founder gives up: the second gets StaleDataError, a Conflict.
    __mapper_args__ = {"version_id_col": lock}

    @property
    def number(self) -> str:
        """What people call it by, on the telephone and in mails."""
        return f"CV{self.id:06d}"


class MentorWish(Base):
    """A mentor the founder would like, or the centre chose (`by_hand`), in the order of asking."""

    __tablename__ = "mentor_wishes"
    __table_args__ = (
        UniqueConstraint("mentorship_id", "rank"),
        UniqueConstraint("mentorship_id", "mentor_id", name="uq_mentor_wishes_mentor"),
        CheckConstraint(f"answer in {ANSWERS!r}", name="answer"),
        CheckConstraint(f"reason in {('', *DECLINES, *SKIPPED)!r}", name="reason"),
    )
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    mentorship_id: Mapped[int] = mapped_column(ForeignKey("mentorships.id"))
    rank: Mapped[int]  # from 1
    mentor_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), index=True)
    by_hand: Mapped[bool] = mapped_column(default=False)
    answer: Mapped[str] = mapped_column(String(10), default="")
    reason: Mapped[str] = mapped_column(String(30), default="")
    asked_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)

    mentorship: Mapped[Mentorship] = relationship(back_populates="wishes")
    mentor: Mapped[Listing] = relationship()


class MentorSlot(Base):
    """A time a mentor offers. `said` holds where: a place, or the address of the call, which only
    the two who meet there read."""

    __tablename__ = "mentor_slots"
    __table_args__ = (
        UniqueConstraint("mentor_id", "starts_at"),
        CheckConstraint("minutes between 5 and 720", name="minutes"),
        CheckConstraint(f"mode in {tuple(MODES)!r}", name="mode"),
    )
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    mentor_id: Mapped[int] = mapped_column(ForeignKey("listings.id"))
    starts_at: Mapped[datetime] = mapped_column(Instant, index=True)
    minutes: Mapped[int]
    mode: Mapped[str] = mapped_column(String(10))
    said: Mapped[dict] = mapped_column(SealedJSON, default=dict)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)

    mentor: Mapped[Listing] = relationship()
    # Only to be read: put here, a second meeting would take the slot from the first one.
    session: Mapped["MentoringSession | None"] = relationship(viewonly=True)


class MentoringSession(Base):
    """A meeting. It has a slot while it stands, or was held: no slot is ever two meetings', which
    the database itself sees to. `said` holds where, brief (of the founder), notes (for both),
    private (the mentor's own), words_founder and words_mentor (of the ratings)."""

    __tablename__ = "mentoring_sessions"
    __table_args__ = (
        CheckConstraint(f"state in {SESSION_STATES!r}", name="state"),
        CheckConstraint(f"absent in {('', *ABSENT)!r}", name="absent"),
        CheckConstraint("(state = 'no_show') = (absent <> '')", name="who_was_absent"),
        CheckConstraint("(state = 'held') = (minutes_held is not null)", name="held"),
        CheckConstraint("minutes_held between 5 and minutes", name="minutes_held"),
        CheckConstraint("rating_founder between 1 and 5", name="rating_founder"),
        CheckConstraint("rating_mentor between 1 and 5", name="rating_mentor"),
        Index("ix_mentoring_sessions_soon", "state", "starts_at"),
    )
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    mentorship_id: Mapped[int] = mapped_column(ForeignKey("mentorships.id"), index=True)
    mentor_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), index=True)
    slot_id: Mapped[int | None] = mapped_column(ForeignKey("mentor_slots.id"), unique=True)
    state: Mapped[str] = mapped_column(String(10), default="scheduled")
    starts_at: Mapped[datetime] = mapped_column(Instant)
    minutes: Mapped[int]
    mode: Mapped[str] = mapped_column(String(10))
    said: Mapped[dict] = mapped_column(SealedJSON, default=dict)
    minutes_held: Mapped[int | None]
    absent: Mapped[str] = mapped_column(String(10), default="")
    rating_founder: Mapped[int | None]  # given by the founder, of the mentor
    rating_mentor: Mapped[int | None]
    changed_at: Mapped[datetime] = mapped_column(Instant)
    sequence: Mapped[int] = mapped_column(default=0)  # of its changes, for calendars
    reminded_at: Mapped[datetime | None] = mapped_column(Instant)
    lock: Mapped[int] = mapped_column(default=0)

    mentorship: Mapped[Mentorship] = relationship(back_populates="sessions")
    mentor: Mapped[Listing] = relationship()
    slot: Mapped[MentorSlot | None] = relationship()
    items: Mapped[list["MentoringItem"]] = relationship(
        back_populates="session", order_by="MentoringItem.id"
    )

    __mapper_args__ = {"version_id_col": lock}


class MentoringItem(Base):
    """Something the founder is to do after a meeting."""

    __tablename__ = "mentoring_items"
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    session_id: Mapped[int] = mapped_column(ForeignKey("mentoring_sessions.id"), index=True)
    said: Mapped[dict] = mapped_column(SealedJSON, default=dict)  # text
    due_on: Mapped[date | None] = mapped_column(Date)
    done_at: Mapped[datetime | None] = mapped_column(Instant)

    session: Mapped[MentoringSession] = relationship(back_populates="items")


class MentoringEvent(Base):
    """A line of a mentorship's history. The note is for the founder and the mentor of that time,
    or what the desk wrote to the founder."""

    __tablename__ = "mentoring_events"
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    mentorship_id: Mapped[int] = mapped_column(ForeignKey("mentorships.id"), index=True)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    step: Mapped[str] = mapped_column(String(16))
    before: Mapped[str] = mapped_column(String(16), default="")
    state: Mapped[str] = mapped_column(String(16))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    mentor_id: Mapped[int | None] = mapped_column(ForeignKey("listings.id"))
    note: Mapped[str] = mapped_column(SealedJSON, default="")

    actor: Mapped[User | None] = relationship()
    mentor: Mapped[Listing | None] = relationship()


class MentoringCertificate(Base):
    """Hours somebody mentored, as the centre confirms them. `seal` is the SHA-256 of what it says
    (services/mentoring/certificates); the name is public because its owner asked for the paper."""

    __tablename__ = "mentoring_certificates"
    __table_args__ = (
        UniqueConstraint("year", "ordinal"),
        CheckConstraint("minutes > 0", name="minutes"),
    )
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str] = mapped_column(String(160))
    year: Mapped[int]
    ordinal: Mapped[int]  # within the year
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    minutes: Mapped[int]
    sessions: Mapped[int]
    seal: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(Instant)
    replaced_at: Mapped[datetime | None] = mapped_column(Instant)  # a newer one counts instead

    user: Mapped[User] = relationship()

    @property
    def number(self) -> str:
        return f"GXN-CV-{self.year}-{self.ordinal:04d}"
