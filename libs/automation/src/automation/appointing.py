"""The moment that an action names: an exact one, that of a field, or an interval from dispatch; in working time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Annotated, Any, Literal

from contracts.elements import FieldKind
from pydantic import AfterValidator, BeforeValidator

from automation.documents import DocumentError
from automation.facts import EMPTY, Facts
from automation.intervals import Interval
from automation.paths import reader
from automation.wall_times import BEYOND, at_time, read_moment, read_time
from automation.working_time import WorkingTime

if TYPE_CHECKING:
    from automation.vocabulary import Vocabulary

FORM = "write an interval like '1 working day', a moment like 2026-12-01T10:00, or a field like item.visit_on"
DATES: frozenset[FieldKind | None] = frozenset({"date", "datetime", None})
# Stands for the moment until dispatch has found it.
ANY_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)
Working = Literal["portal", "responsible"]


class NoMoment(Exception):
    """There is no moment to go by; says why, in words for who wrote the rule."""


@dataclass(frozen=True, slots=True)
class Appointed:
    """A moment as a rule writes it: `clock` is the time of that day, `working` whose working time it keeps to."""

    at: str
    clock: str = ""
    working: Working | None = None

    def moment(self, facts: Facts) -> datetime:
        """Give the moment, counted from now where it is an interval; raises `NoMoment`."""
        clock = read_time(self.clock) if self.clock else None
        span = interval(self.at)
        if span is None:
            return _reckoned(self.at, lambda: self._landed(_written(self.at, facts), clock, facts))
        now = facts.now or facts.item.entered_at
        working = self.calendar(facts) or (facts.knowledge.working_time() if span.working else None)
        if working is not None:
            return working.add(now, span, clock)
        return self._landed(span.after(now, facts.zone), clock, facts)

    def calendar(self, facts: Facts) -> WorkingTime | None:
        """Give the working time that it keeps to, None for any time."""
        if self.working is None:
            return None
        return facts.knowledge.working_time(facts.item.responsible if self.working == "responsible" else None)

    def _landed(self, at: datetime, clock: time | None, facts: Facts) -> datetime:
        working = self.calendar(facts)
        at = at if clock is None else at_time(at, clock, working.zone if working else facts.zone)
        return working.next_moment(at) if working else at


def interval(written: str) -> Interval | None:
    """Read an interval; None where it is something else."""
    try:
        return Interval.read(written)
    except ValueError:
        return None


def before(at: datetime, span: str, facts: Facts) -> datetime:
    """Give the moment an interval before another; raises `NoMoment`."""
    lead, working = Interval.read(span), facts.knowledge.working_time
    told = f"{span} before {at.date()}"
    return _reckoned(told, lambda: working().back(at, lead) if lead.working else lead.before(at, facts.zone))


def after(at: datetime, span: str, facts: Facts) -> datetime:
    """Give the moment an interval after another; raises `NoMoment`."""
    return _reckoned(f"{span} after {at.date()}", lambda: Interval.read(span).after(at, facts.zone))


def read_at(written: Any) -> Any:
    """Refuse what is no moment, no interval and no field; raises `ValueError`."""
    if not isinstance(written, str) or interval(written) is not None or _is_exact(written):
        return written
    try:
        reader(written)
    except DocumentError:
        raise ValueError(f"{written!r} is no moment; {FORM}") from None
    return written


def read_clock(written: str) -> str:
    """Refuse what is no time of day, "" apart; raises `ValueError`."""
    if written:
        read_time(written)
    return written


def read_span(written: str) -> str:
    """Refuse what is no interval, "" apart; raises `ValueError`."""
    if written:
        Interval.read(written)
    return written


def wrong_path(written: str, vocabulary: "Vocabulary") -> Iterator[DocumentError]:
    """Find out that a field does not exist, or holds no date."""
    if interval(written) is not None or _is_exact(written):
        return
    try:
        kind = vocabulary.kind(written)
    except DocumentError as error:
        yield DocumentError("at", error.message, error.fix)
        return
    if kind not in DATES:
        yield DocumentError("at", f"{written} is of kind {kind}, which is no date", "name a date")


# What rules write stays text until dispatch; it is read before only to refuse what is wrong.
At = Annotated[str, BeforeValidator(read_at)]
ClockText = Annotated[str, AfterValidator(read_clock)]
SpanText = Annotated[str, AfterValidator(read_span)]


def _is_exact(written: str) -> bool:
    try:
        datetime.fromisoformat(written)
    except ValueError:
        return False
    return True


def _reckoned(told: str, reckon: Callable[[], datetime]) -> datetime:
    """Give the moment that is reckoned; raises `NoMoment` where it leaves the calendar."""
    try:
        return reckon()
    except DocumentError:
        raise
    except (ValueError, OverflowError):
        raise NoMoment(f"{told} {BEYOND}") from None


def _written(at: str, facts: Facts) -> datetime:
    value: object = at if _is_exact(at) else facts.get(at)
    if value is EMPTY:
        raise NoMoment(f"{at} is empty")
    written = value.isoformat() if isinstance(value, date) else str(value)
    try:
        return read_moment(written, facts.zone)
    except ValueError as error:
        raise NoMoment(f"{at}: {error}") from None
