"""schedule-meeting: a meeting in the calendars of those of ours who take part; the client can be invited."""

from typing import Literal

from automation.actions.create_activity import Appointment, appointment
from automation.appointing import SpanText


class ScheduleMeeting(Appointment):
    """A meeting."""

    kind: Literal["meeting"] = "meeting"
    duration: SpanText = "1 hour"
    remind: SpanText = "15 minutes"


ACTION = appointment("schedule-meeting", ScheduleMeeting)
