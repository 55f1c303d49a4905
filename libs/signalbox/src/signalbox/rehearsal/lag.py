"""How far the consumer groups are behind what stands in their topics."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from chassis.kafka import Kafka
from chassis.replay import partitions_of
from contracts import topics

Ends = Mapping[TopicPartition, int]


@dataclass(frozen=True, slots=True)
class Behind:
    """A group that has not handled all of a topic."""

    group: str
    topic: str
    records: int


class Lag:
    """Asks the broker, in no group; open for as long as its block lasts."""

    def __init__(self, kafka: Kafka) -> None:
        self.kafka = kafka
        self.places = {topic.name: partitions_of(kafka, topic) for topic in topics.TOPICS}

    async def __aenter__(self) -> Self:
        self._consumer = AIOKafkaConsumer(bootstrap_servers=self.kafka.bootstrap_servers)
        self._admin = AIOKafkaAdminClient(bootstrap_servers=self.kafka.bootstrap_servers)
        await self._consumer.start()
        try:
            await self._admin.start()
            self._begins = await self._consumer.beginning_offsets(self._all())
        except BaseException:
            await self._consumer.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._admin.close()
        await self._consumer.stop()

    async def ends(self) -> Ends:
        """Give where each partition ends now."""
        ends: Ends = await self._consumer.end_offsets(self._all())
        return ends

    async def behind(self, ends: Ends, groups: Iterable[str]) -> list[Behind]:
        """Give the groups, of these, that have not handled all that stands before these ends."""
        told = await asyncio.gather(*(self._behind(group, ends) for group in groups))
        return [one for of_group in told for one in of_group]

    async def _behind(self, group: str, ends: Ends) -> list[Behind]:
        committed = await self._admin.list_consumer_group_offsets(self.kafka.named(group))
        found = []
        for topic in (topic for topic in topics.TOPICS if group in topic.readers):
            at = {p: committed[p].offset if p in committed else self._begins[p] for p in self.places[topic.name]}
            records = sum(max(0, ends[place] - offset) for place, offset in at.items())
            if records:
                found.append(Behind(group, topic.name, records))
        return found

    def _all(self) -> list[TopicPartition]:
        return [place for places in self.places.values() for place in places]
