"""Two ideas of the sample in the clinic, by the same steps people take: one waits for advice and
was read by a mentor, one has become a draft profile."""

from datetime import timedelta

from sqlalchemy.orm import Session

from marketplace.domain.clinic import shares
from marketplace.models import Fact, User
from marketplace.services import accounts, clinic

_PLAYED = "sample ideas"
_FOUNDER, _MENTOR, _COACH = "khoinghiep@san.example", "covan@san.example", "bientap1@san.example"

_BAGS = {
    "problem": "Mỗi phiên chợ phiên ở xã dùng khoảng 3.000 túi ni lông gói rau, thu được chưa tới "
    "một phần mười; ban quản lý chợ trả 1,2 triệu đồng một tháng tiền dọn túi bay ra mương.",
    "people": "Đã hỏi 9 người bán rau và 6 người mua quen. 7 người bán từng thử túi giấy, bỏ vì "
    "rau ướt làm rách; 4 người mua tự mang làn. Hai sạp hẹn cho thử trong tháng 12.",
    "solution": "Túi đan từ bẹ chuối phơi tái, người mua đặt cọc 5.000 đồng, trả lại túi ở bất kỳ "
    "sạp nào. Sạp giặt bằng nước vôi loãng, túi dùng khoảng 30 lần.",
    "novelty": "Bẹ chuối được cán nóng trước khi đan nên không thấm nước trong hai giờ. Chưa thấy "
    "ai bán túi kiểu này ở các chợ trong tỉnh; chưa tra sáng chế.",
}
_CLASS = {
    "problem": "Học sinh lớp 6 ở ba xã ven sông nghỉ học thêm vì nhà cách trung tâm 9 km, không "
    "ai đưa đón; 41 em của một trường trong học kỳ vừa rồi.",
    "people": "Đã hỏi 12 phụ huynh: 10 người trả tiền xe ôm hoặc cho con nghỉ, 8 người nói đã tìm "
    "lớp gần nhà mà không có.",
    "solution": "Lớp chấm bài cuối tuần tại nhà văn hóa thôn: sinh viên về quê chấm và giảng lại "
    "chỗ sai, phụ huynh góp theo buổi.",
    "novelty": "Bài được chụp và phân theo lỗi trước buổi học, nên mỗi em chỉ học lại đúng chỗ "
    "mình sai.",
    "test": "Bốn buổi ở một thôn, 15 em; đạt nếu 12 em tới đủ bốn buổi và điểm phần từng sai "
    "tăng một bậc.",
    "team": "Hai sinh viên sư phạm, mỗi người 6 giờ một tuần; thiếu người làm phần mềm chụp bài.",
    "help": "Cần người viết phần mềm nhận chữ viết tay trong hai tháng, và 15 triệu đồng cho ba "
    "thôn chạy thử.",
}


def play(session: Session, *, now) -> int:
    """Once; returns how many ideas were begun. Nothing where an account of the story is missing."""
    people = [accounts.by_email(session, email) for email in (_FOUNDER, _MENTOR, _COACH)]
    if session.get(Fact, _PLAYED) is not None or None in people:
        return 0
    founder, mentor, coach = people
    _profiled(session, founder, coach, now - timedelta(days=9))
    _waiting(session, founder, mentor, coach, now - timedelta(days=2))
    session.merge(Fact(name=_PLAYED, value="2", at=now))
    return 2


def _begin(session, title, said, founder, then):
    actor = accounts.actor_of(founder)
    idea = clinic.start(session, title, actor=actor, now=then, is_sample=True)
    for number, (step, text) in enumerate(said.items(), start=1):
        later = then + timedelta(minutes=20 * number)
        clinic.write(session, idea, step, text, ["0", "1"], actor=actor, now=later)
    return idea


def _advised(session, idea, founder: User, coach: User, said, then):
    actor = accounts.actor_of(founder)
    for step in said:
        clinic.ask(session, idea, step, actor=actor, now=then)
    answering = {"actor": accounts.actor_of(coach), "now": then + timedelta(hours=5)}
    clinic.take(session, idea, **answering)
    clinic.opened(session, idea, **answering)
    clinic.advise(session, idea, said, **answering)


def _profiled(session, founder, coach, then):
    idea = _begin(session, "Lớp cuối tuần", _CLASS, founder, then)
    said = {
        "problem": ("good", "Rõ ai gặp khó, có con số. Giữ nguyên."),
        "test": ("good", "Nhỏ, làm được ngay. Nhớ ghi cả em bỏ giữa chừng."),
    }
    _advised(session, idea, founder, coach, said, then + timedelta(hours=4))
    chosen = {step: shares(step)[0] for step in _CLASS}
    clinic.profile(
        session, idea, "Lớp chấm bài cuối tuần ở thôn", chosen, stage="validated",
        help_wanted=["technology", "capital"], actor=accounts.actor_of(founder),
        now=then + timedelta(days=3),
    )  # fmt: skip


def _waiting(session, founder, mentor, coach, then):
    idea = _begin(session, "Túi đi chợ", _BAGS, founder, then)
    said = {"people": ("more", "Hỏi thêm hai sạp bán thịt cá: họ dùng túi nhiều nhất.")}
    _advised(session, idea, founder, coach, said, then + timedelta(hours=2))
    actor = accounts.actor_of(founder)
    theirs = [row for row in clinic.mentors(session, actor) if row.owner_user_id == mentor.id]
    if theirs:
        clinic.let_in(session, idea, theirs[0], actor=actor, now=then + timedelta(hours=9))
        reading = {"actor": accounts.actor_of(mentor), "now": then + timedelta(hours=20)}
        clinic.opened(session, idea, **reading)
    clinic.ask(session, idea, "solution", actor=actor, now=then + timedelta(hours=22))
