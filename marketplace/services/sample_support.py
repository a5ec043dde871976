"""Five requests of the sample for services of the centre, each at another step. By the same steps
people take, so that no page about them is empty."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.models import Fact, User
from marketplace.services import accounts, support
from marketplace.services.listings.numbers import LOCAL
from marketplace.services.support import catalogue, steps

_PLAYED = "sample services"
# (who asks, service, days ago, what, how far: the steps in _does)
_STORY = (
    ("htx@san.example", "measurement", 1,
     "Đo nhiệt độ ba tầng của lò sấy long nhãn đang dùng than, để so với máy sấy bơm nhiệt sắp "
     "xem.", ""),
    ("maysay@san.example", "ip_filing", 4,
     "Xưởng tôi cải tiến khay xoay của máy sấy, muốn biết đăng ký giải pháp hữu ích được không. "
     "Chưa bày bán nơi nào.", "triage assign"),
    ("nghe@san.example", "standards", 9,
     "Tinh bột nghệ đóng túi bán siêu thị cần công bố gì, ghi nhãn thế nào, có phải thử nghiệm "
     "không?", "triage assign quote"),
    ("truong@san.example", "search_report", 12,
     "Tìm ai đã làm nhuộm cuộn ủ lạnh cho khăn bông trong 10 năm gần đây, để viết thuyết minh đề "
     "tài.", "triage assign start ask_client"),
    ("khoinghiep@san.example", "advice", 40,
     "Nhóm làm đệm từ bấc đồng, muốn chọn máy ép khổ nhỏ dưới 100 triệu đồng.",
     "triage assign start deliver confirm rate"),
)  # fmt: skip
_RESULT = (
    "Ba hướng đã so: ép nóng khổ 60 cm, ép thủy lực tay, thuê gia công. Với sản lượng dưới 200 "
    "tấm mỗi tháng, thuê gia công sáu tháng đầu rẻ hơn; bảng tính gửi kèm trong buổi gặp."
)


def play(session: Session, *, folder: Path, now) -> int:
    """Once; returns how many requests were made. `folder` is the province's."""
    curator = session.scalar(select(User).where(User.role == "curator").order_by(User.id).limit(1))
    if session.get(Fact, _PLAYED) is not None or curator is None:
        return 0
    made = 0
    for email, code, days, text, way in _STORY:
        user = accounts.by_email(session, email)
        if user is None:
            continue
        # In the morning, so that nobody of the sample works at night.
        then = (now - timedelta(days=days)).astimezone(LOCAL).replace(hour=8)
        row = support.request(
            session, catalogue.of(folder), code, text, organisation=_organisation(user),
            actor=accounts.actor_of(user), now=then, is_sample=True,
        )  # fmt: skip
        for number, step in enumerate(way.split(), start=1):
            _take(session, row, step, curator, then + timedelta(hours=number))
        made += 1
    session.merge(Fact(name=_PLAYED, value=str(made), at=now))
    return made


def _organisation(user):
    return next((row.organisation for row in user.memberships if row.state == "active"), None)


def _take(session, row, step, curator, then) -> None:
    words = {
        "triage": ("",),
        "assign": (curator,),
        "quote": ("1,8 triệu", "Thử 6 chỉ tiêu an toàn tại phòng thử nghiệm và soạn bản công bố."),
        "ask_client": ("Cần tìm cả sáng chế nước ngoài hay chỉ tài liệu tiếng Việt?",),
        "deliver": (_RESULT,),
        "rate": ("5", "Nói dễ hiểu, có con số để quyết định."),
    }
    mine = step in ("confirm", "rate")
    actor = accounts.actor_of(row.asker if mine else curator)
    getattr(steps, step)(session, row, *words.get(step, ()), actor=actor, now=then)
