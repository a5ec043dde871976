"""A meeting with a mentor as a calendar file, as rooms make theirs."""

from dataclasses import dataclass, field
from datetime import datetime

from marketplace.services.mentoring.reading import Meeting
from marketplace.services.room import calendars

_STANDING = {
    "scheduled": "agreed",
    "held": "held",
    "moved": "cancelled",
    "cancelled": "cancelled",
    "no_show": "cancelled",
}


@dataclass(frozen=True)
class _Entry:
    key: str
    state: str
    starts_at: datetime
    minutes: int
    changed_at: datetime
    sequence: int
    said: dict = field(repr=False)


def file(meeting: Meeting, **told) -> bytes:
    """The bytes; `told` as room.calendars.file takes it. Without a place where the reader may not
    know it."""
    row = meeting.row
    entry = _Entry(
        row.key, _STANDING[row.state], row.starts_at, row.minutes, row.changed_at, row.sequence,
        {"where": meeting.where, "agenda": ""},
    )  # fmt: skip
    return calendars.file(entry, **told)
