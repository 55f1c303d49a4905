"""Batches of different partitions that are planned at once: what they share is shared, and nothing is lost or twice."""

from collections.abc import AsyncIterator

import pytest
from automation.testing import contact, rule
from chassis.ids import new_id
from chassis.testing import Deployment, eventually
from contracts import topics
from contracts.executions import ExecutionRows, latest
from contracts.ids import execution_id
from contracts.items import Item, ItemChanged
from rule_scheduler.receiving import LANES
from rule_scheduler.testing import Deployed, deployed, moved, new_deal

NUDGE = rule("nudge", timing={"after": "2 days"})
REMIND = rule("remind", timing={"before": "contact.birthday", "by": "1 day", "zone": "UTC"})
STAYS = rule("stays", timing={"after": "3 days"}, keep_on_leave=True)
RULES = (NUDGE, STAYS)
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
HEARD = "SELECT count(*) AS n FROM item_copy WHERE heard = 3"


@pytest.fixture
async def scheduler(deployment: Deployment) -> AsyncIterator[Deployed]:
    async with deployed(deployment) as scheduler:
        yield scheduler


def on(scheduler: Deployed, partition: int, *linked: Item) -> Item:
    """Make a deal of a partition."""
    kafka = scheduler.deployment.kafka
    deals = (new_deal(*linked, id=new_id()) for _ in iter(int, 1))
    return next(deal for deal in deals if kafka.partition(topics.ITEMS, str(deal.id)) == partition)


async def test_deals_of_all_partitions_that_link_to_the_same_contacts_are_planned_once_each(
    scheduler: Deployed,
) -> None:
    """Each transaction needs copies that the others hold: they wait for each other in one order, none for ever."""
    assert LANES > 1
    await scheduler.publish(*RULES)
    clients = [contact().model_copy(update={"id": new_id()}) for _ in range(4)]
    deals = [on(scheduler, n % 2, clients[n % 4], clients[(n + 1) % 4]) for n in range(40)]
    left = [deal for n, deal in enumerate(deals) if n % 5 == 0]
    for n, deal in enumerate(deals):
        linked = (clients[n % 4], clients[(n + 1) % 4])
        gone = moved(deal, "documents") if deal in left else deal.model_copy(update={"version": 2})
        last = gone.model_copy(update={"version": 3})
        events = [
            scheduler.entry(deal, *linked),
            scheduler.entry(gone, *linked) if deal in left else changed(gone, *linked),
        ]
        await scheduler.announce(*events, changed(last, *linked), *events)
    async with scheduler.process("consume"):

        async def all_heard() -> bool:
            [row] = await scheduler.rows.all(HEARD)
            return bool(row["n"] == len(deals))

        await eventually(all_heard)
        rows = {row.id: row for row in await scheduler.rows.executions()}

        async def all_told() -> bool:
            told = await scheduler.deployment.data(topics.EXECUTIONS, ExecutionRows)
            return latest(told) == (rows, {})

        await eventually(all_told)
    assert rows.keys() == {execution_id(one.id, deal.id, 1) for one in RULES for deal in deals}
    ended = {execution_id(NUDGE.id, deal.id, 1) for deal in left}
    assert {row.id for row in rows.values() if row.state == "cancelled"} == ended
    assert {timer["id"] for timer in await scheduler.rows.timers()} == rows.keys() - ended
    assert [row["deadlocks"] for row in await scheduler.rows.all(DEADLOCKS)] == [0]


async def test_what_one_batch_changes_of_a_contact_moves_what_another_has_planned(scheduler: Deployed) -> None:
    """The contact's partition is one, its deals are on both: each of them counts from the date that came last."""
    await scheduler.publish(REMIND)
    client = contact()
    born = client.model_copy(update={"version": 5, "fields": {**client.fields, "birthday": "2040-05-01"}})
    deals = [on(scheduler, n % 2, client) for n in range(6)]
    await scheduler.announce(*(scheduler.entry(deal, client) for deal in deals), changed(born))
    async with scheduler.process("consume"):

        async def all_moved() -> bool:
            rows = await scheduler.rows.executions()
            due = [row.due_at.date().isoformat() for row in rows if row.due_at]
            return due == ["2040-04-30"] * len(deals)

        await eventually(all_moved)


def changed(item: Item, *linked: Item) -> ItemChanged:
    return ItemChanged(item=item, linked=linked, config=1, changed={"birthday": {}})
