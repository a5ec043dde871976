"""A service asked for on a telephone, by somebody who had not signed in, and done by the desk."""

import pytest
from browser import Finger, Keys

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

SAID = "Lò sấy của tôi ba tầng nóng không đều, cần đo nhiệt độ."
RESULT = "Tầng trên 78 độ, tầng giữa 70 độ, tầng dưới 59 độ."


def test_from_the_telephone_to_a_rated_result(site, people):
    with site.make() as make:
        make.user(email="sam@htx.example", name="Đào Thị Sâm")
        make.user(email="manh@trungtam.example", name="Trần Đức Mạnh", role="curator")
    sam = people("Sâm", Finger)
    sam.opens("/services")
    sam.follows("Đo lường và thử nghiệm")
    sam.takes_picture("support-service")
    sam.writes(text=SAID)
    sam.presses("Gửi yêu cầu")
    sam.sees("Lời bạn vừa viết được giữ lại")
    sam.writes(email="sam@htx.example", password="cong nghe hung yen 2026")
    sam.presses("Đăng nhập")
    assert sam.box("text").input_value() == SAID
    sam.presses("Gửi yêu cầu")
    sam.sees("Trung tâm đang xem yêu cầu của bạn", SAID)
    sam.takes_picture("support-sent")
    mine = sam.page.url

    manh = people("Mạnh", Keys, cookie=site.cookie("manh@trungtam.example"))
    manh.opens("/desk/services")
    manh.strikes("o", "Đo lường và thử nghiệm")
    manh.sees(SAID, "Đào Thị Sâm")
    manh.strikes("t", "Tiếp nhận")
    manh.strikes("g", "Giao việc")
    manh.sees("Phụ trách: Trần Đức Mạnh")
    manh.presses("Gửi chi phí")
    manh.sees("Chưa hiểu số tiền")
    manh.writes(amount="600 nghìn")
    manh.hand.write(manh.page.locator("#f-quote-text"), "Đo ba tầng, một buổi")
    manh.takes_picture("support-desk")
    manh.presses("Gửi chi phí")

    sam.opens("/me")
    sam.follows("Đo lường và thử nghiệm")
    sam.sees("600.000 đồng", "Đo ba tầng, một buổi")
    sam.presses("Đồng ý chi phí")
    manh.opens(manh.page.url)
    manh.strikes("b", "Bắt đầu làm")
    manh.writes(result=RESULT)
    manh.presses("Giao kết quả")

    sam.opens(mine)
    sam.sees(RESULT)
    sam.takes_picture("support-delivered")
    sam.presses("Đã nhận đủ kết quả")
    sam.presses("Gửi đánh giá")
    sam.sees("Hãy chọn một mức")
    sam.hand.press(sam.main.locator("[name=rating][value='4']"))
    sam.presses("Gửi đánh giá")
    sam.sees("Bạn đã đánh giá: Hài lòng")
    sam.takes_picture("support-rated")
