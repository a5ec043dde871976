"""Saved searches: what a person wants to hear of, the listings that answered, digests and feeds."""

from marketplace.services.saved_searches.addresses import (
    feed_path,
    find_path,
    of_feed,
    stop_all_path,
    stop_path,
    to_stop,
)
from marketplace.services.saved_searches.digests import send_due
from marketplace.services.saved_searches.feeds import EMPTY, Entry, FeedAway, entries
from marketplace.services.saved_searches.news import News, since_last_look
from marketplace.services.saved_searches.own import (
    by_key,
    change,
    delete,
    look,
    new_feed,
    of_user,
    same,
    save,
    stop,
)
from marketplace.services.saved_searches.watching import Watch, query_of

__all__ = [
    "EMPTY",
    "Entry",
    "FeedAway",
    "News",
    "Watch",
    "by_key",
    "change",
    "delete",
    "entries",
    "feed_path",
    "find_path",
    "look",
    "new_feed",
    "of_feed",
    "of_user",
    "query_of",
    "same",
    "save",
    "send_due",
    "since_last_look",
    "stop",
    "stop_all_path",
    "stop_path",
    "to_stop",
]
