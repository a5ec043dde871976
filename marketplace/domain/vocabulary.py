"""Words the rules are written in. Lists an officer may edit live in the vocabulary tables; the
words here are the ones code depends on."""

from marketplace.domain.errors import N_


def pgettext(_context: str, text: str) -> str:
    """Marks a text translated by context, as N_ marks one that stands alone: Vietnamese says one
    and many alike, English does not."""
    return text


# kind -> (reference prefix, one, many)
KINDS = {
    "offer": ("TO", N_("Chào công nghệ, thiết bị"), pgettext("many", "Công nghệ, thiết bị")),
    "need": ("TR", N_("Nhu cầu công nghệ"), pgettext("many", "Nhu cầu công nghệ")),
    "idea": ("ID", N_("Ý tưởng khởi nghiệp"), pgettext("many", "Ý tưởng khởi nghiệp")),
    "startup": ("ST", N_("Dự án khởi nghiệp"), pgettext("many", "Dự án khởi nghiệp")),
    "mentor": ("MT", N_("Cố vấn"), pgettext("many", "Cố vấn")),
    "expert": ("EX", N_("Chuyên gia"), pgettext("many", "Chuyên gia")),
    "investor": ("IV", N_("Nhà đầu tư"), pgettext("many", "Nhà đầu tư")),
    "support": ("SO", N_("Tổ chức hỗ trợ"), pgettext("many", "Tổ chức hỗ trợ")),
}

# pair type -> (kind that asks, kind that answers, its name). A is always the asking side.
PAIR_TYPES = {
    "need-offer": ("need", "offer", N_("Nhu cầu – công nghệ")),
    "need-expert": ("need", "expert", N_("Nhu cầu – chuyên gia")),
    "idea-mentor": ("idea", "mentor", N_("Ý tưởng – cố vấn")),
    "startup-mentor": ("startup", "mentor", N_("Dự án – cố vấn")),
    "startup-investor": ("startup", "investor", N_("Dự án – nhà đầu tư")),
    "startup-offer": ("startup", "offer", N_("Dự án – công nghệ")),
    "startup-support": ("startup", "support", N_("Dự án – tổ chức hỗ trợ")),
    "idea-support": ("idea", "support", N_("Ý tưởng – tổ chức hỗ trợ")),
    "offer-investor": ("offer", "investor", N_("Công nghệ – nhà đầu tư")),
}

# What a member does on the exchange; a person may wear several.
HATS = {
    "founder": N_("Người khởi nghiệp"),
    "enterprise": N_("Doanh nghiệp, hợp tác xã"),
    "researcher": N_("Nhà nghiên cứu, trường, viện"),
    "mentor": N_("Cố vấn"),
    "investor": N_("Nhà đầu tư"),
    "support": N_("Tổ chức hỗ trợ"),
}

ROLES = {
    "guest": N_("Khách"),
    "member": N_("Thành viên"),
    "curator": N_("Cán bộ kết nối"),
    "lead": N_("Trưởng nhóm kết nối"),
    "officer": N_("Cán bộ sở, ngành, xã"),
    "leader": N_("Lãnh đạo"),
    "auditor": N_("Kiểm soát viên"),
    "sysadmin": N_("Quản trị hệ thống"),
}
STAFF_ROLES = frozenset({"curator", "lead", "officer", "leader", "auditor", "sysadmin"})

# Who may find a published listing: everybody, signed-in members, everybody but without the
# owner's name, or only those the centre invites.
VISIBILITIES = {
    "public": N_("Công khai"),
    "registered": N_("Chỉ thành viên đã đăng nhập"),
    "masked": N_("Công khai, giấu tên đơn vị"),
    "invitation": N_("Chỉ khi được mời"),
}

# PRODUCT.md section 3, "Reason codes for not a match".
REASONS = {
    "wrong_problem": N_("Sai vấn đề"),
    "wrong_scale": N_("Lệch quy mô, công suất"),
    "trl_too_low": N_("Công nghệ chưa đủ chín"),
    "price": N_("Lệch giá"),
    "location": N_("Xa, không tiện địa bàn"),
    "ip_blocked": N_("Vướng sở hữu trí tuệ"),
    "duplicate": N_("Trùng"),
    "stale": N_("Hồ sơ cũ, không liên lạc được"),
    "conflict": N_("Xung đột lợi ích"),
    "in_contact": N_("Hai bên đã liên hệ"),
    "direct_sale": N_("Chỉ bán hàng thông thường"),
    "legal": N_("Vướng quy định pháp luật"),
    "too_vague": N_("Mô tả quá chung"),
}

# Why an introduction came to nothing, as one of the parties tells it. What each says of the pair:
# domain/verdicts.
FAILURES = {
    "unreachable": N_("Không liên lạc được với bên kia"),
    "not_fit": N_("Xem kỹ thì không hợp việc cần"),
    "trial_failed": N_("Chạy thử không đạt"),
    "price_apart": N_("Không thống nhất được giá"),
    "terms_apart": N_("Không thống nhất được điều khoản khác"),
    "no_capital": N_("Chưa thu xếp được vốn"),
    "ip_unclear": N_("Vướng quyền sở hữu trí tuệ"),
    "barred_by_law": N_("Vướng quy định pháp luật"),
    "other_partner": N_("Đã chọn đối tác khác"),
    "no_agreement": N_("Đã liên hệ, không đi tới thỏa thuận"),
    "no_need": N_("Không còn nhu cầu"),
}

# Checked by a curator before a listing is published (PRODUCT.md section 4.1).
CHECKLIST = {
    "clear": N_("Rõ ai làm, làm gì, tìm đối tác nào"),
    "kind_right": N_("Đúng loại hồ sơ"),
    "no_identity": N_("Nội dung giấu tên không lộ danh tính"),
    "evidence": N_("Khẳng định có bằng chứng"),
    "lists": N_("Đã đối chiếu danh mục hạn chế, cấm chuyển giao"),
    "ip_consent": N_("Chủ sở hữu trí tuệ đồng ý; đơn chưa công bố không lộ số"),
    "state_consent": N_("Kết quả dùng ngân sách có ý kiến cơ quan giao quyền"),
    "not_advert": N_("Không phải quảng cáo thuần túy"),
    "keywords": N_("Từ khóa, lĩnh vực đủ cụ thể"),
    "not_duplicate": N_("Không trùng hồ sơ đã có"),
}
