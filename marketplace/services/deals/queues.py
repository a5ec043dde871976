"""Deals that need the desk, each queue by what it waits for."""

from datetime import timedelta

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from marketplace.domain.errors import NotFound
from marketplace.domain.workflow import (
    CONFIRM_REMINDER_DAYS,
    DEAL_SILENT_DAYS,
    FOLLOW_UP_REMINDER_DAYS,
    MATCH_FOLLOWED,
    MATCH_TALKING,
)
from marketplace.models import Agreement, Deal, FollowUp, Match, Proof
from marketplace.services.deals.sides import today
from marketplace.services.visibility import decided_by


def _waiting(actor, now) -> dict[str, object]:
    """queue -> which deals are in it."""
    with_document = select(Proof.agreement_id).where(
        Proof.removed_at.is_(None), Proof.version == Agreement.version,
        Proof.agreement_id == Agreement.id,
    )  # fmt: skip
    mine = select(Proof.agreement_id).where(Proof.uploaded_by_id == actor.id)
    claimed = Match.state == "agreement_claimed"
    overdue = (
        select(FollowUp.agreement_id)
        .where(
            FollowUp.answered_at.is_(None),
            FollowUp.due_on <= today(now) - timedelta(days=FOLLOW_UP_REMINDER_DAYS),
        )
    )  # fmt: skip
    return {
        "documents": and_(
            claimed, with_document.exists(), Agreement.claimed_by_id != actor.id,
            Agreement.id.not_in(mine),
        ),
        "unconfirmed": and_(
            claimed, ~with_document.exists(),
            Agreement.claimed_at <= now - timedelta(days=CONFIRM_REMINDER_DAYS),
        ),
        "silent": and_(
            Match.state.in_(MATCH_TALKING - {"agreement_claimed"}), Deal.paused_at.is_(None),
            Deal.moved_at <= now - timedelta(days=DEAL_SILENT_DAYS),
        ),
        "follow_ups": and_(Match.state.in_(MATCH_FOLLOWED), Agreement.id.in_(overdue)),
        "called": and_(Deal.called_at.is_not(None), Match.state.in_(MATCH_TALKING)),
    }  # fmt: skip


QUEUES = ("documents", "unconfirmed", "silent", "follow_ups", "called", "all")


def _wanted(name: str, actor, now) -> Select:
    """Only what the four-eyes rule leaves to the actor, but for the list of all."""
    rows = select(Deal).join(Match, Match.id == Deal.match_id)
    rows = rows.outerjoin(Agreement, Agreement.deal_id == Deal.id)
    if name == "all":
        return rows
    return rows.where(_waiting(actor, now)[name], decided_by(actor))


def queue(session: Session, name: str, *, actor, now, offset=0, limit=25) -> list[Deal]:
    """One page, what waits longest first. Raises NotFound for an unknown name."""
    if name not in QUEUES:
        raise NotFound
    order = (Deal.moved_at.desc(), Deal.id.desc()) if name == "all" else (Deal.moved_at, Deal.id)
    return list(
        session.scalars(
            _wanted(name, actor, now)
            .options(
                joinedload(Deal.match).joinedload(Match.a),
                joinedload(Deal.match).joinedload(Match.b),
                joinedload(Deal.match).joinedload(Match.curator),
            )
            .order_by(*order)
            .offset(offset)
            .limit(limit)
        )
    )


def counts(session: Session, *, actor, now) -> dict[str, int]:
    return {
        name: session.scalar(
            select(func.count()).select_from(_wanted(name, actor, now).subquery())
        )
        for name in QUEUES
    }  # fmt: skip


def waiting(session: Session, *, actor, now) -> int:
    """How many deals need this curator, each counted once."""
    wanted = (
        select(func.count(func.distinct(Deal.id)))
        .join(Match, Match.id == Deal.match_id)
        .outerjoin(Agreement, Agreement.deal_id == Deal.id)
        .where(or_(*_waiting(actor, now).values()), decided_by(actor))
    )
    return session.scalar(wanted) or 0
