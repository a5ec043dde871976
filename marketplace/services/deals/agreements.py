"""What was signed: claimed by one side, verified by both or by a document, never by one alone.

A claim is corrected in place, with a new version that the other side is asked about anew; whoever
confirms or verifies says which version they read.
"""

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.cleaning import one_line, paragraphs
from marketplace.domain.deals import AGREEMENT_FORMS, DISPUTES, is_local, other
from marketplace.domain.errors import N_, Conflict, Invalid, InvalidForm, NotAllowed, WrongState
from marketplace.domain.workflow import MATCH
from marketplace.models import Agreement, Deal, Listing, Match
from marketplace.services import audit
from marketplace.services.deals import follow_ups
from marketplace.services.deals.resting import go_on
from marketplace.services.deals.sides import NOTE_LIMIT, acting, demand, side_of, tell, today
from marketplace.services.matches.steps import advance

MOST_VALUE = 10**14  # VND; more is a slip of the keyboard


@dataclass(frozen=True)
class Terms:
    """What a side says was signed. `value` in whole VND, 0 for an agreement without money;
    `provinces` of the side that says it and of the other, as codes."""

    form: str
    signed_on: date | None
    value: int | None = field(repr=False)
    provinces: tuple[str, str]
    starts_on: date | None = None
    ends_on: date | None = None
    number: str = field(default="", repr=False)
    note: str = field(default="", repr=False)

    def gaps(self, today_: date, known_provinces) -> dict[str, Invalid]:
        wrong = {}
        if self.form not in AGREEMENT_FORMS:
            wrong["form"] = Invalid(N_("Hãy chọn hình thức thỏa thuận."), "form")
        if self.signed_on is None:
            wrong["signed_on"] = Invalid(N_("Hãy ghi ngày ký, ví dụ 30/06/2026."), "signed_on")
        elif self.signed_on > today_:
            wrong["signed_on"] = Invalid(N_("Ngày ký không được sau hôm nay."), "signed_on")
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            wrong["ends_on"] = Invalid(N_("Ngày kết thúc phải sau ngày bắt đầu."), "ends_on")
        if self.value is None or not 0 <= self.value <= MOST_VALUE:
            wrong["value"] = Invalid(
                N_("Hãy ghi giá trị, ví dụ “500 triệu”; ghi 0 nếu không có tiền."), "value"
            )
        for name, code in zip(("province", "other_province"), self.provinces, strict=True):
            if code not in known_provinces:
                wrong[name] = Invalid(N_("Hãy chọn tỉnh, thành phố."), name)
        if len(self.note) > NOTE_LIMIT:
            wrong["note"] = Invalid(N_("Ghi chú tối đa %(limit)s ký tự."), "note", limit=NOTE_LIMIT)
        return wrong


def claim(
    session: Session, match: Match, terms: Terms, *, home: str, known, actor, now, side="",
    channel="",
) -> Agreement:  # fmt: skip
    """One side says an agreement was signed; the other is asked to confirm it. `home` is the
    province of this exchange, `known` the codes of all. Raises InvalidForm, NotAllowed, WrongState,
    or Conflict when the same contract stands in another deal of the same parties."""
    MATCH.next(match.state, "claim_agreement")
    side = acting(
        session, "deal.claim_agreement", match, actor=actor, side=side, channel=channel
    )  # fmt: skip
    _check(terms, known, now)
    agreement = match.deal.agreement
    with session.no_autoflush:  # a row half written is none
        if agreement is None:
            agreement = Agreement(deal=match.deal, version=0)
        _write(session, match, agreement, terms, side, home, actor, now, channel)
    session.add(agreement)
    go_on(match)
    session.flush()
    advance(session, match, "claim_agreement", actor=actor, now=now, channel=channel)
    _ask(session, match, now)
    return agreement


def correct(
    session: Session, match: Match, terms: Terms, *, home: str, known, actor, now, side="",
    channel="",
) -> Agreement:  # fmt: skip
    """The side that claimed it corrects it before it is verified: nobody else has confirmed what
    it says now. Documents handed in stay with it."""
    if match.state != "agreement_claimed":
        raise WrongState
    mine = acting(session, "deal.withdraw_claim", match, actor=actor, side=side, channel=channel)
    agreement = match.deal.agreement
    if mine != agreement.claimed_side:
        raise NotAllowed
    _check(terms, known, now)
    proofs = [proof for proof in agreement.proofs if proof.version == agreement.version]
    with session.no_autoflush:
        _write(session, match, agreement, terms, mine, home, actor, now, channel)
    for proof in proofs:
        proof.version = agreement.version
    match.deal.moved_at = now
    audit.record(
        session, "deal.correct_claim", match, actor=actor, now=now, version=agreement.version
    )
    _ask(session, match, now)
    return agreement


def withdraw(session: Session, match: Match, *, actor, now) -> None:
    """The side that claimed it takes the claim back."""
    MATCH.next(match.state, "withdraw_claim")
    demand("deal.withdraw_claim", actor, match)
    _unconfirm(match.deal.agreement)
    advance(session, match, "withdraw_claim", actor=actor, now=now)


