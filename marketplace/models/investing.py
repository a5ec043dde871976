"""What an investor keeps about startups, who looks at one together, and what a teaser shows.

A card is the investor's own: its stage is what an invited co-investor may see, everything else
(reason, next step, notes) is sealed and read by the investor's people alone.
"""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.domain.investing import FIRST_STAGE, STAGES
from marketplace.domain.workflow import COINVEST, DECK
from marketplace.models.accounts import User
from marketplace.models.base import Base, Instant, new_key
from marketplace.models.deals import Deal
from marketplace.models.listings import Listing
from marketplace.models.sealing import SealedJSON


class InvestorCard(Base):
    """A listing an investor follows. The card belongs to whom the `investor` listing belongs to:
    an organisation with all its people, or one person."""

    __tablename__ = "investor_cards"
    __table_args__ = (
        UniqueConstraint("investor_id", "listing_id"),
        CheckConstraint(f"stage in {tuple(STAGES)!r}", name="stage"),
        CheckConstraint("stage <> 'invested' or deal_id is not null", name="invested_by_a_deal"),
        CheckConstraint("(stage = 'parked') = (parked_until is not null)", name="parked_until"),
    )
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    investor_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), index=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), index=True)
    stage: Mapped[str] = mapped_column(String(12), default=FIRST_STAGE)
    reason: Mapped[str] = mapped_column(SealedJSON, default="")  # a code of PASS_REASONS
    parked_until: Mapped[date | None] = mapped_column(Date)
    deal_id: Mapped[int | None] = mapped_column(ForeignKey("deals.id"))
    next_step: Mapped[str] = mapped_column(SealedJSON, default="")
    next_on: Mapped[date | None] = mapped_column(Date)
    added_at: Mapped[datetime] = mapped_column(Instant)
    added_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    moved_at: Mapped[datetime] = mapped_column(Instant)
    is_sample: Mapped[bool] = mapped_column(default=False)
    lock: Mapped[int] = mapped_column(default=0)

    investor: Mapped[Listing] = relationship(foreign_keys=investor_id)
    listing: Mapped[Listing] = relationship(foreign_keys=listing_id)
    deal: Mapped[Deal | None] = relationship()
    notes: Mapped[list["CardNote"]] = relationship(
        back_populates="card", order_by="CardNote.id", cascade="all, delete-orphan"
    )
    invitations: Mapped[list["CoInvestment"]] = relationship(
        back_populates="card", order_by="CoInvestment.id", cascade="all, delete-orphan"
    )

    # Two colleagues move one card: the second gets StaleDataError, shown as a Conflict.
    __mapper_args__ = {"version_id_col": lock}


class CardNote(Base):
    """A line one of the investor's people wrote on a card."""

    __tablename__ = "card_notes"
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    card_id: Mapped[int] = mapped_column(ForeignKey("investor_cards.id"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    text: Mapped[str] = mapped_column(SealedJSON)

    card: Mapped[InvestorCard] = relationship(back_populates="notes")
    by: Mapped[User] = relationship()


class CoInvestment(Base):
    """One investor asks another (the listing `to`) to look at the startup of a card together."""

    __tablename__ = "co_investments"
    __table_args__ = (CheckConstraint(f"state in {tuple(COINVEST.states)!r}", name="state"),)
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    card_id: Mapped[int] = mapped_column(ForeignKey("investor_cards.id"), index=True)
    to_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), index=True)
    state: Mapped[str] = mapped_column(String(12), default="asked")
    # Which card asks whom, while it stands: a second one like it is refused by the database.
    standing: Mapped[str | None] = mapped_column(String(60), unique=True)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    changed_at: Mapped[datetime] = mapped_column(Instant)
    lock: Mapped[int] = mapped_column(default=0)

    card: Mapped[InvestorCard] = relationship(back_populates="invitations")
    to: Mapped[Listing] = relationship()

    __mapper_args__ = {"version_id_col": lock}


class DeckOffer(Base):
    """A founder offers the deck of a listing to an investor (the listing `to`), who says yes or no.
    Whom it is opened for is known once somebody of the investor takes it."""

    __tablename__ = "deck_offers"
    __table_args__ = (
        CheckConstraint(f"state in {tuple(DECK.states)!r}", name="state"),
        Index("ix_deck_offers_to", "to_id", "state"),
    )
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), index=True)
    to_id: Mapped[int] = mapped_column(ForeignKey("listings.id"))
    state: Mapped[str] = mapped_column(String(12), default="offered")
    standing: Mapped[str | None] = mapped_column(String(60), unique=True)
    days: Mapped[int]
    offered_at: Mapped[datetime] = mapped_column(Instant)
    offered_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    changed_at: Mapped[datetime] = mapped_column(Instant)
    lock: Mapped[int] = mapped_column(default=0)

    listing: Mapped[Listing] = relationship(foreign_keys=listing_id)
    to: Mapped[Listing] = relationship(foreign_keys=to_id)

    __mapper_args__ = {"version_id_col": lock}


class Teaser(Base):
    """What the one page about a listing shows: the fields its owner chose, and what the centre says
    of it to members."""

    __tablename__ = "teasers"
    audited = True

    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), primary_key=True)
    fields: Mapped[list | None] = mapped_column(JSON)  # None: nobody chose
    note: Mapped[str] = mapped_column(String(600), default="")
    note_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    note_at: Mapped[datetime | None] = mapped_column(Instant)

    listing: Mapped[Listing] = relationship()
    note_by: Mapped[User | None] = relationship()
