"""The room of a deal: messages, offers, files, meetings and tasks of its two parties.

room.of(session, actor, match)             # what this reader may read of it: a Room
room.messages.post(...), room.offers.make(...), .answer(...)
room.papers.add(...), .content(...)        # files and their versions
room.meetings.propose(...), .answer(...)   # and room.calendars.file(row, ...)
room.tasks.add(...), .done(...)
room.unread(session, actor)                # match id -> messages not read yet
"""

from marketplace.services.room import calendars, meetings, messages, offers, papers, tasks
from marketplace.services.room.meetings import remind_due as remind_meetings
from marketplace.services.room.reading import Room, of, unread
from marketplace.services.room.tasks import remind_due as remind_tasks

__all__ = [
    "Room",
    "calendars",
    "meetings",
    "messages",
    "of",
    "offers",
    "papers",
    "remind_meetings",
    "remind_tasks",
    "tasks",
    "unread",
]
