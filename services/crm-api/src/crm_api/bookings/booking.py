"""A booking: one resource, for one item, during one time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from automation.documents import DocumentError
from automation.knowledge import Knowledge
from automation.working_time import TICK, WorkingTime
from contracts.config import Resource
from contracts.data import Part

from crm_api.activities.checking import within
from crm_api.fields import FieldError

LONGEST = timedelta(days=31)
Span = tuple[datetime, datetime]


class Booking(Part):
    """One booking; `starts_at` belongs to it, `ends_at` to what follows."""

    id: UUID
    resource: str
    item: UUID
    starts_at: datetime
    ends_at: datetime
    note: str = ""
    made_by: str
    at: datetime
    cancelled_at: datetime | None = None


class Clash(Exception):
    """The resource is taken at that time, by another booking."""

    def __init__(self, by: Booking) -> None:
        super().__init__(f"{by.resource} is booked from {by.starts_at.isoformat()} to {by.ends_at.isoformat()}")
        self.by = by


@dataclass(frozen=True, slots=True)
class Hours:
    """A resource with the times at which it can be booked."""

    resource: Resource
    working: WorkingTime

    def check(self, starts_at: datetime, ends_at: datetime) -> None:
        """Refuse a time that is none, too long, or begins or ends outside the hours; raises `FieldError`."""
        for field, moment in (("starts_at", starts_at), ("ends_at", ends_at)):
            within(field, moment)
        if ends_at <= starts_at:
            raise FieldError("ends_at", "it ends before it has begun", "send a moment after starts_at")
        if ends_at - starts_at > LONGEST:
            raise FieldError("ends_at", "it lasts too long", f"a booking may last {LONGEST.days} days")
        fix = f"ask /v1/resources/{self.resource.id}/free for what is free on a day"
        for field, moment in (("starts_at", starts_at), ("ends_at", ends_at - TICK)):
            if not self._open(moment):
                raise FieldError(field, f"it is outside the hours of {self.resource.id}", fix)

    def free(self, day: date, taken: Iterable[Span], now: datetime) -> Iterator[Span]:
        """Give the slots of a day of the calendar's zone that nothing has taken, and that have not begun."""
        busy, slot = list(taken), timedelta(minutes=self.resource.slot_minutes)
        for opens, closes in self.working.spans(day):
            begin = opens
            while begin + slot <= closes:
                end = begin + slot
                if begin >= now and not any(begin < to and since < end for since, to in busy):
                    yield begin, end
                begin = end

    def _open(self, moment: datetime) -> bool:
        try:
            return self.working.is_working(moment)
        except (DocumentError, OverflowError):
            return False


def hours(resource: str, knowledge: Knowledge, field: str = "resource") -> Hours:
    """Give a resource that can be booked; raises `FieldError`."""
    known = knowledge.resources.get(resource)
    if known is None or not known.active:
        can = ", ".join(sorted(id_ for id_, one in knowledge.resources.items() if one.active))
        raise FieldError(field, f"{resource!r} cannot be booked", f"use one of: {can}" if can else "set one up first")
    return Hours(known, working_time(known, knowledge))


def working_time(resource: Resource, knowledge: Knowledge) -> WorkingTime:
    """Give when a resource can be booked: by its own calendar, else the portal's."""
    calendar = knowledge.calendars.get(resource.calendar)
    if calendar is None:
        return knowledge.working_time()
    return knowledge.memo.of(("hours of resources", calendar.id), calendar, lambda: WorkingTime(calendar))
