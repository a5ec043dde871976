"""What people are told: kept for the inbox of the site, mailed at once or in a digest."""

from marketplace.services.notices.choices import mute, save_choices, stop_path, to_stop
from marketplace.services.notices.digests import send_due
from marketplace.services.notices.inbox import page_of, read_all, read_one, unread
from marketplace.services.notices.keeping import Sending, keep

__all__ = [
    "Sending", "keep", "mute", "page_of", "read_all", "read_one", "save_choices", "send_due",
    "stop_path", "to_stop", "unread",
]  # fmt: skip
