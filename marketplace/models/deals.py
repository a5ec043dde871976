"""Deals: what becomes of an introduction, up to a year after the agreement.

Where a deal stands is said by its match (workflow.MATCH); here is what the parties tell of it. A
side is "a" or "b", as in the match. Words, values and the names of files are the parties' own, so
they are sealed; dates, kinds and who confirmed are what the centre counts.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.domain.deals import AGREEMENT_FORMS, FOLLOW_UP_MONTHS, MILESTONES, PAUSES
from marketplace.models.accounts import User
from marketplace.models.base import Base, Instant, new_key
from marketplace.models.matches import Match
from marketplace.models.sealing import SealedJSON

SIDES = ("a", "b")
_PAUSES = ("", *PAUSES)


class Deal(Base):
    """One for each introduced match. `moved_at` is when anything last happened in it; `called_at`
    when a party asked the centre's curator to read along, None when they do not."""

    __tablename__ = "deals"
    __table_args__ = (
        CheckConstraint("paused_side in ('', 'a', 'b')", name="paused_side"),
        CheckConstraint("called_side in ('', 'a', 'b')", name="called_side"),
        CheckConstraint(f"pause_reason in {_PAUSES!r}", name="pause_reason"),
        CheckConstraint("(paused_at is null) = (paused_side = '')", name="paused_by_a_side"),
    )
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    match_id: Mapped[int] = mapped_column(ForeignKey("matches.id"), unique=True)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    moved_at: Mapped[datetime] = mapped_column(Instant, index=True)
    paused_at: Mapped[datetime | None] = mapped_column(Instant)
    paused_side: Mapped[str] = mapped_column(String(1), default="")
    pause_reason: Mapped[str] = mapped_column(String(30), default="")
    called_at: Mapped[datetime | None] = mapped_column(Instant)
    called_side: Mapped[str] = mapped_column(String(1), default="")
    lock: Mapped[int] = mapped_column(default=0)

    match: Mapped[Match] = relationship(back_populates="deal")
    milestones: Mapped[list["Milestone"]] = relationship(
        back_populates="deal", order_by="(Milestone.on, Milestone.id)"
    )
    agreement: Mapped["Agreement | None"] = relationship(back_populates="deal")
    checks: Mapped[list["DutyCheck"]] = relationship(order_by="DutyCheck.id")

    __mapper_args__ = {"version_id_col": lock}


class Milestone(Base):
    """Something that happened, noted by one side; it counts once the other side confirmed it.
    `channel` says how a client without an account told the curator: paper or phone."""

    __tablename__ = "milestones"
    __table_args__ = (
        CheckConstraint(f"kind in {tuple(MILESTONES)!r}", name="kind"),
        CheckConstraint("noted_side in ('a', 'b')", name="noted_side"),
        CheckConstraint(
            "confirmed_by_id is null or confirmed_by_id <> noted_by_id", name="confirmed_by_another"
        ),
    )
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    on: Mapped[date] = mapped_column("happened_on", Date)
    said: Mapped[dict] = mapped_column(SealedJSON, default=dict)  # note
    channel: Mapped[str] = mapped_column(String(10), default="")
    noted_side: Mapped[str] = mapped_column(String(1))
    noted_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    noted_at: Mapped[datetime] = mapped_column(Instant)
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    confirmed_channel: Mapped[str] = mapped_column(String(10), default="")
    denied_at: Mapped[datetime | None] = mapped_column(Instant)  # the other side says it was not so
    removed_at: Mapped[datetime | None] = mapped_column(Instant)  # taken back by who noted it

    deal: Mapped[Deal] = relationship(back_populates="milestones")
    noted_by: Mapped[User] = relationship(foreign_keys=noted_by_id)
    confirmed_by: Mapped[User | None] = relationship(foreign_keys=confirmed_by_id)

    @property
    def note(self) -> str:
        return self.said.get("note", "")

    @property
    def state(self) -> str:
        """noted, confirmed, denied or removed."""
        if self.removed_at is not None:
            return "removed"
        if self.denied_at is not None:
            return "denied"
        return "confirmed" if self.confirmed_at is not None else "noted"


