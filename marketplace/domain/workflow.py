"""The state tables of PRODUCT.md section 4. Pages draw their buttons from them, services move
records by them, the database checks states against them."""

from marketplace.domain.clinic import ADVICE, CLINIC  # noqa: F401  their words are beside them
from marketplace.domain.errors import N_
from marketplace.domain.investing import (  # noqa: F401  their words are beside them
    COINVEST,
    COINVEST_OPEN,
    COINVEST_STANDING,
    COINVEST_TOLD,
    DECK,
)
from marketplace.domain.machine import Machine
from marketplace.domain.machine import step as _step
from marketplace.domain.mentoring import MENTORING  # noqa: F401  its words and days are beside it

LISTING = Machine(
    "listing",
    {
        "draft": N_("Bản nháp"),
        "client_validation": N_("Chờ chủ hồ sơ xác nhận"),
        "in_review": N_("Đang xét duyệt"),
        "returned": N_("Cần bổ sung"),
        "rejected": N_("Không được đăng"),
        "published": N_("Đang đăng"),
        "on_hold": N_("Đang tạm dừng"),
        "flagged": N_("Bị báo, chờ xem xét"),
        "expired": N_("Hết hạn"),
        "withdrawn": N_("Đã rút"),
        "archived": N_("Đã lưu trữ"),
    },
    _step("submit", "draft returned", "in_review", N_("Gửi xét duyệt"), N_("Đã gửi xét duyệt")),
    _step("hand_over", "draft", "client_validation", N_("Gửi chủ hồ sơ xác nhận"),
          N_("Đã gửi chủ hồ sơ xác nhận")),
    _step("confirm", "client_validation", "published", N_("Xác nhận và đăng"),
          N_("Chủ hồ sơ đã xác nhận")),
    _step("correct", "client_validation", "draft", N_("Yêu cầu sửa"),
          N_("Chủ hồ sơ yêu cầu sửa")),
    _step("publish", "in_review", "published", N_("Duyệt đăng"), N_("Đã duyệt đăng")),
    _step("return", "in_review", "returned", N_("Trả lại để bổ sung"),
          N_("Đã trả lại để bổ sung")),
    _step("reject", "in_review", "rejected", N_("Từ chối"), N_("Đã từ chối")),
    _step("hold", "published", "on_hold", N_("Tạm dừng"), N_("Đã tạm dừng")),
    _step("resume", "on_hold", "published", N_("Đăng lại"), N_("Đã đăng lại")),
    _step("flag", "published", "flagged", N_("Báo nội dung sai"), N_("Có người báo nội dung sai")),
    _step("clear", "flagged", "published", N_("Giữ lại"), N_("Trưởng nhóm đã giữ lại")),
    _step("take_down", "flagged", "withdrawn", N_("Gỡ xuống"), N_("Trưởng nhóm đã gỡ xuống")),
    _step("expire", "published on_hold", "expired", N_("Hết hạn"), N_("Đã hết hạn")),
    _step("renew", "published expired", "published", N_("Gia hạn"), N_("Đã gia hạn")),
    _step("withdraw", "draft client_validation in_review returned published on_hold expired",
          "withdrawn", N_("Rút hồ sơ"), N_("Đã rút hồ sơ")),
    _step("reopen", "withdrawn rejected", "draft", N_("Mở lại làm bản nháp"),
          N_("Đã mở lại làm bản nháp")),
    _step("archive", "expired withdrawn rejected", "archived", N_("Lưu trữ"),
          N_("Đã lưu trữ")),
)  # fmt: skip

# Editing a published listing: the live version stays while the new one is looked at.
REVISION = Machine(
    "revision",
    {
        "none": N_("Không có bản sửa"),
        "draft": N_("Bản sửa đang soạn"),
        "in_review": N_("Bản sửa đang xét duyệt"),
        "returned": N_("Bản sửa cần bổ sung"),
    },
    _step("revise", "none", "draft", N_("Sửa"), N_("Đã bắt đầu sửa")),
    _step("submit_revision", "draft returned", "in_review", N_("Gửi bản sửa"),
          N_("Đã gửi bản sửa")),
    _step("approve_revision", "in_review", "none", N_("Duyệt bản sửa"), N_("Đã duyệt bản sửa")),
    _step("return_revision", "in_review", "returned", N_("Trả lại bản sửa"),
          N_("Đã trả lại bản sửa")),
    _step("discard_revision", "draft in_review returned", "none", N_("Bỏ bản sửa"),
          N_("Đã bỏ bản sửa")),
)  # fmt: skip

