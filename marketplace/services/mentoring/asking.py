"""Asking for a mentor: whom one may wish for, and the request."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from marketplace.domain.cleaning import one_line, paragraphs
from marketplace.domain.errors import N_, Conflict, Invalid, InvalidForm
from marketplace.domain.mentoring import (
    GOAL_LONGEST,
    GOAL_SHORTEST,
    MOST_QUESTIONS,
    MOST_WISHES,
    OPEN,
    OPEN_PER_MEMBER,
    QUESTION_LONGEST,
)
from marketplace.models import (
    Listing,
    Match,
    MentoringEvent,
    Mentorship,
    MentorWish,
    Organisation,
    User,
)
from marketplace.services import audit, limits
from marketplace.services.mentoring import pace
from marketplace.services.mentoring.letters import tell_desk
from marketplace.services.mentoring.moving import related
from marketplace.services.visibility import owned_by, visible_to

FOUNDERS = ("idea", "startup")  # kinds one asks for
_MOST = 300


def mentors(session: Session, actor) -> list[Listing]:
    """Whom the actor may wish for: published mentors with an account, of another organisation."""
    found = session.scalars(
        visible_to(actor)
        .where(
            Listing.kind == "mentor",
            Listing.state == "published",
            Listing.owner_user.has(User.disabled_at.is_(None)),
        )
        .options(joinedload(Listing.owner_user))
        .order_by(Listing.title, Listing.id)
        .limit(_MOST)
    )
    return [each for each in found if not related(actor, each)]


def own_listings(session: Session, actor) -> list[Listing]:
    """The actor's published ideas and projects a request can be about."""
    return list(
        session.scalars(
            select(Listing)
            .where(
                owned_by(actor), Listing.kind.in_(FOUNDERS), Listing.state == "published"
            )
            .order_by(Listing.changed_at.desc(), Listing.id.desc())
            .limit(50)
        )
    )  # fmt: skip


def suggested(session: Session, listing: Listing) -> list[Match]:
    """What the matcher says of the listing and mentors, the best first."""
    return list(
        session.scalars(
            select(Match)
            .where(
                Match.a_id == listing.id,
                Match.pair_type == f"{listing.kind}-mentor",
                Match.current,
                Match.state.not_in(("dismissed", "declined", "failed")),
            )
            .options(joinedload(Match.a), joinedload(Match.b))
            .order_by(Match.score.desc(), Match.id)
            .limit(10)
        )
    )


def count_open(session: Session, actor) -> int:
    return session.scalar(
        select(func.count(Mentorship.id)).where(
            Mentorship.asker_id == actor.id, Mentorship.state.in_(OPEN)
        )
    )


def request(
    session: Session,
    goal: str,
    questions: list[str],
    wishes: list[Listing],
    *,
    listing: Listing | None = None,
    organisation: Organisation | None = None,
    actor,
    now,
    is_sample: bool = False,
) -> Mentorship:
    """Ask; `wishes` are mentors in the order of asking, none to let the centre choose. Raises
    InvalidForm (fields goal, question1, wish1, organisation, listing), Conflict or TooMany."""
    goal = paragraphs(goal)
    questions = [line for each in questions if (line := one_line(each))]
    errors = {}
    if not GOAL_SHORTEST <= len(goal) <= GOAL_LONGEST:
        errors["goal"] = Invalid(
            N_("Hãy nói việc bạn cần, từ %(least)s đến %(most)s ký tự."),
            least=GOAL_SHORTEST,
            most=GOAL_LONGEST,
        )
    if not 1 <= len(questions) <= MOST_QUESTIONS:
        errors["question1"] = Invalid(N_("Hãy ghi từ một tới ba câu hỏi."))
    elif max(map(len, questions)) > QUESTION_LONGEST:
        errors["question1"] = Invalid(N_("Mỗi câu tối đa %(limit)s ký tự."), limit=QUESTION_LONGEST)
    offered = {each.id for each in mentors(session, actor)}
    ids = [each.id for each in wishes]
    if len(ids) > MOST_WISHES or not set(ids) <= offered:
        errors["wish1"] = Invalid(N_("Hãy chọn cố vấn đang đăng trên sàn, không cùng đơn vị."))
    elif len(set(ids)) < len(ids):
        errors["wish1"] = Invalid(N_("Mỗi cố vấn chỉ chọn một lần."))
    if organisation is not None and organisation.id not in actor.organisations:
        errors["organisation"] = Invalid(N_("Hãy chọn đơn vị của bạn."))
    if listing is not None and listing not in own_listings(session, actor):
        errors["listing"] = Invalid(N_("Hãy chọn ý tưởng, dự án của bạn đang đăng."))
    if errors:
        raise InvalidForm(errors)
    if count_open(session, actor) >= OPEN_PER_MEMBER:
        raise Conflict(
            N_("Bạn đang có %(count)s yêu cầu chưa xong. Hãy đợi một yêu cầu kết thúc."),
            count=OPEN_PER_MEMBER,
        )
    limits.spend(session, "mentoring.account", actor.key, now=now)
    row = Mentorship(
        asker_id=actor.id, organisation=organisation, listing=listing,
        said={"goal": goal, "questions": questions}, state="requested",
        requested_at=now, changed_at=now, is_sample=is_sample,
    )  # fmt: skip
    row.due_at = pace.due(session, row, now)
    row.wishes = [MentorWish(rank=rank, mentor=each) for rank, each in enumerate(wishes, start=1)]
    session.add(row)
    session.flush()
    session.add(
        MentoringEvent(
            mentorship_id=row.id, at=now, step="request", state="requested", actor_id=actor.id
        )
    )
    audit.record(session, "mentoring.request", row, actor=actor, now=now, count=len(wishes))
    tell_desk(session, row, now=now)
    return row
