"""What the desk decides by: canned reasons, the checklist, who looks at what, and the queue by due
time."""

from collections.abc import Iterable

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from marketplace.domain.cleaning import paragraphs
from marketplace.domain.errors import N_, Invalid, InvalidForm, WrongState
from marketplace.domain.fields import field
from marketplace.domain.permissions import allowed
from marketplace.domain.vocabulary import CHECKLIST
from marketplace.models import Listing
from marketplace.services.listings.events import remember

# code -> (words for the owner, what to do about it). Tied to a field each time it is used.
RETURN_REASONS = {
    "missing": N_("Còn thiếu: xin bổ sung."),
    "vague": N_("Còn chung chung: xin thêm con số hoặc ví dụ cụ thể."),
    "evidence": N_("Khẳng định cần bằng chứng: nêu nơi đo, nơi dùng, ngày tháng."),
    "wrong_choice": N_("Chọn chưa đúng: xin chọn mục gần nội dung hơn."),
    "identity": N_("Lộ danh tính hoặc liên hệ: xin chuyển xuống mục Liên hệ."),
    "advert": N_("Giọng quảng cáo: xin nói việc làm được, bỏ lời khen."),
    "filing": N_("Có số đơn chưa công bố hoặc bí quyết: xin bỏ khỏi phần công khai."),
    "unreadable": N_("Khó đọc, sai chính tả hoặc không dấu: xin viết lại."),
}
# Reasons that concern the listing as a whole; enough to reject, not to return.
REJECT_REASONS = {
    "prohibited": N_("Công nghệ thuộc danh mục cấm chuyển giao."),
    "restricted": N_("Công nghệ hạn chế chuyển giao, chưa có giấy phép."),
    "direct_sale": N_("Chỉ bán hàng thông thường, không có nội dung công nghệ."),
    "duplicate": N_("Trùng với hồ sơ đã có."),
    "rights": N_("Không chứng minh được quyền sở hữu, quyền sử dụng."),
    "out_of_scope": N_("Nằm ngoài phạm vi của sàn."),
    "false": N_("Có nội dung sai sự thật."),
}
FLAG_REASONS = {
    "false": N_("Nội dung sai sự thật"),
    "rights": N_("Xâm phạm quyền sở hữu trí tuệ"),
    "stale": N_("Thông tin đã cũ, không liên lạc được"),
    "prohibited": N_("Công nghệ cấm hoặc nguy hiểm"),
    "personal": N_("Lộ thông tin cá nhân, bí mật"),
    "advert": N_("Quảng cáo, lừa đảo"),
}

_TECHNOLOGY = frozenset({"offer", "startup", "idea"})
# Checks that concern some listings only; all others concern every listing.
_ONLY_FOR = {
    "no_identity": lambda listing: listing.visibility == "masked",
    "lists": lambda listing: listing.kind == "offer",
    "ip_consent": lambda listing: listing.kind in _TECHNOLOGY,
    "state_consent": lambda listing: listing.kind == "offer",
    "evidence": lambda listing: listing.kind not in ("need", "idea"),
}


def checklist(listing: Listing) -> dict[str, str]:
    """The checks that concern this listing, in order: code -> words."""
    return {
        code: words
        for code, words in CHECKLIST.items()
        if code not in _ONLY_FOR or _ONLY_FOR[code](listing)
    }


def demand_checklist(listing: Listing, ticked: Iterable[str]) -> list[str]:
    """The ticked checks; raises InvalidForm naming each one still open."""
    wanted, ticked = checklist(listing), set(ticked)
    missing = {
        f"check-{code}": Invalid(N_("Chưa kiểm: %(check)s"), f"check-{code}", check=words)
        for code, words in wanted.items()
        if code not in ticked
    }
    if missing:
        raise InvalidForm(missing)
    return [code for code in wanted if code in ticked]


def demand_reasons(listing: Listing, reasons: Iterable[dict], *, rejecting=False) -> list[dict]:
    """Reasons as they are kept: {field, reason, note}. Each return needs one tied to a field, so
    that the owner knows what to mend; a rejection may rest on a general one instead."""
    kept, general = [], 0
    for each in reasons:
        name, code = each.get("field") or "", each.get("reason") or ""
        note = paragraphs(str(each.get("note") or ""))[:1000]
        if name:
            known = field(listing.kind, name)
            if known is None or (code not in RETURN_REASONS and not (code == "other" and note)):
                raise Invalid(N_("Lý do phải gắn với một mục của hồ sơ."), "reasons")
        elif rejecting and code in REJECT_REASONS:
            general += 1
        else:
            raise Invalid(N_("Lý do chung này không dùng được ở đây."), "reasons")
        kept.append({"field": name, "reason": code, "note": note})
    if not any(each["field"] for each in kept) and not general:
        raise Invalid(
            N_("Cần ít nhất một lý do: chọn lý do cho mục cụ thể hoặc lý do chung để từ chối.")
            if rejecting
            else N_("Cần ít nhất một lý do gắn với một mục, để người gửi biết phải sửa gì."),
            "reasons",
        )
    return kept


