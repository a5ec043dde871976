"""Drafts of ordered research: a need nothing answers, on its way to become a task proposal."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.cleaning import one_line, paragraphs
from marketplace.domain.errors import N_, Invalid, InvalidForm, NotFound, WrongState
from marketplace.domain.fields import PUBLIC, fields
from marketplace.models import Listing, OrderDraft
from marketplace.services import audit
from marketplace.services.disclosure import values_of

TITLE_LIMIT, PROBLEM_LIMIT, NOTE_LIMIT = 200, 6000, 2000
# Fields of a need that say what is to be solved, in the order a proposal says it.
_SAYS = (
    "problem", "current_technology", "capacity_wanted", "must_have", "nice_to_have", "standards",
    "own_contribution",
)  # fmt: skip


def draft(session: Session, need: Listing, *, words, actor, now) -> OrderDraft:
    """The draft of a need; made from its public text the first time, found the next. `words(label)`
    says the label of a field as the draft is to say it. Raises WrongState for what is no published
    need without an answer."""
    there = of_need(session, need)
    if there is not None:
        return there
    if need.kind != "need" or need.state != "published" or need.unmet_since is None:
        raise WrongState
    row = OrderDraft(
        need_id=need.id, title=need.title[:TITLE_LIMIT], problem=_problem(session, need, words),
        made_by_id=actor.id, made_at=now, changed_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.record(session, "order.draft", row, actor=actor, now=now)
    return row


def _problem(session, need, words) -> str:
    """Nothing of another level is even read."""
    said = values_of(session, need.live_version_id, {PUBLIC})
    labels = {f.name: f.label for f in fields("need") if f.level == PUBLIC}
    parts = []
    for name in _SAYS:
        value = said.get(name)
        if value and name in labels:
            text = "\n".join(f"- {each}" for each in value) if isinstance(value, list) else value
            parts.append(f"{words(labels[name])}:\n{text}")
    return "\n\n".join(parts)[:PROBLEM_LIMIT]


def of_need(session: Session, need: Listing) -> OrderDraft | None:
    return session.scalar(select(OrderDraft).where(OrderDraft.need_id == need.id))


def by_key(session: Session, key: str) -> OrderDraft:
    """Raises NotFound."""
    row = session.scalar(select(OrderDraft).where(OrderDraft.key == key))
    if row is None:
        raise NotFound
    return row


def drafted(session: Session, needs) -> dict[int, OrderDraft]:
    """Need id -> its draft, for those that have one."""
    rows = session.scalars(
        select(OrderDraft).where(OrderDraft.need_id.in_([need.id for need in needs]))
    )
    return {row.need_id: row for row in rows}


def all_drafts(session: Session) -> list[OrderDraft]:
    """The latest changed first."""
    wanted = select(OrderDraft).order_by(OrderDraft.changed_at.desc(), OrderDraft.id.desc())
    return list(session.scalars(wanted.limit(200)))


def edit(
    session: Session, row: OrderDraft, title: str, problem: str, note: str, *, actor, now
) -> None:
    """Raises InvalidForm; a copy changed meanwhile is a Conflict when it is committed."""
    title, problem, note = one_line(title), paragraphs(problem), paragraphs(note)
    wrong = {}
    if not 10 <= len(title) <= TITLE_LIMIT:
        wrong["title"] = Invalid(
            N_("Hãy ghi tên đề xuất, từ 10 tới %(limit)s ký tự."), "title", limit=TITLE_LIMIT
        )
    for name, text, limit in (("problem", problem, PROBLEM_LIMIT), ("note", note, NOTE_LIMIT)):
        if len(text) > limit:
            wrong[name] = Invalid(N_("Ghi chú tối đa %(limit)s ký tự."), name, limit=limit)
    if not problem:
        wrong["problem"] = Invalid(N_("Hãy ghi vấn đề cần giải quyết."), "problem")
    if wrong:
        raise InvalidForm(wrong)
    row.title, row.problem, row.said, row.changed_at = title, problem, {"note": note}, now
    audit.record(session, "order.edit", row, actor=actor, now=now)
