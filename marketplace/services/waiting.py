"""What waits for staff who have no desk: the head of the centre, the department's officer, the
auditor and the system administrator. Each gets only what the role may read."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.models import Audit, Change, Fact, Listing, User
from marketplace.services import figures, sending, trail
from marketplace.services.accounts.passwords import UNUSABLE
from marketplace.services.indexing import last_change
from marketplace.services.visibility import visible_to

SHOWN = 20  # rows of a list on the home page


def sums(session: Session, actor) -> dict[str, int]:
    """How many of each kind are published, and what the exchange has done (services/figures)."""
    published = figures.published_by_kind(session, actor)
    return {
        "needs": published.get("need", 0),
        "others": sum(published.values()) - published.get("need", 0),
        **figures.exchange(session),
    }


def unmet_needs(session: Session, actor) -> list[Listing]:
    """Published needs without an answer that the reader may open, the longest unanswered first."""
    return list(
        session.scalars(
            visible_to(actor)
            .where(
                Listing.kind == "need",
                Listing.state == "published",
                Listing.unmet_since.is_not(None),
            )
            .order_by(Listing.unmet_since, Listing.id)
            .limit(SHOWN)
        )
    )


def last_deeds(session: Session) -> list[Audit]:
    """The latest lines of the audit trail."""
    rows, _total = trail.page_of(session, trail.Question())
    return rows[:SHOWN]


def machine(session: Session, search_position: int | None, *, now: datetime) -> dict:
    """How the installation does: seconds since the worker's last round (None: it never ran),
    changes not yet in the full-text index (None: there is no index) and not yet matched, mails
    waiting and given up, people invited who have not chosen a password yet."""
    pulse = session.get(Fact, "worker")
    mails_waiting, mails_failed = sending.counts(session)
    behind = None
    if search_position is not None:
        behind = max(0, last_change(session) - search_position)
    return {
        "pulse_seconds": int((now - pulse.at).total_seconds()) if pulse else None,
        "unsearchable": behind,
        "unmatched": session.scalar(
            select(func.count(Change.id)).where(Change.matched_at.is_(None))
        ),
        "mails_waiting": mails_waiting,
        "mails_failed": mails_failed,
        "invited": session.scalar(
            select(func.count(User.id)).where(
                User.password_hash == UNUSABLE, User.disabled_at.is_(None)
            )
        ),
    }
