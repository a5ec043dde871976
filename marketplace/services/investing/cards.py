"""Writing an investor's cards. Audit rows say that a card was touched, never which startup, which
stage or why: nobody but the investor's people reads that."""

from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from marketplace.domain import cleaning
from marketplace.domain.errors import N_, Conflict, Invalid, InvalidForm
from marketplace.domain.investing import NEXT_LONGEST, NOTE_LONGEST, PASS_REASONS, STAGES
from marketplace.models import CardNote, Deal, InvestorCard, Listing, Match
from marketplace.services import audit
from marketplace.services.listings.numbers import LOCAL


def follow(
    session: Session, listing: Listing, investor: Listing, *, actor, now, is_sample: bool = False
) -> InvestorCard:
    """Put the listing on the investor's board; the card that is there already is returned. Whether
    the actor stands behind the investor, and may follow the listing, is asked before."""
    there = of_pair(session, investor, listing)
    if there is not None:
        return there
    card = InvestorCard(
        investor=investor, listing=listing, added_at=now, moved_at=now, added_by_id=actor.id,
        is_sample=is_sample,
    )  # fmt: skip
    session.add(card)
    session.flush()
    audit.record(session, "card.follow", card, actor=actor, now=now)
    return card


def of_pair(session: Session, investor: Listing, listing: Listing) -> InvestorCard | None:
    return session.scalar(
        select(InvestorCard).where(
            InvestorCard.investor_id == investor.id, InvestorCard.listing_id == listing.id
        )
    )


def move(
    session: Session,
    card: InvestorCard,
    stage: str,
    *,
    reason: str = "",
    until: str = "",
    actor,
    now,
) -> None:
    """To any stage, forward or back. `passed` wants a reason of PASS_REASONS, `parked` a day to
    come, `invested` a deal of the two on the exchange. Raises Invalid (stage, reason or until)."""
    if stage not in STAGES:
        raise Invalid(N_("Hãy chọn một giai đoạn."), "stage")
    if stage == "passed" and reason not in PASS_REASONS:
        raise Invalid(N_("Hãy chọn lý do. Chỉ người của bạn đọc được."), "reason")
    day = _day(until, "until", after=_today(now)) if stage == "parked" else None
    if stage == "parked" and day is None:
        raise Invalid(N_("Hãy ghi ngày xem lại."), "until")
    deal = deal_of(session, card) if stage == "invested" else None
    if stage == "invested" and deal is None:
        raise Invalid(
            N_("Chưa có giao dịch nào của hai bên trên sàn. Hãy bấm “Quan tâm” ở trang hồ sơ để "
               "sàn kết nối; có giao dịch rồi thì ghi “Đã rót vốn” được."), "stage",
        )  # fmt: skip
    card.stage, card.moved_at = stage, now
    card.reason = reason if stage == "passed" else ""
    card.parked_until = day
    card.deal = deal
    audit.record(session, "card.move", card, actor=actor, now=now)


def deal_of(session: Session, card: InvestorCard) -> Deal | None:
    """The deal between the investor's people and the startup's, the latest first: whichever of
    their listings the exchange introduced. One that came to nothing is none."""
    ours = card.investor
    house = Listing.id == ours.id
    if ours.organisation_id is not None:
        house = or_(house, Listing.organisation_id == ours.organisation_id)
    mine = select(Listing.id).where(house)
    return session.scalar(
        select(Deal)
        .join(Match, Match.id == Deal.match_id)
        .where(
            or_(
                (Match.a_id == card.listing_id) & Match.b_id.in_(mine),
                (Match.b_id == card.listing_id) & Match.a_id.in_(mine),
            ),
            Match.state != "failed",
        )
        .order_by(Deal.id.desc())
        .limit(1)
    )


def plan(session: Session, card: InvestorCard, text: str, on: str, *, actor, now) -> None:
    """What to do next, and by when; nothing at all too. Raises InvalidForm (next_step, next_on)."""
    text, errors, day = cleaning.one_line(text), {}, None
    if len(text) > NEXT_LONGEST:
        errors["next_step"] = Invalid(N_("Tối đa %(limit)s ký tự."), limit=NEXT_LONGEST)
    try:
        day = _day(on, "next_on")
    except Invalid as error:
        errors["next_on"] = error
    if day is not None and not text:
        errors["next_step"] = Invalid(N_("Hãy ghi việc cần làm vào ngày đó."))
    if errors:
        raise InvalidForm(errors)
    card.next_step, card.next_on = text, day
    audit.record(session, "card.plan", card, actor=actor, now=now)


def note(session: Session, card: InvestorCard, text: str, *, actor, now) -> CardNote:
    """Raises Invalid (field `text`)."""
    text = cleaning.paragraphs(text)
    if not text:
        raise Invalid(N_("Mục này cần điền."), "text")
    if len(text) > NOTE_LONGEST:
        raise Invalid(N_("Tối đa %(limit)s ký tự."), "text", limit=NOTE_LONGEST)
    row = CardNote(card=card, at=now, by_id=actor.id, text=text)
    session.add(row)
    audit.record(session, "card.note", card, actor=actor, now=now)
    return row


def remove(session: Session, card: InvestorCard, *, actor, now) -> None:
    """Forget it: card, notes, reason and invitations. Raises Conflict while another investor looks
    at it together with us: that is ended first, in sight of both."""
    if any(row.state == "together" for row in card.invitations):
        raise Conflict(
            N_("Bạn đang cùng xem hồ sơ này với nhà đầu tư khác. Hãy thôi cùng xem trước.")
        )
    audit.record(session, "card.remove", card, actor=actor, now=now)
    session.delete(card)


def _today(now) -> date:
    return now.astimezone(LOCAL).date()


def _day(text: str, field: str, *, after: date | None = None) -> date | None:
    """None for nothing typed. Raises Invalid for what is no day, or not after `after`."""
    if not cleaning.one_line(text):
        return None
    try:
        day = cleaning.day(text)
    except ValueError:
        raise Invalid(N_("Chưa hiểu ngày này. Ví dụ: 30/06/2027"), field) from None
    if day.year not in range(2000, 2100):
        raise Invalid(N_("Chưa hiểu ngày này. Ví dụ: 30/06/2027"), field)
    if after is not None and day <= after:
        raise Invalid(N_("Hãy chọn một ngày sau hôm nay."), field)
    return day
