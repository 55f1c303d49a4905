"""When a rule is due: one file for each kind of timing, and the one table of them."""

from typing import Any

from automation.documents import DocumentError, one_of, read_as
from automation.timing.after import After
from automation.timing.after_previous import AfterPrevious
from automation.timing.anniversary import Anniversary
from automation.timing.at import At
from automation.timing.date_relative import AfterDate, Before
from automation.timing.every import Every
from automation.timing.immediate import Immediate
from automation.timing.plans import (
    DueAt,
    DueNow,
    NoOccurrence,
    PlanContext,
    Planned,
    SkippedPast,
    Timing,
    WaitingForDate,
    WaitingForPrevious,
    WaitingForSignal,
)
from automation.timing.recurring import Recurring
from automation.timing.wait_for import WaitFor

# `at` stands last: it is also the wall time of the kinds that count from a date.
TIMINGS: dict[str, type[Timing]] = {
    "immediate": Immediate,
    "after": After,
    "before": Before,
    "after_date": AfterDate,
    "anniversary": Anniversary,
    "every": Every,
    "after_previous": AfterPrevious,
    "wait_for": WaitFor,
    "at": At,
}
OPTIONS = frozenset(Timing.model_fields)


def kind_of(doc: dict[str, Any]) -> str | None:
    """Give which kind of timing is written, None where none is."""
    for kind in TIMINGS:
        if kind in doc:
            return kind
    return None


def read_timing(doc: dict[str, Any], path: str = "timing") -> Timing:
    """Read a timing; none is immediate; raises `DocumentError` with the place."""
    kind = kind_of(doc)
    if kind is None and doc.keys() - OPTIONS:
        unknown = ", ".join(sorted(doc.keys() - OPTIONS))
        raise DocumentError(path, f"unknown kind of timing: {unknown}", one_of(TIMINGS))
    return read_as(TIMINGS[kind or "immediate"], doc, path)


__all__ = [
    "TIMINGS",
    "DueAt",
    "DueNow",
    "NoOccurrence",
    "PlanContext",
    "Planned",
    "Recurring",
    "SkippedPast",
    "Timing",
    "WaitingForDate",
    "WaitingForPrevious",
    "WaitingForSignal",
    "kind_of",
    "read_timing",
]
