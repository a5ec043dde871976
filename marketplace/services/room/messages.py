"""Messages: said by a side, or by the curator a side called in; never changed, never removed."""

from sqlalchemy.orm import Session

from marketplace.models import Match, RoomMessage
from marketplace.services import limits
from marketplace.services.deals.sides import demand, side_of
from marketplace.services.room.telling import keep_readings, news, written


def post(session: Session, match: Match, text: str, *, actor, now) -> RoomMessage:
    """Say something. Raises Invalid (field `text`), NotAllowed, TooMany."""
    demand("room.post", actor, match)
    text = written(text, "text")
    limits.check(session, "room.account", actor.key, now=now)
    limits.note(session, "room.account", actor.key, now=now)
    side = side_of(actor, match)
    news(session, match, "room.post", actor=actor, now=now)
    row = RoomMessage(
        deal_id=match.deal.id, at=now, author_id=actor.id, side=side, said={"text": text}
    )
    session.add(row)
    keep_readings(session, match, side, now=now)
    session.flush()
    return row
