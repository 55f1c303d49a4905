"""What a consumer asks of its group, and when it tells it how far it is; its client and what handles are played."""

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaConnectionError
from aiokafka.structs import ConsumerRecord
from chassis.consumer import Consumer
from chassis.handling import Reader
from chassis.kafka import Kafka
from chassis.outbox import Outbox
from chassis.received import Reads
from contracts import topics
from contracts.items import ItemChanged

ZERO, ONE, TWO = (TopicPartition("crm.items", partition) for partition in range(3))
Polled = dict[TopicPartition, list[ConsumerRecord]]


def records(place: TopicPartition, *offsets: int) -> Polled:
    return {
        place: [ConsumerRecord(place.topic, place.partition, n, 0, 0, b"k", b"{}", None, 1, 2, ()) for n in offsets]
    }


class Client:
    """A client of Kafka that gives what it is told to, and notes what it is asked."""

    def __init__(self, *polls: Polled, refuses: Exception | None = None) -> None:
        self.polls = list(polls)
        self.refuses = refuses
        self.asked: list[tuple[TopicPartition, ...]] = []
        self.waits: list[int] = []
        self.committed: list[dict[TopicPartition, int]] = []

    def assignment(self) -> set[TopicPartition]:
        return {ZERO, ONE, TWO}

    async def getmany(self, *places: TopicPartition, timeout_ms: int, max_records: int) -> Polled:
        assert max_records > 0
        self.asked.append(places)
        self.waits.append(timeout_ms)
        return self.polls.pop(0) if self.polls else {}

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        if self.refuses:
            error, self.refuses = self.refuses, None
            raise error
        self.committed.append(offsets)


async def nothing(*_: object) -> None:
    """Handle a batch without a database."""


class Turning:
    """A consumer whose batches are taken by nobody, or by who is told to stop."""

    def __init__(self, *, lanes: int = 1, commit_every: float = 0.0, takes: Sequence[bool] = ()) -> None:
        reader = Reader("g.consume", (topics.ITEMS,), Reads.of((ItemChanged,)), nothing, lanes=lanes)
        kafka = Kafka("nowhere:1")
        self.consumer = Consumer(
            reader, kafka=kafka, database=cast("Any", None), outbox=Outbox(kafka, "/g"), commit_every=commit_every
        )
        self.takes = list(takes)
        self.taken: list[int] = []
        for lane in self.consumer.lanes:
            vars(lane)["take"] = self.take

    async def take(self, batch: Sequence[ConsumerRecord], _: asyncio.Event) -> bool:
        self.taken += [record.offset for record in batch]
        return self.takes.pop(0) if self.takes else True

    async def turn(self, client: Client, *, lane: int = 0, times: int = 1) -> None:
        for _ in range(times):
            await self.consumer._turn(cast("Any", client), lane, asyncio.Event())


async def test_the_offset_behind_the_last_of_each_partition_is_committed() -> None:
    client, turning = Client(records(ZERO, 4, 5, 7) | records(ONE, 0)), Turning()
    await turning.turn(client)
    assert client.committed == [{ZERO: 8, ONE: 1}]
    assert turning.taken == [4, 5, 7, 0]


async def test_what_was_not_handled_to_its_end_is_not_committed() -> None:
    client, turning = Client(records(ZERO, 4), records(ONE, 9)), Turning(takes=[False, True])
    await turning.turn(client, times=2)
    assert client.committed == [{ONE: 10}]


async def test_nothing_is_committed_where_nothing_came() -> None:
    client = Client()
    await Turning().turn(client, times=3)
    assert client.committed == []


@pytest.mark.parametrize("refusal", [CommitFailedError(), IllegalStateError("taken away")])
async def test_a_group_that_moved_on_is_no_error_and_the_next_commit_is_of_what_came_since(refusal: Exception) -> None:
    client, turning = Client(records(ZERO, 4), records(ONE, 9), refuses=refusal), Turning()
    await turning.turn(client, times=2)
    assert client.committed == [{ONE: 10}]


async def test_a_broker_that_is_lost_at_a_commit_is_an_error() -> None:
    client = Client(records(ZERO, 4), refuses=KafkaConnectionError())
    with pytest.raises(KafkaConnectionError):
        await Turning().turn(client)


async def test_between_commits_what_is_handled_adds_up_and_a_dead_letter_does_not_wait() -> None:
    polls = [records(ZERO, n) for n in (0, 1, 2)] + [records(ONE, 5)]
    client, turning = Client(*polls), Turning(commit_every=3600.0)
    await turning.turn(client, times=3)
    assert client.committed == [{ZERO: 1}]
    turning.consumer.lanes[0].buried = True
    await turning.turn(client)
    assert client.committed == [{ZERO: 1}, {ZERO: 3, ONE: 6}]
    assert turning.consumer.lanes[0].buried is False


async def test_a_poll_is_cut_short_only_where_something_waits_for_its_commit() -> None:
    client, turning = Client(records(ZERO, 0), records(ZERO, 1)), Turning(commit_every=0.05)
    turning.consumer._commit_at = float("inf")
    await turning.turn(client, times=2)
    assert client.waits == [300, 50]


async def test_a_lane_asks_for_its_own_partitions_alone() -> None:
    client, turning = Client(), Turning(lanes=2)
    for lane in (0, 1):
        await turning.turn(client, lane=lane)
    assert [set(places) for places in client.asked] == [{ZERO, TWO}, {ONE}]


async def test_a_lane_without_partitions_asks_for_nothing_as_that_would_be_all() -> None:
    client, turning = Client(records(ZERO, 4)), Turning(lanes=4)
    async with asyncio.timeout(60):
        await turning.turn(client, lane=3)
    assert (client.asked, turning.taken) == ([], [])


async def test_of_two_lanes_each_commit_tells_what_both_have_handled() -> None:
    client, turning = Client(records(ZERO, 4), records(ONE, 6)), Turning(lanes=2, commit_every=3600.0)
    turning.consumer._commit_at = float("inf")
    await turning.turn(client, lane=0)
    turning.consumer._commit_at = 0.0
    await turning.turn(client, lane=1)
    assert client.committed == [{ZERO: 5, ONE: 7}]
