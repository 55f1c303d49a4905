"""A batch in which some goes straight and some over a desk: all of it is sent once, and told once."""

import argparse
from datetime import UTC, datetime, timedelta

from automation.testing import contact, rule
from chassis.testing import Deployment, eventually
from contracts import topics
from contracts.executions import ExecutionRow, ExecutionRows, latest
from rule_scheduler import main
from rule_scheduler.testing import Deployed, deployed, new_deal

CLIENT = contact()
LATE = {"after": "1 hour"}
PLAIN = rule("plain", {"send-sms": {"text": "{{ item.title }} for {{ contact.name }}"}}, timing=LATE, catch_up="run")
LIQUID = rule("liquid", {"send-sms": {"text": "{{ item.title | upcase }}"}}, timing=LATE, catch_up="run")
SKIPPED = rule("skipped", when={"field": "item.title", "equals": "Bed"}, timing=LATE, catch_up="run")
KEPT = rule("kept", {"set-variable": {"name": "x", "value": "1"}}, timing=LATE)
ITEMS = 20
# As a backup has it that was made before.
UNDISPATCHED = "dispatched = NULL, state = 'waiting', version = version - 1"


async def test_a_batch_is_decided_partly_straight_and_partly_over_a_desk(deployment: Deployment) -> None:
    async with deployed(deployment) as scheduler:
        await scheduler.publish(PLAIN, LIQUID, SKIPPED, KEPT)
        entered = datetime.now(UTC) - timedelta(hours=2)
        plain = [new_deal(CLIENT, title="Sofa", entered_at=entered) for _ in range(ITEMS)]
        async with scheduler.crm_is_there(), scheduler.process():
            await scheduler.announce(*(scheduler.entry(item, CLIENT) for item in plain))
            rows = await eventually(lambda: decided(scheduler, 4 * ITEMS))
            await eventually(lambda: scheduler.performed(count=2 * ITEMS))
        states = {(row.rule_key, row.state, row.version) for row in rows}
        assert states == {
            ("plain", "dispatched", 2),
            ("liquid", "dispatched", 2),
            ("skipped", "skipped", 2),
            ("kept", "succeeded", 2),
        }
        performed = await scheduler.performed()
        assert sorted(action.params["text"] for action in performed) == ["SOFA"] * ITEMS + ["Sofa for Maria"] * ITEMS
        assert len({action.execution for action in performed}) == 2 * ITEMS
        told = await deployment.data(topics.EXECUTIONS, ExecutionRows)
        assert latest(told) == ({row.id: row for row in rows}, {})
        assert await scheduler.rows.timers() == []


async def test_items_whose_rules_are_all_plain_go_straight(deployment: Deployment) -> None:
    async with deployed(deployment) as scheduler:
        await scheduler.publish(PLAIN)
        entered = datetime.now(UTC) - timedelta(hours=2)
        items = [new_deal(CLIENT, title="Sofa", entered_at=entered) for _ in range(ITEMS)]
        async with scheduler.crm_is_there(), scheduler.process():
            await scheduler.announce(*(scheduler.entry(item, CLIENT) for item in items))
            rows = await eventually(lambda: decided(scheduler, ITEMS))
            performed = await eventually(lambda: scheduler.performed(count=ITEMS))
        assert {row.state for row in rows} == {"dispatched"}
        assert {row.seen["contact.name"] for row in rows} == {"Maria"}
        assert {action.execution for action in performed} == {row.id for row in rows}
        told = await deployment.data(topics.EXECUTIONS, ExecutionRows)
        assert latest(told) == ({row.id: row for row in rows}, {})
        assert sum(len(one.dispatched) for one in told) == ITEMS


async def test_what_went_straight_is_brought_back_where_it_is_missing_and_left_alone_where_it_is_not(
    deployment: Deployment,
) -> None:
    async with deployed(deployment) as scheduler:
        await scheduler.publish(PLAIN)
        entered = datetime.now(UTC) - timedelta(hours=2)
        async with scheduler.crm_is_there(), scheduler.process():
            await scheduler.announce(*(scheduler.entry(new_deal(CLIENT, entered_at=entered), CLIENT) for _ in range(2)))
            rows = await eventually(lambda: decided(scheduler, 2))
            await eventually(lambda: scheduler.rows.all("SELECT FROM outbox HAVING count(*) = 0"))
        since = argparse.Namespace(since=None)
        assert await main.bring_back(scheduler.settings, since) == "0 executions are back"
        async with scheduler.rows.transaction() as tx:
            await tx.execute(f"UPDATE execution SET {UNDISPATCHED} WHERE id = $1", rows[0].id)
        assert await main.bring_back(scheduler.settings, since) == "1 executions are back"
        assert {row.id: row for row in await scheduler.rows.executions()} == {row.id: row for row in rows}
        assert await scheduler.rows.timers() == []


async def decided(scheduler: Deployed, count: int) -> list[ExecutionRow]:
    rows = await scheduler.rows.executions()
    return rows if len(rows) == count and all(row.state != "waiting" for row in rows) else []
