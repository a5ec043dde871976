"""A meeting as a calendar file (RFC 5545): whoever opens it has it in the phone, and a later file
of the same meeting changes or removes it there (the same UID, a higher SEQUENCE)."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, vCalAddress, vText

from marketplace.models import RoomMeeting

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
_STATUS = {
    "proposed": "TENTATIVE",
    "agreed": "CONFIRMED",
    "held": "CONFIRMED",
    "declined": "CANCELLED",
    "cancelled": "CANCELLED",
}


def file(row: RoomMeeting, *, title: str, link: str, host: str, name: str, mail: str) -> bytes:
    """The file's bytes. `title` of the meeting, `link` to its room, `name` and `mail` of the
    exchange, whose `host` makes the UID one of its own."""
    status = _STATUS[row.state]
    calendar = Calendar()
    calendar.add("prodid", f"-//{name}//{host}//VI")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if status == "CANCELLED" else "PUBLISH")
    event = Event()
    event.add("uid", f"{row.key}@{host}")
    event.add("sequence", row.sequence)
    event.add("dtstamp", row.changed_at)
    event.add("dtstart", row.starts_at.astimezone(ZONE))
    event.add("dtend", (row.starts_at + timedelta(minutes=row.minutes)).astimezone(ZONE))
    event.add("summary", title)
    event.add("location", row.said["where"])
    event.add("description", "\n\n".join(filter(None, (row.said["agenda"], link))))
    event.add("url", link)
    event.add("status", status)
    event.add("class", "PRIVATE")
    organiser = vCalAddress(f"MAILTO:{mail}")
    organiser.params["cn"] = vText(name)
    event.add("organizer", organiser)
    if status == "CONFIRMED":
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", title)
        alarm.add("trigger", timedelta(hours=-2))
        event.add_component(alarm)
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return calendar.to_ical()
