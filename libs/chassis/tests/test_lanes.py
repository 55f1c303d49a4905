"""Several batches at once, each of other partitions: none waits for another, and the order of each key holds."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from uuid import UUID

import pytest
from chassis.consumer import TURNS_WITHIN
from chassis.database import Transaction
from chassis.errors import Fatal
from chassis.ids import new_id
from chassis.received import Received
from chassis.testing import eventually, running_tasks
from contracts import topics

from .conftest import Service


def on(service: Service, partition: int) -> UUID:
    """Give an item of a partition."""
    return next(
        item for item in iter(new_id, None) if service.outbox.kafka.partition(topics.ITEMS, str(item)) == partition
    )


class Meeting:
    """Handles a batch once batches of both partitions are there."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.there: set[int] = set()
        self.both = asyncio.Event()

    async def __call__(self, tx: Transaction, batch: Sequence[Received]) -> None:
        """Wait for the other one, and write down."""
        self.there |= {received.partition for received in batch}
        if len(self.there) == 2:
            self.both.set()
        await self.both.wait()
        await self.service.keep(tx, batch)


async def test_batches_of_two_lanes_are_handled_at_once(service: Service) -> None:
    items = [on(service, 0), on(service, 1)]
    meeting = Meeting(service)
    async with running_tasks(service.consumer(meeting, lanes=2).run):
        for item in items:
            await service.deployment.send(service.changed(item, 1))

        async def both() -> bool:
            return {item for item, _ in await service.handled()} == set(items)

        await eventually(both)


async def test_no_batch_has_records_of_both_lanes_and_the_order_of_each_item_holds(service: Service) -> None:
    items = [on(service, n % 2) for n in range(6)]
    lanes: list[set[int]] = []

    async def note(tx: Transaction, batch: Sequence[Received]) -> None:
        lanes.append({received.partition for received in batch})
        await service.keep(tx, batch)

    async def all_there() -> bool:
        return len(await service.handled()) == 6 * 40

    await service.deployment.send(*[service.changed(item, n) for n in range(1, 41) for item in items])
    async with running_tasks(service.consumer(note, lanes=2).run):
        await eventually(all_there)
    assert {frozenset(lane) for lane in lanes} == {frozenset({0}), frozenset({1})}
    told = await service.handled()
    for item in items:
        assert [version for of, version in told if of == item] == list(range(1, 41))


async def test_trouble_in_one_lane_does_not_hold_the_other(service: Service) -> None:
    well, ill = on(service, 0), on(service, 1)
    healed = asyncio.Event()

    async def handle(tx: Transaction, batch: Sequence[Received]) -> None:
        if batch[0].partition == 1 and not healed.is_set():
            raise ConnectionRefusedError
        await service.keep(tx, batch)

    await service.deployment.send(*[service.changed(item, n) for n in (1, 2) for item in (well, ill)])

    async def are_handled(*expected: tuple[UUID, int]) -> bool:
        return sorted(await service.handled()) == sorted(expected)

    async with running_tasks(service.consumer(handle, lanes=2).run):
        await eventually(lambda: are_handled((well, 1), (well, 2)))
        healed.set()
        await eventually(lambda: are_handled((well, 1), (well, 2), (ill, 1), (ill, 2)))


async def test_what_ends_one_lane_ends_the_reader(service: Service) -> None:
    good = on(service, 0)
    await service.deployment.send(service.changed(good, 1))
    await service.deployment.put([(topics.ITEMS.name, 1, b"k", [], b"{}")])
    with pytest.raises(Fatal, match="header ce_correlationid is missing"):
        await service.consumer(stop_on_dead=True, lanes=2).run(asyncio.Event())


async def test_a_dead_letter_of_one_lane_is_committed_at_once_and_does_not_come_again(service: Service) -> None:
    await service.deployment.put([(topics.ITEMS.name, 1, b"k", [], b"{}")])
    consumer = service.consumer(lanes=2)
    consumer.commit_every = 3600.0

    async def letters() -> int:
        return len(await service.deployment.seen(topics.dead_letters(consumer.reader.group)))

    async def one() -> bool:
        return await letters() == 1

    async with running_tasks(consumer.run, service.relay().run):
        await eventually(one)
    async with running_tasks(service.consumer(lanes=2).run, service.relay().run):
        item = on(service, 1)
        await service.deployment.send(service.changed(item, 1))
        await eventually(service.handled)
    assert await letters() == 1


async def test_what_both_lanes_had_in_their_hands_in_a_crash_comes_again_whole(service: Service) -> None:
    """Killed in the middle of two transactions: nothing of either is there, and the next process takes all of it."""
    items = [on(service, 0), on(service, 1)]
    await service.deployment.send(*[service.changed(item, n) for n in range(1, 11) for item in items])
    begun: set[int] = set()

    async def never_ends(tx: Transaction, batch: Sequence[Received]) -> None:
        await service.keep(tx, batch)
        begun.update(received.partition for received in batch)
        await asyncio.Event().wait()

    async def in_both() -> bool:
        return begun == {0, 1}

    crashing = asyncio.create_task(service.consumer(never_ends, lanes=2).run(asyncio.Event()))
    await eventually(in_both)
    crashing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await crashing
    assert await service.handled() == []

    async def all_there() -> bool:
        return len(await service.handled()) == 20

    async with running_tasks(service.consumer(lanes=2).run):
        await eventually(all_there)
    assert sorted(await service.handled()) == sorted((item, n) for item in items for n in range(1, 11))


async def test_a_lane_without_partitions_waits_for_some(service: Service) -> None:
    """Two members of two lanes share two partitions: half of the lanes have none, until a member leaves."""
    items = [on(service, 0), on(service, 1)]

    async def handled(version: int) -> bool:
        return {(item, version) for item in items} <= set(await service.handled())

    async with running_tasks(service.consumer(lanes=2).run):
        async with running_tasks(service.consumer(lanes=2).run):
            await service.deployment.send(*[service.changed(item, 1) for item in items])
            await eventually(lambda: handled(1))
        await service.deployment.send(*[service.changed(item, 2) for item in items])
        await eventually(lambda: handled(2))


async def test_a_reader_is_alive_only_while_each_lane_turns(service: Service) -> None:
    consumer = service.consumer(lanes=2)
    assert consumer.alive()
    consumer.lanes[1].turned_at = time.monotonic() - 2 * TURNS_WITHIN
    assert not consumer.alive()
