"""What is told of erased people is emptied or dropped where it is received; what is told later goes through."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from chassis import erasure
from chassis.config_copy import store
from chassis.database import Database, Transaction
from chassis.received import Received
from chassis.testing import eventually
from contracts.config import ConfigChanged, Erasure
from contracts.data import Data
from contracts.envelope import Cause, Envelope
from contracts.items import Item, ItemChanged
from contracts.signals import Signal

ANA, HASH = uuid4(), "a" * 32
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
ERASED = Erasure(contact=ANA, identities=(HASH,), at=AT)
MINUTE = timedelta(minutes=1)
WAIT = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def received(data: Data, at: datetime, persons: tuple[UUID, ...] = (), identities: tuple[str, ...] = ()) -> Received:
    root = uuid4()
    envelope = Envelope(uuid4(), data.TYPE, "/test", "", at, Cause(root, root), persons, identities)
    return Received("crm.items", 0, 1, "", envelope, data)


def of_ana(at: datetime) -> Received:
    item = Item(id=ANA, type="contact", version=2, entered_at=AT, created_at=AT, title="Ana", fields={"phone": "+351"})
    return received(ItemChanged(item=item, config=1), at, persons=(ANA,))


def signal(at: datetime) -> Received:
    return received(Signal(id=uuid4(), kind="form", source="site", happened_at=at), at, identities=(HASH,))


@pytest.fixture
def database(service: Any) -> Database:
    found: Database = service.database
    return found


@pytest.fixture
async def erased(database: Database) -> Database:
    async with database.transaction() as tx:
        await erasure.entomb(tx, ERASED)
    return database


async def spared(database: Database, *batch: Received) -> list[Received]:
    async with database.transaction() as tx:
        return list(await erasure.spared(tx, "test.group", batch))


async def test_what_was_said_before_is_emptied_and_signals_are_dropped(erased: Database) -> None:
    [left] = await spared(erased, of_ana(AT - MINUTE), signal(AT - MINUTE))
    assert (left.data.item.id, left.data.item.version, left.data.item.fields) == (ANA, 2, {})


async def test_what_is_said_later_and_of_others_goes_through(erased: Database) -> None:
    batch = (of_ana(AT + MINUTE), signal(AT + MINUTE), received(signal(AT).data, AT - MINUTE, persons=(uuid4(),)))
    assert await spared(erased, *batch) == list(batch)


async def waiting(database: Database, count: int) -> None:
    """Wait until so many transactions of this database wait for a lock."""

    async def are() -> bool:
        return bool(await database.ask(WAIT) == count)

    await eventually(are)


async def test_what_is_being_handled_is_waited_for_and_what_comes_meanwhile_waits(database: Database) -> None:
    order: list[str] = []

    async def erase() -> None:
        async with database.transaction() as tx:
            await erasure.entomb(tx, ERASED)
            order.append("erased")

    async def come_later() -> None:
        [left] = await spared(database, of_ana(AT - MINUTE))
        order.append("emptied" if left.data.item.fields == {} else "whole")

    async with asyncio.TaskGroup() as others, database.transaction() as tx:
        await erasure.spared(tx, "test.group", [of_ana(AT - MINUTE)])
        others.create_task(erase())
        await waiting(database, 1)
        others.create_task(come_later())
        await waiting(database, 2)
        order.append("handled")
    assert order == ["handled", "erased", "emptied"]


async def test_a_hook_runs_with_each_record_of_its_kind_in_the_same_transaction(database: Database) -> None:
    seen: list[str] = []

    async def hook(tx: Transaction, change: ConfigChanged) -> None:
        seen.append(await tx.fetchval("SELECT id FROM config WHERE kind = $1", change.kind))

    def record(kind: str, **more: Any) -> Received:
        data: dict[str, Any] = {"contact": str(ANA), "at": AT.isoformat()}
        change = ConfigChanged(kind=kind, id="one", revision=len(kind), data=data, changed_at=AT, **more)
        return received(change, AT)

    async with database.transaction() as tx:
        await store(tx, [record("erasure"), record("other")], {"erasure": hook})
        await store(tx, [record("erasure", deleted=True)], {"erasure": hook})
    assert seen == ["one"]
