"""The words of a deal, and what counts: the definitions of PRODUCT.md section 5, in one place.

* a connection is made when both sides accepted and the contacts were released (`introduce`);
* a connection is successful when one side noted a meeting and the other confirmed it;
* a transaction is a signed agreement that was verified: both sides confirmed it, or a curator
  read it in a document. Its value counts once, in the year it was signed, as local when both
  parties were of the province then, and outside otherwise. A harvested record is never local.
"""

from calendar import monthrange
from datetime import date

from marketplace.domain.errors import N_

# What happens between two parties, in the usual order.
MILESTONES = {
    "contact": N_("Đã liên hệ"),
    "meeting": N_("Đã gặp nhau"),
    "visit": N_("Đã xem tận nơi"),
    "trial": N_("Đã chạy thử"),
    "offer": N_("Đã chào giá, gửi đề xuất"),
    "draft": N_("Đã có dự thảo hợp đồng"),
    "signed": N_("Đã ký"),
}
MEETING = "meeting"  # what makes a connection a successful one

# Forms of an agreement; PRODUCT.md section 3 "cooperation", as it is signed.
AGREEMENT_FORMS = {
    "assignment": N_("Chuyển nhượng quyền sở hữu"),
    "exclusive_licence": N_("Cấp quyền sử dụng độc quyền"),
    "licence": N_("Cấp quyền sử dụng không độc quyền"),
    "joint_venture": N_("Liên doanh, góp vốn bằng công nghệ"),
    "rd": N_("Hợp tác nghiên cứu và phát triển"),
    "technical_service": N_("Dịch vụ kỹ thuật"),
    "consulting": N_("Tư vấn"),
    "equipment": N_("Mua bán máy móc, thiết bị"),
    "pilot": N_("Làm thử nghiệm"),
    "other": N_("Hình thức khác"),
}

# Why a side rests the deal. It goes on when either says so.
PAUSES = {
    "season": N_("Chờ mùa vụ"),
    "capital": N_("Chờ vốn"),
    "approval": N_("Chờ cấp trên phê duyệt"),
    "trial_result": N_("Chờ kết quả chạy thử"),
    "paperwork": N_("Chờ giấy tờ, thủ tục"),
    "busy": N_("Chưa sắp xếp được thời gian"),
}

# Why the other side, or the curator, does not confirm a claimed agreement.
DISPUTES = {
    "not_signed": N_("Chưa ký"),
    "wrong_value": N_("Sai giá trị"),
    "wrong_date": N_("Sai ngày"),
    "wrong_form": N_("Sai hình thức"),
    "other_contract": N_("Nhầm sang hợp đồng khác"),
    "unreadable": N_("Giấy tờ không đọc được hoặc không đúng"),
}

VERIFIED_BY = {
    "both": N_("Hai bên xác nhận"),
    "document": N_("Cán bộ đối chiếu giấy tờ"),
}

FOLLOW_UP_MONTHS = (6, 12)
FEWEST_SUMMED = 3  # a sum of fewer values would tell one of them


def other(side: str) -> str:
    """The other side of "a" or "b"."""
    return {"a": "b", "b": "a"}[side]


def is_local(provinces: tuple[str, str], home: str, origins: tuple[str, str]) -> bool:
    """Whether an agreement counts as local: both parties of the province `home`, and neither
    record brought in from another exchange."""
    return set(provinces) == {home} and "harvested" not in origins


def months_after(start: date, months: int) -> date:
    """The same day of the month so many months on, or the last day of that month."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
