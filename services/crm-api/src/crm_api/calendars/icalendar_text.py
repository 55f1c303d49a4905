"""Activities as iCalendar (RFC 5545): a person's feed, and what guests are sent (RFC 5546)."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from automation.knowledge import Knowledge
from automation.wall_times import read_zone
from icalendar import Calendar, Event, vCalAddress, vText

from crm_api.activities.activity import Activity, Participant

MAKER = "-//Signalbox//Signalbox//EN"
# What has no end is shown so long.
SHORTEST = timedelta(minutes=15)
STATUS = {"planned": "CONFIRMED", "done": "CONFIRMED", "cancelled": "CANCELLED"}
SENDER = "from"
YEAR = timedelta(days=366)


def feed(person: str, activities: Iterable[Activity], knowledge: Knowledge) -> bytes:
    """Give the calendar of a person; what is cancelled says so."""
    known = knowledge.people.get(person)
    calendar = begun("PUBLISH")
    calendar.add("x-wr-calname", known.name if known else person)
    calendar.add("x-wr-timezone", (known.zone if known else "") or knowledge.portal.zone)
    shown = tuple(activities)
    for activity in shown:
        calendar.add_component(event(activity))
    return written(calendar, shown)


def invitation(activity: Activity, guests: Iterable[Participant], knowledge: Knowledge, method: str) -> str:
    """Give what guests are sent: a request, the same with a higher number, or that it is off."""
    calendar = begun(method)
    made = event(activity)
    made["status"] = vText("CANCELLED" if method == "CANCEL" else STATUS[activity.state])
    account, assignee = knowledge.connections.get(activity.invite), knowledge.people.get(activity.assignee or "")
    if account is not None and (sender := str(account.settings.get(SENDER, ""))):
        made.add("organizer", address(sender, assignee.name if assignee else ""), encode=False)
    for guest in guests:
        made.add("attendee", attendee(guest), encode=False)
    calendar.add_component(made)
    return written(calendar, (activity,)).decode()


def event(activity: Activity) -> Event:
    """Give an activity as an event: always of the same UID, with the number of its change."""
    zone = read_zone(activity.zone)
    made = Event()
    made.add("uid", f"{activity.id}@signalbox")
    made.add("sequence", activity.sequence)
    made.add("dtstamp", activity.changed_at)
    made.add("last-modified", activity.changed_at)
    made.add("created", activity.created_at)
    made.add("dtstart", local(activity.starts_at, zone))
    made.add("dtend", local(activity.ends_at or activity.starts_at + SHORTEST, zone))
    made.add("summary", plain(activity.subject))
    made.add("status", STATUS[activity.state])
    made.add("categories", [activity.kind])
    made.add("priority", 1 if activity.important else 5)
    for name, value in (("description", activity.description), ("location", activity.place)):
        if value:
            made.add(name, plain(value))
    return made


def plain(text: str) -> str:
    """Give a text without what no line of a calendar may hold: control characters, but for ends of lines and tabs."""
    return "".join(one for one in text if one in "\n\t" or one.isprintable() or one.isspace())


def attendee(guest: Participant) -> vCalAddress:
    """Give a guest who is asked to answer."""
    made = address(guest.email, guest.name)
    made.params["partstat"] = vText("NEEDS-ACTION")
    made.params["role"] = vText("REQ-PARTICIPANT")
    made.params["rsvp"] = vText("TRUE")
    return made


def address(email: str, name: str) -> vCalAddress:
    """Give a calendar address."""
    made = vCalAddress(f"mailto:{email}")
    if name:
        made.params["cn"] = vText(" ".join(plain(name).split()))
    return made


def local(at: datetime, zone: ZoneInfo) -> datetime:
    """Give a moment as the clocks of its zone show it."""
    return at.astimezone(zone)


def begun(method: str) -> Calendar:
    """Begin a calendar."""
    calendar = Calendar()
    calendar.add("prodid", MAKER)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    return calendar


def written(calendar: Calendar, activities: Sequence[Activity]) -> bytes:
    """Write a calendar with the zones that it names, as their clocks go while it lasts."""
    if activities:
        first = min(one.starts_at for one in activities).date() - YEAR
        calendar.add_missing_timezones(first, max(one.starts_at for one in activities).date() + YEAR)
    made: bytes = calendar.to_ical()
    return made
