"""Wall times and moments: one that does not exist moves on by the gap, one that exists twice means the first.

PEP 495 gives both with `fold=0`: the offset before the change is used for a gap, the first of two for a fold.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from automation.documents import DocumentError

BEYOND = "is beyond the years 1 to 9999 where it is read"


def moment(wall: datetime, zone: ZoneInfo) -> datetime:
    """Give the moment, in UTC, at which clocks in the zone show this wall time."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def wall(at: datetime, zone: ZoneInfo) -> datetime:
    """Give what clocks in the zone show at this moment, without a zone."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def read_moment(written: str, zone: ZoneInfo) -> datetime:
    """Read an ISO date (00:00) or moment, in the zone unless an offset is written; raises `ValueError`."""
    read = _read(written)
    try:
        return moment(read, zone) if read.tzinfo is None else read.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{written!r} {BEYOND}") from None


def read_wall(written: str, zone: ZoneInfo) -> datetime:
    """Read an ISO date (00:00) or moment as what clocks in the zone show; raises `ValueError`."""
    read = _read(written)
    try:
        return read if read.tzinfo is None else wall(read, zone)
    except OverflowError:
        raise ValueError(f"{written!r} {BEYOND}") from None


def read_time(written: str) -> time:
    """Read `HH:MM`; raises `ValueError` that shows the form."""
    try:
        return datetime.strptime(written, "%H:%M").time()  # noqa: DTZ007 - a wall time has no zone
    except ValueError:
        raise ValueError(f"{written!r} is not a time of day; write it like 10:00") from None


def read_zone(name: str) -> ZoneInfo:
    """Give the zone of this IANA name; raises `DocumentError`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise DocumentError("zone", f"{name!r} is not a time zone", "write an IANA name like Europe/Lisbon") from None


def at_time(at: datetime, clock: time, zone: ZoneInfo) -> datetime:
    """Give the moment of the same local day at which clocks show this time."""
    return moment(datetime.combine(local_day(at, zone), clock), zone)


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """Give the day that the moment falls on in the zone."""
    return wall(at, zone).date()


def exists(day: date, zone: ZoneInfo) -> bool:
    """Say whether the day came at all: where a zone changed sides of the date line, one did not."""
    midnight = datetime.combine(day, time())
    return moment(midnight, zone) < moment(midnight + timedelta(days=1), zone)


def _read(written: str) -> datetime:
    try:
        return datetime.fromisoformat(written)
    except ValueError:
        raise ValueError(f"{written!r} is not a date; write it like 2026-12-01 or 2026-12-01T10:00") from None
