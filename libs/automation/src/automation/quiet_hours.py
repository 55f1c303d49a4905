"""Quiet hours: when clients are left alone, by the clocks where they live, and until when that is.

They live in the zone that is written down at the contact; else where their phone number is from; else in the portal's.
Where a number may be from several zones it is the portal's if that is one of them, else it must be day in all of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
from contracts.actions import Recipient
from contracts.config import Portal, Quiet
from phonenumbers import timezone

from automation.consents import is_advertising
from automation.documents import DocumentError
from automation.wall_times import local_day, moment, read_time, read_zone, wall

DAY = timedelta(days=1)
# Zones so far apart that it is never day in all of them are no help.
LONGEST = 2 * DAY


@dataclass(frozen=True, slots=True)
class Hold:
    """Until when something is held, in words too; what `skips` is not sent afterwards."""

    until: datetime
    words: str
    skips: bool


@dataclass(frozen=True, slots=True)
class _Night:
    """Quiet hours by the clocks of one zone."""

    quiet: Quiet
    zone: ZoneInfo

    def end(self, at: datetime) -> datetime | None:
        return quiet_until(self.quiet, self.zone, at)


def ways_of(kind: str, channel: str = "") -> tuple[str, ...]:
    """Give by whose quiet hours a kind goes; a message keeps its own and those of the channel that it takes."""
    return (kind, channel) if channel in {"sms", "email"} and channel != kind else (kind,)


def hold(
    ways: Sequence[str], recipient: Recipient, params: Mapping[str, Any], portal: Portal, now: datetime
) -> Hold | None:
    """Say until when something to a client is held, None where it may go; our own people are never spared."""
    holding = _holding(ways, recipient, params, portal)
    if not holding:
        return None
    zones = zones_of(recipient, portal)
    found = _day(holding, zones, now) or _day(holding, (read_zone(portal.zone),), now)
    if found is None or found[0] == now:
        return None
    until, last = found
    skips = any(_Night(quiet, zone).end(now) for quiet in holding if quiet.over == "skip" for zone in zones)
    return Hold(until, f"quiet hours until {wall(until, last.zone):%H:%M} {last.zone.key}", skips)


def quiet_until(quiet: Quiet, zone: ZoneInfo, at: datetime) -> datetime | None:
    """Give the end of the quiet hours in which a moment is, None where it is in none."""
    begins, until = read_time(quiet.begins), read_time(quiet.until)
    today = local_day(at, zone)
    for day in (today - DAY, today):
        end = moment(datetime.combine(day + DAY if until <= begins else day, until), zone)
        if moment(datetime.combine(day, begins), zone) <= at < end:
            return end
    return None


def zones_of(recipient: Recipient, portal: Portal) -> tuple[ZoneInfo, ...]:
    """Give the zones in which somebody may live; one, where it is known."""
    if own := _known((recipient.zone,)):
        return own
    of_phone = _known(_of_phone(recipient.address, portal.country))
    here = read_zone(portal.zone)
    return of_phone if of_phone and here not in of_phone else (here,)


def _holding(ways: Iterable[str], recipient: Recipient, params: Mapping[str, Any], portal: Portal) -> list[Quiet]:
    """Give the quiet hours that something keeps."""
    if recipient.contact is None or params.get("important"):
        return []
    known = (quiet for way in ways if (quiet := portal.quiet.get(way)))
    return [quiet for quiet in known if quiet.of == "all" or is_advertising(params)]


def _day(holding: Sequence[Quiet], zones: Iterable[ZoneInfo], now: datetime) -> tuple[datetime, _Night] | None:
    """Give the first moment at which it is quiet nowhere, and what ended last; None where there is none soon."""
    nights = [_Night(quiet, zone) for zone in zones for quiet in holding]
    at, last = now, nights[0]
    while at < now + LONGEST:
        ended = next(((end, night) for night in nights if (end := night.end(at))), None)
        if ended is None:
            return at, last
        at, last = ended
    return None


def _of_phone(address: str, country: str) -> Iterable[str]:
    if "@" in address or not any(letter.isdigit() for letter in address):
        return ()
    try:
        number = phonenumbers.parse(address, country)
    except phonenumbers.NumberParseException:
        return ()
    zones: tuple[str, ...] = timezone.time_zones_for_number(number)
    return zones


def _known(names: Iterable[str]) -> tuple[ZoneInfo, ...]:
    """Give the zones of these names, but for those that nobody knows (`Etc/Unknown` is one)."""
    zones: list[ZoneInfo] = []
    for name in filter(None, names):
        try:
            zones.append(read_zone(name))
        except DocumentError:
            continue
    return tuple(zones)
