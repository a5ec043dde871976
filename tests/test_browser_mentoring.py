"""A founder, a mentor and the desk, two of them on telephones: from the question to the notes."""

from datetime import timedelta

import pytest
from browser import Finger, Keys

from marketplace.models import Audit, MentoringSession, db, utcnow

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

GOAL = "Đưa trà ổi vào ba chuỗi siêu thị trước Tết, chưa biết giá sỉ bao nhiêu là vừa."
NOTES = "Gửi mẫu trước, rồi mới nói giá. Chiết khấu 25 % là vừa."


def test_from_a_question_to_notes_and_marks(site, people):
    with site.make() as make:
        founder = make.user(email="vy@khoi.example", name="Phạm Khánh Vy")
        mentor = make.user(email="binh@covan.example", name="Lưu Thanh Bình")
        make.user(email="manh@trungtam.example", name="Trần Đức Mạnh", role="curator")
        make.listing("startup", owner=founder, title_vi="Trà ổi Hưng Yên")
        make.listing("mentor", owner=mentor, title_vi="Người mua hàng bán lẻ")
    vy = people("Vy", Finger, cookie=site.cookie("vy@khoi.example"))
    vy.opens("/me/mentoring")
    vy.follows("Xin cố vấn")
    vy.writes(goal="ngắn")
    vy.presses("Gửi yêu cầu")
    vy.sees("Hãy nói việc bạn cần", "Hãy ghi từ một tới ba câu hỏi")
    vy.takes_picture("mentoring-ask-wrong")
    vy.writes(goal=GOAL, question1="Giá sỉ bao nhiêu là vừa?")
    vy.hand.choose(vy.box("wish1"), "Người mua hàng bán lẻ")
    vy.presses("Gửi yêu cầu")
    vy.sees("Trung tâm đang xem yêu cầu của bạn", GOAL)
    mine = vy.page.url

    manh = people("Mạnh", Keys, cookie=site.cookie("manh@trungtam.example"))
    manh.opens("/desk/mentoring")
    manh.strikes("o", "Phạm Khánh Vy")
    manh.sees(GOAL)
    manh.strikes("t", "Duyệt, hỏi cố vấn")
    manh.sees("Chờ cố vấn trả lời")
    manh.takes_picture("mentoring-desk")

    binh = people("Bình", Finger, cookie=site.cookie("binh@covan.example"))
    binh.opens("/me")
    binh.follows("Phạm Khánh Vy xin cố vấn")
    binh.sees(GOAL, "Cho vài giờ gặp trước")
    request = binh.page.url
    binh.follows("Thêm giờ gặp")
    day = (utcnow() + timedelta(days=4)).date().isoformat()
    binh.box("day").fill(day)
    binh.writes(where="https://hop.example/tra-oi")
    binh.presses("Thêm giờ gặp")
    binh.sees("Đã thêm 2 giờ gặp")
    binh.takes_picture("mentoring-times")
    binh.page.goto(request)
    binh.presses("Nhận cố vấn")
    binh.sees("Chờ người xin chọn một giờ của bạn")

    vy.opens("/me")
    vy.follows("Chọn giờ gặp cố vấn")
    vy.sees_none_of("hop.example")
    vy.hand.press(vy.main.locator("[name=slot]").first)
    vy.presses("Chọn giờ này")
    vy.sees("Đã hẹn giờ gặp", "https://hop.example/tra-oi")
    vy.writes(brief="Đã bán 2 tấn trà ổi ở chợ, lãi 30 %.")
    vy.presses("Lưu tóm tắt")
    vy.takes_picture("mentoring-booked")

    with site.make():  # the day comes
        meeting = db.session.query(MentoringSession).one()
        meeting.starts_at = utcnow() - timedelta(hours=1)
        db.session.add(Audit(at=utcnow(), actor_role="system", action="test.setup"))
        db.session.commit()
    binh.page.goto(request)
    binh.sees("Đã bán 2 tấn trà ổi")
    binh.presses("Đã gặp")
    binh.writes(notes=NOTES, item1="Gửi mẫu cho ba chuỗi", private="Giá còn cao.")
    binh.presses("Gửi ghi chú")
    binh.sees(NOTES, "Giá còn cao.")
    binh.takes_picture("mentoring-noted")

    vy.page.goto(mine)
    vy.sees(NOTES, "Gửi mẫu cho ba chuỗi")
    vy.sees_none_of("Giá còn cao.")
    vy.presses("Đã xong")
    vy.hand.press(vy.main.locator("[name=rating][value='5']"))
    vy.presses("Gửi đánh giá")
    vy.sees("Bạn đã chấm buổi này: Rất hài lòng")
    vy.takes_picture("mentoring-rated")
