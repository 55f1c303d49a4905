"""Broken JSON and unknown types on each topic: put aside with the reason, and the road goes on."""

from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from chassis.ids import new_id
from contracts import topics
from contracts.envelope import Cause, Envelope, Headers
from contracts.messages import TYPES
from contracts.topics import Topic

from tests.integration.world import World

CASES = [
    (topic, reader)
    for topic in topics.TOPICS
    for reader in topic.readers
    if not reader.endswith(".config")  # a config record that cannot be read stops its reader, on purpose
]


def headers(type_: str) -> Headers:
    """Give the headers of a message of a type."""
    event = new_id()
    return Envelope(event, type_, "/test", "", datetime.now(UTC), Cause(event, event)).headers()


async def send(world: World, topic: Topic, key: bytes, value: bytes, head: Headers) -> None:
    """Put one record on the first partition of a topic."""
    kafka = world.installation.kafka
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers) as producer:
        await producer.send_and_wait(kafka.named(topic.name), value, key=key, partition=0, headers=head)


async def dead(world: World, group: str) -> list[Any]:
    """Read the dead letters of a group."""
    kafka = world.installation.kafka
    place = TopicPartition(kafka.named(topics.dead_letters(group)), 0)
    found: list[Any] = []
    async with AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap_servers) as consumer:
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        end = (await consumer.end_offsets([place]))[place]
        while await consumer.position(place) < end:
            found += (await consumer.getmany(timeout_ms=500)).get(place, [])
    return found


@pytest.mark.parametrize(("topic", "group"), CASES, ids=[f"{topic.name} read by {group}" for topic, group in CASES])
async def test_what_cannot_be_read_is_put_aside_with_the_reason(world: World, topic: Topic, group: str) -> None:
    known = next(data.TYPE for data, where in TYPES.items() if topic in where and data.TYPE != "crm.relay.progress.v1")
    key = str(new_id()).encode()
    await send(world, topic, key, b"{not json", headers(known))
    await send(world, topic, key, b"{}", headers("somebody.elses.v1"))

    async def both() -> dict[bytes, str] | None:
        mine = [letter for letter in await dead(world, group) if letter.key == key]
        reasons = {letter.value: dict(letter.headers)["dead-reason"].decode() for letter in mine}
        return reasons if len(reasons) == 2 else None

    reasons = await world.until(both)
    assert "Invalid JSON" in reasons[b"{not json"]
    assert "somebody.elses.v1" in reasons[b"{}"]


async def test_after_bad_messages_the_road_still_goes(world: World) -> None:
    for topic in topics.TOPICS:
        if not topic.single:
            await send(world, topic, b"k", b"\xff\x00", [])
    await world.rests()
    await world.story().play()