class Agreement(Base):
    """What was signed, one for each deal, so that no value can be counted twice for it.

    The side that claims it has confirmed it by that; a correction (`version`) asks the other side
    anew. Verified is what both sides confirmed, or what a curator read in a document; the table
    takes nothing else. `said` holds value (VND, whole), number (of the contract) and note.
    """

    __tablename__ = "agreements"
    __table_args__ = (
        CheckConstraint(f"form in {tuple(AGREEMENT_FORMS)!r}", name="form"),
        CheckConstraint("claimed_side in ('a', 'b')", name="claimed_side"),
        CheckConstraint("verified_how in ('', 'both', 'document')", name="verified_how"),
        CheckConstraint("(verified_at is null) = (verified_how = '')", name="verified"),
        CheckConstraint(
            "verified_how <> 'both' or (confirmed_a_at is not null and confirmed_b_at is not null)",
            name="both_confirmed",
        ),
        CheckConstraint(
            "verified_how <> 'document' or "
            "(verified_by_id is not null and verified_by_id <> claimed_by_id)",
            name="four_eyes",
        ),
        CheckConstraint(
            "confirmed_a_by_id is null or confirmed_b_by_id is null or "
            "confirmed_a_by_id <> confirmed_b_by_id",
            name="two_people",
        ),
        Index("ix_agreements_signed", "verified_at", "signed_on"),
    )
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id"), unique=True)
    form: Mapped[str] = mapped_column(String(20))
    signed_on: Mapped[date] = mapped_column(Date)
    starts_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    said: Mapped[dict] = mapped_column(SealedJSON, default=dict)
    province_a: Mapped[str] = mapped_column(String(10))
    province_b: Mapped[str] = mapped_column(String(10))
    local: Mapped[bool] = mapped_column(default=False)  # both parties in this province, then
    version: Mapped[int] = mapped_column(default=1)
    claimed_side: Mapped[str] = mapped_column(String(1))
    claimed_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    claimed_at: Mapped[datetime] = mapped_column(Instant)
    channel: Mapped[str] = mapped_column(String(10), default="")
    confirmed_a_at: Mapped[datetime | None] = mapped_column(Instant)
    confirmed_a_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    confirmed_b_at: Mapped[datetime | None] = mapped_column(Instant)
    confirmed_b_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    dispute_reason: Mapped[str] = mapped_column(String(30), default="")  # why it was sent back
    verified_at: Mapped[datetime | None] = mapped_column(Instant)
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    verified_how: Mapped[str] = mapped_column(String(10), default="")
    reminded_at: Mapped[datetime | None] = mapped_column(Instant)  # the side that must confirm
    lock: Mapped[int] = mapped_column(default=0)

    deal: Mapped[Deal] = relationship(back_populates="agreement")
    claimed_by: Mapped[User] = relationship(foreign_keys=claimed_by_id)
    verified_by: Mapped[User | None] = relationship(foreign_keys=verified_by_id)
    proofs: Mapped[list["Proof"]] = relationship(
        back_populates="agreement", order_by="Proof.id",
        primaryjoin="and_(Agreement.id == Proof.agreement_id, Proof.removed_at.is_(None))",
    )  # fmt: skip
    follow_ups: Mapped[list["FollowUp"]] = relationship(
        back_populates="agreement", order_by="FollowUp.month"
    )

    __mapper_args__ = {"version_id_col": lock}

    @property
    def value(self) -> int:
        return self.said["value"]

    @property
    def confirming_side(self) -> str:
        """The side that has not claimed it."""
        return "b" if self.claimed_side == "a" else "a"


class Proof(Base):
    """A document of an agreement; the bytes lie sealed under `key` (services/files). It proves the
    version of the agreement it was handed in for."""

    __tablename__ = "proofs"
    __table_args__ = (CheckConstraint("side in ('a', 'b')", name="side"),)
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreements.id"), index=True)
    version: Mapped[int]
    side: Mapped[str] = mapped_column(String(1))  # whose document it is
    said: Mapped[dict] = mapped_column(SealedJSON, default=dict)  # name
    media_type: Mapped[str] = mapped_column(String(60))
    size: Mapped[int]  # bytes
    sha256: Mapped[str] = mapped_column(String(64))
    uploaded_at: Mapped[datetime] = mapped_column(Instant)
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    removed_at: Mapped[datetime | None] = mapped_column(Instant)

    agreement: Mapped[Agreement] = relationship(back_populates="proofs")

    @property
    def name(self) -> str:
        return self.said["name"]


class DutyCheck(Base):
    """The guided check of duties, as it was answered; the last one counts. `list_version` names
    the questions and sources of that day (domain/duties)."""

    __tablename__ = "duty_checks"
    __table_args__ = (CheckConstraint("side in ('a', 'b')", name="side"),)
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("deals.id"), index=True)
    list_version: Mapped[str] = mapped_column(String(20))
    answers: Mapped[dict] = mapped_column(SealedJSON, default=dict)  # question -> answer
    side: Mapped[str] = mapped_column(String(1))
    answered_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime] = mapped_column(Instant)


class FollowUp(Base):
    """What came of it, asked so many months after signing. `said` holds jobs (people), revenue
    (VND, whole) and effect (text)."""

    __tablename__ = "follow_ups"
    __table_args__ = (
        UniqueConstraint("agreement_id", "month"),
        CheckConstraint(f"month in {tuple(FOLLOW_UP_MONTHS)!r}", name="month"),
        CheckConstraint("answered_side in ('', 'a', 'b')", name="answered_side"),
        Index("ix_follow_ups_due", "answered_at", "due_on"),
    )
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreements.id"), index=True)
    month: Mapped[int]
    due_on: Mapped[date] = mapped_column(Date)
    said: Mapped[dict] = mapped_column(SealedJSON, default=dict)
    reminders: Mapped[int] = mapped_column(default=0)
    reminded_at: Mapped[datetime | None] = mapped_column(Instant)
    channel: Mapped[str] = mapped_column(String(10), default="")
    answered_side: Mapped[str] = mapped_column(String(1), default="")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime | None] = mapped_column(Instant)

    agreement: Mapped[Agreement] = relationship(back_populates="follow_ups")
