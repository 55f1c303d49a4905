"""A rehearsal deployment as whoever moves its clock sees it: the databases of all services, broker, crm-api."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import asyncpg
import httpx
from chassis.kafka import Kafka
from contracts.config import Portal

from signalbox.rehearsal import store
from signalbox.rehearsal.lag import Lag
from signalbox.rehearsal.store import Connection, Time

RECORD = "crm-api"  # whose config all others copy
SCHEDULER = "rule-scheduler"
LEDGER = "action-workers"
CLOCK = "/v1/config/clock/clock"
# Seconds; a database in which somebody holds a table, or that is gone without a word, would be waited for for ever.
ANSWERS_WITHIN, CLOSED_WITHIN = 30.0, 5.0


class NoRehearsal(Exception):
    """The clock is not moved; the message says why, and what to do."""


@dataclass
class Rehearsal:
    """An open deployment; `timed` are the services that have timers, `walks` the scheduler's tables of WALKS."""

    connections: Mapping[str, Connection]
    crm: httpx.AsyncClient
    lag: Lag
    timed: frozenset[str]
    zone: ZoneInfo
    walks: tuple[str, ...] = ()

    async def time(self) -> Time:
        """Ask crm-api's database, whose clock is the first to move."""
        return await store.time(self.connections[RECORD])

    async def move(self, offset: timedelta) -> None:
        """Let the clock be so far ahead of real time; the copies follow. Raises `NoRehearsal` where it is refused."""
        try:
            answer = await self.crm.put(CLOCK, json={"offset": f"PT{offset.total_seconds():.6f}S"})
        except httpx.HTTPError as error:
            raise NoRehearsal(f"crm-api at {self.crm.base_url} does not answer: {error!r}") from None
        if answer.is_error:
            raise NoRehearsal(f"crm-api did not move the clock ({answer.status_code}): {answer.text[:300]}")


@asynccontextmanager
async def opened(databases: Mapping[str, str], kafka: Kafka, crm_url: str, token: str) -> AsyncIterator[Rehearsal]:
    """Open a deployment; raises `NoRehearsal` where one of the databases has a real clock."""
    async with AsyncExitStack() as stack:
        connections = {service: await connected(stack, url) for service, url in databases.items()}
        real = [service for service, connection in connections.items() if not await store.follows(connection)]
        if real:
            raise NoRehearsal(
                f"this is no rehearsal: the clock of {', '.join(real)} is real. Only a deployment whose databases were"
                " migrated, and whose processes run, with REHEARSAL=1 can be moved through time"
            )
        timed = {service for service, connection in connections.items() if await store.has(connection, "timer")}
        # A proxy's answer would not be crm-api's.
        crm = httpx.AsyncClient(
            base_url=crm_url, headers={"Authorization": f"Bearer {token}"}, timeout=30, trust_env=False
        )
        yield Rehearsal(
            connections,
            await stack.enter_async_context(crm),
            await stack.enter_async_context(Lag(kafka)),
            frozenset(timed),
            await zone_of(connections[RECORD]),
            tuple([table for table in store.WALKS if await store.has(connections[SCHEDULER], table)]),
        )


async def connected(stack: AsyncExitStack, url: str) -> Connection:
    """Connect for as long as the stack lasts; raises `NoRehearsal` where the address is none."""
    try:
        async with asyncio.timeout(10):
            connection = await asyncpg.connect(url, command_timeout=ANSWERS_WITHIN)
    except ValueError:  # what it says may repeat a part of the password
        raise NoRehearsal("the address of a database cannot be read; `signalbox doctor` says which") from None
    stack.push_async_callback(connection.close, timeout=CLOSED_WITHIN)
    return connection


async def zone_of(connection: Connection) -> ZoneInfo:
    """Give the portal's zone, in which moments are read and told."""
    written = await store.portal(connection)
    return ZoneInfo((Portal.model_validate_json(written) if written else Portal()).zone)
