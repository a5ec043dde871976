"""The idea clinic: an idea nobody has heard of, written step by step, advised on by a coach its
founder let in, and dated by stamps that even the site cannot set back.

State tables, the steps a founder writes, and the exact texts whose hashes are the stamps.
"""

import hashlib
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime

from marketplace.domain.errors import N_
from marketplace.domain.machine import Machine, step

CLINIC = Machine(
    "clinic",
    {
        "open": N_("Đang viết"),
        "profiled": N_("Đã thành hồ sơ"),
        "closed": N_("Đã khép lại"),
        "withdrawn": N_("Đã xóa, còn giấy đóng dấu"),
    },
    step("profile", "open", "profiled", N_("Làm hồ sơ nháp"), N_("Đã làm hồ sơ nháp")),
    step("close", "open profiled", "closed", N_("Khép lại"), N_("Đã khép lại")),
    step("withdraw", "open profiled closed", "withdrawn", N_("Xóa ý tưởng"),
          N_("Đã xóa nội dung, giấy đóng dấu còn lại")),
)  # fmt: skip

# One step of an idea. Writing on after an answer asks nobody: it waits until advice is asked anew.
ADVICE = Machine(
    "advice",
    {
        "writing": N_("Đang viết"),
        "asked": N_("Chờ góp ý"),
        "more": N_("Nên viết thêm"),
        "good": N_("Đạt"),
    },
    step("ask", "writing more", "asked", N_("Xin góp ý"), N_("Đã xin góp ý")),
    step("take_back", "asked", "writing", N_("Thôi, chưa cần góp ý"), N_("Đã rút lời xin góp ý")),
    step("pass", "asked", "good", N_("Đạt"), N_("Người hướng dẫn thấy đạt")),
    step("send_back", "asked", "more", N_("Viết thêm"), N_("Người hướng dẫn khuyên viết thêm")),
    step("rewrite", "more good", "writing", N_("Viết lại"), N_("Đã viết lại")),
)  # fmt: skip

# What a founder writes, in this order -> its name. Questions and examples are the province's.
STEPS = {
    "problem": N_("Vấn đề"),
    "people": N_("Ai gặp vấn đề"),
    "solution": N_("Cách giải quyết"),
    "novelty": N_("Điểm mới"),
    "test": N_("Phép thử đầu tiên"),
    "team": N_("Nhóm làm"),
    "help": N_("Cần giúp gì"),
}
PROFILE = "profile"  # the step after them all

# Step -> the public field of an idea its text may become; the others are kept secret or left out.
PUBLIC_FIELDS = {
    "problem": "problem",
    "people": "beneficiaries",
    "solution": "solution",
    "team": "team_need",
    "help": "team_need",
}
# What becomes of a step in the profile -> its name.
PUBLIC, KEPT, LEFT_OUT = "public", "kept", "left_out"
SHARES = {
    PUBLIC: N_("Đưa ra công khai"),
    KEPT: N_("Giữ kín trong hồ sơ"),
    LEFT_OUT: N_("Không đưa vào hồ sơ"),
}


def shares(step: str) -> tuple[str, ...]:
    """What may become of a step; the first is proposed. What is new is never proposed to all."""
    if step not in PUBLIC_FIELDS:
        return (KEPT, LEFT_OUT)
    return (KEPT, PUBLIC, LEFT_OUT) if step == "solution" else (PUBLIC, KEPT, LEFT_OUT)


# Groups of states.
CLINIC_WRITABLE = frozenset({"open", "profiled"})
ANSWERED = frozenset({"more", "good"})

TITLE_SHORTEST, TITLE_LONGEST = 4, 80
TEXT_LONGEST, ADVICE_LONGEST = 4000, 2000
MOST_CHECKS = 20  # of one step
CLINIC_ADVICE_DAYS = 3  # working days until a coach should have answered
IDEAS_PER_MEMBER = 10  # in the clinic at a time
MOST_READERS = 5  # mentors let in at a time


# --- Stamps --------------------------------------------------------------------------------------
FORMAT = "SAN-Y-TUONG-1"
NOTHING_BEFORE = "0" * 64


def canonical(text: str) -> str:
    """NFC, lines ended by one line feed, no spaces at their ends, no empty line at either end."""
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")


def stamped_text(author: str, title: str, texts: Mapping[str, str], salt: str) -> str:
    """The text a stamp is of, exactly as its founder may download it: a line with the format, one
    each with salt, author and working title, then for every step that holds words an empty line,
    its name in brackets and its text; at the end one line feed. The stamp is the SHA-256 of its
    UTF-8 bytes. `salt` is random, so that a short idea cannot be guessed from its hash."""
    parts = [
        f"{FORMAT}\nMã ngẫu nhiên: {salt}\nNgười viết: {author}\nTên tạm: {title}",
        *(f"[{name}]\n{texts[step]}" for step, name in STEPS.items() if texts.get(step)),
    ]
    return canonical("\n\n".join(parts)) + "\n"


def digest(content: bytes) -> str:
    """SHA-256, as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def instant(at: datetime) -> str:
    """`2026-11-24T01:52:19Z`: whole seconds, UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def linked(previous: str, number: int, at: datetime, sha256: str) -> str:
    """The head of the chain after a receipt: SHA-256 over the head before it, its number, its
    time and its hash, each on a line that ends with a line feed."""
    return digest(f"{previous}\n{number}\n{instant(at)}\n{sha256}\n".encode())
