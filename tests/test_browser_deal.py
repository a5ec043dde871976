"""From a need to what came of it, on phones: a director, a maker, a curator and a leader, each with
an account. What is kept secret is read after a promise, the two talk in their room, sign, say so
both, and tell half a year later what it brought.
"""

import re
from datetime import timedelta

import pytest
import story
from browser import Finger

from marketplace.models import FollowUp, utcnow
from marketplace.services import background
from marketplace.services.deals.sides import today

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

GREETING = "Chào anh Máy, tuần này anh cho xem máy chạy được không?"
CONDITIONS = "Giao sau 45 ngày, bảo hành 24 tháng"
EFFECT = "Hao hụt từ 12 xuống 5 phần trăm, long nhãn loại 1 đạt 84 phần trăm"
VALUE = "380 triệu"


@pytest.fixture
def world(site):
    story.settle(site)
    with site.make() as make:
        make.user(email="lanhdao@so.example", name="Vũ Lãnh Đạo", role="leader")
    return site


def test_from_a_need_to_what_came_of_it(world, people):
    hoa, maker, curator, leader = (
        people(name, Finger) for name in ("Hoa", "maker", "curator", "leader")
    )
    curator.signs_in("canbo@trungtam.example")
    maker.signs_in("may@coxuong.example")
    leader.signs_in("lanhdao@so.example")

    is_introduced(hoa, maker, curator, people)
    match = hoa.page.url
    reads_what_is_secret(hoa, maker)
    talk_in_their_room(hoa, maker, match)
    learns_of_steps_only(curator, match)
    meet_and_say_so(hoa, maker, match)
    looks_up_duties(maker, match)
    signed_by_one_is_not_yet_a_deal(maker, leader, match)
    signed_by_both_is(hoa, maker, leader)
    tells_what_came_of_it(world, hoa, maker)
    story.learns_nothing(people("stranger", Finger), match)


# --- Steps ----------------------------------------------------------------------------------------
def is_introduced(hoa, maker, curator, people):
    """The story of test_browser_story.py, on a phone."""
    story.signs_up(hoa)
    story.creates_organisation(hoa)
    story.photo(hoa, "phone", "need-new")
    code = story.posts_need(hoa, "phone")
    story.tracked_by_anybody(people("anybody", Finger), code, "phone")
    story.publishes(curator, "phone")
    story.found_without_accents(people("guest", Finger), "phone")
    story.keeps_and_proposes(curator, "phone")
    story.accepts(hoa, "phone", "asked-first")
    story.asks_the_other_side(curator)
    story.accepts(maker, "phone", "asked-second")
    story.introduces(curator)
    story.meets(maker, "0912345678", "Nguyễn Thị Hoa", "Hợp tác xã Nhãn lồng Nễ Châu")
    story.meets(hoa, "0987654321", "Lê Văn Máy", "Cơ xưởng Sấy Việt")
    photo(hoa, "introduced")


def reads_what_is_secret(hoa, maker):
    hoa.sees_none_of(story.KNOW_HOW)
    hoa.follows("Xin xem phần giữ kín")
    hoa.writes(purpose="xem")
    hoa.presses("Gửi lời xin")
    hoa.sees("Có chỗ cần sửa")
    photo(hoa, "ask-refused")
    hoa.writes(purpose="So cách xếp khay với lò của hợp tác xã trước khi đặt lịch thăm xưởng.")
    hoa.presses("Gửi lời xin")
    hoa.sees("Chờ chủ hồ sơ trả lời")

    maker.opens("/me")
    maker.follows(re.compile("Có người xin xem phần giữ kín"))
    maker.sees("So cách xếp khay", "Hợp tác xã Nhãn lồng Nễ Châu")
    photo(maker, "asked-for")
    maker.presses("Cho xem, gửi cam kết")

    hoa.opens("/me")
    hoa.follows(re.compile("Ký cam kết để xem"))
    hoa.follows("Đọc và ký cam kết")
    hoa.sees("Cơ xưởng Sấy Việt")
    photo(hoa, "promise")
    hoa.writes(name="Nguyễn Thị Hoa")
    hoa.presses("Ký và mở phần giữ kín")
    hoa.sees("Có chỗ cần sửa")  # not without the tick
    hoa.ticks("Tôi đã đọc và đồng ý với toàn bộ cam kết trên")
    hoa.presses("Ký và mở phần giữ kín")
    hoa.presses("Mở phần giữ kín")
    hoa.sees(story.KNOW_HOW, "Mở cho:")
    photo(hoa, "opened")
    maker.page.reload()
    maker.sees("Nhật ký mở", "các mục giữ kín")


def talk_in_their_room(hoa, maker, match):
    hoa.opens(match)
    hoa.follows("Vào phòng giao dịch")
    photo(hoa, "room-empty")
    hoa.writes(text=GREETING)
    hoa.presses("Gửi")
    hoa.sees(GREETING)

    maker.opens("/me/matches")
    maker.follows(re.compile("tin chưa đọc"))
    maker.sees(GREETING)
    maker.unfolds("Gửi đề xuất (giá, điều kiện)")
    maker.writes(amount="nhiều", terms=CONDITIONS)
    maker.presses("Gửi đề xuất")
    maker.sees("Có chỗ cần sửa")
    photo(maker, "offer-refused")
    maker.writes(amount=VALUE)
    maker.presses("Gửi đề xuất")
    maker.sees("380 triệu", CONDITIONS)

    hoa.page.reload()
    hoa.sees("380 triệu", CONDITIONS)
    photo(hoa, "offer")
    hoa.presses(re.compile("^Đồng ý"))
    hoa.sees("Đồng ý")
    photo(hoa, "offer-accepted")

    hoa.follows(re.compile("^Cuộc gặp"))
    hoa.writes(day=_typed(today(utcnow()) + timedelta(days=3)), where="Cơ xưởng Sấy Việt")
    hoa.presses("Gửi lời mời")
    photo(hoa, "meeting")
    maker.opens(hoa.page.url)
    maker.presses("Nhận hẹn")
    maker.sees("Thêm vào lịch của bạn")
    photo(maker, "meeting-agreed")


