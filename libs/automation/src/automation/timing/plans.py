"""What every timing has in common: what it is given, what it may answer, and the options that all kinds take."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Annotated, Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from contracts.executions import ExecutionRow
from pydantic import BeforeValidator, PlainSerializer, field_validator

from automation.documents import Document, DocumentError
from automation.facts import Facts
from automation.intervals import Interval
from automation.wall_times import read_time, read_zone
from automation.working_time import WorkingTime


def _written(read: Callable[[str], Any]) -> BeforeValidator:
    def take(value: Any) -> Any:
        return read(value) if isinstance(value, str) else value

    return BeforeValidator(take)


Span = Annotated[Interval, _written(Interval.read), PlainSerializer(str)]
Clock = Annotated[time, _written(read_time)]
IfPast = Literal["run", "skip"]


# The occurrence of a rule that does not recur, and of one that is asked for its first.
ONCE = "0"
FIRST = ""


@dataclass(frozen=True, slots=True)
class PlanContext:
    """What a timing computes from; `previous_at` is when the rule before it reached the awaited end.

    `occurrence` names which one of a recurring rule is asked for, `changed_at` is when the item was last changed,
    `counts_from` takes the place of the entry where a person asked for that.
    """

    facts: Facts
    now: datetime
    previous_at: datetime | None = None
    occurrence: str = FIRST
    changed_at: datetime | None = None
    counts_from: datetime | None = None

    @property
    def entered_at(self) -> datetime:
        """Give the moment of the entry, or what counts as it."""
        return self.counts_from or self.facts.item.entered_at

    @property
    def last_change(self) -> datetime:
        """Give when the item was last changed since its entry, the entry itself where it was not."""
        return max(self.entered_at, self.changed_at or self.entered_at)


@dataclass(frozen=True, slots=True)
class DueNow:
    """Due at the moment of entry."""

    at: datetime


@dataclass(frozen=True, slots=True)
class DueAt:
    """Due at a moment; `cause` says in words how it came about."""

    at: datetime
    cause: str
    occurrence: str = ONCE


@dataclass(frozen=True, slots=True)
class WaitingForDate:
    """The date that it counts from is empty, or cannot be read, which `why` says."""

    path: str
    why: str = ""
    occurrence: str = ONCE


@dataclass(frozen=True, slots=True)
class WaitingForPrevious:
    """The rule before it has not ended yet."""


@dataclass(frozen=True, slots=True)
class WaitingForSignal:
    """A signal is waited for, `until` a moment or as long as the item stays."""

    until: datetime | None
    cause: str


@dataclass(frozen=True, slots=True)
class SkippedPast:
    """The moment was over before it could be planned, and the rule says to skip then."""

    at: datetime
    reason: str
    occurrence: str = ONCE


@dataclass(frozen=True, slots=True)
class NoOccurrence:
    """The rule has no such occurrence."""

    reason: str
    occurrence: str = ONCE


Planned = DueNow | DueAt | WaitingForDate | WaitingForPrevious | WaitingForSignal | SkippedPast | NoOccurrence


class Timing(Document, ABC):
    """When a rule is due; `zone` is `portal`, an IANA name, or `contact` or `responsible` for their own."""

    zone: str = "portal"
    working_time: Literal["portal", "responsible"] | None = None
    if_past: IfPast = "run"
    # How late it may be known and not be past yet: what follows on an event is never known before that happened.
    grace: ClassVar[timedelta] = timedelta()
    # Whether only its item says what it counts from, which tells of the present entry alone.
    counts_from_entry: ClassVar[bool] = False

    @property
    def of_entry(self) -> bool:
        """Say whether it is dispatched together with the entry, so that no leave cancels it."""
        return False

    @property
    def date_path(self) -> str | None:
        """Give the date field that it counts from, where there is one."""
        return None

    @property
    def after_previous_rule(self) -> bool:
        """Say whether it waits for the rule before it."""
        return False

    @property
    def needs_previous(self) -> bool:
        """Say whether it means nothing without a rule before it."""
        return self.after_previous_rule

    @property
    def awaits(self) -> str:
        """Give what it waits for of the rule before it, in a word."""
        return ""

    def runs_after(self, previous: ExecutionRow) -> bool:
        """Say whether this end of the rule before lets it go on; raises `TypeError` where it waits for none."""
        raise TypeError(f"{type(self).__name__} does not wait for {previous.rule_key}")

    @property
    def recurs(self) -> bool:
        """Say whether it has many occurrences."""
        return False

    @property
    def length(self) -> Interval | None:
        """Give the interval that is waited for, where it counts from the entry."""
        return None

    @abstractmethod
    def plan(self, moment: PlanContext) -> Planned:
        """Say when the rule is due; raises `DocumentError` where the calendar gives no answer."""

    @field_validator("zone")
    @classmethod
    def _zone_is_known(cls, name: str) -> str:
        if name not in {"portal", "contact", "responsible"}:
            read_zone(name)
        return name

    def zone_of(self, facts: Facts) -> ZoneInfo:
        """Give the zone that wall times are meant in; without one of their own, people live in the portal's."""
        if self.zone == "contact":
            return _lived_in(facts.get("contact.zone"), facts.zone)
        if self.zone == "responsible":
            person = facts.responsible
            own = person.zone if person else ""
            return read_zone(own) if own else facts.knowledge.working_time(facts.item.responsible).zone
        return facts.zone if self.zone == "portal" else read_zone(self.zone)

    def calendar(self, facts: Facts) -> WorkingTime | None:
        """Give the working time that the rule keeps to, None for any time."""
        if self.working_time is None:
            return None
        return facts.knowledge.working_time(facts.item.responsible if self.working_time == "responsible" else None)

    def counting(self, interval: Interval, facts: Facts) -> WorkingTime | None:
        """Give the working time that an interval counts in; `1 working day` asks for the portal's by itself."""
        if interval.working and self.working_time is None:
            return facts.knowledge.working_time()
        return self.calendar(facts)

    def due(self, at: datetime, cause: str, moment: PlanContext) -> DueAt | SkippedPast:
        """Answer with a moment, or that it is over."""
        if self.if_past == "skip" and at + self.grace < moment.now:
            return SkippedPast(at, f"{cause}: {at:%Y-%m-%d %H:%M} UTC was over when it was planned")
        return DueAt(at, cause)

    def words(self, cause: str) -> str:
        """Add the working time to how a moment came about."""
        return f"{cause}, in working time" if self.working_time else cause


def _lived_in(written: object, portal: ZoneInfo) -> ZoneInfo:
    """Give the zone that is written down at a contact; what names none is as good as nothing, as for quiet hours."""
    try:
        return read_zone(written) if isinstance(written, str) else portal
    except DocumentError:
        return portal


def in_zone(interval: Interval, zone: ZoneInfo, working: WorkingTime | None, start: datetime) -> datetime:
    """Give the moment an interval after `start`, in working time where one is given."""
    return working.add(start, interval) if working else interval.after(start, zone)
