"""Reading mentorships: one by its key, one's own, the desk's queue; and of meetings only what the
reader may know."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from marketplace.domain.errors import NotFound
from marketplace.domain.mentoring import (
    AT_DESK,
    AT_FOUNDER,
    AT_MENTOR,
    FEWEST_RATED,
    OPEN,
)
from marketplace.domain.permissions import allowed
from marketplace.models import (
    Listing,
    MentoringEvent,
    MentoringItem,
    MentoringSession,
    Mentorship,
)
from marketplace.services.mentoring.meetings import side_of

PAGE = 30
_WHOLE = (
    joinedload(Mentorship.asker),
    joinedload(Mentorship.organisation),
    joinedload(Mentorship.listing),
    joinedload(Mentorship.mentor).joinedload(Listing.owner_user),
    selectinload(Mentorship.wishes),
    selectinload(Mentorship.sessions).selectinload(MentoringSession.items),
)
# queue -> the states in it; what is late is asked apart
QUEUES = {
    "desk": AT_DESK,
    "late": AT_DESK | AT_MENTOR | AT_FOUNDER,
    "running": OPEN - AT_DESK,
    "done": frozenset({"closed", "refused", "cancelled"}),
}


def visible_to(actor) -> Select:
    """Select the mentorships for which allowed("mentoring.view", actor, row) holds."""
    wanted = select(Mentorship)
    if actor.is_curator:
        return wanted
    return wanted.where(or_(Mentorship.asker_id == actor.id, Mentorship.mentor_id.in_(_own(actor))))


def _own(actor):
    return select(Listing.id).where(Listing.kind == "mentor", Listing.owner_user_id == actor.id)


def by_key(session: Session, key: str) -> Mentorship:
    """Raises NotFound. Whether the reader may know of it is asked after."""
    row = session.scalar(select(Mentorship).where(Mentorship.key == key).options(*_WHOLE))
    if row is None:
        raise NotFound
    return row


def of_meeting(session: Session, key: str) -> Mentorship:
    """The mentorship a meeting belongs to. Raises NotFound."""
    row = session.scalar(
        select(Mentorship)
        .join(MentoringSession, MentoringSession.mentorship_id == Mentorship.id)
        .where(MentoringSession.key == key)
        .options(*_WHOLE)
    )
    if row is None:
        raise NotFound
    return row


def of_founder(session: Session, actor) -> list[Mentorship]:
    return _list(session, visible_to(actor).where(Mentorship.asker_id == actor.id))


def of_mentor(session: Session, actor) -> list[Mentorship]:
    """Who asks the actor, and whom the actor mentors or did."""
    return _list(session, visible_to(actor).where(Mentorship.mentor_id.in_(_own(actor))))


def _list(session, wanted):
    order = (Mentorship.changed_at.desc(), Mentorship.id.desc())
    return list(session.scalars(wanted.options(*_WHOLE).order_by(*order).limit(200)))


def waiting_for(session: Session, actor) -> list[Mentorship]:
    """What waits for the actor: a time to choose, an answer, a meeting's notes."""
    return list(
        session.scalars(
            visible_to(actor)
            .where(
                or_(
                    and_(Mentorship.asker_id == actor.id, Mentorship.state.in_(AT_FOUNDER)),
                    and_(Mentorship.mentor_id.in_(_own(actor)),
                         Mentorship.state.in_(("offered", "held"))),
                )
            )
            .options(joinedload(Mentorship.mentor), joinedload(Mentorship.asker))
            .order_by(Mentorship.due_at, Mentorship.id)
            .limit(20)
        )
    )  # fmt: skip


def listings_of(session: Session, actor) -> list[Listing]:
    """The actor's own mentor listings."""
    return list(
        session.scalars(
            select(Listing)
            .where(Listing.id.in_(_own(actor)), Listing.live_version_id.is_not(None))
            .order_by(Listing.id)
        )
    )


# --- Of one ------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Meeting:
    """A meeting as one reader may know it: what is not theirs to read is empty."""

    row: MentoringSession = field(repr=False)
    key: str
    state: str
    starts_at: datetime
    minutes: int
    mode: str
    minutes_held: int | None
    absent: str
    items: tuple[MentoringItem, ...] = field(repr=False, default=())
    where: str = field(repr=False, default="")
    brief: str = field(repr=False, default="")
    notes: str = field(repr=False, default="")
    private: str = field(repr=False, default="")
    rated: int | None = None  # the reader's own mark
    # For the desk: (who gave it, mark, words).
    marks: tuple[tuple[str, int, str], ...] = field(repr=False, default=())


