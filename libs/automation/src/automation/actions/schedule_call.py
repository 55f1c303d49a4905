"""schedule-call: a call in the calendar of whoever is to make it, who is told before it."""

from typing import Literal

from automation.actions.create_activity import Appointment, appointment
from automation.appointing import SpanText


class ScheduleCall(Appointment):
    """A call; `place` is the number or the line."""

    kind: Literal["call"] = "call"
    duration: SpanText = "15 minutes"
    remind: SpanText = "5 minutes"


ACTION = appointment("schedule-call", ScheduleCall)
