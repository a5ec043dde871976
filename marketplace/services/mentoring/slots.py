"""Times a mentor offers: given several at once, taken back while nobody has chosen them, and never
beyond the hours a month the mentor's listing says."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.domain.cleaning import one_line
from marketplace.domain.errors import N_, Conflict, Invalid, InvalidForm
from marketplace.domain.fields import REGISTERED
from marketplace.domain.mentoring import (
    FAR_DAYS,
    LENGTHS,
    MODES,
    MOST_AT_ONCE,
    MOST_SLOTS,
    WHERE_LONGEST,
)
from marketplace.models import Listing, MentoringSession, MentorSlot
from marketplace.services import audit
from marketplace.services.disclosure import values_of
from marketplace.services.listings.numbers import LOCAL

BEFORE = timedelta(hours=24)  # nobody is booked for today: the mentor reads the brief first
TAKEN = ("scheduled", "held", "no_show")  # meetings that used the mentor's hours


@dataclass(frozen=True)
class Offer:
    """What the form says: a local day, from, to and the length of each meeting in minutes. None
    for what could not be read."""

    day: date | None
    start: time | None
    end: time | None
    minutes: int
    mode: str
    where: str = field(repr=False)

    def times(self) -> list[datetime]:
        begin, end = (datetime.combine(self.day, each, LOCAL) for each in (self.start, self.end))
        step, found = timedelta(minutes=self.minutes), []
        while begin + step <= end:
            found.append(begin)
            begin += step
        return found

    def gaps(self, now) -> dict[str, Invalid]:
        wrong = {}
        today = now.astimezone(LOCAL).date()
        if self.day is None or not today <= self.day <= today + timedelta(days=FAR_DAYS):
            wrong["day"] = Invalid(N_("Hãy chọn ngày từ hôm nay, trong sáu tháng tới."), "day")
        if self.start is None:
            wrong["start"] = Invalid(N_("Hãy ghi giờ, ví dụ 14:00."), "start")
        if self.end is None:
            wrong["end"] = Invalid(N_("Hãy ghi giờ, ví dụ 16:00."), "end")
        if self.minutes not in LENGTHS:
            wrong["minutes"] = Invalid(N_("Hãy chọn gặp trong bao lâu."), "minutes")
        if self.mode not in MODES:
            wrong["mode"] = Invalid(N_("Hãy chọn cách gặp."), "mode")
        where = one_line(self.where)
        if not where:
            wrong["where"] = Invalid(N_("Hãy ghi nơi gặp hoặc liên kết gọi video."), "where")
        elif len(where) > WHERE_LONGEST:
            wrong["where"] = Invalid(N_("Tối đa %(limit)s ký tự."), "where", limit=WHERE_LONGEST)
        if not wrong:
            many = len(self.times())
            if not 1 <= many <= MOST_AT_ONCE:
                wrong["end"] = Invalid(
                    N_("Khoảng này chia được %(many)s buổi; cần từ 1 tới %(most)s."), "end",
                    many=many, most=MOST_AT_ONCE,
                )  # fmt: skip
            elif self.times()[0] <= now + BEFORE:
                wrong["day"] = Invalid(N_("Giờ gặp cần sau lúc này ít nhất một ngày."), "day")
        return wrong


def give(session: Session, mentor: Listing, offer: Offer, *, actor, now) -> list[MentorSlot]:
    """Offer the times. Raises InvalidForm, or Conflict for too many to come."""
    wrong = offer.gaps(now)
    if wrong:
        raise InvalidForm(wrong)
    session.execute(select(Listing.id).where(Listing.id == mentor.id).with_for_update())
    times, there = offer.times(), to_come(session, mentor, now=now)
    if len(there) + len(times) > MOST_SLOTS:
        raise Conflict(N_("Tối đa %(most)s giờ gặp sắp tới."), most=MOST_SLOTS)
    length = timedelta(minutes=offer.minutes)
    busy = [(each.starts_at, each.starts_at + timedelta(minutes=each.minutes)) for each in there]
    if any(a < end and begin < a + length for a in times for begin, end in busy):
        raise InvalidForm({"start": Invalid(N_("Trùng với giờ bạn đã cho."), "start")})
    said = {"where": one_line(offer.where)}
    old = {
        each.starts_at: each
        for each in session.scalars(
            select(MentorSlot).where(
                MentorSlot.mentor_id == mentor.id, MentorSlot.starts_at.in_(times)
            )
        )
    }
    rows = []
    for at in times:
        # What was taken back and is given again is the same row: a time stands once.
        row = old.get(at) or MentorSlot(mentor=mentor, starts_at=at)
        row.minutes, row.mode, row.said, row.withdrawn_at = offer.minutes, offer.mode, said, None
        session.add(row)
        rows.append(row)
    audit.record(session, "mentoring.give_times", mentor, actor=actor, now=now, count=len(rows))
    session.flush()
    return rows


def withdraw(session: Session, slot: MentorSlot, *, actor, now) -> None:
    """Take it back. Raises Conflict for a time somebody has chosen."""
    session.execute(select(Listing.id).where(Listing.id == slot.mentor_id).with_for_update())
    session.refresh(slot)  # somebody may have chosen it in this instant
    if slot.session is not None:
        raise Conflict(N_("Giờ này đã có người hẹn. Hãy xin giờ khác ở trang của buổi gặp."))
    slot.withdrawn_at = now
    audit.record(session, "mentoring.withdraw_time", slot, actor=actor, now=now)


def to_come(session: Session, mentor: Listing, *, now) -> list[MentorSlot]:
    """All that stand, chosen ones too, of every listing of the same person: nobody is in two
    places."""
    ours = select(Listing.id).where(Listing.owner_user_id == mentor.owner_user_id)
    return list(
        session.scalars(
            select(MentorSlot)
            .where(
                MentorSlot.mentor_id.in_(ours),
                MentorSlot.withdrawn_at.is_(None),
                MentorSlot.starts_at > now,
            )
            .order_by(MentorSlot.starts_at)
        )
    )


def free(session: Session, mentor: Listing, *, now) -> list[MentorSlot]:
    """What a founder may choose now, the soonest first."""
    rows = session.scalars(
        select(MentorSlot)
        .outerjoin(MentoringSession, MentoringSession.slot_id == MentorSlot.id)
        .where(
            MentorSlot.mentor_id == mentor.id,
            MentorSlot.withdrawn_at.is_(None),
            MentorSlot.starts_at > now + BEFORE,
            MentoringSession.id.is_(None),
        )
        .order_by(MentorSlot.starts_at)
    ).all()
    months, found = {}, []
    for row in rows:
        month = row.starts_at.astimezone(LOCAL).strftime("%Y-%m")
        if month not in months:
            months[month] = minutes_left(session, mentor, row.starts_at)
        if months[month] is None or row.minutes <= months[month]:
            found.append(row)
    return found


def count_free(session: Session, mentor: Listing, *, now) -> int:
    return len(free(session, mentor, now=now))


def minutes_left(session: Session, mentor: Listing, at: datetime, besides=None) -> int | None:
    """Of the hours a month the mentor's listing says, what is left in the (local) month of `at`;
    None where it says nothing. `besides` is a meeting that is not counted."""
    hours = values_of(session, mentor.live_version_id, {REGISTERED}).get("hours_month")
    if hours is None:
        return None
    first = at.astimezone(LOCAL).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    after = (first + timedelta(days=32)).replace(day=1)
    taken = session.scalar(
        select(func.coalesce(func.sum(MentoringSession.minutes), 0)).where(
            MentoringSession.mentor_id == mentor.id,
            MentoringSession.state.in_(TAKEN),
            MentoringSession.starts_at >= first,
            MentoringSession.starts_at < after,
            MentoringSession.id != (besides.id if besides is not None else -1),
        )
    )
    return int(hours) * 60 - taken


def by_key(session: Session, key: str) -> MentorSlot | None:
    return session.scalar(select(MentorSlot).where(MentorSlot.key == key))
