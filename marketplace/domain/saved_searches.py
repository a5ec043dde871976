"""What a person may ask to be told about new listings, and how often."""

from datetime import datetime, time, timedelta

from marketplace.domain.errors import N_, DomainError

# frequency -> what the choice is called; the first is offered first
FREQUENCIES = {
    "weekly": N_("Thư mỗi tuần, sáng thứ Hai"),
    "daily": N_("Thư mỗi ngày, buổi sáng"),
    "site": N_("Không gửi thư, chỉ xem trên sàn"),
}
BY_MAIL = ("daily", "weekly")
MOST = 30  # saved searches of one person
LONGEST_NAME = 120  # characters
LONGEST_TEXT = 400  # characters of a query, as on the search page

HOUR = time(7)  # local
MONDAY = 0


class TooManySaved(DomainError):
    status = 409
    message = N_(
        "Bạn đã lưu %(most)s tìm kiếm, là mức nhiều nhất. Hãy xóa bớt tìm kiếm không cần nữa."
    )


class FeedGone(DomainError):
    status = 410
    message = N_("Nguồn tin này không còn: tìm kiếm đã được xóa, hoặc nguồn tin có địa chỉ mới.")


def last_digest(frequency: str, now: datetime) -> datetime:
    """When the latest digest of this frequency was due; `now` in local time, with its zone."""
    day = now.date() if now.time() >= HOUR else now.date() - timedelta(days=1)
    if frequency == "weekly":
        day -= timedelta(days=(day.weekday() - MONDAY) % 7)
    return datetime.combine(day, HOUR, now.tzinfo)
