"""Words and limits of an investor's pipeline, of looking at a startup together, and of teasers.

The pipeline is private: its stages are moved through freely, forward and back. Three of them want
something beside: passing a reason, waiting a day to look again, investing a deal of the exchange.
"""

from marketplace.domain.errors import N_
from marketplace.domain.machine import Machine, step

# What an investor may follow, and what has a deck.
FOLLOWED_KINDS = frozenset({"startup", "idea", "offer"})
DECK_KINDS = frozenset({"startup"})

# stage -> (its name, tone and sign of its tag); in the order of the board.
STAGES = {
    "seen": (N_("Mới để ý"), "info", "eye"),
    "interested": (N_("Đang quan tâm"), "info", "hand-thumbs-up"),
    "met": (N_("Đã gặp"), "info", "people-fill"),
    "diligence": (N_("Thẩm định"), "warn", "search"),
    "offered": (N_("Đã đề nghị"), "warn", "send"),
    "invested": (N_("Đã rót vốn"), "good", "check-circle-fill"),
    "parked": (N_("Để sau"), "quiet", "clock"),
    "passed": (N_("Không đầu tư"), "quiet", "x-lg"),
}
FIRST_STAGE = next(iter(STAGES))
AT_REST = frozenset({"invested", "parked", "passed"})

# Why an investor does not invest (PRODUCT.md section 3, "pass reasons", confidential).
PASS_REASONS = {
    "too_early": N_("Còn quá sớm"),
    "team": N_("Đội ngũ chưa đủ"),
    "market": N_("Thị trường nhỏ hoặc chưa rõ"),
    "technology": N_("Công nghệ chưa chứng minh được"),
    "rights": N_("Vướng sở hữu trí tuệ"),
    "price": N_("Định giá, điều kiện chưa hợp"),
    "ticket": N_("Khoản tiền ngoài mức của chúng tôi"),
    "focus": N_("Ngoài lĩnh vực, địa bàn của chúng tôi"),
    "return": N_("Khó thoái vốn, lợi suất thấp"),
    "no_answer": N_("Bên kia không trả lời"),
    "other_investor": N_("Đã có nhà đầu tư khác"),
}
# Reasons are shown to the lead as counts only: of at least so many cards of so many investors.
FEWEST_CARDS, FEWEST_INVESTORS = 5, 3

NOTE_LONGEST, NEXT_LONGEST = 4000, 200
TEASER_NOTE_LONGEST = 600
INVITATIONS_PER_CARD = 5  # that stand at one time
OFFERS_PER_DECK = 20  # that stand at one time

# What a teaser says unless its owner chose: fields by kind, the first ones first.
TEASER_FIELDS = {
    "startup": (
        "problem", "solution", "business_model", "product_stage", "team", "customers",
        "revenue_band", "round", "ask_amount", "instruments", "use_of_funds", "needs", "impact",
    ),
    "idea": (
        "problem", "solution", "beneficiaries", "idea_stage", "team_need", "help_wanted",
    ),
    "offer": (
        "problem", "description", "advantages", "economics", "cooperation", "price_type",
        "partner", "requirements", "references",
    ),
}  # fmt: skip
# What can be proved, in lines of its own: readiness, rights, recognition.
EVIDENCE = ("trl", "ip", "ipr_status", "ip_records", "recognition", "incubated_at")

# Two investors who look at one startup together: its founder first, then the investor invited.
COINVEST = Machine(
    "coinvest",
    {
        "asked": N_("Chờ bên khởi nghiệp đồng ý"),
        "refused": N_("Bên khởi nghiệp không đồng ý"),
        "invited": N_("Chờ nhà đầu tư được mời trả lời"),
        "declined": N_("Nhà đầu tư được mời từ chối"),
        "together": N_("Đang cùng xem"),
        "left": N_("Đã thôi cùng xem"),
        "withdrawn": N_("Đã rút lời mời"),
    },
    step("consent", "asked", "invited", N_("Đồng ý cho mời"), N_("Bên khởi nghiệp đã đồng ý")),
    step("refuse", "asked", "refused", N_("Không đồng ý"), N_("Bên khởi nghiệp không đồng ý")),
    step("join", "invited", "together", N_("Nhận lời cùng xem"), N_("Đã nhận lời cùng xem")),
    step("decline", "invited", "declined", N_("Từ chối"), N_("Đã từ chối lời mời")),
    step("withdraw", "asked invited", "withdrawn", N_("Rút lời mời"), N_("Đã rút lời mời")),
    step("leave", "together", "left", N_("Thôi cùng xem"), N_("Đã thôi cùng xem")),
)  # fmt: skip
# A founder who offers the deck to an investor; asking for it is ACCESS.
DECK = Machine(
    "deck",
    {
        "offered": N_("Chờ nhà đầu tư trả lời"),
        "taken": N_("Nhà đầu tư nhận xem"),
        "declined": N_("Nhà đầu tư không xem"),
        "withdrawn": N_("Đã rút lời mời"),
    },
    step("take", "offered", "taken", N_("Nhận xem"), N_("Đã nhận xem")),
    step("decline", "offered", "declined", N_("Không xem"), N_("Đã từ chối xem")),
    step("withdraw", "offered", "withdrawn", N_("Rút lời mời"), N_("Đã rút lời mời")),
)
COINVEST_OPEN = frozenset({"asked", "invited"})  # somebody must still answer
COINVEST_STANDING = COINVEST_OPEN | {"together"}
# The investor who was invited knows of it: nobody learns of what the founder did not allow.
COINVEST_TOLD = frozenset({"invited", "declined", "together", "left"})