# "First" and "second" are the sides in the order they are asked (models.Match).
MATCH = Machine(
    "match",
    {
        "suggested": N_("Gợi ý"),
        "kept": N_("Giữ lại"),
        "later": N_("Để sau"),
        "dismissed": N_("Đã loại"),
        "proposed_to_first": N_("Chờ bên thứ nhất trả lời"),
        "first_accepted": N_("Bên thứ nhất đã đồng ý"),
        "proposed_to_second": N_("Chờ bên thứ hai trả lời"),
        "both_accepted": N_("Hai bên đã đồng ý"),
        "introduced": N_("Đã kết nối"),
        "in_contact": N_("Đang liên hệ"),
        "negotiating": N_("Đang đàm phán"),
        "agreement_claimed": N_("Đã báo ký, chờ xác nhận"),
        "agreement_verified": N_("Thỏa thuận đã xác minh"),
        "followed_6m": N_("Đã hỏi kết quả sau 6 tháng"),
        "followed_12m": N_("Đã hỏi kết quả sau 12 tháng"),
        "closed": N_("Đã hoàn tất"),
        "declined": N_("Một bên từ chối"),
        "lapsed": N_("Quá hạn, không trả lời"),
        "failed": N_("Không thành"),
    },
    _step("keep", "suggested later", "kept", N_("Giữ"), N_("Đã giữ")),
    _step("dismiss", "suggested later kept", "dismissed", N_("Loại"), N_("Đã loại")),
    _step("later", "suggested", "later", N_("Để sau"), N_("Đã để sau")),
    _step("undo", "kept dismissed later", "suggested", N_("Hoàn tác"), N_("Đã hoàn tác")),
    _step("propose_first", "kept lapsed", "proposed_to_first", N_("Đề xuất với bên thứ nhất"),
          N_("Đã đề xuất với bên thứ nhất")),
    _step("express", "suggested later kept dismissed lapsed", "first_accepted",
          N_("Bày tỏ quan tâm"), N_("Một thành viên bày tỏ quan tâm")),
    _step("accept_first", "proposed_to_first", "first_accepted", N_("Đồng ý"),
          N_("Bên thứ nhất đã đồng ý")),
    _step("decline_first", "proposed_to_first", "declined", N_("Từ chối"),
          N_("Bên thứ nhất đã từ chối")),
    _step("propose_second", "first_accepted", "proposed_to_second",
          N_("Đề xuất với bên thứ hai"), N_("Đã đề xuất với bên thứ hai")),
    _step("accept_second", "proposed_to_second", "both_accepted", N_("Đồng ý"),
          N_("Bên thứ hai đã đồng ý")),
    _step("decline_second", "proposed_to_second", "declined", N_("Từ chối"),
          N_("Bên thứ hai đã từ chối")),
    _step("introduce", "both_accepted", "introduced", N_("Kết nối hai bên"),
          N_("Đã kết nối và trao liên hệ")),
    _step("report_contact", "introduced", "in_contact", N_("Hai bên đã liên hệ được"),
          N_("Hai bên đã liên hệ")),
    _step("negotiate", "introduced in_contact", "negotiating", N_("Bắt đầu đàm phán"),
          N_("Hai bên bắt đầu đàm phán")),
    _step("claim_agreement", "introduced in_contact negotiating", "agreement_claimed",
          N_("Báo đã ký thỏa thuận"), N_("Một bên báo đã ký thỏa thuận")),
    _step("withdraw_claim", "agreement_claimed", "negotiating", N_("Rút lại báo ký"),
          N_("Đã rút lại báo ký thỏa thuận")),
    _step("dispute_agreement", "agreement_claimed", "negotiating", N_("Thỏa thuận chưa đúng"),
          N_("Thỏa thuận chưa đúng, hai bên trao đổi tiếp")),
    # By the other side's confirmation, or by a document a curator checked: services/deals.
    _step("verify_deal", "agreement_claimed", "agreement_verified", N_("Xác minh thỏa thuận"),
          N_("Thỏa thuận đã được xác minh")),
    _step("follow_6m", "agreement_verified", "followed_6m", N_("Ghi kết quả sau 6 tháng"),
          N_("Đã ghi kết quả sau 6 tháng")),
    _step("follow_12m", "agreement_verified followed_6m", "followed_12m",
          N_("Ghi kết quả sau 12 tháng"), N_("Đã ghi kết quả sau 12 tháng")),
    _step("close_deal", "agreement_verified followed_6m followed_12m", "closed",
          N_("Hoàn tất"), N_("Đã hoàn tất theo dõi")),
    _step("report_failed", "introduced in_contact negotiating agreement_claimed", "failed",
          N_("Báo không thành"), N_("Một bên báo không thành")),
    _step("lapse", "proposed_to_first", "lapsed", N_("Quá hạn"),
          N_("Quá hạn, không có trả lời")),
    # The first side's yes stands: the desk asks the silent side again, or stops.
    _step("lapse_second", "proposed_to_second", "first_accepted", N_("Quá hạn"),
          N_("Quá hạn, bên thứ hai không trả lời")),
    _step("fail", "kept proposed_to_first first_accepted proposed_to_second both_accepted "
          "introduced in_contact negotiating agreement_claimed", "failed", N_("Dừng, không thành"),
          N_("Đã dừng")),
)  # fmt: skip

