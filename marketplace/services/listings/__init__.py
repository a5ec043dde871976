"""Listings: from the first word typed to the archive. One module a concern; the verbs others call
are gathered here."""

from marketplace.services.listings.drafts import (
    contents,
    create,
    percent,
    prefilled,
    save,
    set_options,
    stamp,
    told_at_once,
    whats_wrong,
)
from marketplace.services.listings.events import history, last, remember
from marketplace.services.listings.lifetime import (
    archive_due,
    expire_due,
    remind_expiring,
    renew,
    renewable,
)
from marketplace.services.listings.reading import (
    by_ref,
    by_tracking_code,
    changes,
    of_actor,
    version_before,
)
from marketplace.services.listings.steps import advance, flag, submit

__all__ = [
    "advance",
    "archive_due",
    "by_ref",
    "by_tracking_code",
    "changes",
    "contents",
    "create",
    "expire_due",
    "flag",
    "history",
    "last",
    "of_actor",
    "percent",
    "prefilled",
    "remember",
    "remind_expiring",
    "renew",
    "renewable",
    "save",
    "set_options",
    "stamp",
    "submit",
    "told_at_once",
    "version_before",
    "whats_wrong",
]
