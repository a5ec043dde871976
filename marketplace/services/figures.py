"""Numbers for the home pages: counted from the database each time, never typed in."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.domain.workflow import MATCH_RELEASED
from marketplace.models import Listing, Match, Organisation
from marketplace.services import clinic, support
from marketplace.services.deals import figures as outcomes
from marketplace.services.deals import queues
from marketplace.services.listings import review
from marketplace.services.matches import queue_counts
from marketplace.services.mentoring import reading as mentoring
from marketplace.services.visibility import (
    listing_rows,
    matches_first,
    matches_second,
    matches_visible_to,
    owned_by,
)


def published_by_kind(session: Session, actor) -> dict[str, int]:
    """Published listings the reader may find, by kind."""
    rows = session.execute(
        select(Listing.kind, func.count(Listing.id))
        .where(listing_rows(actor), Listing.state == "published")
        .group_by(Listing.kind)
    ).all()
    return dict(rows)


def exchange(session: Session) -> dict[str, int]:
    """What the exchange has done, by the definitions of domain/deals; unmet needs are shown
    openly."""
    return {
        "organisations": session.scalar(select(func.count(Organisation.id))) or 0,
        "connections": outcomes.connections(session),
        "met": outcomes.successful_connections(session),
        "transactions": outcomes.transactions(session),
        "unmet": session.scalar(
            select(func.count(Listing.id)).where(
                Listing.kind == "need",
                Listing.state == "published",
                Listing.unmet_since.is_not(None),
            )
        )
        or 0,
    }


def desk(session: Session, actor, *, now) -> dict[str, int]:
    """What waits on the desk for this curator: each number is the length of the queue it leads to,
    by that queue's own rule. The queues of matches go by their names, triage as suggestions."""
    counts = queue_counts(session, actor=actor)
    flagged = session.scalar(select(func.count(Listing.id)).where(Listing.state == "flagged"))
    waiting = review.count(session, actor)
    return counts | {
        "suggestions": counts["triage"],
        # A lead finds what was flagged in the same queue; it has a number of its own.
        "reviews": waiting - flagged if actor.role == "lead" else waiting,
        "flagged": flagged,
        "deals": queues.waiting(session, actor=actor, now=now),
        "services": support.counts(session, now=now)["desk"],
        "mentoring": mentoring.counts(session, now=now)["desk"],
        "clinic": clinic.count_waiting(session),
        "organisations": session.scalar(
            select(func.count(Organisation.id)).where(Organisation.verified_at.is_(None))
        )
        or 0,
    }


def waiting_for(session: Session, actor) -> dict[str, list]:
    """What waits for a member: proposals to answer, introductions, listings to mend or renew."""
    if not actor.signed_in:
        return {"proposals": [], "introduced": [], "listings": []}
    mine = select(Listing.id).where(owned_by(actor))
    matches = session.scalars(
        matches_visible_to(actor)
        .where(
            ((Match.state == "proposed_to_first") & matches_first().in_(mine))
            | ((Match.state == "proposed_to_second") & matches_second().in_(mine))
        )
        .order_by(Match.due_at)
    ).all()
    introduced = session.scalars(
        matches_visible_to(actor)
        .where(Match.state.in_(MATCH_RELEASED), Match.a_id.in_(mine) | Match.b_id.in_(mine))
        .order_by(Match.introduced_at.desc())
    ).all()
    listings = session.scalars(
        select(Listing)
        .where(owned_by(actor), Listing.state.not_in(("archived", "withdrawn", "rejected")))
        .order_by(Listing.changed_at.desc())
    ).all()
    return {"proposals": matches, "introduced": list(introduced), "listings": listings}
