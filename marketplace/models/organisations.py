"""Organisations, who belongs to them, and declared interests."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.models.accounts import User
from marketplace.models.base import Base, Instant, new_key


class Organisation(Base):
    __tablename__ = "organisations"
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    name: Mapped[str] = mapped_column(String(200))
    type: Mapped[str] = mapped_column(String(30))
    size: Mapped[str] = mapped_column(String(20), default="")
    tax_code: Mapped[str | None] = mapped_column(String(14), unique=True)
    place: Mapped[str] = mapped_column(String(10), default="")
    address: Mapped[str] = mapped_column(String(300), default="")
    website: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    registered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    verified_at: Mapped[datetime | None] = mapped_column(Instant)
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    is_sample: Mapped[bool] = mapped_column(default=False)

    memberships: Mapped[list["Membership"]] = relationship(back_populates="organisation")
    verified_by: Mapped[User | None] = relationship(foreign_keys=verified_by_id)

    @property
    def stakes(self):
        """What the four-eyes rule looks at: see permissions.impartial."""
        return ((self.id, frozenset({self.registered_by_id} - {None})),)


class Membership(Base):
    __tablename__ = "memberships"
    __table_args__ = (
        UniqueConstraint("user_id", "organisation_id"),
        CheckConstraint("role in ('member', 'admin')", name="role"),
        CheckConstraint("state in ('asked', 'active', 'ended')", name="state"),
    )
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    role: Mapped[str] = mapped_column(String(10), default="member")
    state: Mapped[str] = mapped_column(String(10), default="asked")
    created_at: Mapped[datetime] = mapped_column(Instant)

    user: Mapped[User] = relationship(back_populates="memberships")
    organisation: Mapped[Organisation] = relationship(back_populates="memberships")


class Interest(Base):
    """An interest a staff member declared: they may not decide on this organisation's matters."""

    __tablename__ = "interests"
    __table_args__ = (UniqueConstraint("user_id", "organisation_id"),)
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    reason: Mapped[str] = mapped_column(String(300), default="")
    declared_at: Mapped[datetime] = mapped_column(Instant)

    user: Mapped[User] = relationship(back_populates="interests")
    organisation: Mapped[Organisation] = relationship()
