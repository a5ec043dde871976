"""Reading a room: everything in it, for who may, and what a side has not read yet."""

from dataclasses import dataclass, field

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from marketplace.domain.errors import NotFound
from marketplace.models import (
    Deal,
    Listing,
    Match,
    RoomFile,
    RoomFileVersion,
    RoomMeeting,
    RoomMessage,
    RoomReading,
    RoomTask,
)
from marketplace.services.deals.sides import side_of
from marketplace.services.room.visibility import rooms_of
from marketplace.services.visibility import owned_by


@dataclass(frozen=True)
class Room:
    """Oldest messages first; meetings by time; tasks to do before those done, by day."""

    messages: list[RoomMessage] = field(repr=False)
    files: list[RoomFile] = field(repr=False)
    meetings: list[RoomMeeting] = field(repr=False)
    tasks: list[RoomTask] = field(repr=False)
    unread: int  # messages of others that the reader's side has not seen

    @property
    def offer(self) -> RoomMessage | None:
        """The offer that waits for an answer."""
        return next((each for each in self.messages if each.state == "open"), None)

    @property
    def todo(self) -> list[RoomTask]:
        return [each for each in self.tasks if each.done_at is None]


def of(session: Session, actor, match: Match) -> Room:
    """The room of this match; empty to who may not read it."""

    def rows(table, *order):
        return session.scalars(
            select(table)
            .where(table.deal_id == match.deal.id, table.deal_id.in_(rooms_of(actor)))
            .order_by(*order)
        )

    messages = select(RoomMessage).where(
        RoomMessage.deal_id == match.deal.id, RoomMessage.deal_id.in_(rooms_of(actor))
    )
    files = select(RoomFile).where(
        RoomFile.deal_id == match.deal.id, RoomFile.deal_id.in_(rooms_of(actor))
    )
    return Room(
        messages=list(
            session.scalars(
                messages.options(joinedload(RoomMessage.author)).order_by(
                    RoomMessage.at, RoomMessage.id
                )
            )
        ),
        files=list(
            session.scalars(
                files.options(selectinload(RoomFile.versions)).order_by(RoomFile.id.desc())
            )
        ),
        meetings=list(rows(RoomMeeting, RoomMeeting.starts_at, RoomMeeting.id)),
        tasks=list(
            rows(RoomTask, RoomTask.done_at.is_not(None), RoomTask.due_on, RoomTask.id)
        ),
        unread=unread(session, actor).get(match.id, 0),
    )  # fmt: skip


def find(session: Session, actor, table, key: str):
    """The row of a room's table with this key. Raises NotFound where the actor reads no such
    room, as for a key that does not exist."""
    row = session.scalar(select(table).where(table.key == key, table.deal_id.in_(rooms_of(actor))))
    if row is None:
        raise NotFound
    return row


def find_version(session: Session, actor, key: str) -> RoomFileVersion:
    row = session.scalar(
        select(RoomFileVersion)
        .join(RoomFile)
        .where(RoomFileVersion.key == key, RoomFile.deal_id.in_(rooms_of(actor)))
    )
    if row is None:
        raise NotFound
    return row


def unread(session: Session, actor) -> dict[int, int]:
    """match id -> how many messages of others the actor's side has not seen; rooms without any
    are left out. Curators have no count: a room is not theirs to keep up with."""
    if not actor.signed_in:
        return {}
    ours = select(Listing.id).where(owned_by(actor))
    mine = or_(
        and_(RoomReading.side == "a", Match.a_id.in_(ours)),
        and_(RoomReading.side == "b", Match.b_id.in_(ours)),
    )
    rows = session.execute(
        select(Match.id, func.count(RoomMessage.id))
        .join(Deal, Deal.match_id == Match.id)
        .join(RoomReading, and_(RoomReading.deal_id == Deal.id, mine))
        .join(RoomMessage, RoomMessage.deal_id == Deal.id)
        .where(
            Deal.id.in_(rooms_of(actor)),
            RoomMessage.side != RoomReading.side,
            or_(RoomReading.seen_at.is_(None), RoomMessage.at > RoomReading.seen_at),
        )
        .group_by(Match.id)
    )
    return dict(rows.all())


def saw(session: Session, actor, match: Match, *, now) -> None:
    """The actor's side has read up to now."""
    side = side_of(actor, match)
    if side:
        session.execute(
            update(RoomReading)
            .where(RoomReading.deal_id == match.deal.id, RoomReading.side == side)
            .values(seen_at=now)
        )
