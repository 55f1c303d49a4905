"""What is committed is announced, in order per key, and nothing else is."""

import asyncio
from datetime import datetime
from itertools import pairwise
from uuid import UUID

import pytest
from chassis import relay
from chassis.errors import Rejected
from chassis.ids import new_id
from chassis.outbox import FULL_CHUNK, LARGEST_MESSAGE
from chassis.records import apart
from chassis.testing import eventually, running_tasks
from contracts import topics
from contracts.items import RelayProgress

from .conftest import Service, item_of


async def versions(service: Service) -> dict[str, list[int]]:
    told: dict[str, list[int]] = {}
    for seen in await service.deployment.seen(topics.ITEMS):
        told.setdefault(seen.key, []).append(item_of(seen).version)
    return told


async def test_what_is_rolled_back_is_never_announced(service: Service) -> None:
    item = new_id()

    async def fail_after_writing() -> None:
        async with service.database.transaction() as tx:
            await service.outbox.publish(tx, [service.changed(item, 1)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_after_writing()
    await service.publish(service.changed(item, 2))
    async with running_tasks(service.relay().run):
        assert await eventually(lambda: versions(service)) == {str(item): [2]}


async def test_two_relays_keep_the_order_of_each_key(service: Service) -> None:
    items = [new_id() for _ in range(5)]

    async def change(item: UUID) -> None:
        for version in range(1, 41):
            await service.publish(service.changed(item, version))

    async def all_there() -> bool:
        return sum(map(len, (await versions(service)).values())) >= 200

    async with running_tasks(service.relay().run, service.relay().run):
        await asyncio.gather(*map(change, items))
        await eventually(all_there)
    assert await versions(service) == {str(item): list(range(1, 41)) for item in items}


async def test_many_messages_share_rows_that_fill_their_pages(service: Service) -> None:
    await service.publish(*[service.changed(new_id(), n) for n in range(100)])
    async with service.database.transaction() as tx:
        rows = await tx.fetch("SELECT bucket, messages, length(body) AS size, body FROM outbox ORDER BY seq")
    assert [len(list(apart(row["body"]))) for row in rows] == [row["messages"] for row in rows]
    assert sum(row["messages"] for row in rows) == 100
    assert all(row["size"] <= FULL_CHUNK for row in rows)
    full = [row for n, row in enumerate(rows) if row["bucket"] in {later["bucket"] for later in rows[n + 1 :]}]
    assert all(row["size"] > FULL_CHUNK * 0.8 for row in full)


async def test_a_message_too_large_to_travel_is_refused_with_words(service: Service) -> None:
    with pytest.raises(Rejected, match=r"crm\.item\.changed\.v1 is \d+ bytes; a message may have 900000"):
        await service.publish(service.changed(new_id(), 1, note="x" * LARGEST_MESSAGE))


async def test_large_messages_are_split_over_chunks_and_all_arrive(service: Service) -> None:
    item = new_id()
    await service.publish(*[service.changed(item, n, note="x" * 300_000) for n in range(1, 6)])
    async with running_tasks(service.relay().run):

        async def all_five() -> bool:
            return (await versions(service)) == {str(item): [1, 2, 3, 4, 5]}

        await eventually(all_five)


async def test_a_relay_whose_connection_is_cut_begins_again_and_loses_nothing(service: Service) -> None:
    item = new_id()
    async with running_tasks(service.relay().run):
        await service.publish(service.changed(item, 1))
        await eventually(lambda: versions(service))
        async with service.database.transaction() as tx:
            await tx.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        await service.publish(service.changed(item, 2))

        async def both() -> bool:
            return sorted(set((await versions(service)).get(str(item), []))) == [1, 2]

        await eventually(both)


async def test_progress_rises_and_reaches_each_partition(service: Service) -> None:
    async def told() -> dict[int, list[RelayProgress]]:
        seen = await service.deployment.seen(topics.ITEMS, besides=())
        found: dict[int, list[RelayProgress]] = {}
        for record in seen:
            if isinstance(record.data, RelayProgress):
                found.setdefault(record.partition, []).append(record.data)
        return found

    async def three_each() -> dict[int, list[RelayProgress]] | None:
        found = await told()
        return found if len(found) == 2 and all(len(of) >= 3 for of in found.values()) else None

    async with running_tasks(service.relay(progress=(topics.ITEMS,), progress_every=0.05).run):
        for progress in (await eventually(three_each)).values():
            assert all(a.published_until < b.published_until for a, b in pairwise(progress))


async def test_progress_does_not_overtake_what_was_committed_before_it(service: Service) -> None:
    """A reader that has seen T has seen every message whose transaction ended before T."""
    ends: list[datetime] = []
    async with running_tasks(service.relay(progress=(topics.ITEMS,), progress_every=0.001).run):
        for version in range(1, 101):
            await service.publish(service.changed(new_id(), version))
            async with service.database.transaction() as tx:
                ends.append(await tx.fetchval("SELECT clock_timestamp()"))

        async def all_there() -> bool:
            return sum(map(len, (await versions(service)).values())) == 100

        await eventually(all_there)
    until: dict[int, datetime] = {}
    for seen in await service.deployment.seen(topics.ITEMS, besides=()):
        if isinstance(seen.data, RelayProgress):
            until[seen.partition] = seen.data.published_until
        elif seen.partition in until:
            assert ends[item_of(seen).version - 1] > until[seen.partition]


MANY = (
    "INSERT INTO outbox (bucket, topic, messages, body, created_at)"
    " SELECT n % 12, 'none', 1, convert_to(repeat('x', 200), 'UTF8'), now() FROM generate_series(1, 20000) AS n"
)


async def test_a_relay_walks_its_index_whatever_is_known_of_the_queue(service: Service) -> None:
    async with service.database.transaction() as tx:
        await tx.execute(MANY)
        numbers = [row["seq"] for row in await tx.fetch("SELECT seq FROM outbox ORDER BY seq LIMIT 1000")]
        # So many of so many rows are what a planner would rather collect and sort.
        await tx.execute("ANALYZE outbox")
    connection = await service.database.connect()
    try:
        await connection.execute(relay.SESSION)
        plans = [
            await connection.fetch("EXPLAIN " + relay.SELECT, [0, 3, 7], 1000, 0),
            await connection.fetch("EXPLAIN " + relay.DELETE, numbers),
        ]
    finally:
        await connection.close()
        await service.database.ask("TRUNCATE outbox")
    for plan in plans:
        said = "\n".join(row[0] for row in plan)
        assert "Index Scan using outbox_pkey" in said
        assert "Bitmap" not in said
        assert "Sort" not in said
