"""The scheduler on real Kafka and PostgreSQL: what it plans, cancels and dispatches, whatever comes twice or late."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from automation.testing import contact, record, rule
from chassis.testing import eventually
from contracts import topics
from contracts.actions import PerformAction
from contracts.executions import ExecutionRows, ExecutionState
from contracts.items import Item, ItemChanged
from rule_scheduler.testing import Deployed, moved, new_deal

SOON = rule("soon", timing={"after": "1 second"})
GREET = rule("greet")
LATER = rule("later", timing={"after": "2 seconds"})
NUDGE = rule("nudge", timing={"after": "2 days"})
CLIENT = contact()
STALE = {"max_staleness": timedelta(seconds=2)}


@pytest.mark.req("B1", "B2")
async def test_an_entry_sends_what_is_immediate_at_once_and_what_is_delayed_when_it_is_due(
    scheduler: Deployed,
) -> None:
    await scheduler.publish(GREET, SOON, NUDGE)
    await scheduler.fresh()
    item = new_deal(CLIENT)
    async with scheduler.process():
        await scheduler.announce(scheduler.entry(item, CLIENT))
        greet = await scheduler.row("greet", "dispatched")
        soon = await scheduler.row("soon", "dispatched")
        performed = await eventually(lambda: scheduler.performed(count=2))
    assert [action.rule_key for action in performed] == ["greet", "soon"]
    assert {r.address for action in performed for r in action.recipients} == {"+351912345678"}
    assert soon.due_at == item.entered_at + timedelta(seconds=1)
    assert greet.dispatched_at is not None
    assert soon.dispatched_at is not None
    assert soon.dispatched_at >= soon.due_at
    assert (await scheduler.rows.states())["nudge"] == "waiting"
    assert [timer["id"] for timer in await scheduler.rows.timers()] == [(await scheduler.row("nudge", "waiting")).id]


async def test_every_change_of_a_row_is_announced_whole_in_the_order_of_its_versions(scheduler: Deployed) -> None:
    await scheduler.publish(NUDGE)
    item = new_deal()
    async with scheduler.process():
        await scheduler.announce(scheduler.entry(item), scheduler.entry(moved(item)))
        await scheduler.row("nudge", "cancelled")

        async def both() -> list[tuple[int, ExecutionState]] | None:
            told = await scheduler.deployment.data(topics.EXECUTIONS, ExecutionRows)
            rows = [(row.version, row.state) for message in told for row in message.rows]
            return rows if rows and rows[-1][1] == "cancelled" else None

        rows = await eventually(both)
    assert rows == sorted(rows)


async def test_the_same_entry_twice_in_one_batch_and_once_more_later_is_sent_once(scheduler: Deployed) -> None:
    await scheduler.publish(GREET)
    await scheduler.fresh()
    item = new_deal(CLIENT)
    event = scheduler.entry(item, CLIENT)
    await scheduler.announce(event, event)
    async with scheduler.process():
        await scheduler.row("greet", "dispatched")
        await scheduler.announce(event, scheduler.entry(new_deal(CLIENT, id=CLIENT.id), CLIENT))
        await scheduler.row("greet", "dispatched", item=CLIENT.id)
        performed = await eventually(lambda: scheduler.performed(count=2))
    assert len(performed) == 2
    assert len(await scheduler.rows.executions()) == 2


async def test_an_old_version_after_a_newer_one_and_a_contact_after_its_deal_change_nothing(
    scheduler: Deployed,
) -> None:
    await scheduler.publish(rule("say", {"send-sms": {"text": "{{ item.title }}"}}, timing={"after": "1 second"}))
    await scheduler.fresh()
    item = new_deal(CLIENT)
    newer = item.model_copy(update={"version": 5, "title": "Newer"})
    stale = contact(phone="+351900000000").model_copy(update={"version": CLIENT.version - 1})
    # Nothing fires before all is heard, as it is once the last of each partition is.
    async with scheduler.process("consume"):
        await scheduler.announce(
            scheduler.entry(item, CLIENT),
            ItemChanged(item=newer, linked=(CLIENT,), config=1),
            ItemChanged(item=item.model_copy(update={"version": 4, "title": "Older"}), linked=(stale,), config=1),
            ItemChanged(item=stale, config=1),
        )
        for last in one_of_each_partition(scheduler):
            await scheduler.announce(scheduler.entry(last))
            await scheduler.row("say", "waiting", item=last.id)

    async def said() -> list[PerformAction]:
        return [action for action in await scheduler.performed() if action.item == item.id]

    async with scheduler.process("fire"):
        [action] = await eventually(said)
    assert action.params["text"] == "Newer"
    assert action.recipients[0].address == CLIENT.fields["phone"]


def one_of_each_partition(scheduler: Deployed) -> Iterable[Item]:
    """Make deals whose events lie on as many partitions as there are."""
    kafka, found = scheduler.deployment.kafka, dict[int, Item]()
    while len(found) < kafka.partitions:
        deal = new_deal()
        found[kafka.partition(topics.ITEMS, str(deal.id))] = deal
    return found.values()


async def test_a_leave_while_the_scheduler_was_away_is_read_before_the_timer_fires(scheduler: Deployed) -> None:
    item = new_deal(CLIENT)
    await planned_and_away(scheduler, item)
    async with scheduler.process("fire", **STALE):
        await asyncio.sleep(0.5)
        assert await scheduler.rows.states() == {"later": "waiting"}
        await scheduler.announce(scheduler.entry(moved(item)))
        async with scheduler.process("consume", **STALE), scheduler.crm_is_there():
            await scheduler.row("later", "cancelled")
            await asyncio.sleep(0.5)
    assert await scheduler.performed() == []
    assert await scheduler.rows.timers() == []


async def test_a_rule_paused_while_the_scheduler_was_away_does_not_fire_until_it_is_resumed(
    scheduler: Deployed,
) -> None:
    await planned_and_away(scheduler, new_deal(CLIENT))
    pause = {"scope": "rule", "of": str(LATER.id)}
    await scheduler.configure(record("pause", "later", pause))
    async with scheduler.process(**STALE), scheduler.crm_is_there():
        await eventually(lambda: held(scheduler))
        assert await scheduler.performed() == []
        await scheduler.configure(record("pause", "later", {**pause, "paused": False}))
        await scheduler.row("later", "dispatched")


async def planned_and_away(scheduler: Deployed, item: Item) -> None:
    """Let an item enter and the scheduler go away, until the timer is due and all that it knows is stale."""
    await scheduler.publish(LATER)
    await scheduler.fresh()
    async with scheduler.process("consume"):
        await scheduler.announce(scheduler.entry(item, CLIENT))
        row = await scheduler.row("later", "waiting")
    assert row.due_at is not None
    await asyncio.sleep(max((row.due_at - datetime.now(UTC)).total_seconds(), 2.1))


async def held(scheduler: Deployed) -> bool:
    return [timer["payload"] for timer in await scheduler.rows.timers()] == [b"held"]


async def test_an_entry_that_names_config_which_is_still_on_its_way_waits_for_it(scheduler: Deployed) -> None:
    await scheduler.fresh()
    scheduler.revision = 0
    event = scheduler.entry(new_deal(CLIENT), CLIENT, number=2).model_copy(update={"config": 10})
    async with scheduler.process():
        await scheduler.announce(event)
        await asyncio.sleep(0.5)
        assert await scheduler.rows.executions() == []
        await scheduler.publish(GREET, number=2)
        assert scheduler.revision >= 10
        await scheduler.row("greet", "dispatched")


async def test_a_closed_gate_turns_what_is_immediate_into_a_timer_that_survives_a_leave(scheduler: Deployed) -> None:
    await scheduler.publish(GREET)
    item = new_deal(CLIENT)
    async with scheduler.process():
        await scheduler.announce(scheduler.entry(item, CLIENT), scheduler.entry(moved(item), CLIENT))
        await scheduler.row("greet", "waiting")
        await asyncio.sleep(0.4)
        assert await scheduler.performed() == []
        await scheduler.fresh()
        [action] = await eventually(scheduler.performed)
    assert action.of_entry
