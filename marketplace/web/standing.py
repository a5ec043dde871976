"""How a match stands, said to one of its parties: "you" and "the other side", where the state table
speaks of the side asked first and the side asked second."""

from flask_babel import gettext as _

from marketplace.domain.errors import N_
from marketplace.domain.workflow import MATCH

_YOUR_TURN, _THEIR_TURN = N_("Chờ bạn trả lời"), N_("Chờ bên kia trả lời")
# state -> (said to the first side, said to the second). The others are the same for both.
_SAID = {
    "proposed_to_first": (_YOUR_TURN, _THEIR_TURN),
    "first_accepted": (N_("Bạn đã đồng ý"), N_("Bên kia đã đồng ý")),
    "proposed_to_second": (_THEIR_TURN, _YOUR_TURN),
}
_ANSWERS = N_("Bạn trả lời"), N_("Bên kia trả lời")
_AFTER = (
    N_("Cán bộ kết nối"),
    N_("Hai bên liên hệ"),
    N_("Đàm phán và ký"),
    N_("Theo dõi kết quả"),
)
# state -> the place in `path` it stands at, from 1; the others have left the path.
PLACES = {
    "proposed_to_first": 1, "first_accepted": 2, "proposed_to_second": 2, "both_accepted": 3,
    "introduced": 4, "in_contact": 5, "negotiating": 5, "agreement_claimed": 5,
    "agreement_verified": 6, "followed_6m": 6, "followed_12m": 6,
}  # fmt: skip


def said(state: str, *, first: bool) -> str:
    """The state in words for the side asked first, or the other."""
    both = (MATCH.states[state],) * 2
    return _(_SAID.get(state, both)[0 if first else 1])


def path(*, first: bool) -> list[str]:
    """The steps of an introduction as this side goes through them."""
    answers = _ANSWERS if first else _ANSWERS[::-1]
    return [_(words) for words in (*answers, *_AFTER)]
