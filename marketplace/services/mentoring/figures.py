"""What mentoring amounts to: sums for the head of the centre, never one note or mark; and the hours
of one mentor."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.domain.mentoring import FEWEST_RATED
from marketplace.models import Listing, MentoringSession, Mentorship
from marketplace.services.listings.numbers import LOCAL


@dataclass(frozen=True)
class Sums:
    """`requests` made and meetings that were to begin from `start` up to `end`. `missed` is the
    share from 0 to 1 of those held or missed, None without any; `rating` the mean of the founders'
    marks, None for fewer than FEWEST_RATED."""

    requests: int
    held: int
    minutes: int
    mentors: int
    missed: float | None
    rating: float | None


def sums(session: Session, start: datetime, end: datetime) -> Sums:
    meetings = (MentoringSession.starts_at >= start, MentoringSession.starts_at < end)
    requests = session.scalar(
        select(func.count(Mentorship.id)).where(
            Mentorship.requested_at >= start, Mentorship.requested_at < end
        )
    )
    held, minutes, mentors, total, rated = session.execute(
        select(
            func.count(MentoringSession.id),
            func.coalesce(func.sum(MentoringSession.minutes_held), 0),
            func.count(func.distinct(MentoringSession.mentor_id)),
            func.sum(MentoringSession.rating_founder),
            func.count(MentoringSession.rating_founder),
        ).where(MentoringSession.state == "held", *meetings)
    ).one()
    absent = session.scalar(
        select(func.count(MentoringSession.id)).where(
            MentoringSession.state == "no_show", *meetings
        )
    )
    return Sums(
        requests=requests,
        held=held,
        minutes=minutes,
        mentors=mentors,
        missed=absent / (held + absent) if held + absent else None,
        rating=total / rated if rated >= FEWEST_RATED else None,
    )


def held_by(
    session: Session, user_id: int, start: datetime, end: datetime
) -> list[MentoringSession]:
    """The meetings a person held as a mentor that began from `start` up to, but not at, `end`."""
    return list(
        session.scalars(
            select(MentoringSession)
            .join(Listing, Listing.id == MentoringSession.mentor_id)
            .where(
                Listing.owner_user_id == user_id,
                MentoringSession.state == "held",
                MentoringSession.starts_at >= start,
                MentoringSession.starts_at < end,
            )
            .order_by(MentoringSession.starts_at, MentoringSession.id)
        )
    )


def period(year: int, quarter: int = 0) -> tuple[datetime, datetime]:
    """The first moment of a year, or of a quarter of it from 1 to 4, and the first after it, where
    the centre is."""
    first, months = (3 * quarter - 2, 3) if quarter else (1, 12)
    after = first + months
    end = (year, after) if after <= 12 else (year + 1, 1)
    return datetime(year, first, 1, tzinfo=LOCAL), datetime(*end, 1, tzinfo=LOCAL)
