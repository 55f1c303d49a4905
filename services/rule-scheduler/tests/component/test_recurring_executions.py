"""Rules that recur, on a real database: one occurrence fires and the next is planned, whatever restarts between."""

from datetime import UTC, datetime, timedelta

import pytest
from automation.testing import contact, rule
from chassis.testing import Deployment, eventually
from contracts.items import ItemChanged
from rule_scheduler.testing import deployed, new_deal


@pytest.mark.req("B4", "B12")
async def test_an_anniversary_fires_and_the_next_years_waits_though_the_process_restarts_in_between(
    deployment: Deployment,
) -> None:
    async with deployed(deployment) as scheduler:
        gift = rule("gift", timing={"anniversary": "contact.birthday", "by": "2 days", "zone": "UTC"})
        await scheduler.publish(gift, rule("idle", timing={"after": "3 days", "since": "last_change", "zone": "UTC"}))
        async with scheduler.process("consume"):
            # Born ten years ago in two days and some seconds, so that two days before it are those seconds away: they
            # are for a machine that is slow to plan, which would plan for the next year where they are over.
            born = datetime.now(UTC) + timedelta(days=2, seconds=15)
            client = contact(birthday=born.replace(tzinfo=None, year=2016).isoformat())
            item = new_deal(client)
            await scheduler.announce(scheduler.entry(item, client))
            planned = await scheduler.row("gift", "waiting")
            assert (planned.occurrence, planned.due_at) == (f"{born.year}", born - timedelta(days=2))
            changed = item.model_copy(update={"version": 2, "title": "Chair"})
            await scheduler.announce(ItemChanged(item=changed, linked=(client,), config=1, changed={"title": {}}))

            async def moved() -> bool:
                return len((await scheduler.row("idle", "waiting")).notes) > 1

            await eventually(moved)
        async with scheduler.process(), scheduler.crm_is_there():
            fired = await scheduler.row("gift", "dispatched")
            following = await scheduler.row("gift", "waiting")
        assert (fired.id, following.occurrence) == (planned.id, f"{born.year + 1}")
        timers = {timer["id"]: timer["due_at"] for timer in await scheduler.rows.timers()}
        idle = await scheduler.row("idle", "waiting")
        async with scheduler.process(), scheduler.crm_is_there():
            await scheduler.announce(scheduler.entry(item, client))
            await eventually(lambda: scheduler.performed(count=1))
        rows = [row for row in await scheduler.rows.executions() if row.rule_key == "gift"]
        performed = await scheduler.performed()
    assert timers == {following.id: following.due_at, idle.id: idle.due_at}
    assert {row.occurrence: row.state for row in rows} == {
        f"{born.year}": "dispatched",
        f"{born.year + 1}": "waiting",
    }
    assert [action.execution for action in performed] == [fired.id]
