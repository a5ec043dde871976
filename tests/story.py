"""Steps of the story the browser tests tell: a co-operative posts a need and is introduced to a
maker. Only words a person sees are looked at.
"""

import re

from browser import PATIENCE

HOA = "hoa@htxnhanlong.example"
TITLE = "Cần máy sấy nhãn thay lò than, 500 kg quả tươi mỗi mẻ"
SECRET = "Năm 2023 mua máy điện trở, tốn điện, đã bán lại"
KNOW_HOW = "Xếp khay so le 7 cm, đảo gió sau mỗi 40 phút"
NEED = {
    "basics": {
        "title_vi": TITLE,
        "summary_vi": "Hợp tác xã sấy 25 tấn nhãn mỗi vụ bằng lò than, long nhãn sẫm màu, khó bán "
        "cho siêu thị. Cần máy sấy nhãn giữ màu vàng, ít khói.",
        "place": "Phường Phố Hiến",
        "technology_keywords": "sấy nhãn, bơm nhiệt, long nhãn",
    },
    "problem": {
        "problem": "Nay sấy nhãn bằng lò than hao 12%, long nhãn sẫm màu loại 2; muốn hao dưới 6%, "
        "80% long nhãn loại 1.",
        "capacity_wanted": "500 kg/mẻ",
        "tried_before": SECRET,
    },
    "requirements": {"must_have": "Không khói than\nSấy 500 kg nhãn tươi mỗi mẻ"},
    "terms": {"budget_max": "400 triệu"},
    "contact": {"contact_name": "Nguyễn Thị Hoa", "contact_phone": "0912345678"},
}
OFFER = {
    "title_vi": "Máy sấy nhãn bơm nhiệt 600 kg mỗi mẻ",
    "summary_vi": "Máy sấy nhãn bằng bơm nhiệt thay lò than, giữ màu vàng của long nhãn, không "
    "khói, mỗi mẻ 600 kg quả tươi.",
    "technology_keywords": ["sấy nhãn", "bơm nhiệt", "long nhãn"],
    "problem": "Sấy nhãn bằng lò than hao 12%, long nhãn sẫm màu, khói than.",
    "description": "Bơm nhiệt tuần hoàn kín sấy nhãn ở 55 đến 62 độ, long nhãn loại 1 đạt 85%.",
    "know_how": KNOW_HOW,
    "contact_name": "Lê Văn Máy",
    "contact_phone": "0987654321",
}
OTHERS = {
    "Bể lọc nước thải chăn nuôi bằng vi sinh": "Xử lý nước thải chuồng lợn 30 khối mỗi ngày.",
    "Phần mềm truy xuất nguồn gốc lúa": "Mã QR cho từng bao gạo, ghi nhật ký ruộng.",
    "Khuôn đúc đồng cát tươi": "Khuôn đúc tượng đồng, giảm rỗ khí bề mặt.",
    "Máy dệt khăn tự động": "Dệt khăn mặt cotton khổ 1 mét, 120 khăn một giờ.",
    "Men ủ tương Bần": "Chủng mốc thuần cho tương, rút ngắn thời gian ủ còn 20 ngày.",
    "Kho lạnh năng lượng mặt trời": "Kho 20 khối chạy điện mặt trời cho thịt gà đông lạnh.",
}


def settle(site):
    """People of the centre, a maker with an offer, other offers beside it, and a stranger."""
    with site.make() as make:
        make.user(email="canbo@trungtam.example", name="Trần Cán Bộ", role="curator")
        make.user(email="nguoila@noikhac.example", name="Phạm Người Lạ")
        maker = make.user(email="may@coxuong.example", name="Lê Văn Máy")
        workshop = make.organisation(maker, name="Cơ xưởng Sấy Việt", type="company")
        make.listing("offer", owner=maker, organisation=workshop, **OFFER)
        for title, summary in OTHERS.items():
            make.listing("offer", title_vi=title, summary_vi=summary, problem=summary,
                         description=summary, technology_keywords=title.split()[:2])  # fmt: skip
    return site


