"""What the matcher found, in words: constraints as sentences, never a bare number of its own."""

from flask_babel import gettext as _

from marketplace.domain import fields
from marketplace.domain.errors import N_
from marketplace.domain.fields import PUBLIC
from marketplace.services.indexing import FACT_LEVEL
from marketplace.web.excerpts import excerpt
from marketplace.web.presentation import in_line, label, money

OPENING = ("title", "summary")  # parts of a record that are read with its title
LEVELS = {"strong": 3, "good": 2, "weak": 1}


def _list(scheme, codes):
    return ", ".join(label(scheme, code) for code in codes or ())


def _apart(km: int) -> str:
    """Distances are between the centres of communes: none is within one."""
    return _("cách khoảng %(km)s km", km=km) if km else _("cùng xã, phường")


# rule -> (when satisfied, when failed, when unknown, detail from the rule's values)
def _sentences():
    return {
        "readiness": (
            _("Công nghệ đủ chín so với yêu cầu"),
            _("Công nghệ chưa chín như yêu cầu"),
            _("Chưa rõ mức sẵn sàng"),
            lambda v: _("cần TRL %(need)s, có TRL %(has)s", need=v["trl_min"], has=v["trl"]),
        ),
        "budget": (
            _("Giá nằm trong ngân sách"),
            _("Giá vượt ngân sách"),
            _("Chưa rõ giá hoặc ngân sách"),
            None,
        ),
        "distance": (
            _("Ở gần nhau"),
            _("Ở xa nhau"),
            _("Chưa rõ khoảng cách"),
            lambda v: _apart(v["km"]) if "km" in v else "",
        ),
        "geography": (
            _("Đúng địa bàn nhận"),
            _("Ngoài địa bàn nhận"),
            _("Chưa rõ địa bàn"),
            lambda v: (
                _("cả nước")
                if v.get("geography") == ["VN"]
                else _list("province", v.get("geography"))
            ),
        ),
        "ticket": (
            _("Số vốn cần vừa tầm nhà đầu tư"),
            _("Số vốn cần lệch tầm nhà đầu tư"),
            _("Chưa rõ số vốn cần"),
            lambda v: _(
                "cần %(ask)s; nhận từ %(low)s đến %(high)s",
                ask=money(v["ask_amount"]),
                low=money(v.get("ticket_min")) or "–",
                high=money(v.get("ticket_max")) or "–",
            ),
        ),
        "stage": (
            _("Đúng giai đoạn nhận"),
            _("Khác giai đoạn nhận"),
            _("Chưa rõ giai đoạn"),
            lambda v: _list("startup_stage", [v["stage"]]),
        ),
        "investor_readiness": (
            _("Mức sẵn sàng trong khoảng nhà đầu tư nhận"),
            _("Mức sẵn sàng ngoài khoảng nhà đầu tư nhận"),
            _("Chưa rõ mức sẵn sàng"),
            lambda v: _(
                "có TRL %(has)s, nhận từ %(low)s đến %(high)s",
                has=v["trl"],
                low=v["trl_from"],
                high=v["trl_to"],
            ),
        ),
        "capacity": (
            _("Còn chỗ nhận"),
            _("Đã kín chỗ"),
            _("Chưa rõ khả năng nhận"),
            lambda v: _("còn %(count)s chỗ", count=v["capacity"]),
        ),
        "legal": (
            _("Không thuộc danh mục cấm chuyển giao"),
            _("Thuộc danh mục cấm chuyển giao"),
            _("Chưa đối chiếu danh mục"),
            None,
        ),
        "conflict": (
            _("Không vướng xung đột lợi ích đã khai"),
            _("Vướng xung đột lợi ích đã khai"),
            _("Chưa khai xung đột lợi ích"),
            None,
        ),
        "sectors": (
            _("Cùng lĩnh vực"),
            _("Khác lĩnh vực"),
            _("Chưa rõ lĩnh vực"),
            lambda v: _list("sector", v.get("shared")),
        ),
        "cooperation": (
            _("Cùng hình thức hợp tác"),
            _("Khác hình thức hợp tác"),
            _("Chưa rõ hình thức hợp tác"),
            lambda v: _list("cooperation", v.get("shared")),
        ),
        "help": (
            _("Giúp đúng việc đang cần"),
            _("Không giúp việc đang cần"),
            _("Chưa rõ việc cần giúp"),
            None,
        ),
        "instruments": (
            _("Cùng hình thức vốn"),
            _("Khác hình thức vốn"),
            _("Chưa rõ hình thức vốn"),
            lambda v: _list("instrument", v.get("shared")),
        ),
        "languages": (
            _("Chung ngôn ngữ làm việc"),
            _("Khác ngôn ngữ làm việc"),
            _("Chưa rõ ngôn ngữ"),
            lambda v: _list("language", v.get("shared")),
        ),
    }


def constraints(explanation: dict, *, levels) -> list[tuple[str, bool | None, str, bool]]:
    """(words, satisfied, detail, hard) of each rule, failed hard ones first.

    A rule is told only to a reader of the levels of all facts it looked at, on both sides: the
    outcome alone would give a confidential figure away bit by bit.
    """
    sentences, rows = _sentences(), []
    for rule in explanation.get("constraints", ()):
        if rule["name"] not in sentences:
            continue
        if any(FACT_LEVEL.get(fact, PUBLIC) not in levels for fact in rule["sources"]):
            continue
        good, bad, unknown, detail = sentences[rule["name"]]
        words = {True: good, False: bad}.get(rule["satisfied"], unknown)
        extra = detail(rule["values"]) if detail and rule["values"] else ""
        rows.append((words, rule["satisfied"], extra, rule["hard"]))
    order = {False: 0, True: 1, None: 2}
    return sorted(rows, key=lambda row: (order[row[1]], not row[3]))


