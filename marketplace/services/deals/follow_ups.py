"""What came of an agreement, asked 6 and 12 months after it was signed."""

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from marketplace.domain.actor import SYSTEM
from marketplace.domain.cleaning import paragraphs
from marketplace.domain.deals import FOLLOW_UP_MONTHS, months_after, other
from marketplace.domain.errors import N_, Invalid, InvalidForm, NotFound, WrongState
from marketplace.domain.workflow import (
    CONFIRM_REMINDER_DAYS,
    DEAL_CLOSE_DAYS,
    FOLLOW_UP_CLOSE_DAYS,
    FOLLOW_UP_REMINDER_DAYS,
    FOLLOW_UP_REMINDERS,
    MATCH,
    MATCH_FOLLOWED,
)
from marketplace.models import Agreement, Deal, FollowUp, Match
from marketplace.services import audit
from marketplace.services.deals.sides import NOTE_LIMIT, acting, tell, today
from marketplace.services.matches.steps import advance

EARLY = timedelta(days=30)  # who has the numbers already need not wait for the day
MOST_JOBS, MOST_REVENUE = 100_000, 10**14
_STEPS = {6: "follow_6m", 12: "follow_12m"}


@dataclass(frozen=True)
class Effect:
    """`jobs` people, `revenue` VND a year more than without it; either None: not known."""

    jobs: int | None = field(repr=False)
    revenue: int | None = field(repr=False)
    effect: str = field(default="", repr=False)

    def gaps(self) -> dict[str, Invalid]:
        wrong = {}
        if self.jobs is not None and not 0 <= self.jobs <= MOST_JOBS:
            wrong["jobs"] = Invalid(N_("Hãy ghi số người, từ 0 trở lên."), "jobs")
        if self.revenue is not None and not 0 <= self.revenue <= MOST_REVENUE:
            wrong["revenue"] = Invalid(N_("Hãy ghi số tiền, ví dụ “500 triệu”."), "revenue")
        if not self.effect and self.jobs is None and self.revenue is None:
            wrong["effect"] = Invalid(
                N_("Hãy ghi ít nhất một kết quả, kể cả chưa có gì."), "effect"
            )
        if len(self.effect) > NOTE_LIMIT:
            wrong["effect"] = Invalid(
                N_("Ghi chú tối đa %(limit)s ký tự."), "effect", limit=NOTE_LIMIT
            )
        return wrong


def schedule(session: Session, agreement: Agreement) -> None:
    """Both follow-ups, due counted from the day of signing."""
    for month in FOLLOW_UP_MONTHS:
        session.add(
            FollowUp(
                agreement=agreement, month=month, due_on=months_after(agreement.signed_on, month)
            )
        )


def of_month(match: Match, month: int) -> FollowUp:
    """Raises NotFound where there is none."""
    agreement = match.deal.agreement if match.deal is not None else None
    for row in agreement.follow_ups if agreement is not None else ():
        if row.month == month:
            return row
    raise NotFound


def answer(
    session: Session, match: Match, month: int, said: Effect, *, actor, now, side="", channel=""
) -> FollowUp:
    """One side tells what came of it; the other reads it. Raises InvalidForm, WrongState when it
    was answered, or it is too early."""
    side = acting(session, "deal.follow_up", match, actor=actor, side=side, channel=channel)
    row = of_month(match, month)
    if row.answered_at is not None or not open_now(row, now):
        raise WrongState
    said = Effect(said.jobs, said.revenue, paragraphs(said.effect))
    wrong = said.gaps()
    if wrong:
        raise InvalidForm(wrong)
    row.said = {"jobs": said.jobs, "revenue": said.revenue, "effect": said.effect}
    row.answered_side, row.answered_by_id, row.answered_at = side, actor.id, now
    row.channel = channel
    match.deal.moved_at = now
    audit.record(session, "deal.follow_up", match, actor=actor, now=now, month=month)
    if match.state in MATCH.step(_STEPS[month]).from_:
        advance(session, match, _STEPS[month], actor=actor, now=now, channel=channel)
    return row


def open_now(row: FollowUp, now) -> bool:
    return row.answered_at is None and row.due_on - EARLY <= today(now)


def remind_due(session: Session, *, now) -> int:
    """Ask both sides when a follow-up is due, and again FOLLOW_UP_REMINDER_DAYS later, at most
    FOLLOW_UP_REMINDERS times; after that it is the desk's."""
    sent = 0
    before = now - timedelta(days=FOLLOW_UP_REMINDER_DAYS)
    for row in session.scalars(
        _with_match(select(FollowUp))
        .where(
            FollowUp.answered_at.is_(None),
            FollowUp.due_on <= today(now),
            FollowUp.reminders < FOLLOW_UP_REMINDERS,
            or_(FollowUp.reminded_at.is_(None), FollowUp.reminded_at <= before),
            Match.state.in_(MATCH_FOLLOWED),
        )
        .order_by(FollowUp.id)
    ).all():
        match = row.agreement.deal.match
        row.reminders, row.reminded_at = row.reminders + 1, now
        for side in ("a", "b"):
            tell(
                session, match, side, "deal_follow_up", now=now, month=row.month,
                path=f"/deals/{match.key}/follow-up/{row.month}",
            )  # fmt: skip
        audit.record(
            session, "deal.ask_follow_up", match, actor=SYSTEM, now=now, month=row.month,
            number=row.reminders,
        )  # fmt: skip
        sent += 1
    return sent


def remind_claims(session: Session, *, now) -> int:
    """Once, remind the side that has not answered to a claimed agreement."""
    sent = 0
    for agreement in session.scalars(
        select(Agreement)
        .join(Deal, Deal.id == Agreement.deal_id)
        .join(Match, Match.id == Deal.match_id)
        .where(
            Match.state == "agreement_claimed",
            Agreement.reminded_at.is_(None),
            Agreement.claimed_at <= now - timedelta(days=CONFIRM_REMINDER_DAYS),
        )
        .order_by(Agreement.id)
    ).all():
        match = agreement.deal.match
        agreement.reminded_at = now
        tell(
            session, match, other(agreement.claimed_side), "deal_claimed", now=now,
            path=f"/deals/{match.key}/agreement",
        )  # fmt: skip
        audit.record(session, "deal.remind", match, actor=SYSTEM, now=now)
        sent += 1
    return sent


def close_due(session: Session, *, now) -> int:
    """Deals followed to the end, and those whose last follow-up nobody answered."""
    silent = (
        _with_match(select(Match.id).select_from(FollowUp))
        .where(
            FollowUp.month == max(FOLLOW_UP_MONTHS), FollowUp.answered_at.is_(None),
            FollowUp.due_on <= today(now) - timedelta(days=FOLLOW_UP_CLOSE_DAYS),
            Match.state.in_(MATCH_FOLLOWED),
        )
    )  # fmt: skip
    rows = session.scalars(
        select(Match).where(
            or_(
                (Match.state == "followed_12m")
                & (Match.changed_at <= now - timedelta(days=DEAL_CLOSE_DAYS)),
                Match.id.in_(silent),
            )
        )
    ).all()
    for match in rows:
        advance(session, match, "close_deal", actor=SYSTEM, now=now)
    return len(rows)


def _with_match(wanted):
    return (
        wanted.join(Agreement, Agreement.id == FollowUp.agreement_id)
        .join(Deal, Deal.id == Agreement.deal_id)
        .join(Match, Match.id == Deal.match_id)
    )
