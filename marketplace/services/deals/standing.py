"""How a deal stands for one reader: what they may read of it, and what they can do next."""

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from marketplace.domain.deals import MEETING, MILESTONES
from marketplace.domain.errors import N_
from marketplace.domain.permissions import RULES, allowed
from marketplace.domain.workflow import MATCH, MATCH_VERIFIED
from marketplace.models import Agreement, Deal, FollowUp, Match, Milestone
from marketplace.services.deals import follow_ups, resting
from marketplace.services.deals.sides import client_sides, side_of

# What is best done next, by code -> words for a button.
NEXT = {
    "confirm_agreement": N_("Xem và xác nhận thỏa thuận bên kia báo"),
    "confirm_milestone": N_("Xác nhận việc bên kia ghi"),
    "verify": N_("Đối chiếu giấy tờ và xác minh"),
    "follow_up": N_("Ghi kết quả thực tế"),
    "resume": N_("Tiếp tục giao dịch"),
    "note_contact": N_("Ghi lần liên hệ đầu tiên"),
    "note_meeting": N_("Ghi buổi gặp, để bên kia xác nhận"),
    "claim": N_("Khi đã ký, báo để được xác minh"),
    "wait_confirmation": N_("Chờ bên kia xác nhận thỏa thuận"),
    "wait_follow_up": N_("Sàn sẽ hỏi kết quả vào ngày hẹn"),
    "done": N_("Giao dịch đã hoàn tất"),
    "failed": N_("Giao dịch không thành"),
}

# The other side waits for the reader to do it.
YOURS = frozenset({"confirm_agreement", "confirm_milestone", "verify", "follow_up"})


@dataclass(frozen=True)
class Seen:
    """A milestone as the reader may see it: `note` is "" where the words are not theirs. `mine`
    says that the reader's side noted it; `may` holds confirm, deny, remove as they are open."""

    row: Milestone
    title: str
    note: str = field(repr=False)
    mine: bool
    may: frozenset[str]


@dataclass(frozen=True)
class Standing:
    """`side` is the reader's ("" for the centre). `agreement` is there for whoever sees the deal;
    its value and words only where `reads_terms`."""

    match: Match
    deal: Deal
    side: str
    state: str
    milestones: tuple[Seen, ...]
    agreement: Agreement | None
    reads_terms: bool
    reads_notes: bool
    may: frozenset[str]  # actions of permissions.RULES without "deal.", that are open now
    next: str  # a code of NEXT
    follow_up: FollowUp | None  # the one to answer now
    clients: tuple[str, ...]  # sides a curator writes for

    @property
    def paused(self) -> bool:
        return self.deal.paused_at is not None


def standing(session: Session, actor, match: Match) -> Standing:
    """Of a match that has a deal; whether the reader may see it is asked before (deal.view)."""
    deal, side = match.deal, side_of(actor, match)
    notes = allowed("deal.read_notes", actor, match)
    seen = tuple(
        _seen(row, side, actor, match, notes) for row in deal.milestones if row.state != "removed"
    )
    follow_up = _follow_up(actor, match)
    may = _open(actor, match, side, follow_up)
    return Standing(
        match=match,
        deal=deal,
        side=side,
        state=match.state,
        milestones=seen,
        agreement=deal.agreement,
        reads_terms=allowed("deal.read_terms", actor, match),
        reads_notes=notes,
        may=may,
        next=_next(match, side, seen, may, follow_up),
        follow_up=follow_up,
        clients=tuple(client_sides(session, match)) if not side else (),
    )


def _seen(row, side, actor, match, notes) -> Seen:
    may = set()
    writes = allowed("deal.note", actor, match)
    if writes and side and row.state in ("noted", "denied") and row.noted_side == side:
        may.add("remove")
    answers = allowed("deal.confirm", actor, match) and row.state == "noted"
    if answers and row.noted_side != side and row.noted_by_id != actor.id:
        # A curator answers only for a client: the side that did not note it.
        theirs = match.b if row.noted_side == "a" else match.a
        if side or theirs.for_client:
            may |= {"confirm", "deny"}
    return Seen(
        row, MILESTONES[row.kind], row.note if notes else "", bool(side) and row.noted_side == side,
        frozenset(may),
    )  # fmt: skip


def _follow_up(actor, match) -> FollowUp | None:
    agreement = match.deal.agreement
    if agreement is None or not allowed("deal.follow_up", actor, match):
        return None
    return next((row for row in agreement.follow_ups if row.answered_at is None), None)


def _open(actor, match, side, follow_up) -> frozenset[str]:
    """What the actor may do and the state leaves open."""
    steps = {step.name for step in MATCH.open(match.state)}
    resting_now = match.deal.paused_at is not None
    called = match.deal.called_at is not None
    claimed = match.state == "agreement_claimed"
    closed_by_state = {
        "pause": resting_now or match.state not in resting.RESTS_IN,
        "resume": not resting_now,
        "call_in": called and match.deal.called_side != side,
        "attach": not claimed,
        "confirm_agreement": not claimed,
        "follow_up": follow_up is None,
    }
    found = set()
    for action in RULES:
        noun, _, name = action.partition(".")
        if (
            noun != "deal"
            or closed_by_state.get(name)
            or (name in MATCH.steps and name not in steps)
        ):
            continue
        if allowed(action, actor, match):
            found.add(name)
    return frozenset(found)


def _next(match, side, seen, may, follow_up) -> str:
    if match.state == "failed":
        return "failed"
    if match.state == "closed":
        return "done"
    if "confirm_agreement" in may:
        return "confirm_agreement"
    if "verify_deal" in may:
        return "verify"
    if any("confirm" in each.may for each in seen):
        return "confirm_milestone"
    if match.state == "agreement_claimed":
        return "wait_confirmation"
    if match.state in MATCH_VERIFIED:
        return "follow_up" if follow_up is not None and follow_up.reminders else "wait_follow_up"
    if "resume" in may:
        return "resume"
    kinds = {each.row.kind for each in seen if each.row.state != "denied"}
    if not kinds and match.state == "introduced":
        return "note_contact"
    return "claim" if MEETING in kinds else "note_meeting"


def follow_up_open(row: FollowUp, now) -> bool:
    """Whether a follow-up may be answered today already."""
    return follow_ups.open_now(row, now)
