"""Every message of every topic comes a second time, and an old one after its successor: nothing happens again."""

from collections import Counter
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from contracts import topics
from contracts.items import RelayProgress

from tests.integration.world import World

Json = dict[str, Any]


async def standing(world: World) -> list[Any]:
    """Read every record of every topic, in the order of their time."""
    kafka = world.installation.kafka
    found = []
    async with AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap_servers) as consumer:
        places = [
            TopicPartition(kafka.named(topic.name), partition)
            for topic in topics.TOPICS
            for partition in range(1 if topic.single else kafka.partitions)
        ]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        while any([await consumer.position(place) < ends[place] for place in places]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += records
    told = [
        r for r in found if (b"ce_type", RelayProgress.TYPE.encode()) not in [(n.encode(), v) for n, v in r.headers]
    ]
    return sorted(told, key=lambda record: (record.timestamp, record.offset))


async def send_again(world: World, records: list[Any]) -> None:
    """Put records on their partitions once more, as they were."""
    async with AIOKafkaProducer(bootstrap_servers=world.installation.kafka.bootstrap_servers) as producer:
        for record in records:
            await producer.send_and_wait(
                record.topic, record.value, key=record.key, partition=record.partition, headers=list(record.headers)
            )


async def effects(world: World) -> Counter[str]:
    """Count what the far ends accepted."""
    simulators = world.installation.simulators
    counted: Counter[str] = Counter()
    for provider in ("twilio", "smtp", "meta"):
        counted[provider] = len(await simulators.accepted(provider))
    return counted


async def remembered(world: World, deal: str) -> list[Json]:
    """Give what must not change: the deal, its timeline but for its own moments, its tasks."""
    crm = world.installation.crm
    rows = [{k: v for k, v in row.items() if k != "details"} for row in await crm.timeline(deal)]
    return [await crm.item(deal), *sorted(rows, key=lambda row: row["id"]), *await crm.tasks(deal)]


@pytest.mark.parametrize("order", ["as it was", "backwards", "twice in a row"])
async def test_all_messages_come_again_and_nothing_happens_again(world: World, order: str) -> None:
    story = world.story()
    await story.play()
    await world.rests()
    before, had = await remembered(world, story.deal), await effects(world)
    records = await standing(world)
    again = {
        "as it was": records,
        "backwards": records[::-1],
        "twice in a row": [record for record in records for _ in range(2)],
    }
    await send_again(world, again[order])
    await world.rests()
    assert await effects(world) == had
    assert await remembered(world, story.deal) == before
