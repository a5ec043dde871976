"""Listings: one row that says where a record stands, versions that say what it says, and the
text of each version split by who may read it."""

from datetime import date, datetime

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from marketplace.domain.fields import LEVELS, PUBLIC, REGISTERED
from marketplace.domain.vocabulary import KINDS, VISIBILITIES
from marketplace.domain.workflow import LISTING, REVISION
from marketplace.models.accounts import User
from marketplace.models.base import Base, Instant
from marketplace.models.organisations import Organisation
from marketplace.models.sealing import SealedJSON, Secret


class Listing(Base):
    __tablename__ = "listings"
    __table_args__ = (
        CheckConstraint(f"kind in {tuple(KINDS)!r}", name="kind"),
        CheckConstraint(f"state in {tuple(LISTING.states)!r}", name="state"),
        CheckConstraint(f"revision in {tuple(REVISION.states)!r}", name="revision"),
        CheckConstraint(f"visibility in {tuple(VISIBILITIES)!r}", name="visibility"),
        Index("ix_listings_lookup", "kind", "state", "visibility"),
    )
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(24), unique=True)  # the public key, in every URL
    tracking_code: Mapped[str] = mapped_column(String(16), unique=True)
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(20), default="draft")
    revision: Mapped[str] = mapped_column(String(12), default="none")
    visibility: Mapped[str] = mapped_column(String(12), default="public")
    language: Mapped[str] = mapped_column(String(5), default="vi")
    open_for_eoi: Mapped[bool] = mapped_column(default=True)
    origin: Mapped[str] = mapped_column(String(12), default="local")  # local, imported, harvested

    owner_user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # typed for a client
    client_name: Mapped[str] = mapped_column(String(160), default="")  # a client without account
    curator_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    # Who is looking at it while it waits for the desk; nobody else is kept from deciding.
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)

    # use_alter: the two tables point at each other.
    live_version_id: Mapped[int | None] = mapped_column(
        ForeignKey("listing_versions.id", use_alter=True)
    )
    working_version_id: Mapped[int | None] = mapped_column(
        ForeignKey("listing_versions.id", use_alter=True)
    )
    # Copies of public values of the live version (of the working one before that), for lists.
    title: Mapped[str] = mapped_column(String(200), default="")
    place: Mapped[str] = mapped_column(String(10), default="")
    deadline: Mapped[date | None] = mapped_column(Date)

    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    submitted_at: Mapped[datetime | None] = mapped_column(Instant)
    published_at: Mapped[datetime | None] = mapped_column(Instant)  # first time
    valid_until: Mapped[datetime | None] = mapped_column(Instant)
    reminded_at: Mapped[datetime | None] = mapped_column(Instant)
    renew_count: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None] = mapped_column(Instant)  # the desk answers by then
    unmet_since: Mapped[datetime | None] = mapped_column(Instant)  # no good match yet
    matched_at: Mapped[datetime | None] = mapped_column(Instant)  # the matcher last looked
    sequence: Mapped[int] = mapped_column(default=0)  # grows with every change readers may see
    is_sample: Mapped[bool] = mapped_column(default=False)
    lock: Mapped[int] = mapped_column(default=0)

    owner_user: Mapped[User | None] = relationship(foreign_keys=owner_user_id)
    entered_by: Mapped[User | None] = relationship(foreign_keys=entered_by_id)
    reviewer: Mapped[User | None] = relationship(foreign_keys=reviewer_id)
    organisation: Mapped[Organisation | None] = relationship()
    live_version: Mapped["ListingVersion | None"] = relationship(
        foreign_keys=live_version_id, post_update=True
    )
    working_version: Mapped["ListingVersion | None"] = relationship(
        foreign_keys=working_version_id, post_update=True
    )
    events: Mapped[list["ListingEvent"]] = relationship(
        back_populates="listing", order_by="ListingEvent.id"
    )

    # Two people who save at once: the second gets StaleDataError, shown as a Conflict.
    __mapper_args__ = {"version_id_col": lock}

    @property
    def for_client(self) -> bool:
        """Typed by staff for somebody without an account, whom the centre looks after."""
        return self.entered_by_id is not None and self.owner_user_id is None

    @property
    def stakes(self):
        """What the four-eyes rule looks at: see permissions.impartial."""
        people = {self.entered_by_id, self.owner_user_id}
        if self.organisation is not None:
            people.add(self.organisation.registered_by_id)
        return ((self.organisation_id, frozenset(people - {None})),)