# What is kept secret in a listing, opened for one reader: asked, answered with a promise to sign
# (NDA), and once that is signed open for some days.
ACCESS = Machine(
    "access",
    {
        "requested": N_("Chờ chủ hồ sơ trả lời"),
        "denied": N_("Chủ hồ sơ từ chối"),
        "nda_sent": N_("Chờ ký cam kết giữ kín"),
        "nda_accepted": N_("Đã ký cam kết"),
        "granted": N_("Đang được xem"),
        "expired": N_("Hết hạn xem"),
        "revoked": N_("Đã bị thu hồi"),
        "withdrawn": N_("Người xin đã thôi"),
        "lapsed": N_("Quá hạn, không trả lời"),
    },
    _step("approve", "requested", "nda_sent", N_("Cho xem, gửi cam kết"),
          N_("Chủ hồ sơ đồng ý, đã gửi cam kết")),
    _step("deny", "requested", "denied", N_("Từ chối"), N_("Chủ hồ sơ đã từ chối")),
    _step("accept", "nda_sent", "nda_accepted", N_("Ký cam kết"), N_("Đã ký cam kết giữ kín")),
    _step("grant", "nda_accepted", "granted", N_("Mở quyền xem"), N_("Đã mở quyền xem")),
    _step("revoke", "nda_sent nda_accepted granted", "revoked", N_("Thu hồi"),
          N_("Chủ hồ sơ đã thu hồi")),
    _step("cancel", "requested nda_sent", "withdrawn", N_("Thôi không xin nữa"),
          N_("Người xin đã thôi")),
    _step("expire", "granted", "expired", N_("Hết hạn"), N_("Đã hết hạn xem")),
    _step("lapse", "requested nda_sent nda_accepted", "lapsed", N_("Quá hạn"),
          N_("Quá hạn, không có trả lời")),
)  # fmt: skip

