"""Clients of Kafka, started wholly and stopped always.

A client of aiokafka that is cancelled while it starts has connections open that it does not know of yet, so that its
own `stop` leaves them open: `AIOKafkaClient.bootstrap` lets go of its first connection only where it answers or fails.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient


class Startable(Protocol):
    """What aiokafka's clients have in common."""

    async def start(self) -> Any:
        """Connect."""


Client = TypeVar("Client", AIOKafkaConsumer, AIOKafkaProducer, AIOKafkaAdminClient)


async def start(client: Startable) -> None:
    """Start a client; a cancellation is heard once it has started, or failed to within its request timeout."""
    starting = asyncio.create_task(client.start())
    try:
        await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.wait([starting])
        if not starting.cancelled():
            starting.exception()  # asked, so that nobody warns that it was not
        raise


@asynccontextmanager
async def running(client: Client) -> AsyncIterator[Client]:
    """Run a client while the block lasts."""
    try:
        await start(client)
        yield client
    finally:
        await (client.close() if isinstance(client, AIOKafkaAdminClient) else client.stop())
