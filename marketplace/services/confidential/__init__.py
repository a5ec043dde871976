"""What is kept secret in a listing, opened for one reader: asked for, promised, granted for some
days, marked with the reader's name, and every opening on record (PRODUCT.md section 4.4)."""

from marketplace.services.confidential import marking, nda, papers
from marketplace.services.confidential.answering import accept, approve, cancel, deny, revoke
from marketplace.services.confidential.asking import (
    ask,
    count_open,
    match_with,
    standing_of,
    things,
)
from marketplace.services.confidential.clock import expire_due, lapse_due, remind_expiring
from marketplace.services.confidential.opening import handed_out, prepared
from marketplace.services.confidential.reading import (
    PAGE,
    by_key,
    of_asker,
    of_listing,
    of_owner,
    page_of_all,
    views,
    visible_to,
    waiting_for,
)

__all__ = [
    "PAGE",
    "accept",
    "approve",
    "ask",
    "by_key",
    "cancel",
    "count_open",
    "deny",
    "expire_due",
    "handed_out",
    "lapse_due",
    "marking",
    "match_with",
    "nda",
    "of_asker",
    "of_listing",
    "of_owner",
    "page_of_all",
    "papers",
    "prepared",
    "remind_expiring",
    "revoke",
    "standing_of",
    "things",
    "views",
    "visible_to",
    "waiting_for",
]
