"""Offers: one side's sum and terms, which the other accepts, refuses or counters.

One offer at a time waits in a room, so that nobody asks which of two was accepted. All stay: an
answered one keeps its words and its answer. Accepting binds nobody: what binds is signed, and told
as an agreement (services/deals/agreements).
"""

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.errors import N_, Conflict, Invalid, InvalidForm, NotAllowed
from marketplace.domain.workflow import MATCH, OFFER
from marketplace.models import Match, RoomMessage
from marketplace.services.deals.agreements import MOST_VALUE
from marketplace.services.deals.sides import demand, side_of
from marketplace.services.matches.steps import advance
from marketplace.services.room.telling import keep_readings, say, written


@dataclass(frozen=True)
class Terms:
    """`amount` in whole VND, None where no money is spoken of; at least one of the two is said.
    `wrong_amount`: what was typed is no sum."""

    amount: int | None = field(repr=False)
    terms: str = field(repr=False)
    wrong_amount: bool = False

    def kept(self) -> dict:
        """As it is sealed. Raises InvalidForm (fields `amount`, `terms`)."""
        errors, terms = {}, ""
        if self.wrong_amount:
            errors["amount"] = Invalid(N_("Chưa đọc được số tiền. Ví dụ: 350 triệu."), "amount")
        elif self.amount is not None and not 0 < self.amount <= MOST_VALUE:
            errors["amount"] = Invalid(N_("Số tiền chưa hợp lý, hãy xem lại."), "amount")
        try:
            terms = written(self.terms, "terms", needed=self.amount is None)
        except Invalid as error:
            errors["terms"] = error
        if errors:
            raise InvalidForm(errors)
        return {"amount": self.amount, "terms": terms}


def waiting(session: Session, match: Match) -> RoomMessage | None:
    return session.scalar(
        select(RoomMessage).where(RoomMessage.deal_id == match.deal.id, RoomMessage.state == "open")
    )


def make(session: Session, match: Match, terms: Terms, *, actor, now) -> RoomMessage:
    """Offer something. Raises Conflict while another offer waits, InvalidForm, NotAllowed."""
    demand("room.offer", actor, match)
    if waiting(session, match) is not None:
        raise Conflict(N_("Đang có một đề xuất chờ trả lời. Hãy trả lời hoặc rút nó trước."))
    return _add(session, match, terms, None, "room.offer", "room_offer", actor, now)


def answer(
    session: Session, row: RoomMessage, step: str, *, actor, now, terms: Terms | None = None
) -> RoomMessage:
    """Accept, refuse or counter (with `terms`) by the other side; withdraw by the side that made
    it. Returns the offer that holds now. Raises NotAllowed, WrongState, InvalidForm."""
    match = row.deal.match
    demand("room.answer", actor, match)
    side = side_of(actor, match)
    if (step == "withdraw") != (side == row.side):
        raise NotAllowed
    if not row.is_offer:
        raise NotAllowed
    state = OFFER.next(row.state, step)
    if step == "counter":
        (terms or Terms(None, "")).kept()  # refused before anything is touched
    row.state, row.answered_at, row.answered_by_id = state, now, actor.id
    if step == "counter":
        session.flush()
        return _add(session, match, terms, row, "room.counter", "room_offer", actor, now)
    say(session, match, f"room.{step}", "room_offer_answered", actor=actor, now=now)
    keep_readings(session, match, side, now=now)
    session.flush()
    return row


def _add(session, match, terms, before, action, letter, actor, now):
    side = side_of(actor, match)
    row = RoomMessage(
        deal_id=match.deal.id, at=now, author_id=actor.id, side=side, said=terms.kept(),
        state="open", answers_id=before.id if before is not None else None,
    )  # fmt: skip
    session.add(row)
    keep_readings(session, match, side, now=now)
    say(session, match, action, letter, actor=actor, now=now)
    if match.state in MATCH.step("negotiate").from_:
        advance(session, match, "negotiate", actor=actor, now=now)
    session.flush()
    return row
