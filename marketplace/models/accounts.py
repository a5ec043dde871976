"""People, their sessions, one-time links and failed sign-ins."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.domain.vocabulary import ROLES
from marketplace.models.base import Base, Instant, new_key
from marketplace.models.sealing import SealedJSON


class User(Base):
    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint(f"role in {tuple(r for r in ROLES if r != 'guest')!r}", name="role"),
    )
    audited = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    email: Mapped[str] = mapped_column(String(254), unique=True)  # lower case, NFC
    name: Mapped[str] = mapped_column(String(120))
    phone: Mapped[str] = mapped_column(String(20), default="")
    password_hash: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(20), default="member")
    hats: Mapped[list] = mapped_column(JSON, default=list)
    language: Mapped[str] = mapped_column(String(5), default="vi")
    created_at: Mapped[datetime] = mapped_column(Instant)
    verified_at: Mapped[datetime | None] = mapped_column(Instant)
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)
    password_changed_at: Mapped[datetime] = mapped_column(Instant)
    # The second factor: what phone and site share, the last step used, recovery codes' hashes.
    totp_secret: Mapped[str | None] = mapped_column(SealedJSON)
    totp_step: Mapped[int] = mapped_column(default=0)
    recovery_codes: Mapped[list] = mapped_column(JSON, default=list)
    consent_version: Mapped[str] = mapped_column(String(20), default="")
    consented_at: Mapped[datetime | None] = mapped_column(Instant)
    # How to be told: topic -> choice, and "quiet" -> [from, to] (domain/notices); {}: as usual.
    notice_settings: Mapped[dict] = mapped_column(JSON, default=dict)
    sample_about: Mapped[str] = mapped_column(String(300), default="")  # sample accounts only

    memberships: Mapped[list["Membership"]] = relationship(back_populates="user")  # noqa: F821
    interests: Mapped[list["Interest"]] = relationship(back_populates="user")  # noqa: F821


class LoginSession(Base):
    """A signed-in browser. The cookie carries a random token; only its SHA-256 is kept here."""

    __tablename__ = "login_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True, default=new_key)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    address: Mapped[str] = mapped_column(String(45), default="")
    agent: Mapped[str] = mapped_column(String(200), default="")
    second_factor_at: Mapped[datetime | None] = mapped_column(Instant)

    user: Mapped[User] = relationship()


class OneTimeLink(Base):
    """A link sent by mail or printed: hashed, bound to a purpose and an expiry. It is used once;
    an answer link is bound to a match, whose state says what is left to do by it."""

    __tablename__ = "one_time_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[str] = mapped_column(String(20))  # services/links.LIFE names them
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    listing_id: Mapped[int | None] = mapped_column(ForeignKey("listings.id"), index=True)
    match_id: Mapped[int | None] = mapped_column(ForeignKey("matches.id"), index=True)
    payload: Mapped[dict] = mapped_column(SealedJSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)

    user: Mapped[User | None] = relationship()


class Attempt(Base):
    """A try at something limited (sign-in, reset ...), counted in the database so that limits
    hold over restarts and processes. `subject` is a keyed hash, never the address itself."""

    __tablename__ = "attempts"
    __table_args__ = (Index("ix_attempts_lookup", "action", "subject", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    action: Mapped[str] = mapped_column(String(30))
    subject: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Instant)
