"""Waiting until an installation is at rest, however long that takes on the machine at hand."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass

from aiokafka.errors import KafkaError
from contracts import topics
from signalbox.rehearsal import store
from signalbox.rehearsal.deployment import LEDGER, connected
from signalbox.rehearsal.lag import Lag
from signalbox.rehearsal.store import Connection

from deploy.local import Installation
from deploy.local.environment import SERVICES

PATIENCE = 240.0
LOOK_AGAIN = 0.1


@dataclass(frozen=True)
class Looking:
    """The databases of all services, and the broker."""

    connections: Mapping[str, Connection]
    timed: frozenset[str]
    lag: Lag

    async def announced(self) -> Mapping[str, int]:
        """Give how much each service has ever announced; raises `LookupError` while there is something to do."""
        standing = {service: await store.stands(connection) for service, connection in self.connections.items()}
        busy: list[object] = [
            f"{service} has to announce {one.outbox}" for service, one in standing.items() if one.outbox
        ]
        for service in self.timed:
            busy += await store.waiting(self.connections[service], store.OVERDUE)
        busy += await store.waiting(self.connections[LEDGER], store.TOUCHED)
        if busy:
            raise LookupError(busy)
        return {service: one.announced for service, one in standing.items()}

    async def read(self) -> None:
        """Wait until each group has handled what stands in its topics now."""
        ends = await self.lag.ends()
        while True:
            try:
                if not await self.lag.behind(ends, topics.groups()):
                    return
            except KafkaError as error:
                if not error.retriable:
                    raise
            await asyncio.sleep(LOOK_AGAIN)

    async def troubles(self) -> str:
        """Say what is not at rest; nothing where all is: nobody announced anything while all was read."""
        try:
            before = await self.announced()
            await self.read()
            return "" if await self.announced() == before else "something has just been announced"
        except LookupError as busy:
            return str(busy)


async def at_rest(up: Installation) -> None:
    """Wait until all that was set going has come to its end, but for what waits for its moment."""
    urls = {service: up.stack.database(up.environment.database(service)) for service in SERVICES}
    async with AsyncExitStack() as open_, Lag(up.kafka) as lag:
        connections = {service: await connected(open_, url) for service, url in urls.items()}
        timed = frozenset([service for service, one in connections.items() if await store.has(one, "timer")])
        looking, troubles = Looking(connections, timed, lag), "its groups have not read all"
        try:
            async with asyncio.timeout(PATIENCE):
                while troubles := await looking.troubles():  # noqa: ASYNC110  seen from outside, as its users see it
                    await asyncio.sleep(LOOK_AGAIN)
        except TimeoutError:
            raise AssertionError(f"not at rest within {PATIENCE} s: {troubles}") from None
