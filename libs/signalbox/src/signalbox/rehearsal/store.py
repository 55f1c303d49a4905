"""What the services' databases say of their clocks, of what is due, and of what is under way."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
FOLLOWS = "SELECT prosrc LIKE '%\"offset\"%' FROM pg_proc WHERE proname = 'signalbox_now'"
TIME = 'SELECT signalbox_now() AS now, "offset" FROM clock'
PORTAL = "SELECT data FROM config WHERE kind = 'portal' AND NOT deleted"
# The clock's own records come with each step; all others may have set something going.
STANDS = (
    "SELECT (SELECT count(*) FROM outbox) AS outbox,"
    " pg_sequence_last_value(pg_get_serial_sequence('outbox', 'seq')) AS announced,"
    " (SELECT coalesce(max(revision), 0) FROM config) AS revision,"
    " (SELECT coalesce(max(revision), 0) FROM config WHERE kind <> 'clock') AS changed"
)
HAS = "SELECT to_regclass($1) IS NOT NULL"
# What is held (paused, or of an item that is not known) looks again now and then; nobody waits for it.
FREE = "payload <> 'held'"
OVERDUE = (
    f"SELECT lane AS what, count(*) AS many, min(due_at) AS first FROM timer WHERE due_at <= signalbox_now() AND {FREE}"
    " GROUP BY lane ORDER BY lane"
)
HELD = f"SELECT count(*) FROM timer WHERE NOT {FREE}"
COMING = (
    f"SELECT lane AS what, due_at AS at, count(*) AS many FROM timer WHERE {FREE}"
    " GROUP BY lane, due_at ORDER BY due_at LIMIT $1"
)
# An effect goes at its time, and not before its account at the provider takes anything.
EFFECTS = "effect LEFT JOIN account USING (account)"
GOES_AT = "greatest(not_before, busy_until, closed_until)"
# Both in one statement: an effect that is claimed meanwhile is found as the one or as the other.
TOUCHED = (
    f"SELECT kind || ' ' || state AS what, count(*) AS many, min({GOES_AT}) AS first FROM {EFFECTS}"
    f" WHERE state = 'claimed' OR (state = 'planned' AND {GOES_AT} <= signalbox_now()) GROUP BY kind, state ORDER BY 1"
)
# Rows of audiences that wait until so many can go together, and by now are so many: a worker takes them in a moment.
# How many are needed is the last number of what they say of their wait.
FULL = (
    f"SELECT kind || ' buffered' AS what, count(*) AS many, min(at) AS first FROM {EFFECTS}"
    " WHERE state = 'buffered' AND coalesce(greatest(busy_until, closed_until) <= signalbox_now(), true)"
    " GROUP BY kind, action, connection, params ->> 'audience',"
    " coalesce(params ->> 'consent', ''), coalesce(params ->> 'client', '')"
    r" HAVING count(*) >= min(substring(reason FROM '(\d+)\D*$')::int)"
)
# Walks over many items, chunk by chunk; between two chunks nothing else tells of them.
WALKS = {
    "sweep": "SELECT count(*) FROM sweep WHERE NOT ended",
    "succession": "SELECT count(*) FROM succession WHERE NOT ended",
}
PARKED = (
    f"SELECT kind AS what, {GOES_AT} AS at, count(*) AS many FROM {EFFECTS}"
    " WHERE state = 'planned' GROUP BY 1, 2 ORDER BY 2 LIMIT $1"
)


@dataclass(frozen=True, slots=True)
class Time:
    """What a database takes for now, and how far that is ahead of real time."""

    now: datetime
    offset: timedelta


@dataclass(frozen=True, slots=True)
class Stands:
    """How far a service is: what it has to announce and ever announced, and its config with and without the clock."""

    outbox: int
    announced: int
    revision: int
    changed: int


@dataclass(frozen=True, slots=True)
class Waits:
    """Some of one kind that should have happened, and since when."""

    what: str
    many: int
    first: datetime


@dataclass(frozen=True, slots=True)
class Comes:
    """Some of one kind that are due at a moment, which has just come where they are about to fire."""

    at: datetime
    what: str
    many: int


async def follows(connection: Connection) -> bool:
    """Say whether a database's clock is a rehearsal's."""
    return bool(await connection.fetchval(FOLLOWS))


async def time(connection: Connection) -> Time:
    """Ask a database for the time."""
    row = await one(connection, TIME)
    return Time(row["now"], row["offset"])


async def portal(connection: Connection) -> Any:
    """Give the portal's settings as JSON text; None before there are any."""
    return await connection.fetchval(PORTAL)


async def stands(connection: Connection) -> Stands:
    """Say how far a service is."""
    row = await one(connection, STANDS)
    return Stands(row["outbox"], row["announced"] or 0, row["revision"], row["changed"])


async def has(connection: Connection, table: str) -> bool:
    """Say whether there is such a table."""
    return bool(await connection.fetchval(HAS, table))


async def waiting(connection: Connection, query: str) -> list[Waits]:
    """Give what OVERDUE, TOUCHED or FULL finds."""
    return [Waits(row["what"], row["many"], row["first"]) for row in await connection.fetch(query)]


async def walks(connection: Connection, table: str) -> int:
    """Count the walks of a table of WALKS that are not over."""
    return int(await connection.fetchval(WALKS[table]))


async def held(connection: Connection) -> int:
    """Count the timers that are held."""
    return int(await connection.fetchval(HELD))


async def coming(connection: Connection, query: str, most: int) -> list[Comes]:
    """Give the first so many moments that COMING or PARKED finds."""
    return [Comes(row["at"], row["what"], row["many"]) for row in await connection.fetch(query, most)]


async def one(connection: Connection, query: str) -> asyncpg.Record:
    """Give the row of a query that always has one."""
    row = await connection.fetchrow(query)
    assert row is not None  # noqa: S101  aggregates and the clock always give a row
    return row
