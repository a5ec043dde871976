"""What a field of a listing is. The tables beside this file say which fields each kind has."""

from dataclasses import dataclass

from marketplace.domain.errors import N_

# Who may read a field. Each level is stored in rows of its own, so that a reader without the
# level is never even handed the text. CONTACT is confidential, but is released on introduction.
PUBLIC, REGISTERED, CONTACT, CONFIDENTIAL, STAFF = (
    "public",
    "registered",
    "contact",
    "confidential",
    "staff",
)
LEVELS = (PUBLIC, REGISTERED, CONTACT, CONFIDENTIAL, STAFF)

# text: one line · long: paragraphs · lines: one item a line · tags: short words, comma separated
# choice / choices: codes of a vocabulary `scheme` · place: a commune code · money: whole VND
TYPES = (
    "text",
    "long",
    "lines",
    "tags",
    "choice",
    "choices",
    "place",
    "integer",
    "money",
    "percent",
    "date",
    "boolean",
    "email",
    "phone",
    "url",
)


@dataclass(frozen=True)
class Field:
    """One field: `label`, `hint` and `example` are Vietnamese msgids; `limit` counts characters
    for text, items for lists; `part` names the passage of the matcher it feeds (public only)."""

    name: str
    type: str
    label: str
    level: str = PUBLIC
    step: str = "basics"
    required: bool = False
    limit: int = 0
    scheme: str = ""
    hint: str = ""
    example: str = ""
    part: str = ""
    minimum: int | None = None
    maximum: int | None = None
    weight: int = 1  # share of the completeness meter; 0 does not count

    def __post_init__(self):
        if self.type not in TYPES or self.level not in LEVELS:
            raise ValueError(f"field {self.name}: unknown type or level")
        if self.part and self.level != PUBLIC:
            raise ValueError(f"field {self.name}: only public text may reach the matcher")


STEP_TITLES = {
    "basics": N_("Giới thiệu chung"),
    "problem": N_("Vấn đề và giải pháp"),
    "technology": N_("Công nghệ và mức sẵn sàng"),
    "rights": N_("Sở hữu trí tuệ"),
    "terms": N_("Hợp tác và chi phí"),
    "requirements": N_("Yêu cầu cần đạt"),
    "team": N_("Đội ngũ và thị trường"),
    "capital": N_("Vốn và nhu cầu hỗ trợ"),
    "profile": N_("Năng lực"),
    "availability": N_("Khả năng tiếp nhận"),
    "criteria": N_("Tiêu chí"),
    "services": N_("Dịch vụ"),
    "contact": N_("Liên hệ và công khai"),
}