# A service of the centre: asked for, looked at, given to a curator, priced where it costs, done.
SERVICE = Machine(
    "service",
    {
        "new": N_("Mới gửi"),
        "triaged": N_("Đã tiếp nhận"),
        "assigned": N_("Đã có cán bộ phụ trách"),
        "quoted": N_("Chờ bạn đồng ý chi phí"),
        "agreed": N_("Đã đồng ý chi phí"),
        "in_progress": N_("Đang làm"),
        "waiting_client": N_("Chờ bạn bổ sung"),
        "delivered": N_("Đã giao kết quả"),
        "confirmed": N_("Đã nhận kết quả"),
        "rated": N_("Đã đánh giá"),
        "refused": N_("Không nhận làm"),
        "referred": N_("Đã giới thiệu nơi khác"),
        "cancelled": N_("Đã thôi"),
    },
    _step("triage", "new", "triaged", N_("Tiếp nhận"), N_("Đã tiếp nhận yêu cầu")),
    _step("assign", "triaged", "assigned", N_("Giao việc"), N_("Đã giao cho cán bộ phụ trách")),
    _step("quote", "assigned", "quoted", N_("Gửi chi phí"), N_("Đã gửi chi phí")),
    _step("agree", "quoted", "agreed", N_("Đồng ý chi phí"), N_("Đã đồng ý chi phí")),
    _step("decline", "quoted", "assigned", N_("Chưa đồng ý"), N_("Chưa đồng ý chi phí")),
    _step("start", "assigned agreed", "in_progress", N_("Bắt đầu làm"), N_("Đã bắt đầu làm")),
    _step("ask_client", "in_progress", "waiting_client", N_("Hỏi thêm"),
          N_("Đã hỏi thêm người yêu cầu")),
    _step("answer", "waiting_client", "in_progress", N_("Gửi trả lời"), N_("Đã trả lời")),
    _step("deliver", "in_progress", "delivered", N_("Giao kết quả"), N_("Đã giao kết quả")),
    _step("send_back", "delivered", "in_progress", N_("Chưa đúng, làm tiếp"),
          N_("Kết quả chưa đúng, làm tiếp")),
    _step("confirm", "delivered", "confirmed", N_("Đã nhận đủ kết quả"),
          N_("Đã xác nhận nhận đủ kết quả")),
    _step("rate", "confirmed", "rated", N_("Gửi đánh giá"), N_("Đã đánh giá")),
    _step("refuse", "new triaged assigned", "refused", N_("Không nhận làm"),
          N_("Trung tâm không nhận làm")),
    _step("refer", "new triaged assigned", "referred", N_("Giới thiệu nơi khác"),
          N_("Đã giới thiệu nơi khác")),
    _step("cancel", "new triaged assigned quoted agreed in_progress waiting_client", "cancelled",
          N_("Thôi không cần nữa"), N_("Người yêu cầu đã thôi")),
    _step("give_up", "quoted waiting_client", "cancelled", N_("Dừng vì không có trả lời"),
          N_("Đã dừng vì không có trả lời")),
)  # fmt: skip

# The room of a deal: an offer waits for the other side; a meeting too, and then for its day.
OFFER = Machine(
    "offer",
    {
        "open": N_("Chờ trả lời"),
        "accepted": N_("Đã đồng ý"),
        "refused": N_("Không đồng ý"),
        "countered": N_("Đã có đề xuất khác"),
        "withdrawn": N_("Đã rút đề xuất"),
    },
    _step("accept", "open", "accepted", N_("Đồng ý đề xuất"), N_("Đã đồng ý đề xuất")),
    _step("refuse", "open", "refused", N_("Không đồng ý đề xuất"), N_("Không đồng ý đề xuất")),
    _step("counter", "open", "countered", N_("Gửi đề xuất khác"), N_("Đã gửi đề xuất khác")),
    _step("withdraw", "open", "withdrawn", N_("Rút đề xuất"), N_("Đã rút đề xuất")),
)  # fmt: skip
MEETING = Machine(
    "meeting",
    {
        "proposed": N_("Chờ bên kia trả lời"),
        "agreed": N_("Đã hẹn"),
        "declined": N_("Không hẹn được"),
        "cancelled": N_("Đã hủy hẹn"),
        "held": N_("Đã gặp"),
    },
    _step("agree", "proposed", "agreed", N_("Nhận hẹn"), N_("Đã nhận hẹn")),
    _step("decline", "proposed", "declined", N_("Không hẹn được"), N_("Không hẹn được")),
    _step("cancel", "proposed agreed", "cancelled", N_("Hủy hẹn"), N_("Đã hủy hẹn")),
    _step("hold", "agreed", "held", N_("Đã gặp"), N_("Đã gặp")),
)  # fmt: skip

# A file of listings: checked without writing anything, then brought in whole or not at all.
IMPORT = Machine(
    "import",
    {
        "waiting": N_("Chờ kiểm tra"),
        "checking": N_("Đang kiểm tra"),
        "checked": N_("Đã kiểm tra, chưa đưa vào"),
        "refused": N_("Có lỗi, chưa đưa vào"),
        "importing": N_("Đang đưa vào"),
        "done": N_("Đã đưa vào"),
    },
    _step("check", "waiting", "checking", N_("Kiểm tra")),
    _step("accept", "checking", "checked", N_("Không có lỗi")),
    _step("refuse", "checking importing", "refused", N_("Có lỗi")),
    _step("start", "checked", "importing", N_("Đưa vào sàn")),
    _step("finish", "importing", "done", N_("Đã đưa vào")),
)

