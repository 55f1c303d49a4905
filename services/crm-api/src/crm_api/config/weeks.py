"""Weeks of working hours: which days there are."""

from collections.abc import Iterable

from crm_api.fields import FieldError

DAYS = range(7)


def check_days(weekly: Iterable[int]) -> None:
    """Refuse hours of a day that no week has: nobody would ever work them; raises `FieldError`."""
    for day in weekly:
        if day not in DAYS:
            raise FieldError("weekly", f"a week has no day {day}", "use 0 for Monday to 6 for Sunday")