def learns_of_steps_only(curator, match):
    """The centre sees where a deal stands; what the two say only when one calls it in."""
    room = match.replace("/matches/", "/rooms/")
    curator.opens(room)
    curator.sees_none_of(GREETING, CONDITIONS, "380 triệu")
    curator.opens(match.replace("/matches/", "/deals/"))
    curator.sees("Tiến độ giao dịch")
    curator.sees_none_of(GREETING, CONDITIONS, "380 triệu")
    photo(curator, "deal-curator")


def meet_and_say_so(hoa, maker, match):
    hoa.opens(match.replace("/matches/", "/deals/"))
    hoa.unfolds("Ghi một việc đã diễn ra")
    hoa.hand.choose(hoa.box("kind"), "Đã gặp nhau")
    hoa.presses("Ghi nhận")
    hoa.sees("Chờ xác nhận")
    maker.opens("/me")
    maker.sees("Chờ bạn")
    maker.follows("Xác nhận việc bên kia ghi")
    photo(maker, "milestone")
    maker.presses(re.compile("^Xác nhận$"))
    maker.sees("Hai bên xác nhận")


def looks_up_duties(maker, match):
    maker.opens(match.replace("/matches/", "/deals/"))
    maker.follows("Kiểm tra trong một phút")
    photo(maker, "duties")
    for _ in range(12):
        questions = maker.main.locator("fieldset")
        for number in range(questions.count()):
            options = questions.nth(number).get_by_role("radio")
            if not questions.nth(number).locator(":checked").count():
                maker.hand.press(options.last)
        if not maker.main.get_by_role("button", name="Tiếp tục").count():
            break
        maker.presses("Tiếp tục")
    maker.sees("Căn cứ:", "Về giao dịch")
    photo(maker, "duties-found")


def signed_by_one_is_not_yet_a_deal(maker, leader, match):
    maker.opens(match.replace("/matches/", "/deals/"))
    maker.follows("Báo đã ký thỏa thuận")
    maker.presses("Tiếp tục")
    maker.sees("Có chỗ cần sửa")
    maker.ticks("Mua bán máy móc, thiết bị")
    maker.writes(signed_on=_typed(today(utcnow())))
    photo(maker, "claim-1")
    maker.presses("Tiếp tục")
    maker.writes(value=VALUE)
    for name in ("province", "other_province"):
        maker.hand.choose(maker.box(name), "Hưng Yên")
    photo(maker, "claim-2")
    maker.presses("Tiếp tục")
    maker.sees("380 triệu", "Một mình bạn báo thì chưa được tính")
    photo(maker, "claim-3")
    maker.presses("Gửi để bên kia xác nhận")
    maker.sees("Đang chờ bên kia xác nhận")
    assert not maker.main.get_by_role("button", name="Xác nhận thỏa thuận").count()
    counts(leader, 0)


def signed_by_both_is(hoa, maker, leader):
    hoa.opens("/me")
    hoa.follows("Xem và xác nhận thỏa thuận bên kia báo")
    hoa.sees("380 triệu")
    hoa.presses("Xác nhận thỏa thuận")
    hoa.sees("Có chỗ cần sửa")
    hoa.ticks(re.compile("Tôi đã xem hình thức"))
    photo(hoa, "agreement")
    hoa.presses("Xác nhận thỏa thuận")
    hoa.sees("Hai bên xác nhận")
    photo(hoa, "verified")
    counts(leader, 1)
    leader.sees_none_of("380 triệu")
    photo(leader, "figures")


def counts(leader, transactions):
    leader.opens("/desk/deals/figures")
    leader.sees("Số liệu giao dịch")
    box = leader.main.locator(".kpi").filter(has_text="thỏa thuận đã ký, đã xác minh")
    assert box.locator(".value").inner_text() == str(transactions)


def tells_what_came_of_it(world, hoa, maker):
    """Half a year passes: the days that were set come nearer, and the worker looks at its clock."""
    with world.make() as make:
        row = make.session.query(FollowUp).filter_by(month=6).one()
        row.due_on = today(utcnow()) - timedelta(days=1)
        make.save(row)
        background.watch_clock()
    hoa.opens("/me")
    hoa.follows("Ghi kết quả thực tế")
    hoa.presses("Ghi kết quả")
    hoa.sees("Có chỗ cần sửa")
    hoa.writes(jobs="4", revenue="650 triệu", effect=EFFECT)
    photo(hoa, "follow-up")
    hoa.presses("Ghi kết quả")
    hoa.sees(EFFECT, "650 triệu")
    photo(hoa, "followed")
    maker.opens(hoa.page.url)
    maker.sees(EFFECT)


def _typed(day):
    return day.isoformat()


def photo(person, name):
    story.photo(person, "deal", name)
