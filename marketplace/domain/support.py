"""Words and limits of the centre's services; what each service is stands in the province's
catalogue, how a request moves in workflow.SERVICE."""

from marketplace.domain.errors import N_

# Why the centre does not do it -> its name.
REFUSALS = {
    "not_ours": N_("Không thuộc việc của Trung tâm"),
    "too_little": N_("Chưa đủ thông tin để làm"),
    "no_capacity": N_("Lúc này không đủ người, thiết bị"),
    "not_lawful": N_("Pháp luật không cho phép"),
    "asked_before": N_("Trùng với yêu cầu khác"),
}
# All reasons a request may end with.
ENDINGS = REFUSALS | {"no_answer": N_("Không có trả lời")}

RATINGS = range(1, 6)
RATING_WORDS = {
    5: N_("Rất hài lòng"),
    4: N_("Hài lòng"),
    3: N_("Tạm được"),
    2: N_("Chưa hài lòng"),
    1: N_("Rất không hài lòng"),
}
FEWEST_RATED = 3  # a mean of fewer ratings would tell who gave which
TEXT_SHORTEST, TEXT_LONGEST = 20, 2000
NOTE_LONGEST, RESULT_LONGEST = 2000, 6000
MOST_VND = 10**12
