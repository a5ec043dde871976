"""Versions of the learned rankers: which is in use, what it was judged by, how to go back."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.domain.vocabulary import PAIR_TYPES
from marketplace.models.base import Base, Instant

RANKER_STATES = ("candidate", "active", "retired")


class RankerVersion(Base):
    """One trained ranker of a pair type. Number 0 is never written: it means the declared weights.

    The ranker itself is a file in a folder of its own; the row says what the file must be.
    """

    __tablename__ = "ranker_versions"
    __table_args__ = (
        UniqueConstraint("pair_type", "number"),
        CheckConstraint(f"pair_type in {tuple(PAIR_TYPES)!r}", name="pair_type"),
        CheckConstraint(f"state in {RANKER_STATES!r}", name="state"),
        Index(
            "ix_ranker_versions_active",
            "pair_type",
            unique=True,
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
    )
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    pair_type: Mapped[str] = mapped_column(String(20))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default="candidate")
    encoder: Mapped[str] = mapped_column(String(80))
    family: Mapped[str] = mapped_column(String(20))
    verdicts: Mapped[int]  # it was fitted, calibrated and judged on so many
    last_verdict_at: Mapped[datetime] = mapped_column(Instant)
    report: Mapped[dict] = mapped_column(JSON)  # matching.learning.promotion.Report
    sha256: Mapped[str] = mapped_column(String(64))  # of the file
    follows: Mapped[int] = mapped_column(default=0)  # the number it took over from
    # Ids of the suggestions that waited when it took over: what going back puts up again.
    replaced: Mapped[list] = mapped_column(JSON, default=list, deferred=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    activated_at: Mapped[datetime | None] = mapped_column(Instant)
    retired_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def name(self) -> str:
        return f"{self.pair_type} {self.number}"

    @property
    def key(self) -> str:
        """How the audit trail calls it."""
        return self.name

    @property
    def file_name(self) -> str:
        """Two trainings at once may take the same number, never the same file."""
        return f"{self.pair_type}-{self.number:04d}-{self.sha256[:12]}.json"
