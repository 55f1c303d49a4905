"""How far each group is behind, and how many dead letters it has, as the broker tells."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from chassis.clients import running
from chassis.kafka import Kafka, administering
from chassis.replay import partitions_of
from contracts import topics
from contracts.topics import Topic

from signalbox.watching.figures import DEAD, FINISHED, LAG, Sample

Offsets = Mapping[TopicPartition, int]


async def look_at_lag(kafka: Kafka) -> list[Sample]:
    """Give what stands in each group's topics and is not finished; one that never finished anything lacks all.

    Topics that are not there yet have no figures.
    """
    graves = {group: TopicPartition(kafka.named(topics.dead_letters(group)), 0) for group in topics.groups()}
    async with administering(kafka) as admin:
        there = set(await admin.list_topics())
        graves = {group: grave for group, grave in graves.items() if grave.topic in there}
        done = {group: await finished(admin, kafka.named(group)) for group in graves}
    places = {topic: partitions_of(kafka, topic) for topic in topics.TOPICS if kafka.named(topic.name) in there}
    if not places:
        return []
    begins, ends = await bounds(kafka, [*chain.from_iterable(places.values()), *graves.values()])
    dead = [Sample(DEAD, (group,), ends[grave] - begins[grave]) for group, grave in graves.items()]
    return [*dead, *lags(places, done, begins, ends)]


def lags(
    places: Mapping[Topic, Sequence[TopicPartition]], done: Mapping[str, Offsets], begins: Offsets, ends: Offsets
) -> Iterator[Sample]:
    """Give how far each group is behind in each topic that it reads, and where it is."""
    for topic, of_topic in places.items():
        for group in topic.readers:
            if group in done:
                committed, labels = done[group], (group, topic.name)
                yield Sample(LAG, labels, behind(of_topic, begins, ends, committed))
                yield Sample(FINISHED, labels, sum(committed.get(place, 0) for place in of_topic))


async def bounds(kafka: Kafka, places: Sequence[TopicPartition]) -> tuple[Offsets, Offsets]:
    """Give where partitions begin, and where they end."""
    async with running(AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap_servers)) as consumer:
        return await consumer.beginning_offsets(places), await consumer.end_offsets(places)


async def finished(admin: AIOKafkaAdminClient, group: str) -> Offsets:
    """Give what a group has committed."""
    told = await admin.list_consumer_group_offsets(group)
    return {place: committed.offset for place, committed in told.items() if committed.offset >= 0}


def behind(places: Iterable[TopicPartition], begins: Offsets, ends: Offsets, done: Offsets) -> int:
    """Give how many records of these partitions are not finished, among those that still stand."""
    return sum(max(0, ends[place] - max(done.get(place, 0), begins[place])) for place in places)