# --- The enterprise -------------------------------------------------------------------------------
def signs_up(hoa):
    hoa.opens("/")
    photo(hoa, "", "home")
    hoa.chooses_menu("Đăng ký")
    hoa.writes(name="Nguyễn Thị Hoa", email=HOA, phone="0912 345 678",
               password="ba cay nhan truoc ngo")  # fmt: skip
    hoa.ticks("Doanh nghiệp, hợp tác xã", "Tôi đồng ý để sàn lưu tên")
    photo(hoa, "", "sign-up")
    hoa.presses("Đăng ký")
    hoa.sees("Kiểm tra hộp thư", HOA)
    hoa.follows("Mở hộp thư mẫu")
    hoa.follows(re.compile("[Xx]ác nhận"))
    hoa.follows("/verify/")
    hoa.presses("Đúng, xác nhận địa chỉ này")
    hoa.is_told("Địa chỉ thư đã được xác nhận")
    hoa.sees("Chào Nguyễn Thị Hoa")


def creates_organisation(hoa):
    hoa.chooses_menu("Đơn vị của tôi")
    hoa.follows("Đăng ký đơn vị mới")
    hoa.writes(name="Hợp tác xã Nhãn lồng Nễ Châu", place="Phường Phố Hiến")
    hoa.ticks("Hợp tác xã")
    hoa.presses(re.compile("Đăng ký"))
    hoa.sees("Hợp tác xã Nhãn lồng Nễ Châu", "Người quản trị")


def posts_need(hoa, way):
    """Short steps that save themselves; returns the tracking code on the receipt."""
    hoa.chooses_menu("Đăng tin")
    hoa.follows("Tôi cần giải quyết một việc")
    for step, boxes in NEED.items():
        hoa.writes(**boxes)
        if step == "basics":
            hoa.ticks("Kỹ thuật thực phẩm và đồ uống")
            if hoa.scripts:
                hoa.sees(re.compile(r"Đã lưu nháp lúc \d\d:\d\d"))
        if step == "terms" and hoa.scripts:
            hoa.sees("= 400.000.000 ₫")
        photo(hoa, way, f"need-{step}")
        hoa.presses("Lưu và sang bước sau")
    hoa.sees("Kiểm tra trước khi gửi", TITLE, "400 triệu đồng")
    photo(hoa, way, "need-check")
    hoa.presses("Gửi xét duyệt")
    hoa.sees("Đã nhận hồ sơ của bạn")
    photo(hoa, way, "receipt")
    return hoa.page.locator(".receipt-code").inner_text()


def tracked_by_anybody(guest, code, way):
    """Where it stands, for whoever holds the code; nothing of what it says."""
    guest.opens("/")
    guest.chooses_menu("Theo dõi hồ sơ")
    guest.writes(code=code.lower())
    guest.presses("Xem hồ sơ đang ở đâu")
    guest.sees("Đang xét duyệt", "Cán bộ sàn", "hẹn trả lời trước")
    guest.sees_none_of("Cần máy sấy nhãn", SECRET, "0912345678")
    photo(guest, way, "tracked")


def accepts(party, way, picture):
    """By the link in the letter or by what waits at home; then the button."""
    if picture == "asked-first":
        party.opens("/sample/mails")
        party.follows(re.compile("Có đề xuất kết nối"))
        party.follows("/matches/")
    else:
        party.opens("/me")
        party.sees("Đề xuất chờ bạn trả lời")
        party.follows(re.compile("Cần máy sấy nhãn.* với Máy sấy nhãn"))
    party.sees("Bạn có muốn được kết nối không?", "Vì sao sàn gợi ý")
    party.sees_none_of("0987654321" if picture == "asked-first" else "0912345678")
    photo(party, way, picture)
    party.presses("Đồng ý kết nối")
    party.sees("Bạn không phải làm gì lúc này")


