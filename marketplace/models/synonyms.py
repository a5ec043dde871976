"""Spellings that mean the same, kept by the curators' lead."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.models.accounts import User
from marketplace.models.base import Base, Instant, new_key


class SynonymGroup(Base):
    """One group of spellings. A removed one stays, so that the starting list does not bring it
    back; `start` is its line there, "" where staff wrote it."""

    __tablename__ = "synonym_groups"
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    spellings: Mapped[list] = mapped_column(JSON, default=list)
    note: Mapped[str] = mapped_column(String(200), default="")
    start: Mapped[str] = mapped_column(String(80), default="", index=True)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    removed_at: Mapped[datetime | None] = mapped_column(Instant)
    lock: Mapped[int] = mapped_column(default=0)

    changed_by: Mapped[User | None] = relationship()

    # Two leads at the same group: the second is told, not overwritten.
    __mapper_args__ = {"version_id_col": lock}