def confirm(session: Session, match: Match, version: int, *, actor, now) -> None:
    """The other side says that this version is what was signed: with that it is verified. Raises
    Conflict when it was corrected meanwhile."""
    MATCH.next(match.state, "verify_deal")
    demand("deal.confirm_agreement", actor, match)
    agreement = match.deal.agreement
    side = side_of(actor, match)
    if side != agreement.confirming_side or actor.id == agreement.claimed_by_id:
        raise NotAllowed
    _same(agreement, version)
    setattr(agreement, f"confirmed_{side}_at", now)
    setattr(agreement, f"confirmed_{side}_by_id", actor.id)
    _verified(session, match, "both", None, actor, now)


def dispute(session: Session, match: Match, reason: str, *, actor, now) -> None:
    """The other side, or the curator who read the document, says that it is not so: the parties
    go on talking. Raises Invalid (field `reason`)."""
    MATCH.next(match.state, "dispute_agreement")
    demand("deal.dispute_agreement", actor, match)
    if reason not in DISPUTES:
        raise Invalid(N_("Hãy chọn một lý do."), "reason")
    agreement = match.deal.agreement
    _unconfirm(agreement)
    agreement.dispute_reason = reason
    advance(session, match, "dispute_agreement", actor=actor, now=now)
    tell(
        session, match, agreement.claimed_side, "deal_disputed", now=now, reason=DISPUTES[reason]
    )  # fmt: skip


def verify(session: Session, match: Match, version: int, *, actor, now) -> None:
    """A curator without a stake, who neither claimed it nor handed it in, read this version in the
    document. Raises NotAllowed, WrongState, or Conflict when it was corrected meanwhile."""
    MATCH.next(match.state, "verify_deal")
    demand("deal.verify_deal", actor, match)
    _same(match.deal.agreement, version)
    _verified(session, match, "document", actor.id, actor, now)


def _verified(session, match, how, curator_id, actor, now) -> None:
    agreement = match.deal.agreement
    _refuse_twin(session, match, agreement)
    agreement.verified_at, agreement.verified_how = now, how
    agreement.verified_by_id = curator_id
    follow_ups.schedule(session, agreement)
    advance(session, match, "verify_deal", actor=actor, now=now)
    audit.record(session, "deal.verified", match, actor=actor, now=now, how=how)
    for side in ("a", "b"):
        tell(session, match, side, "deal_verified", now=now)


def _check(terms: Terms, known, now) -> None:
    wrong = terms.gaps(today(now), known)
    if wrong:
        raise InvalidForm(wrong)


def _write(session, match, agreement, terms, side, home, actor, now, channel) -> None:
    mine, theirs = terms.provinces
    agreement.form, agreement.signed_on = terms.form, terms.signed_on
    agreement.starts_on, agreement.ends_on = terms.starts_on, terms.ends_on
    agreement.said = {
        "value": terms.value,
        "number": one_line(terms.number)[:80],
        "note": paragraphs(terms.note),
    }
    agreement.province_a, agreement.province_b = (mine, theirs) if side == "a" else (theirs, mine)
    agreement.local = is_local(terms.provinces, home, (match.a.origin, match.b.origin))
    agreement.version += 1
    agreement.claimed_side, agreement.claimed_by_id = side, actor.id
    agreement.claimed_at, agreement.channel = now, channel
    agreement.dispute_reason, agreement.reminded_at = "", None
    _unconfirm(agreement)
    setattr(agreement, f"confirmed_{side}_at", now)
    setattr(agreement, f"confirmed_{side}_by_id", actor.id)
    _refuse_twin(session, match, agreement)


def _unconfirm(agreement: Agreement) -> None:
    for side in ("a", "b"):
        setattr(agreement, f"confirmed_{side}_at", None)
        setattr(agreement, f"confirmed_{side}_by_id", None)


def _same(agreement: Agreement, version: int) -> None:
    if version != agreement.version:
        raise Conflict(N_("Bên kia vừa sửa thỏa thuận. Hãy xem lại trước khi xác nhận."))


def _ask(session, match, now) -> None:
    tell(
        session, match, other(match.deal.agreement.claimed_side), "deal_claimed", now=now,
        path=f"/deals/{match.key}/agreement",
    )  # fmt: skip


def _refuse_twin(session: Session, match: Match, agreement: Agreement) -> None:
    """The same parties, day, form, value and number claimed or verified in another deal: one
    contract, whose value would be counted twice."""
    parties = {_party(match.a), _party(match.b)}
    rows = session.scalars(
        select(Agreement)
        .join(Deal, Deal.id == Agreement.deal_id)
        .join(Match, Match.id == Deal.match_id)
        .where(
            Agreement.signed_on == agreement.signed_on, Agreement.form == agreement.form,
            Deal.match_id != match.id,
            (Match.state == "agreement_claimed") | Agreement.verified_at.is_not(None),
        )
    ).all()  # fmt: skip
    for row in rows:
        there = row.deal.match
        same = {_party(there.a), _party(there.b)} == parties
        if same and all(row.said[name] == agreement.said[name] for name in ("value", "number")):
            raise Conflict(
                N_("Thỏa thuận này đã được ghi ở một kết nối khác của hai bên. Nếu là hai hợp "
                   "đồng khác nhau, hãy ghi số hợp đồng của từng bản.")
            )  # fmt: skip


def _party(listing: Listing):
    """Whose listing it is: the organisation, else the person, else the record itself."""
    return (
        ("organisation", listing.organisation_id) if listing.organisation_id
        else ("person", listing.owner_user_id) if listing.owner_user_id
        else ("listing", listing.id)
    )  # fmt: skip