# Groups of states.
LISTING_EDITABLE = frozenset({"draft", "returned"})
LISTING_WAS_PUBLIC = frozenset({"published", "on_hold", "flagged", "expired"})
MATCH_TO_TRIAGE = frozenset({"suggested", "later"})
# The parties talk, with their contacts released; the agreement holds; both are the same people.
MATCH_TALKING = frozenset({"introduced", "in_contact", "negotiating", "agreement_claimed"})
MATCH_VERIFIED = frozenset({"agreement_verified", "followed_6m", "followed_12m", "closed"})
MATCH_RELEASED = MATCH_TALKING | MATCH_VERIFIED  # contacts are released to the parties
ROOM_OPEN = MATCH_RELEASED - {"closed"}  # the room takes messages; after that it is only read
MATCH_FOLLOWED = frozenset({"agreement_verified", "followed_6m"})  # a follow-up is to come
# A party has it and must answer; the desk has it and must act.
MATCH_ASKED = frozenset({"proposed_to_first", "proposed_to_second"})
MATCH_ANSWERED = frozenset({"first_accepted", "both_accepted"})
# Work in hand of the desk and the parties: it takes a place of who answers. What is signed takes
# none: the next one may be introduced.
MATCH_OPEN = frozenset(
    {"kept", "proposed_to_first", "first_accepted", "proposed_to_second", "both_accepted"}
    | MATCH_TALKING
)
# A party may ask for what the other side keeps secret.
MATCH_UNDER_WAY = MATCH_OPEN | MATCH_VERIFIED - {"closed"}
ACCESS_OPEN = frozenset({"requested", "nda_sent", "nda_accepted"})  # somebody must still answer
ACCESS_STANDING = ACCESS_OPEN | {"granted"}
# The centre must act; who asked must; it is over (what was delivered waits for both or for time).
SERVICE_AT_DESK = frozenset({"new", "triaged", "assigned", "agreed", "in_progress"})
SERVICE_AT_CLIENT = frozenset({"quoted", "waiting_client"})
SERVICE_IN_HAND = SERVICE_AT_CLIENT | {"assigned", "agreed", "in_progress", "delivered"}
SERVICE_OPEN = SERVICE_AT_DESK | SERVICE_AT_CLIENT | {"delivered"}
IMPORT_AT_WORK = frozenset({"waiting", "checking", "importing"})
# Days (PRODUCT.md sections 4.1 and 4.3).
LISTING_LIFE_DAYS = 365
LISTING_NOTICE_DAYS = 14
LISTING_ARCHIVE_DAYS = 730
ANSWER_DAYS = 7
REMINDER_DAYS = 14
LAPSE_DAYS = 21
OPEN_INTERESTS_PER_MEMBER = 5
# Access to what is kept secret (PRODUCT.md section 4.4).
ACCESS_DAYS = 30  # at most
ACCESS_NOTICE_DAYS = 3
OPEN_ACCESS_PER_MEMBER = 5
# Days of a deal: a curator looks after one in which nothing moves; the side that must confirm an
# agreement is reminded; follow-ups are asked for again, then looked after, then given up.
DEAL_SILENT_DAYS = 21
CONFIRM_REMINDER_DAYS = 7
FOLLOW_UP_REMINDER_DAYS = 14
FOLLOW_UP_REMINDERS = 3
FOLLOW_UP_CLOSE_DAYS = 90
ROOM_REMINDER_DAYS = 1  # before a meeting, and before the day of a task
DEAL_CLOSE_DAYS = 30  # after the last follow-up was answered
# Services (PRODUCT.md section 4.5): days of the desk are working days, by the catalogue.
SERVICE_TRIAGE_DAYS = 2  # working days, at most
SERVICE_ANSWER_DAYS = 10  # working days until who asked is reminded
SERVICE_CONFIRM_DAYS = 14  # after which a delivered service counts as received
OPEN_SERVICES_PER_MEMBER = 5
