"""Access to what is kept secret in a listing: who asked for what, on which promise, until when, and
every time it was opened.

The asker's purpose, the owner's reason, the signed text, the signature and the address it came from
are the two sides' own, so they are sealed; states and times are what the centre looks after.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.domain.workflow import ACCESS, ACCESS_DAYS
from marketplace.models.accounts import User
from marketplace.models.base import Base, Instant, new_key
from marketplace.models.listings import Attachment, Listing
from marketplace.models.organisations import Organisation
from marketplace.models.sealing import SealedJSON

FIELDS = "fields"  # what was opened: the confidential fields, or else the key of a file


class AccessRequest(Base):
    """One person asks for the confidential fields of a listing, or (`attachment`) for one file.
    `nda` is the whole text of the promise as it was sent; `nda_sha256` is its hash once signed."""

    __tablename__ = "access_requests"
    __table_args__ = (
        CheckConstraint(f"state in {tuple(ACCESS.states)!r}", name="state"),
        CheckConstraint(f"days between 1 and {ACCESS_DAYS}", name="days"),
        CheckConstraint("state <> 'granted' or expires_at is not null", name="granted_until"),
        CheckConstraint("state <> 'granted' or nda_sha256 <> ''", name="granted_on_a_promise"),
        Index("ix_access_requests_clock", "state", "expires_at"),
    )
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), index=True)
    attachment_id: Mapped[int | None] = mapped_column(ForeignKey("attachments.id"))
    asker_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    purpose: Mapped[str] = mapped_column(SealedJSON)
    state: Mapped[str] = mapped_column(String(12), default="requested")
    # Who asks for what, while it stands: a second one like it is refused by the database.
    standing: Mapped[str | None] = mapped_column(String(60), unique=True)
    requested_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    days: Mapped[int] = mapped_column(default=ACCESS_DAYS)
    # A file that takes no watermark is given out only where the owner said so.
    unmarked: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(SealedJSON, default="")  # why denied or revoked
    nda_version: Mapped[str] = mapped_column(String(20), default="")
    nda: Mapped[str] = mapped_column(SealedJSON, default="")
    nda_sha256: Mapped[str] = mapped_column(String(64), default="")
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    accepted_name: Mapped[str] = mapped_column(SealedJSON, default="")
    accepted_ip: Mapped[str] = mapped_column(SealedJSON, default="")
    granted_at: Mapped[datetime | None] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    reminded_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    is_sample: Mapped[bool] = mapped_column(default=False)
    lock: Mapped[int] = mapped_column(default=0)

    listing: Mapped[Listing] = relationship()
    attachment: Mapped[Attachment | None] = relationship()
    asker: Mapped[User] = relationship(foreign_keys=asker_id)
    organisation: Mapped[Organisation | None] = relationship()
    decided_by: Mapped[User | None] = relationship(foreign_keys=decided_by_id)

    # The owner revokes while the asker signs: the second gets StaleDataError, shown as a Conflict.
    __mapper_args__ = {"version_id_col": lock}

    @property
    def number(self) -> str:
        """What people call it by, on paper and in watermarks."""
        return f"M{self.id:06d}"

    @property
    def what(self) -> str:
        """What it opens, as AccessView.what names it."""
        return self.attachment.key if self.attachment is not None else FIELDS


class AccessView(Base):
    """Once somebody read by a grant. Written in the transaction that reads."""

    __tablename__ = "access_views"
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("access_requests.id"), index=True)
    actor_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    what: Mapped[str] = mapped_column(String(32))

    request: Mapped[AccessRequest] = relationship()
    actor: Mapped[User] = relationship()
