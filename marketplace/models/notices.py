"""What the exchange has told somebody: the inbox of the site."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.models.accounts import User
from marketplace.models.base import Base, Instant, new_key


class Notice(Base):
    """One fact told to one person, in the words of its letter: nothing confidential, as in a mail.

    `due_at` is when it goes into a digest; None where a mail left at once or none is wanted.
    `told_at` is when that digest was written, or passed it over because it had been read."""

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_inbox", "user_id", "read_at"),
        Index("ix_notices_due", "told_at", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    letter: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(250))
    body: Mapped[str] = mapped_column(Text)
    path: Mapped[str] = mapped_column(String(300), default="")  # the page of it, without language
    created_at: Mapped[datetime] = mapped_column(Instant)
    read_at: Mapped[datetime | None] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    told_at: Mapped[datetime | None] = mapped_column(Instant)

    user: Mapped[User] = relationship()
