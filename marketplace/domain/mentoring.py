"""Mentoring: its state table, the words people choose from, and its limits.

A founder asks, the centre checks, mentors are asked one after the other in the founder's order. One
who accepts has offered times; the founder takes one; they meet; the mentor writes down what came of
it. Another meeting with the same mentor goes back to choosing a time.
"""

from marketplace.domain.errors import N_
from marketplace.domain.machine import Machine, step

MENTORING = Machine(
    "mentoring",
    {
        "requested": N_("Chờ Trung tâm xem"),
        "checked": N_("Đang tìm cố vấn"),
        "offered": N_("Chờ cố vấn trả lời"),
        "pending_manual": N_("Chờ Trung tâm chọn cố vấn"),
        "accepted": N_("Chờ chọn giờ gặp"),
        "scheduled": N_("Đã hẹn giờ"),
        "held": N_("Đã gặp, chờ ghi chú"),
        "no_show": N_("Một bên vắng mặt"),
        "noted": N_("Đã có ghi chú"),
        "closed": N_("Đã xong"),
        "refused": N_("Trung tâm không nhận"),
        "cancelled": N_("Người xin đã thôi"),
    },
    step("check", "requested", "checked", N_("Duyệt, hỏi cố vấn"), N_("Trung tâm đã duyệt")),
    step("refuse", "requested pending_manual", "refused", N_("Không nhận"),
          N_("Trung tâm không nhận")),
    step("offer", "checked", "offered", N_("Hỏi cố vấn"), N_("Đã hỏi cố vấn")),
    step("pend", "checked", "pending_manual", N_("Chờ chọn cố vấn"),
          N_("Chưa có ai nhận, Trung tâm sẽ chọn cố vấn")),
    step("assign", "pending_manual", "checked", N_("Chọn cố vấn"),
          N_("Trung tâm đã chọn một cố vấn")),
    step("pass_on", "offered", "checked", N_("Hỏi người tiếp theo"),
          N_("Chưa có trả lời, hỏi người tiếp theo")),
    step("accept", "offered", "accepted", N_("Nhận cố vấn"), N_("Cố vấn đã nhận lời")),
    step("decline", "offered accepted", "checked", N_("Không nhận được lúc này"),
          N_("Cố vấn không nhận được lúc này")),
    step("choose", "accepted", "scheduled", N_("Chọn giờ này"), N_("Đã hẹn giờ gặp")),
    step("other_slot", "scheduled", "accepted", N_("Xin giờ khác"), N_("Xin chọn giờ khác")),
    # Once held only by the founder, who was told of a meeting that was none: services/mentoring.
    step("miss", "scheduled held noted", "no_show", N_("Không gặp được"), N_("Không gặp được")),
    step("hold", "scheduled", "held", N_("Đã gặp"), N_("Đã gặp")),
    step("note", "held noted", "noted", N_("Gửi ghi chú"), N_("Cố vấn đã gửi ghi chú")),
    step("again", "noted no_show", "accepted", N_("Hẹn thêm buổi nữa"), N_("Hẹn thêm một buổi")),
    step("close", "accepted noted no_show", "closed", N_("Khép lại"), N_("Đã khép lại")),
    step("cancel", "requested checked offered pending_manual accepted scheduled", "cancelled",
          N_("Thôi không cần nữa"), N_("Người xin đã thôi")),
)  # fmt: skip

# Groups of states: the desk must act, the mentor must, the founder must; the mentor's place is
# taken; it goes on.
AT_DESK = frozenset({"requested", "pending_manual"})
AT_MENTOR = frozenset({"offered", "scheduled", "held"})
AT_FOUNDER = frozenset({"accepted"})
TAKES_PLACE = frozenset({"offered", "accepted", "scheduled", "held", "no_show", "noted"})
OPEN = AT_DESK | {"checked"} | TAKES_PLACE

SESSION_STATES = ("scheduled", "moved", "held", "no_show", "cancelled")
ABSENT = {"mentor": N_("Cố vấn vắng mặt"), "founder": N_("Người xin vắng mặt")}
# How a wish was answered; "skipped": not asked, since the mentor could not have been.
ANSWERS = ("", "asked", "accepted", "declined", "skipped", "passed")

# What a mentor may say no with. The founder reads "not now" whatever it was.
DECLINES = {
    "busy": N_("Lúc này bận"),
    "not_mine": N_("Ngoài chuyên môn của tôi"),
    "too_early": N_("Còn quá sớm để tôi giúp được"),
    "unclear": N_("Câu hỏi chưa đủ rõ"),
    "conflict": N_("Vướng xung đột lợi ích"),
}
# Why a wish was not asked at all.
SKIPPED = {
    "gone": N_("Hồ sơ cố vấn không còn đăng"),
    "own": N_("Cùng đơn vị với người xin"),
    "full": N_("Cố vấn đang kín chỗ"),
}
# Why the centre does not take it -> what to mend.
REFUSALS = {
    "too_vague": N_("Mục tiêu hoặc câu hỏi chưa rõ"),
    "not_mentoring": N_("Việc này cần dịch vụ khác, không phải cố vấn"),
    "not_ready": N_("Cần viết hồ sơ ý tưởng, dự án trước"),
    "asked_before": N_("Trùng với yêu cầu đang có"),
    "nobody": N_("Chưa tìm được cố vấn phù hợp"),
}
MODES = {"online": N_("Trực tuyến"), "in_person": N_("Trực tiếp")}

MOST_WISHES, MOST_DECLINES = 3, 5
MOST_QUESTIONS, MOST_ITEMS = 3, 5  # questions of a request; action items of one form
GOAL_SHORTEST, GOAL_LONGEST = 20, 1500
QUESTION_LONGEST, WHERE_LONGEST, ITEM_LONGEST = 300, 300, 300
BRIEF_LONGEST, NOTES_LONGEST, WORDS_LONGEST, WHY_LONGEST = 3000, 6000, 1000, 1000
LENGTHS = (30, 45, 60, 90, 120)  # minutes of a meeting
MOST_AT_ONCE, MOST_SLOTS = 24, 120  # times given in one form; of one mentor, to come
FAR_DAYS = 180
OPEN_PER_MEMBER = 3
FEWEST_RATED = 3  # a mean of fewer ratings would tell who gave which

# Days: working days for the desk and for people, calendar days where said.
CHECK_DAYS = 2
ANSWER_DAYS = 5
CHOOSE_DAYS = 10
NOTE_DAYS = 5
CLOSE_DAYS = 30  # calendar days after the notes, when nothing more was asked for
REMINDER_DAYS = 1  # calendar days before a meeting
