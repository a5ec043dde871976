"""The room of the sample's deal in negotiation: what two firms say, show and plan before they sign.
By the same steps people take."""

from datetime import timedelta
from pathlib import Path

from fpdf import FPDF
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.models import Fact, Listing, Match
from marketplace.services import accounts, matches
from marketplace.services.attachments import Checked
from marketplace.services.deals import sides
from marketplace.services.room import meetings, messages, papers, reading, tasks

_PLAYED = "sample rooms"
# (side, what it says)
_SAID = (
    ("a", "Chào anh chị, bên tôi cần máy chạy ổn định trước vụ tới. Anh chị cần thêm số liệu gì?"),
    ("b", "Cho chúng tôi xin kích thước nhà xưởng, nguồn điện và sản lượng mỗi ngày."),
    ("a", "Tôi gửi bản đo trong mục Tệp. Điện ba pha 40 kW, mỗi ngày khoảng 2 tấn."),
)
_PAPER = "Kich thuoc nha xuong"
_PAPERS = (("a", "Ban do 1: 12 x 18 m, cao 4,2 m"), ("b", "Ban do 2: da ghi cho dat may"))
# (side that does it, what, in how many days)
_TASKS = (("b", "Gửi báo giá chính thức", 5), ("a", "Chụp ảnh tủ điện gửi bên kia", 3))


def play(session: Session, *, folder: Path, now) -> int:
    """Once, after sample_deals.play; returns how many rooms were filled."""
    if session.get(Fact, _PLAYED) is not None:
        return 0
    match = _talking(session)
    if match is not None:
        _fill(session, match, folder, now)
    session.merge(Fact(name=_PLAYED, value=str(int(match is not None)), at=now))
    return int(match is not None)


def _talking(session) -> Match | None:
    found = session.scalars(
        select(Match)
        .where(Match.state == "negotiating", Match.a.has(Listing.is_sample))
        .order_by(Match.id)
    )
    return next((each for each in found if all(_actors(session, each).values())), None)


def _actors(session, match) -> dict:
    """side -> somebody who belongs to it and no other, or None."""
    return {
        side: next(
            (
                actor
                for user in matches.answerable(session, getattr(match, side))
                if sides.side_of(actor := accounts.actor_of(user), match) == side
            ),
            None,
        )
        for side in ("a", "b")
    }


def _fill(session, match, folder, now) -> None:
    actors = _actors(session, match)
    for hours, (side, text) in enumerate(_SAID):
        then = now - timedelta(hours=len(_SAID) - hours)
        messages.post(session, match, text, actor=actors[side], now=then)
    reading.saw(session, actors["b"], match, now=now - timedelta(minutes=150))
    file = None
    for side, words in _PAPERS:
        checked = Checked("ban-do.pdf", "application/pdf", _pdf(words))
        file = papers.add(
            session, match, checked, folder=folder, actor=actors[side], now=now,
            name="Kích thước nhà xưởng", file=file,
        ).file  # fmt: skip
        session.refresh(file)
    plan = meetings.Plan(
        starts_at=(now + timedelta(days=7)).replace(hour=2, minute=0, second=0, microsecond=0),
        minutes=120, where="Xưởng của bên cần", agenda="Xem chỗ đặt máy, chốt công suất.",
    )  # fmt: skip
    meeting = meetings.propose(session, match, plan, actor=actors["a"], now=now)
    meetings.answer(session, meeting, "agree", actor=actors["b"], now=now)
    for side, text, days in _TASKS:
        due = sides.today(now) + timedelta(days=days)
        tasks.add(session, match, text, due, side, actor=actors["a"], now=now)


def _pdf(words: str) -> bytes:
    page = FPDF(format="A4")
    page.add_page()
    page.set_font("helvetica", size=14)
    page.multi_cell(0, 10, f"{_PAPER}\n\n{words}")
    return bytes(page.output())
