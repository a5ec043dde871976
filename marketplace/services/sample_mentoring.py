"""Three founders of the sample and their mentors: one who has just asked, one with an appointment,
one with notes, things to do and marks. By the same steps people take, so that no page about
mentoring is empty."""

from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.models import Fact, Listing, Mentorship, User
from marketplace.services import accounts, mentoring
from marketplace.services.listings.numbers import LOCAL
from marketplace.services.mentoring import meetings, slots, steps

_PLAYED = "sample mentoring"
_MENTOR = "covan@san.example"
_WHERE = "https://hop.san.example/luu-thanh-binh"
# (who asks, days ago, goal, questions, how far)
_STORY = (
    ("phaongao@san.example", 34,
     "Bán gói cảnh báo ngao cho các hợp tác xã nuôi bãi triều, đang chạy thử ở hai bãi và chưa "
     "biết định giá thế nào.",
     ("Nên thu theo tháng hay theo vụ?", "Ai là người quyết mua trong một hợp tác xã?"), "noted"),
    ("khoinghiep@san.example", 4,
     "Đưa trang sức bạc chạm tay vào hai chuỗi quà tặng trước Tết với giá đủ nuôi xưởng 12 người.",
     ("Chiết khấu bao nhiêu là thường với hàng mới?", "Chuỗi cửa hàng đòi những giấy tờ gì?"),
     "scheduled"),
    ("phaongao@san.example", 1,
     "Chuẩn bị buổi chào hàng đầu tiên với chuỗi bán lẻ hải sản đông lạnh.",
     ("Buổi đầu nên mang gì để người mua hàng chịu nghe tiếp?",), "requested"),
)  # fmt: skip
_BRIEFS = {
    "noted": "Hai bãi chạy thử từ tháng ba, mỗi bãi 6 phao. Chi phí một bãi 38 triệu đồng mỗi vụ. "
    "Đã gặp 5 hợp tác xã, ai cũng khen, chưa ai ký.",
    "scheduled": "Đã bán 400 đôi khuyên qua mạng, giá 690 nghìn, lãi gộp 38 %. Xưởng làm được 250 "
    "đôi mỗi tháng. Vướng: hai chuỗi đòi chiết khấu 35 % và trả chậm 60 ngày.",
}
_NOTES = (
    "Hợp tác xã mua theo vụ, không mua theo tháng: thu 40 % khi lắp, phần còn lại sau thu hoạch. "
    "Người quyết là trưởng ban kiểm soát và ba chủ bãi lớn nhất; mời họ xem số liệu một con nước."
)
_PRIVATE = "Nhóm chắc kỹ thuật, chưa quen bán; lần sau tập buổi chào hàng."
_ITEMS = ("Viết bảng giá theo vụ, một trang", "Hẹn ba chủ bãi lớn xem số liệu tại chỗ")


def play(session: Session, *, now) -> int:
    """Once; returns how many requests were made."""
    if session.get(Fact, _PLAYED) is not None:
        return 0
    mentor, curator = _mentor(session), _curator(session)
    made = 0
    if mentor is not None and curator is not None:
        for email, days, goal, questions, way in _STORY:
            user = accounts.by_email(session, email)
            if user is not None:
                _tell(session, user, mentor, curator, goal, questions, way, _morning(now, days))
                made += 1
    session.merge(Fact(name=_PLAYED, value=str(made), at=now))
    return made


def _mentor(session) -> Listing | None:
    return session.scalar(
        select(Listing)
        .join(User, User.id == Listing.owner_user_id)
        .where(User.email == _MENTOR, Listing.kind == "mentor", Listing.state == "published")
        .limit(1)
    )


def _curator(session) -> User | None:
    return session.scalar(select(User).where(User.role == "curator").order_by(User.id).limit(1))


def _morning(now, days) -> datetime:
    """Nobody of the sample works at night."""
    then = (now - timedelta(days=days)).astimezone(LOCAL)
    return then.replace(hour=8, minute=0, second=0, microsecond=0)


def _tell(session, user, mentor, curator, goal, questions, way, then) -> None:
    asker = accounts.actor_of(user)
    ours = mentoring.asking.own_listings(session, asker)
    row = mentoring.request(
        session, goal, list(questions), _wishes(session, asker, mentor, ours),
        listing=ours[0] if ours else None, actor=asker, now=then, is_sample=True,
    )  # fmt: skip
    if way == "requested":
        return
    steps.check(session, row, actor=accounts.actor_of(curator), now=then + timedelta(hours=3))
    if row.state != "offered":  # full by then, with the matches of the sample
        return
    _meet(session, row, asker, way, then + timedelta(days=1))


def _wishes(session, asker, mentor, ours) -> list[Listing]:
    """The mentor of the story, and whom the matcher suggests next."""
    known = {each.id for each in mentoring.asking.mentors(session, asker)} - {mentor.id}
    best = [match.b for each in ours[:1] for match in mentoring.asking.suggested(session, each)]
    return [mentor, *(each for each in best if each.id in known)][:2]


def _meet(session, row: Mentorship, asker, way, then) -> None:
    mentor = accounts.actor_of(row.mentor.owner_user)
    _give_times(session, row.mentor, mentor, then)
    steps.accept(session, row, actor=mentor, now=then)
    slot = slots.free(session, row.mentor, now=then)[0]
    meeting = meetings.choose(session, row, slot, actor=asker, now=then + timedelta(hours=4))
    meetings.brief(session, row, _BRIEFS[way], actor=asker, now=then + timedelta(hours=5))
    if way == "noted":
        after = meeting.starts_at + timedelta(hours=2)
        meetings.hold(session, row, 55, actor=mentor, now=after)
        due = (after + timedelta(days=60)).astimezone(LOCAL).date()
        items: list[tuple[str, date | None]] = [(text, due) for text in _ITEMS]
        meetings.note(session, row, _NOTES, _PRIVATE, items, actor=mentor, now=after)
        meetings.tick(session, row, meeting.items[0].key, actor=asker, now=after)
        for actor, mark, words in ((asker, "5", "Nói thẳng, có số."), (mentor, "4", "")):
            meetings.rate(session, row, meeting.key, mark, words, actor=actor, now=after)


def _give_times(session, listing, mentor, then) -> None:
    """Two hours, five days on and six, so that some stay free."""
    for days in (5, 6):
        day = (then + timedelta(days=days)).astimezone(LOCAL).date()
        offer = slots.Offer(day, time(14), time(16), 60, "online", _WHERE)
        slots.give(session, listing, offer, actor=mentor, now=then)
