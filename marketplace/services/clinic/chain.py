"""Stamps in one chain of the whole site: each receipt holds a hash over all before it. Whoever
keeps the head of one day can show that a receipt was set back, changed or taken away later.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from marketplace.domain.clinic import NOTHING_BEFORE, canonical, digest, instant, linked
from marketplace.domain.errors import NotFound
from marketplace.models import ClinicReceipt, Fact
from marketplace.services.listings.numbers import LOCAL

_HEAD = "clinic chain"  # a row of the installation: who stamps holds it until the commit


def stamp(session: Session, text: str, *, now: datetime) -> ClinicReceipt:
    """The next receipt, for the SHA-256 of the text's UTF-8 bytes. A clock that went back gives the
    time of the receipt before: never earlier than what stands in the chain already."""
    if session.execute(update(Fact).where(Fact.name == _HEAD).values(at=now)).rowcount == 0:
        session.add(Fact(name=_HEAD, value="", at=now))
        session.flush()
    kept = session.get(Fact, _HEAD)
    last = session.scalar(select(ClinicReceipt).order_by(ClinicReceipt.number.desc()).limit(1))
    at = now.astimezone(UTC).replace(microsecond=0)
    number, previous = 1, NOTHING_BEFORE
    if last is not None:
        number, previous, at = last.number + 1, last.head, max(at, last.at)
    sha256 = digest(text.encode())
    receipt = ClinicReceipt(
        number=number, at=at, sha256=sha256, head=linked(previous, number, at, sha256)
    )
    session.add(receipt)
    kept.value = _end(receipt)
    session.flush()
    return receipt


def _end(receipt: ClinicReceipt) -> str:
    return f"{receipt.number} {receipt.head}"


def by_number(session: Session, number: str) -> ClinicReceipt:
    """`number` as an address has it. Raises NotFound."""
    found = session.get(ClinicReceipt, int(number)) if counts(number) else None
    if found is None:
        raise NotFound
    return found


def counts(number: str) -> bool:
    """Whether it is a number people would write, and a database takes."""
    return number.isascii() and number.isdigit() and len(number) < 10


def head_before(session: Session, number: int) -> str | None:
    """The head a receipt was added to; None where the one before it is gone."""
    if number == 1:
        return NOTHING_BEFORE
    return session.scalar(select(ClinicReceipt.head).where(ClinicReceipt.number == number - 1))


def matches(receipt: ClinicReceipt, content: bytes) -> bool:
    """Whether a file's bytes, or a text as a browser sends it, are what the receipt stamped."""
    if digest(content) == receipt.sha256:
        return True
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return digest((canonical(text) + "\n").encode()) == receipt.sha256


# --- Keeping watch over it -----------------------------------------------------------------------
def first_broken(
    receipts: Iterable[ClinicReceipt], *, after: int = 0, head: str | None = NOTHING_BEFORE
) -> int | None:
    """The number of the first receipt, in order, that does not follow from what is before it:
    changed, set back in time, or with one missing before it. None for a whole chain."""
    earlier = None
    for receipt in receipts:
        follows = (
            head is not None
            and receipt.number == after + 1
            and receipt.head == linked(head, receipt.number, receipt.at, receipt.sha256)
            and (earlier is None or earlier <= receipt.at)
        )
        if not follows:
            return receipt.number
        after, head, earlier = receipt.number, receipt.head, receipt.at
    return None


def broken(session: Session) -> int | None:
    """`first_broken` of the whole chain, read in pieces; also where the last receipts are gone, as
    the installation's own note of its end tells. Who can change both leaves the heads people kept.
    """
    rows = session.scalars(
        select(ClinicReceipt).order_by(ClinicReceipt.number).execution_options(yield_per=500)
    )
    wrong = first_broken(rows)
    if wrong is not None:
        return wrong
    kept = session.get(Fact, _HEAD)
    last = session.scalar(select(ClinicReceipt).order_by(ClinicReceipt.number.desc()).limit(1))
    if kept is None and last is None:
        return None
    if kept is not None and last is not None and kept.value == _end(last):
        return None
    return (last.number if last is not None else 0) + 1


@dataclass(frozen=True)
class Day:
    """Receipts of one day in Vietnam, and the head of the chain when it ended."""

    day: date
    count: int
    last: int
    head: str


def _local(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL)


def of_day(session: Session, day: date) -> list[ClinicReceipt]:
    """In order."""
    return list(
        session.scalars(
            select(ClinicReceipt)
            .where(
                ClinicReceipt.at >= _local(day),
                ClinicReceipt.at < _local(day + timedelta(days=1)),
            )
            .order_by(ClinicReceipt.number)
        )
    )


def days(session: Session, *, before: date, most: int = 31) -> list[Day]:
    """The latest days with receipts up to `before`, the last first."""
    found = []
    while len(found) < most:
        last = session.scalar(
            select(ClinicReceipt)
            .where(ClinicReceipt.at < _local(before + timedelta(days=1)))
            .order_by(ClinicReceipt.number.desc())
            .limit(1)
        )
        if last is None:
            break
        day = last.at.astimezone(LOCAL).date()
        count = session.scalar(
            select(func.count())
            .select_from(ClinicReceipt)
            .where(ClinicReceipt.at >= _local(day), ClinicReceipt.number <= last.number)
        )
        found.append(Day(day, count, last.number, last.head))
        before = day - timedelta(days=1)
    return found


def listed(session: Session, receipts: list[ClinicReceipt]) -> str:
    """The receipts of a day as a text anybody can compute the chain from: the head before the
    first, then number, time, hash and head of each, apart by one space."""
    if not receipts:
        return ""
    lines = [head_before(session, receipts[0].number) or "?"]
    lines += [f"{row.number} {instant(row.at)} {row.sha256} {row.head}" for row in receipts]
    return "\n".join(lines) + "\n"
