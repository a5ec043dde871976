"""Fields every listing has (PRODUCT.md section 3, "Common to every listing")."""

from marketplace.domain.errors import N_
from marketplace.domain.fields.base import CONTACT, PUBLIC, Field


def opening(title: str, title_hint: str, title_example: str, summary_example: str) -> tuple:
    """The first step: what it is in one line and one paragraph."""
    return (
        Field(
            "title_vi",
            "text",
            title,
            PUBLIC,
            "basics",
            True,
            120,
            part="title",
            weight=2,
            hint=title_hint,
            example=title_example,
        ),
        Field(
            "summary_vi",
            "long",
            N_("Tóm tắt"),
            PUBLIC,
            "basics",
            True,
            500,
            part="summary",
            weight=2,
            hint=N_("Ba đến năm câu để người ngoài ngành cũng hiểu. Tối đa 500 ký tự."),
            example=summary_example,
        ),
        Field(
            "sectors",
            "choices",
            N_("Lĩnh vực khoa học và công nghệ"),
            PUBLIC,
            "basics",
            True,
            3,
            scheme="sector",
            hint=N_("Chọn từ 1 đến 3 lĩnh vực gần nhất."),
            example=N_("Kỹ thuật thực phẩm và đồ uống"),
        ),
        Field(
            "priority",
            "choice",
            N_("Lĩnh vực ưu tiên của tỉnh"),
            PUBLIC,
            "basics",
            scheme="priority",
            hint=N_("Theo kế hoạch khoa học và công nghệ của tỉnh."),
            example=N_("Nông nghiệp, nông thôn"),
        ),
        Field(
            "place",
            "place",
            N_("Xã, phường"),
            PUBLIC,
            "basics",
            hint=N_("Nơi sử dụng hoặc nơi đặt cơ sở. Gõ tên xã cũ cũng tìm được."),
            example=N_("Phường Phố Hiến"),
        ),
        Field(
            "technology_keywords",
            "tags",
            N_("Từ khóa công nghệ"),
            PUBLIC,
            "basics",
            limit=5,
            part="summary",
            hint=N_("Tối đa 5 từ khóa, cách nhau bằng dấu phẩy."),
            example=N_("sấy lạnh, bơm nhiệt, bảo quản nông sản"),
        ),
    )


def english() -> tuple:
    """The English face of a listing; optional, offered at the end so that it scares nobody."""
    return (
        Field(
            "title_en",
            "text",
            N_("Tên tiếng Anh"),
            PUBLIC,
            "contact",
            limit=120,
            weight=0,
            hint=N_("Không bắt buộc. Giúp đối tác nước ngoài tìm thấy."),
            example=N_("Heat-pump dryer for longan"),
        ),
        Field(
            "summary_en",
            "long",
            N_("Tóm tắt tiếng Anh"),
            PUBLIC,
            "contact",
            limit=500,
            weight=0,
            hint=N_("Không bắt buộc."),
            example=N_("A dryer that keeps colour and saves energy."),
        ),
    )


CONTACTS = (
    Field(
        "contact_name",
        "text",
        N_("Người liên hệ"),
        CONTACT,
        "contact",
        True,
        80,
        hint=N_("Chỉ trao cho bên kia khi hai bên cùng đồng ý kết nối."),
        example=N_("Nguyễn Thị Hoa"),
    ),
    Field(
        "contact_phone",
        "phone",
        N_("Điện thoại liên hệ"),
        CONTACT,
        "contact",
        limit=20,
        hint=N_("Số di động hoặc cố định. Không hiện công khai."),
        example="0912 345 678",
    ),
    Field(
        "contact_email",
        "email",
        N_("Thư điện tử liên hệ"),
        CONTACT,
        "contact",
        limit=120,
        hint=N_("Không hiện công khai."),
        example="hoa@htxnhanlong.vn",
    ),
)
