"""What every step in a room ends with: the deal has moved, an audit row says so, the other side is
told that there is something, never what."""

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from marketplace.domain.cleaning import paragraphs
from marketplace.domain.errors import N_, Invalid
from marketplace.models import Match, RoomMessage, RoomReading
from marketplace.services.deals.resting import moved
from marketplace.services.deals.sides import side_of, tell

TEXT_LIMIT = 4000


def written(text: str, field: str, *, limit: int = TEXT_LIMIT, needed: bool = True) -> str:
    """The text as it is kept. Raises Invalid on `field` for nothing or too much."""
    text = paragraphs(text)
    if needed and not text:
        raise Invalid(N_("Hãy viết vài chữ."), field)
    if len(text) > limit:
        raise Invalid(N_("Tối đa %(limit)s ký tự."), field, limit=limit)
    return text


def say(session: Session, match: Match, action: str, letter: str, *, actor, now, tab="") -> None:
    """Record the step, and write `letter` ("" for none) to the side or sides that did not take
    it."""
    moved(session, match, action, actor=actor, now=now)
    mine = side_of(actor, match)
    for side in ("a", "b"):
        if side != mine and letter:
            tell(session, match, side, letter, now=now, path=address(match, tab))


def news(session: Session, match: Match, action: str, *, actor, now, tab="") -> None:
    """As `say`, by one letter a side until it has looked: ten messages are one piece of news.
    To be called before the message is added."""
    mine, behind = side_of(actor, match), _behind(session, match)
    moved(session, match, action, actor=actor, now=now)
    for side in ("a", "b"):
        if side != mine and side not in behind:
            tell(session, match, side, "room_news", now=now, path=address(match, tab))


def address(match: Match, tab: str = "") -> str:
    return f"/rooms/{match.key}" + (f"/{tab}" if tab else "")


def _behind(session, match) -> set[str]:
    """The sides that have messages they did not read."""
    return set(
        session.scalars(
            select(RoomReading.side)
            .join(RoomMessage, RoomMessage.deal_id == RoomReading.deal_id)
            .where(
                RoomReading.deal_id == match.deal.id,
                RoomMessage.side != RoomReading.side,
                or_(RoomReading.seen_at.is_(None), RoomMessage.at > RoomReading.seen_at),
            )
            .distinct()
        )
    )


def keep_readings(session: Session, match: Match, side: str, *, now) -> None:
    """A row for each side from the first message on; who writes has read what was before."""
    there = {
        row.side: row
        for row in session.scalars(select(RoomReading).where(RoomReading.deal_id == match.deal.id))
    }
    for each in ("a", "b"):
        row = there.get(each)
        if row is None:
            row = RoomReading(deal_id=match.deal.id, side=each)
            session.add(row)
        if each == side:
            row.seen_at = now


def count(session: Session, table, match: Match) -> int:
    return session.scalar(
        select(func.count()).select_from(table).where(table.deal_id == match.deal.id)
    )
