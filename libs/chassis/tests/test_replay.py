"""Topics are read once more from a moment on, and groups that stand still begin again there."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from aiokafka.errors import KafkaError
from chassis.kafka import Kafka
from chassis.replay import GroupUnknown, replayed, rewind
from chassis.testing import eventually, running_tasks
from contracts import topics

GROUP = "rule-scheduler.consume"


async def keys(kafka: Kafka, since: datetime | None = None) -> set[str]:
    return {record.key.decode() async for batch in replayed(kafka, topics.ITEMS, since) for record in batch}


async def spoken(service: Any, count: int) -> list[str]:
    """Send messages about new items, and give their keys."""
    messages = [service.changed(uuid4(), 1) for _ in range(count)]
    await service.deployment.send(*messages)
    return [message.key for message in messages]


async def test_all_that_stands_is_read_or_what_was_said_since_a_moment(service: Any) -> None:
    before = await spoken(service, 3)
    await asyncio.sleep(0.05)
    since = datetime.now(UTC)
    await asyncio.sleep(0.05)
    after = await spoken(service, 2)
    kafka = service.deployment.kafka
    assert await keys(kafka) == {*before, *after}
    assert await keys(kafka, since) == set(after)
    assert await keys(kafka, datetime.now(UTC) + timedelta(hours=1)) == set()


async def test_a_group_that_stands_still_reads_again_from_the_moment(service: Any) -> None:
    await service.deployment.topics(topics.OUTCOMES, topics.ORDERS)
    await spoken(service, 3)

    async def handled(count: int) -> bool:
        return len(await service.handled()) == count

    async with running_tasks(service.consumer().run):
        await eventually(lambda: handled(3))
    since = datetime.now(UTC)
    await asyncio.sleep(0.05)
    await spoken(service, 2)
    async with running_tasks(service.consumer().run):
        await eventually(lambda: handled(5))
    again = await rewind(service.deployment.kafka, GROUP, since)
    assert again[topics.ITEMS.name] == 2
    async with running_tasks(service.consumer().run):
        await eventually(lambda: handled(7))
    assert (await rewind(service.deployment.kafka, GROUP, None))[topics.ITEMS.name] == 5


async def test_a_group_whose_readers_run_is_left_alone(service: Any) -> None:
    await service.deployment.topics(topics.OUTCOMES, topics.ORDERS)
    await spoken(service, 1)
    consumer = service.consumer()

    async def ready() -> bool:
        return bool(consumer.ready())

    async with running_tasks(consumer.run):
        await eventually(ready)
        with pytest.raises(KafkaError):
            await rewind(service.deployment.kafka, GROUP, None)


async def test_a_group_that_nobody_has_is_refused_with_those_that_there_are(service: Any) -> None:
    with pytest.raises(GroupUnknown, match=GROUP):
        await rewind(service.deployment.kafka, "nobody", None)