def meets(party, phone, name, organisation):
    party.opens("/me")
    party.sees("Đã kết nối")
    party.follows(re.compile("Cần máy sấy nhãn.* với Máy sấy nhãn"))
    party.sees("Liên hệ của bên kia", phone, name, organisation, "Nên làm gì bây giờ")


# --- The centre -----------------------------------------------------------------------------------
def publishes(curator, way):
    curator.chooses_menu("Bàn làm việc")
    photo(curator, way, "desk")
    curator.opens("/desk/listings")
    curator.strikes("o", re.compile("Cần máy sấy nhãn"))
    curator.sees(TITLE, SECRET)
    curator.presses("Duyệt đăng")
    curator.sees("Có chỗ cần sửa")  # nothing is published with a check left open
    photo(curator, way, "review-refused")
    boxes = curator.main.locator("#f-checklist input")
    for number in range(boxes.count()):
        curator.hand.press(boxes.nth(number))
    curator.presses("Duyệt đăng")
    curator.is_told("Đã duyệt đăng")


def keeps_and_proposes(curator, way):
    curator.opens("/desk/matches")
    curator.waits_for(TITLE)
    photo(curator, way, "queue")
    curator.strikes("o", "Bắt đầu từ việc gấp nhất")
    curator.sees(TITLE, OFFER["title_vi"], "Vì sao gợi ý", "Từ chung:")
    photo(curator, way, "suggestion")
    curator.strikes("k", re.compile("^Giữ( k)?$"))
    curator.is_told("Giữ lại")
    next_answered(curator)
    curator.strikes("Shift+P", re.compile("Đề xuất với chủ “Cần máy sấy nhãn"))
    curator.is_told("Chờ bên thứ nhất trả lời")


def asks_the_other_side(curator):
    next_answered(curator)
    curator.sees("Bên thứ nhất đã đồng ý")
    curator.strikes("Shift+P", re.compile("Đề xuất với chủ “Máy sấy nhãn"))
    curator.is_told("Chờ bên thứ hai trả lời")


def introduces(curator):
    next_answered(curator)
    curator.sees("Hai bên đã đồng ý")
    curator.strikes("Shift+P", "Kết nối, trao liên hệ hai bên")
    curator.is_told("Đã kết nối")


def next_answered(curator):
    """The queue of what the parties have answered, and its first."""
    curator.opens("/desk/matches")
    curator.follows(re.compile("Chờ bước tiếp"))
    curator.strikes("o", "Bắt đầu từ việc gấp nhất")


# --- Everybody else -------------------------------------------------------------------------------
def found_without_accents(guest, way):
    guest.opens("/find")
    box = guest.main.locator("#q")  # a combobox with scripts, a search box without
    guest.hand.write(box, "may say nhan")
    guest.presses("Tìm")
    took = guest.waits_for(TITLE)
    order = guest.main.get_by_label("Sắp xếp").locator("option:checked")
    assert order.inner_text() == "Phù hợp nhất"  # also when asked from the page of what is new
    assert took < PATIENCE / 2
    photo(guest, way, "found")
    guest.follows(TITLE)
    guest.sees(TITLE, "Không khói than")
    guest.sees_none_of(SECRET, "0912345678", "400 triệu")
    photo(guest, way, "need")


def learns_nothing(stranger, address):
    """Neither the match nor what was private in the two listings."""
    stranger.signs_in("nguoila@noikhac.example")
    answer = stranger.opens(address)
    assert answer.status == 404
    stranger.sees("Không tìm thấy trang")
    stranger.opens("/find?q=say+nhan")
    stranger.follows(TITLE)
    stranger.sees_none_of(SECRET, "0912345678", "0987654321", "400 triệu", "Đã kết nối")
    stranger.opens("/me/matches")
    stranger.sees("Chưa có kết nối nào")


def photo(person, way, name):
    person.takes_picture("-".join(filter(None, ("story", way, name))))
