"""How far the consumer groups are behind what stands in their topics."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from chassis.clients import start
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
        self._coordinators: dict[str, int] = {}
        # Where the topics of a group ended when it was last found to have handled all.
        self._handled: dict[str, list[int]] = {}
        self.places = {topic.name: partitions_of(kafka, topic) for topic in topics.TOPICS}

    async def __aenter__(self) -> Self:
        self._consumer = AIOKafkaConsumer(bootstrap_servers=self.kafka.bootstrap_servers)
        self._admin = AIOKafkaAdminClient(bootstrap_servers=self.kafka.bootstrap_servers)
        try:
            await start(self._consumer)
            await start(self._admin)
            self._begins = await self._consumer.beginning_offsets(self._all())
        except BaseException:
            await self.__aexit__()
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
        read = {topic.name: self.places[topic.name] for topic in topics.TOPICS if group in topic.readers}
        wanted = [ends[place] for place in chain.from_iterable(read.values())]
        if self._handled.get(group) == wanted:
            return []
        reached = {**self._begins, **await self._committed(group)}
        behind = {topic: sum(max(0, ends[p] - reached[p]) for p in places) for topic, places in read.items()}
        found = [Behind(group, topic, records) for topic, records in behind.items() if records]
        if not found:
            self._handled[group] = wanted
        return found

    async def _committed(self, group: str) -> Ends:
        name = self.kafka.named(group)
        try:
            if group not in self._coordinators:
                self._coordinators[group] = await self._admin.find_coordinator(name)
            told = await self._admin.list_consumer_group_offsets(name, self._coordinators[group])
        except KafkaError:
            self._coordinators.pop(group, None)
            raise
        return {place: offset.offset for place, offset in told.items()}

    def _all(self) -> list[TopicPartition]:
        return [place for places in self.places.values() for place in places]
