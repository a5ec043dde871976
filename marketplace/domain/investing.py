"""Words and limits of an investor's pipeline, of looking at a startup together, and of teasers.

The pipeline is private: its stages are moved through freely, forward and back. Three of them want
something beside: passing a reason, waiting a day to look again, investing a deal of the exchange.
"""

from marketplace.domain.errors import N_

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
