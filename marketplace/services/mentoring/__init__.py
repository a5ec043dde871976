"""Mentoring: a founder's request, mentors asked one by one, times, meetings, notes, marks and hours
(PRODUCT.md section 4.5).

mentoring.request(session, goal, questions, wishes, actor=, now=)
mentoring.steps.check(...), .refuse, .assign, .pass_on, .accept, .decline, .cancel, .close
mentoring.slots.give(session, listing, Offer, ...), .free(session, listing, now=)
mentoring.meetings.choose(...), .other_slot, .brief, .hold, .miss, .note, .tick, .rate, .again
mentoring.rating_of(session, listing)      # what everybody may know: a Rating
"""

from marketplace.services.mentoring import (
    asking,
    calendars,
    certificates,
    conflicts,
    figures,
    meetings,
    paper,
    reading,
    slots,
    steps,
)
from marketplace.services.mentoring.asking import request
from marketplace.services.mentoring.clock import close_due, remind_due, remind_meetings
from marketplace.services.mentoring.reading import by_key, rating_of, visible_to, waiting_for

__all__ = [
    "asking",
    "by_key",
    "calendars",
    "certificates",
    "close_due",
    "conflicts",
    "figures",
    "meetings",
    "paper",
    "rating_of",
    "reading",
    "remind_due",
    "remind_meetings",
    "request",
    "slots",
    "steps",
    "visible_to",
    "waiting_for",
]
