"""What waits in the databases of the services; each statement touches few rows, by an index."""

from typing import Any

import asyncpg

from signalbox.watching.figures import CLOSED, LOOPS, OUTBOX, OVERDUE, UNCERTAIN, Figure, Sample

OLDEST_ROW = (
    "SELECT coalesce(extract(epoch FROM signalbox_now() -"
    " (SELECT created_at FROM outbox ORDER BY seq LIMIT 1)), 0)::float8"
)
# From lane to lane, and in each to its first timer: however many there are, few are looked at.
OLDEST_TIMERS = (
    "WITH RECURSIVE lanes AS (SELECT min(lane) AS lane FROM timer UNION ALL"
    " SELECT (SELECT min(lane) FROM timer WHERE timer.lane > lanes.lane) FROM lanes WHERE lane IS NOT NULL)"
    " SELECT lane, greatest(0, extract(epoch FROM signalbox_now() -"
    " (SELECT min(due_at) FROM timer WHERE timer.lane = lanes.lane)))::float8 FROM lanes WHERE lane IS NOT NULL"
)
IN_DOUBT = "SELECT count(*)::float8 FROM effect WHERE state = 'uncertain'"
# Closed, or waiting for the probe that opens them.
CLOSED_ACCOUNTS = "SELECT account, 1::float8 FROM account WHERE closings > 0"
STOPPED = "SELECT count(*)::float8 FROM loop WHERE state = 'stopped'"
ASKED: dict[str, tuple[tuple[Figure, str], ...]] = {
    "crm-api": ((OUTBOX, OLDEST_ROW), (OVERDUE, OLDEST_TIMERS), (LOOPS, STOPPED)),
    "rule-scheduler": ((OUTBOX, OLDEST_ROW), (OVERDUE, OLDEST_TIMERS)),
    "trigger-gateway": ((OUTBOX, OLDEST_ROW),),
    "action-workers": (
        (OUTBOX, OLDEST_ROW),
        (OVERDUE, OLDEST_TIMERS),
        (UNCERTAIN, IN_DOUBT),
        (CLOSED, CLOSED_ACCOUNTS),
    ),
}


async def look_at_database(service: str, url: str) -> list[Sample]:
    """Give what waits in a service's database."""
    connection = await asyncpg.connect(url, timeout=5, command_timeout=10)
    try:
        found = [(figure, await connection.fetch(query)) for figure, query in ASKED[service]]
    finally:
        await connection.close()
    return [sample(figure, service, *row) for figure, rows in found for row in rows]


def sample(figure: Figure, service: str, *row: Any) -> Sample:
    """Give a row, whose last column is the value, under its labels."""
    named = (service,) if "service" in figure.labels else ()
    return Sample(figure, (*named, *row[:-1]), row[-1])
