"""What the audit trail's actions are called. Steps of listings and matches take their words from
the state tables; the other actions are named here."""

from flask_babel import gettext as _

from marketplace.domain import workflow
from marketplace.domain.errors import N_

NOUNS = {
    "account": N_("Tài khoản của mình"),
    "user": N_("Quản trị người dùng"),
    "organisation": N_("Đơn vị"),
    "interest": N_("Khai liên quan"),
    "listing": N_("Hồ sơ"),
    "match": N_("Kết nối"),
    "access": N_("Xem phần giữ kín"),
    "deal": N_("Giao dịch"),
    "room": N_("Phòng giao dịch"),
    "service": N_("Dịch vụ của Trung tâm"),
    "clinic": N_("Góc ý tưởng"),
    "mentoring": N_("Cố vấn"),
    "card": N_("Bảng theo dõi đầu tư"),
    "coinvest": N_("Cùng xem dự án"),
    "deck": N_("Hồ sơ gọi vốn"),
    "order": N_("Đề xuất đặt hàng"),
    "ranker": N_("Bộ xếp hạng"),
    "search": N_("Tìm kiếm đã lưu"),
    "import": N_("Nhập tệp"),
    "export": N_("Xuất tệp"),
    "synonym": N_("Từ đồng nghĩa"),
    "mail": N_("Thư của sàn"),
    "worker": N_("Việc tự động"),
    "sample": N_("Dữ liệu mẫu"),
}
DEEDS = {
    "account.sign_up": N_("Đăng ký"),
    "account.verify": N_("Xác nhận địa chỉ thư"),
    "account.sign_in": N_("Đăng nhập"),
    "account.sign_in_refused": N_("Đăng nhập không được"),
    "account.sign_out": N_("Đăng xuất"),
    "account.end_session": N_("Kết thúc phiên"),
    "account.request_reset": N_("Xin đặt lại mật khẩu"),
    "account.reset": N_("Đặt lại mật khẩu"),
    "account.change_password": N_("Đổi mật khẩu"),
    "account.request_email": N_("Xin đổi địa chỉ thư"),
    "account.confirm_email": N_("Đổi địa chỉ thư"),
    "account.enrol_second": N_("Bật lớp bảo vệ thứ hai"),
    "account.show_second": N_("Qua lớp bảo vệ thứ hai"),
    "account.second_refused": N_("Không qua lớp bảo vệ thứ hai"),
    "account.end_second": N_("Bỏ lớp bảo vệ thứ hai"),
    "account.save_profile": N_("Sửa hồ sơ của mình"),
    "account.accept_invitation": N_("Nhận lời mời"),
    "account.create_admin": N_("Tạo quản trị hệ thống"),
    "user.invite": N_("Mời người dùng"),
    "user.set_role": N_("Đổi vai trò"),
    "user.disable": N_("Khóa tài khoản"),
    "user.enable": N_("Mở tài khoản"),
    "user.end_sessions": N_("Kết thúc mọi phiên của người dùng"),
    "organisation.create": N_("Đăng ký đơn vị"),
    "organisation.edit": N_("Sửa thông tin đơn vị"),
    "organisation.ask_to_join": N_("Xin tham gia đơn vị"),
    "organisation.take_back": N_("Rút yêu cầu tham gia"),
    "organisation.admit": N_("Nhận vào đơn vị"),
    "organisation.refuse": N_("Từ chối vào đơn vị"),
    "organisation.set_member_role": N_("Đổi vai trò trong đơn vị"),
    "organisation.remove": N_("Cho rời đơn vị"),
    "organisation.leave": N_("Rời đơn vị"),
    "organisation.verify": N_("Xác minh đơn vị"),
    "organisation.unverify": N_("Bỏ dấu xác minh"),
    "service.request": N_("Gửi yêu cầu dịch vụ"),
    "service.note": N_("Ghi chú về yêu cầu dịch vụ"),
    "service.hand_over": N_("Chuyển người phụ trách yêu cầu"),
    "service.escalate": N_("Báo yêu cầu quá hạn"),
    "service.remind": N_("Nhắc người yêu cầu"),
    "clinic.start": N_("Bắt đầu viết ý tưởng"),
    "clinic.rename": N_("Đổi tên tạm của ý tưởng"),
    "clinic.write": N_("Viết một bước của ý tưởng"),
    "clinic.stamp": N_("Đóng dấu thời gian"),
    "clinic.let_in": N_("Cho cố vấn đọc ý tưởng"),
    "clinic.shut_out": N_("Thôi cho đọc ý tưởng"),
    "clinic.take": N_("Nhận góp ý cho ý tưởng"),
    "clinic.give_back": N_("Trả lại việc góp ý"),
    "clinic.read": N_("Mở đọc ý tưởng"),
    "clinic.advise": N_("Góp ý cho ý tưởng"),
    "clinic.remind": N_("Nhắc góp ý"),
    "synonym.add": N_("Thêm nhóm từ đồng nghĩa"),
    "synonym.change": N_("Sửa nhóm từ đồng nghĩa"),
    "synonym.remove": N_("Xóa nhóm từ đồng nghĩa"),
    "synonym.load": N_("Nạp từ đồng nghĩa ban đầu"),
    "interest.declare": N_("Khai có liên quan"),
    "listing.attach": N_("Thêm tệp"),
    "listing.detach": N_("Bỏ tệp"),
    "listing.tell_apart": N_("Xác nhận hai hồ sơ không trùng"),
    "listing.assign": N_("Giao xét duyệt"),
    "listing.release": N_("Trả về hàng chung"),
    "match.note": N_("Ghi chú kết nối"),
    "match.assign": N_("Giao kết nối"),
    "match.remind": N_("Nhắc trả lời"),
    "match.link": N_("Cấp liên kết trả lời"),
    "match.consent": N_("Chủ hồ sơ đồng ý trao liên hệ"),
    "match.suggest": N_("Máy gợi ý"),
    "match.round": N_("Đợt đề xuất"),
    "match.round_undo": N_("Hoàn tác đợt đề xuất"),
    "deal.note": N_("Ghi mốc giao dịch"),
    "deal.confirm": N_("Xác nhận mốc giao dịch"),
    "deal.deny": N_("Báo mốc giao dịch không đúng"),
    "deal.take_back": N_("Rút mốc giao dịch"),
    "deal.pause": N_("Tạm dừng giao dịch"),
    "deal.resume": N_("Tiếp tục giao dịch"),
    "deal.call_in": N_("Nhờ cán bộ vào xem giao dịch"),
    "deal.send_off": N_("Thôi nhờ cán bộ xem giao dịch"),
    "deal.correct_claim": N_("Sửa thỏa thuận đã báo"),
    "deal.attach": N_("Gửi giấy tờ thỏa thuận"),
    "deal.detach": N_("Bỏ giấy tờ thỏa thuận"),
    "deal.verified": N_("Xác minh thỏa thuận"),
    "deal.check_duty": N_("Kiểm tra nghĩa vụ đăng ký chuyển giao"),
    "deal.follow_up": N_("Ghi kết quả của thỏa thuận"),
    "deal.ask_follow_up": N_("Hỏi kết quả của thỏa thuận"),
    "deal.remind": N_("Nhắc xác nhận thỏa thuận"),
    "room.post": N_("Gửi lời nhắn trong phòng giao dịch"),
    "room.offer": N_("Gửi đề xuất trong phòng giao dịch"),
    "room.accept": N_("Đồng ý đề xuất"),
    "room.refuse": N_("Không đồng ý đề xuất"),
    "room.counter": N_("Gửi đề xuất khác"),
    "room.withdraw": N_("Rút đề xuất"),
    "room.file": N_("Thêm tệp vào phòng giao dịch"),
    "room.file_version": N_("Thêm bản mới của tệp"),
    "room.propose_meeting": N_("Mời gặp"),
    "room.agree": N_("Nhận hẹn"),
    "room.decline": N_("Không hẹn được"),
    "room.cancel": N_("Hủy hẹn"),
    "room.hold": N_("Đã gặp"),
    "room.task": N_("Giao việc trong phòng giao dịch"),
    "room.done": N_("Xong việc trong phòng giao dịch"),
    "room.again": N_("Mở lại việc trong phòng giao dịch"),
    "order.draft": N_("Soạn đề xuất đặt hàng"),
    "order.edit": N_("Sửa đề xuất đặt hàng"),
    "ranker.train": N_("Huấn luyện bộ xếp hạng"),
    "ranker.promote": N_("Đưa bản xếp hạng mới vào dùng"),
    "ranker.rollback": N_("Quay lại bản xếp hạng trước"),
    "access.ask": N_("Xin xem phần giữ kín"),
    "access.open": N_("Mở phần giữ kín"),
    "access.remind": N_("Nhắc sắp hết hạn xem"),
    "card.follow": N_("Thêm vào bảng theo dõi đầu tư"),
    "card.move": N_("Đổi thẻ theo dõi đầu tư"),
    "card.plan": N_("Ghi việc tiếp theo trên thẻ"),
    "card.note": N_("Ghi chú trên thẻ"),
    "card.remove": N_("Bỏ theo dõi"),
    "coinvest.ask": N_("Xin mời nhà đầu tư khác cùng xem"),
    "deck.offer": N_("Mời xem hồ sơ gọi vốn"),
    "listing.choose_teaser": N_("Chọn mục của trang tóm tắt"),
    "listing.note_teaser": N_("Ghi nhận xét của Trung tâm"),
    "search.save": N_("Lưu tìm kiếm"),
    "search.change": N_("Sửa tìm kiếm đã lưu"),
    "mentoring.request": N_("Xin cố vấn"),
    "mentoring.give_times": N_("Cho giờ gặp"),
    "mentoring.withdraw_time": N_("Rút giờ gặp"),
    "mentoring.skip": N_("Bỏ qua một cố vấn không nhận được"),
    "mentoring.more_times": N_("Xin thêm giờ gặp"),
    "mentoring.brief": N_("Viết tóm tắt trước buổi gặp"),
    "mentoring.tick": N_("Đánh dấu việc sau buổi gặp"),
    "mentoring.rate": N_("Đánh giá buổi gặp"),
    "mentoring.remind": N_("Nhắc việc cố vấn"),
    "mentoring.certify": N_("Cấp giấy xác nhận giờ cố vấn"),
    "search.stop": N_("Ngừng thư về tìm kiếm"),
    "search.look": N_("Xem tin mới của tìm kiếm"),
    "search.delete": N_("Xóa tìm kiếm đã lưu"),
    "search.new_feed": N_("Đổi địa chỉ nguồn tin"),
    "search.find": N_("Máy thấy tin mới cho tìm kiếm đã lưu"),
    "search.digest": N_("Gửi thư tin mới"),
    "mail.digest": N_("Gửi thư gom tin"),
    "account.choose_notices": N_("Chọn cách báo tin"),
    "mail.try_again": N_("Gửi lại thư bị từ chối"),
    "import.receive": N_("Nhận tệp"),
    "import.start": N_("Bắt đầu đọc tệp"),
    "import.finish": N_("Đọc xong tệp"),
    "export.confidential": N_("Xuất danh sách có phần bảo mật"),
    "worker.clock": N_("Nhắc hạn, hết hạn"),
    "worker.sweep": N_("Dọn tệp không còn dùng"),
    "sample.organisations": N_("Nạp đơn vị mẫu"),
    "sample.people": N_("Nạp người mẫu"),
    "sample.representative": N_("Nạp người đại diện mẫu"),
    "sample.become": N_("Đăng nhập tài khoản mẫu"),
}
_MACHINES = {
    "listing": (workflow.LISTING, workflow.REVISION),
    "match": (workflow.MATCH,),
    "access": (workflow.ACCESS,),
    "service": (workflow.SERVICE,),
    "coinvest": (workflow.COINVEST,),
    "deck": (workflow.DECK,),
    "mentoring": (workflow.MENTORING,),
    "clinic": (workflow.CLINIC, workflow.ADVICE),
    "import": (workflow.IMPORT,),
}


