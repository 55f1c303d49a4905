"""Reading topics once more: what a service said itself, for its recovery, and what a group reads, from earlier on."""

from collections.abc import AsyncIterator
from datetime import datetime

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import ConsumerRecord
from contracts import topics
from contracts.topics import Topic

from chassis.clients import running
from chassis.kafka import Kafka

BATCH = 500


class GroupUnknown(LookupError):
    """No reader of the table of topics has this group."""


async def replayed(kafka: Kafka, topic: Topic, since: datetime | None = None) -> AsyncIterator[list[ConsumerRecord]]:
    """Give what stands in a topic now, in batches; in no group; order holds within a partition."""
    async with running(AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap_servers)) as consumer:
        places = partitions_of(kafka, topic)
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        for place, offset in (await begins(consumer, places, since)).items():
            consumer.seek(place, offset)
        while any([await consumer.position(place) < ends[place] for place in places]):
            polled = await consumer.getmany(timeout_ms=500, max_records=BATCH)
            records = [r for place in places for r in polled.get(place, []) if r.offset < ends[place]]
            if records:
                yield records


async def rewind(kafka: Kafka, group: str, to: datetime | None) -> dict[str, int]:
    """Let a group, none of whose readers runs, begin again at a moment, and give how many records come again by topic.

    None begins with all that is kept. Raises `GroupUnknown`, and the broker's error while a reader still runs.
    """
    read = [topic for topic in topics.TOPICS if group in topic.readers]
    if not read:
        raise GroupUnknown(f"there is no group {group!r}; use one of: {', '.join(topics.groups())}")
    async with running(kafka.consumer(group)) as consumer:
        again: dict[str, int] = {}
        for topic in read:
            places = partitions_of(kafka, topic)
            consumer.assign(places)
            at = await begins(consumer, places, to)
            ends = await consumer.end_offsets(places)
            await consumer.commit(at)
            again[topic.name] = sum(ends[place] - at[place] for place in places)
        return again


async def begins(
    consumer: AIOKafkaConsumer, places: list[TopicPartition], since: datetime | None
) -> dict[TopicPartition, int]:
    """Give the offsets of the first records at a moment or after it, the ends where there are none."""
    if since is None:
        found: dict[TopicPartition, int] = await consumer.beginning_offsets(places)
        return found
    ends = await consumer.end_offsets(places)
    at = await consumer.offsets_for_times(dict.fromkeys(places, int(since.timestamp() * 1000)))
    return {place: at[place].offset if at[place] is not None else ends[place] for place in places}


def partitions_of(kafka: Kafka, topic: Topic) -> list[TopicPartition]:
    """Give the partitions of a topic."""
    count = 1 if topic.single else kafka.partitions
    return [TopicPartition(kafka.named(topic.name), partition) for partition in range(count)]