def meetings(session: Session, actor, row: Mentorship) -> list[Meeting]:
    """For founder and mentor what is between them; for curators only that it was and when, and the
    marks with their words, which are for the centre."""
    inside = allowed("mentoring.read", actor, row)
    founder = side_of(actor, row) == "founder"
    found = []
    for each in row.sessions:
        said = each.said if inside and (founder or each.mentor_id == row.mentor_id) else {}
        found.append(
            Meeting(
                row=each, key=each.key, state=each.state, starts_at=each.starts_at,
                minutes=each.minutes, mode=each.mode, minutes_held=each.minutes_held,
                absent=each.absent,
                items=tuple(each.items) if said else (),
                where=said.get("where", "") if each.state == "scheduled" else "",
                brief=said.get("brief", ""),
                notes=said.get("notes", ""),
                private="" if founder else said.get("private", ""),
                rated=(each.rating_founder if founder else each.rating_mentor) if inside else None,
                marks=() if inside else _marks(each),
            )
        )  # fmt: skip
    return found


def _marks(meeting: MentoringSession):
    marks = {"founder": meeting.rating_founder, "mentor": meeting.rating_mentor}
    return tuple(
        (side, mark, meeting.said.get(f"words_{side}", "")) for side, mark in marks.items() if mark
    )


def has_notes(row: Mentorship) -> bool:
    """Whether a mentor wrote notes: all the desk knows of them."""
    return any(each.said.get("notes") for each in row.sessions)


@dataclass(frozen=True)
class Line:
    step: str
    at: datetime
    who: str
    mentor: Listing | None
    note: str = field(repr=False)


def history(session: Session, actor, row: Mentorship) -> list[Line]:
    """What happened, in order. Mentors see it from when they were asked, and no other mentor; the
    desk sees who did it, and of the notes its own."""
    curator = not allowed("mentoring.read", actor, row)
    wanted = select(MentoringEvent).where(MentoringEvent.mentorship_id == row.id)
    if not curator and side_of(actor, row) == "mentor":
        wanted = wanted.where(
            or_(
                MentoringEvent.mentor_id == row.mentor_id,
                MentoringEvent.step.in_(("request", "check")),
            )
        )
    events = session.scalars(
        wanted.options(
            joinedload(MentoringEvent.actor), joinedload(MentoringEvent.mentor)
        ).order_by(MentoringEvent.id)
    )
    return [
        Line(
            step=each.step,
            at=each.at,
            who=(each.actor.name if each.actor else "") if curator else "",
            mentor=each.mentor if curator else None,
            note=each.note if not curator or each.step == "refuse" else "",
        )
        for each in events
    ]


# --- The desk ----------------------------------------------------------------------------------
def _of_queue(name, now):
    tests = [Mentorship.state.in_(QUEUES[name])]
    if name == "late":
        tests.append(Mentorship.due_at <= now)
    return and_(*tests)


def queue(session: Session, name: str, *, actor, now, page: int = 1) -> list[Mentorship]:
    """A page of a queue, what is due first on top; of what is done the latest."""
    order = (
        (Mentorship.changed_at.desc(), Mentorship.id.desc())
        if name == "done"
        else (Mentorship.due_at, Mentorship.id)
    )
    return list(
        session.scalars(
            visible_to(actor)
            .where(_of_queue(name, now))
            .options(*_WHOLE)
            .order_by(*order)
            .limit(PAGE)
            .offset((page - 1) * PAGE)
        )
    )


def counts(session: Session, *, now) -> dict[str, int]:
    """queue -> how many are in it."""
    return {
        name: session.scalar(select(func.count(Mentorship.id)).where(_of_queue(name, now)))
        for name in QUEUES
    }


# --- Of a mentor -------------------------------------------------------------------------------
@dataclass(frozen=True)
class Rating:
    """`mean` of the founders' marks, None for fewer than FEWEST_RATED; `held` meetings."""

    mean: float | None
    count: int
    held: int


def rating_of(session: Session, listing: Listing) -> Rating:
    """What everybody may know of a mentor's meetings."""
    total, count, held = session.execute(
        select(
            func.sum(MentoringSession.rating_founder),
            func.count(MentoringSession.rating_founder),
            func.count(MentoringSession.id),
        ).where(MentoringSession.mentor_id == listing.id, MentoringSession.state == "held")
    ).one()
    return Rating(total / count if count >= FEWEST_RATED else None, count, held)
