"""Services of the centre: what somebody asked for, how far it is, and its history.

What was asked, priced, delivered and said is between the asker and the desk, so it is sealed;
kinds, states, days and ratings are what the centre counts.
"""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.domain.support import ENDINGS, RATINGS
from marketplace.domain.workflow import SERVICE
from marketplace.models.accounts import User
from marketplace.models.base import Base, Instant, new_key
from marketplace.models.listings import Listing
from marketplace.models.matches import Match
from marketplace.models.organisations import Organisation
from marketplace.models.sealing import SealedJSON

_ENDINGS = ("", *ENDINGS)


class ServiceRequest(Base):
    """One service asked for once. `days` are the working days promised for each state of the desk,
    as the catalogue of `catalogue_version` had them; `days_left` those that were left when the
    asker was asked something, for the clock stands still meanwhile. `quote` is {"amount": whole
    VND, "text": what it covers}, {} where nothing was asked for."""

    __tablename__ = "service_requests"
    __table_args__ = (
        CheckConstraint(f"state in {tuple(SERVICE.states)!r}", name="state"),
        CheckConstraint(f"reason in {_ENDINGS!r}", name="reason"),
        CheckConstraint(f"rating between {RATINGS[0]} and {RATINGS[-1]}", name="rating"),
        CheckConstraint("(state = 'rated') = (rating is not null)", name="rated"),
        CheckConstraint("(state = 'referred') = (referred_id is not null)", name="referred"),
        Index("ix_service_requests_queue", "state", "due_at"),
    )
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    service: Mapped[str] = mapped_column(String(30))
    catalogue_version: Mapped[str] = mapped_column(String(20))
    days: Mapped[dict] = mapped_column(JSON)
    asker_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    listing_id: Mapped[int | None] = mapped_column(ForeignKey("listings.id"))
    match_id: Mapped[int | None] = mapped_column(ForeignKey("matches.id"))
    text: Mapped[str] = mapped_column(SealedJSON)
    state: Mapped[str] = mapped_column(String(16), default="new")
    curator_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    quote: Mapped[dict] = mapped_column(SealedJSON, default=dict)
    result: Mapped[str] = mapped_column(SealedJSON, default="")
    reason: Mapped[str] = mapped_column(String(30), default="")  # why it was refused or ended
    referred_id: Mapped[int | None] = mapped_column(ForeignKey("listings.id"))
    rating: Mapped[int | None]
    rating_words: Mapped[str] = mapped_column(SealedJSON, default="")
    requested_at: Mapped[datetime] = mapped_column(Instant, index=True)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)  # who has it must act by then
    days_left: Mapped[int | None]
    escalated_at: Mapped[datetime | None] = mapped_column(Instant)  # the lead was told it is late
    reminded_at: Mapped[datetime | None] = mapped_column(Instant)  # the asker was
    is_sample: Mapped[bool] = mapped_column(default=False)
    lock: Mapped[int] = mapped_column(default=0)

    asker: Mapped[User] = relationship(foreign_keys=asker_id)
    organisation: Mapped[Organisation | None] = relationship()
    listing: Mapped[Listing | None] = relationship(foreign_keys=listing_id)
    match: Mapped[Match | None] = relationship()
    referred: Mapped[Listing | None] = relationship(foreign_keys=referred_id)
    curator: Mapped[User | None] = relationship(foreign_keys=curator_id)
    events: Mapped[list["ServiceEvent"]] = relationship(
        back_populates="request", order_by="ServiceEvent.id"
    )

    # The asker gives up while the desk prices: the second gets StaleDataError, shown as Conflict.
    __mapper_args__ = {"version_id_col": lock}

    @property
    def number(self) -> str:
        """What people call it by, on the telephone and in mails."""
        return f"DV{self.id:06d}"


class ServiceEvent(Base):
    """A line of a request's history. A `private` one is the desk's own. `late`: the state it left
    was left after its day; None where nobody of the desk had a day."""

    __tablename__ = "service_events"
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("service_requests.id"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    step: Mapped[str] = mapped_column(String(16))
    before: Mapped[str] = mapped_column(String(16), default="")
    state: Mapped[str] = mapped_column(String(16))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    note: Mapped[str] = mapped_column(SealedJSON, default="")
    private: Mapped[bool] = mapped_column(default=False)
    late: Mapped[bool | None]

    request: Mapped[ServiceRequest] = relationship(back_populates="events")
    actor: Mapped[User | None] = relationship()
