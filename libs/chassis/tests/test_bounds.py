"""What lies in front of a queue is not walked over again and again, and nothing that comes late is passed by."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from chassis import bounds
from chassis.bounds import Settled
from chassis.ids import new_id
from chassis.relay import BATCH, SELECT, Relay, close

from .conftest import Service


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(bounds, "EVERY", 3600.0)


@asynccontextmanager
async def carrying(service: Service) -> AsyncIterator[tuple[Relay, Any]]:
    """Give a relay that holds all buckets, and a call that lets it carry once and gives how many rows it found."""
    relay = service.relay()
    relay.held = set(range(service.outbox.kafka.partitions))
    connection, producer = await service.database.connect(), service.outbox.kafka.producer()
    await producer.start()
    try:
        yield relay, lambda: relay.carry(connection, producer)
    finally:
        await close(producer)
        await connection.close()


async def test_the_bound_rises_to_what_is_carried_once_older_transactions_ended(service: Service) -> None:
    async with carrying(service) as (relay, carry):
        for n in range(6):
            await service.publish(service.changed(new_id(), n))
            assert await carry() == 1
        assert relay.settled.low > 0
        await service.publish(service.changed(new_id(), 9))
        assert await carry() == 1


async def test_an_open_transaction_that_writes_elsewhere_holds_nothing_up(service: Service) -> None:
    async with carrying(service) as (relay, carry), service.database.transaction() as long:
        await long.execute("INSERT INTO handled (item, version, note) VALUES ($1, 1, '')", new_id())
        await long.fetchval("SELECT count(*) FROM outbox")
        for n in range(6):
            await service.publish(service.changed(new_id(), n))
            await carry()
        assert relay.settled.low > 0


async def test_who_vacuums_the_outbox_holds_nothing_up(service: Service) -> None:
    async with carrying(service) as (relay, carry), service.database.transaction() as vacuuming:
        await vacuuming.execute("LOCK TABLE outbox IN SHARE UPDATE EXCLUSIVE MODE")
        for n in range(6):
            await service.publish(service.changed(new_id(), n))
            await carry()
        assert relay.settled.low > 0


async def test_the_bound_waits_while_any_transaction_is_open_that_might_have_a_lower_number(service: Service) -> None:
    async with carrying(service) as (relay, carry):
        async with service.database.transaction() as slow:
            await service.outbox.publish(slow, [service.changed(new_id(), 1)])
            await slow.finish()
            for n in range(8):
                await service.publish(service.changed(new_id(), n))
                await carry()
            assert relay.settled.low == 0
        assert await carry() == 1
        for n in range(6):
            await service.publish(service.changed(new_id(), n))
            await carry()
        assert relay.settled.low > 0


async def visited(connection: "asyncpg.Connection[asyncpg.Record]", low: int) -> int:
    """Give how many pages a look at the outbox reads."""
    query = SELECT.replace("$1", "'{0,1,2,3}'").replace("$2", str(BATCH)).replace("$3", str(low))
    said = await connection.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}")
    plan = json.loads(said)[0]["Plan"]
    return int(plan["Shared Hit Blocks"]) + int(plan["Shared Read Blocks"])


async def test_what_an_old_snapshot_keeps_is_not_walked_over_at_each_look(service: Service) -> None:
    reader, looker = await service.database.connect(), await service.database.connect()
    await reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    await reader.fetchval("SELECT count(*) FROM outbox")
    async with carrying(service) as (relay, carry):
        for n in range(300):
            await service.publish(*[service.changed(new_id(), n) for _ in range(20)])
        while await carry():
            pass
        for n in range(4):
            await service.publish(service.changed(new_id(), n))
            await carry()
        assert relay.settled.low > 0
        assert await visited(looker, relay.settled.low) * 10 < await visited(looker, 0)
    await reader.close()
    await looker.close()


def test_who_takes_over_the_rows_of_others_begins_from_the_bottom() -> None:
    settled = Settled()
    settled.carried(70, all_of_them=True)
    settled.low = 50
    settled.forget()
    settled.carried(None, all_of_them=True)
    assert settled.low == 0