def failed(rule: str) -> str:
    """What is said of a rule that fails."""
    return _sentences()[rule][1]


# How well one side suits the other by its texts alone, before facts: (least score, words). Half of
# what a level demands, as a level counts the facts too.
DIRECTIONS = ((0.5, N_("rất hợp")), (0.2, N_("hợp")), (0.0, N_("ít rõ")))


def both_ways(match) -> tuple[str, str]:
    """(how well the answering side suits the asking one, the way back), in words."""
    return tuple(
        next(_(words) for least, words in DIRECTIONS if (score or 0) >= least)
        for score in (match.score_ab, match.score_ba)
    )


def passages(explanation: dict, limit: int = 3) -> list[tuple[str, str]]:
    """What matters of the closest passages, what is asked left and what answers it right."""
    shared = explanation.get("shared_terms", ())
    return [
        tuple(
            excerpt(side["text"], shared, opening=side.get("part") in OPENING)
            for side in (pair["a"], pair["b"])
        )
        for pair in explanation.get("passages", ())[:limit]
    ]


def terms(explanation: dict) -> list[str]:
    return list(explanation.get("shared_terms", ()))[:12]


# What a curator compares, line by line: (words, field of the asking side, of the answering side).
_ALWAYS = ((N_("Tóm tắt"), "summary_vi", "summary_vi"),)
_COMMON = (
    (N_("Lĩnh vực"), "sectors", "sectors"),
    (N_("Xã, phường"), "place", "place"),
)
_VENTURE_PERSON = (
    (N_("Đang cần / Giúp tốt nhất"), "needs", "help_offered"),
    (N_("Cần giúp / Giúp được"), "help_wanted", "functions"),
    (N_("Giai đoạn"), "product_stage", "stages"),
    (N_("Vấn đề / Kinh nghiệm"), "problem", "biography"),
    (N_("Sức nhận"), "", "capacity"),
)
COMPARED = {
    "need-offer": (
        (N_("Vấn đề"), "problem", "problem"),
        (N_("Cách làm nay / Giải pháp"), "current_technology", "description"),
        (N_("Yêu cầu / Thông số"), "must_have", "specifications"),
        (N_("Công suất / Ưu điểm"), "capacity_wanted", "advantages"),
        (N_("Mức sẵn sàng (TRL)"), "trl_min", "trl"),
        (N_("Ngân sách đến / Giá từ"), "budget_max", "price_min"),
        (N_("Hình thức hợp tác"), "cooperation", "cooperation"),
        (N_("Hạn / Nơi đã dùng"), "deadline", "references"),
    ),
    "need-expert": (
        (N_("Vấn đề / Chuyên môn"), "problem", "expertise"),
        (N_("Yêu cầu / Giúp được"), "must_have", "help_offered"),
        (N_("Hạn / Công trình"), "deadline", "works"),
        (N_("Sức nhận"), "", "capacity"),
    ),
    "idea-mentor": (
        (N_("Vấn đề / Kinh nghiệm"), "problem", "biography"),
        (N_("Giải pháp / Giúp tốt nhất"), "solution", "help_offered"),
        (N_("Cần giúp / Giúp được"), "help_wanted", "functions"),
        (N_("Giai đoạn"), "idea_stage", "stages"),
        (N_("Sức nhận"), "", "capacity"),
    ),
    "startup-mentor": _VENTURE_PERSON,
    "startup-investor": (
        (N_("Giải pháp / Khẩu vị"), "solution", "thesis"),
        (N_("Mô hình / Giúp thêm"), "business_model", "value_add"),
        (N_("Số vốn cần / Từ"), "ask_amount", "ticket_min"),
        (N_("Vòng / Đến"), "round", "ticket_max"),
        (N_("Giai đoạn"), "product_stage", "stages"),
        (N_("Hình thức vốn"), "instruments", "instruments"),
        (N_("TRL / TRL từ"), "trl", "trl_from"),
        (N_("Địa bàn"), "place", "geography"),
    ),
    "startup-offer": (
        (N_("Đang cần / Giải pháp"), "needs", "description"),
        (N_("Vấn đề"), "problem", "problem"),
        (N_("Mức sẵn sàng (TRL)"), "trl", "trl"),
    ),
    "startup-support": (
        (N_("Đang cần / Dịch vụ"), "needs", "services_offered"),
        (N_("Cần giúp / Giúp được"), "help_wanted", "help_offered"),
        (N_("Giai đoạn"), "product_stage", "stages"),
        (N_("Sức nhận"), "", "capacity"),
    ),
    "idea-support": (
        (N_("Vấn đề / Năng lực"), "problem", "description"),
        (N_("Cần giúp / Giúp được"), "help_wanted", "help_offered"),
        (N_("Sức nhận"), "", "capacity"),
    ),
    "offer-investor": (
        (N_("Giải pháp / Khẩu vị"), "description", "thesis"),
        (N_("Ưu điểm / Giúp thêm"), "advantages", "value_add"),
        (N_("Mức sẵn sàng / TRL từ"), "trl", "trl_from"),
    ),
}


def compared(pair_type: str, a, b) -> list[tuple[str, list, str]]:
    """Rows for the `compare` macro from two views; a field the reader may not see stays empty."""
    rows = []
    for words, of_a, of_b in (*_ALWAYS, *COMPARED[pair_type], *_COMMON):
        values = [_shown(a, of_a), _shown(b, of_b)]
        if any(values):
            rows.append((_(words), values, ""))
    return rows


def _shown(view, name):
    field = fields.field(view.kind, name) if name else None
    return in_line(view, field) if field else ""
