"""One reminder: what people are told at a moment, alone or before an activity."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from automation.intervals import Interval
from automation.knowledge import Knowledge
from automation.wall_times import read_zone
from automation.working_time import NoWorkingTime
from contracts.data import Part
from contracts.ids import derived

from crm_api.activities.activity import Activity
from crm_api.fields import FieldError

LANE = "reminders"
ReminderState = Literal["planned", "fired", "cancelled"]


class Reminder(Part):
    """One reminder; with an `activity` it comes `lead` before it, and goes with it."""

    id: UUID
    item: UUID | None = None
    activity: UUID | None = None
    people: tuple[str, ...]
    text: str = ""
    lead: str = ""
    at: datetime
    state: ReminderState = "planned"
    created_at: datetime
    created_by: str = ""


def reminder_id(of: UUID, lead: str = "") -> UUID:
    """Give the id of the reminder of a rule's execution, or of an activity by its lead."""
    return derived("reminder", of, lead)


def moment(lead: str, activity: Activity, knowledge: Knowledge, field: str = "lead") -> datetime:
    """Give the moment so long before an activity, in its zone, or in the working time of its assignee.

    Raises `FieldError`, by the field that was sent, where nobody works for so long.
    """
    span = Interval.read(lead)
    if not span.working:
        return span.before(activity.starts_at, read_zone(activity.zone))
    try:
        return knowledge.working_time(activity.assignee).back(activity.starts_at, span)
    except NoWorkingTime as error:
        problem = f"there is no moment {lead!r} before it: {error.message}"
        raise FieldError(field, problem, "say it in hours or days, or give the calendar hours") from None


def words(activity: Activity, person: str, knowledge: Knowledge) -> str:
    """Say of an activity what a person needs to know, by their own clocks."""
    known = knowledge.people.get(person)
    zone = read_zone((known.zone if known else "") or knowledge.portal.zone)
    where = f", {activity.place}" if activity.place else ""
    return f"{activity.kind}: {activity.subject} ({activity.starts_at.astimezone(zone):%Y-%m-%d %H:%M}{where})"