def words_of(reason: dict) -> str:
    """The msgid of a kept reason; its note stands beside it."""
    code = reason.get("reason", "")
    return RETURN_REASONS.get(code) or REJECT_REASONS.get(code) or FLAG_REASONS.get(code) or ""


# --- Who looks at it ----------------------------------------------------------------------------
# What the desk is asked -> the action of those who may answer.
ANSWERED_BY = {
    "listing": "listing.publish",
    "revision": "listing.approve_revision",
    "flag": "listing.clear",
}


def subject_of(listing: Listing) -> str:
    """What is to be decided: a new listing, a revision of a live one, a flag; "" for nothing."""
    if listing.state == "in_review":
        return "listing"
    if listing.state == "flagged":
        return "flag"
    if listing.state == "published" and listing.revision == "in_review":
        return "revision"
    return ""


def may_answer(actor, listing: Listing) -> bool:
    """Whether the actor may decide on what this listing waits for."""
    subject = subject_of(listing)
    return bool(subject) and allowed(ANSWERED_BY[subject], actor, listing)


def assign(session: Session, listing: Listing, reviewer, *, actor, now) -> None:
    """Note which member of the desk (an Actor) looks at the listing, or with None that nobody
    does. It is a note to colleagues and no lock: whoever may decide still may.

    Raises WrongState when nothing waits, Invalid for somebody who may not decide on it.
    """
    if not subject_of(listing):
        raise WrongState
    if reviewer is not None and not may_answer(reviewer, listing):
        raise Invalid(N_("Người này không được quyết định về hồ sơ này."), "reviewer")
    chosen = reviewer.id if reviewer is not None else None
    if listing.reviewer_id == chosen:
        return  # pressed twice, or two people agreed
    listing.reviewer_id = chosen
    if reviewer is None:
        remember(session, listing, "release", actor=actor, now=now)
    else:
        remember(session, listing, "assign", actor=actor, now=now, note=reviewer.name)


def let_go(listing: Listing, subject: str) -> None:
    """After a step: who looked at `subject` does so no longer when something else waits now."""
    if subject_of(listing) != subject:
        listing.reviewer_id = None


# --- The queue ----------------------------------------------------------------------------------
def waiting(actor, kind: str = "", whose: str = ""):
    """The condition of what waits for this member of the desk; of one kind, and of those the actor
    looks at (`mine`) or nobody does (`nobody`)."""
    rows = [
        Listing.state == "in_review",
        and_(Listing.revision == "in_review", Listing.state == "published"),
    ]
    if actor.role == "lead":
        rows.append(Listing.state == "flagged")
    return and_(or_(*rows), *_narrowed(actor, kind, whose))


def _narrowed(actor, kind, whose):
    if kind:
        yield Listing.kind == kind
    if whose == "mine":
        yield Listing.reviewer_id == actor.id
    elif whose == "nobody":
        yield Listing.reviewer_id.is_(None)


MOST = 200  # of the queue at a time; nobody decides more in a day


WHOSE = ("", "mine", "nobody")


def queue(session: Session, actor, *, kind: str = "", whose: str = "") -> list[Listing]:
    """What waits for a decision, the most urgent first; at most MOST."""
    query = select(Listing).where(waiting(actor, kind, whose))
    urgent = (Listing.due_at.is_(None), Listing.due_at, Listing.id)
    return list(
        session.scalars(query.options(joinedload(Listing.reviewer)).order_by(*urgent).limit(MOST))
    )


def counts(session: Session, actor, *, whose: str = "") -> dict[str, int]:
    """How many wait, by kind."""
    query = select(Listing.kind, func.count()).where(waiting(actor, whose=whose))
    return dict(session.execute(query.group_by(Listing.kind)).all())


def count(session: Session, actor, *, kind: str = "", whose: str = "") -> int:
    query = select(func.count()).select_from(Listing).where(waiting(actor, kind, whose))
    return session.scalar(query)


def counts_by_whose(session: Session, actor, *, kind: str = "") -> dict[str, int]:
    """How many wait, by who looks at them: WHOSE."""
    return {whose: count(session, actor, kind=kind, whose=whose) for whose in WHOSE}


def late(session: Session, actor, now) -> int:
    """How many of them are past the day the owner was promised."""
    query = select(func.count()).select_from(Listing).where(waiting(actor), Listing.due_at < now)
    return session.scalar(query)


def neighbours(queue: list[Listing], listing: Listing) -> tuple[Listing | None, Listing | None]:
    """(the one before, the one after) in the queue; from a listing no longer in it, the start."""
    refs = [each.ref for each in queue]
    if listing.ref not in refs:
        return None, queue[0] if queue else None
    at = refs.index(listing.ref)
    return queue[at - 1] if at else None, queue[at + 1] if at + 1 < len(queue) else None
