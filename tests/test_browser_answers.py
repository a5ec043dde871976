"""A farmer without an account, a phone without scripts: asked by a letter or on paper, answers, and
meets the other side. Only words a person sees are looked at.
"""

import re

import pytest
from browser import PHONE, Finger, Mouse, MouseWithoutScripts

from marketplace.models import utcnow

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

TITLE = "Cần máy sấy nhãn thay lò than, 500 kg mỗi mẻ"
OFFER = "Máy sấy nhãn bơm nhiệt 600 kg mỗi mẻ"


class FingerWithoutScripts(Finger):
    screen = PHONE | {"java_script_enabled": False}


@pytest.fixture
def farm(site):
    """farm(address): a need a curator typed for Mrs Hoa, suggested with a workshop's offer."""

    def made(address):
        with site.make() as make:
            typist = make.user(email="nguoigo@trungtam.example", role="curator", name="Người Gõ")
            make.user(email="canbo@trungtam.example", role="curator", name="Trần Cán Bộ")
            maker = make.user(email="may@coxuong.example", name="Lê Văn Máy")
            workshop = make.organisation(maker, name="Cơ xưởng Sấy Việt", type="company")
            need = make.listing(
                "need", entered_by_id=typist.id, client_name="Bà Nguyễn Thị Hoa", title_vi=TITLE,
                summary_vi="Hộ sấy 5 tấn nhãn mỗi vụ bằng lò than, long nhãn sẫm màu.",
                contact_name="Nguyễn Thị Hoa", contact_phone="0912345678", contact_email=address,
            )  # fmt: skip
            offer = make.listing(
                "offer", owner=maker, organisation=workshop, title_vi=OFFER,
                summary_vi="Sấy nhãn bằng bơm nhiệt, không khói, mỗi mẻ 600 kg quả tươi.",
                contact_name="Lê Văn Máy", contact_phone="0987654321",
            )  # fmt: skip
            match = make.match(
                need, offer, due_at=utcnow(), model="thử",
                explanation={
                    "passages": [{"a": {"text": "Sấy 5 tấn nhãn mỗi vụ bằng lò than."},
                                  "b": {"text": "Sấy nhãn bằng bơm nhiệt, không khói."}}],
                    "shared_terms": ["sấy nhãn"],
                },
            )  # fmt: skip
            return f"/desk/matches/{match.key}"

    return made


def test_by_a_letter(farm, people):
    desk_page = farm("hoa@nhan.example")
    curator = people("curator", Mouse)
    curator.signs_in("canbo@trungtam.example")
    curator.opens(desk_page)
    curator.sees("liên kết trả lời gửi tới h…@nhan.example")
    curator.takes_picture("answers-desk-before")
    curator.presses(re.compile("Giữ và đề xuất"))
    curator.opens(desk_page)
    curator.sees("Chủ hồ sơ không có tài khoản", "h…@nhan.example")

    hoa = people("Hoa", FingerWithoutScripts)
    hoa.opens("/sample/mails")
    hoa.follows(re.compile("Có đề xuất kết nối"))
    hoa.follows("/answer/")
    hoa.sees("Bạn có muốn được kết nối không?", OFFER, "Vì sao sàn gợi ý")
    hoa.sees_none_of("0987654321", "Lê Văn Máy")
    hoa.takes_picture("answers-asked")
    hoa.presses("Đồng ý kết nối")
    hoa.sees("Cần đồng ý trao liên hệ thì mới kết nối được.", "Hãy ghi họ tên người trả lời.")
    hoa.takes_picture("answers-gaps")
    hoa.ticks("Tôi đồng ý với những điều trên")
    hoa.writes(name="Nguyễn Thị Hoa")
    hoa.presses("Đồng ý kết nối")
    hoa.sees("Bạn đã đồng ý kết nối")
    hoa.takes_picture("answers-waiting")

    asks_the_workshop(curator, people, desk_page)
    hoa.opens(hoa.page.url)
    hoa.sees("Hai bên đã đồng ý kết nối", "0987654321", "Cơ xưởng Sấy Việt")
    hoa.takes_picture("answers-introduced")


def test_on_paper(farm, people):
    desk_page = farm(None)
    curator = people("curator", MouseWithoutScripts)
    curator.signs_in("canbo@trungtam.example")
    curator.opens(desk_page)
    curator.presses(re.compile("Giữ và đề xuất"))
    curator.sees("hãy in phiếu mang tới, hoặc gọi điện")  # on the same page: paper comes next
    curator.takes_picture("answers-desk-paper")
    curator.presses("Mở phiếu trả lời để in")
    curator.sees("Phiếu trả lời đề xuất kết nối", OFFER, "(ký, ghi rõ họ tên, ngày tháng)")
    curator.sees_none_of("0987654321")
    prints(curator, "answers-sheet")
    curator.follows("Quay lại")
    records(curator)

    asks_the_workshop(curator, people, desk_page)
    curator.opens(desk_page)
    curator.presses("Mở phiếu giới thiệu để in")
    curator.sees("Phiếu giới thiệu hai bên", "0987654321", "Lê Văn Máy")
    prints(curator, "answers-introduction")


def records(curator):
    """The signed sheet lies on the desk; a slip first, and nothing typed is lost."""
    curator.hand.press(curator.main.locator("summary", has_text="Ghi câu trả lời"))
    curator.ticks("Phiếu có chữ ký", "Đồng ý kết nối")
    curator.writes(name="Nguyễn Thị Hoa")
    curator.presses("Ghi câu trả lời")
    curator.sees("Cần đồng ý trao liên hệ thì mới kết nối được.")
    assert curator.box("name").input_value() == "Nguyễn Thị Hoa"
    curator.takes_picture("answers-desk-record")
    curator.ticks("Chủ hồ sơ đã đồng ý với lời trên")
    curator.presses("Ghi câu trả lời")
    curator.sees("Đã ghi câu trả lời", "Nguyễn Thị Hoa (phiếu có chữ ký)")


def asks_the_workshop(curator, people, desk_page):
    curator.opens(desk_page)
    curator.presses(re.compile("Đề xuất với chủ “Máy sấy"))
    maker = people("maker", Mouse)
    maker.signs_in("may@coxuong.example")
    maker.opens("/me")
    maker.follows(re.compile("Cần máy sấy nhãn.* với Máy sấy nhãn"))
    maker.sees("cán bộ trung tâm giúp họ")
    maker.takes_picture("answers-other-side")
    maker.presses("Đồng ý kết nối")
    curator.opens(desk_page)
    curator.presses("Kết nối, trao liên hệ hai bên")
    maker.opens(maker.page.url)
    maker.sees("0912345678", "được cán bộ trung tâm giúp")


def prints(person, name):
    """On paper it is one page, with nothing of the site around it."""
    person.page.emulate_media(media="print")
    paper = person.page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
    person.takes_picture(name)
    person.page.emulate_media(media="screen")
