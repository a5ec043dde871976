"""Which letters the exchange writes, how urgent each is, and when it may come.

A fact is told once: on the site always, and by mail at once or in a digest. At once comes what
waits for the reader or what the reader waits for; the rest is news and by default comes on Mondays,
for who gets a mail about everything reads none.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from marketplace.domain.errors import N_
from marketplace.domain.saved_searches import last_digest

# What letters are about -> its name; a reader chooses for each.
TOPICS = {
    "listing": N_("Hồ sơ của tôi"),
    "match": N_("Kết nối và giao dịch"),
    "organisation": N_("Đơn vị của tôi"),
    "service": N_("Dịch vụ của Trung tâm"),
    "mentoring": N_("Cố vấn"),
    "work": N_("Việc của cán bộ"),
}
# choice -> its name; the first is taken where nobody chose.
CHOICES = {
    "weekly": N_("Việc cần tôi: gửi ngay. Tin khác: gom vào sáng thứ Hai"),
    "daily": N_("Việc cần tôi: gửi ngay. Tin khác: gom vào mỗi sáng"),
    "now": N_("Gửi ngay mọi tin"),
    "site": N_("Không gửi thư, chỉ xem trên sàn"),
}
QUIET = (21, 7)  # from, to: local hours in which no mail leaves


@dataclass(frozen=True)
class Letter:
    """A template of templates/mail.

    topic   what it is about; "" for a letter about the account itself, which nobody turns off
    waits   it asks something of the reader, or brings what the reader waits for
    shown   it stands in the inbox of the site too (a letter with a key in it does not)
    """

    topic: str = ""
    waits: bool = True
    shown: bool = True


_KEY = Letter(shown=False)
_ACCOUNT = Letter()


def _about(topic: str, *, waiting: str = "", news: str = "") -> dict[str, Letter]:
    return {name: Letter(topic) for name in waiting.split()} | {
        name: Letter(topic, waits=False) for name in news.split()
    }


LETTERS = {
    **dict.fromkeys(
        ("verify", "reset", "change_email", "already_registered", "invite", "digest", "notices"),
        _KEY,
    ),
    **dict.fromkeys(
        ("password_changed", "email_changed", "recovery_code_used", "second_factor_on",
         "second_factor_off"), _ACCOUNT,
    ),
    **_about(
        "listing",
        waiting="listing_published listing_rejected listing_returned listing_expiring "
        "listing_confirm listing_taken_down listing_published_client import_refused import_done "
        "import_checked",
        news="listing_submitted listing_revised listing_cleared listing_expired",
    ),
    **_about(
        "match",
        waiting="match_proposed match_reminder match_introduced match_client_proposed "
        "match_client_reminder match_client_introduced match_client_closed "
        "room_offer room_offer_answered room_meeting room_meeting_changed room_meeting_soon "
        "room_task_due "
        "deal_claimed deal_disputed deal_verified deal_follow_up "
        "access_requested access_promise access_granted access_denied access_revoked "
        "access_expiring "
        "deck_requested deck_granted deck_offered coinvest_consent coinvest_invited",
        news="room_news match_closed deal_milestone deal_paused access_signed access_lapsed "
        "coinvest_answered",
    ),
    **_about(
        "organisation",
        waiting="organisation_asked organisation_admitted organisation_refused "
        "organisation_removed",
        news="organisation_verified",
    ),
    **_about(
        "service",
        waiting="service_quoted service_question service_delivered service_ended "
        "service_reminder",
        news="service_received service_moved",
    ),
    **_about(
        "mentoring",
        waiting="mentoring_offered mentoring_accepted mentoring_scheduled mentoring_moved "
        "mentoring_soon mentoring_noted mentoring_ended mentoring_reminder mentoring_times",
        news="mentoring_next",
    ),
    **_about(
        "mentoring",
        waiting="clinic_advised clinic_let_in clinic_asked clinic_late",
        news="clinic_taken",
    ),
    **_about(
        "work", waiting="match_call listing_corrected listing_flagged deal_client deal_called "
        "deal_document service_new service_assigned service_replied service_late "
        "mentoring_desk",
        news="match_failed",
    ),
}  # fmt: skip


def choice_of(settings: dict, topic: str) -> str:
    """What somebody chose for a topic; `settings` is models.User.notice_settings."""
    chosen = settings.get(topic)
    return chosen if chosen in CHOICES else next(iter(CHOICES))


def quiet_of(settings: dict) -> tuple[int, int]:
    return tuple(settings.get("quiet") or QUIET)


def next_digest(choice: str, now: datetime) -> datetime:
    """When the next digest of "daily" or "weekly" is due; `now` in local time, with its zone."""
    return last_digest(choice, now) + timedelta(days=7 if choice == "weekly" else 1)


def not_quiet(quiet: tuple[int, int], now: datetime) -> datetime:
    """`now` (local), or the end of the quiet hours it falls into. From equal to to: none are."""
    begin, end = quiet
    within = begin <= now.hour < end if begin <= end else now.hour >= begin or now.hour < end
    if not within:
        return now
    day = now.date() if now.hour < end else now.date() + timedelta(days=1)
    return datetime.combine(day, time(end), now.tzinfo)
