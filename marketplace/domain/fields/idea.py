"""Startup idea, before there is a company."""

from marketplace.domain.errors import N_
from marketplace.domain.fields.base import CONFIDENTIAL, PUBLIC, REGISTERED, Field
from marketplace.domain.fields.common import CONTACTS, english, opening

FIELDS = (
    *opening(
        N_("Tên ý tưởng"),
        N_("Ngắn gọn, nói được điều mới. Tối đa 120 ký tự."),
        N_("Bao bì từ bẹ chuối thay khay xốp cho nhãn xuất khẩu"),
        N_("Biến bẹ chuối bỏ đi ven sông Hồng thành khay đựng quả phân hủy trong 60 ngày."),
    ),
    Field("problem", "long", N_("Vấn đề"), PUBLIC, "problem", True, 3000, part="problem", weight=2,
          hint=N_("Ai đang gặp khó, mức độ ra sao."),
          example=N_("Khay xốp bị siêu thị châu Âu từ chối.")),
    Field("solution", "long", N_("Cách giải quyết"), PUBLIC, "problem", True, 4000, part="solution",
          weight=2, hint=N_("Điều bạn định làm, không cần chi tiết bí mật."),
          example=N_("Ép nóng sợi chuối với tinh bột dong.")),
    Field("beneficiaries", "long", N_("Ai được lợi"), PUBLIC, "problem", limit=1500, part="problem",
          hint=N_("Khách hàng, cộng đồng, số lượng."),
          example=N_("40 cơ sở đóng gói nhãn và 300 hộ trồng chuối.")),
    Field("novelty", "long", N_("Điểm mới"), CONFIDENTIAL, "problem", limit=3000, weight=0,
          hint=N_("Chỉ bạn và cán bộ sàn đọc."), example=N_("Không dùng keo, ép một lần.")),
    Field("idea_stage", "choice", N_("Ý tưởng đang ở đâu"), PUBLIC, "team", True,
          scheme="idea_stage", hint=N_("Chưa có gì cũng được."), example=N_("Đã có mẫu thử")),
    Field("team_need", "long", N_("Cần thêm người thế nào"), PUBLIC, "team", limit=1500,
          part="partner", hint=N_("Kỹ năng, thời gian."), example=N_("Một kỹ sư vật liệu.")),
    Field("founder_group", "choices", N_("Nhóm người sáng lập"), REGISTERED, "team", limit=3,
          scheme="founder_group", weight=0,
          hint=N_("Giúp tìm chương trình hỗ trợ phù hợp. Chỉ thành viên thấy."),
          example=N_("Sinh viên")),
    Field("help_wanted", "choices", N_("Cần giúp gì"), PUBLIC, "team", True, 5,
          scheme="help_wanted", hint=N_("Chọn tối đa 5."), example=N_("Cố vấn")),
    Field("secret", "long", N_("Phần giữ kín"), CONFIDENTIAL, "team", limit=8000, weight=0,
          hint=N_("Được đóng dấu thời gian khi gửi. Chỉ bạn và cán bộ sàn đọc."),
          example=N_("Công thức phối trộn.")),
    *CONTACTS,
    *english(),
)  # fmt: skip
