"""Through crashes, and with several replicas, what is carried keeps its order per key, and nothing is lost."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self
from uuid import UUID

import pytest
from chassis.ids import new_id
from chassis.relay import DELETE, Relay, close
from chassis.testing import eventually
from contracts import topics

from .conftest import Service, item_of


class Cut:
    """A connection that is lost when what was sent is to be deleted."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)

    async def execute(self, query: str, *_: object) -> None:
        assert query == DELETE
        raise ConnectionResetError


class Replica:
    """A relay with its connection and producer, which a test turns by hand."""

    def __init__(self, relay: Relay, connection: Any, producer: Any) -> None:
        self.relay, self.connection, self.producer = relay, connection, producer

    @classmethod
    @asynccontextmanager
    async def of(cls, service: Service) -> AsyncIterator[Self]:
        producer = service.outbox.kafka.producer()
        replica = cls(service.relay(), await service.database.connect(), producer)
        await producer.start()
        try:
            yield replica
        finally:
            replica.connection.terminate()
            await close(producer)

    async def buckets(self) -> set[int]:
        """Take what is free, and give all that it holds."""
        self.relay._lock_at = 0.0
        await self.relay._take_buckets(self.connection)
        return self.relay.held

    async def carry(self, *, crashes: bool = False) -> int:
        connection = Cut(self.connection) if crashes else self.connection
        return await self.relay.carry(connection, self.producer)


async def versions(service: Service) -> dict[UUID, list[int]]:
    told: dict[UUID, list[int]] = {}
    for seen in await service.deployment.seen(topics.ITEMS):
        told.setdefault(item_of(seen).id, []).append(item_of(seen).version)
    return told


async def test_what_was_sent_and_not_deleted_comes_again_in_its_order(service: Service) -> None:
    items = [new_id() for _ in range(4)]
    for version in range(1, 6):
        await service.publish(*[service.changed(item, version) for item in items])
    async with Replica.of(service) as crashing:
        await crashing.buckets()
        for _ in range(2):
            with pytest.raises(ConnectionResetError):
                await crashing.carry(crashes=True)
    async with Replica.of(service) as healthy:

        async def all_free() -> bool:
            return await healthy.buckets() == {0, 1}

        await eventually(all_free)
        await service.publish(*[service.changed(item, 6) for item in items])
        while await healthy.carry():
            pass
    told = await versions(service)
    assert set(told) == set(items)
    for item in items:
        assert list(dict.fromkeys(told[item])) == [1, 2, 3, 4, 5, 6]
        assert sorted(told[item]) == sorted([*range(1, 6), *range(1, 6), *range(1, 7)])
    assert await service.database.ask("SELECT count(*) FROM outbox") == 0


async def test_a_bucket_has_one_relay_until_that_one_is_gone(service: Service) -> None:
    item = new_id()
    async with Replica.of(service) as second:
        async with Replica.of(service) as first:
            assert await first.buckets() == {0, 1}
            assert await second.buckets() == set()
            await service.publish(service.changed(item, 1))
            assert await first.carry() == 1
            await service.publish(service.changed(item, 2))

        async def taken_over() -> bool:
            return await second.buckets() == {0, 1}

        await eventually(taken_over)
        assert await second.carry() == 1
    assert await versions(service) == {item: [1, 2]}
