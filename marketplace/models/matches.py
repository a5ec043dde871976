"""Matches: a pair of listings on its way from suggestion to introduction, and its history."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.domain.vocabulary import PAIR_TYPES
from marketplace.domain.workflow import MATCH
from marketplace.models.accounts import User
from marketplace.models.base import Base, Instant, new_key
from marketplace.models.listings import Listing

if TYPE_CHECKING:
    from marketplace.models.deals import Deal


class Match(Base):
    """`a` is the asking side, `b` the answering one. `explanation` is what the matcher said
    (matching.records.Suggestion.to_dict), from public text only.

    States speak of the side asked first and the side asked second: normally a before b, but the
    owner of an offer who expresses interest in a need has said yes before the need's owner."""

    __tablename__ = "matches"
    __table_args__ = (
        UniqueConstraint("pair_type", "a_id", "b_id"),
        CheckConstraint(f"pair_type in {tuple(PAIR_TYPES)!r}", name="pair_type"),
        CheckConstraint(f"state in {tuple(MATCH.states)!r}", name="state"),
        CheckConstraint("origin in ('engine', 'eoi', 'curator')", name="origin"),
        CheckConstraint("level in ('strong', 'good', 'weak')", name="level"),
        Index("ix_matches_queue", "state", "due_at"),
    )
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    pair_type: Mapped[str] = mapped_column(String(20))
    a_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), index=True)
    b_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), index=True)
    state: Mapped[str] = mapped_column(String(20), default="suggested")
    origin: Mapped[str] = mapped_column(String(10), default="engine")
    score: Mapped[float] = mapped_column(Float, default=0.0)  # 0 to 1, calibrated
    score_ab: Mapped[float] = mapped_column(Float, default=0.0)
    score_ba: Mapped[float] = mapped_column(Float, default=0.0)
    level: Mapped[str] = mapped_column(String(10), default="weak")
    model: Mapped[str] = mapped_column(String(80), default="")
    # The learned version that scored it (RankerVersion.name); "" for the declared weights.
    ranker: Mapped[str] = mapped_column(String(40), default="")
    # What a ranker may look at, and its place among its like, as they were when it was shown:
    # kept up to date while it waits, left alone once somebody decides.
    features: Mapped[dict] = mapped_column(JSON, default=dict)
    place: Mapped[int] = mapped_column(default=0)
    explanation: Mapped[dict] = mapped_column(JSON, default=dict)
    current: Mapped[bool] = mapped_column(default=True)  # False: no longer among the suggestions
    b_first: Mapped[bool] = mapped_column(default=False)
    known_to_first: Mapped[bool] = mapped_column(default=False)
    known_to_second: Mapped[bool] = mapped_column(default=False)
    curator_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    reason: Mapped[str] = mapped_column(String(30), default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)  # who has it must act by then
    asked_at: Mapped[datetime | None] = mapped_column(Instant)  # last proposal sent
    reminders: Mapped[int] = mapped_column(default=0)
    introduced_at: Mapped[datetime | None] = mapped_column(Instant)
    lock: Mapped[int] = mapped_column(default=0)

    a: Mapped[Listing] = relationship(foreign_keys=a_id)
    b: Mapped[Listing] = relationship(foreign_keys=b_id)
    curator: Mapped[User | None] = relationship()
    events: Mapped[list["MatchEvent"]] = relationship(
        back_populates="match", order_by="MatchEvent.id"
    )
    deal: Mapped["Deal | None"] = relationship(back_populates="match")  # since the introduction

    # Two curators settling the same suggestion: the second gets StaleDataError, shown as Conflict.
    __mapper_args__ = {"version_id_col": lock}

    @property
    def first(self) -> Listing:
        return self.b if self.b_first else self.a

    @property
    def second(self) -> Listing:
        return self.a if self.b_first else self.b

    @property
    def asked(self) -> str:
        """The side that must answer now: "first", "second", or "" for neither."""
        return {"proposed_to_first": "first", "proposed_to_second": "second"}.get(self.state, "")

    @property
    def stakes(self):
        """What the four-eyes rule looks at: see permissions.impartial."""
        return (*self.a.stakes, *self.b.stakes)


class MatchEvent(Base):
    """A line of a match's history. A `private` line (curators' notes) is staff-only for ever.
    `channel` says how a client without an account was reached or answered: mail, link, paper,
    phone. The note of such an answer is the name of who gave it."""

    __tablename__ = "match_events"
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    match_id: Mapped[int] = mapped_column(ForeignKey("matches.id"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    step: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str] = mapped_column(String(30), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    channel: Mapped[str] = mapped_column(String(10), default="")
    private: Mapped[bool] = mapped_column(default=False)

    match: Mapped[Match] = relationship(back_populates="events")
    actor: Mapped[User | None] = relationship()
