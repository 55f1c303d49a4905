"""Weeks of working hours: which days there are, that somebody works on one of them, and what goes by a calendar."""

from collections.abc import Collection, Mapping

from automation.knowledge import PORTAL_CALENDAR, Knowledge

from crm_api.fields import FieldError

DAYS = range(7)
HOURS = "send hours like ['09:00', '18:00']"


def check_days(weekly: Mapping[int, Collection[object]]) -> None:
    """Refuse hours of a day that no week has: nobody would ever work them; raises `FieldError`."""
    for day in weekly:
        if day not in DAYS:
            raise FieldError("weekly", f"a week has no day {day}", "use 0 for Monday to 6 for Sunday")


def check_some(weekly: Mapping[int, Collection[object]], otherwise: str = "") -> None:
    """Refuse a week without any hours: what waits for one would never be due; raises `FieldError`.

    `otherwise` is another way out than hours.
    """
    if not any(weekly.values()):
        fix = f"{HOURS} for one day at least, 0 is Monday"
        raise FieldError("weekly", "there are no working hours in it", ", ".join(filter(None, (fix, otherwise))))


def check_calendar_unused(id_: str, knowledge: Knowledge) -> None:
    """Refuse to delete a calendar that somebody or something goes by; raises `FieldError`."""
    if id_ == PORTAL_CALENDAR and id_ in knowledge.calendars:
        fix = "put other hours in its place"
        raise FieldError("id", "it is the working time of the company, of its people and rules", fix)
    users = sorted(key for key, one in knowledge.resources.items() if one.calendar == id_)
    if users:
        fix = "give them another calendar first, or none for the portal's working time"
        raise FieldError("id", f"calendar {id_!r} is that of the resources {', '.join(users)}", fix)
