"""Waits for signals, on a real database: what was heard before is not forgotten, and days are those of the contact."""

from datetime import UTC, datetime

import pytest
from automation.testing import contact, rule
from chassis.ids import new_id
from chassis.testing import Deployment, eventually
from contracts.ids import effect_id
from contracts.items import ItemChanged, ItemSignalled, SignalSeen
from contracts.outcomes import EffectOutcome
from rule_scheduler import writing
from rule_scheduler.testing import Deployed, deployed, new_deal

CLIENT = contact()
OFFER = rule("offer", {"create-document": {"template": "contract"}})
OPENED = rule("opened", timing={"wait_for": "document.opened", "at_most": "1 hour"})
CALL = rule("call", {"create-task": {"title": "Call"}}, timing={"after_previous": "1 hour", "on_previous": "timed_out"})


async def test_a_signal_that_is_heard_before_the_answer_counts_though_the_process_restarts_in_between(
    deployment: Deployment,
) -> None:
    async with deployed(deployment) as scheduler:
        await scheduler.publish(OFFER, OPENED, CALL)
        item = new_deal(CLIENT)
        async with scheduler.process(), scheduler.crm_is_there():
            await scheduler.announce(scheduler.entry(item, CLIENT))
            row = await scheduler.row("offer", "dispatched")
            made = datetime.now(UTC)
            seen = SignalSeen(id=new_id(), kind="document.opened", happened_at=datetime.now(UTC))
            newer = item.model_copy(update={"version": 2})
            await scheduler.announce(ItemSignalled(item=newer, linked=(CLIENT,), config=1, signal=seen))
            await eventually(lambda: scheduler.rows.all("SELECT FROM signal_seen"))
        sent = EffectOutcome(
            effect=effect_id(row.id, "item"),
            execution=row.id,
            item=row.item,
            activation=row.activation,
            round=1,
            effects=1,
            whom="item",
            state="sent",
            version=2,
            at=made,
        )
        async with scheduler.process(), scheduler.crm_is_there():
            await scheduler.announce(sent)
            opened = await scheduler.row("opened", "dispatched")
            states = await scheduler.rows.states()
    assert opened.notes[-1].cause.startswith("document.opened arrived at ")
    assert states == {"offer": "succeeded", "opened": "dispatched", "call": "waiting_for_previous"}


# The clocks of Lisbon go on by an hour in the night after it, those of Tokyo never.
ENTERED = datetime(2040, 3, 24, 12, tzinfo=UTC)
PAID = rule("paid", timing={"wait_for": "invoice.paid", "at_most": "1 day", "zone": "contact"})


@pytest.mark.parametrize("at_once", [500, 1], ids=["by timers", "in chunks"])
async def test_a_wait_of_days_ends_by_the_clocks_of_the_zone_that_its_contact_moved_to(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(writing, "AT_ONCE", at_once)
    client = contact(zone="Europe/Lisbon")
    there = contact(zone="Asia/Tokyo").model_copy(update={"version": client.version + 1})
    items = [new_deal(client, entered_at=ENTERED) for _ in range(2)]
    async with deployed(deployment) as scheduler:
        await scheduler.publish(PAID)
        async with scheduler.process(), scheduler.crm_is_there():
            await scheduler.announce(*(scheduler.entry(item, client) for item in items))
            await ends_at(scheduler, datetime(2040, 3, 25, 11, tzinfo=UTC), len(items))
            await scheduler.announce(ItemChanged(item=there, config=1, changed={"zone": {}}))
            await ends_at(scheduler, datetime(2040, 3, 25, 12, tzinfo=UTC), len(items))


async def ends_at(scheduler: Deployed, at: datetime, count: int) -> None:
    """Wait until so many wait for a signal until then, and their timers say so."""

    async def look() -> bool:
        rows = [row.due_at for row in await scheduler.rows.executions() if row.state == "waiting_for_signal"]
        return rows == [at] * count and [timer["due_at"] for timer in await scheduler.rows.timers()] == rows

    await eventually(look)
