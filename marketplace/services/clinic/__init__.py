"""The idea clinic: private ideas, stamped and coached step by step to a profile."""

from marketplace.services.clinic import chain, guide
from marketplace.services.clinic.advising import (
    advise,
    ask,
    give_back,
    let_in,
    mentors,
    opened,
    remind_due,
    shut_out,
    take,
    take_back,
)
from marketplace.services.clinic.fitting import fits
from marketplace.services.clinic.profiling import profile
from marketplace.services.clinic.reading import (
    PAGE,
    answered,
    by_key,
    count_waiting,
    next_step,
    of_founder,
    of_reader,
    queue,
    texts,
    version,
    version_of,
    versions,
    views,
    visible_to,
    workload,
    written,
)
from marketplace.services.clinic.writing import close, rename, start, withdraw, write

__all__ = [
    "PAGE", "advise", "answered", "ask", "by_key", "chain", "close", "count_waiting", "fits",
    "give_back", "guide", "let_in", "mentors", "next_step", "of_founder", "of_reader", "opened",
    "profile", "queue", "remind_due", "rename", "shut_out", "start", "take", "take_back", "texts",
    "version", "version_of", "versions", "views", "visible_to", "withdraw", "workload", "write",
    "written",
]  # fmt: skip