class ListingVersion(Base):
    """What a listing says at one time. The live version is never edited, only replaced."""

    __tablename__ = "listing_versions"
    __table_args__ = (UniqueConstraint("listing_id", "number"),)
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), index=True)
    number: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    first_hash: Mapped[str] = mapped_column(String(64), default="")  # SHA-256 at first submission

    listing: Mapped[Listing] = relationship(foreign_keys=listing_id)
    contents: Mapped[list["ListingContent"]] = relationship(
        back_populates="version", cascade="all, delete-orphan"
    )


_OPEN_LEVELS = frozenset({PUBLIC, REGISTERED})


class ListingContent(Base):
    """The values of one level of one version. Level `typed` keeps, for the owner alone, what was
    typed into a field but is not acceptable yet, so that a draft loses nothing."""

    __tablename__ = "listing_contents"
    __table_args__ = (
        UniqueConstraint("version_id", "level"),
        CheckConstraint(f"level in {(*LEVELS, 'typed')!r}", name="level"),
    )
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("listing_versions.id"), index=True)
    level: Mapped[str] = mapped_column(String(12))
    values: Mapped[dict] = mapped_column(SealedJSON(always=False), default=dict)

    version: Mapped[ListingVersion] = relationship(back_populates="contents")

    @validates("values")
    def _seal(self, name, values):
        """Rows not everybody may read are stored encrypted; so `level` is always given first."""
        return dict(values) if self.level in _OPEN_LEVELS else Secret(values)


class ListingEvent(Base):
    """A line of a listing's history. `reasons` is a list of {field, reason} for a return."""

    __tablename__ = "listing_events"
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    step: Mapped[str] = mapped_column(String(30))
    state: Mapped[str] = mapped_column(String(20))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reasons: Mapped[list] = mapped_column(JSON, default=list)
    note: Mapped[str] = mapped_column(Text, default="")
    checklist: Mapped[list] = mapped_column(JSON, default=list)

    listing: Mapped[Listing] = relationship(back_populates="events")
    actor: Mapped[User | None] = relationship()


class Distinction(Base):
    """Somebody said that two listings are not the same, though they look alike. The owner's word
    keeps the warning from coming back to them; only the desk's settles it at the desk."""

    __tablename__ = "distinctions"
    __table_args__ = (
        UniqueConstraint("low_id", "high_id", "side"),
        CheckConstraint("low_id < high_id", name="order"),  # a pair has one row, not two
        CheckConstraint("side in ('owner', 'desk')", name="side"),
    )
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    low_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), index=True)
    high_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), index=True)
    side: Mapped[str] = mapped_column(String(8))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(Instant)


class Attachment(Base):
    """A file of a listing with a visibility of its own; stored outside the web root under a random
    name, by content."""

    __tablename__ = "attachments"
    __table_args__ = (CheckConstraint(f"level in {LEVELS!r}", name="level"),)
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), index=True)
    level: Mapped[str] = mapped_column(String(12), default="confidential")
    # The deck of a startup: of the confidential files the one that not even curators open.
    deck: Mapped[bool] = mapped_column(default=False)
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    uploaded_at: Mapped[datetime] = mapped_column(Instant)
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    removed_at: Mapped[datetime | None] = mapped_column(Instant)

    listing: Mapped[Listing] = relationship()


class Reference(Base):
    """The last number given out under a prefix and day, for listing references."""

    __tablename__ = "references"

    prefix: Mapped[str] = mapped_column(String(20), primary_key=True)
    last: Mapped[int] = mapped_column(default=0)
