"""Services of the centre: a catalogue of the province, requests, and their way to a result that was
received and rated (PRODUCT.md section 4.5)."""

from marketplace.services.support import catalogue, figures, steps
from marketplace.services.support.asking import count_open, request
from marketplace.services.support.clock import confirm_due, escalate_due, remind_due
from marketplace.services.support.pace import between
from marketplace.services.support.reading import (
    PAGE,
    QUEUES,
    by_key,
    counts,
    curators,
    history,
    next_after,
    of_asker,
    partners,
    queue,
    visible_to,
    waiting_for,
    workload,
)

__all__ = [
    "PAGE",
    "QUEUES",
    "between",
    "by_key",
    "catalogue",
    "confirm_due",
    "count_open",
    "counts",
    "curators",
    "escalate_due",
    "figures",
    "history",
    "next_after",
    "of_asker",
    "partners",
    "queue",
    "remind_due",
    "request",
    "steps",
    "visible_to",
    "waiting_for",
    "workload",
]
