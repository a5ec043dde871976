"""Searches people keep, and the listings that answered one since."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.domain.saved_searches import FREQUENCIES
from marketplace.models.accounts import User
from marketplace.models.base import Base, Instant, new_key
from marketplace.models.sealing import SealedJSON


class SavedSearch(Base):
    """What somebody looks for: never what was found. Nobody else may know, so it is sealed."""

    __tablename__ = "saved_searches"
    __table_args__ = (
        CheckConstraint(f"frequency in {tuple(FREQUENCIES)!r}", name="frequency"),
        Index("ix_saved_searches_due", "frequency", "digested_at"),
    )
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    said: Mapped[dict] = mapped_column(SealedJSON, default=dict)  # name, text, filters
    frequency: Mapped[str] = mapped_column(String(8))
    after_change: Mapped[int]  # last change in what its owner saw; only later ones are news
    feed: Mapped[int] = mapped_column(default=1)  # a new number is a new address
    created_at: Mapped[datetime] = mapped_column(Instant)
    looked_at: Mapped[datetime] = mapped_column(Instant)
    digested_at: Mapped[datetime] = mapped_column(Instant)

    user: Mapped[User] = relationship()

    @property
    def name(self) -> str:
        return self.said["name"]

    @property
    def text(self) -> str:
        return self.said["text"]

    @property
    def filters(self) -> dict[str, list[str]]:
        return self.said["filters"]


class SavedSearchHit(Base):
    """A listing that answered a saved search when it arrived. It is told once, ever."""

    __tablename__ = "saved_search_hits"

    search_id: Mapped[int] = mapped_column(ForeignKey("saved_searches.id"), primary_key=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), primary_key=True, index=True)
    found_at: Mapped[datetime] = mapped_column(Instant)
    told_at: Mapped[datetime | None] = mapped_column(Instant)


class ComparedListing(Base):
    """What a listing said when it was last compared with the saved searches: a hash of the words
    and values search knows of it. A change of anything else is no news."""

    __tablename__ = "compared_listings"

    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), primary_key=True)
    said: Mapped[str] = mapped_column(String(64))
