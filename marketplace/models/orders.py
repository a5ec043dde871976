"""Draft proposals of ordered research: an unmet need on its way to become a task."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.models.accounts import User
from marketplace.models.base import Base, Instant, new_key
from marketplace.models.listings import Listing
from marketplace.models.sealing import SealedJSON

ORDER_STATES = ("draft",)


class OrderDraft(Base):
    """What a proposal would say, begun from the public text of a need; one for each need. `said`
    holds the desk's own note."""

    __tablename__ = "order_drafts"
    __table_args__ = (CheckConstraint("state in ('draft')", name="state"),)
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    need_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), unique=True)
    state: Mapped[str] = mapped_column(String(10), default="draft")
    title: Mapped[str] = mapped_column(String(200))
    problem: Mapped[str] = mapped_column(Text)
    said: Mapped[dict] = mapped_column(SealedJSON, default=dict)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    lock: Mapped[int] = mapped_column(default=0)

    need: Mapped[Listing] = relationship()
    made_by: Mapped[User] = relationship()

    __mapper_args__ = {"version_id_col": lock}

    @property
    def note(self) -> str:
        return self.said.get("note", "")
