"""How far each group is behind, and how many dead letters it has, as the broker tells."""

from collections.abc import Iterable, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from chassis.clients import running
from chassis.kafka import Kafka, administering
from chassis.replay import partitions_of
from contracts import topics

from signalbox.watching.figures import DEAD, FINISHED, LAG, Sample

Offsets = Mapping[TopicPartition, int]


async def look_at_lag(kafka: Kafka) -> list[Sample]:
    """Give what stands in each group's topics and is not finished; one that never finished anything lacks all.

    Topics that are not there yet have no figures.
    """
    async with administering(kafka) as admin:
        there = set(await admin.list_topics())
        readers = [group for group in topics.groups() if kafka.named(topics.dead_letters(group)) in there]
        done = {group: await finished(admin, kafka.named(group)) for group in readers}
    known = [topic for topic in topics.TOPICS if kafka.named(topic.name) in there]
    graves = {group: TopicPartition(kafka.named(topics.dead_letters(group)), 0) for group in readers}
    places = [place for topic in known for place in partitions_of(kafka, topic)]
    if not places:
        return []
    async with running(AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap_servers)) as consumer:
        begins = await consumer.beginning_offsets([*places, *graves.values()])
        ends = await consumer.end_offsets([*places, *graves.values()])
    found = [Sample(DEAD, (group,), ends[grave] - begins[grave]) for group, grave in graves.items()]
    for group, committed in done.items():
        for topic in (topic for topic in known if group in topic.readers):
            of_topic = partitions_of(kafka, topic)
            found.append(Sample(LAG, (group, topic.name), behind(of_topic, begins, ends, committed)))
            found.append(Sample(FINISHED, (group, topic.name), sum(committed.get(place, 0) for place in of_topic)))
    return found


async def finished(admin: AIOKafkaAdminClient, group: str) -> Offsets:
    """Give what a group has committed."""
    told = await admin.list_consumer_group_offsets(group)
    return {place: committed.offset for place, committed in told.items() if committed.offset >= 0}


def behind(places: Iterable[TopicPartition], begins: Offsets, ends: Offsets, done: Offsets) -> int:
    """Give how many records of these partitions are not finished, among those that still stand."""
    return sum(ends[place] - max(done.get(place, 0), begins[place]) for place in places)