FACTS = {
    "before": N_("trước đó"),
    "reason": N_("lý do"),
    "channel": N_("trả lời qua"),
    "rows": N_("số dòng"),
    "errors": N_("số lỗi"),
    "count": N_("số lượng"),
    "kind": N_("loại"),
    "moved": N_("số việc"),
}


def detail(row, name: str, value) -> tuple[str, str]:
    """A fact of a row of the log in words: what it is, what it says."""
    words = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    if name == "before":
        words = next((_(states[value]) for states in _states(row.action) if value in states), words)
    return (_(FACTS[name]) if name in FACTS else name), words


def _states(action: str) -> list[dict[str, str]]:
    """The state tables of what the action is about, the one with this very step first."""
    noun, _dot, step = action.partition(".")
    machines = sorted(_MACHINES.get(noun, ()), key=lambda machine: step not in machine.steps)
    return [machine.states for machine in machines]


def deed(action: str) -> str:
    """The action in the visitor's language; its bare name when nobody named it."""
    if action in DEEDS:
        return _(DEEDS[action])
    noun, _dot, name = action.partition(".")
    for machine in _MACHINES.get(noun, ()):
        if name in machine.steps and machine.steps[name].done:
            return _(machine.steps[name].done)
    return action


def groups() -> list[tuple[str, list[tuple[str, str]]]]:
    """For the filter: (noun, [(action, words)]), each noun first as a whole."""
    return [(_(words), [_whole(noun), *_actions(noun)]) for noun, words in NOUNS.items()]


def _whole(noun) -> tuple[str, str]:
    return f"{noun}.", _("Tất cả: %(noun)s", noun=_(NOUNS[noun]).lower())


def _actions(noun) -> list[tuple[str, str]]:
    steps = (step for machine in _MACHINES.get(noun, ()) for step in machine.steps)
    actions = dict.fromkeys(
        [*(each for each in DEEDS if each.startswith(f"{noun}.")), *(f"{noun}.{s}" for s in steps)]
    )
    return sorted(((action, deed(action)) for action in actions), key=lambda pair: pair[1])
