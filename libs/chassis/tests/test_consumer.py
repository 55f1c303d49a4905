"""The one loop: batches in one transaction, dead letters with a reason, and no loss."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from chassis import handling
from chassis.config_copy import keep
from chassis.database import Transaction
from chassis.errors import Fatal, Rejected
from chassis.ids import new_id
from chassis.received import Received
from chassis.testing import Seen, eventually, running_tasks
from contracts import topics
from contracts.config import ConfigChanged
from contracts.envelope import Headers

from .conftest import AT, GROUP, Service

DEAD = topics.dead_letters(GROUP)


async def dead(service: Service) -> list[Seen]:
    return await service.deployment.seen(DEAD)


async def test_records_of_one_key_are_handled_in_their_order(service: Service) -> None:
    item = new_id()
    await service.deployment.send(*[service.changed(item, n) for n in range(1, 51)])

    async def all_there() -> bool:
        return await service.handled() == [(item, n) for n in range(1, 51)]

    async with running_tasks(service.consumer().run):
        await eventually(all_there)


async def test_what_was_committed_does_not_come_again(service: Service) -> None:
    first, second = new_id(), new_id()
    for item in (first, second):
        await service.deployment.send(service.changed(item, 1))
        async with running_tasks(service.consumer().run):

            async def there(item: object = item) -> bool:
                return (item, 1) in await service.handled()

            await eventually(there)
    assert await service.handled() == [(first, 1), (second, 1)]


@pytest.mark.parametrize(
    ("type_", "value", "reason"),
    [
        ("crm.item.changed.v1", b"{broken", "the value: Invalid JSON"),
        ("crm.item.changed.v1", b'{"config": 1}', "item: Field required"),
        ("crm.item.exploded.v1", b"{}", "type 'crm.item.exploded.v1' is not one that this reader knows"),
    ],
)
async def test_what_cannot_be_read_becomes_a_dead_letter_with_the_reason(
    service: Service, type_: str, value: bytes, reason: str
) -> None:
    good = service.changed(new_id(), 1)
    headers = [(n, type_.encode() if n == "ce_type" else v) for n, v in good.envelope.headers()]
    partition = service.outbox.parcel(good).partition
    await service.deployment.put([(topics.ITEMS.name, partition, b"k", headers, value)])
    await service.deployment.send(good)
    async with running_tasks(service.consumer().run, service.relay().run):
        (letter,) = await eventually(lambda: dead(service))
        await eventually(service.handled)
    assert reason in letter.headers["dead-reason"]
    assert (letter.value, letter.key, letter.headers["ce_type"]) == (value, "k", type_)
    assert (letter.headers["dead-topic"], letter.headers["dead-group"]) == ("crm.items", GROUP)


async def test_a_record_without_our_headers_is_dead_not_deadly(service: Service) -> None:
    await service.deployment.put([(topics.ITEMS.name, 0, b"k", [], b"{}")])
    async with running_tasks(service.consumer().run, service.relay().run):
        (letter,) = await eventually(lambda: dead(service))
    assert letter.headers["dead-reason"] == "header ce_correlationid is missing"


async def test_one_bad_record_does_not_hold_the_others_of_its_batch(service: Service) -> None:
    items = [new_id() for _ in range(3)]

    async def fussy(tx: Transaction, batch: Sequence[Received]) -> None:
        for received in batch:
            if received.data.item.id == items[1]:
                raise Rejected("this item is unknown here; create it first")
        await service.keep(tx, batch)

    await service.deployment.send(*[service.changed(item, 1) for item in items])
    async with running_tasks(service.consumer(fussy).run, service.relay().run):
        (letter,) = await eventually(lambda: dead(service))

        async def others() -> bool:
            return len(await service.handled()) == 2

        await eventually(others)
    assert {item for item, _ in await service.handled()} == {items[0], items[2]}
    assert letter.headers["dead-reason"] == "this item is unknown here; create it first"


async def test_a_bug_is_tried_three_times_and_then_put_aside(service: Service) -> None:
    tries = []

    async def broken(_: Transaction, batch: Sequence[Received]) -> None:
        tries.append(len(batch))
        raise ZeroDivisionError("by nothing")

    marked = []

    async def mark(_: Transaction, record: object) -> None:
        marked.append(record)

    await service.deployment.send(service.changed(new_id(), 1))
    async with running_tasks(service.consumer(broken, on_dead=mark).run, service.relay().run):
        (letter,) = await eventually(lambda: dead(service))
    assert (letter.headers["dead-error"], letter.headers["dead-attempts"]) == ("ZeroDivisionError", "3")
    assert len(tries) == 4  # the batch, and the record three times
    assert len(marked) == 1


async def test_trouble_of_the_database_is_waited_out(service: Service) -> None:
    failures = iter([ConnectionRefusedError(), TimeoutError()])

    async def away(tx: Transaction, batch: Sequence[Received]) -> None:
        for error in failures:
            raise error
        await service.keep(tx, batch)

    await service.deployment.send(service.changed(new_id(), 1))
    async with running_tasks(service.consumer(away).run):
        await eventually(service.handled)
    assert await dead(service) == []


async def test_a_batch_waits_for_the_config_that_it_names(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    config, looks = service.config(), 0
    reach = config.reach

    async def noted(revision: int, beat: Callable[[], None]) -> None:
        def looked() -> None:
            nonlocal looks
            looks += 1
            beat()

        await reach(revision, looked)

    async def waits() -> bool:
        return looks >= 10

    monkeypatch.setattr(config, "reach", noted)
    await service.deployment.send(service.changed(new_id(), 1, config=7))
    async with running_tasks(service.consumer(config=config).run):
        await eventually(waits)
        assert await service.handled() == []
        async with service.database.transaction() as tx:
            await keep(tx, [ConfigChanged(kind="portal", id="portal", revision=7, changed_at=AT)])
        await eventually(service.handled)


async def test_a_flood_of_dead_letters_stops_the_process(service: Service) -> None:
    broken: list[tuple[str, int, bytes, Headers, bytes]] = [(topics.ITEMS.name, 0, b"k", [], b"{}")] * 6
    await service.deployment.put(broken)
    with pytest.raises(Fatal, match="more than 5 dead letters among the last 6 records"):
        await service.consumer(dead_letter_limit=5).run(asyncio.Event())
    assert await dead(service) == []


async def test_a_reader_may_stop_at_what_it_cannot_read(service: Service) -> None:
    await service.deployment.put([(topics.ITEMS.name, 0, b"k", [], b"{}")])
    with pytest.raises(Fatal, match="header ce_correlationid is missing"):
        await service.consumer(stop_on_dead=True).run(asyncio.Event())


async def test_per_record_each_has_a_transaction_of_its_own(service: Service) -> None:
    batches = []

    async def note(tx: Transaction, batch: Sequence[Received]) -> None:
        batches.append(len(batch))
        await service.keep(tx, batch)

    await service.deployment.send(*[service.changed(new_id(), n) for n in range(5)])

    async def all_there() -> bool:
        return len(await service.handled()) == 5

    async with running_tasks(service.consumer(note, per_record=True).run):
        await eventually(all_there)
    assert batches == [1] * 5


@pytest.mark.parametrize("lanes", [1, 2])
async def test_messages_of_one_item_survive_a_rebalance_in_order(service: Service, lanes: int) -> None:
    """A second member joins and leaves in the middle; what comes again is a repeat, never a gap."""
    items = [new_id() for _ in range(4)]

    async def latest() -> bool:
        told = await service.handled()
        return all((item, 60) in told for item in items)

    async with running_tasks(service.consumer(lanes=lanes).run):
        await service.deployment.send(*[service.changed(i, n) for n in range(1, 31) for i in items])
        second = service.consumer(lanes=lanes)

        async def joined() -> bool:
            return second.ready()

        async with running_tasks(second.run):
            await service.deployment.send(*[service.changed(i, n) for n in range(31, 61) for i in items])
            await eventually(joined)
        await eventually(latest)
    told = await service.handled()
    for item in items:
        firsts = list(dict.fromkeys(version for of, version in told if of == item))
        assert firsts == list(range(1, 61))


async def test_headers_without_a_value_are_a_dead_letter_where_they_are_ours_and_nothing_where_they_are_not(
    service: Service,
) -> None:
    good, bad = service.changed(new_id(), 1), service.changed(new_id(), 2)
    without: Any = [(name, None if name == "ce_id" else value) for name, value in bad.envelope.headers()]
    beside: Any = [("x-forwarded-by", None), *good.envelope.headers()]
    await service.deployment.put(
        [
            (topics.ITEMS.name, 0, b"bad", without, bad.value()),
            (topics.ITEMS.name, 0, b"good", beside, good.value()),
        ]
    )
    async with running_tasks(service.consumer().run, service.relay().run):
        (letter,) = await eventually(lambda: dead(service))
        await eventually(service.handled)
    assert (letter.headers["dead-reason"], letter.key) == ("header ce_id is missing", "bad")
    assert [version for _, version in await service.handled()] == [1]


@pytest.mark.parametrize("trouble", [Rejected("not now"), ZeroDivisionError("by nothing")])
async def test_trouble_with_the_dead_is_tried_again_after_pauses_and_the_letter_says_why_the_record_died(
    service: Service, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    rests: list[float] = []
    troubles = iter([trouble] * 5)

    async def unknown(_: Transaction, __: Sequence[Received]) -> None:
        raise Rejected("this item is unknown here")

    async def mark(_: Transaction, __: object) -> None:
        for one in troubles:
            raise one

    def noted(_: Exception, pause: float) -> float:
        rests.append(pause)
        return 0.0

    monkeypatch.setattr(handling, "pause_after", noted)
    await service.deployment.send(service.changed(new_id(), 1))
    async with running_tasks(service.consumer(unknown, on_dead=mark).run, service.relay().run):
        (letter,) = await eventually(lambda: dead(service))
    assert (letter.headers["dead-reason"], letter.headers["dead-attempts"]) == ("this item is unknown here", "1")
    assert len(rests) == 5
