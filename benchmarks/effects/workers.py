"""action-workers as it is deployed, and how long it takes with what is ordered of it."""

import asyncio
import time
from collections.abc import Collection, Sequence
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from contracts import topics
from stack import Stack

from benchmarks.deployed import Deployed
from benchmarks.effects.orders import connection, named, orders
from benchmarks.effects.provider import Provider
from benchmarks.load import tell
from benchmarks.timers.draining import AT_MOST, CARRIED, WAL, Drained
from benchmarks.timers.processor import Meter

OVER = (
    "SELECT NOT EXISTS (SELECT FROM effect WHERE connection = $1 AND (state = 'claimed' OR"
    " (state = 'planned' AND not_before < signalbox_now())))"
)
SENT = "SELECT count(*) FROM effect WHERE connection = $1 AND state = 'sent'"
STATES = "SELECT state, count(*) FROM effect WHERE connection = $1 GROUP BY state"
COLUMNS = (
    "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns"
    " WHERE table_name = 'effect' AND is_generated = 'NEVER' AND column_name <> ALL($1::text[])"
)
OWN = ("id", "execution", "item", "state", "attempts", "not_before", "reason", "reference", "connection")
PARK = (
    "INSERT INTO effect (id, execution, item, state, attempts, not_before, reason, reference, connection, {columns})"
    " SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'planned', 1,"
    " signalbox_now() + $1::interval + n * $2::interval, 'Twilio answered 503', '', connection, {columns}"
    " FROM (SELECT * FROM effect WHERE connection = $3 LIMIT 1) AS one, generate_series(1, $4) AS n"
)
PARKED = "DELETE FROM effect WHERE state = 'planned'"
# Retries wait for at least so long, and each a little longer than the one before.
LATER, APART = timedelta(hours=1), timedelta(milliseconds=10)
WARM = 100


class Workers(Deployed):
    """Workers with a database and topics of their own, and connections to the provider by the pauses of its answers."""

    SERVICE: ClassVar[str] = "action-workers"
    HOME: ClassVar[Path] = Path(".local/bench-effects")

    def __init__(self, stack: Stack, prefix: str, provider: Provider, meter: Meter) -> None:
        super().__init__(stack, prefix)
        self.provider = provider
        self.meter = meter
        self.ordered = 0

    async def connect(self, pauses: Collection[int]) -> None:
        """Publish the portal and the connections of these pauses."""
        await self.configure(*(connection(self.provider.url, pause) for pause in pauses))

    async def order(self, count: int, pause: int) -> None:
        """Order so many effects."""
        first, self.ordered = self.ordered, self.ordered + count
        await self.send(orders(self.outbox, range(first, first + count), pause))

    async def warm(self, pause: int) -> None:
        """Let the first effects through, which open connections and prepare statements."""
        before = await self.provider.accepted(pause)
        await self.order(WARM, pause)
        await self._accepted(pause, before + WARM)
        await self._over(pause)

    async def drained(self, count: int, pause: int, pids: Sequence[int]) -> Drained:
        """Order so many effects, and wait until all are carried out, recorded and announced."""
        first, self.ordered = self.ordered, self.ordered + count
        messages = orders(self.outbox, range(first, first + count), pause)
        before, sent = await self.provider.accepted(pause), await self.sql.fetchval(SENT, named(pause))
        told = await self.carried(topics.OUTCOMES)
        at, spent, began = await self._wal(), self.meter.read(pids), time.monotonic()
        await self.send(messages)
        await asyncio.wait_for(self._accepted(pause, before + count), AT_MOST)
        await asyncio.wait_for(self._over(pause), AT_MOST)
        seconds, now, wal = time.monotonic() - began, self.meter.read(pids), await self._wal() - at
        asked = await self.provider.accepted(pause) - before
        told = await self.carried(topics.OUTCOMES) - told
        sent = await self.sql.fetchval(SENT, named(pause)) - sent
        # Of others that end meanwhile is told too.
        if (asked, sent) != (count, count) or told < count:
            states = dict(await self.sql.fetch(STATES, named(pause)))
            tell(f"WRONG: {count} were ordered, {asked} asked for, {sent} sent, {told} told of; {states}")
        return Drained(count, seconds, now.since(spent), wal)

    async def park(self, count: int, pause: int) -> None:
        """Let so many retries wait, made after an effect that went through."""
        columns = await self.sql.fetchval(COLUMNS, list(OWN))
        await self.sql.execute(PARK.format(columns=columns), LATER, APART, named(pause), count, timeout=600)

    async def clear(self) -> None:
        """Let none wait."""
        await self.sql.execute(PARKED, timeout=600)

    async def _accepted(self, pause: int, count: int) -> None:
        while await self.provider.accepted(pause) < count:  # noqa: ASYNC110  the provider tells only when asked
            await asyncio.sleep(0.02)

    async def _over(self, pause: int) -> None:
        await self.until(OVER, named(pause))
        await self.until(CARRIED, 0)

    async def _wal(self) -> int:
        return int(await self.sql.fetchval(WAL))
