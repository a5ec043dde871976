"""How a mentorship moves: a step is taken, remembered and told; wishes are asked one by one, none
beyond what a mentor takes at once."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.domain.actor import SYSTEM
from marketplace.domain.cleaning import paragraphs
from marketplace.domain.errors import N_, Conflict, Invalid
from marketplace.domain.mentoring import MENTORING, MOST_DECLINES, SKIPPED
from marketplace.models import Listing, Match, MentoringEvent, Mentorship, MentorWish
from marketplace.services import audit
from marketplace.services.accounts import actor_of
from marketplace.services.matches import places
from marketplace.services.mentoring import pace
from marketplace.services.mentoring.letters import tell_desk, tell_founder, tell_mentor


def move(session: Session, row: Mentorship, step: str, *, actor, now, note="", **facts) -> None:
    """Take a step that was checked. Raises WrongState."""
    before, row.state = row.state, MENTORING.next(row.state, step)
    row.changed_at, row.reminded_at = now, None
    row.due_at = pace.due(session, row, now)
    session.add(
        MentoringEvent(
            mentorship_id=row.id, at=now, step=step, before=before, state=row.state,
            actor_id=actor.id, mentor=row.mentor, note=note,
        )
    )  # fmt: skip
    audit.record(session, f"mentoring.{step}", row, actor=actor, now=now, before=before, **facts)
    session.flush()


def written(text: str, field: str, *, limit: int, needed: bool = True) -> str:
    """The text as it is kept. Raises Invalid on `field` for nothing or too much."""
    text = paragraphs(text)
    if needed and not text:
        raise Invalid(N_("Mục này cần điền."), field)
    if len(text) > limit:
        raise Invalid(N_("Tối đa %(limit)s ký tự."), field, limit=limit)
    return text


def related(asker, mentor: Listing) -> bool:
    """Whether mentor and asker (an actor) are one person or of one organisation."""
    if mentor.owner_user_id == asker.id:
        return True
    theirs = actor_of(mentor.owner_user).organisations
    return bool(asker.organisations & (theirs | {mentor.organisation_id}))


def barred(session: Session, row: Mentorship, mentor: Listing) -> str:
    """A code of SKIPPED: why this mentor cannot be asked; "" when nothing stands in the way. The
    mentor's row is locked, so that two offers at one instant do not both find the last place."""
    session.execute(select(Listing.id).where(Listing.id == mentor.id).with_for_update())
    away = absent(row, mentor)
    if away:
        return away
    here = places.of(session, [mentor], places.ASKED)[mentor.id]
    return "full" if here.taken - _of_this_pair(session, row, mentor) >= here.total else ""


def absent(row: Mentorship, mentor: Listing) -> str:
    """A code of SKIPPED but for the mentor's places; "" for one who can be there."""
    owner = mentor.owner_user
    if mentor.kind != "mentor" or mentor.state != "published":
        return "gone"
    if owner is None or owner.disabled_at is not None:
        return "gone"
    return "own" if related(actor_of(row.asker), mentor) else ""


def demand_there(row: Mentorship) -> None:
    """Asked again when somebody says yes: days may have passed. Raises Conflict."""
    why = absent(row, row.mentor)
    if why:
        raise Conflict(SKIPPED[why])


def without_times(said: dict) -> dict:
    """Without what the founder told one mentor about times."""
    return {name: text for name, text in said.items() if name != "times"}


def _of_this_pair(session, row, mentor) -> int:
    """The place that a match of founder's listing and mentor holds already is the same place."""
    return session.scalar(
        select(func.count(Match.id)).where(
            Match.a_id == row.listing_id, Match.b_id == mentor.id, Match.state.in_(places.ASKED)
        )
    )


def refusals(row: Mentorship) -> int:
    return sum(wish.answer in ("declined", "passed") for wish in row.wishes)


def ask_next(session: Session, row: Mentorship, *, now) -> None:
    """From `checked`: ask the first wish that can be asked; when there is none left, or five said
    no, the centre chooses. A wish the centre put by hand is asked whatever the count."""
    for wish in row.wishes:
        if wish.answer or (refusals(row) >= MOST_DECLINES and not wish.by_hand):
            continue
        why = barred(session, row, wish.mentor)
        if why:
            wish.answer, wish.reason, wish.answered_at = "skipped", why, now
            audit.record(session, "mentoring.skip", row, actor=SYSTEM, now=now, reason=why)
            continue
        _ask(session, row, wish, now=now)
        return
    move(session, row, "pend", actor=SYSTEM, now=now)
    tell_desk(session, row, now=now)
    tell_founder(session, row, "mentoring_next", now=now)


def _ask(session, row, wish: MentorWish, *, now):
    asked_before = any(each.answer in ("declined", "passed") for each in row.wishes)
    wish.answer, wish.asked_at, row.mentor = "asked", now, wish.mentor
    move(session, row, "offer", actor=SYSTEM, now=now)
    tell_mentor(session, row, "mentoring_offered", now=now)
    if asked_before:
        tell_founder(session, row, "mentoring_next", now=now)


def wish_at_hand(row: Mentorship) -> MentorWish:
    """The wish of the mentor who is asked or has accepted."""
    return next(wish for wish in row.wishes if wish.mentor_id == row.mentor_id)
