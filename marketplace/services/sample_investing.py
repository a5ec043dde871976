"""The sample's investor at work: four cards at different stages, a deck that was offered, taken and
opened, one that another investor is asked to look at. By the same steps people take."""

import io
from datetime import timedelta
from pathlib import Path

from fpdf import FPDF
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.domain.permissions import allowed
from marketplace.models import Fact, Listing, User
from marketplace.services import accounts, attachments, confidential, disclosure
from marketplace.services.confidential.marking import FONT
from marketplace.services.investing import board, cards, deck, investors, teaser, together
from marketplace.services.listings.numbers import LOCAL

_PLAYED = "sample investing"
INVESTOR, FOUNDER = "nhadautu@san.example", "khoinghiep@san.example"
# Of the founder's own project first, then of others: stage, what goes with it, note, next step.
_STORY = (
    ("diligence", {}, "Đội ngũ bám vùng nguyên liệu, đơn hàng thử đã giao đủ. Cần xem lại giá vốn "
     "khi sản lượng tăng gấp ba.", "Thăm xưởng và hai nơi đang mua", 6),
    ("met", {}, "Gặp ở ngày hội khởi nghiệp. Sản phẩm chạy được, chưa rõ ai trả tiền.",
     "Gọi ba khách hàng đang dùng thử", 2),
    ("parked", {"days": 60}, "Hẹn xem lại sau vụ thu hoạch, khi có số bán thật.", "", 0),
    ("passed", {"reason": "ticket"}, "Khoản cần nhỏ hơn mức của quỹ; đã chỉ sang quỹ của tỉnh.",
     "", 0),
)  # fmt: skip
_NOTE = (
    "Trung tâm đã đối chiếu đăng ký kinh doanh và xem nơi sản xuất. Nên hỏi thêm chi phí nhân công "
    "khi tăng sản lượng."
)
_DECK = (
    "Hồ sơ gọi vốn (dữ liệu mẫu)", "1. Vấn đề và khách hàng", "2. Sản phẩm và điểm khác biệt",
    "3. Kết quả đã có", "4. Đội ngũ", "5. Kế hoạch 18 tháng", "6. Cần bao nhiêu, dùng làm gì",
)  # fmt: skip


def play(session: Session, *, folder: Path, province, now) -> int:
    """Once; returns how many cards were made. `folder` is where files of listings lie, `province` a
    config.Province."""
    investor, founder = (_actor(session, email) for email in (INVESTOR, FOUNDER))
    if session.get(Fact, _PLAYED) is not None or investor is None or founder is None:
        return 0
    mine = investors.of_actor(session, investor)
    own = _project(session, founder)
    if not mine or own is None:
        return 0
    followed = [own, *_others(session, investor, own)]
    # In the morning, so that nobody of the sample works at night.
    then = (now - timedelta(days=5)).astimezone(LOCAL).replace(hour=9)
    for number, (listing, story) in enumerate(zip(followed, _STORY, strict=False)):
        at = then + timedelta(minutes=20 * number)
        _card(session, listing, mine[0], story, actor=investor, now=at)
    _show_deck(session, own, mine[0], founder, investor, folder, province, then)
    _word_of_the_centre(session, own, then)
    _invite(session, investor, own, then + timedelta(hours=6))
    session.merge(Fact(name=_PLAYED, value=str(len(followed)), at=now))
    return len(followed)


def _actor(session, email):
    user = accounts.by_email(session, email)
    return accounts.actor_of(user) if user is not None else None


def _project(session, founder):
    return next(
        (
            row for row in session.scalars(
                select(Listing)
                .where(Listing.is_sample, Listing.kind == "startup", Listing.state == "published")
                .order_by(Listing.id)
            )
            if allowed("listing.keep_deck", founder, row)
        ),
        None,
    )  # fmt: skip


def _others(session, investor, own):
    rows = session.scalars(
        select(Listing)
        .where(
            Listing.is_sample, Listing.kind == "startup", Listing.state == "published",
            Listing.id != own.id,
        )
        .order_by(Listing.id)
        .limit(20)
    )  # fmt: skip
    return [row for row in rows if allowed("listing.follow", investor, row)][: len(_STORY) - 1]


def _card(session, listing, mine, story, *, actor, now):
    stage, over, note, next_step, days = story
    card = cards.follow(session, listing, mine, actor=actor, now=now, is_sample=True)
    day = now.date() + timedelta(days=over.get("days", 0))
    cards.move(
        session, card, stage, reason=over.get("reason", ""),
        until=day.isoformat() if "days" in over else "", actor=actor, now=now,
    )  # fmt: skip
    cards.note(session, card, note, actor=actor, now=now)
    if next_step:
        on = now.date() + timedelta(days=5 + days)
        cards.plan(session, card, next_step, on.isoformat(), actor=actor, now=now)


def _show_deck(session, own, mine, founder, investor, folder, province, then):
    hour = timedelta(hours=1)
    file = attachments.Checked("ho-so-goi-von.pdf", "application/pdf", _pdf(own.title))
    deck.put(session, own, file, folder=folder, actor=founder, now=then)
    offer = deck.offer(session, own, mine, "30", actor=founder, now=then + hour)
    reader = session.get(User, investor.id)
    house = next((row.organisation for row in reader.memberships if row.state == "active"), None)
    request = deck.take(
        session, offer, organisation=house, text=confidential.nda.latest(province.folder),
        province=province, actor=investor, now=then + 2 * hour,
    )  # fmt: skip
    confidential.accept(
        session, request, agreed=True, name=investor.name,
        shown=confidential.nda.digest(request.nda), address="192.0.2.11", actor=investor,
        now=then + 3 * hour,
    )  # fmt: skip
    session.flush()
    for days in (0, 2):
        at = then + timedelta(days=days, hours=4)
        disclosure.note_reading(session, investor, request, now=at)


def _pdf(title: str) -> bytes:
    paper = FPDF(format="A4", orientation="L")
    paper.add_font("text", fname=FONT)
    for line in _DECK:
        paper.add_page()
        paper.set_font("text", size=26)
        paper.multi_cell(0, 14, line, new_x="LMARGIN", new_y="NEXT")
        paper.set_font("text", size=14)
        paper.multi_cell(0, 8, title, new_x="LMARGIN", new_y="NEXT")
    out = io.BytesIO()
    paper.output(out)
    return out.getvalue()


def _word_of_the_centre(session, own, then):
    for curator in session.scalars(select(User).where(User.role == "curator").order_by(User.id)):
        actor = accounts.actor_of(curator)
        if allowed("listing.note_teaser", actor, own):
            teaser.note(session, own, _NOTE, actor=actor, now=then)
            return


def _invite(session, investor, own, then):
    """To the first investor of the sample who can be asked, if there is one."""
    others = investors.others(session, investor, beside=own)
    there = [row for row in others if row.is_sample and investors.people(session, row)]
    card = board.of_listing(session, investor, own)
    if there and card is not None:
        together.invite(session, card, there[0], actor=investor, now=then)
