"""schedule-call: a call in the calendar of whoever is to make it, who is told before it."""

from typing import Literal

from automation.actions.create_activity import Appointment, appointment


class ScheduleCall(Appointment):
    """A call; `place` is the number or the line."""

    kind: Literal["call"] = "call"
    duration: str = "15 minutes"
    remind: str = "5 minutes"


ACTION = appointment("schedule-call", ScheduleCall)
