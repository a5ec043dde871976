"""Two deals of the sample: one in negotiation, one whose agreement both sides confirmed. By the
same steps people take, so that no page about deals is empty."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.models import Deal, Fact, Listing, Match
from marketplace.services import accounts, matches
from marketplace.services.deals import agreements, duties, milestones, sides

_PLAYED = "sample deals"
_EARLIER = timedelta(days=190)
# What each deal has gone through: (hours after the introduction, side, milestone, words, whether
# the other side confirmed it).
_TALKS = (
    (3, "a", "contact", "Gọi điện 20 phút, gửi ảnh xưởng.", True),
    (20, "b", "meeting", "Gặp tại trụ sở, thống nhất việc cần đo trước khi báo giá.", True),
    (24, "a", "visit", "Xem máy đang chạy ở cơ sở khác.", True),
    (28, "b", "offer", "Gửi báo giá sơ bộ, chờ số đo tại xưởng.", False),
)
_SIGNED = (
    (2, "b", "contact", "", True),
    (10, "a", "meeting", "Gặp hai bên và cán bộ xã.", True),
    (20, "b", "trial", "Chạy thử một mẻ, ghi số liệu.", True),
    (26, "b", "offer", "Báo giá gồm lắp đặt, hướng dẫn, bảo hành 24 tháng.", True),
    (30, "a", "signed", "", True),
)
_DUTIES = {"transfer": "yes", "direction": "domestic", "state_money": "no", "list": "none"}


def play(session: Session, *, home: str, now) -> int:
    """Once, after samples.play; returns how many deals were moved."""
    if session.get(Fact, _PLAYED) is not None:
        return 0
    rows = _talking(session)
    if len(rows) == 2:
        _happened_earlier(rows[1])
    for match, told in zip(rows, (_TALKS, _SIGNED), strict=False):
        _tell(session, match, told, now)
    if len(rows) == 2:
        _sign(session, rows[1], home, now)
    session.merge(Fact(name=_PLAYED, value=str(len(rows)), at=now))
    return len(rows)


def _talking(session) -> list[Match]:
    """The first two sample pairs in contact whose sides have people of their own."""
    found = session.scalars(
        select(Match)
        .join(Deal, Deal.match_id == Match.id)
        .where(Match.state == "in_contact", Match.a.has(Listing.is_sample))
        .order_by(Match.introduced_at.desc(), Match.id)
    ).all()
    whole = [each for each in found if _actor(session, each, "a") and _actor(session, each, "b")]
    return whole[:2]


def _actor(session, match, side):
    """Somebody of the side who belongs to no other, or None."""
    for user in matches.answerable(session, getattr(match, side)):
        actor = accounts.actor_of(user)
        if sides.side_of(actor, match) == side:
            return actor
    return None


def _happened_earlier(match) -> None:
    """Its first six months are over: the exchange asks what it brought."""
    for row in (match, *match.events):
        for name in ("at", "created_at", "changed_at", "asked_at", "introduced_at", "due_at"):
            if getattr(row, name, None) is not None:
                setattr(row, name, getattr(row, name) - _EARLIER)


def _tell(session, match, told, now) -> None:
    actors = {side: _actor(session, match, side) for side in ("a", "b")}
    for hours, side, kind, words, confirmed in told:
        then = min(now, match.introduced_at + timedelta(hours=hours))
        row = milestones.note(
            session, match, kind, sides.today(then), words, actor=actors[side], now=then
        )
        if confirmed:
            other = actors["b" if side == "a" else "a"]
            milestones.confirm(session, row, actor=other, now=then)


def _sign(session, match, home, now) -> None:
    a, b = (_actor(session, match, side) for side in ("a", "b"))
    then = min(now, match.introduced_at + timedelta(hours=31))
    terms = agreements.Terms(
        form="equipment", signed_on=sides.today(then), value=386_000_000, provinces=(home, home),
        number="07/2026/HĐMB", note="Thanh toán hai đợt; bảo hành 24 tháng.",
    )  # fmt: skip
    agreement = agreements.claim(session, match, terms, home=home, known={home}, actor=a, now=then)
    agreements.confirm(session, match, agreement.version, actor=b, now=then)
    duties.answer(session, match, _DUTIES, actor=b, now=then)
