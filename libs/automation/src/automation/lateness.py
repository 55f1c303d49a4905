"""What becomes of an execution that comes late: it runs, runs if it is not too late, or is missed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from automation.documents import DocumentError
from automation.intervals import Interval

AT_MOST = "run_if_late_by_at_most "
# Messages to clients are not sent later than this, unless the rule says otherwise.
MESSAGES = Interval(days=1)
# A machine in health is a few seconds late; `skip` means later than that.
IN_TIME = timedelta(minutes=1)
POSTPONED = "late, so it waits for the next working moment"


@dataclass(frozen=True, slots=True)
class CatchUp:
    """How late is too late; None is never."""

    at_most: Interval | None

    @classmethod
    def read(cls, written: str | None, *, is_message: bool) -> "CatchUp":
        """Read `run`, `skip` or `run_if_late_by_at_most 2 hours`; raises `DocumentError`."""
        if written is None:
            return cls(MESSAGES if is_message else None)
        if written in {"run", "skip"}:
            return cls(None if written == "run" else Interval())
        if not written.startswith(AT_MOST):
            raise DocumentError("catch_up", f"unknown: {written!r}", f"use run, skip or {AT_MOST}1 day")
        try:
            at_most = Interval.read(written.removeprefix(AT_MOST))
        except ValueError as error:
            raise DocumentError("catch_up", str(error)) from None
        if at_most.working:
            raise DocumentError("catch_up", "lateness is not counted in working time", f"use {AT_MOST}2 days")
        return cls(at_most)

    def expires_at(self, due_at: datetime, zone: ZoneInfo) -> datetime | None:
        """Give the moment after which it is too late; None for never."""
        return None if self.at_most is None else self.at_most.after(due_at, zone) + IN_TIME
