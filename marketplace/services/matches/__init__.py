"""Matches: triage, proposals, answers, introductions, interest, notes, deadlines."""

from marketplace.services.matches import clients
from marketplace.services.matches.deadlines import lapse_due, remind_due
from marketplace.services.matches.interest import express, mine_to_offer, open_interests
from marketplace.services.matches.parties import answerable, reach
from marketplace.services.matches.reading import (
    by_key,
    history,
    next_after,
    of_actor,
    of_listing,
    queue,
    queue_counts,
)
from marketplace.services.matches.steps import (
    advance,
    assign,
    declare_interest,
    note,
    settle,
)

__all__ = [
    "advance",
    "answerable",
    "assign",
    "by_key",
    "clients",
    "declare_interest",
    "express",
    "history",
    "lapse_due",
    "mine_to_offer",
    "next_after",
    "note",
    "of_actor",
    "of_listing",
    "open_interests",
    "queue",
    "queue_counts",
    "reach",
    "remind_due",
    "settle",
]
