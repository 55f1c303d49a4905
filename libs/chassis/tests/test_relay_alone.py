"""What a relay does with the rows that it finds, its database and its broker being played."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from aiokafka.errors import KafkaError, NotEnoughReplicasError
from aiokafka.record.default_records import DefaultRecordBatch
from chassis import relay
from chassis.batches import ReadyBatch
from chassis.database import Database
from chassis.kafka import Kafka
from chassis.outbox import Outbox
from chassis.records import record, together
from chassis.relay import BATCH, DELETE, REAL_TIME, SELECT, TAKE, Relay
from contracts import topics
from contracts.topics import Topic

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
Row = dict[str, Any]
Sent = list[tuple[str, int, list[bytes]]]


def row(seq: int, bucket: int, topic: str, *values: bytes) -> Row:
    body = together([record(b"k", [], value) for value in values])
    return {"seq": seq, "bucket": bucket, "topic": topic, "body": body}


class Base:
    """A database with rows in its outbox and buckets that are free."""

    def __init__(self, rows: Sequence[Row] = (), free: Sequence[int] = ()) -> None:
        self.rows, self.free = list(rows), set(free)
        self.asked: list[str] = []

    async def fetch(self, query: str, *values: Any) -> list[Row]:
        self.asked.append(query)
        if query == TAKE:
            taken = sorted(self.free & set(values[0]))
            self.free -= set(taken)
            return [{"b": bucket} for bucket in taken]
        if query != SELECT:
            return []  # who writes: nobody
        held, limit, low = values
        return [one for one in self.rows if one["bucket"] in held and one["seq"] > low][:limit]

    async def fetchval(self, query: str) -> datetime:
        assert query == REAL_TIME
        self.asked.append(query)
        return NOW

    async def execute(self, query: str, numbers: list[int]) -> None:
        assert query == DELETE
        self.rows = [one for one in self.rows if one["seq"] not in numbers]


class Broker:
    """Takes batches, and acknowledges them unless it has no replicas."""

    def __init__(self, *, replicas: bool = True) -> None:
        self.replicas = replicas
        self.sent: Sent = []

    async def send_batch(self, batch: ReadyBatch, topic: str, *, partition: int) -> "asyncio.Future[None]":
        values = [one.value for one in DefaultRecordBatch(bytes(batch._build()))]
        self.sent.append((topic, partition, values))
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.replicas:
            future.set_result(None)
        else:
            future.set_exception(NotEnoughReplicasError())
        return future


def made(*progress: Topic) -> Relay:
    outbox = Outbox(Kafka("nowhere:1", "t.", partitions=3), "/crm-api")
    return Relay(cast("Database", None), outbox, progress=progress, progress_every=3600.0)


def holding(*progress: Topic) -> Relay:
    mine = made(*progress)
    mine.held = {0, 1, 2}
    return mine


async def carry(mine: Relay, base: Base, broker: Broker) -> int:
    return await mine.carry(base, cast("Any", broker))


async def test_a_relay_without_buckets_does_not_look_for_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "LOCK_AGAIN", 0.0)
    base, broker, mine = Base([row(1, 0, "crm.items", b"a")]), Broker(), made(topics.ITEMS)
    for _ in range(3):
        await mine._turn(base, cast("Any", broker))
    assert set(base.asked) == {TAKE}
    assert broker.sent == []
    base.free = {0}
    await mine._turn(base, cast("Any", broker))
    assert ("t.crm.items", 0, [b"a"]) in broker.sent
    assert base.rows == []


async def test_free_buckets_are_asked_for_only_now_and_then_and_those_it_holds_never(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay, "LOCK_AGAIN", 3600.0)
    base, mine = Base(free=(0, 2)), made()
    await mine._take_buckets(base)
    await mine._take_buckets(base)
    assert (mine.held, base.asked) == ({0, 2}, [TAKE])
    mine._lock_at, base.free = 0.0, {0, 1}
    await mine._take_buckets(base)
    assert (mine.held, base.free) == ({0, 1, 2}, {0})
    mine._lock_at = 0.0
    await mine._take_buckets(base)
    assert base.asked == [TAKE, TAKE]


async def test_who_takes_buckets_over_begins_below_what_it_has_carried_itself() -> None:
    base, mine = Base([row(9, 0, "crm.items", b"z")], free=(0,)), made()
    await mine._take_buckets(base)
    for _ in range(3):
        await carry(mine, base, Broker())
    assert mine.settled.low == 9
    base.rows, base.free = [row(4, 1, "crm.items", b"d")], {1}
    mine._lock_at = 0.0
    await mine._take_buckets(base)
    broker = Broker()
    assert await carry(mine, base, broker) == 1
    assert broker.sent == [("t.crm.items", 1, [b"d"])]


async def test_rows_of_one_place_go_as_one_batch_in_the_order_of_their_numbers() -> None:
    rows = [
        row(1, 0, "crm.items", b"a1", b"a2"),
        row(2, 0, "crm.commands", b"other topic"),
        row(3, 1, "crm.items", b"other partition"),
        row(4, 0, "crm.items", b"a3"),
    ]
    base, broker = Base(rows), Broker()
    assert await carry(holding(), base, broker) == 4
    assert sorted(broker.sent) == [
        ("t.crm.commands", 0, [b"other topic"]),
        ("t.crm.items", 0, [b"a1", b"a2", b"a3"]),
        ("t.crm.items", 1, [b"other partition"]),
    ]
    assert base.rows == []


async def test_what_the_broker_does_not_acknowledge_stays_and_goes_again() -> None:
    base, mine = Base([row(1, 0, "crm.items", b"a")]), holding(topics.ITEMS)
    refusing, taking = Broker(replicas=False), Broker()
    with pytest.raises(KafkaError):
        await carry(mine, base, refusing)
    assert [one["seq"] for one in base.rows] == [1]
    assert [sent[0] for sent in refusing.sent] == ["t.crm.items"], "nothing is said to be published"
    await carry(mine, base, taking)
    assert (taking.sent[0], base.rows) == (("t.crm.items", 0, [b"a"]), [])


async def test_an_acknowledgement_that_does_not_come_is_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay, "ACKNOWLEDGED_WITHIN", 0.01)
    mine, never = made(), asyncio.get_running_loop().create_future()
    with pytest.raises(TimeoutError):
        await mine._acknowledged([never])


async def test_progress_is_told_to_each_partition_once_all_that_was_there_is_carried() -> None:
    broker, mine = Broker(), holding(topics.ITEMS, topics.CONFIG)
    rows = [row(n, n % 3, "crm.items", b"x") for n in range(1, BATCH + 2)]
    base = Base(rows)
    assert await carry(mine, base, broker) == BATCH
    told = [sent for sent in broker.sent if b"published_until" in sent[2][-1]]
    assert told == [], "more may stand behind a full batch"
    broker.sent.clear()
    assert await carry(mine, base, broker) == 1
    told = [sent for sent in broker.sent if b"published_until" in sent[2][-1]]
    assert [(topic, partition) for topic, partition, _ in sorted(told)] == [
        ("t.crm.config", 0),
        *(("t.crm.items", partition) for partition in range(3)),
    ]
    assert all(values == [b'{"published_until":"2026-03-02T09:30:00Z"}'] for *_, values in told)
    assert broker.sent[0][2] == [b"x"], "what was carried stands before it"
    broker.sent.clear()
    await carry(mine, base, broker)
    assert broker.sent == [], "it is not time to tell again"


async def test_real_time_is_read_before_the_rows_that_it_tells_of() -> None:
    base = Base()
    await carry(holding(topics.ITEMS), base, Broker())
    assert base.asked == [REAL_TIME, SELECT]


async def test_after_a_turn_that_went_well_trouble_is_waited_out_as_the_first() -> None:
    mine = holding()
    for _ in range(8):
        next(mine._pauses)
    with pytest.raises(NotEnoughReplicasError):
        await mine._turn(Base([row(1, 0, "crm.items", b"a")]), cast("Any", Broker(replicas=False)))
    assert next(mine._pauses) > 1
    await mine._turn(Base([row(1, 0, "crm.items", b"a")]), cast("Any", Broker()))
    assert next(mine._pauses) < 1
