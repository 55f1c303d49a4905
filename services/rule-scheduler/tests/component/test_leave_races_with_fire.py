"""A leave that races with firing: each execution is dispatched or cancelled, never both, never neither."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

from automation.testing import contact, rule
from chassis.testing import Deployment, eventually
from contracts.executions import ExecutionRow
from rule_scheduler.store import dispatches
from rule_scheduler.testing import Deployed, deployed, moved, new_deal

CLIENT = contact()
ITEMS = 150


async def test_with_two_replicas_firing_each_execution_is_dispatched_or_cancelled(deployment: Deployment) -> None:
    async with deployed(deployment) as scheduler:
        await scheduler.publish(rule("soon", timing={"after": "4 seconds"}))
        await scheduler.fresh()
        entered = datetime.now(UTC)
        items = [new_deal(CLIENT, entered_at=entered) for _ in range(ITEMS)]
        async with scheduler.process("consume"), scheduler.process("fire"), scheduler.process("fire"):
            await scheduler.announce(*(scheduler.entry(item, CLIENT) for item in items))
            due = entered + timedelta(seconds=4)
            await asyncio.sleep((due - datetime.now(UTC)).total_seconds() - 0.5)
            leaving = random.sample(items, ITEMS)
            for start in range(0, ITEMS, 10):
                await scheduler.announce(*(scheduler.entry(moved(i), CLIENT) for i in leaving[start : start + 10]))
                await asyncio.sleep(0.04)
            rows = await eventually(lambda: decided(scheduler))
            await eventually(lambda: scheduler.rows.all("SELECT FROM outbox HAVING count(*) = 0"))
        performed = [action.execution for action in await scheduler.performed()]
        dispatched = {row.id for row in rows if row.dispatched_at is not None}
        cancelled = {row.id for row in rows if row.state == "cancelled"}
        assert len(performed) == len(set(performed))
        assert set(performed) == dispatched
        assert dispatched.isdisjoint(cancelled)
        assert len(dispatched) + len(cancelled) == ITEMS
        assert all(row.dispatched_at >= due for row in rows if row.dispatched_at)
        assert await scheduler.rows.timers() == []


async def test_an_item_is_held_by_one_who_dispatches_and_the_others_go_on(deployment: Deployment) -> None:
    async with deployed(deployment) as scheduler:
        await scheduler.publish(rule("one", timing={"after": "1 day"}), rule("two", timing={"after": "1 day"}))
        items = [new_deal(CLIENT) for _ in range(2)]
        async with scheduler.process("consume"):
            await scheduler.announce(*(scheduler.entry(item, CLIENT) for item in items))
            rows = await eventually(lambda: planned(scheduler))
        of = {item.id: sorted(row.id for row in rows if row.item == item.id) for item in items}
        first, second = of.values()
        async with scheduler.rows.transaction() as one, scheduler.rows.transaction() as other:
            assert {held.item for held in await dispatches.hold(one, [first[0]])} == {str(items[0].id)}
            assert {held.item for held in await dispatches.hold(other, [first[1], *second])} == {str(items[1].id)}


async def planned(scheduler: Deployed) -> list[ExecutionRow]:
    rows = await scheduler.rows.executions()
    return rows if len(rows) == 4 else []


async def decided(scheduler: Deployed) -> list[ExecutionRow]:
    rows = await scheduler.rows.executions()
    return rows if len(rows) == ITEMS and all(row.state != "waiting" for row in rows) else []
